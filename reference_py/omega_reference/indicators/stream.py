"""Every indicator bar by bar, by name: the bits of the series form (chapter I)."""

from __future__ import annotations

from collections.abc import Mapping

from omega.contract.errors import ErrorCode
from omega.contract.indicators import LOCAL, STEPWISE, find_indicator
from omega.contract.protocols import IndicatorParameter
from omega_reference.indicators.atr import Atr
from omega_reference.indicators.bollinger import Bollinger
from omega_reference.indicators.choppiness import Choppiness
from omega_reference.indicators.dmi import Dmi
from omega_reference.indicators.ema import Ema
from omega_reference.indicators.garch_volatility import GarchVolatility
from omega_reference.indicators.kalman_garch_zscore import KalmanGarchZscore
from omega_reference.indicators.kalman_mean import KalmanMean
from omega_reference.indicators.kalman_zscore import KalmanZscore
from omega_reference.indicators.macd import Macd
from omega_reference.indicators.parameters import Parameters, check_parameters, refuse
from omega_reference.indicators.roc import Roc
from omega_reference.indicators.rolling import RollingMean
from omega_reference.indicators.rsi import Rsi
from omega_reference.indicators.series import garch_terms
from omega_reference.indicators.true_range import TrueRange
from omega_reference.indicators.vol_cluster import VolCluster
from omega_reference.indicators.zscore import Zscore
from omega_reference.numbers import NAN

Kernel = (
    RollingMean
    | Ema
    | Rsi
    | Roc
    | KalmanMean
    | KalmanZscore
    | GarchVolatility
    | KalmanGarchZscore
    | Bollinger
    | Macd
    | TrueRange
    | Choppiness
    | Dmi
    | Atr
    | Zscore
)


class Stream:
    """One bar in, one value of each output out.

    What needs a value of another indicator first (``atr``, ``zscore``, ``vol_cluster``) asks for it bar by bar too.
    """

    def __init__(self, name: str, given: Parameters) -> None:
        self._range = TrueRange()
        self._mean: RollingMean | Ema | None = create_mean(given) if name == "zscore" else None
        self._cluster: VolCluster | None = None
        if name == "vol_cluster":
            self._cluster = VolCluster(given.length("window"), given.length("k"), given.flag("log"))
        self._point = given.optional("point")
        self._kernel = create_kernel(name, given)

    def push(self, high: float, low: float, close: float) -> tuple[float, ...]:
        """Return the outputs after a bar; a NaN acts as a missing one."""
        match self._kernel:
            case Dmi():
                outputs: tuple[float, ...] = self._kernel.step(high, low, close)
            case TrueRange() | Choppiness():
                outputs = (self._kernel.step(high, low, close),)
            case Atr():
                outputs = (self._kernel.step(self._range.step(high, low, close)),)
            case Zscore():
                mean = NAN if self._mean is None else self._mean.step(close)
                outputs = (self._kernel.step(close, mean),)
            case Bollinger() | Macd():
                outputs = self._kernel.step(close)
            case _:
                outputs = (self._kernel.step(close),)
        if self._cluster is None:
            return outputs
        return (self._cluster.step(outputs[0] if self._point is None else outputs[0] / self._point),)


def create_stream(name: str, parameters: Mapping[str, IndicatorParameter]) -> Stream:
    """Return the stream of an indicator by name, its parameters checked as those of its series (Q-I18).

    Raises
    ------
    OmegaError
        As :func:`check_parameters`; INVALID_ARGUMENT for the name of a form that is not over bars as they are.
    """
    indicator = find_indicator(name) if isinstance(name, str) else None
    if indicator is not None and (name in STEPWISE or name.endswith(LOCAL)):
        raise refuse(ErrorCode.INVALID_ARGUMENT, "name", name, "an indicator over bars as they are")
    return Stream(name, check_parameters(name, "bid", parameters))


def create_mean(given: Parameters) -> RollingMean | Ema:
    """Return what a z-score measures from (I-11)."""
    if given.text("mean") == "ema":
        return Ema(given.length("ema_period"))
    return RollingMean(given.length("window"))


def create_kernel(name: str, given: Parameters) -> Kernel:
    """Return the kernel of an indicator; of a volatility cluster that of its feature."""
    match name:
        case "true_range":
            return TrueRange()
        case "macd":
            return Macd(given.length("fast_period"), given.length("slow_period"), given.length("signal_period"))
        case "bollinger":
            return Bollinger(given.length("period"), given.number("std_factor"))
        case "zscore":
            return Zscore(given.length("window"))
        case "kalman_mean":
            return KalmanMean(given.number("r"), given.number("q"))
        case "kalman_zscore":
            return KalmanZscore(given.length("window"), given.number("r"), given.number("q"))
        case "garch_volatility":
            return GarchVolatility(garch_terms(given))
        case "kalman_garch_zscore":
            return KalmanGarchZscore(given.number("r"), given.number("q"), garch_terms(given))
        case "vol_cluster" if given.text("feature") == "garch_forecast":
            return GarchVolatility(garch_terms(given))
        case _:
            return create_of_period(name, given.length("period"))


def create_of_period(name: str, period: int) -> Kernel:
    """Return the kernel of an indicator that takes a period alone."""
    match name:
        case "sma":
            return RollingMean(period)
        case "ema":
            return Ema(period)
        case "rsi":
            return Rsi(period)
        case "roc":
            return Roc(period)
        case "dmi":
            return Dmi(period)
        case "choppiness":
            return Choppiness(period)
        case _:
            return Atr(period)
