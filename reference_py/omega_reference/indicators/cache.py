"""Each series is computed once per set of bars and handed out as it is (I-17)."""

from __future__ import annotations

import pyarrow as pa

from omega.contract.indicators import LOCAL, STEPWISE, find_indicator
from omega.contract.protocols import CheckedBars, IndicatorParameter, Side
from omega_reference.bars.columns import BarColumns, closes, highs, lows
from omega_reference.data import read_bars
from omega_reference.environment import check_environment
from omega_reference.indicators.local import local_series
from omega_reference.indicators.parameters import Parameters, check_parameters
from omega_reference.indicators.series import Prices, Series, compute_series
from omega_reference.indicators.stepwise import stepwise_series
from omega_reference.indicators.stream import Stream, create_stream


class IndicatorCache:
    """Indicator series over one set of bars (wave 1, I-17); see :class:`omega.contract.protocols.IndicatorCache`.

    Parameters
    ----------
    bars : pyarrow.Table, CheckedBars or BarColumns
        Columns of T-2; values are not checked, a NaN acts as a missing row (chapter I).
    """

    def __init__(self, bars: pa.Table | CheckedBars | BarColumns) -> None:
        check_environment()
        self._bars = bars if isinstance(bars, BarColumns) else read_bars(bars)
        self._series: dict[tuple[str, str, tuple[tuple[str, IndicatorParameter], ...]], Series] = {}

    def get(self, name: str, side: Side, **parameters: IndicatorParameter) -> Series:
        """Return the outputs of indicator ``name`` on ``side``; equal requests return the identical objects.

        Raises
        ------
        OmegaError
            INVALID_ARGUMENT, TYPE_MISMATCH, OUT_OF_BOUNDS, NAN_VALUE or INFINITE_VALUE naming the parameter
            (Q-I17).
        """
        given = check_parameters(name, side, parameters)
        key = (name, side, given.key())
        if key not in self._series:
            self._series[key] = self._compute(name, side, given)
        return self._series[key]

    def stream(self, name: str, **parameters: IndicatorParameter) -> Stream:
        """Return the same indicator bar by bar (Q-I18); refuses what :meth:`get` does."""
        return create_stream(name, parameters)

    def _compute(self, name: str, side: Side, given: Parameters) -> Series:
        high, low, close = highs(self._bars, side), lows(self._bars, side), closes(self._bars, side)
        prices = Prices(self._bars.timestamp, high, low, close)
        if name in STEPWISE:
            return stepwise_series(name.removesuffix("_stepwise"), prices, given)
        if name.endswith(LOCAL):
            base = name.removesuffix(LOCAL)
            indicator = find_indicator(base)
            return local_series(base, prices, given, len(indicator.outputs) if indicator is not None else 1)
        return compute_series(name, prices, given)
