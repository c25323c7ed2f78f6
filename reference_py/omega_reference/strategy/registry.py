"""Strategies by name (A-1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import StrategyConfig
from omega_reference.strategy.base import Strategy
from omega_reference.strategy.mean_reversion_z_score import MeanReversionZScore

_FACTORIES: Final[dict[str, Callable[[StrategyConfig], Strategy]]] = {
    "mean_reversion_z_score": MeanReversionZScore,
}


def strategy_names() -> tuple[str, ...]:
    """Return the names of all registered strategies."""
    return tuple(_FACTORIES)


def find(name: str) -> Callable[[StrategyConfig], Strategy]:
    """Return what builds the strategy registered under ``name``.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT naming the strategy and the choices.
    """
    factory = _FACTORIES.get(name)
    if factory is None:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"unknown strategy {name!r}; choose from {', '.join(strategy_names())}",
            rule="A-1",
            column="strategy",
            value=name,
        )
    return factory
