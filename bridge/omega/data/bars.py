"""Bars of one symbol: reading, checking, describing."""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, NoReturn, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from omega.backends import create_data_handler, plan_run
from omega.contract.config import Timeframe
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import CheckedBars, DataHandler, QualityFindings
from omega.contract.schemas import BARS, TIMESTAMP
from omega.data.memory import sealed
from omega.data.sides import Sides, read_columns, read_side, with_other_side

Quality = Literal["report", "refuse"]
_TYPES: Final = {**{name: BARS.field(name).type for name in BARS.names}, "symbol": pa.string()}
_TIMEFRAMES: Final = frozenset(Timeframe)


@dataclass(frozen=True)
class Bars:
    """Checked bars of one symbol (T-2).

    Attributes
    ----------
    table : pyarrow.Table
        Columns and types of :data:`omega.contract.schemas.BARS`, in one chunk; its memory cannot be written.
    symbol : str or None
        None when the data do not say.
    timeframe : int
        Length of a bar in µs (T-4).
    quality : QualityFindings
        Counts of what is odd and allowed (Q-T2b).
    """

    table: pa.Table
    symbol: str | None
    timeframe: int
    quality: QualityFindings
    _kept: _Kept = field(default_factory=lambda: _Kept(), init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return self.table.num_rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:  # a capsule; Arrow's own protocol
        return self.table.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        first, last = self.span
        return f"Bars({self.symbol or 'no symbol'} {self.timeframe_name}, {len(self):,} bars, {first} to {last})"

    @property
    def timeframe_name(self) -> str:
        """For example ``"M5"``."""
        return Timeframe(self.timeframe).name

    @cached_property
    def times(self) -> npt.NDArray[np.int64]:
        """Open times in µs since the epoch, UTC; a view."""
        return column_values(self.table, "timestamp")

    @property
    def span(self) -> tuple[str, str]:
        """First and last open time, as ISO text in UTC."""
        first, last = (
            np.datetime_as_string(self.times[row : row + 1].view("M8[us]"), "s")[0] for row in (0, -1 % len(self))
        )
        return f"{first}Z", f"{last}Z"

    @cached_property
    def content_hash(self) -> str:
        """XXH3-128 (hex) over the row count and the columns in T-2 order, as little-endian 64-bit values (Q-D2)."""
        digest = xxhash.xxh3_128(struct.pack("<Q", len(self)))
        for name in BARS.names:
            values = column_values(self.table, name)
            digest.update(values.astype(values.dtype.newbyteorder("<"), copy=False).data)
        return digest.hexdigest()

    def window(self, *, start: int | None, end: int | None, warmup_bars: int | None) -> Bars:
        """Take the bars with time < ``end`` (µs), and at most ``warmup_bars`` of those before ``start`` (G-4)."""
        stop = len(self) if end is None else int(np.searchsorted(self.times, end, side="left"))
        first = 0
        if start is not None and warmup_bars is not None:
            first = max(0, int(np.searchsorted(self.times, start, side="left")) - warmup_bars)
        if first == 0 and stop == len(self):
            return self
        rows = max(0, stop - first)
        part = Bars(self.table.slice(first, rows), self.symbol, self.timeframe, self.quality)
        part._kept.whole = (self, first)
        return part

    def checked_by(self, handler: DataHandler) -> CheckedBars | pa.Table:
        """Return the bars as the side of ``handler`` keeps them, checked by it once and for all runs over them.

        A window is taken from the whole. Bars that the side refuses, which only a hand-made ``Bars`` can hold, come
        back as their table: the run refuses them in its order of checks (Q-L1c).
        """
        with self._kept.lock:
            kept = self._kept.by_side.get(type(handler))
            if kept is None:
                kept = self._kept.by_side[type(handler)] = self._checked(handler)
        return kept

    def _checked(self, handler: DataHandler) -> CheckedBars | pa.Table:
        if self._kept.whole is not None:
            whole, first = self._kept.whole
            kept = whole.checked_by(handler)
            return self.table if isinstance(kept, pa.Table) else kept.window(first, len(self))
        try:
            return handler.keep_bars(self.table, self.timeframe)
        except OmegaError:
            return self.table


class _Kept:
    """The same bars as each side keeps them, made when a side first needs them."""

    def __init__(self) -> None:
        self.by_side: dict[type, CheckedBars | pa.Table] = {}
        self.whole: tuple[Bars, int] | None = None
        self.lock = Lock()

    def __reduce__(self) -> tuple[type[_Kept], tuple[()]]:
        # Bars that travel to another process are checked there.
        return _Kept, ()


def column_values(table: pa.Table, name: str) -> npt.NDArray[Any]:
    """View a column without nulls as a NumPy array; times are µs as int64."""
    column = table.column(name)
    chunk: Any = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if pa.types.is_timestamp(chunk.type):
        chunk = chunk.view(pa.int64())
    return cast("npt.NDArray[Any]", chunk.to_numpy(zero_copy_only=True))


def read_bars(
    source: object | None = None,
    *,
    bid: object | None = None,
    ask: object | None = None,
    symbol: str | None = None,
    timeframe: str | None = None,
    spread_pips: float | str | None = None,
    pip_size: float | None = None,
    max_missing_ratio: float = 0.0,
    quality: Quality = "report",
    backend: str | None = None,
) -> Bars:
    """Read and check bars of one symbol.

    Parameters
    ----------
    source : path or table
        Parquet, CSV, Arrow IPC (Feather), or a pyarrow, pandas or polars object, with the columns ``timestamp``
        (open time, UTC or with an offset), ``bid_open`` … ``ask_close``, ``volume``. Other columns are ignored but
        ``symbol``, which must hold one value. What is in memory is copied, so that writing to it later changes nothing.
    bid, ask : path or table
        Instead of ``source``: one side each, with the columns ``timestamp, open, high, low, close, volume``. They are
        joined on equal times (G-1); one side alone needs ``spread_pips``.
    symbol : str, optional
        Checked against the data where these have one.
    timeframe : str, optional
        ``"M1"`` … ``"D1"``; otherwise the smallest step of the data (T-4).
    spread_pips : float or str, optional
        Makes the missing side: a number of pips ≥ 0, or the name of a column that holds them (Q-G1c).
    pip_size : float, optional
        Price of a pip for ``spread_pips``; otherwise that of the built-in specification of ``symbol``.
    max_missing_ratio : float, default 0
        Share of times that may lack the other side when two are joined.
    quality : {"report", "refuse"}
        Whether crossed quotes, zero spreads, gaps, spikes and weekend bars are counted or refused (T-2).
    backend : {"python", "rust"}, optional
        Side that checks and joins; otherwise the flag DATA_HANDLER decides.

    Returns
    -------
    Bars

    Raises
    ------
    OmegaError
        For the first breach of T-2: 1008 a missing column, 1004 a wrong type (naive times included), 1002, 2004, 2005
        and 1006 a cell, 1010 no rows; for files as :func:`omega.data.files.read_table`.
    """
    _check_choice("quality", quality, ("report", "refuse"))
    given_timeframe = None if timeframe is None else parse_timeframe(timeframe)
    handler = create_data_handler(plan_run(("data_handler",), backend=backend).backend("data_handler"))
    sides = Sides(source=source, bid=bid, ask=ask)
    is_ours = sides.is_pair or all(isinstance(one, str | Path | None) for one in (source, bid, ask))
    if sides.is_pair:
        table = handler.join_sides(read_side(bid), read_side(ask), max_missing_ratio)
    elif sides.one_side is not None:
        table = with_other_side(*sides.one_side, spread_pips, symbol, pip_size)
    else:
        table = read_columns(source, _TYPES)
        if spread_pips is not None and "bid_open" not in table.column_names:
            table = with_other_side("bid", source, spread_pips, symbol, pip_size)
    return checked_bars(handler, sealed(table, is_ours=is_ours), symbol, given_timeframe, quality)


def checked_bars(
    handler: DataHandler, table: pa.Table, symbol: str | None, timeframe: int | None, quality: Quality
) -> Bars:
    """Check ``table``, which :func:`sealed` made, with ``handler`` and wrap it."""
    step = _smallest_step(table) if timeframe is None else timeframe
    if step is None or step not in _TIMEFRAMES:
        _refuse_step(handler, table, step)
    kept = handler.keep_bars(table, step)
    findings = kept.quality()
    if quality == "refuse":
        _refuse_findings(findings)
    found = table.column("symbol")[0].as_py() if "symbol" in table.column_names else None
    if symbol is not None and found is not None and symbol != found:
        raise omega_error(
            ErrorCode.CONSTRAINT_VIOLATION,
            f"the data are of {found!r}, not {symbol!r}",
            rule="T-2",
            column="symbol",
            row=0,
            value=found,
        )
    bars = Bars(table.select(BARS.names).cast(BARS), symbol or found, step, findings)
    bars._kept.by_side[type(handler)] = kept
    return bars


def _smallest_step(table: pa.Table) -> int | None:
    """Smallest step forward in time, µs; None where the times cannot tell."""
    if "timestamp" not in table.column_names or table.schema.field("timestamp").type != TIMESTAMP:
        return None
    times = table.column("timestamp").drop_null().cast(pa.int64()).to_numpy()
    steps = np.diff(times)
    forward = steps[steps > 0]
    return int(forward.min()) if len(forward) else None


def _refuse_step(handler: DataHandler, table: pa.Table, step: int | None) -> NoReturn:
    """Raise for data whose step is no timeframe, after what is worse in them (Q-T4, Q-T4b)."""
    try:
        handler.check_bars(table, Timeframe.M1)
    except OmegaError as error:
        if error.rule != "T-4":
            raise
    if step is None:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT, "fewer than two bars need a timeframe=", rule="T-4", column="timeframe"
        )
    raise omega_error(
        ErrorCode.CONSTRAINT_VIOLATION,
        f"the smallest step of the data, {step / 1e6:g} s, is no timeframe ({', '.join(Timeframe.__members__)})",
        rule="T-4",
        column="timestamp",
        value=step,
    )


