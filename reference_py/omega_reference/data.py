"""Bars and signals at the boundary (T-2, T-4, T-6): checked once, refused with a coded error, never repaired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import pyarrow as pa

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import QualityFindings
from omega.contract.schemas import BARS, PRICE_COLUMNS, SIGNALS, TIMESTAMP
from omega.contract.types import Bar, Direction, OrderType, Signal, SignalType
from omega_reference import sample
from omega_reference.columns import (
    breach,
    check_shape,
    first_null,
    integers_of,
    numbers_of,
    optional_integers_of,
)
from omega_reference.numbers import remainder

_MINUTE_US: Final = 60_000_000
TIMEFRAMES_US: Final = tuple(minutes * _MINUTE_US for minutes in (1, 5, 15, 30, 60, 240, 1440))
"""M1 M5 M15 M30 H1 H4 D1 (T-4)."""

TIME_MIN_US: Final = -62_135_596_800_000_000
TIME_MAX_US: Final = 253_402_300_799_999_999
"""First and last µs of the years 1 … 9999 (Q-T1)."""

_SYMBOL: Final = pa.field("symbol", pa.string())

_DAY_US: Final = 86_400_000_000
_SATURDAY: Final = 2
"""Days after the epoch's Thursday."""
_SPIKE_FACTOR: Final = 10.0
_INFINITY: Final = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class BarColumns:
    """The bars of one symbol by column (T-2); prices in quote currency, times in µs."""

    timestamp: list[int]
    bid_open: list[float]
    bid_high: list[float]
    bid_low: list[float]
    bid_close: list[float]
    ask_open: list[float]
    ask_high: list[float]
    ask_low: list[float]
    ask_close: list[float]
    volume: list[float]

    def __len__(self) -> int:
        return len(self.timestamp)

    def bar(self, row: int) -> Bar:
        """Return one row as a record."""
        return Bar(
            timestamp=self.timestamp[row],
            bid_open=self.bid_open[row],
            bid_high=self.bid_high[row],
            bid_low=self.bid_low[row],
            bid_close=self.bid_close[row],
            ask_open=self.ask_open[row],
            ask_high=self.ask_high[row],
            ask_low=self.ask_low[row],
            ask_close=self.ask_close[row],
            volume=self.volume[row],
        )

    def high(self, side: str) -> list[float]:
        """Return the highs of ``"bid"`` or ``"ask"``."""
        return self.bid_high if side == "bid" else self.ask_high

    def low(self, side: str) -> list[float]:
        """Return the lows of ``"bid"`` or ``"ask"``."""
        return self.bid_low if side == "bid" else self.ask_low

    def close(self, side: str) -> list[float]:
        """Return the closes of ``"bid"`` or ``"ask"``."""
        return self.bid_close if side == "bid" else self.ask_close


class DataHandler:
    """Validation, joining and the sample (wave 5); see :class:`omega.contract.protocols.DataHandler`."""

    def check_bars(self, table: pa.Table, timeframe: int) -> QualityFindings:
        """Refuse what breaks T-2, T-4 or T-8a (order: Q-T2, Q-T2c); count quality findings (Q-T2b).

        Parameters
        ----------
        table : pyarrow.Table
            Columns of T-2, others are ignored but ``symbol``.
        timeframe : int
            Length of a bar in µs, one of T-4; every step must be a multiple of it.

        Raises
        ------
        OmegaError
            1001 timeframe, 1002, 1003, 1004, 1006, 1008, 1010, 2004 or 2005, naming column, row and value.
        """
        return quality_findings(bars_from_table(table, timeframe), timeframe)

    def join_sides(self, bid: pa.Table, ask: pa.Table, max_missing_ratio: float) -> pa.Table:
        """Join two sides on equal timestamps (G-1); see :func:`join_sides`."""
        return join_sides(bid, ask, max_missing_ratio)

    def sample_bars(self, n: int, seed: int) -> pa.Table:
        """Return the built-in sample (Q-D1); see :func:`omega_reference.sample.sample_bars`."""
        return sample.sample_bars(n, seed)


