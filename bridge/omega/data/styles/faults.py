"""Where in a file something is wrong: line, column and cell, for the message."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error
from omega.data.styles.form import Form

_NUMBER: Final = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A file, and how to find a row in it again."""

    form: Form

    @property
    def wanted(self) -> list[str]:
        """The file's columns that are read."""
        style = self.form.style
        skipped = set() if self.form.points else {"spread_points"}
        return list(dict.fromkeys((*style.times, *(name for our, name in style.columns.items() if our not in skipped))))

    @property
    def unique_names(self) -> list[str]:
        """Every column of the file under a name of its own, as Arrow wants them."""
        names = self.form.style.names
        return [name if names.count(name) == 1 else f"{name}\x00{place}" for place, name in enumerate(names)]

    @property
    def time_name(self) -> str:
        """The columns that make the time."""
        return " + ".join(self.form.style.times)

    def fault(self, code: ErrorCode, row: int, column: str, value: ContextValue, why: str) -> OmegaError:
        """Build an error about a cell."""
        path = self.form.head.path
        line = next((line for place, (line, _) in enumerate(self._lines()) if place == row), None)
        where = path.name if line is None else f"{path.name}, line {line}"
        shown = "an empty cell" if value is None else repr(value)
        name = column if self.form.style.has_header else f"no. {column}"
        return omega_error(
            code, f"{where}, column {name}: {shown} {why}", rule="T-11", column=column, row=row, value=value
        )

    def explained(self, fallback: str) -> OmegaError:
        """Find the first line that is no row, or the first cell that is no number."""
        style, path = self.form.style, self.form.head.path
        numbers = [(name, style.names.index(name)) for name in self.wanted if name not in style.times]
        numbers = [(name, index) for name, index in numbers if name != style.columns.get("symbol")]
        line = int(style.has_header)
        try:
            for row, (line, cells) in enumerate(self._lines()):
                if len(cells) != len(style.names):
                    return self._no_row(line, f"{len(cells)} cells where there must be {len(style.names)}")
                for name, index in numbers:
                    text = cells[index].strip()
                    if text and _NUMBER.fullmatch(text) is None:
                        return self.fault(ErrorCode.TYPE_MISMATCH, row, name, text, "is no number")
        except UnicodeError as error:
            return self._no_row(line + 1, f"this is no text: {error}")
        except csv.Error as error:
            return self._no_row(line + 1, str(error))
        return omega_error(
            ErrorCode.DESERIALIZATION_FAILED, f"{path.name}: {fallback}", rule="T-11", column="path", value=str(path)
        )

    def _no_row(self, line: int, message: str) -> OmegaError:
        path = self.form.head.path
        text = f"{path.name}, line {line}: {message}"
        return omega_error(ErrorCode.DESERIALIZATION_FAILED, text, rule="T-11", column="path", value=str(path))

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        head = self.form.head
        with head.path.open("rb") as file, io.TextIOWrapper(file, encoding=head.encoding, newline=None) as text:
            reader = csv.reader(text, delimiter=head.delimiter)
            if self.form.style.has_header:
                next(reader, None)
            first = reader.line_num + 1
            for cells in reader:
                if cells:
                    yield first, cells
                first = reader.line_num + 1
