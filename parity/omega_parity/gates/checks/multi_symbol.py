"""Several symbols at once: blocks and single steps, parts, threads, kept slices, indicators, real bars together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, count, pairwise
from typing import Any, Final

import pyarrow as pa

from omega.compare.answers import compare_results
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import MultiSymbolSlice, RunOutput
from omega.contract.schemas import PRICES, SLICES
from omega.contract.types import Timeframe
from omega_parity.drive.answers import answers, compare_answers
from omega_parity.drive.components import factories, native_factory, reference_factory
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.many import sample_many
from omega_parity.generate.markets import market_data_folder, market_set_names, real_market
from omega_parity.generate.multi_symbol import MODES, Walked, sample_walked, walked_base, walked_calls, with_many

_CASES: Final = 400
_LEAST_CASES: Final = 12
_WALKED: Final = 60
_LEAST_WALKED: Final = 4
_THREADS: Final = 4
_THREADED: Final = 12
_MANY: Final = 300
_SEED: Final = 6
_RUNS: Final = 150
_LEAST_RUNS: Final = 40
_WANTED: Final = (
    *("trades", "partially_closed", "swap", "refused", "before_start", "after_end", "unknown_symbol", "end_of_data"),
    *("stop_out", "free_margin", "signal_exit", "take_profit", "stop_loss"),
)

TIMEFRAMES: Final = ("M1", "H1", "D1")
"""Of the real sets that are walked together."""


@check("several symbols", "multi_symbol", rules=("M-1", "M-2"))
def generated_calls(bench: Bench) -> None:
    """Blocks, parts and refusals over generated symbols: ragged, with gaps, apart, one, without a row."""
    seen: Counter[str] = Counter()
    seed = bench.extent.seed or 0
    empty = next(index for index in count() if not walked_base(seed, index).steps("union"))
    for case in chain(
        sample_walked(bench.extent.few(_CASES, _LEAST_CASES), seed),
        (walked_calls(seed, empty),),  # so rare that a short look has none
    ):
        reference = answers(case.calls, reference_factory)
        bench.settle(compare_answers(reference, answers(case.calls, native_factory)), case.name)
        seen.update(_kinds(dict(reference)))
    wanted = ("missing", "not seen", "present", "no step", "intersected", "refused part", "refused symbols")
    bench.require(all(seen[kind] for kind in wanted), f"nothing shows {wanted}: {dict(seen)}")


@check("several symbols", "multi_symbol", MODES, rules=("M-2", "M-3"))
def single_steps(bench: Bench, mode: str) -> None:
    """Slices show what the block holds, on both sides, kept ones too; parts put together are the whole."""
    for index in range(bench.extent.few(_WALKED, _LEAST_WALKED)):
        walked = walked_base(_SEED, index)
        steps, (reference, native) = walked.steps(mode), _built(walked, mode)
        block = reference.block(0, steps)
        cuts = sorted({0, steps // 3, steps // 2, steps})
        for side, component in (("reference", reference), ("Rust", native)):
            parts = [component.part(first, stop) for first, stop in pairwise(cuts)]
            seen = {
                "block": component.block(0, steps),
                "steps": _shown(component),
                "kept steps": _shown(list(component)),
                "parts": _together(parts),
                "parts of parts": _together(part.part(0, len(part)) for part in parts),
            }
            for what, table in seen.items():
                bench.settle(compare_results(block, table), f"case {index}: {what} of {side}")


@check("several symbols", "multi_symbol")
def many_symbols(bench: Bench) -> None:
    """Some hundred symbols, by block and step by step."""
    walked = with_many(walked_base(_SEED, 1), bench.extent.few(_MANY, 64))
    for mode in MODES:
        steps = walked.steps(mode)
        reference, native = _built(walked, mode)
        bench.agree(partial(reference.block, 0, steps), partial(native.block, 0, steps), about=mode)
        bench.agree(partial(_shown, reference), partial(_shown, native), about=f"{mode}, step by step")


@check("several symbols", "multi_symbol", rules=("M-3",))
def indicators(bench: Bench) -> None:
    """Values of a symbol's own bar, several outputs, none where it is missing; a wrong length is refused."""
    walked = walked_base(_SEED, 2)
    series = [_series(table.num_rows, place) for place, table in enumerate(walked.tables)]
    short = [{**one, "b": (*one["b"][:1], one["b"][1][1:])} if one["b"][1] else one for one in series]
    for mode in MODES:
        built = (*walked.built_with(mode)[:4], series)
        reference, native = (factory(*built) for factory in factories("multi_symbol"))
        bench.agree(partial(_values, reference), partial(_values, native), about=mode)
    wrong = (*walked.built_with(MODES[0])[:4], short)
    bench.refuse(*(partial(factory, *wrong) for factory in factories("multi_symbol")), about="a short series")


@check("several symbols", "multi_symbol", (0, 1))
def at_the_same_time(bench: Bench, which: int) -> None:
    """Threads that walk one data set see what a single pass sees."""
    for index in range(bench.extent.few(_THREADED, 3)):
        walked = with_many(walked_base(_SEED, index), 20)
        both = _built(walked, MODES[0])
        alone = _shown(both[1 - which])
        with ThreadPoolExecutor(_THREADS) as pool:
            for found in pool.map(_shown, [both[which]] * _THREADS):
                bench.settle(compare_results(alone, found), f"case {index}: in a thread")