def read_bars(table: pa.Table) -> BarColumns:
    """Read the columns of T-2, checking presence, types and nulls but no values."""
    check_shape(table, BARS, BARS.names, "T-2")
    for name in BARS.names:
        _refuse_null(table.column(name), name, "T-2")
    return BarColumns(
        timestamp=integers_of(table.column("timestamp")),
        **{name: numbers_of(table.column(name)) for name in (*PRICE_COLUMNS, "volume")},
    )


def bars_from_table(table: pa.Table, timeframe: int, symbol: str | None = None) -> BarColumns:
    """Read bars and refuse the first breach of T-2, T-4 and T-8a in the order of Q-T2; ``symbol`` is that of a run."""
    if timeframe not in TIMEFRAMES_US:
        message = "a timeframe is one of M1 M5 M15 M30 H1 H4 D1, in µs"
        raise breach(ErrorCode.INVALID_ARGUMENT, "T-4", "timeframe", message, value=timeframe)
    check_shape(table, [*BARS, _SYMBOL], BARS.names, "T-2")
    if table.num_rows == 0:
        raise breach(ErrorCode.EMPTY_INPUT, "T-2", "timestamp", "there is no bar")
    if any(table.column(name).null_count for name in BARS.names):
        raise _first_breach(table, timeframe)
    bars = read_bars(table)
    if not is_valid(bars, timeframe):
        raise _first_breach(table, timeframe)
    if "symbol" in table.column_names:
        _check_symbol(table.column("symbol"), symbol)
    return bars


def is_valid(bars: BarColumns, timeframe: int) -> bool:
    """Whether every row keeps T-2 and T-4; one pass, so that :func:`bars_from_table` explains only what is broken."""
    # Times increase, so the first and the last speak for all.
    if _is_beyond_calendar(bars.timestamp[0]) or _is_beyond_calendar(bars.timestamp[-1]):
        return False
    before = bars.timestamp[0] - timeframe
    for time, b_open, b_high, b_low, b_close, a_open, a_high, a_low, a_close, volume in zip(
        bars.timestamp,
        *(bars.bid_open, bars.bid_high, bars.bid_low, bars.bid_close),
        *(bars.ask_open, bars.ask_high, bars.ask_low, bars.ask_close),
        bars.volume,
        strict=True,
    ):
        if not (
            before < time
            and (time - before) % timeframe == 0  # N-1: integers
            and 0.0 < b_low <= b_open <= b_high < _INFINITY
            and b_low <= b_close <= b_high
            and 0.0 < a_low <= a_open <= a_high < _INFINITY
            and a_low <= a_close <= a_high
            and 0.0 <= volume < _INFINITY
        ):
            return False
        before = time
    return True


def _first_breach(table: pa.Table, timeframe: int) -> OmegaError:
    """Find the first breach in (column, row) order (Q-T2)."""
    values = {name: _optional(table.column(name)) for name in BARS.names}
    for name in BARS.names:
        explain = _explain_time if name == "timestamp" else _explain_number
        for row in range(table.num_rows):
            found = explain(values, name, row, timeframe)
            if found is not None:
                return found
    raise AssertionError("T-2: is_valid and the explanation of its breaches disagree")


def _optional(column: pa.ChunkedArray[Any]) -> list[Any]:
    if column.type == TIMESTAMP:
        return optional_integers_of(column)
    return cast(list[Any], column.to_pylist())


def _explain_time(values: dict[str, list[Any]], name: str, row: int, timeframe: int) -> OmegaError | None:
    time = values[name][row]
    if time is None:
        return breach(ErrorCode.NULL_VALUE, "T-2", name, "a null is not a time", row)
    if _is_beyond_calendar(time):
        return _beyond_calendar("T-2", name, row, time)
    if row == 0:
        return None
    before = values[name][row - 1]
    if time == before:
        return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-2", name, "a duplicate of the time before", row, time)
    if time < before:
        return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-2", name, "times must increase strictly", row, time)
    if remainder(time - before, timeframe) != 0:
        message = f"the step of {time - before} µs is no multiple of the timeframe ({timeframe} µs)"
        return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-4", name, message, row, time)
    return None


