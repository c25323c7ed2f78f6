"""Each series is computed once per set of bars and handed out as it is (I-17)."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error
from omega.contract.protocols import CheckedBars, IndicatorParameter, Side
from omega_reference.bars.columns import BarColumns, closes, highs, lows
from omega_reference.data import read_bars
from omega_reference.environment import check_environment
from omega_reference.indicators.atr import atr
from omega_reference.indicators.bollinger import bollinger
from omega_reference.indicators.ema import ema
from omega_reference.indicators.sma import sma
from omega_reference.indicators.true_range import true_range
from omega_reference.indicators.zscore import zscore

Series = tuple[list[float], ...]

_WINDOW_MAX: Final = 2_147_483_647
_ORDER: Final = ("period", "window", "mean", "ema_period", "std_factor")
"""Order in which parameters are checked (Q-I17)."""
_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "sma": ("period",),
    "ema": ("period",),
    "atr": ("period",),
    "true_range": (),
    "bollinger": ("period", "std_factor"),
    "zscore": ("window", "mean", "ema_period"),
}
_MEANS: Final = ("rolling", "ema")


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
        checked = check_parameters(name, side, parameters)
        key = (name, side, tuple(checked.items()))
        if key not in self._series:
            self._series[key] = self._compute(name, side, checked)
        return self._series[key]

    def _compute(self, name: str, side: Side, parameters: dict[str, IndicatorParameter]) -> Series:
        high, low, close = highs(self._bars, side), lows(self._bars, side), closes(self._bars, side)
        match name, parameters:
            case "sma", {"period": int(period)}:
                return (sma(close, period),)
            case "ema", {"period": int(period)}:
                return (ema(close, period),)
            case "atr", {"period": int(period)}:
                return (atr(high, low, close, period),)
            case "bollinger", {"period": int(period), "std_factor": float(std_factor)}:
                return bollinger(close, period, std_factor)
            case "zscore", {"window": int(window), "ema_period": int(period)}:
                return (zscore(close, self.get("ema", side, period=period)[0], window),)
            case "zscore", {"window": int(window)}:
                return (zscore(close, self.get("sma", side, period=window)[0], window),)
            case _:
                return (true_range(high, low, close),)


def check_parameters(name: str, side: str, parameters: dict[str, IndicatorParameter]) -> dict[str, IndicatorParameter]:
    """Return the parameters in the order of Q-I17, numbers in their one type, or refuse the first that is wrong."""
    if not isinstance(name, str) or name not in _PARAMETERS:
        raise _refuse(ErrorCode.INVALID_ARGUMENT, "name", name, f"one of {', '.join(_PARAMETERS)}")
    if not isinstance(side, str) or side not in ("bid", "ask"):
        raise _refuse(ErrorCode.INVALID_ARGUMENT, "side", side, "bid or ask")
    taken = _taken(name, parameters)
    for parameter in sorted(parameters):
        if parameter not in taken:
            expected = f"{name} to be asked for with {', '.join(taken) or 'no parameter'}"
            raise _refuse(ErrorCode.INVALID_ARGUMENT, parameter, parameters[parameter], expected)
    for parameter in taken:
        if parameter not in parameters:
            raise _refuse(ErrorCode.INVALID_ARGUMENT, parameter, None, "a value")
    smallest = 2 if name in ("bollinger", "zscore") else 1
    return {parameter: _checked(parameter, parameters[parameter], smallest) for parameter in taken}


def _taken(name: str, parameters: dict[str, IndicatorParameter]) -> list[str]:
    """Return what the indicator takes; an EMA's period only belongs to a z-score around an EMA."""
    mean = parameters.get("mean")
    # Asked first: whether something else is equal to a text may have no answer (pandas.NA).
    is_around_ema = isinstance(mean, str) and mean == "ema"
    return [
        parameter
        for parameter in _ORDER
        if parameter in _PARAMETERS[name] and (parameter != "ema_period" or is_around_ema)
    ]


def _checked(parameter: str, value: IndicatorParameter, smallest: int) -> IndicatorParameter:
    if parameter == "mean":
        return _checked_mean(value)
    if parameter == "std_factor":
        return _checked_factor(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(ErrorCode.TYPE_MISMATCH, parameter, value, "an integer")
    low = 1 if parameter == "ema_period" else smallest
    if not low <= value <= _WINDOW_MAX:
        raise _refuse(ErrorCode.OUT_OF_BOUNDS, parameter, value, f"{low} … {_WINDOW_MAX}")
    return value


def _checked_mean(value: IndicatorParameter) -> str:
    if not isinstance(value, str):
        raise _refuse(ErrorCode.TYPE_MISMATCH, "mean", value, "text")
    if value not in _MEANS:
        raise _refuse(ErrorCode.INVALID_ARGUMENT, "mean", value, " or ".join(_MEANS))
    return value


def _checked_factor(value: IndicatorParameter) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(ErrorCode.TYPE_MISMATCH, "std_factor", value, "a number")
    try:
        factor = float(value)
    except OverflowError:  # an integer beyond every float
        factor = float("inf")
    if factor != factor:
        raise _refuse(ErrorCode.NAN_VALUE, "std_factor", value, "a number")
    if factor - factor != 0.0:
        raise _refuse(ErrorCode.INFINITE_VALUE, "std_factor", value, "a finite number")
    return factor


def _refuse(code: ErrorCode, column: str, value: ContextValue, expected: str) -> OmegaError:
    carried = value if isinstance(value, int | float | str) else None
    found = "nothing" if value is None else type(value).__name__ if carried is None else repr(carried)
    return omega_error(code, f"{column}: expected {expected}, got {found}", rule="I-17", column=column, value=carried)
