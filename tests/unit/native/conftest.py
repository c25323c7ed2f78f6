"""Inputs for the native module."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

import pyarrow as pa
import pytest

from omega.config import load_config, resolve
from omega.contract import schemas
from omega.contract.types import (
    DirectionFilter,
    EngineConfig,
    MeanReversionParameters,
    StrategyConfig,
)
from omega.serve import native

MINUTE = 60_000_000
START = 1_600_000_200_000_000

STRATEGY = StrategyConfig(
    name="mean_reversion_z_score",
    magic_number=7,
    parameters=MeanReversionParameters(
        atr_length=14,
        atr_mult=2.0,
        window_length=100,
        ema_length=30,
        z_score_long=-2.0,
        z_score_short=2.0,
        direction_filter=DirectionFilter.BOTH,
        max_holding=300 * MINUTE,
    ),
)

CONFIG = replace(resolve(load_config({"symbol": "EURUSD", "timeframe": "M5"})), fee_per_million=30.0)


@dataclass(frozen=True)
class Inputs:
    """Builders of bars, signals and configurations."""

    def config(self, *, is_strategy: bool = False, **changes: Any) -> EngineConfig:
        return replace(CONFIG, strategy=STRATEGY if is_strategy else None, **changes)

    def bars(self, rows: int = 10, *, price: float = 1.1, **columns: Any) -> pa.Table:
        """Flat quotes with a pip of spread; ``columns`` replace or add whole columns."""
        data: dict[str, Any] = {
            "timestamp": pa.array([START + row * 5 * MINUTE for row in range(rows)], schemas.TIMESTAMP)
        }
        for side, spread in (("bid", 0.0), ("ask", 0.0001)):
            for part, offset in (("open", 0.0), ("high", 0.0002), ("low", -0.0002), ("close", 0.0)):
                data[f"{side}_{part}"] = pa.array([price + spread + offset] * rows, pa.float64())
        data["volume"] = pa.array([1.0] * rows, pa.float64())
        data.update(columns)
        return pa.table(data)

    def signals(self, *rows: dict[str, Any]) -> pa.Table:
        """Market buys with a stop 50 pips away; ``rows`` change single fields."""
        base = {"timestamp": START, "symbol": "EURUSD", "signal_type": "entry", "direction": "long"}
        base |= {"order_type": "market", "stop_loss": 1.095, "magic_number": 0}
        return pa.Table.from_pylist([base | row for row in rows], schema=schemas.SIGNALS)


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    return Inputs()


@pytest.fixture(scope="session", autouse=True)
def module() -> Any:
    """The compiled module; without it these tests are an error, not a skip."""
    library = os.environ.get("OMEGA_TEST_NATIVE")
    if library is not None:  # the tests of capsules run on a debug build too, whose checks end the process
        loader = ExtensionFileLoader("omega_rust", library)
        debug = module_from_spec(spec_from_loader("omega_rust", loader) or pytest.fail("no spec"))
        loader.exec_module(debug)
        return debug
    loaded = native.load()
    assert loaded is not None, native.status().why
    return loaded


@pytest.fixture(scope="session")
def sample(module: Any) -> Callable[[int], pa.Table]:
    return lambda rows: native.DataHandler().sample_bars(rows, 7)
