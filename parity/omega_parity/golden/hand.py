"""Hand calculations of golden cases: formulas of the contract with numbers put in, evaluated as they are written.

They are a reading of the contract of their own: nothing here calls either implementation.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeVar

import pyarrow as pa

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import EVENTS

CALCULATED: Final = pa.schema([field for field in EVENTS if field.name not in ("symbol", "direction", "order_type")])
"""Columns of a hand calculation; the others are the order's, as its signal has them."""

_OPERATORS: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., float]]] = {
    "abs": abs,
    "floor": lambda x: float(math.floor(x)),
    "max": lambda a, b: b if b > a else a,
    "min": lambda a, b: b if b < a else a,
    "quantize": lambda x, digits: round(x, int(digits)),
    "sqrt": math.sqrt,
}
"""With the meaning they have in chapters Q and N."""

Values = Mapping[str, float]

_T = TypeVar("_T")


def evaluate(formula: object, values: Values) -> float:
    """Evaluate a formula: numbers, names of ``values``, ``+ - * /``, parentheses, and the functions of chapter Q.

    Parameters
    ----------
    formula : str, int or float
    values : mapping of str to float
        What its names stand for.

    Raises
    ------
    OmegaError
        INVALID_FORMAT for anything else.
    """
    if isinstance(formula, int | float) and not isinstance(formula, bool):
        return float(formula)
    if not isinstance(formula, str):
        _refuse(formula)
    try:
        return _value(ast.parse(formula, mode="eval").body, values)
    except (SyntaxError, KeyError, TypeError, ArithmeticError):
        _refuse(formula)


def named_values(formulas: Mapping[str, object]) -> dict[str, float]:
    """Evaluate intermediate values in the order given; each may name those before it."""
    values: dict[str, float] = {}
    for name, formula in formulas.items():
        values[name] = evaluate(formula, values)
    return values


def hand_events(
    rows: Sequence[Mapping[str, Any]],
    values: Values,
    times: Sequence[int],
    timeframe: int,
    detail: Sequence[tuple[int, int]] = (),
) -> pa.Table:
    """Turn event rows into a table with the columns :data:`CALCULATED`.

    Parameters
    ----------
    rows : sequence of mapping
        Fields of T-8 with ``bar`` (a row of the bars) in place of ``seq``, ``timestamp`` and ``known_at``, which is
        the bar's end, or its open with ``at_open`` (Q-T8d); floats may be formulas. ``detail`` is a row of the detail
        bars, whose time and end these are then; beside ``bar`` it is the bar's last, which ends with it (Q-E22).
    values : mapping
        As in :func:`evaluate`.
    times : sequence of int
        Of the bars, µs.
    timeframe : int
        µs.
    detail : sequence of tuple of int
        Times and ends of the detail bars, µs.
    """
    events = [_event(seq, row, values, times, timeframe, detail) for seq, row in enumerate(rows)]
    return pa.Table.from_pylist(events, CALCULATED)


def _event(
    seq: int,
    row: Mapping[str, Any],
    values: Values,
    times: Sequence[int],
    timeframe: int,
    detail: Sequence[tuple[int, int]],
) -> dict[str, object]:
    event: dict[str, object] = {**dict.fromkeys(CALCULATED.names), "seq": seq}
    bar, part = row.get("bar"), row.get("detail")
    if bar is not None:
        time = _of_row(seq, "bar", bar, times)
        event["timestamp"], event["known_at"] = time, time + timeframe
    if part is not None:
        event["timestamp"], end = _of_row(seq, "detail", part, detail)
        event["known_at"] = end if bar is None else event["known_at"]
    if row.get("at_open") is True:
        event["known_at"] = event["timestamp"]
    for name, given in row.items():
        if name in CALCULATED.names and name not in ("seq", "timestamp", "known_at"):
            event[name] = evaluate(given, values) if pa.types.is_floating(CALCULATED.field(name).type) else given
        elif name not in ("bar", "detail", "at_open"):
            _refuse(f"{name} = {given!r} of event {seq}")
    if event["timestamp"] is None:
        _refuse(f"event {seq} without a bar")
    return event


def _of_row(seq: int, name: str, given: object, rows: Sequence[_T]) -> _T:
    if not isinstance(given, int) or not 0 <= given < len(rows):
        _refuse(f"{name} = {given!r} of event {seq}")
    return rows[given]


def _value(node: ast.expr, values: Values) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _FUNCTIONS[name](*(_value(argument, values) for argument in arguments))
    raise TypeError


def _refuse(formula: object) -> NoReturn:
    raise omega_error(
        ErrorCode.INVALID_FORMAT,
        f"not a formula of a hand calculation: {formula}",
        rule="golden",
        column="case.toml",
        value=str(formula),
    )
