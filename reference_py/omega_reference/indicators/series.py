"""Every indicator as a series over one side of the bars, by name (chapter I)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omega_reference.indicators.atr import atr
from omega_reference.indicators.bollinger import bollinger
from omega_reference.indicators.choppiness import choppiness
from omega_reference.indicators.dmi import dmi
from omega_reference.indicators.ema import ema
from omega_reference.indicators.garch_volatility import GarchTerms, garch_volatility
from omega_reference.indicators.kalman_garch_zscore import kalman_garch_zscore
from omega_reference.indicators.kalman_mean import kalman_mean
from omega_reference.indicators.kalman_zscore import kalman_zscore
from omega_reference.indicators.macd import macd
from omega_reference.indicators.parameters import Parameters
from omega_reference.indicators.roc import roc
from omega_reference.indicators.rsi import rsi
from omega_reference.indicators.sma import sma
from omega_reference.indicators.true_range import true_range
from omega_reference.indicators.vol_cluster import vol_cluster
from omega_reference.indicators.zscore import zscore

Series = tuple[list[float], ...]
"""One list per output, of the bars' length."""


@dataclass(frozen=True, slots=True)
class Prices:
    """One side of the bars, columns of one length; times in µs."""

    timestamp: Sequence[int]
    high: Sequence[float]
    low: Sequence[float]
    close: Sequence[float]

    def part(self, first: int, end: int) -> Prices:
        """Return the rows ``first`` … ``end`` − 1."""
        return Prices(self.timestamp[first:end], self.high[first:end], self.low[first:end], self.close[first:end])


def compute_series(name: str, prices: Prices, given: Parameters) -> Series:
    """Return the outputs of the indicator ``name``, one of those over bars as they are."""
    if name in ("true_range", "atr", "dmi", "choppiness", "vol_cluster"):
        return compute_from_bars(name, prices, given)
    return compute_from_closes(name, prices.close, given)


def compute_from_bars(name: str, prices: Prices, given: Parameters) -> Series:
    """Return the outputs of an indicator over high, low and close."""
    high, low, close = prices.high, prices.low, prices.close
    match name:
        case "atr":
            return (atr(high, low, close, given.length("period")),)
        case "dmi":
            return dmi(high, low, close, given.length("period"))
        case "choppiness":
            return (choppiness(high, low, close, given.length("period")),)
        case "vol_cluster":
            features = cluster_features(prices, given)
            return (vol_cluster(features, given.length("window"), given.length("k"), given.flag("log")),)
        case _:
            return (true_range(high, low, close),)


def compute_from_closes(name: str, close: Sequence[float], given: Parameters) -> Series:
    """Return the outputs of an indicator over closes alone."""
    match name:
        case "sma":
            return (sma(close, given.length("period")),)
        case "ema":
            return (ema(close, given.length("period")),)
        case "rsi":
            return (rsi(close, given.length("period")),)
        case "roc":
            return (roc(close, given.length("period")),)
        case "bollinger":
            return bollinger(close, given.length("period"), given.number("std_factor"))
        case "macd":
            periods = given.length("fast_period"), given.length("slow_period"), given.length("signal_period")
            return macd(close, *periods)
        case "zscore":
            return (zscore(close, score_means(close, given), given.length("window")),)
        case "kalman_mean":
            return (kalman_mean(close, given.number("r"), given.number("q")),)
        case "kalman_zscore":
            return (kalman_zscore(close, given.length("window"), given.number("r"), given.number("q")),)
        case "garch_volatility":
            return (garch_volatility(close, garch_terms(given)),)
        case _:
            return (kalman_garch_zscore(close, given.number("r"), given.number("q"), garch_terms(given)),)


def score_means(close: Sequence[float], given: Parameters) -> list[float]:
    """Return what a z-score measures from (I-11)."""
    if given.text("mean") == "ema":
        return ema(close, given.length("ema_period"))
    return sma(close, given.length("window"))


def cluster_features(prices: Prices, given: Parameters) -> list[float]:
    """Return the volatility of each row that is clustered (Q-I16)."""
    if given.text("feature") == "garch_forecast":
        return garch_volatility(prices.close, garch_terms(given))
    point = given.number("point")
    return [(y / point) for y in atr(prices.high, prices.low, prices.close, given.length("period"))]


def garch_terms(given: Parameters) -> GarchTerms:
    """Return the parameters of GARCH (Q-I12)."""
    return GarchTerms(
        alpha=given.number("alpha"),
        beta=given.number("beta"),
        omega=given.optional("omega"),
        log_returns=given.flag("log_returns"),
        scale=given.number("scale"),
        min_periods=given.length("min_periods"),
        floor=given.number("floor"),
    )
