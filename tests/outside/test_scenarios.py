"""Both sides against scenarios recomputed with pandas: the same signals at the same bars (A-5 … A-9, G-2, G-3)."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest

import omega
from omega_parity.generate.markets import market_data_folder

from . import scenarios
from .scenarios import MINUTES, verdict

BACKENDS: Final = ("python", "rust")
LEAST: Final = 8
"""Signals of a scenario and direction on a set of bars."""

COMMON: Final[dict[str, Any]] = {
    "window_length": 40,
    "b_b_length": 15,
    "std_factor": 1.1,
    "kalman_r": 0.01,
    "kalman_q": 0.001,
    "ema_length": 25,
    "z_score_long": -1.0,
    "z_score_short": 1.0,
    "tp_min_distance": 0.0001,
    "atr_length": 14,
    "atr_mult": 2.0,
    "htf_tf": "NONE",
    "htf_ema": 10,
    "htf_filter": "both",
    "extra_htf_tf": "NONE",
    "extra_htf_ema": 5,
    "extra_htf_filter": "both",
    "garch_alpha": 0.05,
    "garch_beta": 0.9,
    "garch_scale": 100.0,
    "garch_min_periods": 20,
    "garch_sigma_floor": 1e-6,
    "intraday_vol_feature": "garch_forecast",
    "intraday_vol_cluster_window": 60,
    "intraday_vol_cluster_k": 3,
    "intraday_vol_min_points": 30,
    "intraday_vol_garch_lookback": 90,
    "intraday_vol_allowed": ["low", "mid"],
    "cluster_hysteresis_bars": 0,
    "scenario6_mode": "all",
    "scenario6_timeframes": [],
    "scenario6_params": {},
}
RUNS: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "2": (2, {}),
    "2, above and below": (
        2,
        {"htf_tf": "H4", "htf_filter": "above", "extra_htf_tf": "H1", "extra_htf_filter": "below"},
    ),
    "3": (3, {}),
    "4": (4, {"z_score_long": -0.05, "z_score_short": 0.05}),
    "5": (5, {}),
    "5, lasting": (5, {"cluster_hysteresis_bars": 3, "intraday_vol_cluster_k": 2}),
    "5, of ranges": (5, {"intraday_vol_feature": "atr_points", "intraday_vol_allowed": ["high"]}),
    "6": (6, {"scenario6_timeframes": ["H1"], "scenario6_params": {"H1": {"window_length": 12, "b_b_length": 8}}}),
}
BARS: Final = ("sample", "oanda_eurusd_m1_201405")


@cache
def bars_of(name: str) -> omega.Bars:
    if name == "sample":
        return omega.sample_bars(n=6_000, seed=7, backend="python")
    folder = market_data_folder()
    if folder is None:
        pytest.skip("no market data on this machine")
    whole = omega.read_bars(folder / f"{name}.parquet", symbol="EURUSD", timeframe="M1", backend="python")
    return omega.read_bars(whole.table.slice(0, 6_000), symbol="EURUSD", timeframe="M1", backend="python")


def frame_of(bars: omega.Bars) -> pd.DataFrame:
    return bars.table.to_pandas().set_index("timestamp")


def given_by(backend: str, bars: omega.Bars, scenario: int, given: dict[str, Any]) -> pd.DataFrame:
    """Run a side without a limit of positions, so that the strategy is asked at every bar."""
    parameters = {"enabled_scenarios": [scenario], **given}
    config = {"symbol": "EURUSD", "risk_per_trade": 0.1, "sizing": {"below_min": "clamp"}, "on_ruin": "continue"}
    result = omega.run_backtest({**config, "strategy": {"parameters": parameters}}, bars, backend=backend)
    assert result.decisions is not None
    return result.decisions.to_pandas()


@pytest.mark.rule("A-5", "Q-A5", "A-6", "Q-A6", "A-7", "Q-A7", "Q-A7b", "Q-A7c", "A-9", "Q-A9", "G-2", "G-3")
@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("run", RUNS)
def test_signals_are_those_of_the_public_formulas(name: str, run: str) -> None:
    scenario, changes = RUNS[run]
    bars, given = bars_of(name), {**COMMON, **changes}
    frame = frame_of(bars)
    expected = {sign: verdict(frame, given, scenario, sign, MINUTES[bars.timeframe_name]) for sign in (1.0, -1.0)}
    for backend in BACKENDS:
        decisions = given_by(backend, bars, scenario, given)
        for sign, direction in ((1.0, "short"), (-1.0, "long")):
            found = frame.index.isin(decisions[decisions["direction"] == direction]["timestamp"])
            known = expected[sign]
            wrong = np.flatnonzero((found != known.holds) & ~known.is_close)
            assert len(wrong) == 0, (backend, direction, frame.index[wrong[:3]], len(wrong))
            assert known.is_close.sum() < 30
            least = LEAST if run in ("2", "3", "4", "5") else 1
            assert found.sum() >= least, (backend, direction, found.sum())


@pytest.mark.rule("G-3", "A-9")
def test_it_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    original = scenarios.higher
    monkeypatch.setattr(scenarios, "higher", lambda frame, name, minutes: original(frame, name, minutes + 60))
    with pytest.raises(AssertionError):
        test_signals_are_those_of_the_public_formulas("sample", "2, above and below")
