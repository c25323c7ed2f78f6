"""Runs of a cross whose built-in specification has no tick value (T-5, S-1, S-5)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError

SYMBOL = "CADCHF"
CONFIG: dict[str, Any] = {"symbol": SYMBOL, "timeframe": "M5", "risk_per_trade": 100.0}
SPECIFICATION = {"symbol": SYMBOL, "pip_size": 0.0001, "tick_size": 0.00001, "contract_size": 100_000.0, "digits": 5}
SPECIFICATION |= {"volume_min": 0.01, "volume_step": 0.01, "volume_max": 100.0}
SPECIFICATION |= {"base_currency": "CAD", "quote_currency": "CHF", "profit_currency": "CHF"}


def flat() -> pa.Table:
    """Ten bars without movement at 0.65."""
    times = pa.array([1_704_067_200_000_000 + row * 300_000_000 for row in range(10)], pa.timestamp("us", tz="UTC"))
    names = [f"{side}_{price}" for side in ("bid", "ask") for price in ("open", "high", "low", "close")]
    return pa.table({"timestamp": times, **{name: pa.array([0.65] * 10) for name in names}})


def size(backend: str, **changes: Any) -> float:
    """Lots for a risk of 100 and a stop 40 pips away."""
    bars = flat()
    signal = {"timestamp": bars["timestamp"][2].as_py(), "symbol": SYMBOL, "signal_type": "entry"}
    signal |= {"direction": "long", "order_type": "market", "price": 0.65, "stop_loss": 0.646}
    result = omega.run_signals(bars, [signal], {**CONFIG, **changes}, backend=backend)
    opened = [event for event in result.events.to_pylist() if event["kind"] == "opened"]
    return float(opened[0]["size"])


@pytest.mark.rule("S-1", "Q-S1")
def test_a_run_whose_conversion_nobody_knows_is_refused(backend: str) -> None:
    with pytest.raises(OmegaError) as caught:
        size(backend)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_ARGUMENT, "S-1")
    assert "CHF" in caught.value.message
    assert "USD" in caught.value.message


@pytest.mark.rule("S-1", "Q-S1")
def test_what_the_configuration_says_about_it_runs(backend: str) -> None:
    """A lot is worth 100,000 francs per 1.0 of price: at 1.25 USD per franc 100 / (0.004 · 125,000) = 0.20 lots."""
    assert size(backend, account_currency="CHF") == 0.25
    assert size(backend, instruments=[{**SPECIFICATION, "tick_value": 1.25}]) == 0.2


@pytest.mark.rule("S-1", "S-5", "Q-S5")
def test_v1_takes_a_hundred_thousand(backend: str) -> None:
    """Without a tick value, and without a specification."""
    assert size(backend, variant="v1") == 0.25
    assert size(backend, variant="v1", instruments=[]) == 0.25
