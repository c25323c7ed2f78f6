"""Generated management, exits and changes: within their ranges, often about a position that there is, often a tie."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from omega.contract.types import Variant
from omega_parity.generate.blocks import Decisions, keyed_bytes
from omega_parity.generate.cases import Case
from omega_parity.generate.ranges import MOST, table_scales
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.signals.instructions import INSTRUCTION_BYTES, fraction
from omega_parity.generate.signals.managed import MANAGED_BYTES, managed
from omega_parity.generate.signals.stage import stage_of
from omega_parity.generate.worlds import WORLDS
from omega_reference.engine import Engine

SAMPLE = 120
DISTANCES = ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [case for case in sample_cases(SAMPLE) if case.signals is not None]


def _rows(cases: list[Case]) -> list[dict[str, Any]]:
    return [row for case in cases if case.signals is not None for row in case.signals.to_pylist()]


def _events(cases: list[Case], variant: Variant) -> Counter[tuple[str, str | None]]:
    meant = [case for case in cases if case.config.variant is variant]
    outputs = [Engine().run(case.bars, case.signals, case.config) for case in meant]
    rows = [row for output in outputs for row in output.events.to_pylist()]
    return Counter((row["kind"], row["reason"]) for row in rows)


@pytest.mark.rule("T-6", "T-10")
def test_numbers_of_management_lie_in_their_ranges(cases: list[Case]) -> None:
    rows = _rows(cases)
    for name in DISTANCES:
        values = [row[name] for row in rows if row[name] is not None]
        assert all(0.0 <= value <= MOST for value in values)
        assert {0.0} < set(values)
    fractions = {row["fraction"] for row in rows if row["fraction"] is not None}
    assert all(1e-12 <= one <= 1.0 for one in fractions)
    assert {0.5, 1.0, 1.0 / 3.0} < fractions
    assert (table_scales("SIGNALS")["fraction"].low, table_scales("SIGNALS")["fraction"].high) == (1e-12, 1.0)


def test_most_signals_are_entries_and_exits_have_a_direction_or_none(cases: list[Case]) -> None:
    rows = _rows(cases)
    kinds = Counter(row["signal_type"] for row in rows)
    assert kinds["entry"] > 2 * (kinds["exit"] + kinds["modify"])
    assert min(kinds["exit"], kinds["modify"]) > len(rows) // 12
    asked = Counter(row["direction"] for row in rows if row["signal_type"] != "entry")
    assert min(asked["long"], asked["short"], asked[None]) > len(rows) // 40
    levels = {(row["stop_loss"] is None, row["take_profit"] is None) for row in rows if row["signal_type"] == "modify"}
    assert len(levels) == 4


@pytest.mark.rule("E-13", "E-14", "E-15", "E-16")
@pytest.mark.parametrize("variant", list(Variant))
def test_exits_and_changes_find_positions_in_either_variant(cases: list[Case], variant: Variant) -> None:
    found = _events(cases, variant)
    for kind, reason in (
        ("modified", "break_even"),
        ("modified", "trailing"),
        ("modified", "modify_signal"),
        ("partially_closed", "signal_exit"),
        ("closed", "signal_exit"),
        ("cancelled", "signal_exit"),
        ("closed", "break_even_stop_loss"),
        ("rejected", "no_match"),
        ("rejected", "part_below_min"),
        ("rejected", "stop_side"),
    ):
        assert found[kind, reason] >= 3, (kind, reason)


def test_zero_bytes_manage_nothing_and_close_everything(cases: list[Case]) -> None:
    case = cases[0]
    stage = stage_of(WORLDS[0], case.bars)
    assert managed(stage, 0, 1.0, 1.1, 1.0, Decisions(bytes(MANAGED_BYTES))) == {}
    assert fraction(Decisions(bytes(INSTRUCTION_BYTES))) is None


def test_a_break_even_is_often_due_at_the_best_price_of_a_bar(cases: list[Case]) -> None:
    """The multiple is the gain of a bar that comes, divided by the risk, to the last bit."""
    stage = stage_of(WORLDS[0], cases[0].bars)
    entry, stop = stage.prices["ask_close"][0], stage.prices["ask_close"][0] - stage.reach
    ties = {(best - entry) / abs(entry - stop) for best in stage.prices["bid_high"][1:7]}
    drawn = [managed(stage, 0, 1.0, entry, stop, Decisions(keyed_bytes(1, i, MANAGED_BYTES))) for i in range(400)]
    assert sum(row.get("break_even_at_r") in ties for row in drawn) > 5
