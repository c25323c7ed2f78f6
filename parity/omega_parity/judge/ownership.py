"""Which component answers for what was compared: fields, rules, built-in faults, golden cases (DESIGN §9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from omega.compare.compare import TABLES, Comparison
from omega.compare.outcome import Outcome
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import RunOutput
from omega.flags.registry import BY_NAME, Component

Counts = Mapping[str, int]
"""A number per component."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A component as a verdict names it.

    Attributes
    ----------
    name : str
        Its name in the registry of flags, and the folder of its golden cases.
    chapters : str
        Chapters of the contract whose rules it carries out.
    runs_in_cases : bool
        Whether a run shows what it does; the others are compared call by call only.
    """

    name: str
    chapters: str
    runs_in_cases: bool = True

    @property
    def component(self) -> Component:
        """Its entry in the registry."""
        return BY_NAME[self.name]


OWNERS: Final = MappingProxyType(
    {
        owner.name: owner
        for owner in (
            Owner(name="slippage_fee", chapters="CN"),
            Owner(name="indicator_cache", chapters="I", runs_in_cases=False),
            Owner(name="portfolio", chapters="P"),
            Owner(name="event_engine", chapters="LH"),
            Owner(name="execution_simulator", chapters="ES"),
            Owner(name="strategy", chapters="A"),
            Owner(name="data_handler", chapters="TG", runs_in_cases=False),
            Owner(name="multi_symbol", chapters="M", runs_in_cases=False),
        )
    }
)
"""In the order of the waves."""

_OF_TABLE: Final = {"chain": "event_engine", "equity": "portfolio", "metrics": "portfolio", "decisions": "strategy"}

_OF_FIELD: Final = {
    "fee": "slippage_fee",
    "entry_fee": "slippage_fee",
    "exit_fee": "slippage_fee",
    "result": "portfolio",
    "r_multiple": "portfolio",
}

_OF_STRATEGY_RUN: Final = frozenset(
    {"stop_loss", "take_profit", "initial_stop_loss", "initial_take_profit", "direction", "scenario"}
)
"""Fields that a strategy decides, where one runs."""


def owner_named(name: str) -> Owner:
    """Find a component by its name, which is its flag's, or an alias of that.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT that lists the names.
    """
    for owner in OWNERS.values():
        if name in (owner.name, *owner.component.aliases):
            return owner
    raise omega_error(
        ErrorCode.INVALID_ARGUMENT,
        f"unknown component {name!r}; known are {', '.join(OWNERS)}",
        column="component",
        value=name,
    )


def owner_of_rule(rule: str) -> str:
    """Name the component that carries out a rule; empty for one that all do, as those of numbers."""
    chapter = rule.removeprefix("Q-")[0]
    return next((owner.name for owner in OWNERS.values() if chapter in owner.chapters), "")


def owner_of_field(table: str, field: str, *, is_strategy: bool) -> str:
    """Name the component that a compared field shows; an error stands for the engine that raised it."""
    if table in _OF_TABLE:
        return _OF_TABLE[table]
    if field in _OF_FIELD:
        return _OF_FIELD[field]
    if table not in TABLES:
        return "event_engine"
    return "strategy" if is_strategy and field in _OF_STRATEGY_RUN else "execution_simulator"


def compared_by_component(
    comparison: Comparison, seen: tuple[Outcome, Outcome], *, is_strategy: bool
) -> tuple[Counts, Counts]:
    """Divide the values compared, and those that differ, among the components that own them."""
    differing: Counter[str] = Counter()
    for one in comparison.differences:
        differing[owner_of_field(one.table, one.field, is_strategy=is_strategy)] += one.count
    reference, candidate = seen
    if not (isinstance(reference, RunOutput) and isinstance(candidate, RunOutput)):
        return {"event_engine": comparison.comparisons}, dict(differing)
    compared: Counter[str] = Counter()
    compared["event_engine"] = min(len(reference.chain), len(candidate.chain))
    for name in TABLES:
        pair = (getattr(reference, name), getattr(candidate, name))
        for field in set(pair[0].column_names) & set(pair[1].column_names):
            owner = owner_of_field(name, field, is_strategy=is_strategy)
            compared[owner] += min(table.num_rows for table in pair)
    compared["portfolio"] += len({*reference.metrics, *candidate.metrics})
    return dict(compared), dict(differing)
