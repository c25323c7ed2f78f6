"""Why signals are rejected: the table of reasons, in its order (canonical unless said otherwise)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode
from omega.contract.protocols import RunOutput
from omega.contract.types import Reason, Variant
from omega_reference.execution.refusals import code_of_reason

Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT = (100.0, 100.0, 100.0, 100.0)
START_US = 1_704_067_200_000_000
LIMIT = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0}
MODIFY: Row = {"signal_type": "modify", "direction": None, "order_type": None, "stop_loss": None}


def rejected(run: Run, signal: Row, **changes: Any) -> tuple[str, int]:
    _, events = run([FLAT], [signal], **changes)
    assert [event["kind"] for event in events] == ["rejected"]
    assert "order_id" not in events[0]
    return events[0]["reason"], events[0]["error_code"]


@pytest.mark.rule("E-1", "E-2", "T-6", "T-8")
@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        ({"bar": -1}, ("before_start", 1006)),
        ({"bar": 1}, ("after_end", 1006)),
        ({"symbol": "OTHER"}, ("unknown_symbol", 1001)),
        (MODIFY | {"bar": -1, "stop_loss": 95.0}, ("before_start", 1006)),
        (MODIFY | {"bar": 1, "stop_loss": 95.0}, ("after_end", 1006)),
        (MODIFY | {"symbol": "OTHER", "stop_loss": 95.0}, ("unknown_symbol", 1001)),
        (MODIFY, ("change_missing", 1008)),
        (MODIFY | {"stop_loss": 0.0}, ("not_positive", 1006)),
        (MODIFY | {"stop_loss": 95.0, "take_profit": -1.0}, ("not_positive", 1006)),
        (MODIFY | {"stop_loss": 0.004}, ("not_positive", 1006)),
        (MODIFY | {"stop_loss": 95.0}, ("no_match", 1007)),
        ({"signal_type": "exit"}, ("no_match", 1007)),
        ({"signal_type": "exit", "symbol": "OTHER"}, ("unknown_symbol", 1001)),
        ({"direction": None}, ("direction_missing", 1008)),
        ({"order_type": None}, ("order_type_missing", 1008)),
        ({"stop_loss": None}, ("stop_loss_missing", 1008)),
        (LIMIT | {"price": None}, ("price_missing", 1008)),
        ({"price": 0.0}, ("not_positive", 1006)),
        ({"stop_loss": -1.0}, ("not_positive", 1006)),
        ({"take_profit": 0.0}, ("not_positive", 1006)),
        ({"size": 0.0}, ("not_positive", 1006)),
        (LIMIT | {"expires_at": START_US}, ("already_expired", 1006)),
        ({"stop_loss": 99.5}, ("stop_distance", 1006)),
        ({"stop_loss": 110.0}, ("stop_side", 1006)),
        ({"take_profit": 101.0}, ("target_side", 1006)),
        ({"direction": "short", "stop_loss": 90.0}, ("stop_side", 1006)),
        ({"direction": "short", "stop_loss": 110.0, "take_profit": 100.0}, ("target_side", 1006)),
        (LIMIT | {"stop_loss": 94.0}, ("stop_distance", 1006)),
        (LIMIT | {"stop_loss": 105.0}, ("stop_side", 1006)),
        (LIMIT | {"take_profit": 90.0}, ("target_side", 1006)),
        ({"stop_loss": 1.0}, ("below_min", 1006)),
        ({"size": 0.2}, ("below_min", 1006)),
    ],
)
def test_each_reason_and_code(run: Run, signal: Row, expected: tuple[str, int]) -> None:
    assert rejected(run, signal, start=START_US) == expected


@pytest.mark.rule("E-2")
def test_expires_at_of_a_market_order_is_no_concern(run: Run) -> None:
    _, events = run([FLAT], [{"expires_at": START_US}])
    assert events[0]["kind"] == "accepted"


@pytest.mark.rule("Q-L1b")
def test_the_limit_of_positions_counts_pending_ones(run: Run) -> None:
    _, events = run([FLAT], [LIMIT, {}], max_positions=1)
    assert (events[-1]["reason"], events[-1]["error_code"]) == ("max_positions", 1007)


LEAVE: Row = {"signal_type": "exit", "direction": None, "order_type": None, "stop_loss": None, "bar": 1}


@pytest.mark.rule("Q-L1b")
@pytest.mark.parametrize(
    ("leaves", "kinds"),
    [
        (LEAVE, ["accepted", "opened", "closed"]),
        (LEAVE | {"fraction": 1.0}, ["accepted", "opened", "closed"]),
        (LEAVE | {"fraction": 0.5}, ["rejected", "partially_closed"]),
        (LEAVE | {"direction": "short"}, ["rejected", "rejected"]),
        (LEAVE | {"signal_type": "modify", "stop_loss": 90.0}, ["rejected", "modified"]),
    ],
)
def test_what_a_waiting_exit_closes_whole_takes_no_place(run: Run, leaves: Row, kinds: list[str]) -> None:
    _, events = run([FLAT, FLAT], [{"size": 2.0}, leaves, {"bar": 1, "size": 2.0}], max_positions=1)
    assert [event["kind"] for event in events[2:]] == kinds


@pytest.mark.rule("T-8")
def test_a_rejected_signal_consumes_no_order_id(run: Run) -> None:
    _, events = run([FLAT], [{"stop_loss": None}, {}])
    assert [event.get("order_id") for event in events] == [None, 1, 1]


@pytest.mark.rule("L-1a", "Q-T8")
def test_a_rejection_repeats_the_signal_at_the_bars_time(run: Run) -> None:
    output, events = run([FLAT], [{"bar": 9, "price": 3.0, "size": 2.0, "take_profit": 4.0}])
    assert events == [
        {
            "seq": 0,
            "kind": "rejected",
            "price": 3.0,
            "size": 2.0,
            "stop_loss": 91.0,
            "take_profit": 4.0,
            "reason": "after_end",
            "error_code": 1006,
        }
    ]
    assert output.events["timestamp"].cast(pa.int64()).to_pylist() == [START_US]


@pytest.mark.rule("L-1a")
def test_a_signal_before_the_first_bar_is_rejected_or_in_v1_filled_there(run: Run) -> None:
    # 2023-11-14 in epoch seconds, read as µs, is 1970-01-01T00:28:20: no bar is older than 2024.
    early = {"timestamp": 1_700_000_000, "price": 101.0}
    output, events = run([FLAT], [early])
    assert [(event["reason"], event["error_code"]) for event in events] == [("before_start", 1006)]
    assert output.events["timestamp"].cast(pa.int64()).to_pylist() == [START_US]
    old, _ = run([FLAT], [early], variant=Variant.V1)
    assert old.positions["entry_time"].cast(pa.int64()).to_pylist() == [1_700_000_000]


@pytest.mark.rule("L-1a")
@pytest.mark.parametrize(("before", "kinds"), [(1, ["rejected"]), (0, ["accepted", "opened"])])
def test_the_first_bar_itself_is_not_too_late(run: Run, before: int, kinds: list[str]) -> None:
    _, events = run([FLAT], [{"timestamp": START_US - before}])
    assert [event["kind"] for event in events] == kinds


# One signal that breaks everything; each repair brings the next reason to light.
REPAIRS: list[tuple[Row, str]] = [
    ({}, "before_start"),
    ({"bar": 0}, "unknown_symbol"),
    ({"symbol": "INDEX"}, "change_missing"),
    ({"take_profit": -50.0}, "not_positive"),
    ({"take_profit": 50.0}, "no_match"),
    ({"signal_type": "entry"}, "direction_missing"),
    ({"direction": "long"}, "order_type_missing"),
    ({"order_type": "limit"}, "stop_loss_missing"),
    ({"stop_loss": 96.0}, "price_missing"),
    ({"price": 95.0}, "not_positive"),
    ({"size": 0.2}, "already_expired"),
    ({"order_type": "market", "stop_loss": 100.5}, "stop_distance"),
    ({"stop_loss": 110.0}, "stop_side"),
    ({"stop_loss": 91.0}, "target_side"),
    ({"take_profit": 111.0}, "below_min"),
]


@pytest.mark.rule("T-6")
def test_the_first_failing_check_gives_the_reason(run: Run) -> None:
    signal: Row = {
        "bar": -1,
        "symbol": "OTHER",
        "signal_type": "modify",
        "direction": None,
        "order_type": None,
        "stop_loss": None,
        "size": -1.0,
        "expires_at": START_US,
    }
    for repair, reason in REPAIRS:
        signal |= repair
        assert rejected(run, signal, start=START_US)[0] == reason


@pytest.mark.rule("E-1")
def test_v1_runs_only_its_own_checks(run: Run) -> None:
    for signal in ({"price": 101.0, "stop_loss": 110.0}, LIMIT | {"take_profit": 90.0}, LIMIT | {"stop_loss": 95.0}):
        _, events = run([FLAT], [signal], variant=Variant.V1)
        assert events[0]["kind"] == "accepted"


# 0.004 is a price where there is no grid.
@pytest.mark.rule("E-15", "N-8")
def test_v1_checks_modifies_too(run: Run) -> None:
    signal = MODIFY | {"stop_loss": 0.004}
    assert rejected(run, signal, variant=Variant.V1) == ("no_match", 1007)
    assert rejected(run, MODIFY, variant=Variant.V1) == ("change_missing", 1008)
    assert rejected(run, MODIFY | {"take_profit": -1.0}, variant=Variant.V1) == ("not_positive", 1006)


def test_every_reason_of_a_refusal_has_a_code_and_those_of_an_ending_have_none() -> None:
    endings = {Reason.SIZE_ADJUSTED, Reason.LIMIT_EXPIRED, Reason.EXPIRED, Reason.END_OF_DATA}
    endings |= {Reason.STOP_OUT, Reason.TAKE_PROFIT, Reason.STOP_LOSS, Reason.TIMEOUT, Reason.BREAK_EVEN_STOP_LOSS}
    endings |= {Reason.TRAILING_STOP, Reason.MODIFIED_STOP_LOSS, Reason.SIGNAL_EXIT, Reason.STRATEGY_EXIT}
    endings |= {Reason.BREAK_EVEN, Reason.TRAILING, Reason.MODIFY_SIGNAL, Reason.STRATEGY_MODIFY}
    for reason in Reason:
        if reason in endings:
            with pytest.raises(KeyError):
                code_of_reason(reason)
        else:
            assert code_of_reason(reason) in ErrorCode
