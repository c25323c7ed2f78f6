"""The keys of a strategy: scenarios, labels, higher timeframes, and what overrides what (A-2, A-3, A-7, A-9)."""

from __future__ import annotations

from typing import Any

import pytest

from omega.config import Config, resolve
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import MeanReversionParameters, Overlay, Timeframe


def refusal(keys: dict[str, Any]) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        Config(**keys)
    return caught.value


def parameters_of(timeframe: str = "M5", **parameters: Any) -> MeanReversionParameters:
    resolved = resolve(Config(symbol="EURUSD", timeframe=timeframe, strategy={"parameters": parameters}))
    assert resolved.strategy is not None
    return resolved.strategy.parameters


@pytest.mark.rule("A-3", "Q-A3")
def test_scenarios_and_labels_that_are_enabled() -> None:
    assert parameters_of().long_scenarios == parameters_of().short_scenarios == (1, 2, 3, 4, 5, 6)
    given = parameters_of(enabled_scenarios=[3, 1, 3], enabled_labels=["long_1", "long_2", "short_3"])
    assert (given.long_scenarios, given.short_scenarios) == ((1,), (3,))
    error = refusal({"strategy": {"parameters": {"enabled_scenarios": []}}})
    assert (error.code, error.column) == (
        ErrorCode.CONSTRAINT_VIOLATION,
        "strategy.parameters.enabled_scenarios",
    )
    error = refusal({"strategy": {"parameters": {"enabled_labels": ["buy_1"]}}})
    assert (error.code, error.column) == (ErrorCode.INVALID_ARGUMENT, "strategy.parameters.enabled_labels[0]")


@pytest.mark.rule("A-7", "Q-A7c")
def test_parameters_of_scenario_6_by_timeframe_and_direction() -> None:
    given = parameters_of(
        enabled_scenarios=[6],
        std_factor=1.5,
        z_score_long=-2.0,
        scenario6_timeframes=["H1", "M15"],
        scenario6_params={
            "H1": {"window_length": 9, "z_score": 0.5, "short": {"window_length": 8, "z_score_short": 0.75}},
        },
        scenario6_H1_short_b_b_length=7,
        scenario6_M15_long_kalman_r=0.25,
    )
    long, short = given.long_overlays, given.short_overlays
    hour, quarter = Timeframe.H1.value, Timeframe.M15.value
    assert long[0] == Overlay(
        timeframe=hour, window_length=9, b_b_length=20, std_factor=1.5, kalman_r=0.01, kalman_q=1.0, z_score=0.5
    )
    assert short[0] == Overlay(
        timeframe=hour, window_length=8, b_b_length=7, std_factor=1.5, kalman_r=0.01, kalman_q=1.0, z_score=0.75
    )
    assert (long[1].timeframe, long[1].kalman_r, long[1].z_score) == (quarter, 0.25, -2.0)
    assert (short[1].timeframe, short[1].kalman_r, short[1].z_score) == (quarter, 0.01, 2.5)
    assert parameters_of(enabled_scenarios=[2], scenario6_timeframes=["H1"]).long_overlays == ()


@pytest.mark.rule("A-7", "X-1")
@pytest.mark.parametrize(
    ("parameters", "code", "column"),
    [
        ({"scenario6_H1_long_window": 3}, ErrorCode.INVALID_ARGUMENT, "scenario6_params.H1.long.window"),
        ({"scenario6_H9_long_window_length": 3}, ErrorCode.INVALID_ARGUMENT, "scenario6_H9_long_window_length"),
        ({"scenario6_H1_long_window_length": 1}, ErrorCode.OUT_OF_BOUNDS, "scenario6_params.H1.long.window_length"),
        ({"scenario6_timeframes": ["H1", "H1"]}, ErrorCode.CONSTRAINT_VIOLATION, "scenario6_timeframes"),
        ({"scenario6_params": {"H1": 3}}, ErrorCode.TYPE_MISMATCH, "scenario6_params.H1"),
        ({"scenario6_params": 3, "scenario6_H1_long_kalman_r": 1.0}, ErrorCode.TYPE_MISMATCH, "scenario6_params"),
    ],
)
def test_wrong_parameters_of_scenario_6(parameters: dict[str, Any], code: ErrorCode, column: str) -> None:
    error = refusal({"strategy": {"parameters": parameters}})
    assert (error.code, error.column) == (code, f"strategy.parameters.{column}")


@pytest.mark.rule("A-2", "A-9", "G-2", "Q-G2", "Q-A9")
def test_timeframes_of_the_filters() -> None:
    assert [parameters_of(name).extra_htf_tf for name in ("M5", "M15", "M30", "H1")] == [
        Timeframe.H1,
        Timeframe.H4,
        Timeframe.H4,
        None,
    ]
    assert [parameters_of(name).vol_window for name in ("M1", "M5", "M15", "M30", "H1", "H4")] == [
        200,
        300,
        200,
        240,
        240,
        200,
    ]
    assert (parameters_of().htf_tf, parameters_of(htf_tf="NONE").htf_tf) == (Timeframe.D1, None)
    with pytest.raises(OmegaError) as caught:
        parameters_of("H1", htf_tf="M5", htf_filter="above")
    assert (caught.value.code, caught.value.rule, caught.value.column, caught.value.value) == (
        ErrorCode.INVALID_ARGUMENT,
        "G-2",
        "strategy.parameters.htf_tf",
        "M5",
    )
    with pytest.raises(OmegaError, match="M5 is shorter than the bars, H1"):
        parameters_of("H1", scenario6_timeframes=["M5"])
    assert parameters_of("H1", htf_tf="M5").htf_tf == Timeframe.M5, "what is not used is not refused"
