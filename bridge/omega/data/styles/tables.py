"""A CSV of another program as one table, for those who read bars without importing them first (T-11)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from omega.contract.errors import ErrorCode, omega_error
from omega.data.files import is_text_file
from omega.data.styles.form import Said, form_of
from omega.data.styles.head import read_head
from omega.data.styles.kinds import looks_foreign
from omega.data.styles.reading import ROW, Reading


def styled_table(source: object, said: Said, *, needs_spread: bool = True) -> pa.Table | None:
    """Read a CSV by its style; None for what is none, or has our own columns and needs no words about it.

    Returns
    -------
    pyarrow.Table or None
        Columns of BARS, or of SIDE_BARS where ``needs_spread`` is False and the file holds one side.

    Raises
    ------
    OmegaError
        1008 for ticks, with what makes bars of them; else as :func:`omega.data.styles.form.form_of`.
    """
    if not isinstance(source, str | Path) or source == "" or Path(source).is_dir():
        return None
    path = Path(source)
    is_described = said.columns is not None or said.zone is not None
    if not is_text_file(path):
        if is_described:
            given = "columns" if said.columns is not None else "zone"
            message = f"{given}= is about CSV files; {path.name} is none, and has columns and times of its own"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-11", column=given)
        return None
    if path.stat().st_size == 0 or (not is_described and looks_foreign(read_head(path)) is None):
        return None
    form = form_of(path, said, needs_spread=needs_spread)
    if form.content == "ticks":
        message = (
            f"{path.name} ({form.style.title}) holds ticks, and a run needs bars: import it, and make them with "
            "`omega data resample FILE --to M1 --out bars.parquet`"
        )
        raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-11", column="bid_open")
    reading = Reading(form)
    chunks = [chunk.drop_columns([ROW]) for chunk in reading.chunks()]
    if not chunks:
        message = f"{path.name} has no rows"
        raise omega_error(ErrorCode.EMPTY_INPUT, message, rule="T-2", column="timestamp")
    return pa.concat_tables(chunks)
