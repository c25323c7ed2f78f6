"""What builds the side that a plan chose, component by component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from omega.flags.plan import BackendName, Plan
from omega.flags.registry import BY_NAME, load_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from omega.contract.protocols import (
        CheckedBars,
        CostModel,
        DataHandler,
        Engine,
        ExecutionSimulator,
        MultiSymbol,
        Series,
        StreamingCache,
    )
    from omega.contract.types import EngineConfig
    from omega.data.bars import Bars


def create_costs(backend: BackendName, config: EngineConfig) -> CostModel:
    """Build the cost model of one side."""
    return cast("CostModel", _factory("slippage_fee", backend)(config))


def create_indicators(backend: BackendName, bars: pa.Table | CheckedBars) -> StreamingCache:
    """Build the indicator cache of one side; checked bars are of that side."""
    return cast("StreamingCache", _factory("indicator_cache", backend)(bars))


def create_data_handler(backend: BackendName) -> DataHandler:
    """Build the data handler of one side."""
    return cast("DataHandler", _factory("data_handler", backend)())


def create_multi_symbol(
    backend: BackendName,
    symbols: Sequence[str],
    bars: Sequence[pa.Table | CheckedBars],
    timeframes: Sequence[int],
    mode: str,
    series: Sequence[Series],
) -> MultiSymbol:
    """Build the multi-symbol iterator of one side; checked bars are of that side."""
    return cast("MultiSymbol", _factory("multi_symbol", backend)(symbols, bars, timeframes, mode, series))


def create_engine(plan: Plan, config: EngineConfig, bars: Bars | None) -> Engine:
    """Build the engine a plan asks for; a reference engine is given the Rust parts that may serve alone.

    ``bars`` are those of a run; without them, at ticks, there are no indicators.
    """
    engine = _factory("event_engine", plan.backend("event_engine"))
    if plan.backend("event_engine") == "rust":
        return cast("Engine", engine())
    costs = create_costs("rust", config) if plan.backend("slippage_fee") == "rust" else None
    indicators = None
    if plan.backend("indicator_cache") == "rust" and bars is not None:
        indicators = create_indicators("rust", bars.checked_by(create_data_handler("rust")))
    return cast("Engine", engine(costs=costs, indicators=indicators))


def create_simulator(plan: Plan, config: EngineConfig) -> ExecutionSimulator:
    """Build the step-by-step simulator a plan asks for."""
    simulator = _factory("execution_simulator", plan.backend("execution_simulator"))
    if plan.backend("execution_simulator") == "rust":
        return cast("ExecutionSimulator", simulator(config))
    costs = create_costs("rust", config) if plan.backend("slippage_fee") == "rust" else None
    return cast("ExecutionSimulator", simulator(config, costs=costs))


def _factory(component: str, backend: BackendName) -> Any:  # the callers' annotations name the Protocol
    entry = BY_NAME[component]
    return load_object(entry.native if backend == "rust" else entry.reference)
