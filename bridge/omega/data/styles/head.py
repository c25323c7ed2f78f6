"""The first lines of a CSV: what its style is recognised by, and how many decimals its prices are written with."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from omega.data.csv import layout_of
from omega.data.files import io_errors

HEAD_BYTES: Final = 1 << 16
_DECIMALS: Final = re.compile(r"[-+]?\d+\.(\d+)")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a CSV.

    Attributes
    ----------
    path : Path
    encoding, delimiter : str
    first, second : tuple of str
        Cells of the first and the second line, without blanks around them.
    decimals : int
        The most decimals that a cell of the whole lines in the first 65,536 bytes is written with.
    """

    path: Path
    encoding: str
    delimiter: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    decimals: int

    @property
    def folded(self) -> tuple[str, ...]:
        """Names of the first line as they are compared: in small letters."""
        return tuple(name.casefold() for name in self.first)


def read_head(path: Path) -> Head:
    """Look at the beginning of a CSV.

    Raises
    ------
    OmegaError
        3001, 3002 for a file that cannot be opened; 3004 for one that is no CSV.
    """
    with io_errors(path):
        layout = layout_of(path)
        with path.open("rb") as file:
            start = file.read(HEAD_BYTES)
    text = start[: len(start) // 2 * 2].decode(layout.encoding, errors="replace")
    whole = text if len(start) < HEAD_BYTES else text.rpartition("\n")[0]
    rows = list(_rows(whole, layout.delimiter))
    decimals = [len(found[1]) for row in rows for cell in row if (found := _DECIMALS.fullmatch(cell)) is not None]
    second = rows[1] if len(rows) > 1 else ()
    return Head(path, layout.encoding, layout.delimiter, layout.names, second, max(decimals, default=0))


def _rows(text: str, delimiter: str) -> Iterator[tuple[str, ...]]:
    try:
        for cells in csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True):
            if cells:
                yield tuple(cell.strip() for cell in cells)
    except csv.Error:  # the reading of the whole says where
        return
