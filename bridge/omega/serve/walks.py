"""Several symbols walked together, as what either side can do (M-1 … M-3, F-2, F-5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from omega.compare.answers import compare_results
from omega.compare.compare import Comparison, merge
from omega.compare.outcome import Failure
from omega.contract.protocols import MultiSymbol, Series
from omega.data.bars import Bars
from omega.flags.plan import Sides
from omega.serve.case_files import call_files
from omega.serve.control import Facts, Files, Task, attempted
from omega.serve.factories import create_data_handler, create_multi_symbol

_COMPONENT: Final = "multi_symbol"
_ROWS: Final = 65_536
"""Of a block that is compared: what is held at once stays small however long the data are."""


def walk_task(bars: Sequence[tuple[str, Bars]], mode: str, series: Sequence[Series]) -> Task[MultiSymbol]:
    """Return the walk over several symbols; where two are compared, all of their steps are, as blocks (Q-M3c).

    Parameters
    ----------
    bars : sequence of (name, Bars)
    mode : str
    series : sequence of mapping
        Indicators of each symbol; INDICATOR_CACHE has compared them.
    """
    symbols = tuple(name for name, _ in bars)
    timeframes = [one.timeframe for _, one in bars]

    def attempt(sides: Sides, _: object) -> MultiSymbol:
        side = sides[_COMPONENT]
        handler = create_data_handler(side)
        checked = [one.checked_by(handler) for _, one in bars]
        return create_multi_symbol(side, symbols, checked, timeframes, mode, series)

    def files(facts: Facts) -> Files:
        reference = attempted(partial(attempt, {_COMPONENT: "python"}, None)).value
        steps = 0 if reference is None else len(reference)
        calls = [("__len__", ()), *(("block", part) for part in _parts(steps, len(symbols)))]
        kept = [{label: [list(map(float, one)) for one in outputs] for label, outputs in of.items()} for of in series]
        return call_files(_COMPONENT, (symbols, [one.table for _, one in bars], timeframes, mode, kept), calls, facts)

    return Task(
        component=_COMPONENT,
        attempt=attempt,
        compare=partial(_compare, len(symbols)),
        files=files,
        key=lambda: f"{mode} {[(name, one.content_hash) for name, one in bars]!r}".encode(),
    )


def _compare(symbols: int, reference: MultiSymbol | Failure, candidate: MultiSymbol | Failure) -> Comparison:
    """Compare up to the first block that differs."""
    if isinstance(reference, Failure) or isinstance(candidate, Failure):
        return compare_results(reference, candidate)
    found = [compare_results(len(reference), len(candidate))]
    for first, stop in _parts(len(reference), symbols):
        if found[-1].differences:
            break
        blocks = (attempted(partial(one.block, first, stop)).outcome for one in (reference, candidate))
        found.append(compare_results(*blocks))
    return merge(found)


def _parts(steps: int, symbols: int) -> Iterator[tuple[int, int]]:
    size = max(1, _ROWS // max(1, symbols))
    return ((first, min(first + size, steps)) for first in range(0, steps, size))
