"""Each counted rule switched off in the reference: that a rule fires proves little if nobody would miss it."""

from __future__ import annotations

from typing import Final

from omega_parity.selftest.probe.saboteurs import SABOTEURS, Saboteur, Substitution

_WITHOUT: Final = "without "
_STRATEGY: Final = "strategy.mean_reversion_z_score"

_OFF: Final[dict[str, tuple[Substitution, ...]]] = {
    rule: tuple(Substitution(module=module, old=old, new=new) for module, old, new in changes)
    for rule, changes in {
        "C-1": [("fills", "return (price + offset) if is_buy else (price - offset)", "return price")],
        "C-2": [("costs", "return self._min_fee if", "return 0.0 if True else self._min_fee if")],
        "Q-C2": [("costs", "self._min_fee if self._min_fee > 0.0 and base < self._min_fee else base", "base")],
        "S-1": [("sizing", "if spec.quote_currency == account_currency:", "if False:")],
        "S-2": [("sizing", "return (risk / denominator) if denominator > 0.0 else 0.0", "return 0.0")],
        "S-4": [("sizing", "return quantize(lots, _LOT_DIGITS)", "return raw")],
        "S-5": [("sizing", "return maximum(_V1_LOTS_MIN, quantize(raw, 2))", "return raw")],
        "E-1": [("checks", "distance = abs(fill - stop_loss)", "return None")],
        "Q-E1": [
            (
                "execution",
                "price = bars.close(side)[row] if signal.price is None",
                "price = 0.0 if signal.price is None",
            )
        ],
        "E-2": [("checks", "signal.expires_at <= entry_time", "False")],
        "E-3": [("execution", "elif is_triggered(position, bars, row) and", "elif False and")],
        "Q-E3": [
            ("fills", "return maximum(level, side_open) if is_buy else minimum(level, side_open)", "return level"),
            ("fills", "return minimum(level, side_open) if is_buy else maximum(level, side_open)", "return level"),
        ],
        "E-4": [("execution", "elif position.expires_at is not None and position.expires_at <= time:", "elif False:")],
        "E-5": [("execution", "if position.entry_time >= time:", "if False:")],
        "E-6": [
            ("hits", "bars.bid_low[row] <= (position.stop_loss", "bars.bid_low[row] < (position.stop_loss"),
            ("hits", "bars.ask_high[row] >= (position.stop_loss", "bars.ask_high[row] > (position.stop_loss"),
            ("hits", "bars.bid_high[row] >= (position.take_profit", "bars.bid_high[row] > (position.take_profit"),
            ("hits", "bars.ask_low[row] <= (position.take_profit", "bars.ask_low[row] < (position.take_profit"),
        ],
        "Q-E6": [("hits", "buffer = pip_buffer_factor * pip_size", "buffer = 0.0")],
        "E-7": [("execution", "(may_prefer_target and hits.is_target_first)", "False")],
        "Q-E7": [("execution", "self.ambiguous_bars += hits.is_ambiguous", "self.ambiguous_bars += 0")],
        "E-8": [("hits", "if is_trigger_bar and position.order_type is OrderType.LIMIT:", "if False:")],
        "E-9": [("execution", "if not self._is_v1 and not is_trigger_bar:", "if False:")],
        "E-10": [("execution", "reason = Reason.TAKE_PROFIT if is_target else", "reason =")],
        "E-10s": [("execution", "Reason.TAKE_PROFIT if is_target else Reason.STOP_LOSS", "Reason.TAKE_PROFIT")],
        "E-12": [("execution", "if position.max_holding is not None and time", "if False and time")],
        "E-18": [("execution", "if is_last and self._config.close_at_end:", "if False:")],
        "P-1": [("portfolio", "return result, (result / risk) if risk != 0.0 else 0.0", "return 0.0, 0.0")],
        "P-1v": [("portfolio", "return (r * risk_per_trade), r", "return 0.0, 0.0")],
        "Q-P1": [
            ("portfolio", "distance) if distance != 0.0 else 0.0", "distance) if distance != 0.0 else 1.0"),
            ("portfolio", "(result / risk) if risk != 0.0 else 0.0", "(result / risk) if risk != 0.0 else 1.0"),
        ],
        "P-2": [("portfolio", "self.cash = self.cash - fee", "self.cash = self.cash")],
        "Q-P2": [("portfolio", "self.cash = (self.cash - fee) + result", "self.cash = (self.cash + result) - fee")],
        "P-3": [("execution", "if self.positions and not self._is_v1:", "if False:")],
        "P-4": [("portfolio", "if equity < self.peak:", "if False:")],
        "A-3": [
            (
                _STRATEGY,
                "z >= self._parameters.z_score_short and self._has_short:",
                "z >= self._parameters.z_score_short:",
            )
        ],
        "A-4": [(_STRATEGY, "if z <= self._parameters.z_score_long and", "if False and")],
        "A-8": [(_STRATEGY, "stop_loss=quantize(stop_loss, self._digits)", "stop_loss=stop_loss")],
        "L-1": [
            (
                "engine",
                "        due = source.due(row)\n",
                "        simulator._pass(bars, row)\n        due = source.due(row)\n",
            )
        ],
        "L-1a": [("engine", "simulator.reject_after_end(bars, row, source.late())", "pass")],
        "Q-L1b": [("checks", "if config.max_positions is not None and", "if False and")],
        "Q-N6": [("execution", "self._ordinals[key] = ordinal + 1", "self._ordinals[key] = ordinal")],
    }.items()
}

SWITCHES: Final = {
    f"{_WITHOUT}{rule}": Saboteur(name=f"{_WITHOUT}{rule}", rule=rule, what=f"{rule} is off", substitutions=changes)
    for rule, changes in _OFF.items()
}
"""A switch per counted rule, by names such as ``without E-7``."""

REFERENCE_FAULTS: Final = {**SABOTEURS, **SWITCHES}
"""Everything that can be wrong with a copy of the reference."""
