"""From money at risk to lots (S-2, S-3, S-4, S-5)."""

from __future__ import annotations

from typing import Final

from omega.contract.ranges import MONEY
from omega.contract.types import Instrument, SizingMode
from omega_reference.execution.state import Rules
from omega_reference.grid import grid_distance
from omega_reference.numbers import floor, maximum, minimum, quantize
from omega_reference.terms import SymbolTerms

_UNKNOWN_LOTS_MIN: Final = 0.01
"""Least lots and their step where there is no specification."""
_UNKNOWN_LOT_DIGITS: Final = 2
_LOT_DIGITS: Final = 8
_SIZE_TOLERANCE: Final = 1e-12
"""Share by which rounding errors may have made a size too small (Q-S4)."""
_STEP_TOLERANCE: Final = 1e-3
"""The most of that, in steps: no step is gained however large the size."""
_V1_STEP_TOLERANCE: Final = 1e-12
"""The same in lots, whatever the size."""


def risk_amount(rules: Rules, equity: float) -> float:
    """Return the money at risk of one trade in the account currency, ``equity`` being the last bar's (S-2, Q-S2)."""
    if rules.risk_fraction is None:
        return rules.risk_per_trade
    return _within(rules.risk_fraction * equity, MONEY.most)


def _within(amount: float, most: float) -> float:
    """Return ``amount``, or ±``most`` where it is further from 0: no more than a user may risk (T-10)."""
    if amount > most:
        return most
    return -most if amount < -most else amount


def raw_lots(rules: Rules, risk: float, entry: float, stop_loss: float, value: float) -> float:
    """Return the unrounded lots of an order without a size of its own, by the mode of the run (S-2, S-3).

    ``value`` is what a price is worth at the entry.
    """
    if rules.sizing_mode is SizingMode.FIXED:
        assert rules.sizing_lots is not None, "S-3: fixed sizes are given"
        # hit S-3
        return rules.sizing_lots
    if rules.sizing_mode is SizingMode.PIP:
        # hit S-3
        return raw_size_by_pips(risk, entry, stop_loss, value, rules.terms)
    # hit S-2
    return raw_size(risk, entry, stop_loss, value, rules.terms)


def raw_size(risk: float, entry: float, stop_loss: float, value: float, terms: SymbolTerms) -> float:
    """Return unrounded lots that lose ``risk`` at the stop (S-2, Q-S2); 0 when the stop is at the entry.

    ``value`` is what a price is worth at the entry.
    """
    denominator = grid_distance(terms.grid, abs(entry - stop_loss)) * value
    return (risk / denominator) if denominator > 0.0 else 0.0


def raw_size_by_pips(risk: float, entry: float, stop_loss: float, value: float, terms: SymbolTerms) -> float:
    """Return unrounded lots that lose ``risk`` at the stop, counted in pips (S-3, Q-S3)."""
    pip_value = (value * terms.pip_size) if terms.pip_value is None else terms.pip_value
    denominator = (grid_distance(terms.grid, abs(entry - stop_loss)) / terms.pip_size) * pip_value
    return (risk / denominator) if denominator > 0.0 else 0.0


def lots_from_raw(raw: float, rules: Rules) -> float:
    """Return lots on the symbol's grid, clamped to its limits (S-4, Q-S4; without a spec Q-S5)."""
    terms = rules.terms
    if terms.spec is None:
        # hit S-5
        return maximum(_UNKNOWN_LOTS_MIN, quantize(raw, _UNKNOWN_LOT_DIGITS))
    lots = stepped_lots(raw, terms, terms.spec)
    # hit S-4 if lots != raw
    if rules.sizing_mode is SizingMode.PIP and not rules.variant.quantizes_pip_sizes:
        # hit Q-S4 if lots != quantize(lots, _LOT_DIGITS)
        return lots
    return quantize(lots, _LOT_DIGITS)


def lots_again(lots: float, rules: Rules) -> float:
    """Return the lots of a market order at a tick, its raw size once more and quantized in every mode (Q-E17b, v1)."""
    spec = rules.terms.spec
    if spec is None:
        return maximum(_UNKNOWN_LOTS_MIN, quantize(lots, _UNKNOWN_LOT_DIGITS))
    # hit Q-E17b if lots != quantize(stepped_lots(lots, rules.terms, spec), _LOT_DIGITS)
    return quantize(stepped_lots(lots, rules.terms, spec), _LOT_DIGITS)


def stepped_lots(raw: float, terms: SymbolTerms, spec: Instrument) -> float:
    """Return the lots of whole steps within a symbol's limits, rounding errors of the steps included (Q-S4)."""
    if raw <= spec.volume_min:
        return spec.volume_min
    if terms.grid.is_kept:
        steps = floor((forgiven(raw, spec) - spec.volume_min) / spec.volume_step)
    else:
        steps = floor(((raw - spec.volume_min) + _V1_STEP_TOLERANCE) / spec.volume_step)
    lots = spec.volume_min + (steps * spec.volume_step)
    return spec.volume_max if lots > spec.volume_max else lots


def part_lots(fraction: float, size: float, terms: SymbolTerms) -> float:
    """Return the lots that a fraction of a position is, whole steps of the symbol (E-16, Q-E16)."""
    raw = fraction * size
    spec = terms.spec
    if spec is not None and terms.grid.is_kept:
        # hit Q-E16 if floor(forgiven(raw, spec) / spec.volume_step) != floor(raw / spec.volume_step)
        return quantize(floor(forgiven(raw, spec) / spec.volume_step) * spec.volume_step, _LOT_DIGITS)
    step = _UNKNOWN_LOTS_MIN if spec is None else spec.volume_step
    return quantize(floor((raw + _V1_STEP_TOLERANCE) / step) * step, _LOT_DIGITS)


def rest_lots(size: float, part: float) -> float:
    """Return what is left of a position without a part of it (Q-E16)."""
    return quantize(size - part, _LOT_DIGITS)


def least_lots(terms: SymbolTerms) -> float:
    """Return the smallest position there may be (T-5, Q-E16)."""
    return _UNKNOWN_LOTS_MIN if terms.spec is None else terms.spec.volume_min


def is_refused(raw: float, rules: Rules) -> bool:
    """Whether a raw size is too small to be traded instead of over-risked (S-4, ``below_min: reject``)."""
    spec = rules.terms.spec
    if not rules.refuses_below_min or spec is None:
        return False
    # hit S-4 if forgiven(raw, spec) < spec.volume_min
    return forgiven(raw, spec) < spec.volume_min


def forgiven(raw: float, spec: Instrument) -> float:
    """Return a raw size without what rounding errors may have taken from it (t of Q-S4)."""
    return raw + minimum(raw * _SIZE_TOLERANCE, spec.volume_step * _STEP_TOLERANCE)
