"""Runs orders through nautilus_trader, in an environment of its own: JSON of cases in, JSON of outcomes out."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import Any

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide, OrderType, TimeInForce
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

HOUR = 3_600_000_000_000
START = 1_704_067_200_000_000_000
TYPES = {"market": OrderType.MARKET, "limit": OrderType.LIMIT, "stop": OrderType.STOP_LIMIT}
"""A bracket takes no stop market order for its entry: one with a limit that no bar comes near is the same."""
FAR = 0.05
INSTRUMENT = TestInstrumentProvider.default_fx_ccy("EUR/USD", Venue("SIM"))
BAR_TYPE = BarType.from_str(f"{INSTRUMENT.id}-1-HOUR-LAST-EXTERNAL")


class Once(Strategy):  # type: ignore[misc]  # the engine has no types
    """Places one order with its stop and its target, and keeps the fills."""

    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__()
        self.order, self.row = order, 0
        self.fills: list[tuple[int, float]] = []

    def on_start(self) -> None:
        """Ask for bars."""
        self.subscribe_bars(BAR_TYPE)

    def on_bar(self, _: Bar) -> None:
        """Place the order at the close of its bar."""
        if self.row == self.order["bar"]:
            self.submit_order_list(self._orders())
        self.row += 1

    def _orders(self) -> Any:
        order = self.order
        kind, is_long, price = order["order_type"], order["direction"] == "long", Price(order["price"], 5)
        far = Price(order["price"] + (FAR if is_long else -FAR), 5)
        stop = {"entry_trigger_price": price, "entry_price": far}
        levels = {"market": {}, "limit": {"entry_price": price}, "stop": stop}
        return self.order_factory.bracket(
            instrument_id=INSTRUMENT.id,
            order_side=OrderSide.BUY if is_long else OrderSide.SELL,
            quantity=Quantity.from_int(1_000),
            entry_order_type=TYPES[kind],
            sl_trigger_price=Price(order["stop_loss"], 5),
            tp_price=Price(order["take_profit"], 5),
            tp_post_only=False,
            entry_post_only=False,
            time_in_force=TimeInForce.GTC,
            **levels[kind],
        )

    def on_order_filled(self, event: Any) -> None:
        """Keep the bar and the price of a fill; a bar's time is its end."""
        self.fills.append(((event.ts_event - START) // HOUR - 1, float(event.last_px)))


def outcome(case: dict[str, Any]) -> list[Any]:
    """Return entry bar and price, exit bar and price of a case's order; None for what did not happen."""
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue=Venue("SIM"),
        oms_type=OmsType.HEDGING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(1_000_000_000, USD)],
        default_leverage=Decimal(1),
        bar_adaptive_high_low_ordering=True,
    )
    engine.add_instrument(INSTRUMENT)
    engine.add_data([_bar(row, prices) for row, prices in enumerate(case["bars"])])
    strategy = Once(case["order"])
    engine.add_strategy(strategy)
    engine.run()
    fills = strategy.fills
    engine.dispose()
    flat = [value for fill in fills[:2] for value in fill]
    return flat + [None] * (4 - len(flat))


def _bar(row: int, prices: list[float]) -> Bar:
    end = START + (row + 1) * HOUR
    return Bar(BAR_TYPE, *(Price(price, 5) for price in prices), Quantity.from_int(1_000_000), end, end)


if __name__ == "__main__":
    json.dump([outcome(case) for case in json.load(sys.stdin)], sys.stdout)
