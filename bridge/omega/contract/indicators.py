"""Every indicator with its parameters and outputs (chapter I); the core declares the same, and a test compares them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from omega.contract.protocols import IndicatorParameter
from omega.contract.types import Timeframe

ParameterKind = Literal["length", "number", "positive", "not_negative", "flag", "choice"]
LENGTH_MAX: Final = 2_147_483_647
"""Longest period or window (Q-I17)."""
LOCAL: Final = "_local"
"""Ending of the form that sees only the last ``lookback`` bars (I-14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an indicator (Q-I17).

    Attributes
    ----------
    kind : str
        ``length`` is an integer in ``least`` … ``most``, ``number`` a finite number, ``positive`` one > 0,
        ``not_negative`` one ≥ 0, ``flag`` a bool, ``choice`` a text of ``choices``.
    default : int, float, str or None
        What it is where it is not given; None: it must be given unless ``is_optional``.
    only_with : (name, value) or None
        It is taken only where that parameter has that value.
    """

    name: str
    kind: ParameterKind
    least: int = 1
    most: int = LENGTH_MAX
    choices: tuple[str, ...] = ()
    default: IndicatorParameter | None = None
    is_optional: bool = False
    only_with: tuple[str, str] | None = None

    def __str__(self) -> str:
        if self.default is not None:
            return f"{self.name}={self.default}"
        return f"{self.name} (optional)" if self.is_optional else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """An indicator as :func:`omega.indicators` lists it.

    Attributes
    ----------
    parameters : tuple of Parameter
        In the order in which they are checked.
    outputs : tuple of str
        Names of the series, in their order.
    warm_up : str
        The first row with a value, from 0.
    formula : str
        In the words of the contract.
    source : str
        Who published it.
    rule : str
        Where the contract has it.
    """

    name: str
    parameters: tuple[Parameter, ...]
    outputs: tuple[str, ...]
    warm_up: str
    formula: str
    source: str
    rule: str

    def __str__(self) -> str:
        taken = ", ".join(map(str, self.parameters))
        outputs = f" -> {', '.join(self.outputs)}" if len(self.outputs) > 1 else ""
        about = f"from row {self.warm_up}; {self.source} ({self.rule})"
        return f"{self.name}({taken}){outputs}\n    {self.formula}\n    {about}"


def _length(name: str, least: int = 1, most: int = LENGTH_MAX, default: int | None = None) -> Parameter:
    return Parameter(name=name, kind="length", least=least, most=most, default=default)


_PERIOD: Final = _length("period")
_PERIOD_2: Final = _length("period", 2)
_WINDOW_2: Final = _length("window", 2)
_FACTOR: Final = Parameter(name="std_factor", kind="number")
_KALMAN: Final = (Parameter(name="r", kind="positive"), Parameter(name="q", kind="not_negative"))
_GARCH: Final = (
    Parameter(name="alpha", kind="not_negative", default=0.05),
    Parameter(name="beta", kind="not_negative", default=0.9),
    Parameter(name="omega", kind="not_negative", is_optional=True),
    Parameter(name="log_returns", kind="flag", default=True),
    Parameter(name="scale", kind="positive", default=100.0),
    _length("min_periods", 0, LENGTH_MAX, 50),
    Parameter(name="floor", kind="not_negative", default=1e-6),
)
_TIMEFRAME: Final = Parameter(name="timeframe", kind="choice", choices=tuple(Timeframe.__members__))
_LOOKBACK: Final = _length("lookback")


def _features() -> tuple[Parameter, ...]:
    """Return what each feature of a volatility cluster takes."""
    garch = tuple(replace(parameter, only_with=("feature", "garch_forecast")) for parameter in _GARCH)
    points = (_PERIOD, Parameter(name="point", kind="positive"))
    return (*garch, *(replace(parameter, only_with=("feature", "atr_points")) for parameter in points))


INDICATORS: Final = (
    Indicator(
        name="sma",
        parameters=(_PERIOD,),
        outputs=("sma",),
        warm_up="period - 1",
        formula="mean of the last n",
        source="textbook; sums by blocks, free of drift",
        rule="I-1",
    ),
    Indicator(
        name="ema",
        parameters=(_PERIOD,),
        outputs=("ema",),
        warm_up="0",
        formula="y = (1 - a)y + ax, a = 2/(n + 1), from the first value",
        source="textbook",
        rule="I-2",
    ),
    Indicator(
        name="atr",
        parameters=(_PERIOD,),
        outputs=("atr",),
        warm_up="period - 1",
        formula="mean of the first n true ranges, then (y(n - 1) + tr)/n",
        source="Wilder 1978",
        rule="I-6",
    ),
    Indicator(
        name="true_range",
        parameters=(),
        outputs=("true_range",),
        warm_up="0",
        formula="max(h - l, |h - c1|, |l - c1|)",
        source="Wilder 1978",
        rule="I-6",
    ),
    Indicator(
        name="bollinger",
        parameters=(_PERIOD_2, _FACTOR),
        outputs=("upper", "mid", "lower"),
        warm_up="period - 1",
        formula="sma +/- k sample deviations",
        source="Bollinger 1983, with n - 1",
        rule="I-8",
    ),
    Indicator(
        name="zscore",
        parameters=(
            _WINDOW_2,
            Parameter(name="mean", kind="choice", choices=("rolling", "ema")),
            replace(_length("ema_period"), only_with=("mean", "ema")),
        ),
        outputs=("zscore",),
        warm_up="2 * window - 2 around a rolling mean, window - 1 around an ema",
        formula="d / std(d), d = close - mean",
        source="textbook",
        rule="I-11",
    ),
    Indicator(
        name="rsi",
        parameters=(_PERIOD,),
        outputs=("rsi",),
        warm_up="1",
        formula="100 - 100/(1 + gain/loss), both smoothed with a = 1/n",
        source="Wilder 1978, averages started with the first change",
        rule="I-3",
    ),
    Indicator(
        name="macd",
        parameters=(_length("fast_period"), _length("slow_period"), _length("signal_period")),
        outputs=("line", "signal", "histogram"),
        warm_up="0",
        formula="line = ema f - ema s, signal = ema(line), histogram = line - signal",
        source="Appel 1979",
        rule="I-4",
    ),
    Indicator(
        name="roc",
        parameters=(_PERIOD,),
        outputs=("roc",),
        warm_up="period",
        formula="100 (x - xn)/xn",
        source="textbook",
        rule="I-5",
    ),
    Indicator(
        name="dmi",
        parameters=(_PERIOD,),
        outputs=("plus_di", "minus_di", "adx"),
        warm_up="0",
        formula="+/-DI = 100 sDM/sTR, DX = 100 |+DI - -DI|/(+DI + -DI), ADX = sDX, a = 1/n",
        source="Wilder 1978, averages started with the first row",
        rule="I-7",
    ),
    Indicator(
        name="choppiness",
        parameters=(_PERIOD_2,),
        outputs=("choppiness",),
        warm_up="period - 1",
        formula="100 log10(sum of tr / (max high - min low)) / log10(n)",
        source="Dreiss 1993",
        rule="I-9",
    ),
    Indicator(
        name="kalman_mean",
        parameters=_KALMAN,
        outputs=("kalman_mean",),
        warm_up="0",
        formula="P' = P + Q, K = P'/(P' + R), x = x + K(z - x), P = (1 - K)P'",
        source="Kalman 1960, local level model",
        rule="I-10",
    ),
    Indicator(
        name="kalman_zscore",
        parameters=(_WINDOW_2, *_KALMAN),
        outputs=("kalman_zscore",),
        warm_up="window - 1",
        formula="d / std(d), d = close - kalman_mean",
        source="Omega v1",
        rule="I-11",
    ),
    Indicator(
        name="garch_volatility",
        parameters=_GARCH,
        outputs=("garch_volatility",),
        warm_up="1 + min_periods",
        formula="v = max(omega + alpha e^2 + beta v, floor^2), sqrt(v)/scale",
        source="Bollerslev 1986, weights given",
        rule="I-12",
    ),
    Indicator(
        name="kalman_garch_zscore",
        parameters=(*_KALMAN, *_GARCH),
        outputs=("kalman_garch_zscore",),
        warm_up="1 + min_periods",
        formula="(close - kalman_mean) / (|close| garch_volatility)",
        source="Omega v1",
        rule="I-13",
    ),
    Indicator(
        name="vol_cluster",
        parameters=(
            Parameter(name="feature", kind="choice", choices=("garch_forecast", "atr_points")),
            _length("window"),
            _length("k", 1, 5, 3),
            Parameter(name="log", kind="flag", default=True),
            *_features(),
        ),
        outputs=("vol_cluster",),
        warm_up="window - 1, and where the feature begins",
        formula="0 low ... 4 extreme: nearest of k centres of one-dimensional k-means",
        source="Lloyd 1982",
        rule="I-16",
    ),
    Indicator(
        name="ema_stepwise",
        parameters=(_TIMEFRAME, _PERIOD),
        outputs=("ema",),
        warm_up="of the timeframe's first bar",
        formula="ema of the higher timeframe's closes, held until its next bar",
        source="Omega v1",
        rule="I-15",
    ),
    Indicator(
        name="bollinger_stepwise",
        parameters=(_TIMEFRAME, _PERIOD_2, _FACTOR),
        outputs=("upper", "mid", "lower"),
        warm_up="of the timeframe's bar number period",
        formula="bollinger of the higher timeframe's closes, held until its next bar",
        source="Omega v1",
        rule="I-15",
    ),
    Indicator(
        name="kalman_zscore_stepwise",
        parameters=(_TIMEFRAME, _WINDOW_2, *_KALMAN),
        outputs=("kalman_zscore",),
        warm_up="of the timeframe's bar number window",
        formula="kalman_zscore of the higher timeframe's closes, held until its next bar",
        source="Omega v1",
        rule="I-15",
    ),
)
"""In the order in which an unknown name is told what there is."""

STEPWISE: Final = tuple(indicator.name for indicator in INDICATORS if indicator.rule == "I-15")
_BY_NAME: Final = {indicator.name: indicator for indicator in INDICATORS}


def find_indicator(name: str) -> Indicator | None:
    """Return an indicator by name; with the ending of I-14 it takes ``lookback`` before everything else."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    base = name.removesuffix(LOCAL)
    if base == name or base not in _BY_NAME or base in STEPWISE:
        return None
    whole = _BY_NAME[base]
    warm_up = "lookback - 1, and where the form over all bars begins"
    return replace(whole, name=name, parameters=(_LOOKBACK, *whole.parameters), warm_up=warm_up)
