"""Bars of one symbol: checking, describing."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import CheckedBars, DataHandler, QualityFindings
from omega.contract.schemas import BARS
from omega.contract.types import Timeframe
from omega.flags.plan import Choice

if TYPE_CHECKING:
    from omega import IndicatorCache

Quality = Literal["report", "refuse"]
QUALITIES: Final[tuple[str, ...]] = get_args(Quality)


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
    reader : Choice or None
        Which side's data handler read, joined or made them, and why; None for bars put together by hand.
    """

    table: pa.Table
    symbol: str | None
    timeframe: int
    quality: QualityFindings
    reader: Choice | None = field(default=None, compare=False)
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
        return self._part(first, max(0, stop - first))

    def first(self, rows: int) -> Bars:
        """Take the first ``rows`` bars."""
        return self._part(0, rows)

    def _part(self, first: int, rows: int) -> Bars:
        if first == 0 and rows == len(self):
            return self
        part = replace(self, table=self.table.slice(first, rows))
        part._kept.whole = (self, first)
        return part

    def indicators(self, backend: str | None = None, **options: Any) -> IndicatorCache:
        """Return a cache of indicator series over these bars: ``bars.indicators()("ema", period=20)``.

        Parameters
        ----------
        backend, **options
            As of :class:`omega.IndicatorCache`; the flags are read now, once.
        """
        from omega import IndicatorCache  # by its public name: it stands above

        return IndicatorCache(self, backend, **options)

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


def checked_bars(
    handler: DataHandler,
    table: pa.Table,
    *,
    symbol: str | None,
    timeframe: int | None,
    quality: Quality,
    reader: Choice,
    digits_of: Callable[[str | None], int | None] = lambda _: None,
    lacks_volume: bool = False,
) -> Bars:
    """Check ``table``, which :func:`omega.data.memory.sealed` made, with ``handler``, and wrap it.

    ``digits_of`` finds the decimals of a symbol's prices, which they are judged by (Q-T2b); None if nobody knows them.
    ``lacks_volume`` says that the volume of the table was made (Q-T2f).
    """
    step = handler.find_timeframe(table) if timeframe is None else timeframe
    kept = handler.keep_bars(table, step)
    found = symbol_of(table)
    digits = digits_of(symbol or found)
    off_grid = None if digits is None else kept.off_grid(digits)
    findings = replace(kept.quality(), off_grid=off_grid, no_volume=int(lacks_volume))
    if quality == "refuse":
        _refuse_findings(findings)
    if symbol is not None and found is not None and symbol != found:
        raise omega_error(
            ErrorCode.CONSTRAINT_VIOLATION,
            f"the data are of {found!r}, not {symbol!r}",
            rule="T-2",
            column="symbol",
            row=0,
            value=found,
        )
    bars = Bars(table.select(BARS.names).cast(BARS), symbol or found, step, findings, reader)
    # Of a handler that watches over both sides, the one that kept them.
    bars._kept.by_side[getattr(handler, "kept_by", type(handler))] = kept
    return bars


def symbol_of(table: pa.Table) -> str | None:
    """Read the symbol that bars name; None where they name none, or something else than a text."""
    if "symbol" not in table.column_names or not table.num_rows:
        return None
    found = table.column("symbol")[0].as_py()
    return found if isinstance(found, str) else None


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
