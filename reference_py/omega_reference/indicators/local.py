"""Indicators that see only the last bars (I-14)."""

from __future__ import annotations

from omega_reference.indicators.parameters import Parameters
from omega_reference.indicators.series import Prices, Series, compute_series
from omega_reference.numbers import NAN


def local_values(name: str, prices: Prices, index: int, lookback: int, given: Parameters) -> tuple[float, ...] | None:
    """Return the outputs of ``name`` at row ``index`` from the ``lookback`` rows that end there; None: too few."""
    if index + 1 < lookback:
        return None
    part = prices.part(index + 1 - lookback, index + 1)
    return tuple(series[-1] for series in compute_series(name, part, given))


def local_series(name: str, prices: Prices, given: Parameters, outputs: int) -> Series:
    """Return :func:`local_values` of every row, NaN where the rows are too few (Q-I14)."""
    lookback = given.length("lookback")
    series: Series = tuple([] for _ in range(outputs))
    for index in range(len(prices.close)):
        values = local_values(name, prices, index, lookback, given)
        for output, kept in enumerate(series):
            kept.append(NAN if values is None else values[output])
    return series
