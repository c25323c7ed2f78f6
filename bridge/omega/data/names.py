"""Names of columns: those that stand there twice, and those that a library cannot hand over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from omega.contract.errors import ErrorCode, omega_error

_MAX_NESTING: Final = 64


def refuse_repeated(names: Sequence[str]) -> None:
    """Refuse a column that is there twice (Q-X4): nobody can know which one is meant.

    Raises
    ------
    OmegaError
        1008 with the column.
    """
    if len(set(names)) == len(names):
        return
    for name in names:
        if names.count(name) > 1:
            message = f"there are {names.count(name)} columns {name!r}"
            raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-8a", column=name)


def refuse_nul_names(source: object) -> None:
    """Refuse a polars table that has a NUL in a name: polars ends the process when it exports one.

    Raises
    ------
    OmegaError
        1001 with the column.
    """
    schema = getattr(source, "schema", None) if type(source).__module__.startswith("polars") else None
    if not isinstance(schema, Mapping):
        return
    for column, data_type in schema.items():
        if any("\0" in name for name in (str(column), *_inner_names(data_type))):
            message = f"a name in column {column!r} has a NUL in it"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="X-4", column=str(column))


def _inner_names(data_type: object, depth: int = 0) -> Iterator[str]:
    if depth > _MAX_NESTING:
        return
    for field in getattr(data_type, "fields", None) or ():
        yield str(field.name)
        yield from _inner_names(field.dtype, depth + 1)
    inner = getattr(data_type, "inner", None)
    if inner is not None:
        yield from _inner_names(inner, depth + 1)
