"""What several symbols are refused for, in all its parts, on both sides."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import omega
from omega.data.bars import Bars

from .symbols import MINUTE, bars, refused, three


def _euro() -> Bars:
    return bars([0, 1], 1.0, "EURUSD")


REFUSALS: list[tuple[str, Callable[[str], object], tuple[Any, ...], str]] = [
    ("no symbol", lambda side: omega.multi_symbol(backend=side), (1010, "M-1", "symbols", None, None), "no symbol"),
    (
        "a mode that is none",
        lambda side: omega.multi_symbol(_euro(), mode="outer", backend=side),
        (1001, "M-1", "mode", None, "outer"),
        "must be one of union, intersection",
    ),
    (
        "a mode that is no text",
        lambda side: omega.multi_symbol(_euro(), mode=3, backend=side),  # type: ignore[arg-type]
        (1004, "M-1", "mode", None, 3),
        "mode must be a text, not int",
    ),
    (
        "one name twice",
        lambda side: omega.multi_symbol(_euro(), _euro(), backend=side),
        (1006, "M-1", "symbols", 1, "EURUSD"),
        "another symbol has this name",
    ),
    (
        "an empty name",
        lambda side: omega.multi_symbol({"": _euro()}, backend=side),
        (1008, "M-1", "symbols", 0, None),
        "a symbol needs a name",
    ),
    (
        "no name",
        lambda side: omega.multi_symbol(_euro(), bars([0, 1], 1.0), backend=side),
        (1008, "M-1", "symbols", 1, None),
        "give a mapping of names to bars",
    ),
    (
        "half a letter for a name",
        lambda side: omega.multi_symbol({"\ud800": _euro()}, backend=side),
        (1004, "M-1", "symbols", 0, "\\ud800"),
        "symbols must be a text",
    ),
    (
        "another timeframe",
        lambda side: omega.multi_symbol(_euro(), bars([0, 1], 1.0, "USDJPY", step=5 * MINUTE), backend=side),
        (1006, "M-1", "timeframes", 1, 5 * MINUTE),
        "must be the first symbol's timeframe",
    ),
    (
        "what is no bars",
        lambda side: omega.multi_symbol(_euro(), 3, backend=side),
        (1004, "T-8a", None, None, None),
        "int",
    ),
    (
        "an indicator without a name",
        lambda side: omega.multi_symbol(_euro(), indicators={"mean": {"period": 2}}, backend=side),
        (1008, "M-3", "indicators", None, "mean"),
        "must name an indicator",
    ),
    (
        "an indicator that is not known",
        lambda side: omega.multi_symbol(_euro(), indicators={"mean": {"name": "smma"}}, backend=side),
        (1001, "I-17", "name", None, "smma"),
        "smma",
    ),
    (
        "indicators that are none",
        lambda side: omega.multi_symbol(_euro(), indicators=3, backend=side),  # type: ignore[arg-type]
        (1004, "M-3", "indicators", None, 3),
        "indicators must be a mapping of labels to requests, not int",
    ),
    (
        "a copy",
        lambda side: copy.copy(three(backend=side)),
        (4001, "M-2", None, None, None),
        "cannot be copied or pickled",
    ),
    (
        "a symbol that is no text",
        lambda side: next(three(backend=side))[[]],  # type: ignore[index]
        (1001, "M-1", "symbol", None, None),
        "no symbol has this name",
    ),
    (
        "a part from below 0",
        lambda side: three(backend=side).part(-1, 2),
        (1003, "M-2", "first", None, -1),
        "must be in 0 … 5",
    ),
    (
        "a part beyond the end",
        lambda side: three(backend=side).part(0, 6),
        (1003, "M-2", "stop", None, 6),
        "must be in 0 … 5",
    ),
    (
        "a part that ends before it begins",
        lambda side: three(backend=side).block(3, 2),
        (1003, "M-2", "stop", None, 2),
        "must be in 3 … 5",
    ),
    (
        "a part beyond every number",
        lambda side: three(backend=side).part(0, 2**70),
        (1003, "M-2", "stop", None, 2**70),
        "",
    ),
    (
        "a part from no number",
        lambda side: three(backend=side).part(1.5, 2),  # type: ignore[arg-type]
        (1004, "M-2", "first", None, 1.5),
        "first must be a whole number, not float",
    ),
    (
        "a symbol that is not there",
        lambda side: next(three(backend=side))["XAUUSD"],
        (1001, "M-1", "symbol", None, "XAUUSD"),
        "no symbol has this name; there are EURUSD, USDJPY, GBPUSD",
    ),
    (
        "a symbol by its number",
        lambda side: next(three(backend=side))[0],  # type: ignore[index]
        (1001, "M-1", "symbol", None, 0),
        "no symbol has this name",
    ),
]


@pytest.mark.rule("M-1", "M-2", "Q-M1b", "X-4")
@pytest.mark.parametrize(("call", "parts", "said"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_refusal_in_all_its_parts(
    call: Callable[[str], object], parts: tuple[Any, ...], said: str, backend: str
) -> None:
    error = refused(lambda: call(backend))
    assert (error.code, error.rule, error.column, error.row, error.value) == parts
    assert said in error.message
