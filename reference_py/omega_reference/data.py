"""No twin: bars and signals from Arrow tables, as the binding's ``bars.rs`` and ``signals.rs`` read them.

What only the table can show (a null, a text that is no member, a NaN where null means "not set") is noted here and
reported by the checks in its turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import pyarrow as pa

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import BarFinding, DetailBars, QualityFindings
from omega.contract.protocols import CheckedBars as CheckedBarsProtocol
from omega.contract.schemas import BARS, PRICE_COLUMNS, SIGNALS, TICKS, TIMESTAMP
from omega.contract.types import Direction, OrderType, Signal, SignalType
from omega_reference.bars import columns as bar_columns
from omega_reference.bars.checks import check_bars, check_timeframe
from omega_reference.bars.columns import BarColumns, SideColumns
from omega_reference.bars.detail import of_detail
from omega_reference.bars.examine import count_faults, examine_bars
from omega_reference.bars.grid import count_off_grid
from omega_reference.bars.join import check_missing_ratio, check_side, join_sides
from omega_reference.bars.quality import quality_findings
from omega_reference.bars.steps import TIMEFRAMES_US, find_timeframe
from omega_reference.breaches import Fault, breach
from omega_reference.columns import (
    as_table,
    check_shape,
    filled,
    integers_of,
    listed,
    null_breach,
    numbers_of,
    optional_integers_of,
)
from omega_reference.numbers import NAN
from omega_reference.sample import sample_bars
from omega_reference.signals.checks import check_signals
from omega_reference.signals.columns import Signals
from omega_reference.tables import bars_table
from omega_reference.ticks.checks import check_ticks
from omega_reference.ticks.columns import Ticks

_SYMBOL: Final = pa.field("symbol", pa.string())
_SIDE_SCHEMA: Final = pa.schema(
    [pa.field("timestamp", TIMESTAMP)]
    + [pa.field(name, pa.float64()) for name in ("open", "high", "low", "close", "volume")]
)
_CLOSED_SETS: Final = {"signal_type": SignalType, "direction": Direction, "order_type": OrderType}
_SIGNAL_REQUIRED: Final = ("timestamp", "symbol", "signal_type")
_MAX_DIGITS: Final = 15
_TEXT_ONLY: Final = ("scenario", "reason", "tags", "metadata")


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
        return self.keep_bars(table, timeframe).quality()

    def check_ticks(self, table: pa.Table) -> int:
        """Refuse what breaks T-3 or T-8a (order: Q-T3); count the ticks whose ask is below their bid."""
        ticks = ticks_from_table(table)
        return len([row for row in range(len(ticks)) if ticks.ask[row] < ticks.bid[row]])

    def keep_bars(self, table: pa.Table, timeframe: int) -> CheckedBars:
        """Check as :meth:`check_bars`, and keep the columns for every run over them."""
        return CheckedBars(bars_from_table(table, timeframe), timeframe, _symbol_of(table))

    def find_timeframe(self, table: pa.Table) -> int:
        """Return the timeframe that most steps of the bars are equal to (Q-T4).

        Raises
        ------
        OmegaError
            1006 on ``timestamp`` without one, 1001 without a step; before that what refuses the bars as M1.
        """
        check_shape(table, [*BARS, _SYMBOL], BARS.names, "T-2")
        try:
            return find_timeframe(integers_of(table.column("timestamp").drop_null().cast(pa.int64())))
        except OmegaError:
            _refuse_but_steps(table)
            raise

    def examine(self, table: pa.Table, timeframe: int | None, digits: int | None = None) -> tuple[BarFinding, ...]:
        """Return every breach of T-2 and T-4, or the findings of a table that has none (Q-T2e)."""
        if timeframe is not None:
            check_timeframe(timeframe)
        if digits is not None:
            _check_digits(digits)
        found, absent = _shape_findings(table)
        known = [name for name in BARS.names if name not in absent]
        nulls = [(name, _null_rows(table.column(name))) for name in known if table.column(name).null_count]
        found += examine_bars(_known_columns(table, known), timeframe, digits, nulls, absent)
        if "symbol" in table.column_names and "symbol" not in absent:
            found = _with_symbol_breaches(found, table.column("symbol"))
        return tuple(found)

    def join_sides(self, bid: pa.Table, ask: pa.Table, max_missing_ratio: float) -> pa.Table:
        """Join two sides on equal timestamps (G-1); see :func:`omega_reference.bars.join.join_sides`."""
        check_missing_ratio(max_missing_ratio)
        bid_side = _side_from_table(bid, "bid_")
        check_side(bid_side, "bid_")
        return bars_table(join_sides(bid_side, _side_from_table(ask, "ask_"), max_missing_ratio))

    def sample_bars(self, n: int, seed: int) -> pa.Table:
        """Return the built-in sample (Q-D1); see :func:`omega_reference.sample.sample_bars`."""
        return bars_table(sample_bars(n, seed))


class CheckedBars:
    """Columns that passed T-2 for one timeframe; see :class:`omega.contract.protocols.CheckedBars`.

    Parameters
    ----------
    columns : BarColumns
    timeframe : int
        Length of a bar, µs.
    symbol : str or None
        None when the table did not say.
    """

    def __init__(self, columns: BarColumns, timeframe: int, symbol: str | None) -> None:
        self.columns = columns
        self._timeframe = timeframe
        self._symbol = symbol

    def __len__(self) -> int:
        return len(self.columns)

    def quality(self) -> QualityFindings:
        """Count quality findings (Q-T2b)."""
        return quality_findings(self.columns, self._timeframe)

    def off_grid(self, digits: int) -> int:
        """Count bars with a price of more than ``digits`` decimals (Q-T2b)."""
        return count_off_grid(self.columns, digits)

    def window(self, first: int, rows: int) -> CheckedBars:
        """Return ``rows`` bars from ``first`` on: a part of checked bars is checked."""
        if not 0 <= first <= first + rows <= len(self):
            message = f"{rows} bars from {first} on, of {len(self)}"
            raise breach(ErrorCode.OUT_OF_BOUNDS, "T-2", "window", message)
        return CheckedBars(bar_columns.window(self.columns, first, rows), self._timeframe, self._symbol)

    def checked_for(self, timeframe: int, symbol: str | None) -> BarColumns:
        """Return the columns for a run; only what they were not checked for before is checked."""
        if timeframe != self._timeframe or len(self) == 0:
            check_bars(self.columns, timeframe, [])
        if symbol is not None and self._symbol is not None and symbol != self._symbol:
            raise _other_symbol(symbol, 0, self._symbol, "T-2", "bars")
        return self.columns


def bars_from_table(bars: pa.Table | CheckedBarsProtocol, timeframe: int, symbol: str | None = None) -> BarColumns:
    """Read bars and refuse the first breach of T-2, T-4 and T-8a in the order of Q-T2; ``symbol`` is that of a run."""
    if isinstance(bars, CheckedBars):
        return bars.checked_for(timeframe, symbol)
    check_timeframe(timeframe)
    table = as_table(bars)
    check_shape(table, [*BARS, _SYMBOL], BARS.names, "T-2")
    faults = _null_breaches(table, BARS.names, "T-2")
    columns = _bar_columns(table)
    check_bars(columns, timeframe, faults)
    if "symbol" in table.column_names:
        _check_one_symbol(table.column("symbol"), symbol, "T-2", "bars")
    return columns


def detail_from_table(detail: DetailBars, symbol: str) -> BarColumns:
    """Read the detail bars of a run of ``symbol`` as its bars are read; a refusal says which are meant (Q-E22c)."""
    try:
        return bars_from_table(detail.bars, detail.timeframe, symbol)
    except OmegaError as error:
        raise of_detail(error) from None


def ticks_from_table(ticks: pa.Table, symbol: str | None = None) -> Ticks:
    """Read the ticks of a run of ``symbol``, or of any one, and refuse the first breach of T-3 in the order of Q-T3."""
    table = as_table(ticks)
    check_shape(table, [*TICKS, _SYMBOL], TICKS.names, "T-3")
    faults = _null_breaches(table, TICKS.names, "T-3")
    columns = Ticks(timestamp=_times(table), bid=_numbers(table, "bid"), ask=_numbers(table, "ask"))
    check_ticks(columns, faults)
    if "symbol" in table.column_names:
        _check_one_symbol(table.column("symbol"), symbol, "T-3", "ticks")
    return columns


def read_bars(bars: pa.Table | CheckedBarsProtocol) -> BarColumns:
    """Read the columns of T-2, checking presence, types and nulls but no values."""
    if isinstance(bars, CheckedBars):
        return bars.columns
    table = as_table(bars)
    check_shape(table, BARS, BARS.names, "T-2")
    for fault in _null_breaches(table, BARS.names, "T-2"):
        raise fault
    return _bar_columns(table)


def _check_digits(digits: int) -> None:
    """Refuse decimals of prices that no number has (N-5)."""
    if not 0 <= digits <= _MAX_DIGITS:
        message = f"digits must be 0 to {_MAX_DIGITS}, found {digits}"
        raise breach(ErrorCode.OUT_OF_BOUNDS, "N-5", "digits", message, value=digits)


def _refuse_but_steps(table: pa.Table) -> None:
    """Refuse what is worse in bars than that they have no timeframe."""
    try:
        bars_from_table(table, TIMEFRAMES_US[0])
    except OmegaError as error:
        if error.rule != "T-4":
            raise


def _shape_findings(table: pa.Table) -> tuple[list[BarFinding], list[str]]:
    """Return the columns that are missing, doubled or of another type, as findings and by name (Q-T2e)."""
    found: list[BarFinding] = []
    absent: list[str] = []
    for field in (*BARS, _SYMBOL):
        count = table.column_names.count(field.name)
        if count == 1 and table.schema.field(field.name).type != field.type:
            message = "must have the type of T-8a"
            found.append(BarFinding("T-2", int(ErrorCode.TYPE_MISMATCH), field.name, message, 1, ()))
            absent.append(field.name)
        elif count > 1 or (count == 0 and field.name != _SYMBOL.name):
            message = "this column must be there exactly once"
            found.append(BarFinding("T-2", int(ErrorCode.MISSING_REQUIRED_FIELD), field.name, message, 1, ()))
            absent.append(field.name)
    return found, absent


def _known_columns(table: pa.Table, known: Sequence[str]) -> BarColumns:
    """Return the ``known`` columns; the others are 0 (times) and NaN."""
    rows = table.num_rows
    columns: dict[str, list[Any]] = {}
    columns["timestamp"] = _times(table) if "timestamp" in known else [0] * rows
    for name in (*PRICE_COLUMNS, "volume"):
        columns[name] = _numbers(table, name) if name in known else [NAN] * rows
    return BarColumns(**columns)


def _null_rows(column: pa.ChunkedArray[Any]) -> list[int]:
    return [row for row, is_null in enumerate(listed(column.is_null())) if is_null]


def _with_symbol_breaches(found: list[BarFinding], column: pa.ChunkedArray[Any]) -> list[BarFinding]:
    """Add the symbols that are null or not the first one; findings of Q-T2b are for a table without a breach."""
    symbols = listed(column)
    first = next((symbol for symbol in symbols if symbol is not None), None)
    faults = [Fault(row, ErrorCode.NULL_VALUE, "must not be null") for row in _null_rows(column)]
    other = "one set of bars has one symbol"
    for row, symbol in enumerate(symbols):
        if symbol is not None and symbol != first:
            faults.append(Fault(row, ErrorCode.CONSTRAINT_VIOLATION, other))
    breaches = count_faults("T-2", "symbol", faults)
    return [*(one for one in found if one.code != ErrorCode.OK or not breaches), *breaches]


def _null_breaches(table: pa.Table, names: Sequence[str], rule: str, prefix: str = "") -> list[OmegaError]:
    found = (null_breach(table.column(name), prefix + name, rule) for name in names)
    return [fault for fault in found if fault is not None]


def _bar_columns(table: pa.Table) -> BarColumns:
    # By a name of its own: what a comprehension holds is freed before Ctrl-C is heard, a second for ten million bars.
    columns: dict[str, list[Any]] = {}
    columns["timestamp"] = _times(table)
    for name in (*PRICE_COLUMNS, "volume"):
        columns[name] = _numbers(table, name)
    return BarColumns(**columns)


def _side_from_table(table: pa.Table, prefix: str) -> SideColumns:
    check_shape(table, _SIDE_SCHEMA, _SIDE_SCHEMA.names, "G-1", prefix)
    for fault in _null_breaches(table, _SIDE_SCHEMA.names, "G-1", prefix):
        raise fault
    columns: dict[str, list[Any]] = {}
    columns["timestamp"] = _times(table)
    for name in _SIDE_SCHEMA.names[1:]:
        columns[name] = _numbers(table, name)
    return SideColumns(**columns)


def _times(table: pa.Table) -> list[int]:
    return integers_of(filled(table.column("timestamp").cast(pa.int64()), 0))


def _numbers(table: pa.Table, name: str) -> list[float]:
    return numbers_of(filled(table.column(name), NAN))


def _symbol_of(table: pa.Table) -> str | None:
    """Return the symbol that a checked table names."""
    symbol: str | None = table.column("symbol")[0].as_py() if "symbol" in table.column_names else None
    return symbol


def _check_one_symbol(column: pa.ChunkedArray[Any], expected: str | None, rule: str, what: str) -> None:
    null = null_breach(column, "symbol", rule)
    if null is not None:
        raise null
    symbols = cast("list[str]", listed(column))
    wanted = symbols[0] if expected is None else expected
    for row, symbol in enumerate(symbols):
        if symbol != wanted:
            raise _other_symbol(wanted, row, symbol, rule, what)


def _other_symbol(wanted: str, row: int, symbol: str, rule: str, what: str) -> OmegaError:
    """Return the refusal of a bar or tick that is not of the symbol ``wanted``."""
    message = f"one set of {what} has one symbol, here {wanted!r}"
    return breach(ErrorCode.CONSTRAINT_VIOLATION, rule, "symbol", message, row, symbol)


def signals_from_table(table: pa.Table) -> list[Signal]:
    """Read a signal table; any breach of T-6 refuses the whole table (Q-T6, Q-T6b).

    Texts stay in the table and are found again by ``Signal.row``.

    Raises
    ------
    OmegaError
        1001, 1002, 1003, 1004, 1006, 1008, 2004 or 2005, naming column, row and value.
    """
    check_shape(table, SIGNALS, _SIGNAL_REQUIRED, "T-6")
    columns: dict[str, list[Any]] = {}
    faults: list[OmegaError] = []
    for name in SIGNALS.names:
        if name not in _TEXT_ONLY:
            columns[name] = _signal_column(table, name, faults)
    signals = Signals(**columns)
    check_signals(signals, faults)
    return [signals.signal(row) for row in range(len(signals))]


def _signal_column(table: pa.Table, name: str, faults: list[OmegaError]) -> list[Any]:
    """Read one column as the core has it; None is "not set", and what the core cannot see is added to ``faults``."""
    if name not in table.column_names:
        return [0 if name == "magic_number" else None] * table.num_rows
    column = table.column(name)
    null = None if SIGNALS.field(name).nullable else null_breach(column, name, "T-6")
    if null is not None:
        faults.append(null)
    if name in _CLOSED_SETS:
        return _members(column, name, faults)
    if name == "timestamp":
        return _times(table)
    if name in ("magic_number", "max_holding", "expires_at"):
        return optional_integers_of(column)
    return listed(column)


def _members(column: pa.ChunkedArray[Any], name: str, faults: list[OmegaError]) -> list[Any]:
    members = {member.text: member for member in _CLOSED_SETS[name]}
    texts = cast("list[str | None]", listed(column))
    foreign = [row for row, text in enumerate(texts) if text is not None and text not in members]
    if foreign:
        row = foreign[0]
        message = f"one of {', '.join(members)}"
        faults.append(breach(ErrorCode.INVALID_ARGUMENT, "T-6", name, message, row, texts[row]))
    return [None if text is None else members.get(text) for text in texts]
