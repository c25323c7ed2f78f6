from __future__ import annotations

import math

import pytest

from omega.contract.types import Direction, OrderType, Position, Status, Variant
from omega_reference.portfolio.money import book_entry, book_exit, new_portfolio, trade_result
from omega_reference.variants import variant_rules


def position(direction: Direction = Direction.LONG, entry: float = 101.0, stop: float = 91.0) -> Position:
    return Position(
        order_id=1,
        symbol="INDEX",
        magic_number=0,
        direction=direction,
        order_type=OrderType.MARKET,
        status=Status.OPEN,
        entry_time=0,
        trigger_time=0,
        entry_price=entry,
        initial_stop_loss=stop,
        initial_take_profit=None,
        stop_loss=stop,
        stop_reach=stop,
        take_profit=None,
        size=2.0,
        risk_per_trade=50.0,
        expires_at=None,
        max_holding=None,
        requested_size=None,
        signal_timestamp=0,
        ordinal=0,
        signal_row=0,
        scenario=None,
    )


@pytest.mark.rule("P-1", "Q-P1")
@pytest.mark.parametrize(
    ("direction", "stop", "exit_price", "variant", "expected"),
    [
        (Direction.LONG, 91.0, 106.0, Variant.CANONICAL, (100.0, 0.5)),
        (Direction.SHORT, 111.0, 106.0, Variant.CANONICAL, (-100.0, -0.5)),
        (Direction.LONG, 101.0, 106.0, Variant.CANONICAL, (100.0, 0.0)),
        (Direction.LONG, 91.0, 106.0, Variant.V1, (25.0, 0.5)),
        (Direction.SHORT, 111.0, 106.0, Variant.V1, (-25.0, -0.5)),
        (Direction.LONG, 101.0, 106.0, Variant.V1, (0.0, 0.0)),
    ],
)
def test_results_by_hand(
    direction: Direction, stop: float, exit_price: float, variant: Variant, expected: tuple[float, float]
) -> None:
    assert trade_result(variant_rules(variant), position(direction, stop=stop), exit_price, 10.0) == expected


@pytest.mark.rule("P-1", "Q-P1")
@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize(("direction", "stop"), [(Direction.LONG, 91.0), (Direction.SHORT, 111.0)])
def test_an_exit_at_the_entry_is_a_plain_zero(variant: Variant, direction: Direction, stop: float) -> None:
    # 101 − 101 = 0 either way round; −0.0 would be told from it by its sign (N-3).
    amounts = trade_result(variant_rules(variant), position(direction, stop=stop), 101.0, 10.0)
    assert [math.copysign(1.0, amount) for amount in amounts] == [1.0, 1.0]
    assert amounts == (0.0, 0.0)


@pytest.mark.rule("P-2")
def test_the_fee_is_booked_before_the_result() -> None:
    portfolio = new_portfolio(0.1)
    book_entry(portfolio, 0.2)
    book_exit(portfolio, 0.3, 0.7)
    assert portfolio.cash == ((0.1 - 0.2) - 0.3) + 0.7
    assert portfolio.fees == (0.0 + 0.2) + 0.3
