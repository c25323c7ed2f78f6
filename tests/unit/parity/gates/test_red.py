"""What a maintainer sees on a red day: a few bars, the right rule first, one command to replay it, one case to keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omega_parity.drive.observe import Side
from omega_parity.drive.sides import Sides, reference_side
from omega_parity.generate.cases import Case
from omega_parity.generate.sequences import sample_cases
from omega_parity.golden.kept import case_folders
from omega_parity.judge.replay import differs, replay
from omega_parity.judge.run_case import run_case
from omega_parity.judge.verdict import CaseVerdict
from omega_parity.report.documents import Documents
from omega_parity.selftest.probe.places import Change
from omega_parity.selftest.probe.reference import COPY, ReferenceProbe, _load_copy

MOST_BARS = MOST_SIGNALS = 10
MOST_LINES = 25

PLANTED = {
    "target < for <=": (
        "E-6",
        Change(
            file="execution/hits.py",
            function="find_hits",
            text="quote.bid_high >= (position.take_profit - buffers.target)",
            replacement="quote.bid_high > (position.take_profit - buffers.target)",
        ),
    ),
    "timeout without its fee": (
        "C-2",
        Change(
            file="execution/closing.py",
            function="settle",
            text="if is_charged else 0.0",
            replacement="if is_charged and reason is not Reason.TIMEOUT else 0.0",
        ),
    ),
    "ordinal not reset": (
        "N-6",
        Change(
            file="execution/ordinals.py", function="next_ordinal", text="ordinals.counts.clear()", replacement="pass"
        ),
    ),
    "order after a removal": (
        "E-5",
        Change(
            file="execution/closing.py",
            function="forget_closed",
            text="if position.status is not Status.CLOSED]",
            replacement="if position.status is not Status.CLOSED][::-1]",
        ),
    ),
    "divisor of a metric": (
        "P-5",
        Change(
            file="portfolio/metrics.py",
            function="quotient",
            text="(numerator / denominator)",
            replacement="(numerator / (denominator + 1.0))",
        ),
    ),
    "opened by the other side": (
        "E-3",
        Change(
            file="execution/hits.py",
            function="is_triggered",
            text="quote.ask_low <= price",
            replacement="quote.bid_low <= price",
        ),
    ),
}

BUILT_IN = {
    "quantize_half_up": "N-5",
    "profit_order": "P-1",
    "expiry_late": "E-4",
    "chain_restarted": "H-1",
    "marked_at_ask": "P-3",
    "wrong_random_key": "N-6",
}


def _candidate(name: str) -> Side:
    if name in BUILT_IN:
        return ReferenceProbe(name).side()
    modules = _load_copy((PLANTED[name][1],), lambda *_: None)
    return Side(label="faulty", engine=modules[f"{COPY}.engine"].Engine())


def _differing(sides: Sides) -> Iterator[Case]:
    """The first three of generated runs, which are no small ones."""
    found = (case for case in sample_cases(400, seed=3) if differs(case, sides))
    yield from (case for case, _ in zip(found, range(3), strict=False))


@pytest.fixture(params=[*PLANTED, *BUILT_IN])
def red(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Sides, list[CaseVerdict]]:
    sides = (reference_side(), _candidate(request.param))
    document = Documents(sides, tmp_path)
    return request.param, sides, [document(case, run_case(case, sides)) for case in _differing(sides)]


@pytest.mark.rule("H-2")
def test_a_red_day(red: tuple[str, Sides, list[CaseVerdict]], tmp_path: Path) -> None:
    name, sides, verdicts = red
    first = min(verdicts, key=lambda one: one.size)
    assert first.divergence is not None
    text = first.divergence.text()
    assert first.size[0] <= MOST_BARS, text
    assert first.size[1] <= MOST_SIGNALS, text
    rule = BUILT_IN[name] if name in BUILT_IN else PLANTED[name][0]
    assert first.divergence.rules.split(", ")[0] == rule, text
    kept = [place for place in case_folders(tmp_path / "divergences") if place.is_dir()]
    assert 1 <= len(kept) < len(verdicts), [place.name for place in kept]  # what is of one kind is kept once
    replayed = replay(kept[0], sides).difference
    assert replayed
    assert len(replayed.splitlines()) <= MOST_LINES
    assert (tmp_path / first.page).is_file()
    assert first.replay.endswith(" --side both")
