"""What generated runs reached: which values were drawn, and whether a fault that acts on these only would be noticed.

A fault here is the least that can go wrong: from the first row with a value of a bucket on, the next fee, size or price
of a fill is one ulp more. It is put into what Rust gave, for every field and every bucket, and the two outcomes are
compared as those of any run.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.compare.compare import compare_tables
from omega.contract.protocols import RunOutput
from omega_parity.generate.cases import Case
from omega_parity.generate.dimensions import Bucket, Drawn, dimensions, drawn
from omega_parity.generate.scales import DECILES

OUTPUTS: Final = ("fee", "size", "price")
"""Columns of the events that a fault changes."""

_FILLS: Final = ("opened", "partially_closed", "closed", "swap")
"""Kinds of events whose numbers a run computed; the others repeat what the signal said."""

_DECILES_AT_RANDOM: Final = 7
"""Deciles of a number that a random sample of some hundred runs has to draw; a sweep draws the rest."""

MADE: Final = ("-sweep-", "-long-")
"""In the names of runs that are no random sample but made to reach something."""

_STRATEGY: Final = ("StrategyConfig.", "MeanReversionParameters.", "Overlay.")
_FEW_DECILES: Final = 3
"""The same of the strategy's numbers, for which one run in six is."""

EXTENTS: Final[Mapping[str, tuple[int, ...]]] = {
    "bars": (1, 2, 13, 231, 65_537),
    "signals": (1, 49, 4_097),
    "signals in one bar": (1, 2, 9, 65),
    "positions at once": (1, 2, 17, 65),
    "trades": (1, 2, 65, 4_097),
    "events": (1, 257, 65_536),
    "spread, tenths of a pip": (-1_000_000, 0, 1, 31, 1_001),
    "rows of the longest window": (1, 50, 257, 4_097, 32_769),
}
"""What a whole run is like, and from where on it is something else."""


@dataclass(slots=True)
class Reach:
    """Adds up what runs drew, and which faults in them were noticed.

    Attributes
    ----------
    runs : Counter
        Runs that were not refused, by field and bucket.
    noticed : dict
        By field, bucket and output: the name of the run in which the fault was noticed.
    at_random : Counter
        The same, of those runs alone that are a random sample.
    extents : Counter
        Runs by what they are like.
    """

    runs: Counter[Bucket] = field(default_factory=Counter)
    noticed: dict[tuple[str, str, str], str] = field(default_factory=dict)
    at_random: Counter[Bucket] = field(default_factory=Counter)
    extents: Counter[Bucket] = field(default_factory=Counter)
    refused: int = 0

    def add(self, case: Case, reference: object, candidate: object) -> None:
        """Count one run by what both sides made of it; one that was refused counts for nothing."""
        if not isinstance(reference, RunOutput) or not isinstance(candidate, RunOutput):
            self.refused += 1
            return
        buckets = drawn(case)
        self.runs.update(buckets.keys())
        if not any(word in case.name for word in MADE):
            self.at_random.update(buckets.keys())
        self.extents.update(_extents(case, reference))
        for output in OUTPUTS:
            self._let_loose(case.name, reference.events, candidate.events, output, buckets)

    def _let_loose(self, name: str, reference: pa.Table, candidate: pa.Table, output: str, buckets: Drawn) -> None:
        """Let a fault loose for every bucket in which none was noticed yet; equal faults are compared once.

        It changes events only, and these are compared as those of any run; that the rest is, other gates show.
        """
        missing = [bucket for bucket in buckets if (*bucket, output) not in self.noticed]
        if not missing:
            return
        times, rows = _fills(candidate, output)
        is_noticed: dict[int, bool] = {}
        for bucket in missing:
            place = int(np.searchsorted(times, buckets[bucket]))
            if place == len(rows):
                continue
            row = int(rows[place])
            if row not in is_noticed:
                # The rows beside it are equal, or the run would not have come here.
                faulty = nudged(candidate.slice(row, 1), output, 0)
                is_noticed[row] = bool(compare_tables("events", reference.slice(row, 1), faulty).differences)
            if is_noticed[row]:
                self.noticed[(*bucket, output)] = name

    def empty(self) -> list[Bucket]:
        """Return the buckets that no run drew."""
        return [bucket for bucket in _all_buckets() if not self.runs[bucket]]

    def survivors(self) -> list[tuple[str, str, str]]:
        """Return the faults that no run noticed."""
        return [
            (*bucket, output)
            for bucket in _all_buckets()
            for output in OUTPUTS
            if (*bucket, output) not in self.noticed
        ]

    def unreached(self) -> list[Bucket]:
        """Return what no run was like."""
        return [(name, bucket) for name in EXTENTS for bucket in extent_labels(name) if not self.extents[name, bucket]]

    def narrow(self) -> list[tuple[str, int]]:
        """Return the numbers of which a random sample drew too few deciles, and how many it drew."""
        return narrow(self.at_random)

    def as_data(self) -> dict[str, object]:
        """JSON form: runs by field and bucket, those of the random sample, and the faults that survived."""
        fields = dimensions()
        return {
            "runs": {name: {bucket: self.runs[name, bucket] for bucket in one.buckets} for name, one in fields.items()},
            "extents": {name: {label: self.extents[name, label] for label in extent_labels(name)} for name in EXTENTS},
            "faults": len(OUTPUTS) * sum(len(one.buckets) for one in fields.values()),
            "survivors": [list(survivor) for survivor in self.survivors()],
        }

    @property
    def against(self) -> tuple[str, ...]:
        """Everything that speaks against a GO."""
        return (
            *(f"no run drew {name} {bucket}" for name, bucket in self.empty()),
            *(f"a random sample drew {deciles} of {DECILES} deciles of {name}" for name, deciles in self.narrow()),
            *(f"no run has {name} {bucket}" for name, bucket in self.unreached()),
            *(
                f"one ulp on the next {output} with {name} {bucket} survives"
                for name, bucket, output in self.survivors()
            ),
        )


