"""Runs over ticks: the bars of generated cases taken apart (E-17, Q-E17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import pyarrow as pa

import omega
from omega.contract.types import Timeframe
from omega_parity.generate.blocks import keyed_bytes
from omega_parity.generate.columns import times_of
from omega_parity.generate.ticks import ticks_of

from .cases import Input, generated
from .inputs import of_the_run, points_of, signals_of
from .opinion import Opinion
from .orders import Quote, Side
from .terms import Terms, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TickInput(Input):
    """One run over ticks, which stand in ``bars``."""

    def result(self, backend: str) -> omega.Result:
        """Run a side, through the public API."""
        assert self.signals is not None
        result = omega.run_ticks(self.bars, self.signals, self.keys, backend=backend)
        assert {result.backend, *(choice.backend for choice in result.flags)} == {backend}
        assert (result.crossings > 0) is (backend == "rust")
        return result

    def opinion(self) -> Opinion:
        """Run the third opinion."""
        assert self.signals is not None
        terms = replace(terms_of(self.keys), timeframe=0, buffer=Fraction(0))
        opinion = Opinion(terms)
        opinion.run(of_the_run(quotes_of_ticks(self.bars, terms), terms), signals_of(self.signals))
        return opinion


def quotes_of_ticks(ticks: pa.Table, terms: Terms) -> list[Quote]:
    """Return the ticks before the run's end: all that a bar says of a side is the tick's price."""
    times = times_of(ticks)
    bids, asks = (points_of(ticks.column(side).to_numpy(), terms) for side in ("bid", "ask"))
    quotes = [
        Quote(time, Side(*[bid] * len(Side._fields)), Side(*[ask] * len(Side._fields)))
        for time, bid, ask in zip(times, bids, asks, strict=True)
    ]
    return [quote for quote in quotes if terms.end is None or quote.time < terms.end]


def ticked(n: int, seed: int = 3) -> Iterator[Input]:
    """Yield ``n`` generated cases over the ticks that their bars are made of, with a buffer that must not count."""
    for index, case in enumerate(generated(n, seed)):
        length = Timeframe[case.keys["timeframe"]].value
        ticks = ticks_of(case.bars, length, keyed_bytes(seed, index, case.bars.num_rows))
        keys = {**case.keys, "pip_buffer_factor": 1.5}
        yield TickInput(name=f"ticks of {case.name}", keys=keys, bars=ticks, signals=case.signals)
