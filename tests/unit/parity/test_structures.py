"""Where structures part: DeepDiff walks them, and a float is equal by its bits."""

from __future__ import annotations

import math
import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from omega.compare.compare import compare_mappings
from omega.compare.outcome import ABSENT
from omega.compare.structures import identical


class Plain:
    """A class without an equality of its own, as a foreign pair may return."""

    def __init__(self, price: float, legs: list[float]) -> None:
        self.price = price
        self._legs = legs


class Slotted:
    __slots__ = ("price",)

    def __init__(self, price: float) -> None:
        self.price = price


class Ring:
    """An object that is a part of itself."""

    def __init__(self, price: float) -> None:
        self.price = price
        self.parts = [self]


@dataclass
class Record:
    price: float


CONFIG = {"costs": {"fee": 7.0, "seed": 1}, "levels": [1.1, 1.2, {"buffer": 0.0}], "tags": ("a", None), "on": True}


@pytest.mark.rule("N-3")
@pytest.mark.parametrize(
    ("reference", "candidate", "told"),
    [
        (CONFIG, {**CONFIG, "costs": {"fee": 7.0, "seed": 2}}, [("value.costs.seed", 1, 2, 64)]),
        (CONFIG, {**CONFIG, "levels": [1.1, 1.2, {"buffer": -0.0}]}, [("value.levels[2].buffer", 0.0, -0.0, 1)]),
        (
            CONFIG,
            {**CONFIG, "levels": [1.1, math.nextafter(1.2, 2), {"buffer": 0.0}]},
            [("value.levels[1]", 1.2, 1.2000000000000002, 3)],
        ),
        (CONFIG, {**CONFIG, "on": 1}, [("value.on", True, 1, 64)]),
        (CONFIG, {**CONFIG, "tags": ["a", None]}, [("value.tags", ("a", None), ["a", None], 64)]),
        (CONFIG, {name: CONFIG[name] for name in reversed(CONFIG)}, [("value (order)", ..., ..., 64)]),
        ({"__a": 1, "_b": 2}, {"__a": 3, "_b": 4}, [("value.__a", 1, 3, 64), ("value._b", 2, 4, 64)]),
        ({"a": 1.0}, {}, [("value.a", 1.0, ABSENT, 64)]),
        ({}, {"a": None}, [("value.a", ABSENT, None, 64)]),
        ([1, 2, 3], [2, 3], [("value[0]", 1, 2, 64), ("value[1]", 2, 3, 64), ("value[2]", 3, ABSENT, 64)]),
        ({"a": np.float64(1.0)}, {"a": 1.0}, [("value.a", 1.0, 1.0, 64)]),
        ({"a": {1, 2}}, {"a": {1, 3}}, [("value.a", {1, 2}, {1, 3}, 64)]),
        (Plain(1.0, [2.0]), Plain(1.0, [-2.0]), [("value._legs[0]", 2.0, -2.0, 1)]),
        (Slotted(0.0), Slotted(-0.0), [("value.price", 0.0, -0.0, 1)]),
        (Record(0.0), Record(-0.0), [("value.price", 0.0, -0.0, 1)]),
        (Record(0.0), Slotted(0.0), [("value.(class)", "Record", "Slotted", 64)]),
        (np.array([1.0, 0.0]), np.array([1.0, -0.0]), [("value.values[1]", 0.0, -0.0, 1)]),
        (np.array([1.0]), np.array([[1.0]]), [("value.shape[1]", ABSENT, 1, 64), ("value.values[0]", 1.0, [1.0], 64)]),
        (1.0, [1.0], [("value", 1.0, [1.0], 64)]),
        ([np.float32(0.0)], [np.float32(-0.0)], [("value[0]", ..., ..., 64)]),
        ([complex(0.0, 0.0)], [complex(0.0, -0.0)], [("value[0]", ..., ..., 64)]),
        ({"a": 1}, OrderedDict(a=1), [("value.(class)", ABSENT, "OrderedDict", 64)]),
        (pa.table({"x": [0.0]}), pa.table({"x": [-0.0]}), [("value.columns[0][0]", 0.0, -0.0, 1)]),
        (pa.array([0.0]), pa.array([-0.0]), [("value.values[0]", 0.0, -0.0, 1)]),
        (Ring(1.0), Ring(-1.0), [("value.price", 1.0, -1.0, 1)]),
    ],
)
def test_each_place_that_differs_is_told(reference: Any, candidate: Any, told: list[tuple[object, ...]]) -> None:
    differences = compare_mappings("result", {"value": reference}, {"value": candidate}).differences
    found = sorted((one.field, one.reference, one.candidate, one.bits) for one in differences)
    assert [(field, bits) for field, _, _, bits in found] == [(field, bits) for field, _, _, bits in told]
    for (_, left, right, _), (_, reference_told, candidate_told, _) in zip(found, told, strict=True):
        assert reference_told is ... or (identical(left, reference_told) or left == reference_told)
        assert candidate_told is ... or (identical(right, candidate_told) or right == candidate_told)


