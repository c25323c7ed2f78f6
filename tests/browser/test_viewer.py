"""The page of a divergence, in a real browser."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.judge.run_case import run_case
from omega_parity.report.divergence import draw, scene_of

pytestmark = pytest.mark.browser

REPLAY = "replay --side both"
DARK = ("--force-dark-mode", "--enable-features=WebContentsForceDark:inversion_method/cielab_based")


@pytest.fixture
def page(planted: tuple[Case, Sides], tmp_path: Path) -> Path:
    case, sides = planted
    divergence = run_case(case, sides).divergence
    assert divergence is not None
    assert divergence.bar is not None
    path = tmp_path / "divergence.html"
    path.write_text(draw(divergence, scene_of(case, sides, divergence), REPLAY), encoding="utf-8")
    return path


def _text(dom: str) -> str:
    return re.sub(r"<[^>]+>", "", dom)


def test_dom(page: Path, planted: tuple[Case, Sides], browse: Callable[..., Any]) -> None:
    case, sides = planted
    divergence = run_case(case, sides).divergence
    assert divergence is not None
    found = browse(page, "--dump-dom")
    assert "CONSOLE" not in found.stderr
    dom = found.stdout
    highlighted = re.findall(r'<g class="bar is-first"[^>]*aria-label="bar ([\d,]+) ', dom)
    assert highlighted == [f"{divergence.bar:,}"]
    assert dom.count('tabindex="0" role="img"') >= 2
    value = divergence.fields[0].reference
    assert isinstance(value, float)
    shown = _text(dom)
    assert value.hex() in shown
    assert math.nextafter(value, math.inf).hex() in shown
    assert re.search(r'<td>price</td>.*?<td class="n">1</td>', dom, re.S)
    assert "before the bar: equal on both sides" in shown
    assert REPLAY in shown


def test_nothing_is_loaded_from_elsewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<script|<img|@import|url\(|src=|https?://", text)
    assert re.findall(r'href="([^"]*)"', text) == ["data:,", "../verdict.html"]


@pytest.mark.parametrize("switches", [(), DARK])
def test_it_is_drawn(page: Path, browse: Callable[..., Any], tmp_path: Path, switches: tuple[str, ...]) -> None:
    picture = tmp_path / "page.png"
    browse(page, f"--screenshot={picture}", "--window-size=1240,1600", *switches)
    assert picture.stat().st_size > 20_000
