"""The layouts of batches do not drift: a change of one is a new version, and its fingerprint stands here (B-7)."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import pyarrow as pa
import pytest

import omega
from omega.contract.batches import LAYOUTS, Layout

from .batches import CONFIG, buy, candle, time

KNOWN: Final = {
    "signals": (1, "d388d062bd5b41c4cccc4dd5c7ee3918"),
    "waiting": (1, "01ac40cb98a99637627b4b4125c7a39d"),
    "updates": (1, "7f447074096f847828c1b55a85feea01"),
    "results": (1, "15e8d236c2b0b1d3b35ecc608f33f03e"),
    "positions": (1, "b1a2270b21e3de4c0a418ae9eb46b92f"),
    "orders_to_size": (1, "8021c9d7839e157913e3d01374a6ea36"),
    "lots": (1, "b27596b6d64627e3898c3663b62eeddb"),
    "fills_to_slip": (1, "db3e99b40f073c992ae838046b73e884"),
    "slippages": (1, "997b28e158539a18b2c3a084712bf8bb"),
    "fills_to_charge": (1, "f6c93c74b146a86a2159cabf0b84751c"),
    "fees": (1, "621b878bb8676f262ae850acb6c01f66"),
}
"""Name, version and fingerprint of each; a version that was handed out never changes."""


@pytest.mark.rule("B-7")
def test_no_layout_changed_without_a_new_version() -> None:
    assert {layout.name: (layout.version, layout.fingerprint) for layout in LAYOUTS} == KNOWN


@pytest.mark.rule("B-7")
def test_a_fingerprint_is_what_the_contract_says() -> None:
    fields: list[pa.Field[Any]] = [pa.field("a", pa.int64(), nullable=False), pa.field("b", pa.string())]
    schema = pa.schema(fields)
    layout = Layout(name="some", version=3, schema=schema, nulls={"b": "not said"})
    text = "some 3\na:int64:required\nb:string:null"
    assert layout.fingerprint == hashlib.sha256(text.encode()).hexdigest()[:32]


@pytest.mark.rule("B-7")
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_what_a_null_means_is_said_of_every_field_that_may_hold_one(layout: Layout) -> None:
    assert set(layout.nulls) == {field.name for field in layout.schema if field.nullable}
    assert all(layout.nulls.values())


@pytest.mark.rule("B-7", "B-6")
def test_every_answer_is_in_its_layout_and_says_which(backend: str) -> None:
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    draw = {"magic_number": 0, "ordinal": 0, "leg": 0, "direction": "short", "order_type": "stop"}
    answers = {
        "waiting": simulator.process_signals_batch([buy(0, scenario="a"), buy(0, take_profit=1.2, price=1.1)]),
        "results": simulator.evaluate_candle(candle(0)),
        "positions": simulator.get_positions_arrow(),
        "lots": simulator.calculate_lot_sizes([{"timestamp": time(0), "price": 1.1, "stop_loss": 1.2}]),
        "slippages": simulator.calculate_slippage_batch([{"timestamp": time(0), **draw}]),
        "fees": simulator.calculate_fee_batch([{"timestamp": time(0), "lots": 1.0, "price": 1.1, "leg": 1}]),
    }
    for layout in LAYOUTS:
        if layout.name in answers:
            answer = answers.pop(layout.name)
            assert answer.schema.equals(layout.schema)
            assert answer.schema.metadata == {
                b"omega.table": layout.name.encode(),
                b"omega.version": str(layout.version).encode(),
                b"omega.fingerprint": layout.fingerprint.encode(),
            }
            answer.validate(full=True)
            assert [field.name for field in answer.schema if not field.nullable and answer[field.name].null_count] == []
    assert answers == {}
