"""The built-in faults that a gate has to notice: what each does, and how the reference is made to do it.

The Rust core has the same faults under the same names behind its feature ``probe``; a test keeps both lists equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """Source text of a module of the reference and what stands there instead; it must occur exactly once."""

    module: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saboteur:
    """A fault.

    Attributes
    ----------
    rule : str
        The rule it breaks.
    what : str
        What is wrong, for a person.
    """

    name: str
    rule: str
    what: str
    substitutions: tuple[Substitution, ...]


_STRATEGY: Final = "strategy.mean_reversion_z_score"


def _fault(name: str, rule: str, what: str, *changes: tuple[str, str, str]) -> Saboteur:
    substitutions = tuple(Substitution(module=module, old=old, new=new) for module, old, new in changes)
    return Saboteur(name=name, rule=rule, what=what, substitutions=substitutions)


_FAULTS: Final = (
    _fault(
        "fill_one_ulp",
        "C-1",
        "a fill with slippage is one ulp too high",
        (
            "fills",
            "return (price + offset) if is_buy else (price - offset)",
            'return __import__("math").nextafter((price + offset) if is_buy else (price - offset), float("inf"))',
        ),
    ),
    _fault(
        "stop_strict",
        "E-6",
        "`<` for `<=`: a long's stop that is only touched is not hit",
        ("hits", "bars.bid_low[row] <= (position.stop_loss", "bars.bid_low[row] < (position.stop_loss"),
    ),
    _fault("buffer_dropped", "E-6", "no buffer", ("hits", "buffer = pip_buffer_factor * pip_size", "buffer = 0.0")),
    _fault(
        "sides_swapped",
        "E-12",
        "bid and ask are swapped where a position is closed at the close",
        (
            "execution",
            "return bars.bid_close[row] if position.direction is Direction.LONG else bars.ask_close[row]",
            "return bars.ask_close[row] if position.direction is Direction.LONG else bars.bid_close[row]",
        ),
    ),
    _fault(
        "profit_order",
        "P-1",
        "the factors of a result are multiplied in another order",
        (
            "portfolio",
            "(((exit_price - position.entry_price) * side) * position.size) * value_per_price",
            "((exit_price - position.entry_price) * side) * (position.size * value_per_price)",
        ),
    ),
    _fault(
        "trigger_bar_early",
        "E-5",
        "off by one: an order can trigger or close in the bar it came in",
        ("execution", "if position.entry_time >= time:", "if position.entry_time > time:"),
    ),
    _fault(
        "quantize_half_up",
        "N-5",
        "rounding is floor(x · 10^digits + 0.5)",
        (
            "numbers",
            "return round(x, digits)",
            "return math.floor(x * 10.0**digits + 0.5) / 10.0**digits if math.isfinite(x) else x",
        ),
    ),
    _fault(
        "slippage_favourable",
        "C-1",
        "slippage of exits favours the trader in the canonical variant too",
        (
            "execution",
            "is_buy = (position.direction is Direction.LONG) is self._is_v1",
            "is_buy = position.direction is Direction.LONG",
        ),
    ),
    _fault(
        "exit_fee_skipped",
        "C-2",
        "exits cost no fee",
        ("execution", "self._costs.fee(position.size, price) if is_charged else 0.0", "0.0"),
    ),
    _fault(
        "tie_to_target",
        "E-7",
        "where stop and target are hit in one bar, the target wins",
        ("execution", "(may_prefer_target and hits.is_target_first)", "may_prefer_target"),
    ),
    _fault(
        "state_kept",
        "T-7",
        "a run goes on with the order ids of the run before",
        ("execution", "self._order_count = 0", 'self._order_count = getattr(ExecutionSimulator, "kept", 0)'),
        (
            "execution",
            "self._order_count += 1",
            "ExecutionSimulator.kept = self._order_count = self._order_count + 1  # type: ignore[attr-defined]",
        ),
    ),
    _fault(
        "last_event_dropped",
        "T-8",
        "the last event of a run is missing",
        ("engine", "events_table(simulator.events)", "events_table(simulator.events[:-1])"),
    ),
    _fault(
        "negative_zero_fee",
        "C-2",
        "a fee of zero is −0.0",
        ("costs", "base < self._min_fee else base", "base < self._min_fee else (base or -0.0)"),
    ),
    _fault(
        "wrong_event_code",
        "E-1",
        "a stop on the wrong side is refused with OUT_OF_BOUNDS",
        ("checks", "Reason.STOP_SIDE: ErrorCode.CONSTRAINT_VIOLATION", "Reason.STOP_SIDE: ErrorCode.OUT_OF_BOUNDS"),
    ),
    _fault(
        "wrong_error_code",
        "X-1",
        "bars out of order raise the right class with the code INVALID_FORMAT",
        (
            "data",
            'ErrorCode.CONSTRAINT_VIOLATION, "T-2", name, "times must increase strictly"',
            'ErrorCode.INVALID_FORMAT, "T-2", name, "times must increase strictly"',
        ),
    ),
    _fault(
        "error_swallowed",
        "T-2",
        "a negative volume is accepted",
        ("data", "and 0.0 <= volume < _INFINITY", "and volume < _INFINITY"),
    ),
    _fault(
        "refusal_swallowed",
        "E-1",
        "a stop on the wrong side is accepted",
        ("checks", "return Reason.STOP_SIDE", "return None"),
    ),
    _fault(
        "panic_at_exit",
        "X-3",
        "an exit panics in Rust, and raises what is no OmegaError in the reference",
        (
            "execution",
            "result, r_multiple = trade_result(",
            'raise RuntimeError("saboteur")\n        result, r_multiple = trade_result(',
        ),
    ),
    _fault(
        "wrong_random_key",
        "N-6",
        "draws are keyed (seed, 1)",
        ("rng", "philox((seed, 0), counter)", "philox((seed, 1), counter)"),
    ),
    _fault(
        "ordinal_ignored",
        "N-6",
        "equal signals share a draw",
        ("execution", "self._ordinals[key] = ordinal + 1", "self._ordinals[key] = ordinal"),
    ),
    _fault(
        "sized_at_order_price",
        "E-3",
        "a triggered order is sized at its own price instead of its fill",
        (
            "execution",
            "at which v1 sizes.\n        risk, raw = self._size(order, fill)",
            "at which v1 sizes.\n        risk, raw = self._size(order, order.entry_price)",
        ),
    ),
    _fault(
        "risk_from_exit",
        "P-1",
        "the risk of a trade is measured from its exit",
        (
            "portfolio",
            "abs(position.entry_price - position.initial_stop_loss)",
            "abs(exit_price - position.initial_stop_loss)",
        ),
    ),
    _fault(
        "size_ceiling",
        "S-4",
        "sizes are stepped up instead of down",
        (
            "sizing",
            "floor(((raw - spec.volume_min) + 1e-12) / spec.volume_step)",
            "-floor(-(((raw - spec.volume_min) + 1e-12) / spec.volume_step))",
        ),
    ),
    _fault(
        "times_shifted",
        "T-8",
        "events are stamped one microsecond late",
        ("execution", "timestamp=time,", "timestamp=time + 1,"),
    ),
    _fault(
        "expiry_late",
        "E-4",
        "an order that expires at the bar's time may still trigger",
        ("execution", "position.expires_at <= time", "position.expires_at < time"),
    ),
    _fault(
        "gap_ignored",
        "E-3",
        "a stop that the bar opened through fills at its level",
        ("fills", "return maximum(level, side_open) if is_buy else minimum(level, side_open)", "return level"),
    ),
    _fault(
        "trigger_bar_touch",
        "E-8",
        "a target that is touched counts in the bar in which its limit order triggered",
        ("hits", "if is_trigger_bar and position.order_type is OrderType.LIMIT:", "if False:"),
    ),
    _fault(
        "timeout_late",
        "E-12",
        "a position may be held for exactly its longest time",
        ("execution", "time - since >= position.max_holding", "time - since > position.max_holding"),
    ),
    _fault(
        "signal_late",
        "L-1a",
        "a signal at a bar's very time waits for the next bar",
        ("engine", "signals[end].timestamp <= time", "signals[end].timestamp < time"),
    ),
    _fault(
        "stop_not_quantized",
        "A-8",
        "the strategy's stop keeps all its decimals",
        (_STRATEGY, "stop_loss=quantize(stop_loss, self._digits)", "stop_loss=stop_loss"),
    ),
    _fault(
        "drawdown_from_start",
        "P-4",
        "the largest relative drawdown is measured against the initial balance",
        ("portfolio", "ratio = (drawdown / self.peak)", "ratio = (drawdown / self.initial_balance)"),
    ),
    _fault(
        "result_before_fee",
        "P-2",
        "a result is booked before the exit's fee",
        ("portfolio", "self.cash = (self.cash - fee) + result", "self.cash = (self.cash + result) - fee"),
    ),
    _fault(
        "marked_at_ask",
        "P-3",
        "open longs are marked at the ask",
        ("portfolio", "((((bars.bid_close[row] - entry) * 1.0)", "((((bars.ask_close[row] - entry) * 1.0)"),
    ),
    _fault(
        "breakeven_won",
        "P-5",
        "a trade without profit or loss counts as won",
        ("portfolio", "if result > 0.0:", "if result >= 0.0:"),
    ),
    _fault(
        "late_signals_forgotten",
        "L-1a",
        "signals later than the last bar vanish",
        ("engine", "simulator.reject_after_end(bars, row, source.late())", "pass"),
    ),
    _fault(
        "limit_exceeded",
        "L-1",
        "one position more than the limit is taken",
        ("checks", "position_count >= config.max_positions", "position_count > config.max_positions"),
    ),
    _fault(
        "pass_first",
        "L-1",
        "the pass over a bar comes before the bar's signals",
        (
            "engine",
            "        due = source.due(row)\n",
            "        simulator._pass(bars, row)\n        due = source.due(row)\n",
        ),
    ),
    _fault(
        "chain_restarted",
        "H-1",
        "a digest does not cover the one before",
        ("state_chain", "message = self.last + head + positions", "message = bytes(16) + head + positions"),
    ),
    _fault(
        "filter_ignored",
        "A-3",
        "a strategy that may only buy sells too",
        (_STRATEGY, "settings.parameters.direction_filter is not DirectionFilter.LONG", "True"),
    ),
    _fault(
        "threshold_strict",
        "A-4",
        "a z-score at its very threshold gives no signal",
        (_STRATEGY, "if z >= self._parameters.z_score_short and", "if z > self._parameters.z_score_short and"),
        (_STRATEGY, "if z <= self._parameters.z_score_long and", "if z < self._parameters.z_score_long and"),
    ),
    _fault(
        "atr_of_other_side",
        "A-4",
        "a short's stop is measured by the bid's ATR",
        (
            _STRATEGY,
            "(self._parameters.atr_mult * self._atr_ask[row])",
            "(self._parameters.atr_mult * self._atr_bid[row])",
        ),
    ),
    _fault(
        "holding_dropped",
        "A-4",
        "the strategy's positions are held without end",
        (_STRATEGY, "max_holding=self._parameters.max_holding,", "max_holding=None,"),
    ),
    _fault(
        "ema_factor",
        "I-2",
        "the EMA's factor is 2/(n + 2)",
        ("indicators.ema", "a = 2.0 / (period + 1.0)\n", "a = 2.0 / (period + 2.0)\n"),
    ),
    _fault(
        "ema_drifts",
        "I-2",
        "the EMA of a constant series drifts",
        ("indicators.ema", "elif x == x and x != y:", "elif x == x:"),
    ),
    _fault(
        "population_deviation",
        "I-8",
        "deviations are divided by w instead of w − 1",
        ("indicators.windows", "* weight)) / degrees", "* weight)) / window"),
        ("indicators.windows", "sqrt(m2s[-1] / degrees)", "sqrt(m2s[-1] / window)"),
    ),
    _fault(
        "deviation_uncentred",
        "I-11",
        "Welford's steps work on the values themselves, whose last digits are lost",
        ("indicators.windows", "y = x - first", "y = x"),
        ("indicators.windows", "shift = block[0] - values[start - 1]", "shift = 0.0"),
    ),
    _fault(
        "atr_early",
        "I-6",
        "the ATR begins a bar early",
        ("indicators.atr", "if valid == period:", "if valid >= period - 1:"),
    ),
    _fault(
        "flat_zscore_zero",
        "I-11",
        "the z-score in a flat window is 0",
        ("indicators.zscore", "if std != 0.0 else NAN", "if std != 0.0 else 0.0"),
    ),
    _fault(
        "band_one_ulp",
        "I-8",
        "an upper band is one ulp too high",
        (
            "indicators.bollinger",
            "upper = [(m + band) for",
            'upper = [__import__("math").nextafter(m + band, float("inf")) for',
        ),
    ),
    _fault(
        "window_late",
        "I-1",
        "a simple average's window ends one row late",
        (
            "indicators.sma",
            "return window_mean(values, period)",
            'return [float("nan"), *window_mean(values, period)[:-1]]',
        ),
    ),
    _fault(
        "missing_is_zero",
        "I-1",
        "a missing value counts as 0 in a simple average",
        (
            "indicators.sma",
            "window_mean(values, period)",
            "window_mean([x if x == x else 0.0 for x in values], period)",
        ),
    ),
    _fault(
        "close_remembered",
        "I-6",
        "a true range after a missing close is measured from the close before that",
        ("indicators.true_range", "before = c\n", "before = c if c == c else before\n"),
    ),
    _fault(
        "duplicate_accepted",
        "T-2",
        "a time that stands there twice is accepted",
        ("data", "            before < time\n", "            before <= time\n"),
    ),
    _fault(
        "close_unchecked",
        "T-2",
        "a close outside its bar's range is accepted",
        ("data", "and b_low <= b_close <= b_high", "and True"),
        ("data", "and a_low <= a_close <= a_high", "and True"),
    ),
    _fault(
        "gap_at_timeframe",
        "T-2",
        "a step of one bar counts as a gap",
        ("data", "_count(b - a > timeframe for", "_count(b - a >= timeframe for"),
    ),
    _fault(
        "volume_of_ask",
        "G-1",
        "joined bars have the ask's volume",
        (
            "data",
            'columns.append(bid.column("volume").take(pa.array(bid_rows)))',
            'columns.append(ask.column("volume").take(pa.array(ask_rows)))',
        ),
    ),
    _fault(
        "ratio_strict",
        "G-1",
        "a join is refused at the very ratio that is allowed",
        ("data", "if ratio > max_missing_ratio:", "if ratio >= max_missing_ratio:"),
    ),
)

SABOTEURS: Final = {fault.name: fault for fault in _FAULTS}
"""Every built-in fault by name."""

QUICK: Final = (
    "fill_one_ulp",
    "negative_zero_fee",
    "ema_factor",
    "drawdown_from_start",
    "last_event_dropped",
    "wrong_event_code",
    "panic_at_exit",
    "tie_to_target",
    "stop_not_quantized",
    "gap_at_timeframe",
)
"""Those of ``omega verify --quick``, of each component one: an ulp, a sign of zero, a code, a crash, rules."""