def _is_beyond_calendar(time: int) -> bool:
    return not TIME_MIN_US <= time <= TIME_MAX_US


def _beyond_calendar(rule: str, name: str, row: int, time: int) -> OmegaError:
    message = "a time is in the years 1 … 9999, in µs since 1970 (are these nanoseconds?)"
    return breach(ErrorCode.OUT_OF_BOUNDS, rule, name, message, row, time)


def _explain_number(values: dict[str, list[Any]], name: str, row: int, _timeframe: int) -> OmegaError | None:
    x = values[name][row]
    found = _explain_float(x, name, row, "T-2")
    if found is not None:
        return found
    side, _, part = name.partition("_")
    if name == "volume":
        message = "a volume must not be negative" if x < 0.0 else ""
    elif x <= 0.0:
        message = "a price must be greater than 0"
    elif part in ("open", "close") and _is_outside(x, values[f"{side}_low"][row], values[f"{side}_high"][row]):
        message = f"{part} must lie within low … high"
    else:
        message = ""
    return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-2", name, message, row, x) if message else None


def _is_outside(x: float, low: float | None, high: float | None) -> bool:
    # A null or NaN bound is a breach of its own column, reported in that column's turn.
    return (low is not None and x < low) or (high is not None and x > high)


def _explain_float(x: float | None, name: str, row: int, rule: str) -> OmegaError | None:
    """Null, NaN and infinity, in this order."""
    if x is None:
        return breach(ErrorCode.NULL_VALUE, rule, name, "a null is not a number", row)
    if x != x:
        return breach(ErrorCode.NAN_VALUE, rule, name, "must be a number", row, x)
    if x - x != 0.0:
        return breach(ErrorCode.INFINITE_VALUE, rule, name, "must be finite", row, x)
    return None


def _check_symbol(column: pa.ChunkedArray[Any], expected: str | None) -> None:
    _refuse_null(column, "symbol", "T-2")
    symbols = column.to_pylist()
    wanted = symbols[0] if expected is None else expected
    for row, symbol in enumerate(symbols):
        if symbol != wanted:
            message = f"one set of bars has one symbol, here {wanted!r}"
            raise breach(ErrorCode.CONSTRAINT_VIOLATION, "T-2", "symbol", message, row, str(symbol))


def _refuse_null(column: pa.ChunkedArray[Any], name: str, rule: str) -> None:
    row = first_null(column)
    if row is not None:
        raise breach(ErrorCode.NULL_VALUE, rule, name, "must not be null", row)


