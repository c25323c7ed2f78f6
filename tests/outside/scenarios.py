"""Scenarios 2 to 6 of ``mean_reversion_z_score`` with pandas and NumPy, from the public formulas (A-5 … A-9).

Whole columns instead of bars one by one, pandas' own windows, resampling and as-of join. Doubles, so that a condition
within :data:`CLOSE` of its threshold, in units of its own scale, is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Column = npt.NDArray[np.float64]

CLOSE: Final = 1e-6
MINUTES: Final = {"M1": 1, "M5": 5, "M15": 15, "M30": 30, "H1": 60, "H4": 240, "D1": 1_440}


@dataclass(frozen=True)
class Verdict:
    """Of each bar: whether a check holds, and whether that is too close to say."""

    holds: npt.NDArray[np.bool_]
    is_close: npt.NDArray[np.bool_]

    def __and__(self, other: Verdict) -> Verdict:
        # Where one side surely fails the other does not matter.
        surely_not = (~self.holds & ~self.is_close) | (~other.holds & ~other.is_close)
        return Verdict(self.holds & other.holds, (self.is_close | other.is_close) & ~surely_not)


def at_least(values: Column, least: Column | float, scale: float) -> Verdict:
    """Compare columns; a missing value fails."""
    with np.errstate(invalid="ignore"):
        distance = (values - least) / scale
        return Verdict(distance >= 0.0, np.abs(distance) < CLOSE)


def column(series: pd.Series[float]) -> Column:
    """Return the numbers of a series."""
    return np.asarray(series, dtype=np.float64)


def kalman_mean(close: Column, r: float, q: float) -> Column:
    """Follow Kalman's filter of a random walk."""
    mean, variance, means = close[0], r, [close[0]]
    for price in close[1:]:
        gain = (variance + q) / (variance + q + r)
        mean += gain * (price - mean)
        variance = (1.0 - gain) * (variance + q)
        means.append(mean)
    return np.array(means)


def kalman_zscore(close: Column, window: int, r: float, q: float) -> Column:
    """Distance from the filter's mean in sample deviations of that distance."""
    distance = pd.Series(close - kalman_mean(close, r, q))
    return column(distance / distance.rolling(window).std(ddof=1))


def bands(close: Column, period: int, factor: float) -> tuple[Column, Column, Column]:
    """Bollinger's: lower, middle, upper."""
    windows = pd.Series(close).rolling(period)
    mid, band = windows.mean().to_numpy(), factor * windows.std(ddof=1).to_numpy()
    return mid - band, mid, mid + band


def ema(close: Column, length: int) -> Column:
    """Exponential average that starts at the first value."""
    return column(pd.Series(close).ewm(span=length, adjust=False).mean())


def garch(close: Column, given: Mapping[str, Any]) -> Column:
    """Volatility by GARCH(1, 1) of logarithmic returns in per cent."""
    alpha, beta, scale = given["garch_alpha"], given["garch_beta"], given["garch_scale"]
    returns = scale * np.diff(np.log(close))
    least, omega = given["garch_sigma_floor"] ** 2, 1e-6 * max(1e-6, 1.0 - alpha - beta)
    variances = [max(1e-6, least)]
    for shock in returns[:-1] - returns[0]:
        variances.append(max(omega + alpha * shock**2 + beta * variances[-1], least))
    sigma = np.sqrt(variances) / scale
    sigma[: given["garch_min_periods"]] = np.nan
    return np.concatenate([[np.nan], sigma])


def atr(frame: pd.DataFrame, length: int) -> Column:
    """Wilder's average of true ranges."""
    before = frame["bid_close"].shift()
    high, low = frame["bid_high"], frame["bid_low"]
    ranges = pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1).to_numpy()
    found = np.full(len(ranges), np.nan)
    found[length - 1] = ranges[:length].mean()
    for row in range(length, len(ranges)):
        found[row] = (found[row - 1] * (length - 1) + ranges[row]) / length
    return found


def cluster(values: Column, k: int) -> tuple[int, npt.NDArray[np.int64], bool]:
    """Put values into clusters by k-means; the last one's, all of them, and whether it is close."""
    k = min(k, len(np.unique(values)))
    centres = np.quantile(values, np.arange(1, k + 1) / (k + 1))
    for _ in range(30):
        nearest = np.abs(values[:, None] - centres).argmin(axis=1)
        moved = np.array(
            [values[nearest == one].mean() if (nearest == one).any() else centres[one] for one in range(k)]
        )
        settled = np.allclose(moved, centres, atol=1e-6, rtol=1e-4)
        centres = moved
        if settled:
            break
    centres = np.sort(centres)
    distances = np.abs(values[:, None] - centres)
    gaps = np.sort(distances[-9:], axis=1)
    is_close = k > 1 and bool((gaps[:, 1] - gaps[:, 0] < 1e-6).any())
    return int(distances[-1].argmin()), distances.argmin(axis=1), is_close


