"""What saboteurs are let loose on: generated runs and calls, and a few inputs that no generator makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from omega_parity.generate.calls import CallCase, sample_call
from omega_parity.generate.cases import Case, Floors, signals_case
from omega_parity.generate.detail import detail_calls, sample_detail
from omega_parity.generate.many import many_calls, sample_many
from omega_parity.generate.markets import sample_market
from omega_parity.generate.multi_symbol import walked_calls
from omega_parity.generate.own import own_calls, sample_own
from omega_parity.generate.scripts import script_calls
from omega_parity.generate.sequences import GENERATED, sample_case, sample_cases, sample_scenarios, scenario_case
from omega_parity.generate.ticks import sample_ticks, tick_calls

GENERATED_CASES: Final = 300
"""How many generated runs a saboteur may survive before the table of bad input is tried."""
NOTICED_FILE: Final = Path(__file__).with_name("noticed.json")
SEED: Final = 20_240_229

_RUNS_PER_CALLS: Final = 4
"""Generated runs between two cases of generated calls, two of runs over ticks, and two of each other kind."""
_RUNS_PER_SCENARIO: Final = 3
_BESIDE: Final = 60
"""Most runs over ticks beside the generated sequences in which hits of rules are counted, and of scenarios."""

Example = Case | CallCase
"""A run, or calls of single components."""

Maker = Callable[[], Example]

_Put = Callable[[pa.Table], pa.Table]


class Pool:
    """Examples to try a fault on, made as they are needed; those that noticed another fault come first.

    Parameters
    ----------
    makers : sequence of callable
        Each makes one example, with a name of its own.
    recorded : mapping, optional
        By the name of a fault the place of the example that noticed it when that was recorded: tried before all.
    """

    def __init__(self, makers: Sequence[Maker], recorded: Mapping[str, int] = MappingProxyType({})) -> None:
        self._makers = tuple(makers)
        self._recorded = recorded
        self._made: dict[int, Example] = {}
        self._noticed: list[int] = []

    def examples_for(self, fault: str) -> Iterator[Example]:
        """Yield every example, in the order in which they promise to notice ``fault``."""
        recorded = self._recorded.get(fault, len(self._makers))
        first = [recorded] if recorded < len(self._makers) else []
        for place in dict.fromkeys((*first, *self._noticed, *range(len(self._makers)))):
            if place not in self._made:
                self._made[place] = self._makers[place]()
            yield self._made[place]

    def noticed(self, name: str) -> None:
        """Put an example first: one that notices a fault is likely to notice the next."""
        place = next(place for place, one in self._made.items() if one.name == name)
        if is_generated(self._made[place]):
            self._noticed = [place, *(one for one in self._noticed if one != place)]


def makers(count: int = GENERATED_CASES) -> Iterator[Maker]:
    """Yield what makes ``count`` generated runs with calls, runs and scripts of each kind among them, then bad inputs.

    The place of each is the same in every longer list.
    """
    for index in range(count):
        if index % _RUNS_PER_CALLS == 0:  # N-1: integers
            yield partial(sample_call, SEED, index)
        if index % _RUNS_PER_CALLS == _RUNS_PER_CALLS // 2:  # N-1: integers
            yield partial(tick_calls, SEED, index)
        if index % _RUNS_PER_CALLS == 1:  # N-1: integers
            yield partial(walked_calls, SEED, index)
            yield partial(detail_calls, SEED, index)
            yield partial(script_calls, SEED, index)
            yield partial(own_calls, SEED, index)
            yield partial(many_calls, SEED, index)
        if index % _RUNS_PER_SCENARIO == 0:  # N-1: integers
            yield partial(scenario_case, SEED, index // _RUNS_PER_SCENARIO)  # N-1: integers
        yield partial(sample_case, SEED, index)
    for case in bad_inputs():
        yield partial(_same, case)


def _same(case: Case) -> Case:
    return case


def recorded_noticed() -> dict[str, int]:
    """Read which example noticed each fault when that was recorded; all it changes is the time a search takes."""
    found: dict[str, int] = json.loads(NOTICED_FILE.read_bytes())
    return found


def is_generated(example: Example) -> bool:
    """Whether an example came from the generator."""
    return example.name.startswith(f"{GENERATED}/")


def counted_examples(sequences: int, seed: int = 0) -> Iterator[Example]:
    """Yield what hits of rules are counted in: generated sequences, and runs of each kind that they do not have."""
    yield from sample_cases(sequences, seed)
    beside = min(sequences // 2, _BESIDE)
    yield from sample_ticks(beside, seed)
    yield from sample_detail(beside // 2, seed)
    yield from sample_scenarios(beside, seed)
    yield from sample_own(beside // 2, seed)
    yield from sample_many(beside // 2, seed)


def bad_inputs() -> Iterator[Case]:
    """Yield cases that both sides must refuse, each for one breach of T-2 or T-6."""
    market = sample_market(n=60)
    base = signals_case(market, market.variants[0], seed=1, floors=Floors(), n=12)
    for what, put in _BAD_BARS.items():
        yield replace(base, name=f"bad-input/bars-{what}", bars=put(base.bars))
    assert base.signals is not None
    for what, put in _BAD_SIGNALS.items():
        yield replace(base, name=f"bad-input/signals-{what}", signals=put(base.signals))


def _swapped(first: int, second: int) -> _Put:
    def put(table: pa.Table) -> pa.Table:
        rows = list(range(table.num_rows))
        rows[first], rows[second] = rows[second], rows[first]
        return table.take(rows)

    return put


def _with(column: str, row: int, value: object) -> _Put:
    def put(table: pa.Table) -> pa.Table:
        values: Sequence[Any] = table.column(column).to_pylist()
        index = table.schema.get_field_index(column)
        changed = pa.array([*values[:row], value, *values[row + 1 :]], table.schema.field(column).type)
        return table.set_column(index, table.schema.field(column), changed)

    return put


_BAD_BARS: Final[dict[str, _Put]] = {
    "out-of-order": _swapped(20, 21),
    "negative-volume": _with("volume", 7, -1.0),
    "nan": _with("ask_low", 7, float("nan")),
    "zero-price": _with("bid_open", 7, 0.0),
    "none": lambda table: table.slice(0, 0),
}

_BAD_SIGNALS: Final[dict[str, _Put]] = {
    "out-of-order": _swapped(0, 11),
    "infinite-stop": _with("stop_loss", 3, float("inf")),
    "null-type": _with("signal_type", 3, None),
}