def quality_findings(bars: BarColumns, timeframe: int) -> QualityFindings:
    """Count what is legal but doubtful (Q-T2b)."""
    ranges = [(high - low) for high, low in zip(bars.bid_high, bars.bid_low, strict=True)]
    total = 0.0
    for size in ranges:
        total = total + size
    spike = _SPIKE_FACTOR * (total / len(ranges))
    return QualityFindings(
        crossed_quotes=_count_crossed(bars),
        zero_spread=_count(a == b for a, b in zip(bars.ask_close, bars.bid_close, strict=True)),
        gaps=_count(b - a > timeframe for a, b in zip(bars.timestamp, bars.timestamp[1:], strict=False)),
        spikes=_count(size > spike for size in ranges),
        weekend_bars=_count(remainder(time // _DAY_US, 7) == _SATURDAY for time in bars.timestamp),
    )


def _count_crossed(bars: BarColumns) -> int:
    sides = zip(
        *(bars.bid_open, bars.bid_high, bars.bid_low, bars.bid_close),
        *(bars.ask_open, bars.ask_high, bars.ask_low, bars.ask_close),
        strict=True,
    )
    return _count(ao < bo or ah < bh or al < bl or ac < bc for bo, bh, bl, bc, ao, ah, al, ac in sides)


def _count(flags: Any) -> int:
    count = 0
    for flag in flags:
        count += flag
    return count


_SIDE_SCHEMA: Final = pa.schema(
    [pa.field("timestamp", TIMESTAMP)]
    + [pa.field(name, pa.float64()) for name in ("open", "high", "low", "close", "volume")]
)


def join_sides(bid: pa.Table, ask: pa.Table, max_missing_ratio: float) -> pa.Table:
    """Join bid and ask bars on equal timestamps (G-1, Q-G1).

    Parameters
    ----------
    bid, ask : pyarrow.Table
        timestamp, open, high, low, close, volume; the volume kept is the bid's.
    max_missing_ratio : float
        0 … 1, the largest share of unmatched rows in the union.

    Raises
    ------
    OmegaError
        1003 ratio; 1002, 1004, 1006, 1008 on a column named with its side; CONSTRAINT_VIOLATION with both counts
        when too many rows are unmatched; 1010 when nothing is left.
    """
    if not 0.0 <= max_missing_ratio <= 1.0:
        message = "must be in 0 … 1"
        raise breach(ErrorCode.OUT_OF_BOUNDS, "G-1", "max_missing_ratio", message, value=max_missing_ratio)
    bid_times = _side_times(bid, "bid_")
    ask_times = _side_times(ask, "ask_")
    bid_rows, ask_rows = _matching_rows(bid_times, ask_times)
    matched = len(bid_rows)
    union = len(bid_times) + len(ask_times) - matched
    _check_ratio(len(bid_times) - matched, len(ask_times) - matched, union, max_missing_ratio)
    if matched == 0:
        raise breach(ErrorCode.EMPTY_INPUT, "G-1", "timestamp", "bid and ask have no time in common")
    columns = [bid.column("timestamp").take(pa.array(bid_rows))]
    columns += [bid.column(name).take(pa.array(bid_rows)) for name in ("open", "high", "low", "close")]
    columns += [ask.column(name).take(pa.array(ask_rows)) for name in ("open", "high", "low", "close")]
    columns.append(bid.column("volume").take(pa.array(bid_rows)))
    return pa.table(columns, schema=BARS)


def _side_times(table: pa.Table, prefix: str) -> list[int]:
    check_shape(table, _SIDE_SCHEMA, _SIDE_SCHEMA.names, "G-1", prefix)
    for name in _SIDE_SCHEMA.names:
        _refuse_null(table.column(name), prefix + name, "G-1")
    times = integers_of(table.column("timestamp"))
    for row in range(1, len(times)):
        if times[row] <= times[row - 1]:
            message = "times must increase strictly"
            raise breach(ErrorCode.CONSTRAINT_VIOLATION, "G-1", f"{prefix}timestamp", message, row, times[row])
    return times


def _matching_rows(bid_times: list[int], ask_times: list[int]) -> tuple[list[int], list[int]]:
    bid_rows: list[int] = []
    ask_rows: list[int] = []
    ask_row = 0
    for bid_row, time in enumerate(bid_times):
        while ask_row < len(ask_times) and ask_times[ask_row] < time:
            ask_row += 1
        if ask_row < len(ask_times) and ask_times[ask_row] == time:
            bid_rows.append(bid_row)
            ask_rows.append(ask_row)
    return bid_rows, ask_rows


def _check_ratio(bid_only: int, ask_only: int, union: int, max_missing_ratio: float) -> None:
    if union == 0:
        raise breach(ErrorCode.EMPTY_INPUT, "G-1", "timestamp", "neither bid nor ask has a bar")
    ratio = (bid_only + ask_only) / union
    if ratio > max_missing_ratio:
        message = (
            f"{bid_only} bid and {ask_only} ask bars of {union} have no partner,"
            f" more than max_missing_ratio {max_missing_ratio} allows; the ratio must not exceed it"
        )
        raise breach(ErrorCode.CONSTRAINT_VIOLATION, "G-1", "timestamp", message, value=ratio)


_CLOSED_SETS: Final = {"signal_type": SignalType, "direction": Direction, "order_type": OrderType}
_NOT_NEGATIVE: Final = (
    *("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset"),
    "max_holding",
)
_SIGNAL_REQUIRED: Final = ("timestamp", "symbol", "signal_type")
_TEXT_ONLY: Final = ("scenario", "reason", "tags", "metadata")


def signals_from_table(table: pa.Table) -> list[Signal]:
    """Read a signal table; any breach of T-6 refuses the whole table (Q-T6, Q-T6b).

    Texts stay in the table and are found again by ``Signal.row``.

    Raises
    ------
    OmegaError
        1001, 1002, 1003, 1004, 1006, 1008, 2004 or 2005, naming column, row and value.
    """
    check_shape(table, SIGNALS, _SIGNAL_REQUIRED, "T-6")
    names = [name for name in SIGNALS.names if name not in _TEXT_ONLY]
    columns = {name: _signal_column(table, name) for name in names}
    members = {
        name: [None if text is None else kinds[text.upper()] for text in columns[name]]
        for name, kinds in _CLOSED_SETS.items()
    }
    columns.update(members)
    return [
        Signal(row=row, **dict(zip(names, fields, strict=True)))
        for row, fields in enumerate(zip(*columns.values(), strict=True))
    ]


def _signal_column(table: pa.Table, name: str) -> list[Any]:
    if name not in table.column_names:
        return [0 if name == "magic_number" else None] * table.num_rows
    column = table.column(name)
    is_integer = column.type == TIMESTAMP or name in ("magic_number", "max_holding")
    values = optional_integers_of(column) if is_integer else column.to_pylist()
    explain = _explanation(name)
    for row, value in enumerate(values):
        if value is None:
            if not SIGNALS.field(name).nullable:
                raise breach(ErrorCode.NULL_VALUE, "T-6", name, "must not be null", row)
        else:
            found = explain(values, name, row)
            if found is not None:
                raise found
    return values


Explanation = Callable[[list[Any], str, int], OmegaError | None]


def _explanation(name: str) -> Explanation:
    """Return the check of one value that is not null."""
    if name == "timestamp":
        return _explain_order
    if name == "expires_at":
        return _explain_calendar
    if name in _CLOSED_SETS:
        return _explain_member
    if name == "max_holding" or SIGNALS.field(name).type == pa.float64():
        return _explain_amount
    return lambda _values, _name, _row: None


def _explain_calendar(values: list[Any], name: str, row: int) -> OmegaError | None:
    return _beyond_calendar("T-6", name, row, values[row]) if _is_beyond_calendar(values[row]) else None


def _explain_order(values: list[Any], name: str, row: int) -> OmegaError | None:
    found = _explain_calendar(values, name, row)
    if found is not None:
        return found
    if row == 0 or values[row] >= values[row - 1]:
        return None
    message = "signals must be sorted by time"
    return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-6", name, message, row, values[row])


def _explain_member(values: list[Any], name: str, row: int) -> OmegaError | None:
    texts = [member.text for member in _CLOSED_SETS[name]]
    if values[row] in texts:
        return None
    return breach(ErrorCode.INVALID_ARGUMENT, "T-6", name, f"one of {', '.join(texts)}", row, values[row])


def _explain_amount(values: list[Any], name: str, row: int) -> OmegaError | None:
    found = _explain_float(values[row], name, row, "T-6")
    if found is None and name in _NOT_NEGATIVE and values[row] < 0:
        found = breach(ErrorCode.CONSTRAINT_VIOLATION, "T-6", name, "must not be negative", row, values[row])
    return found