def higher(frame: pd.DataFrame, timeframe: str, minutes: int) -> pd.DataFrame:
    """Resample closes by pandas, each labelled with its end; which of them each bar sees, and for how many bars."""
    length = MINUTES[timeframe]
    closes = frame["bid_close"].resample(f"{length}min", closed="left", label="right").last().dropna()
    table = pd.DataFrame({"end": closes.index, "close": closes.to_numpy(), "number": np.arange(len(closes))})
    decided = pd.DataFrame({"end": frame.index + pd.Timedelta(minutes=minutes)})
    seen = pd.merge_asof(decided, table, on="end")
    age = seen.groupby(seen["number"].fillna(-1.0)).cumcount()
    seen["is_fresh"] = seen["number"].notna() & (age <= 2 * (length // minutes))
    seen.attrs["closes"] = closes.to_numpy()
    return seen


def held(values: Column, seen: pd.DataFrame) -> Column:
    """Spread values of higher bars over the bars that see them, the last that there was."""
    filled = pd.Series(values).ffill().to_numpy()
    number = seen["number"].to_numpy()
    return np.where(np.isnan(number), np.nan, filled[np.nan_to_num(number).astype(int)])


def filter_passes(frame: pd.DataFrame, given: Mapping[str, Any], prefix: str, minutes: int) -> Verdict:
    """Ask one filter of every bar (A-9)."""
    trend, everywhere = given[f"{prefix}_filter"], np.ones(len(frame), dtype=bool)
    if trend in ("both", "none") or given[f"{prefix}_tf"] == "NONE":
        return Verdict(everywhere, ~everywhere)
    seen = higher(frame, given[f"{prefix}_tf"], minutes)
    averages = held(ema(seen.attrs["closes"], given[f"{prefix}_ema"]), seen)
    bias = np.where(seen["is_fresh"], seen["close"].to_numpy() - averages, np.nan)
    sign = 1.0 if trend == "above" else -1.0
    found = at_least(sign * bias, 0.0, 1e-3)
    return Verdict(found.holds & (bias != 0.0), found.is_close)


def overlay_holds(frame: pd.DataFrame, given: Mapping[str, Any], name: str, sign: float, minutes: int) -> Verdict:
    """Ask one timeframe of scenario 6 of every bar."""
    own = {**given, **given["scenario6_params"].get(name, {})}
    seen = higher(frame, name, minutes)
    closes = seen.attrs["closes"]
    z = held(kalman_zscore(closes, own["window_length"], own["kalman_r"], own["kalman_q"]), seen)
    lower, _, upper = (held(one, seen) for one in bands(closes, own["b_b_length"], own["std_factor"]))
    price = np.where(seen["is_fresh"], seen["close"].to_numpy(), np.nan)
    least = own.get("z_score", own["z_score_short"] if sign > 0 else own["z_score_long"])
    return at_least(sign * z, sign * least, 1.0) & at_least(sign * price, sign * (upper if sign > 0 else lower), 1e-3)


def base_holds(frame: pd.DataFrame, given: Mapping[str, Any], z: Column, sign: float, minutes: int) -> Verdict:
    """Threshold, band and both filters, which scenarios 2 to 6 have in common."""
    close = frame["bid_close"].to_numpy()
    lower, _, upper = bands(close, given["b_b_length"], given["std_factor"])
    least = given["z_score_short"] if sign > 0 else given["z_score_long"]
    beyond = at_least(sign * close, sign * (upper if sign > 0 else lower), 1e-3)
    found = at_least(sign * z, sign * least, 1.0) & beyond
    return found & filter_passes(frame, given, "htf", minutes) & filter_passes(frame, given, "extra_htf", minutes)


def verdict(frame: pd.DataFrame, given: Mapping[str, Any], scenario: int, sign: float, minutes: int) -> Verdict:
    """Say in which bars a scenario sells (``sign`` 1) or buys (−1)."""
    close = frame["bid_close"].to_numpy()
    z = kalman_zscore(close, given["window_length"], given["kalman_r"], given["kalman_q"])
    if scenario == 4:
        means = kalman_mean(close, given["kalman_r"], given["kalman_q"])
        z = (close - means) / (close * garch(close, given))
    found = base_holds(frame, given, z, sign, minutes)
    if scenario == 3:
        entry = close if sign > 0 else frame["ask_close"].to_numpy()
        room = -sign * (ema(close, given["ema_length"]) - entry)
        found = found & at_least(room, given["tp_min_distance"], 1e-3)
    if scenario == 5:
        found = found & clustered(frame, given, found)
    if scenario == 6:
        parts = [overlay_holds(frame, given, name, sign, minutes) for name in given["scenario6_timeframes"]]
        joined = parts[0]
        for part in parts[1:]:
            joined = joined & part
        found = found & joined
    return found


def clustered(frame: pd.DataFrame, given: Mapping[str, Any], where: Verdict) -> Verdict:
    """Say in which of the bars that matter the volatility is in an allowed cluster, and has been."""
    names = ("low", "mid", "high", "very_high", "extreme")
    allowed = [names.index(name) for name in given["intraday_vol_allowed"]]
    window, lasting = given["intraday_vol_cluster_window"], given["cluster_hysteresis_bars"]
    close, ranges = frame["bid_close"].to_numpy(), atr(frame, given["atr_length"])
    holds, is_close = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    for row in np.flatnonzero(where.holds | where.is_close):
        if given["intraday_vol_feature"] == "garch_forecast":
            features = garch(close[max(0, row + 1 - given["intraday_vol_garch_lookback"]) : row + 1], given)
        else:
            features = 1e5 * ranges[max(0, row + 1 - window) : row + 1]
        values = np.log(features[~np.isnan(features)])
        if np.isnan(features[-1]) or len(values) < given["intraday_vol_min_points"]:
            continue
        number, all_of_them, is_close[row] = cluster(values[-window:], given["intraday_vol_cluster_k"])
        holds[row] = number in allowed and bool((all_of_them[-max(1, lasting) :] == number).all())
    return Verdict(holds, is_close)
