"""One bar that comes as a dict or a record, without a table: a live loop hands over nothing else (Q-E19)."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter, itemgetter
from struct import Struct
from typing import Any, Final

import pyarrow as pa

from omega.boundary.scalars import plain_scalar
from omega.contract.schemas import BARS, BARS_WITH_SYMBOL, TIMESTAMP
from omega.contract.types import Bar
from omega.data.signals import converter

_COLUMNS: Final = [field.type for field in BARS]
_ROW: Final = Struct("<q9d")
_WIDTH: Final = 8
_KNOWN: Final = frozenset(BARS_WITH_SYMBOL.names)
_OWN_TIMES: Final = (int, datetime)
_OWN_NUMBERS: Final = {float}
_attributes = attrgetter(*BARS.names)
_items = itemgetter(*BARS.names[:-1])
_as_time = converter(TIMESTAMP)
_as_number = converter(pa.float64())


def plain_bar(source: object, symbol: str) -> Bar | None:
    """Return a single bar of ``symbol``; None for what has to be read, or refused, as a table.

    Its values are of the right types and not checked otherwise: that is for the side that takes it.
    """
    try:
        if type(source) is Bar:
            return _bar_of(*_attributes(source))
        if not isinstance(source, dict) or not _KNOWN.issuperset(source):
            return None
        if source.get("symbol") not in (None, symbol):
            return None
        volume = source.get("volume")
        return _bar_of(*_items(source), 0.0 if volume is None else volume)
    except Exception:  # of a foreign value too: the table says what is wrong, and where
        return None


def table_of_bar(bar: Bar) -> pa.Table:
    """Return a plain bar as a table."""
    buffer = pa.py_buffer(_ROW.pack(*_attributes(bar)))
    parts = [buffer.slice(_WIDTH * place, _WIDTH) for place in range(len(_COLUMNS))]
    columns = [pa.Array.from_buffers(of, 1, [None, part]) for of, part in zip(_COLUMNS, parts, strict=True)]
    return pa.Table.from_arrays(columns, schema=BARS)


def plain_time(value: Any) -> Any:
    """Return a time as µs; what is none raises."""
    return _as_time(value if type(value) in _OWN_TIMES else plain_scalar(value))


def plain_number(value: Any) -> Any:
    """Return a number as a float; what is none raises."""
    return value if type(value) is float else _as_number(plain_scalar(value))


def _bar_of(timestamp: Any, *numbers: Any) -> Bar:
    time = plain_time(timestamp)
    if {*map(type, numbers)} != _OWN_NUMBERS:
        numbers = tuple(plain_number(number) for number in numbers)
    bid_open, bid_high, bid_low, bid_close, ask_open, ask_high, ask_low, ask_close, volume = numbers
    return Bar(
        timestamp=time,
        bid_open=bid_open,
        bid_high=bid_high,
        bid_low=bid_low,
        bid_close=bid_close,
        ask_open=ask_open,
        ask_high=ask_high,
        ask_low=ask_low,
        ask_close=ask_close,
        volume=volume,
    )
