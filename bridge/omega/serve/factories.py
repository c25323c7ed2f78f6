"""What builds the side that a plan chose, component by component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from omega.flags.plan import BackendName, Sides
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
        PortfolioModel,
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


def create_engine(sides: Sides, config: EngineConfig, bars: Bars | None) -> Engine:
    """Build the engine of those sides; a reference engine is given the Rust parts that may serve alone.

    ``bars`` are those of a run; without them, at ticks, there are no indicators.
    """
    engine = _factory("event_engine", sides["event_engine"])
    if sides["event_engine"] == "rust":
        return cast("Engine", engine())
    costs, books = _parts(sides, config)
    indicators = None
    if sides["indicator_cache"] == "rust" and bars is not None:
        indicators = create_indicators("rust", bars.checked_by(create_data_handler("rust")))
    return cast("Engine", engine(costs=costs, indicators=indicators, books=books))


def create_engine_of_many(sides: Sides, configs: Sequence[EngineConfig]) -> Engine:
    """Build the engine of those sides for a run over several symbols, with a cost model for each (M-4)."""
    engine = _factory("event_engine", sides["event_engine"])
    if sides["event_engine"] == "rust":
        return cast("Engine", engine())
    costs = [create_costs("rust", config) for config in configs] if sides["slippage_fee"] == "rust" else None
    return cast("Engine", engine(books=_books(sides), many_costs=costs))


def create_simulator(sides: Sides, config: EngineConfig) -> ExecutionSimulator:
    """Build the step-by-step simulator of those sides."""
    simulator = _factory("execution_simulator", sides["execution_simulator"])
    if sides["execution_simulator"] == "rust":
        return cast("ExecutionSimulator", simulator(config))
    costs, books = _parts(sides, config)
    return cast("ExecutionSimulator", simulator(config, costs=costs, books=books))


def _parts(sides: Sides, config: EngineConfig) -> tuple[CostModel | None, PortfolioModel | None]:
    """Build the parts of Rust's that the reference's loop takes (C-5, P-2); None where its own serve."""
    costs = create_costs("rust", config) if sides["slippage_fee"] == "rust" else None
    return costs, _books(sides)


def _books(sides: Sides) -> PortfolioModel | None:
    return cast("PortfolioModel", _factory("portfolio", "rust")()) if sides["portfolio"] == "rust" else None


def _factory(component: str, backend: BackendName) -> Any:  # the callers' annotations name the Protocol
    entry = BY_NAME[component]
    return load_object(entry.native if backend == "rust" else entry.reference)
