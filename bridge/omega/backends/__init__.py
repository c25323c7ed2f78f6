"""Which side serves a component: the plan from the flags, and the factories behind it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from omega.backends.choice import BackendName, Choice, NativeStatus, Plan, make_plan
from omega.contract.errors import ErrorCode, omega_error
from omega.flags import read_flags
from omega.registry import BY_NAME, load_object

if TYPE_CHECKING:
    import pyarrow as pa

    from omega.contract.protocols import CheckedBars, CostModel, DataHandler, Engine, ExecutionSimulator, IndicatorCache
    from omega.contract.types import EngineConfig
    from omega.data.bars import Bars

__all__ = ["BackendName", "Choice", "NativeStatus", "OmegaWarning", "Plan", "native_status", "plan_run"]


class OmegaWarning(UserWarning):
    """Something works, but not as it was meant to; today only a native module that must not be used."""


def native_status() -> NativeStatus:
    """Look at the native module: installed, of this contract, built from the sources beside it (F-6)."""
    from omega.backends import native

    return native.status()


_warned: set[str] = set()


def _warn_once(why: str) -> None:
    if why in _warned:
        return
    # Noted first: where warnings are errors it is raised once, too.
    _warned.add(why)
    warnings.warn(f"the native module is not used: {why}", OmegaWarning, stacklevel=4)


def plan_run(
    components: Iterable[str] = tuple(BY_NAME),
    *,
    backend: str | None = None,
    configuration: Iterable[tuple[str, str | bool]] = (),
) -> Plan:
    """Read the flags and decide, once; see :func:`omega.backends.choice.make_plan` for the errors.

    Warns
    -----
    OmegaWarning
        Once per process when ``auto`` passes over a native module that is stale or foreign.
    """
    seen: list[NativeStatus] = []

    def status() -> NativeStatus:
        if not seen:
            seen.append(native_status())
        return seen[0]

    plan = make_plan(read_flags(backend=backend, configuration=configuration), status, components)
    if seen and seen[0].is_alarming:
        _warn_once(seen[0].why)
    return plan


def create_costs(backend: BackendName, config: EngineConfig) -> CostModel:
    """Build the cost model of one side."""
    return cast("CostModel", _factory("slippage_fee", backend)(config))


def create_indicators(backend: BackendName, bars: pa.Table | CheckedBars) -> IndicatorCache:
    """Build the indicator cache of one side; checked bars are of that side."""
    return cast("IndicatorCache", _factory("indicator_cache", backend)(bars))


def create_data_handler(backend: BackendName) -> DataHandler:
    """Build the data handler of one side."""
    return cast("DataHandler", _factory("data_handler", backend)())


def create_engine(plan: Plan, config: EngineConfig, bars: Bars) -> Engine:
    """Build the engine a plan asks for; a reference engine is given the Rust parts that may serve alone."""
    engine = _factory("event_engine", plan.backend("event_engine"))
    if plan.backend("event_engine") == "rust":
        return cast("Engine", engine())
    costs = create_costs("rust", config) if plan.backend("slippage_fee") == "rust" else None
    indicators = None
    if plan.backend("indicator_cache") == "rust":
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
    path = entry.native if backend == "rust" else entry.reference
    if path is None:
        raise omega_error(ErrorCode.NOT_IMPLEMENTED, f"{component} is not built yet", rule="F-2", column=component)
    return load_object(path)
