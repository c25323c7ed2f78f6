"""Components with both sides behind them, or with a way back: each is what its Protocol says (F-2, F-5).

What has no state is asked anew with every call; what has some is in the hands of a :class:`omega.serve.watch.Watch`.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, cast

import pyarrow as pa

from omega.compare.answers import compare_results
from omega.compare.outcome import Failure
from omega.contract.protocols import (
    BarFinding,
    CheckedBars,
    DataHandler,
    ExecutionSimulator,
    IndicatorParameter,
    IndicatorStream,
    QualityFindings,
)
from omega.contract.schemas import BARS
from omega.contract.types import Bar, EngineConfig, Tick
from omega.flags.plan import BackendName, Serving, Sides
from omega.serve.case_files import call_files, config_data
from omega.serve.control import Task, drawn, settle
from omega.serve.factories import create_costs, create_indicators
from omega.serve.watch import Call, Watch


def table_key(*tables: pa.Table) -> bytes:
    """Tell tables apart by their content."""
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue().to_pybytes()


def watched_handler(serving: Serving, make: Callable[[BackendName], DataHandler]) -> DataHandler:
    """Return the data handler that the flags ask for; one side's own where nothing watches over it."""
    if serving.mode == "alone" and not serving.can_be_sampled:
        return make(serving.served["data_handler"])
    return WatchedDataHandler(serving, make)


class WatchedDataHandler:
    """Wave 5 with both sides behind it; see :class:`omega.contract.protocols.DataHandler`.

    Attributes
    ----------
    kept_by : type
        Class of the side whose checked bars were handed out last.
    """

    def __init__(self, serving: Serving, make: Callable[[BackendName], DataHandler]) -> None:
        self._serving = serving
        self._make = make
        self._made: dict[BackendName, DataHandler] = {}
        self.kept_by: type = DataHandler

    def check_bars(self, table: pa.Table, timeframe: int) -> QualityFindings:
        found: QualityFindings = self._ask("check_bars", table, timeframe)
        return found

    def check_ticks(self, table: pa.Table) -> int:
        found: int = self._ask("check_ticks", table)
        return found

    def keep_bars(self, table: pa.Table, timeframe: int) -> CheckedBars:
        kept: CheckedBars = self._ask("keep_bars", table, timeframe)
        return kept

    def find_timeframe(self, table: pa.Table) -> int:
        found: int = self._ask("find_timeframe", table)
        return found

    def examine(self, table: pa.Table, timeframe: int | None, digits: int | None = None) -> tuple[BarFinding, ...]:
        found: tuple[BarFinding, ...] = self._ask("examine", table, timeframe, digits)
        return found

    def join_sides(self, bid: pa.Table, ask: pa.Table, max_missing_ratio: float) -> pa.Table:
        return _table(self._ask("join_sides", bid, ask, max_missing_ratio))

    def sample_bars(self, n: int, seed: int) -> pa.Table:
        return _table(self._ask("sample_bars", n, seed))

    def _ask(self, name: str, *arguments: object) -> Any:  # as the method that asks says
        def attempt(sides: Sides, _: object) -> Any:
            answer = getattr(self._of(sides), name)(*arguments)
            if name == "keep_bars":
                answer.quality()  # asked for next, when nobody watches any more
            return answer

        tables = [value for value in arguments if isinstance(value, pa.Table)]
        others = [value for value in arguments if not isinstance(value, pa.Table)]
        task: Task[Any] = Task(
            component="data_handler",
            attempt=attempt,
            compare=lambda one, other: compare_results(_seen(one), _seen(other)),
            files=partial(call_files, "data_handler", (), [(name, arguments)]),
            key=lambda: f"{name} {others!r}".encode() + table_key(*tables),
        )
        settled = settle(self._serving, task)
        if name == "keep_bars":
            self.kept_by = type(self._of(settled.sides))
        return settled.value

    def _of(self, sides: Sides) -> DataHandler:
        side = sides["data_handler"]
        if side not in self._made:
            self._made[side] = self._make(side)
        return self._made[side]


def _table(answer: Any) -> pa.Table:
    """Take an answer for the table that its method's Protocol says it is."""
    table: pa.Table = answer
    return table


def _seen(answer: Any) -> object:
    """See checked bars by what they show; each side keeps them in a form of its own."""
    if isinstance(answer, Failure | pa.Table | QualityFindings | tuple | int):
        return answer
    return {"rows": len(answer), **asdict(answer.quality())}


def watched_simulator(
    serving: Serving, make: Callable[[Sides, EngineConfig], ExecutionSimulator], config: EngineConfig
) -> ExecutionSimulator | WatchedSimulator:
    """Return the simulator that the flags ask for; one side's own where nothing watches over it."""
    serving = drawn(serving, lambda: json.dumps(config_data(config)).encode())
    if serving.mode == "alone":
        return make(serving.served, config)
    return WatchedSimulator(serving, make, config)