def narrow(at_random: Mapping[Bucket, int]) -> list[tuple[str, int]]:
    """Return the numbers of which too few deciles were drawn, and how many were."""
    found = []
    for name, dimension in dimensions().items():
        if dimension.scale is not None:
            deciles = sum(at_random.get((name, bucket), 0) > 0 for bucket in dimension.buckets[-DECILES:])
            if deciles < (_FEW_DECILES if name.startswith(_STRATEGY) else _DECILES_AT_RANDOM):
                found.append((name, deciles))
    return found


def nudged(events: pa.Table, output: str, row: int) -> pa.Table:
    """Return events with one number one ulp larger."""
    place = events.schema.get_field_index(output)
    values: list[Any] = events.column(output).to_pylist()
    values[row] = math.nextafter(values[row], math.inf)
    return events.set_column(place, events.schema.field(place), pa.array(values, events.schema.field(place).type))


def _fills(events: pa.Table, output: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return times and rows of the fills and swaps that have a number other than 0 in a column."""
    kinds = np.isin(events.column("kind").to_numpy(), _FILLS)
    values = np.nan_to_num(events.column(output).to_numpy())
    rows = np.flatnonzero(kinds & (values != 0.0))
    times = events.column("timestamp").cast(pa.int64()).to_numpy()
    return times[rows], rows


def _all_buckets() -> Iterator[Bucket]:
    for name, dimension in dimensions().items():
        yield from ((name, bucket) for bucket in dimension.buckets)


def extent_labels(name: str) -> tuple[str, ...]:
    """Return the buckets of what a run is like."""
    return tuple(f"from {start:,} on" for start in EXTENTS[name])


def _extents(case: Case, run: RunOutput) -> Iterator[Bucket]:
    kinds = run.events.column("kind").to_numpy()
    held = np.cumsum((kinds == "opened").astype(int) - (kinds == "closed").astype(int))
    found = {
        "bars": [case.bars.num_rows],
        "signals": [0 if case.signals is None else case.signals.num_rows],
        "signals in one bar": _signals_per_bar(case),
        "positions at once": [int(held.max(initial=0))],
        "trades": [run.trades.num_rows],
        "events": [run.events.num_rows],
        "spread, tenths of a pip": _spreads(case),
        "rows of the longest window": _longest_window(case),
    }
    for name, numbers in found.items():
        for number in numbers:
            starts = [start for start in EXTENTS[name] if start <= number]
            if starts:
                yield name, f"from {starts[-1]:,} on"


def _signals_per_bar(case: Case) -> list[int]:
    if case.signals is None or not case.signals.num_rows:
        return []
    bars, signals = (table.column("timestamp").cast(pa.int64()).to_numpy() for table in (case.bars, case.signals))
    return [int(np.bincount(np.searchsorted(bars, signals)).max())]


def _spreads(case: Case) -> set[int]:
    """Return the spreads at the open, each in tenths of a pip and once."""
    instrument = case.config.instrument
    pip_size = 0.0001 if instrument is None else instrument.pip_size
    spreads = case.bars.column("ask_open").to_numpy() - case.bars.column("bid_open").to_numpy()
    return {int(spread) for spread in np.unique(np.clip(np.rint(10.0 * spreads / pip_size), -1e6, 1e6))}


def _longest_window(case: Case) -> list[int]:
    if case.config.strategy is None:
        return []
    parameters = case.config.strategy.parameters
    return [max(parameters.window_length, parameters.ema_length, parameters.atr_length)]
