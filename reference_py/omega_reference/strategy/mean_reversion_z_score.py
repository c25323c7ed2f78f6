"""``mean_reversion_z_score`` (A-2 … A-4, A-8), scenario 1: trade back to the EMA when the price is far from it."""

from __future__ import annotations

from omega.contract.protocols import IndicatorCache, Side
from omega.contract.types import (
    Direction,
    DirectionFilter,
    EngineConfig,
    OrderType,
    Position,
    Signal,
    SignalType,
    StrategyConfig,
)
from omega_reference.numbers import quantize
from omega_reference.strategy.base import HOLD, Action, BarSlice
from omega_reference.terms import symbol_terms


class MeanReversionZScore:
    """Scenario 1 of A-4; see :class:`omega_reference.strategy.base.Strategy`."""

    def __init__(self, settings: StrategyConfig) -> None:
        self._magic_number = settings.magic_number
        self._parameters = settings.parameters
        # A short is looked for unless only longs may be traded, and the other way round.
        self._has_long = settings.parameters.direction_filter is not DirectionFilter.SHORT
        self._has_short = settings.parameters.direction_filter is not DirectionFilter.LONG
        self._indicators: IndicatorCache | None = None

    def on_init(self, config: EngineConfig) -> None:
        """Take over symbol and digits of the run."""
        self._symbol = config.symbol
        self._digits = symbol_terms(config).digits

    def evaluate(self, bar: BarSlice, indicators: IndicatorCache) -> Signal | None:
        """Return the signal of scenario 1 (A-4), the short before the long (A-3)."""
        if indicators is not self._indicators:
            self._load(indicators)
        row = bar.row
        z = self._z[row]
        # A NaN fails both comparisons: a missing value means no signal.
        if z >= self._parameters.z_score_short and self._has_short:
            signal = self._short(bar)
            if signal is not None:
                return signal
        if z <= self._parameters.z_score_long and self._has_long:
            return self._long(bar)
        # hit A-3 if z != z or z <= self._parameters.z_score_long or z >= self._parameters.z_score_short
        return None

    def manage_position(self, position: Position, bar: BarSlice) -> Action:
        """Leave everything to stop, target and timeout."""
        return HOLD

    def _load(self, indicators: IndicatorCache) -> None:
        """Fetch each series once per set of bars, as a list, whoever computed it."""
        settings = self._parameters
        window, period = settings.window_length, settings.ema_length
        self._indicators = indicators
        self._z = _series(indicators, "zscore", "bid", window=window, mean="ema", ema_period=period)
        self._ema = _series(indicators, "ema", "bid", period=period)
        self._atr_bid = _series(indicators, "atr", "bid", period=settings.atr_length)
        self._atr_ask = _series(indicators, "atr", "ask", period=settings.atr_length)

    def _short(self, bar: BarSlice) -> Signal | None:
        row = bar.row
        stop_loss = bar.bars.bid_high[row] + (self._parameters.atr_mult * self._atr_ask[row])
        return self._signal(bar, Direction.SHORT, bar.bars.bid_close[row], stop_loss)

    def _long(self, bar: BarSlice) -> Signal | None:
        row = bar.row
        stop_loss = bar.bars.bid_low[row] - (self._parameters.atr_mult * self._atr_bid[row])
        return self._signal(bar, Direction.LONG, bar.bars.ask_close[row], stop_loss)

    def _signal(self, bar: BarSlice, direction: Direction, price: float, stop_loss: float) -> Signal | None:
        """Build a market order (A-8, Q-A4); None if its stop or target is undefined."""
        target = self._ema[bar.row]
        if stop_loss != stop_loss or target != target:
            # hit A-3
            return None
        # hit A-4
        # hit A-8 if quantize(stop_loss, self._digits) != stop_loss or quantize(target, self._digits) != target
        return Signal(
            timestamp=bar.bars.timestamp[bar.row],
            symbol=self._symbol,
            signal_type=SignalType.ENTRY,
            direction=direction,
            order_type=OrderType.MARKET,
            price=price,
            stop_loss=quantize(stop_loss, self._digits),
            take_profit=quantize(target, self._digits),
            magic_number=self._magic_number,
            max_holding=self._parameters.max_holding,
            scenario=f"{direction.text}_1",
        )


def _series(indicators: IndicatorCache, name: str, side: Side, **parameters: int | str) -> list[float]:
    series = indicators.get(name, side, **parameters)[0]
    if isinstance(series, list):
        return series
    return [float(x) for x in series]
