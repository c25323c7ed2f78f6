"""The pages of a verdict, of go or no-go and of fills, in a real browser: at 500 px, in the dark, by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from omega.flags.registry import BY_NAME
from omega.serve.evidence import Record, Stamp
from omega_parity.control.go_no_go import decide
from omega_parity.control.waves import read_waves
from omega_parity.drive.sides import Sides
from omega_parity.gates.verdict import Part, RuleHits, Verdict, judge_component
from omega_parity.generate.cases import Case
from omega_parity.judge.reconcile import Fill, Pair, Reconciled
from omega_parity.judge.run_case import run_case
from omega_parity.report.go_no_go import write_decisions
from omega_parity.report.reconcile import write_reconciled
from omega_parity.report.verdict import render

pytestmark = pytest.mark.browser

NOW = Stamp(commit="d" * 40, is_clean=True, sources="s", versions={"omega": "1"}, machine={"cores": "2"})
FIGURES: dict[str, dict[str, Any]] = {
    "verify": {"verdict": "GO", "verdict_of_all": "GO", "is_quick": False, "comparisons": 200_000, "faults": 9},
    "drill": {"drills": 9, "failed": 0, "seconds_to_recover": 1.5},
    "performance": {"processes": 10, "ratio": 70.5, "ratio_low": 68.25, "ratio_high": 72.0, "false_alarms": 0.05},
}
CONTENT: dict[str, dict[str, Any]] = {
    "verify": {"divergences": [{"headline": "a<b", "rules": "E-9", "page": "divergences/x.html", "replay": "python"}]},
    "drill": {
        "drills": [
            {"component": name, "name": "by environment", "seconds_to_recover": 1.5, "against": ""} for name in BY_NAME
        ]
    },
    "performance": {},
}
MEASURE = """<script>addEventListener("load", () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const tall = [...document.querySelectorAll("tbody tr")].map(row => row.getBoundingClientRect().height);
  const regions = [...document.querySelectorAll(".scroll")];
  document.title = JSON.stringify({
    seen: document.documentElement.clientWidth, wide: document.documentElement.scrollWidth, tall: Math.max(...tall),
    cut: regions.filter(one => one.scrollWidth > one.clientWidth && one.tabIndex < 0).length,
    sideways: regions.filter(one => one.scrollWidth > one.clientWidth + 1).length,
    dark: getComputedStyle(document.body).backgroundColor,
    links: [...document.links].every(one => one.tabIndex >= 0) && document.links.length });
})</script>"""


@pytest.fixture
def go_no_go(tmp_path: Path) -> Path:
    records = [
        Record(
            number=number,
            kind=kind,
            recorded_at="then",
            stamp=NOW,
            content={**CONTENT[kind], "figures": dict.fromkeys(BY_NAME, FIGURES[kind])},
        )
        for number, kind in enumerate(FIGURES, start=1)
    ]
    (tmp_path / "divergences").mkdir()
    (tmp_path / "divergences" / "x.html").touch()
    waves = read_waves()
    return write_decisions([decide(number, waves, records, NOW) for number in waves], records, tmp_path)


@pytest.fixture
def verdict(planted: tuple[Case, Sides], tmp_path: Path) -> Path:
    case, sides = planted
    judged = replace(run_case(case, sides), replay="python -m omega_parity.cli.replay " + "deep/" * 20 + "a<b")
    part = Part(name="generated sequences", items=300, comparisons=650_980, bars=48_516)
    components = tuple(
        judge_component(name, (judged, part), rules=RuleHits(rules=9, hit=9), kills=None, kills_missing="")
        for name in BY_NAME
    )
    found = Verdict(cases=(judged,) * 8, parts=(part,) * 8, components=components, environment={"cpu": "x" * 200})
    path = tmp_path / "verdict.html"
    path.write_text(render(found), encoding="utf-8")
    return path


@pytest.fixture
def reconciled(tmp_path: Path) -> Path:
    fill = Fill(
        time=1_700_000_000_000_000, side="buy", size=0.11, price=1.10395, cost=0.33, symbol=None, name="order 1, opened"
    )
    broker = replace(fill, time=fill.time + 1_500_000, price=1.10405, cost=0.4, name="a<b")
    found = Reconciled(
        symbol="EURUSD",
        tolerances={"seconds": 60.0, "size": 0.0},
        pairs=(Pair(fill, broker),) * 40,
        run_only=(fill,),
        broker_only=(broker,),
        other_symbols=3,
    )
    return write_reconciled(found, tmp_path)


@pytest.fixture(params=["go_no_go", "verdict", "reconciled"])
def page(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


def measured(page: Path, browse: Callable[..., Any], *switches: str) -> dict[str, Any]:
    """Let a script, which the page itself has none of, say how it is laid out."""
    copy = page.with_name("measured.html")
    copy.write_text(page.read_text("utf-8").replace("</body>", f"{MEASURE}</body>"), "utf-8")
    found = re.search(r"<title>(.*?)</title>", browse(copy, "--dump-dom", *switches).stdout)
    assert found is not None
    answer: dict[str, Any] = json.loads(found[1])
    return answer


def test_nothing_is_loaded_from_elsewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<script|<img|@import|url\(|src=|https?://", text)
    assert "a<b" not in text
    assert "a&lt;b" in text


def test_at_500_pixels_nothing_is_cut_off_and_no_row_is_tall(page: Path, browse: Callable[..., Any]) -> None:
    found = measured(page, browse, "--window-size=500,900", "--hide-scrollbars")
    assert found["seen"] == 500
    assert (found["wide"], found["sideways"]) == (500, 0)
    assert found["tall"] < 200


def test_by_keyboard(page: Path, browse: Callable[..., Any]) -> None:
    for width in (500, 1240):
        found = measured(page, browse, f"--window-size={width},900")
        assert found["cut"] == 0
    text = page.read_text("utf-8")
    assert text.count('class="scroll"') == text.count('class="scroll" tabindex="0" role="region" aria-label="')


def test_light_and_dark(page: Path, browse: Callable[..., Any]) -> None:
    light = measured(page, browse)["dark"]
    dark = measured(page, browse, "--blink-settings=preferredColorScheme=0")["dark"]
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(20, 23, 26)")


def test_the_board_and_what_was_measured(go_no_go: Path, browse: Callable[..., Any]) -> None:
    dom = browse(go_no_go, "--dump-dom").stdout
    text = " ".join(re.sub(r"<[^>]+>", " ", dom).split())
    assert dom.count('<li class="is-no">') == 7
    assert "Wave 4 NO-GO execution_simulator, strategy" in text
    assert "verify.comparisons green 200000 at least 100000 1" in text
    assert "verify.values_differing red – at most 0 1" in text
    assert "strategy 70.5 68.25 … 72.0" in text
    assert "data_handler: by environment well 1.5" in text
    assert '<a href="divergences/x.html">' in dom
    assert re.findall(r'href="(#wave-\d)"', dom) == [f"#wave-{number}" for number in range(7)]
    # The least that wave 4's ratio may be, on the scale of powers that ends at 72.
    assert re.search(r'<u style="left: 53\.8%"></u>', dom)
