"""A planted fault is named by bar, operation, field and both values."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from omega.compare.compare import compare_outcomes
from omega.compare.outcome import ABSENT, Failure, Outcome
from omega.compare.values import decimal_text, hex_text, json_value, time_text, ulps_between
from omega.contract.errors import omega_error
from omega.contract.protocols import RunOutput
from omega_parity.drive.fields import MAX_LINES
from omega_parity.judge.divergence import Divergence
from omega_parity.judge.explain import explain

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys


def _explain(toys: Toys, reference: Outcome, candidate: Outcome, **replay: object) -> Divergence:
    comparison = compare_outcomes(reference, candidate)
    divergence = explain("toy", toys.bars(), reference, candidate, comparison, **replay)  # type: ignore[arg-type]
    assert divergence is not None
    assert len(divergence.text().splitlines()) <= MAX_LINES
    assert divergence.as_data()["case"] == "toy"
    return divergence


@pytest.mark.parametrize(
    ("reference", "candidate", "distance"),
    [
        (1.0, math.nextafter(1.0, 2.0), 1),
        (0.0, -0.0, 1),
        (5e-324, -5e-324, 3),
        (1.0, -1.0, 2 * 0x3FF0_0000_0000_0000 + 1),
        (math.inf, 1.7976931348623157e308, 1),
        (math.nan, 1.0, None),
        (1, 1.0, None),
        (None, 1.0, None),
    ],
)
def test_ulps(reference: float, candidate: float, distance: int | None) -> None:
    assert ulps_between(reference, candidate) == distance
    assert ulps_between(candidate, reference) == distance


def test_values_as_text_and_json() -> None:
    assert [decimal_text(value) for value in (0.1, None, ABSENT, b"\1\xff", 3)] == [
        "0.1",
        "null",
        "absent",
        "01ff",
        "3",
    ]
    assert (hex_text(1.5), hex_text(1)) == ("0x1.8000000000000p+0", "")
    assert (time_text(0), time_text(None)) == ("1970-01-01T00:00:00+00:00", "")
    assert json_value(-0.0) == {"decimal": "-0.0", "hex": "-0x0.0p+0"}
    values: list[Any] = [None, ABSENT, b"\1", True, [1]]
    assert [json_value(value) for value in values] == [
        None, {"absent": True}, {"bytes": "01"}, True, "[1]",
    ]  # fmt: skip


def test_equal_runs_need_no_explanation(toys: Toys) -> None:
    output = toys.run(toys.bars())
    assert explain("toy", toys.bars(), output, output, compare_outcomes(output, output)) is None


@pytest.mark.rule("H-2")
def test_one_ulp_on_a_fill_is_found_at_its_bar(toys: Toys) -> None:
    reference = toys.run(toys.bars())
    candidate = toys.run(toys.bars(), exit_price=math.nextafter(1.105, 2.0))
    divergence = _explain(toys, reference, candidate)
    assert (divergence.bar, divergence.bars) == (20, 60)
    assert divergence.operation == "event 2: closed order 1 at 1.105 (take_profit)"
    assert divergence.rules.startswith("N-8, E-9")
    assert (divergence.fields[0].field, divergence.fields[0].ulps) == ("price", 1)
    assert divergence.prices["bid_close"] == toys.bars()["bid_close"][20].as_py()
    text = divergence.text()
    assert "diverges at bar 20 of 60, 2020-09-13T14:06:40+00:00" in text
    assert "reference  1.105  0x1.1ae147ae147aep+0" in text
    assert "Rust" not in text
    assert "events.price 1" in text


def test_a_missing_event_is_absent_on_one_side(toys: Toys) -> None:
    reference = toys.run(toys.bars())
    candidate = toys.run(toys.bars(), exit_price=1.2)
    candidate = toys.in_table(candidate, "events", candidate.events.take([0, 1, 3, 4]))
    divergence = _explain(toys, reference, candidate)
    assert divergence.bar == 20
    (one,) = divergence.fields
    assert (one.field, one.reference, one.candidate) == ("event", "closed order 1 at 1.105 (take_profit)", ABSENT)
    assert "events of the bar, candidate: none" in divergence.text()


def test_the_account_is_named_when_the_events_agree(toys: Toys) -> None:
    reference = toys.run(toys.bars())
    other = toys.run(toys.bars(), exit_price=1.2)
    candidate = replace(reference, chain=other.chain, equity=toys.with_value(reference.equity, "cash", 20, 1.0))
    divergence = _explain(toys, reference, candidate)
    assert divergence.operation == "the account after the bar"
    assert [one.field for one in divergence.fields] == ["cash"]


def test_one_replay_finds_the_order_when_only_digests_differ(toys: Toys) -> None:
    reference = toys.run(toys.bars())
    candidate = replace(toys.run(toys.bars(), pending_price=1.25), positions=reference.positions)
    replayed: list[int] = []

    def replay(bars: int) -> tuple[Outcome, Outcome]:
        replayed.append(bars)
        return toys.run(toys.bars(bars)), toys.run(toys.bars(bars), pending_price=1.25)

    divergence = _explain(toys, reference, candidate, replay=replay)
    assert (divergence.bar, divergence.operation, replayed) == (30, "order 2 after the bar", [31])
    assert [(one.field, one.reference, one.candidate) for one in divergence.fields] == [
        (f"{price}_price", 1.2, 1.25) for price in ("entry", "order", "signal")
    ]


def test_digests_alone_are_named_when_nothing_else_differs(toys: Toys) -> None:
    reference = toys.run(toys.bars())
    candidate = replace(reference, chain=toys.run(toys.bars(), pending_price=1.25).chain)
    failure = Failure.of(omega_error(1006, "no"))
    for replay in (lambda n: (toys.run(toys.bars(n)),) * 2, lambda n: (failure, failure)):
        divergence = _explain(toys, reference, candidate, replay=replay)
        assert (divergence.bar, divergence.operation) == (
            30,
            "the digest alone: the events and the account that enter it are equal",
        )


def test_equal_chains_fall_back_to_the_time_of_the_row(toys: Toys) -> None:
    reference = toys.run(toys.bars())
    candidate = toys.in_table(reference, "trades", toys.with_value(reference.trades, "exit_price", 0, 9.0))
    divergence = _explain(toys, reference, candidate)
    assert (divergence.bar, divergence.operation) == (20, "trades.exit_price, row 0")


@pytest.mark.rule("P-4")
def test_the_extra_first_point_of_the_equity_curve_is_no_bar(toys: Toys) -> None:
    def with_first_point(output: RunOutput) -> RunOutput:
        first = output.equity.slice(0, 1)
        first = toys.with_value(first, "timestamp", 0, first["timestamp"][0].as_py().replace(year=2019))
        return toys.in_table(output, "equity", __import__("pyarrow").concat_tables([first, output.equity]))

    reference = with_first_point(toys.run(toys.bars()))
    candidate = with_first_point(toys.run(toys.bars(), exit_price=1.2))
    divergence = _explain(toys, reference, candidate)
    assert (divergence.bar, divergence.time) == (20, toys.bars()["timestamp"][20].value)


def test_metrics_have_no_bar(toys: Toys) -> None:
    reference = toys.run(toys.bars())
    divergence = _explain(toys, reference, replace(reference, metrics=reference.metrics | {"trades": 2}))
    assert (divergence.bar, divergence.operation) == (None, "metrics.trades")
    assert divergence.headline == "toy: differs in metrics.trades"


def test_failures_are_explained_field_by_field(toys: Toys) -> None:
    outcomes = [
        Failure.of(omega_error(1006, "no", rule="T-2", column="volume", row=row, value=float(row))) for row in (1, 2)
    ]
    divergence = _explain(toys, *outcomes)
    assert [(one.field, one.reference, one.candidate) for one in divergence.fields] == [
        ("row", 1, 2),
        ("value", 1.0, 2.0),
    ]
    assert "differs in the outcome" in divergence.text()
