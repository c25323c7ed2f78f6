"""Repairs that somebody asks for by name; each counts the rows that it changed or left out (Q-T12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import PRICES
from omega.prepare import columns
from omega.prepare.columns import Mask

POLICIES: Final[Mapping[str, tuple[str, ...]]] = {
    "invalid": ("drop",),
    "order": ("sort",),
    "duplicates": ("first", "last"),
    "flats": ("drop",),
    "weekend": ("drop",),
    "crossed": ("drop", "swap"),
}
"""What can be repaired, and how, in the order of applying."""


def checked_policies(given: Mapping[str, str]) -> dict[str, str]:
    """Take policies by name.

    Raises
    ------
    OmegaError
        1001 for a name or a way that there is not, with the choices.
    """
    for name, way in given.items():
        choices = POLICIES.get(name)
        if choices is None or way not in choices:
            known = "; ".join(f"{one}={'|'.join(ways)}" for one, ways in POLICIES.items())
            message = f"repair {name}={way} is none; they are {known}"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="Q-T12", column="repair", value=f"{name}={way}")
    return dict(given)


class Repairer:
    """Repairs chunks of one table in their order.

    Attributes
    ----------
    counts : dict of str to int
        Rows that each policy changed or left out, by its name.
    """

    def __init__(self, policies: Mapping[str, str]) -> None:
        self._policies = policies
        self.counts = dict.fromkeys((name for name in POLICIES if name in policies), 0)
        self._held: pa.Table | None = None
        self._last_time: int | None = None

    def apply(self, table: pa.Table) -> pa.Table:
        """Repair the next chunk; with ``duplicates=last`` its last row waits for the next one."""
        if "invalid" in self._policies:
            table = self._without("invalid", table, columns.invalid(table))
        if "order" in self._policies:
            table = self._sorted(table)
        if "duplicates" in self._policies and not columns.is_ticks(table):
            table = self._without_duplicates(table)
        if "flats" in self._policies:
            table = self._without("flats", table, columns.flat(table) & columns.without_volume(table))
        if "weekend" in self._policies:
            table = self._without("weekend", table, columns.on_weekend(columns.times(table)))
        if "crossed" in self._policies:
            table = self._uncrossed(table)
        return table

    def finish(self) -> pa.Table | None:
        """Give the row that waited for another one of its time."""
        held, self._held = self._held, None
        if held is None:
            return None
        rest = Repairer({name: way for name, way in self._policies.items() if name in ("flats", "weekend", "crossed")})
        table = rest.apply(held)
        for name, count in rest.counts.items():
            self.counts[name] += count
        return table if table.num_rows else None

    def _without(self, name: str, table: pa.Table, faulty: Mask) -> pa.Table:
        count = int(faulty.sum())
        self.counts[name] += count
        return table.filter(pa.array(~faulty)) if count else table

    def _sorted(self, table: pa.Table) -> pa.Table:
        moments = columns.times(table)
        if not len(moments):
            return table
        highest = np.maximum.accumulate(moments)
        self.counts["order"] += int((moments < highest).sum())
        return table.take(np.argsort(moments, kind="stable"))

    def _without_duplicates(self, table: pa.Table) -> pa.Table:
        if self._policies["duplicates"] == "first":
            moments = columns.times(table)
            before = np.concatenate(([self._last_time if self._last_time is not None else -(2**63)], moments[:-1]))
            if len(moments):
                self._last_time = int(moments[-1])
            return self._without("duplicates", table, moments == before[: len(moments)])
        if self._held is not None:
            table = pa.concat_tables([self._held, table])
        if not table.num_rows:
            return table
        moments = columns.times(table)
        same = np.concatenate((moments[:-1] == moments[1:], [False]))
        self._held = table.slice(table.num_rows - 1)
        self.counts["duplicates"] += int(same.sum())
        return table.slice(0, table.num_rows - 1).filter(pa.array(~same[:-1]))

    def _uncrossed(self, table: pa.Table) -> pa.Table:
        faulty = columns.crossed(table)
        if self._policies["crossed"] == "drop":
            return self._without("crossed", table, faulty)
        self.counts["crossed"] += int(faulty.sum())
        pairs = [("bid", "ask")] if columns.is_ticks(table) else [(f"bid_{one}", f"ask_{one}") for one in PRICES]
        for bid, ask in pairs if faulty.any() else []:
            low, high = (columns.floats(table, name) for name in (bid, ask))
            swapped: dict[str, Any] = {bid: np.minimum(low, high), ask: np.maximum(low, high)}
            for name, values in swapped.items():
                place = table.column_names.index(name)
                table = table.set_column(place, table.schema.field(place), pa.array(values))
        return table
