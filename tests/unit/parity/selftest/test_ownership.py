"""Every field, rule and fault has a component that answers for it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from omega.contract.schemas import EQUITY, EVENTS, POSITIONS, TRADES
from omega_parity.judge.ownership import OWNERS, owner_named, owner_of_field, owner_of_rule
from omega_parity.selftest.ownership import owner_of_saboteur
from omega_parity.selftest.probe import SABOTEURS, counted_rules

if TYPE_CHECKING:
    pass


@pytest.mark.parametrize("name", ["slippage_fee", "execution", "execution_simulator", "data_handler"])
def test_a_component_is_found_by_its_name_and_its_alias(name: str) -> None:
    owner = owner_named(name)
    assert name in (owner.name, *owner.component.aliases)


def test_every_rule_field_and_fault_has_an_owner() -> None:
    assert {owner_of_rule(rule) for rule in counted_rules()} <= set(OWNERS)
    assert {owner_of_saboteur(name) for name in SABOTEURS} <= set(OWNERS)
    assert owner_of_saboteur("a rule switched off") is None
    tables = {"events": EVENTS, "trades": TRADES, "positions": POSITIONS, "equity": EQUITY}
    for table, schema in tables.items():
        for field, is_strategy in product(schema.names, (False, True)):
            assert owner_of_field(table, field, is_strategy=is_strategy) in OWNERS
    assert owner_of_field("error", "code", is_strategy=False) == "event_engine"