class WatchedSimulator:
    """Wave 4, step by step, with a watch; see :class:`omega.contract.protocols.ExecutionSimulator`."""

    def __init__(
        self, serving: Serving, make: Callable[[Sides, EngineConfig], ExecutionSimulator], config: EngineConfig
    ) -> None:
        self.watch = Watch(
            serving,
            "execution_simulator",
            lambda sides: make(sides, config),
            (config,),
            state=lambda one: {"cash": one.cash, "equity": one.equity, "hash": one.state_hash},
            has_snapshot=True,
        )

    @property
    def cash(self) -> float:
        cash: float = self.watch.read("cash")
        return cash

    @property
    def equity(self) -> float:
        equity: float = self.watch.read("equity")
        return equity

    @property
    def state_hash(self) -> bytes:
        digest: bytes = self.watch.read("state_hash")
        return digest

    def process_signals(self, bar: pa.Table, signals: pa.Table) -> pa.Table:
        return _table(self.watch.call("process_signals", bar, signals))

    def evaluate_exits(self, bars: pa.Table) -> pa.Table:
        return _table(self.watch.call("evaluate_exits", bars))

    def evaluate_bar(self, bar: Bar) -> pa.Table:
        return _table(self.watch.call("evaluate_bar", bar))

    def process_tick_signals(self, tick: pa.Table, signals: pa.Table) -> pa.Table:
        return _table(self.watch.call("process_tick_signals", tick, signals))

    def evaluate_ticks(self, ticks: pa.Table) -> pa.Table:
        return _table(self.watch.call("evaluate_ticks", ticks))

    def evaluate_tick(self, tick: Tick) -> pa.Table:
        return _table(self.watch.call("evaluate_tick", tick))

    def close_all(self) -> pa.Table:
        return _table(self.watch.call("close_all"))

    def apply_updates(
        self,
        order_ids: Sequence[int],
        stop_losses: Sequence[float | None],
        take_profits: Sequence[float | None],
        close_fractions: Sequence[float | None],
    ) -> pa.Table:
        return _table(self.watch.call("apply_updates", order_ids, stop_losses, take_profits, close_fractions))

    def check_batch(self, signals: pa.Table) -> None:
        self.watch.ask("check_batch", signals)

    def lot_sizes(
        self,
        prices: Sequence[float],
        stop_losses: Sequence[float],
        sizes: Sequence[float | None],
        times: Sequence[int],
    ) -> Sequence[float | None]:
        lots: Sequence[float | None] = self.watch.ask("lot_sizes", prices, stop_losses, sizes, times)
        return lots

    def fees(
        self, lots: Sequence[float], prices: Sequence[float], times: Sequence[int], legs: Sequence[int]
    ) -> Sequence[float]:
        fees: Sequence[float] = self.watch.ask("fees", lots, prices, times, legs)
        return fees

    def trades(self) -> pa.Table:
        return _table(self.watch.ask("trades"))

    def metrics(self) -> dict[str, int | float | None]:
        found: dict[str, int | float | None] = self.watch.ask("metrics")
        return found

    def positions(self) -> pa.Table:
        return _table(self.watch.ask("positions"))

    def snapshot(self) -> dict[str, pa.Table]:
        parts: dict[str, pa.Table] = self.watch.ask("snapshot")
        return parts

    def restore(self, parts: Mapping[str, pa.Table]) -> None:
        self.watch.restore(parts)


class WatchedCosts:
    """Wave 0 in batches, with a watch; one configuration's model, made anew with every call."""

    def __init__(self, serving: Serving, config: EngineConfig) -> None:
        self._serving = serving
        self._config = config

    def slippage_batch(self, *columns: Sequence[int]) -> Sequence[float]:
        def attempt(sides: Sides, _: object) -> Sequence[float]:
            return create_costs(sides["slippage_fee"], self._config).slippage_batch(*columns)

        task: Task[Sequence[float]] = Task(
            component="slippage_fee",
            attempt=attempt,
            compare=compare_results,
            files=partial(call_files, "slippage_fee", (self._config,), [("slippage_batch", columns)]),
            key=lambda: repr(columns).encode(),
        )
        return settle(self._serving, task).value


class _Pushes:
    """Bars that a stream was given: as numbers, for no snapshot can take their place."""

    def __init__(self) -> None:
        self._prices = array("d")

    def append(self, call: Call) -> None:
        self._prices.extend(cast("tuple[float, ...]", call[1]))

    def __len__(self) -> int:
        return len(self._prices) // 3

    def __iter__(self) -> Iterator[Call]:
        prices = iter(self._prices)
        return (("push", bar) for bar in zip(prices, prices, prices, strict=True))


class WatchedStream:
    """Wave 1, bar by bar, with a watch; see :class:`omega.contract.protocols.IndicatorStream`."""

    def __init__(self, serving: Serving, name: str, parameters: Mapping[str, IndicatorParameter]) -> None:
        def make(sides: Sides) -> IndicatorStream:
            return create_indicators(sides["indicator_cache"], BARS.empty_table()).stream(name, **parameters)

        first: Call = ("stream", (name, parameters))
        self.watch = Watch(serving, "indicator_cache", make, (BARS.empty_table(),), first=[first], journal=_Pushes)

    def push(self, high: float, low: float, close: float) -> tuple[float, ...]:
        outputs: tuple[float, ...] = self.watch.call("push", high, low, close)
        return outputs
