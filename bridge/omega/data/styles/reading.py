"""The rows of a CSV of another program, chunk by chunk: bars of both sides or one, or ticks, in our columns (T-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from omega.contract.errors import ErrorCode
from omega.contract.schemas import BARS, PRICES, SIDE_BARS, TICKS, TIMESTAMP
from omega.data.digits import quantized
from omega.data.files import io_errors
from omega.data.styles.faults import Place
from omega.data.styles.form import Form
from omega.data.styles.kinds import POINTS
from omega.data.styles.stamps import read_stamps
from omega.data.styles.zones import Mask, Times, to_utc

ROW: Final = "source_row"
"""Column with the row of the file, from 0; it goes no further than the import."""

_BLOCK_BYTES: Final = 1 << 24

Floats = npt.NDArray[np.float64]
OnBytes = Callable[[int], None]


@dataclass(slots=True)
class Reading:
    """A file that is read once, from its first row to its last.

    Attributes
    ----------
    form : Form
    symbol : str or None
        What the rows name; known after the first chunk.
    left_out : dict of str to int
        Rows that the style or the user leaves out, by reason.
    rows : int
        Rows read so far.
    """

    form: Form
    symbol: str | None = None
    left_out: dict[str, int] | None = None
    rows: int = 0
    _last: Mapping[str, float | None] | None = None

    def chunks(self, on_bytes: OnBytes | None = None) -> Iterator[pa.Table]:
        """Give the rows as tables with the columns of BARS, SIDE_BARS or TICKS, and :data:`ROW`.

        ``on_bytes`` hears how far the file is read.

        Raises
        ------
        OmegaError
            1004, 1006, 1009 a cell with file, line, column and value; 3004 a line that is no row.
        """
        self.left_out = {}
        for raw in self._batches(on_bytes):
            table = self._in_our_columns(raw)
            self.rows += raw.num_rows
            if table.num_rows:
                yield table

    def _batches(self, on_bytes: OnBytes | None) -> Iterator[pa.RecordBatch]:
        head, style = self.form.head, self.form.style
        place = Place(self.form)
        texts = {*style.times, *(style.columns[name] for name in ("symbol",) if name in style.columns)}
        kinds = {name: pa.string() if name in texts else pa.float64() for name in place.wanted}
        encoding = "utf-16" if head.encoding == "utf-16" else "utf8"
        with io_errors(head.path), pa.OSFile(str(head.path), "rb") as file:
            try:
                reader = csv.open_csv(
                    file,  # type: ignore[arg-type]  # the stubs do not know files of Arrow's own
                    read_options=csv.ReadOptions(
                        column_names=place.unique_names,
                        skip_rows=int(style.has_header),
                        block_size=_BLOCK_BYTES,
                        encoding=encoding,
                    ),
                    parse_options=csv.ParseOptions(delimiter=head.delimiter),
                    convert_options=csv.ConvertOptions(
                        column_types=kinds,
                        include_columns=list(kinds),
                        null_values=[""],
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=True,
                    ),
                )
                for batch in reader:
                    yield batch
                    if on_bytes is not None:
                        on_bytes(file.tell())
            except (pa.ArrowInvalid, UnicodeError) as error:
                raise place.explained(str(error)) from None

    def _in_our_columns(self, raw: pa.RecordBatch) -> pa.Table:
        style = self.form.style
        times, kept = self._times(raw)
        columns: dict[str, Any] = {"timestamp": pa.array(times).cast(TIMESTAMP)}
        for ours in (name for name in style.columns if name not in ("symbol", POINTS)):
            columns[ours] = raw.column(style.columns[ours])
        self._check_symbol(raw)
        rows = np.arange(self.rows, self.rows + raw.num_rows, dtype=np.int64)
        if style.content == "ticks":
            columns, kept = self._repeated(columns, kept)
        elif "volume" not in columns:
            columns["volume"] = pa.array(np.zeros(raw.num_rows))
        if style.content == "side" and (self.form.points or self.form.distance is not None):
            columns = self._both_sides(columns, raw)
        schema = {"ticks": TICKS, "bars": BARS, "side": BARS if "bid_open" in columns else SIDE_BARS}[style.content]
        table = pa.table({name: columns[name] for name in schema.names} | {ROW: rows})
        return table if kept.all() else table.filter(pa.array(kept))

    def _times(self, raw: pa.RecordBatch) -> tuple[Times, Mask]:
        form = self.form
        texts = [raw.column(name) for name in form.style.times]
        joined: Any = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, " ")  # type: ignore[call-overload]
        stamps = read_stamps(pa.chunked_array([joined]), form.style.layouts)
        place = Place(form)
        if stamps.bad.any():
            row = int(np.flatnonzero(stamps.bad)[0])
            text = joined[row].as_py()
            code = ErrorCode.NULL_VALUE if text is None else ErrorCode.INVALID_FORMAT
            raise place.fault(code, self.rows + row, place.time_name, text, "is no time as this file writes them")
        kept = np.ones(raw.num_rows, dtype=np.bool_)
        if form.zone is None or stamps.are_instants:
            return stamps.values, kept
        read = to_utc(stamps.values, form.zone)
        self._refuse_times(place, joined, read.skipped, f"is no time on the clock of {form.clock}, which jumps over it")
        if not read.twice.any():
            return read.first, kept
        if form.clock_change == "refuse":
            why = f"is twice on the clock of {form.clock}; say which is meant with clock_change=first, last or drop"
            self._refuse_times(place, joined, read.twice, why)
        if form.clock_change == "drop":
            self._leave_out("clock_change", int(read.twice.sum()))
            return read.first, ~read.twice
        return (read.last if form.clock_change == "last" else read.first), kept

    def _refuse_times(self, place: Place, texts: Any, faulty: Mask, why: str) -> None:
        if faulty.any():
            row = int(np.flatnonzero(faulty)[0])
            raise place.fault(ErrorCode.CONSTRAINT_VIOLATION, self.rows + row, place.time_name, texts[row].as_py(), why)

    def _check_symbol(self, raw: pa.RecordBatch) -> None:
        theirs = self.form.style.columns.get("symbol")
        if theirs is None or not raw.num_rows:
            return
        names = raw.column(theirs)
        first = self.symbol or _plain_symbol(names[0].as_py())
        for name in pc.unique(names):
            if _plain_symbol(name.as_py()) != first:
                row = self.rows + int(pc.index(names, name).as_py())
                why = f"is another symbol than {first}; a file holds one"
                raise Place(self.form).fault(ErrorCode.CONSTRAINT_VIOLATION, row, theirs, name.as_py(), why)
        self.symbol = first

    def _repeated(self, columns: dict[str, Any], kept: Mask) -> tuple[dict[str, Any], Mask]:
        """Let an empty price of a tick be the one above, where the style says so."""
        if not self.form.style.repeats_ticks:
            return columns, kept
        last = dict(self._last or {})
        known = kept.copy()
        for name in ("bid", "ask"):
            above = pa.array([last.get(name)], pa.float64())
            filled = pc.fill_null_forward(pa.concat_arrays([above, columns[name]]))
            last[name] = filled[-1].as_py()
            columns[name] = filled.slice(1)
            known &= columns[name].is_valid().to_numpy(zero_copy_only=False)
        self._last = last
        self._leave_out("before_both_prices", int(kept.sum() - known.sum()))
        return columns, known

    def _both_sides(self, columns: dict[str, Any], raw: pa.RecordBatch) -> dict[str, Any]:
        form = self.form
        place = Place(form)
        distance: Floats | float = 0.0 if form.distance is None else form.distance
        if form.points:
            theirs = form.style.columns[POINTS]
            points = _numbers(raw.column(theirs))
            faulty = ~((points >= 0.0) & np.isfinite(points))
            self._refuse_number(place, theirs, points, faulty, "must be a number of points, 0 or more")
            distance = points * 10.0**-form.digits
        signed = distance if form.side == "bid" else -distance
        other = "ask" if form.side == "bid" else "bid"
        made = {name: columns[name] for name in ("timestamp", "volume")}
        for price in PRICES:
            values = _numbers(columns[price])
            finite = np.isfinite(values)
            too_fine = finite & (quantized(np.where(finite, values, 0.0), form.digits) != np.where(finite, values, 0.0))
            why = f"has more than {form.digits} decimals, which the beginning of the file shows; give digits="
            self._refuse_number(place, form.style.columns[price], values, too_fine, why)
            made[f"{form.side}_{price}"] = columns[price]
            shifted = pa.array(quantized(values + signed, form.digits), mask=~finite)
            made[f"{other}_{price}"] = shifted
        return made

    def _refuse_number(self, place: Place, theirs: str, values: Floats, faulty: Mask, why: str) -> None:
        if faulty.any():
            row = int(np.flatnonzero(faulty)[0])
            value = float(values[row])
            raise place.fault(ErrorCode.CONSTRAINT_VIOLATION, self.rows + row, theirs, value, why)

    def _leave_out(self, reason: str, count: int) -> None:
        if count and self.left_out is not None:
            self.left_out[reason] = self.left_out.get(reason, 0) + count


def _numbers(column: Any) -> Floats:
    values: Floats = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values


def _plain_symbol(text: str | None) -> str | None:
    return None if text is None else text.replace("/", "")
