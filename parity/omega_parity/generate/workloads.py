"""The workloads on which Omega is timed and shown: W1 and W2 of the design are this run on 30,000 and 10⁶ bars."""

from __future__ import annotations

from typing import Any

W1_BARS = 30_000
W2_BARS = 1_000_000
SAMPLE_SEED = 7


def sample_strategy_config() -> dict[str, Any]:
    """Return the configuration of W1 and W2: scenario 1 on EURUSD M5, one position, fee on, no slippage.

    Ruin does not end it: every bar is walked.
    """
    return {
        "symbol": "EURUSD",
        "timeframe": "M5",
        "max_positions_per_symbol": 1,
        "on_ruin": "continue",
        "costs": {"fee": {"per_million": 30.0}},
        "strategy": {
            "name": "mean_reversion_z_score",
            "parameters": {
                "enabled_scenarios": [1],
                "window_length": 100,
                "ema_length": 30,
                "z_score_long": -2.0,
                "z_score_short": 2.0,
                "atr_length": 14,
                "atr_mult": 2.0,
                "max_holding_minutes": 60 * 5,
            },
        },
    }