def _refuse_findings(findings: QualityFindings) -> None:
    counts = {name: count for name, count in asdict(findings).items() if count}
    if counts:
        first = next(iter(counts))
        named = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        raise omega_error(
            ErrorCode.CONSTRAINT_VIOLATION,
            f"quality findings refused: {named}",
            rule="T-2",
            column=first,
            value=counts[first],
        )


def parse_timeframe(name: str) -> int:
    """Length of a timeframe in µs."""
    _check_choice("timeframe", name, tuple(Timeframe.__members__))
    return Timeframe[name].value


def _check_choice(argument: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"{argument} must be one of {', '.join(choices)}, not {value!r}",
            rule="T-4" if argument == "timeframe" else "T-2",
            column=argument,
            value=value if isinstance(value, str | int | float) else str(value),
        )


def sample_bars(n: int = 30_000, seed: int = 7, backend: str | None = None) -> Bars:
    """Make the built-in sample: a five-minute EURUSD, the same to the bit on every machine (Q-D1).

    Parameters
    ----------
    n : int
        Number of bars, 1 … 10,000,000.
    seed : int
        0 … 2⁶⁴ − 1.
    backend : {"python", "rust"}, optional
        Side that makes it; otherwise the flag DATA_HANDLER decides.

    Returns
    -------
    Bars
        Symbol EURUSD, timeframe M5.
    """
    handler = create_data_handler(plan_run(("data_handler",), backend=backend).backend("data_handler"))
    table = sealed(handler.sample_bars(n, seed), is_ours=True)
    return checked_bars(handler, table, "EURUSD", Timeframe.M5, "report")
