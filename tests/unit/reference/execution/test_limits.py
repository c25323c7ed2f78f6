from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import Variant
from omega_reference.engine import Engine
from omega_reference.execution.steps import ExecutionSimulator

BARS = [(100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 90.0, 100.0), (100.0, 101.0, 90.0, 100.0)]
"""The lowest price is a bid of 90 in bar 1, the buffer half a point."""


def refusal(call: Any, *arguments: Any) -> tuple[Any, ...]:
    with pytest.raises(OmegaError) as caught:
        call(*arguments)
    error = caught.value
    return error.code, error.rule, error.column, error.row, error.value


@pytest.mark.rule("C-1", "Q-C1b")
@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize(("fixed", "random"), [(89.5, 0.0), (0.0, 89.5), (80.0, 9.5), (1e9, 0.0)])
def test_slippage_that_could_push_a_fill_to_0_is_refused(
    run: Any, variant: Variant, fixed: float, random: float
) -> None:
    found = refusal(lambda: run(BARS, [], variant=variant, slippage_fixed_pips=fixed, slippage_random_pips=random))
    assert found == (ErrorCode.CONSTRAINT_VIOLATION, "C-1", "costs.slippage", 1, fixed + random)


@pytest.mark.rule("C-1", "Q-C1b")
def test_digits_that_have_no_price_for_the_lowest_bar_are_refused(run: Any) -> None:
    bars = [(1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 0.5, 0.5)]
    found = refusal(lambda: run(bars, [], spec={"digits": 0}))
    assert found == (ErrorCode.CONSTRAINT_VIOLATION, "C-1", "instruments.digits", 1, 0.5)
    run(bars, [], spec={"digits": 0}, variant=Variant.V1)


@pytest.mark.rule("C-1", "Q-C1b")
def test_a_fill_just_above_0_is_booked(run: Any) -> None:
    """89.25 + 0.5 < 90: the long's stop at 90 is sold at 90 − 89.25 = 0.75, the lowest fill there can be."""
    bars = [(100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 90.0, 100.0)]
    _, events = run(bars, [{"stop_loss": 90.0, "size": 1.0}], slippage_fixed_pips=89.25)
    assert events[-1]["price"] == 0.75


@pytest.mark.rule("C-1", "Q-C1b")
def test_without_slippage_nothing_is_refused(run: Any) -> None:
    run([(0.25, 0.25, 0.25, 0.25)], [])


@pytest.mark.rule("C-1", "Q-C1b")
@pytest.mark.parametrize(
    ("signal", "is_refused"),
    [
        ({"direction": "short", "price": 2.0, "stop_loss": 110.0}, True),
        ({"direction": "short", "price": 100.0, "stop_loss": 1.5}, True),
        ({"direction": "short", "price": 2.25, "stop_loss": 110.0}, False),
        ({"direction": "long", "price": 100.0, "stop_loss": 1.5}, False),
        ({"direction": "short", "price": -2.0, "stop_loss": 110.0}, False),
        ({"direction": "short", "signal_type": "exit", "stop_loss": 1.5}, False),
        ({"direction": "short", "signal_type": "modify", "stop_loss": 1.5}, False),
    ],
)
def test_v1_looks_at_the_levels_of_its_signals_too(run: Any, signal: dict[str, Any], is_refused: bool) -> None:
    """v1 sells at a signal's price and buys back at its stop, minus slippage, wherever the market is."""
    call = partial(run, BARS, [signal], variant=Variant.V1, slippage_fixed_pips=2.0)
    if is_refused:
        assert refusal(call) == (ErrorCode.CONSTRAINT_VIOLATION, "C-1", "costs.slippage", None, 2.0)
    else:
        output, _ = call()
        assert all(price > 0.0 for price in output.trades["exit_price"].to_pylist())
    run(BARS, [signal], slippage_fixed_pips=2.0)  # canonical rejects what is not near its bar


@pytest.mark.rule("C-1", "Q-C1b", "Q-L1c")
def test_signals_are_checked_before_slippage(make_bars: Any, make_signals: Any, make_config: Any) -> None:
    config = make_config(slippage_fixed_pips=1000.0)
    signals = make_signals({"size": float("inf")})
    assert refusal(Engine().run, make_bars(BARS), signals, config)[0] is ErrorCode.INFINITE_VALUE


@pytest.mark.rule("C-1", "Q-C1b", "X-4")
def test_step_by_step_each_call_looks_at_its_own_bars(make_bars: Any, make_signals: Any, make_config: Any) -> None:
    simulator = ExecutionSimulator(make_config(slippage_fixed_pips=95.0))
    bars = make_bars(BARS)
    simulator.process_signals(bars.slice(0, 1), make_signals())
    simulator.evaluate_exits(bars.slice(0, 1))
    before = simulator.state_hash
    expected = (ErrorCode.CONSTRAINT_VIOLATION, "C-1", "costs.slippage", 0, 95.0)
    assert refusal(simulator.process_signals, bars.slice(1, 1), make_signals()) == expected
    assert refusal(simulator.evaluate_exits, bars.slice(1)) == expected
    assert simulator.state_hash == before