@pytest.mark.rule("N-3")
@pytest.mark.parametrize(
    "make",
    [
        lambda: Plain(math.nan, [math.inf]),
        lambda: Slotted(-0.0),
        lambda: Record(math.nan),
        lambda: np.array([math.nan, 1.0]),
        lambda: [np.float32("nan"), complex(math.nan, 0.0)],
        lambda: pa.table({"x": [math.nan, None]}),
        lambda: Ring(1.0),
        lambda: {"a": [Record(1.0), (Plain(1.0, []),)], "b": {1: {2: {3.5}}}},
    ],
)
def test_equal_structures_are_equal_wherever_they_lie_in_memory(make: Any) -> None:
    assert compare_mappings("result", {"value": make()}, {"value": make()}).is_identical


def test_values_that_read_alike_are_told_by_their_types() -> None:
    difference = compare_mappings("result", {"value": [np.float64(1.0)]}, {"value": [1.0]}).differences[0]
    assert str(difference) == (
        "result.value[0]: 1.0 0x1.0000000000000p+0 (float64) against 1.0 0x1.0000000000000p+0 (float)"
    )


def _nested(draw: random.Random, depth: int) -> Any:
    kind = draw.randrange(7 if depth else 4)
    if kind < 4:
        return (draw.choice([0.0, -0.0, math.nan, 1.5]), draw.randrange(3), draw.choice("ab"), None)[kind]
    parts = [_nested(draw, depth - 1) for _ in range(draw.randrange(4))]
    return (parts, tuple(parts), {str(place): part for place, part in enumerate(parts)})[kind - 4]


@pytest.mark.rule("N-3")
def test_what_is_decided_is_what_is_told() -> None:
    """Of any two structures that differ, a place is told; of equal ones none."""
    draw = random.Random(5)
    differing = 0
    for _ in range(3000):
        pair = _nested(draw, 3), _nested(draw, 3)
        found = compare_mappings("result", {"value": pair[0]}, {"value": pair[1]})
        assert found.is_identical is identical(*pair)
        assert "(order)" not in "".join(one.field for one in found.differences)
        differing += not found.is_identical
    assert differing > 2000


@pytest.mark.rule("N-3")
def test_what_can_only_be_told_by_its_address_says_what_to_do() -> None:
    plain: Callable[[], Any] = object
    pair = [compare_mappings("result", {"value": plain()}, {"value": plain()}) for _ in range(2)]
    texts = {str(difference) for comparison in pair for difference in comparison.differences}
    assert len(texts) == 1, "an address is told"
    assert "object of class object (has no __eq__ and no attributes to compare" in texts.pop()
    objects: list[Any] = [Plain(1.0, []), Slotted(1.0)]
    other = compare_mappings("result", *({"value": one} for one in objects))
    shown = "result.value.(class): Plain against Slotted"
    assert shown in [str(difference) for difference in other.differences]
