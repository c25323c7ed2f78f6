"""A key of the configuration outside its range is refused with the range (T-10)."""

from __future__ import annotations

from typing import Any, Final

import pytest

from omega.config import load_config
from omega.contract.errors import ErrorCode, OmegaError

EURUSD: Final = {
    "symbol": "EURUSD",
    "pip_size": 1e-4,
    "tick_size": 1e-5,
    "tick_value": 1.0,
    "contract_size": 1e5,
    "volume_min": 0.01,
    "volume_step": 0.01,
    "volume_max": 100.0,
    "digits": 5,
    "base_currency": "EUR",
    "quote_currency": "USD",
    "profit_currency": "USD",
}


@pytest.mark.rule("T-10")
@pytest.mark.parametrize(
    ("keys", "column", "value", "span"),
    [
        ({"instruments": [EURUSD | {"volume_max": 1e308}]}, "instruments[0].volume_max", 1e308, "1e-12 … 1e+12"),
        (
            {"instruments": [EURUSD | {"contract_size": 1e-305}]},
            "instruments[0].contract_size",
            1e-305,
            "1e-12 … 1e+12",
        ),
        ({"risk_per_trade": 1e308}, "risk_per_trade", 1e308, "1e-12 … 1e+15"),
        ({"costs": {"fee": {"min_fee": 1e308}}}, "costs.fee.min_fee", 1e308, "0 … 1e+15"),
        ({"risk_fraction": 1e-300}, "risk_fraction", 1e-300, "1e-12 … 1"),
        ({"pip_buffer_factor": 1e300}, "pip_buffer_factor", 1e300, "0 … 1e+12"),
        ({"strategy": {"parameters": {"atr_mult": 1e300}}}, "strategy.parameters.atr_mult", 1e300, "0 … 1e+12"),
    ],
)
def test_a_key_outside_its_range_is_refused(keys: dict[str, Any], column: str, value: float, span: str) -> None:
    with pytest.raises(OmegaError) as caught:
        load_config(keys)
    error = caught.value
    assert (error.code, error.column, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, column, value)
    assert span in str(error)
