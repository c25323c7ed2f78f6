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
        ("strategy.mean_reversion_z_score", "stop_loss=quantize(stop_loss, self._digits)", "stop_loss=stop_loss"),
    ),
)

SABOTEURS: Final = {fault.name: fault for fault in _FAULTS}
"""Every built-in fault by name."""

QUICK: Final = ("fill_one_ulp", "negative_zero_fee", "wrong_event_code", "panic_at_exit", "tie_to_target")
"""Those of ``omega verify --quick``: an ulp, a sign of zero, a code, a crash, a rule."""
