"""What a strategy sees of higher timeframes, and clusters of volatility: hand-calculated (A-7, A-9)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from omega.config import load_config, resolve
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import (
    DecisionPoint,
    Direction,
    EngineConfig,
    HigherBars,
    MeanReversionParameters,
    Overlay,
    Trend,
    VolatilityFeature,
)
from omega_reference.bars.columns import BarColumns
from omega_reference.strategy.bands import filter_rows, passes
from omega_reference.strategy.higher import bias_rows, higher_closes, overlay_rows
from omega_reference.strategy.volatility import allowed_cluster, volatility_features

MINUTE = 60_000_000
QUARTER = 15 * MINUTE


def config(**changes: Any) -> EngineConfig:
    return replace(resolve(load_config({"symbol": "EURUSD", "timeframe": "M5"})), **changes)


def bars(*closes: float) -> BarColumns:
    prices = list(closes)
    times = [row * 5 * MINUTE for row in range(len(prices))]
    names = [f"{side}_{price}" for side in ("bid", "ask") for price in ("open", "high", "low", "close")]
    return BarColumns(timestamp=times, **dict.fromkeys(names, prices), volume=prices)


@pytest.mark.rule("A-9", "Q-A9", "G-2", "G-3", "Q-G3b")
def test_a_bias_is_the_distance_of_the_last_close_from_its_average() -> None:
    # Quarters close at 3.0 and 6.0; EMA(1) is the close itself, EMA(3) of them 3.0 and 4.5.
    rows = bars(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
    seen = bias_rows(higher_closes(config(), rows, QUARTER), 3)
    assert math.isnan(seen[0])
    assert math.isnan(seen[1])
    assert seen[2:] == [0.0, 0.0, 0.0, 1.5, 1.5]
    late = bias_rows(higher_closes(config(decision_point=DecisionPoint.OPEN), rows, QUARTER), 3)
    assert late[3:] == [0.0, 0.0, 0.0, 1.5]
    stale = bias_rows(higher_closes(config(stale_limit=0), rows, QUARTER), 3)
    assert [row for row in range(7) if not math.isnan(stale[row])] == [2, 5]


@pytest.mark.rule("Q-G2", "Q-G3")
def test_given_bars_go_before_resampled_ones() -> None:
    given = HigherBars(timeframe=QUARTER, timestamps=(5 * MINUTE,), closes=(9.0,))
    higher = higher_closes(config(higher_bars=(given,)), bars(1.0, 2.0, 3.0, 4.0, 5.0), QUARTER)
    assert (higher.closes, higher.visible) == ([9.0], [0, 0, 0, 1, 1])
    with pytest.raises(OmegaError) as caught:
        higher_closes(config(), bars(1.0), 7)
    assert caught.value.code is ErrorCode.INVALID_ARGUMENT


@pytest.mark.rule("A-9", "Q-A9")
def test_what_passes_anyway_is_not_computed() -> None:
    for timeframe, trend in ((None, Trend.ABOVE), (QUARTER, Trend.BOTH), (QUARTER, Trend.NONE)):
        assert filter_rows(config(), bars(1.0), timeframe, 3, trend) is None
    assert filter_rows(config(), bars(1.0), QUARTER, 3, Trend.BELOW) is not None
    assert [passes(bias, Trend.ABOVE) for bias in (0.1, 0.0, -0.1, math.nan)] == [True, False, False, False]
    assert [passes(bias, Trend.BELOW) for bias in (0.1, 0.0, -0.1, math.nan)] == [False, False, True, False]


@pytest.mark.rule("A-7", "Q-A7c")
def test_an_overlay_holds_beyond_its_band_and_threshold() -> None:
    # Closes 1, 5, 3 of the primary timeframe itself. Kalman, R = 1, Q = 2: gains 3/4 and 11/15, means 1, 4, 49/15;
    # distances 0, 1, -4/15 over windows of two. Bands of two: (1 + 5) / 2 ± k·√8, (5 + 3) / 2 ± k·√2.
    overlay = Overlay(
        timeframe=5 * MINUTE, window_length=2, b_b_length=2, std_factor=0.5, kalman_r=1.0, kalman_q=2.0, z_score=0.5
    )
    higher = higher_closes(config(), bars(1.0, 5.0, 3.0), 5 * MINUTE)
    # z = 1 / √½ ≥ 0.5 and 5 ≥ 3 + √2.
    assert overlay_rows(higher, overlay, Direction.SHORT) == [False, True, False]
    # z = (-4/15) / ((19/15) / √2) = -0.298 and 3 ≤ 4 - √½.
    assert overlay_rows(higher, replace(overlay, z_score=-0.29), Direction.LONG) == [False, False, True]
    assert overlay_rows(higher, replace(overlay, z_score=-0.30), Direction.LONG) == [False, False, False]
    assert overlay_rows(higher, replace(overlay, std_factor=0.8), Direction.LONG) == [False, False, False]


def parameters(**changes: Any) -> MeanReversionParameters:
    given: dict[str, Any] = {
        "atr_length": 2,
        "atr_mult": 1.0,
        "window_length": 2,
        "ema_length": 2,
        "z_score_long": -1.0,
        "z_score_short": 1.0,
        "max_holding": None,
        "vol_log": False,
        "vol_window": 4,
        "vol_k": 2,
        "vol_min_points": 1,
        "direction_filter": 0,
    }
    return MeanReversionParameters(**{**given, **changes})


@pytest.mark.rule("A-7", "Q-A7b")
@pytest.mark.parametrize(
    ("features", "changes", "cluster"),
    [
        # Of 1, 2, 9, 10 the centres are 1.5 and 9.5; what came before the window is not looked at.
        ([50.0, 1.0, 2.0, 9.0, 10.0], {}, 1),
        ([50.0, 9.0, 10.0, 2.0, 1.0], {}, 0),
        ([1.0, 2.0, 9.0, 10.0], {"vol_allowed": (0,)}, None),
        ([1.0, 2.0, math.nan, 9.0, 10.0], {}, 1),
        ([1.0, 2.0, 9.0, math.nan], {}, None),
        ([], {}, None),
        ([1.0, 2.0, 9.0, 10.0], {"vol_min_points": 5}, None),
        ([3.0, 1.0, 2.0, 9.0, 10.0], {"vol_min_points": 5}, 1),
        ([1.0, 2.0, 9.0, 0.0], {"vol_log": True}, None),
        ([1.0, 2.0, 9.0, 10.0], {"vol_hysteresis": 2}, 1),
        ([1.0, 2.0, 9.0, 10.0], {"vol_hysteresis": 3}, None),
        ([9.0, 9.0, 9.0, 9.0], {"vol_hysteresis": 5}, None),
    ],
)
def test_a_cluster_is_that_of_the_last_value(
    features: list[float], changes: dict[str, Any], cluster: int | None
) -> None:
    assert allowed_cluster(parameters(**changes), features) == cluster


@pytest.mark.rule("Q-A7b")
def test_features_are_those_of_the_last_rows() -> None:
    rows = [1.0 + row % 4 for row in range(9)]
    features = volatility_features(parameters(vol_garch_lookback=5, garch_min_periods=0), rows, (), 1.0, 7)
    assert [math.isnan(feature) for feature in features] == [True, False, False, False, False]
    points = parameters(vol_feature=VolatilityFeature.ATR_POINTS)
    assert volatility_features(points, (), rows, 10.0, 7) == [10.0, 20.0, 30.0, 40.0]
    assert volatility_features(points, (), rows, 10.0, 1) == [10.0, 20.0]
