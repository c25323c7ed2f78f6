"""``mean_reversion_z_score`` (A-2 … A-10): trade back to the mean when the price is far from it."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.protocols import IndicatorCache, IndicatorParameter
from omega.contract.types import (
    Decision,
    Direction,
    EngineConfig,
    OrderType,
    Position,
    Signal,
    SignalType,
    StrategyConfig,
)
from omega_reference.bars.columns import BarColumns
from omega_reference.numbers import NAN, quantize
from omega_reference.strategy.bands import BandScenarios, enabled_checks, is_enabled
from omega_reference.strategy.base import HOLD, Action, BarSlice
from omega_reference.strategy.series import series
from omega_reference.terms import symbol_terms


class MeanReversionZScore:
    """Scenario 1 (A-4) here, the others in ``bands``; see :class:`omega_reference.strategy.base.Strategy`."""

    def __init__(self, settings: StrategyConfig) -> None:
        given = settings.parameters
        self._magic_number = settings.magic_number
        self._parameters = given
        self._has_long = is_enabled(given, 1, Direction.LONG)
        self._has_short = is_enabled(given, 1, Direction.SHORT)
        self._decisions: list[Decision] = []
        self._indicators: IndicatorCache | None = None

    def on_init(self, config: EngineConfig) -> None:
        """Take over symbol and digits of the run."""
        self._config = config
        self._symbol = config.symbol
        self._digits = symbol_terms(config).digits

    def evaluate(self, bar: BarSlice, indicators: IndicatorCache) -> Signal | None:
        """Return the signal of the first scenario that has one (A-3), of scenario 1 the short before the long."""
        if indicators is not self._indicators:
            self._load(bar.bars, indicators)
        z = self._z[bar.row]
        # A NaN fails both comparisons: a missing value means no signal.
        if z >= self._parameters.z_score_short and self._has_short:
            signal = self._first(bar, Direction.SHORT, z)
            if signal is not None:
                return signal
        if z <= self._parameters.z_score_long and self._has_long:
            signal = self._first(bar, Direction.LONG, z)
            if signal is not None:
                return signal
        # hit A-3 if z != z or z <= self._parameters.z_score_long or z >= self._parameters.z_score_short
        if self._bands is None:
            return None
        decision = self._bands.decide(bar.bars, bar.row)
        return None if decision is None else self._signal(bar, decision)

    def decisions(self) -> Sequence[Decision]:
        """Return why each signal was given (Q-A10b)."""
        return self._decisions

    def manage_position(self, position: Position, bar: BarSlice) -> Action:
        """Leave everything to stop, target and timeout."""
        return HOLD

    def _load(self, bars: BarColumns, indicators: IndicatorCache) -> None:
        """Fetch each series once per set of bars, and of the scenarios that are enabled alone."""
        given = self._parameters
        self._indicators = indicators
        self._z: Sequence[float] = (NAN,) * len(bars)
        if self._has_long or self._has_short:
            scores: dict[str, IndicatorParameter] = {
                "window": given.window_length,
                "mean": "ema",
                "ema_period": given.ema_length,
            }
            self._z = series(indicators.get("zscore", "bid", **scores)[0])
            self._ema = series(indicators.get("ema", "bid", period=given.ema_length)[0])
            self._atr_bid = series(indicators.get("atr", "bid", period=given.atr_length)[0])
            self._atr_ask = series(indicators.get("atr", "ask", period=given.atr_length)[0])
        self._bands = None
        if enabled_checks(given):
            self._bands = BandScenarios(self._config, given, self._digits, bars, indicators)

    def _first(self, bar: BarSlice, direction: Direction, z: float) -> Signal | None:
        """Return the signal of scenario 1 (A-4)."""
        row = bar.row
        decision = Decision(
            timestamp=bar.bars.timestamp[row],
            scenario=1,
            direction=direction,
            z=z,
            atr=self._atr_ask[row] if direction is Direction.SHORT else self._atr_bid[row],
            spread=(bar.bars.ask_close[row] - bar.bars.bid_close[row]),
            ema=self._ema[row],
        )
        return self._signal(bar, decision)

    def _signal(self, bar: BarSlice, decision: Decision) -> Signal | None:
        """Build a market order (A-8, Q-A4, Q-A5); None if its stop or target is undefined."""
        bars, row, direction = bar.bars, bar.row, decision.direction
        distance = self._parameters.atr_mult * decision.atr
        stop_loss = (bars.bid_low[row] - distance) if direction is Direction.LONG else (bars.bid_high[row] + distance)
        target = decision.mid if decision.ema is None else decision.ema
        if target is None or stop_loss != stop_loss or target != target:
            # hit A-3
            return None
        self._decisions.append(decision)
        # hit A-4 if decision.scenario == 1
        # hit A-5 if decision.scenario == 2
        # hit A-6 if decision.scenario == 3
        # hit A-7 if decision.scenario > 3
        # hit Q-A7 if decision.scenario == 4
        # hit Q-A7b if decision.scenario == 5
        # hit Q-A7c if decision.scenario == 6
        # hit A-8 if quantize(stop_loss, self._digits) != stop_loss or quantize(target, self._digits) != target
        return Signal(
            timestamp=decision.timestamp,
            symbol=self._symbol,
            signal_type=SignalType.ENTRY,
            direction=direction,
            order_type=OrderType.MARKET,
            price=bars.ask_close[row] if direction is Direction.LONG else bars.bid_close[row],
            stop_loss=quantize(stop_loss, self._digits),
            take_profit=quantize(target, self._digits),
            magic_number=self._magic_number,
            max_holding=self._parameters.max_holding,
            row=len(self._decisions) - 1,
            scenario=f"{direction.text}_{decision.scenario}",
        )