@check("several symbols", "multi_symbol")
def wrong_use(bench: Bench) -> None:
    """Names and numbers that are none are refused alike."""
    walked = with_many(walked_base(_SEED, 1), 3)
    both = _built(walked, MODES[0])
    first = [next(iter(component)) for component in both]
    calls: dict[str, Any] = {"an unknown name": lambda one: one["EURUSD"], "an empty name": lambda one: one[""]}
    for about, call in calls.items():
        bench.refuse(*(partial(call, one) for one in first), about=about)
    for part in ((-1, 0), (0, walked.steps(MODES[0]) + 1), (2, 1)):
        bench.refuse(*(partial(component.part, *part) for component in both), about=part)
    crowd = with_many(walked, 65_536)
    bench.refuse(*(partial(make, *crowd.built_with(MODES[0])) for make in factories("multi_symbol")), about="a crowd")


@check("runs over several symbols", "multi_symbol", rules=("M-4", "Q-M4", "Q-M4b", "Q-M4c", "Q-M4e"))
def generated_runs(bench: Bench) -> None:
    """Signals and a strategy over generated symbols, which are ragged, with gaps, apart, one, or without a row."""
    seen: Counter[str] = Counter()
    for case in sample_many(bench.extent.few(_RUNS, _LEAST_RUNS), bench.extent.seed or 0):
        reference = answers(case.calls, reference_factory)
        bench.settle(compare_answers(reference, answers(case.calls, native_factory)), case.name)
        for label, run in reference:
            if isinstance(run, RunOutput):
                seen.update(map(str, run.events.column("kind").to_pylist()))
                seen.update(map(str, run.events.column("reason").to_pylist()))
                seen["trades"] += run.trades.num_rows
            elif label == "refused":
                seen["refused"] += 1
    bench.counts["trades"] += seen["trades"]
    bench.require(all(seen[what] for what in _WANTED), f"nothing shows {_WANTED}: {dict(seen)}")


@check("real bars together", "multi_symbol", TIMEFRAMES, is_market=True)
def real_bars_together(bench: Bench, timeframe: str) -> None:
    """All real sets of a timeframe as one data set."""
    folder = market_data_folder()
    if folder is None:
        raise omega_error(ErrorCode.NOT_FOUND, "no market data on this machine", rule="X-1")
    markets = [real_market(folder, name) for name in market_set_names()]
    markets = [market for market in markets if market.timeframe == Timeframe[timeframe]]
    walked = Walked(
        symbols=tuple(market.name for market in markets),
        tables=tuple(market.bars for market in markets),
        timeframe=Timeframe[timeframe],
    )
    for mode in MODES:
        steps, (reference, native) = walked.steps(mode), _built(walked, mode)
        bench.require(len(markets) > 1 and len(native) == steps, f"{timeframe}: {len(native)} steps, not {steps}")
        bench.agree(partial(reference.block, 0, steps), partial(native.block, 0, steps), about=mode)
        part = (steps // 3, steps // 3 + min(steps // 3, 5_000))
        shown = [partial(_shown, component.part(*part)) for component in (reference, native)]
        bench.agree(*shown, about=f"{mode}, step by step")


def _built(walked: Walked, mode: str) -> tuple[Any, Any]:
    reference, native = (factory(*walked.built_with(mode)) for factory in factories("multi_symbol"))
    return reference, native


def _together(parts: Iterable[Any]) -> pa.Table:
    return pa.concat_tables([SLICES.empty_table(), *map(_shown, parts)]).combine_chunks()


def _shown(slices: Iterable[MultiSymbolSlice]) -> pa.Table:
    """Put together what slices show, as a block has it."""
    rows: list[dict[str, Any]] = []
    for one in slices:
        for snapshot in one.symbols:
            row = {"step": one.step, "timestamp": one.timestamp, "symbol": snapshot.symbol}
            row["last_seen"] = snapshot.last_seen
            for side, candle in (("bid", snapshot.bid), ("ask", snapshot.ask)):
                if candle is not None:
                    assert snapshot.row == snapshot.last_seen, "the current bar is the last seen one"
                    row |= {f"{side}_{name}": getattr(candle, name) for name in PRICES}
                    row["volume"] = candle.volume
            rows.append(row)
    return pa.table([pa.array([row.get(one.name) for row in rows], one.type) for one in SLICES], schema=SLICES)


def _series(rows: int, place: int) -> dict[str, tuple[list[float], ...]]:
    """Return two indicators, the second with two outputs, undefined at first."""
    first = [float("nan") if row < 2 else row + place / 8 for row in range(rows)]
    return {"a": (first,), "b": ([row * 0.5 for row in range(rows)], first)}


def _values(component: Iterable[MultiSymbolSlice]) -> dict[str, float | int]:
    """Put together what the indicators of each snapshot show."""
    found: dict[str, float | int] = {}
    for one in component:
        for place, snapshot in enumerate(one.symbols):
            found[f"{one.step}.{place}"] = len(snapshot.indicators)
            for label, value in snapshot.indicators.items():
                values = value if isinstance(value, tuple) else (value,)
                found |= {f"{one.step}.{place}.{label}.{output}": cell for output, cell in enumerate(values)}
    return found


def _kinds(found: dict[str, object]) -> Iterable[str]:
    """Name what a case shows."""
    whole, common = found["union_whole"], found["intersection_whole"]
    if isinstance(whole, pa.Table):
        prices, seen = whole.column("bid_open"), whole.column("last_seen")
        yield from ["missing"] * bool(prices.null_count) + ["present"] * (prices.null_count < len(prices))
        yield from ["not seen"] * bool(seen.null_count) + ["no step"] * (not len(seen))
    if isinstance(common, pa.Table) and isinstance(whole, pa.Table):
        yield from ["intersected"] * (0 < common.num_rows < whole.num_rows)
    yield from ["refused part"] * (not isinstance(found["union_beyond"], pa.Table))
    yield from ["refused symbols"] * (not isinstance(found["refused"], int))
