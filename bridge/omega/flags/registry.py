"""The components that exist twice: one entry each, with wave, flag, Protocol and both factories (DESIGN §9).

Factories are import paths, so that reading the registry imports neither implementation.
"""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from omega.contract.errors import ErrorCode, omega_error

FLAG_PREFIX: Final = "OMEGA_USE_RUST_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component of a wave.

    Attributes
    ----------
    name : str
        The flag's F-1 name in lower case.
    protocol, reference, native : str
        ``module:attribute`` of the Protocol and of the two factories.
    depends_on : tuple of str
        Components that must run in the same backend's company (DESIGN §9).
    moves_together : bool
        Whether it is part of the one engine loop, which runs on one side as a whole.
    """

    name: str
    wave: int
    title: str
    protocol: str
    reference: str
    native: str
    depends_on: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    moves_together: bool = False

    @property
    def flag(self) -> str:
        """The environment variable."""
        return f"{FLAG_PREFIX}{self.name.upper()}"


_PROTOCOLS = "omega.contract.protocols"
_NATIVE = "omega.serve.native"

COMPONENTS: Final = (
    Component(
        name="slippage_fee",
        wave=0,
        title="slippage, fee",
        protocol=f"{_PROTOCOLS}:CostModel",
        reference="omega_reference.costs.model:CostModel",
        native=f"{_NATIVE}:CostModel",
    ),
    Component(
        name="indicator_cache",
        wave=1,
        title="indicator cache",
        protocol=f"{_PROTOCOLS}:IndicatorCache",
        reference="omega_reference.indicators.cache:IndicatorCache",
        native=f"{_NATIVE}:IndicatorCache",
    ),
    Component(
        name="portfolio",
        wave=2,
        title="portfolio",
        protocol=f"{_PROTOCOLS}:PortfolioModel",
        reference="omega_reference.portfolio.model:PortfolioModel",
        native=f"{_NATIVE}:PortfolioModel",
        depends_on=("slippage_fee",),
    ),
    Component(
        name="event_engine",
        wave=3,
        title="event engine",
        protocol=f"{_PROTOCOLS}:Engine",
        reference="omega_reference.engine:Engine",
        native=f"{_NATIVE}:Engine",
        depends_on=("indicator_cache", "portfolio"),
        moves_together=True,
    ),
    Component(
        name="execution_simulator",
        wave=4,
        title="execution simulator",
        protocol=f"{_PROTOCOLS}:ExecutionSimulator",
        reference="omega_reference.execution.steps:ExecutionSimulator",
        native=f"{_NATIVE}:ExecutionSimulator",
        depends_on=("slippage_fee", "portfolio"),
        aliases=("execution",),
        moves_together=True,
    ),
    Component(
        name="strategy",
        wave=4,
        title="strategy",
        protocol=f"{_PROTOCOLS}:Engine",
        reference="omega_reference.engine:Engine",
        native=f"{_NATIVE}:Engine",
        depends_on=("indicator_cache", "event_engine", "execution_simulator"),
        moves_together=True,
    ),
    Component(
        name="data_handler",
        wave=5,
        title="data handler",
        protocol=f"{_PROTOCOLS}:DataHandler",
        reference="omega_reference.data:DataHandler",
        native=f"{_NATIVE}:DataHandler",
    ),
    Component(
        name="multi_symbol",
        wave=6,
        title="multi-symbol slice",
        protocol=f"{_PROTOCOLS}:MultiSymbol",
        reference="omega_reference.multi_symbol.data:MultiSymbol",
        native=f"{_NATIVE}:MultiSymbol",
        depends_on=("event_engine", "data_handler"),
    ),
)
"""In the order of the waves."""

BY_NAME: Final = {component.name: component for component in COMPONENTS}
_OF_ENGINE: Final = {name for part in COMPONENTS if part.moves_together for name in (part.name, *part.depends_on)}
ENGINE_COMPONENTS: Final = tuple(name for name in BY_NAME if name in _OF_ENGINE)
"""What the engine needs on one side: its own parts, and what these depend on."""
SIMULATOR_COMPONENTS: Final = (*BY_NAME["execution_simulator"].depends_on, "execution_simulator")
"""What the step-by-step simulator uses of them: neither indicators nor the loop, and no strategy is asked (E-19)."""
_BY_SPELLING: Final = {
    spelling: component for component in COMPONENTS for spelling in (component.name, *component.aliases)
}


def component_of(name: str, *, column: str | None = None) -> Component:
    """Find a component by its name or an alias, with or without ``use_rust_`` before it (F-3).

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT that names the choices; ``column`` is the spelling the user used.
    """
    component = _BY_SPELLING.get(name.removeprefix("use_rust_"))
    if component is None:
        nearest = difflib.get_close_matches(name.removeprefix("use_rust_"), _BY_SPELLING, n=1)
        # The answer is spelled as the question: a variable's name for a variable.
        is_variable = column is not None and column.startswith(FLAG_PREFIX)
        spelled = [f"{FLAG_PREFIX}{known.upper()}" if is_variable else known for known in (*nearest, *BY_NAME)]
        hint = f"did you mean {spelled.pop(0)!r}? " if nearest else ""
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"unknown feature flag {column or name!r}; {hint}flags: {', '.join(spelled)}",
            rule="F-1",
            column=column or name,
        )
    return component


def component_of_variable(variable: str) -> Component:
    """Find the component of an environment variable ``OMEGA_USE_RUST_…``; the spelling is exact."""
    suffix = variable.removeprefix(FLAG_PREFIX)
    if suffix != suffix.upper() or suffix.startswith("USE_RUST_"):
        suffix = f"?{suffix}"  # no component is spelled so
    return component_of(suffix.lower(), column=variable)


def load_object(path: str) -> object:
    """Import ``module:attribute``."""
    module, _, attribute = path.partition(":")
    loaded: object = getattr(sys.modules.get(module) or import_module(module), attribute)
    return loaded
