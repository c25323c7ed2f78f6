"""pandas objects, column by column: one that is not wanted spoils nothing, and one that is has its row in the error."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pyarrow as pa

from omega.boundary.guard import plain_value, text_of
from omega.contract.errors import ErrorCode, OmegaError, omega_error


def is_frame(source: object) -> bool:
    """Whether ``source`` is a ``pandas.DataFrame``; pandas is not imported for it."""
    return any(
        kind.__module__.partition(".")[0] == "pandas" and kind.__name__ == "DataFrame" for kind in type(source).__mro__
    )


def table_of_frame(frame: Any, wanted: Collection[str]) -> pa.Table:
    """Take the columns of a frame and the levels of its index that have a name.

    Raises
    ------
    OmegaError
        1004 for a value of a wanted column that Arrow has no type for beside the others, with column, row and value.
    """
    names, arrays = [], []
    for name, values in _columns(frame):
        names.append(name)
        try:
            arrays.append(_array(values))
        except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError, NotImplementedError) as error:
            if wanted and name not in wanted:
                arrays.append(pa.nulls(len(values)))
                continue
            raise _refusal(name, values, error) from None
    return pa.table(arrays, names=names) if names else pa.table({})


def _columns(frame: Any) -> Iterator[tuple[str, Any]]:
    for position, name in enumerate(frame.columns):
        yield text_of(name), frame.iloc[:, position]
    index = frame.index
    for level, name in enumerate(index.names):
        if name is not None:
            yield text_of(name), index.get_level_values(level).to_series()


def _array(values: Any) -> Any:
    array: Any = pa.array(values, from_pandas=True)
    return array


def _refusal(name: str, values: Any, error: Exception) -> OmegaError:
    """Build the error at the first row with which the column has no one type."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if _is_array(values.iloc[: middle + 1]):
            low = middle + 1
        else:
            high = middle
    row = min(low, len(values) - 1) if len(values) else None
    value = None if row is None else plain_value(values.iloc[row])
    message = f"{name}: {text_of(error)}"
    return omega_error(ErrorCode.TYPE_MISMATCH, message, rule="T-8a", column=name, row=row, value=value)


def _is_array(values: Any) -> bool:
    try:
        _array(values)
    except Exception:  # what was refused before is refused again
        return False
    return True
