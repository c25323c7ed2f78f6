"""Runs with detail bars: the bars of generated cases, and finer ones that make them (E-22)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

import omega
from omega.contract.types import Timeframe
from omega_parity.generate.blocks import keyed_bytes
from omega_parity.generate.detail import ROW_BYTES, detail_of

from .cases import Input, generated
from .inputs import of_the_run, quotes_of, signals_of
from .managed import managed
from .opinion import Opinion
from .orders import Quote
from .terms import Terms, terms_of

HEAD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailInput(Input):
    """One run with detail bars of a timeframe."""

    detail: pa.Table
    step: str

    def result(self, backend: str) -> omega.Result:
        """Run a side, through the public API."""
        assert self.signals is not None
        symbol = self.keys["symbol"]
        bars = omega.read_bars(self.bars, symbol=symbol, timeframe=self.keys["timeframe"], backend=backend)
        detail = omega.read_bars(self.detail, symbol=symbol, timeframe=self.step, backend=backend)
        result = omega.run_signals(bars, self.signals, self.keys, detail=detail, backend=backend)
        assert {result.backend, *(choice.backend for choice in result.flags)} == {backend}
        assert (result.crossings > 0) is (backend == "rust")
        return result

    def opinion(self) -> Opinion:
        """Run the third opinion."""
        assert self.signals is not None
        terms = terms_of(self.keys)
        bars = of_the_run(quotes_of(self.bars, terms), terms)
        parts = quotes_of(self.detail, replace(terms, end=None))
        opinion = Opinion(terms)
        opinion.run(bars, signals_of(self.signals), parts_of(bars, parts, terms, Timeframe[self.step].value))
        return opinion


def parts_of(bars: Sequence[Quote], detail: Sequence[Quote], terms: Terms, step: int) -> dict[int, list[Quote]]:
    """Return the detail bars of each bar that has any, each with its end; the last one's is the bar's."""
    parts: dict[int, list[Quote]] = {}
    times = [bar.time for bar in bars]
    for quote in detail:
        row = bisect_right(times, quote.time) - 1
        if row >= 0 and quote.time < times[row] + terms.timeframe:
            parts.setdefault(times[row], []).append(quote._replace(end=quote.time + step))
    return {time: [*of_bar[:-1], of_bar[-1]._replace(end=terms.bar_end(time))] for time, of_bar in parts.items()}


def detailed(n: int, seed: int = 4) -> Iterator[Input]:
    """Yield ``n`` cases with detail bars: half of them generated ones, half with moved stops, exits and parts."""
    sources = [*generated(n // 2, seed), *managed(n - n // 2, seed)]
    for index, case in enumerate(sources):
        timeframe = Timeframe[case.keys["timeframe"]]
        if timeframe is Timeframe.M1:
            continue
        config = omega.config.resolve(omega.config.load_config(case.keys))
        detail = detail_of(case.bars, config, keyed_bytes(seed, index, HEAD + ROW_BYTES * case.bars.num_rows))
        assert isinstance(detail.bars, pa.Table)
        if detail.bars.num_rows:
            step = Timeframe(detail.timeframe).name
            yield DetailInput(
                name=f"detail of {case.name}",
                keys=case.keys,
                bars=case.bars,
                signals=case.signals,
                detail=detail.bars,
                step=step,
            )
