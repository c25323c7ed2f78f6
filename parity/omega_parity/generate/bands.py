"""Generated parameters of scenarios 2 … 6, and bars of higher timeframes that come with a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa

from omega.contract.types import (
    DecisionPoint,
    EngineConfig,
    HigherBars,
    MeanReversionParameters,
    Overlay,
    OverlayMode,
    Timeframe,
    Trend,
    VolatilityFeature,
)
from omega_parity.generate.blocks import Decisions
from omega_parity.generate.columns import times_of
from omega_parity.generate.wide import RECORD_BYTES, widened

HIGHER_BYTES: Final = 32
"""Block of the bars of higher timeframes, at the end of that of the bands."""

BANDS_BYTES: Final = 96 + 2 * RECORD_BYTES + HIGHER_BYTES
"""Block of what scenarios 2 … 6 need besides the numbers of scenario 1."""

_ALL: Final = (1, 2, 3, 4, 5, 6)
_HOUR_US: Final = Timeframe.H1.value


def with_bands(parameters: MeanReversionParameters, decisions: Decisions, timeframe: int) -> MeanReversionParameters:
    """Enable some scenarios, with windows that bars of some hundred rows afford; in three of eight only scenario 1."""
    enabled: tuple[int, ...] = decisions.choose(
        (112, (1,)), *((13, (number,)) for number in range(2, 7)), (60, _ALL), (19, (2, 3, 4, 5, 6))
    )
    short: tuple[int, ...] = decisions.choose((208, enabled), (24, enabled[::2]), (24, ()))
    z, far = (-0.1 - decisions.byte() / 200.0), decisions.choose((160, 0.0), (48, 1e-4), (48, 1.0))
    parameters = replace(
        parameters,
        long_scenarios=enabled,
        short_scenarios=short,
        b_b_length=2 + decisions.byte() % 7,
        std_factor=decisions.choose((96, 0.5), (96, 0.9), (64, 1.4)),
        kalman_q=decisions.choose((96, 0.001), (96, 0.01), (64, 1.0)),
        tp_min_distance=far,
        local_z_lookback=decisions.choose((160, 0), (64, 9), (32, 25)),
        overlay_mode=decisions.evenly(*OverlayMode),
        long_overlays=_overlays(decisions, timeframe, z),
    )
    if enabled != (1,):
        parameters = replace(parameters, z_score_long=z, z_score_short=-z)
    if 4 in enabled and enabled != _ALL:
        parameters = replace(parameters, z_score_long=z / 40.0, z_score_short=-z / 40.0)
    parameters = replace(
        parameters, short_overlays=tuple(replace(one, z_score=-one.z_score) for one in parameters.long_overlays)
    )
    return _with_filters(_with_volatility(parameters, decisions), decisions, timeframe)


def _overlays(decisions: Decisions, timeframe: int, z: float) -> tuple[Overlay, ...]:
    names = _longer(timeframe)
    count = decisions.choose((96, 1), (96, 2), (32, 3), (32, 0))
    return tuple(widened(_overlay(decisions, one, z), decisions, share=128) for one in names[:count])


def _overlay(decisions: Decisions, timeframe: int, z: float) -> Overlay:
    return Overlay(
        timeframe=timeframe,
        window_length=2 + decisions.byte() % 4,
        b_b_length=2 + decisions.byte() % 3,
        std_factor=decisions.choose((128, 0.2), (128, 0.7)),
        kalman_r=0.01,
        kalman_q=decisions.choose((128, 0.01), (128, 0.5)),
        z_score=z * decisions.choose((128, 0.5), (128, 2.0)),
    )


def _longer(timeframe: int) -> tuple[int, ...]:
    """Return the three shortest timeframes that are not shorter."""
    return tuple(one.value for one in Timeframe if one.value >= timeframe)[:3]


def _with_volatility(parameters: MeanReversionParameters, decisions: Decisions) -> MeanReversionParameters:
    return replace(
        parameters,
        garch_log_returns=decisions.choose((160, True), (96, False)),
        garch_omega=decisions.choose((160, None), (96, 0.001)),
        garch_min_periods=decisions.byte() % 5,
        garch_floor=decisions.choose((160, 1e-6), (96, 0.01)),
        vol_feature=decisions.evenly(*VolatilityFeature),
        vol_window=4 + decisions.byte() % 20,
        vol_k=1 + decisions.byte() % 5,
        vol_log=decisions.choose((160, True), (96, False)),
        vol_min_points=1 + decisions.byte() % 9,
        vol_garch_lookback=6 + decisions.byte() % 30,
        vol_allowed=decisions.choose((96, (0, 1)), (64, (0,)), (48, (1, 2, 3, 4)), (48, (0, 1, 2, 3, 4))),
        vol_hysteresis=decisions.choose((128, 0), (64, 2), (64, 4)),
    )


def _with_filters(parameters: MeanReversionParameters, decisions: Decisions, timeframe: int) -> MeanReversionParameters:
    longer = _longer(timeframe)
    trends = ((112, Trend.BOTH), (56, Trend.ABOVE), (56, Trend.BELOW), (32, Trend.NONE))
    return replace(
        parameters,
        htf_tf=decisions.choose((208, longer[decisions.byte() % len(longer)]), (48, None)),
        htf_ema=1 + decisions.byte() % 5,
        htf_filter=decisions.choose(*trends),
        extra_htf_tf=decisions.choose((208, longer[decisions.byte() % len(longer)]), (48, None)),
        extra_htf_ema=1 + decisions.byte() % 5,
        extra_htf_filter=decisions.choose((96, Trend.BOTH), *trends[1:], (16, Trend.BOTH)),
    )


def with_higher(config: EngineConfig, bars: pa.Table, decisions: Decisions) -> EngineConfig:
    """Give a run of the strategy bars of some of the timeframes that it asks for, and its alignment."""
    assert config.strategy is not None
    given = config.strategy.parameters
    asked = {given.htf_tf, given.extra_htf_tf, *(one.timeframe for one in given.long_overlays)} - {None}
    named = sorted(one for one in asked if one is not None)
    kept = [one for one in named if decisions.choose((144, False), (112, True))][:3]
    return replace(
        config,
        decision_point=decisions.choose((192, DecisionPoint.CLOSE), (64, DecisionPoint.OPEN)),
        stale_limit=decisions.choose((160, None), (32, 0), (32, 5), (32, 40)),
        higher_bars=tuple(_bars_of(bars, timeframe, decisions) for timeframe in kept),
    )


def _bars_of(bars: pa.Table, timeframe: int, decisions: Decisions) -> HigherBars:
    """Return bars as a broker's server would, whose buckets begin somewhere, some an hour longer or shorter."""
    times = times_of(bars)
    closes: list[float] = bars.column("bid_close").to_numpy().tolist()
    begin = times[0] + timeframe * decisions.choose((128, -3), (64, 0), (64, 2)) - timeframe * decisions.byte() // 256
    odd, every = decisions.choose((96, 0), (80, _HOUR_US), (80, -_HOUR_US)), 2 + decisions.byte() % 3
    starts: list[int] = []
    kept: list[float] = []
    row = 0
    while row < len(times) and len(starts) < len(times):
        length = timeframe + (odd if timeframe > 2 * _HOUR_US and len(starts) % every == 0 else 0)
        while row < len(times) and times[row] < begin + length:
            row += 1
        starts.append(begin)
        kept.append(closes[row - 1] if row else closes[0])
        begin = _after(begin + length, times, row, timeframe)
    return HigherBars(timeframe=timeframe, timestamps=tuple(starts), closes=tuple(kept))


def _after(end: int, times: Sequence[int], row: int, timeframe: int) -> int:
    """Return where the next bar begins: at the end of the one before, or after a gap with the next bar."""
    return end if row == len(times) or times[row] < end + timeframe else times[row]
