"""Generated runs over several symbols (M-4): the signals of one generated market, spread over symbols of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega import orders
from omega.contract.schemas import SIGNALS
from omega.contract.types import EngineConfig, Rate, Variant
from omega.orders import Order, Position
from omega.serve.factories import create_indicators
from omega.strategy.asking import Asking
from omega.strategy.base import Strategy
from omega_parity.generate.blocks import Decisions, keyed_bytes
from omega_parity.generate.calls import Call, CallCase
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.multi_symbol import spread_rows
from omega_parity.generate.own import Asked
from omega_parity.generate.sequences import GENERATED, sample_case

_FROM: Final = 1 << 23
_MOST_BARS: Final = 400
_BYTES: Final = 256
_KEY: Final = 1 << 37
_QUOTES: Final = ("USD", "GBP", "CHF")
_OTHER: Final = "OTHER"
_RATE_EVERY: Final = 20
"""Bars between two rows of a series."""


def many_base(seed: int, index: int) -> Case:
    """Return the bars, the signals and the configuration of a generated case of the canonical variant."""
    place = _FROM + 16 * index
    while True:
        case = sample_case(seed, place)
        is_canonical = case.config.variant is Variant.CANONICAL and case.config.instrument is not None
        if case.signals is not None and is_canonical and case.bars.num_rows <= _MOST_BARS:
            return case
        place += 1


def sample_many(n: int, seed: int = 0) -> Iterator[CallCase]:
    """Yield ``n`` cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield many_calls(seed, index)


def many_calls(seed: int, index: int) -> CallCase:
    """Return case ``index`` of the sample with ``seed``: its signals, and a strategy of one's own, over its symbols."""
    case = many_base(seed, index)
    calls_on = partial(_calls, case, keyed_bytes(seed, _KEY + index, _BYTES), index)
    return CallCase(name=f"{GENERATED}/{seed}-many-{index}", bars=case.bars, calls_on=calls_on)


def _calls(case: Case, block: bytes, number: int, bars: pa.Table) -> tuple[Call, ...]:
    decisions = Decisions(block)
    tables = spread_rows(bars, decisions)
    configs = configs_of(case.config, times_of(bars), len(tables), decisions)
    assert case.signals is not None
    signals = spread_signals(case.signals, len(tables), decisions)
    given = [(table, create_indicators("python", table)) for table in tables]
    symbols = [config.symbol for config in configs]
    asked = Asked(partial(Asking, Pairs(number), given, configs[0], 0, symbols))
    return (
        _call("signals", tables, signals, configs),
        _call("own", tables, None, configs, own=asked.own),
        _call("refused", *_refused(tables, signals, configs, decisions)),
    )


def _call(label: str, *arguments: object, **named: object) -> Call:
    return Call(label=label, component="event_engine", method="run_many", arguments=arguments, named=named)


def configs_of(
    config: EngineConfig, times: Sequence[int], count: int, decisions: Decisions
) -> tuple[EngineConfig, ...]:
    """Return a configuration for each symbol: quoted in several currencies, by a fixed rate and a series (C-6)."""
    steps = times[::_RATE_EVERY]
    levels = tuple(1.25 + decisions.byte() / 1024 for _ in steps)
    pounds = Rate(pair="GBPUSD", timestamps=tuple(steps), values=levels)
    rates = (pounds, Rate(pair="USDCHF", timestamps=(), values=(0.9,)))
    age = decisions.choose((232, 1 << 60), (24, 7 * 86_400_000_000))
    shared = replace(config, account_currency="USD", rates=rates, rates_max_age=age, commission=None)
    spec = config.instrument
    assert spec is not None
    made = []
    for place in range(count):
        quote = _QUOTES[(place + decisions.byte() % 2) % len(_QUOTES)]
        step = spec.volume_step if place % 2 else spec.volume_min
        own = replace(
            spec, symbol=f"S{place}", tick_value=None, base_currency="EUR", quote_currency=quote, volume_step=step
        )
        made.append(replace(shared, symbol=own.symbol, instrument=own))
    return tuple(made)


def spread_signals(signals: pa.Table, count: int, decisions: Decisions) -> pa.Table:
    """Return the signals, each of one of the symbols, a few of one that the run has not."""
    first = decisions.byte()
    places = [(row * 7 + first + row // 5) % count for row in range(len(signals))]
    names = [_OTHER if (row + first) % 41 == 40 else f"S{place}" for row, place in enumerate(places)]
    place = SIGNALS.get_field_index("symbol")
    return signals.set_column(place, SIGNALS.field("symbol"), pa.array(names, pa.string()))


def _refused(
    tables: Sequence[pa.Table], signals: pa.Table, configs: tuple[EngineConfig, ...], decisions: Decisions
) -> tuple[object, ...]:
    """Return arguments that break one rule of Q-M4d, or more."""
    last = configs[-1]
    assert last.instrument is not None
    lost = replace(last, instrument=replace(last.instrument, base_currency="AAA", quote_currency="BBB"))
    backwards = signals.take(pa.array(range(len(signals) - 1, -1, -1), pa.int64()))
    return decisions.evenly(
        (tables, signals, [*configs[:-1], replace(last, symbol="")]),
        ([*tables, tables[0]], signals, [*configs, configs[0]]),
        (tables[1:], signals, configs),
        (tables, None, configs),
        (tables, signals, [replace(one, variant=Variant.V1) for one in configs]),
        (tables, signals, [*configs[:-1], replace(last, instrument=None)]),
        (tables, signals, [*configs[:-1], lost]),
        ([table.slice(0, 0) for table in tables], signals, configs),
        (tables, signals, [replace(one, start=(1 << 57)) for one in configs]),
        (tables, backwards, configs),
        ([*tables[:-1], pa.concat_tables([tables[-1], tables[-1]])], signals, configs),
    )


class Pairs(Strategy):
    """Trades symbols against each other by what it is told of all of them."""

    def __init__(self, number: int) -> None:
        self.number = number

    def evaluate(self, bars: Any, positions: Sequence[Position], equity: float) -> list[Order]:
        """Open both legs every few steps, leave or change what there is every few others; a leg may have no bar."""
        step = bars.step + self.number
        if positions and step % 5 == 0:
            one = positions[step % len(positions)]
            return [orders.close(one, fraction=0.5 if step % 3 else None)]
        if positions and step % 7 == 3:
            one = positions[step % len(positions)]
            return [orders.modify(one, take_profit=one.entry_price * (1.01 if one.direction == "long" else 0.99))]
        seen = [name for name in bars if len(bars[name])]
        if step % 3 or not seen:
            return []
        first, second = seen[step % len(seen)], bars.symbols[(step * 3 + 1) % len(bars)]
        risk = 0.02 if equity > 0.0 else 0.04
        price = float(bars[first].bid_close[-1])
        other = float(bars[second].ask_close[-1]) if len(bars[second]) else price
        return [
            orders.market("long", stop_loss=price * (1.0 - risk), symbol=first),
            orders.market("short", stop_loss=other * (1.0 + risk), symbol=second, size=0.1),
        ]
