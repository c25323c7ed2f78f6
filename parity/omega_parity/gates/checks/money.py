"""What lies in the ranges of T-10 stays finite on both sides, what lies outside is refused alike."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega.compare.outcome import Failure
from omega.config import load_config, resolve
from omega.contract import ranges
from omega.contract.errors import ErrorCode
from omega.contract.ranges import Range
from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import EngineConfig, Variant
from omega_parity.drive.components import factories
from omega_parity.gates.checks.bench import Bench, CheckFailedError, check
from omega_parity.generate.configurations import fine_enough

_RUNS: Final = 150
"""Generated runs of each variant; before T-10 789 of 12,000 ended in NaN or infinite money."""
_LEAST_RUNS: Final = 30
_BARS_OF_A_RUN: Final = 30
_MINUTE: Final = 60_000_000
_MANAGED: Final = ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")
_START: Final = 1_704_067_200_000_000


def _of(rng: random.Random, span: Range) -> float:
    """Draw from a range: an end, or any magnitude of it."""
    least = span.least or rng.choice((1e-12, 1e-3))
    if rng.random() < 0.4:
        return rng.choice((span.least, span.most))
    return min(span.most, max(span.least, math.exp(rng.uniform(math.log(least), math.log(span.most)))))


def _settings(rng: random.Random, variant: Variant) -> dict[str, Any]:
    sizes = sorted(_of(rng, Range(1e-8, ranges.SIZE.most)) for _ in range(2))
    instrument = {
        "symbol": "X",
        **{key: _of(rng, ranges.UNIT) for key in ("pip_size", "tick_size", "tick_value", "contract_size")},
        "volume_min": sizes[0],
        "volume_max": sizes[1],
        "volume_step": _of(rng, ranges.SIZE),
        "base_currency": "A",
        "quote_currency": "USD",
        "profit_currency": "USD",
        "digits": rng.randrange(16),
        "min_stop_distance_pips": rng.choice((0.0, 0.0, _of(rng, ranges.FACTOR))),
    }
    has_spec = variant is Variant.CANONICAL or rng.random() < 0.7
    account: dict[str, Any] = {}
    if variant is Variant.CANONICAL:
        instrument |= _worth(rng, account)
        account |= rng.choice(({"on_ruin": "continue"}, {"on_ruin": "continue"}, {}, _margin(rng)))
    return {
        **account,
        "variant": variant.text,
        "symbol": "X",
        "timeframe": "M1",
        "close_at_end": rng.random() < 0.5,
        "initial_balance": _of(rng, ranges.MONEY),
        "risk_per_trade": _of(rng, ranges.MONEY),
        "risk_fraction": rng.choice((None, _of(rng, ranges.FRACTION), 1.0)),
        "pip_buffer_factor": rng.choice((0.0, 0.5, _of(rng, ranges.FACTOR))),
        "sizing": _sizing(rng, variant),
        "costs": {
            "slippage": {"fixed_pips": rng.choice((0.0, 0.0, 0.0, 0.1, _of(rng, ranges.FACTOR)))},
            **_charges(rng, variant),
        },
        "instruments": [instrument] if has_spec else [],
    }


def _sizing(rng: random.Random, variant: Variant) -> dict[str, Any]:
    keys: dict[str, Any] = {} if variant is Variant.V1 else {"below_min": rng.choice(("clamp", "clamp", "reject"))}
    mode = rng.choice(("risk", "risk", "pip", "fixed"))
    return {**keys, "mode": mode, "lots": _of(rng, ranges.SIZE) if mode == "fixed" else None}


def _charges(rng: random.Random, variant: Variant) -> dict[str, Any]:
    """Draw a fee or a commission, in a currency that needs no rate of its own, and nights."""
    found: dict[str, Any] = {}
    if variant is Variant.CANONICAL and rng.random() < 0.5:
        points = {key: rng.choice((-1.0, 1.0)) * _of(rng, ranges.FACTOR) for key in ("long_points", "short_points")}
        found["swap"] = {**points, "rollover": "00:15", "zone": "UTC"}
    if rng.random() < 0.5:
        return found | {"fee": {key: rng.choice((0.0, _of(rng, ranges.CHARGE))) for key in ("per_million", "min_fee")}}
    basis = rng.choice(("per_lot", "per_million_notional", "percent_of_notional"))
    found["commission"] = {
        "basis": basis,
        "rate": _of(rng, ranges.FRACTION if basis == "percent_of_notional" else ranges.CHARGE),
        "multiplier": rng.choice((1.0, _of(rng, ranges.FACTOR))),
        "min_fee": rng.choice((0.0, _of(rng, ranges.CHARGE))),
    }
    return found


def _worth(rng: random.Random, account: dict[str, Any]) -> dict[str, Any]:
    """Draw what a price is worth by: keys of the instrument are returned, those of the account added (S-1, C-6)."""
    way = rng.choice(("tick value", "tick value", "contract", "price", "rate", "inverse", "through"))
    pairs = {"rate": ["QUOUSD"], "inverse": ["USDQUO"], "through": ["QUOUSD", "ACCUSD"]}.get(way, [])
    account["rates"] = {pair: _of(rng, ranges.UNIT) for pair in pairs}
    account["account_currency"] = "ACC" if way == "through" else "USD"
    if way == "tick value":
        return {}
    quote = "USD" if way == "contract" else "QUO"
    return {"tick_value": None, "base_currency": "USD" if way == "price" else "A", "quote_currency": quote}


def _margin(rng: random.Random) -> dict[str, Any]:
    leverage = rng.choice((1.0, _of(rng, Range(1.0, ranges.UNIT.most))))
    return {"margin": {"leverage": leverage, "stop_out": rng.choice((0.0, 0.5, 1.0))}}


def _bars(rng: random.Random) -> pa.Table:
    base = _of(rng, ranges.PRICE)
    rows: list[list[float]] = []
    for row in range(_BARS_OF_A_RUN):
        far = rng.random() < 0.2
        prices = sorted(
            _of(rng, ranges.PRICE) if far else min(1e12, max(1e-12, base * rng.choice((1.0, 1 - 1e-15, 1.1, 0.9))))
            for _ in range(4)
        )
        side = [prices[1], prices[3], prices[0], prices[2]]
        rows.append([_START + row * _MINUTE, *side, *side, 0.0])
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=BARS)


def _signals(rng: random.Random, bars: pa.Table) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for row in range(0, _BARS_OF_A_RUN - 2, 2):
        direction = rng.choice(("long", "short"))
        near = bars.column("ask_close")[row].as_py()
        below, above = Range(1e-12, near), Range(near, 1e12)
        losing, winning = (below, above) if direction == "long" else (above, below)
        levels = (near, _of(rng, losing), _of(rng, winning))
        if rng.random() < 0.3:
            levels = (_of(rng, ranges.PRICE), near * (1 - 1e-15), _of(rng, ranges.PRICE))
        price, stop, target = (min(1e12, max(1e-12, x)) for x in levels)
        rows.append(
            {
                "timestamp": _START + row * _MINUTE,
                "symbol": "X",
                "signal_type": "entry",
                "magic_number": 0,
                "direction": direction,
                "order_type": rng.choice(("market", "market", "limit", "stop")),
                "price": price,
                "stop_loss": stop,
                "take_profit": target,
                "size": rng.choice((None, None, _of(rng, ranges.SIZE))),
                "max_holding": rng.choice((None, 5 * _MINUTE)),
                **{name: rng.choice((None, None, None, _of(rng, ranges.FACTOR))) for name in _MANAGED},
            }
        )
        if rng.random() < 0.3:
            rows.append(_instruction(rng, rows[-1], _START + (row + 1) * _MINUTE))
    return pa.Table.from_pylist(rows, schema=SIGNALS)


def _instruction(rng: random.Random, entry: dict[str, Any], time: int) -> dict[str, Any]:
    """Close a part of what an entry opened, or move its levels, in the bar after it."""
    asked = {"timestamp": time, "symbol": "X", "magic_number": 0, "signal_type": rng.choice(("exit", "modify"))}
    if asked["signal_type"] == "exit":
        return asked | {"fraction": rng.choice((None, 0.5, _of(rng, ranges.FRACTION)))}
    return asked | {name: rng.choice((entry[name], _of(rng, ranges.PRICE))) for name in ("stop_loss", "take_profit")}


def _numbers(output: Any) -> list[float]:
    """Every number of a result that is set."""
    tables = (output.events, output.trades, output.equity, output.positions)
    columns = [table.column(field.name) for table in tables for field in table.schema if field.type == pa.float64()]
    return [
        *(value for column in columns for value in column.to_pylist() if value is not None),
        *(float(value) for value in output.metrics.values() if value is not None),
    ]


@check("money", "event_engine", tuple(Variant))
def in_its_ranges_stays_finite(bench: Bench, variant: Variant) -> None:
    """Extreme bars, signals and configurations: every number of every result is finite."""
    rng = random.Random(f"{bench.extent.seed or 0}/{variant.value}")
    engines = [make() for make in factories("event_engine")]
    runs = bench.extent.few(_RUNS, _LEAST_RUNS)
    trades = largest = 0.0
    for number in range(runs):
        config = resolve(load_config(_settings(rng, variant)))
        bars = _bars(rng)
        lowest = min(bars.column(name)[row].as_py() for name in ("bid_low", "ask_low") for row in range(len(bars)))
        config = fine_enough(config, lowest)
        signals = _signals(rng, bars)
        output = bench.agree(*(partial(engine.run, bars, signals, config) for engine in engines), about=number)
        if isinstance(output, Failure):
            bench.require(output.column == "costs.slippage", f"run {number}: {output}")
            continue
        numbers = _numbers(output)
        bench.require(all(math.isfinite(value) for value in numbers), f"run {number}: a number is not finite")
        bench.require(_missing_results(output) == [], f"run {number}: a result is not set")
        trades += output.trades.num_rows
        largest = max(largest, *map(abs, numbers))
    # Prices finer than the instrument lie on one point of its grid, so that many orders have no distance.
    bench.require(2 * trades > runs, f"only {trades} trades in {runs} runs")
    bench.require(1e20 < largest < 1e290, f"the largest number is {largest}")


def _missing_results(output: Any) -> list[object]:
    """Order ids of closed rows without result or fee: a NaN taken for "not set"."""
    events = output.events.to_pylist()
    closed = [row for row in events if row["kind"] in ("closed", "partially_closed")]
    return [row["order_id"] for row in closed if row["result"] is None or row["fee"] is None]


@check("money", "event_engine", tuple(Variant))
def outside_its_ranges_is_refused(bench: Bench, variant: Variant) -> None:
    """Bars and signals, with the same code, rule, column, row and value."""
    config = resolve(load_config({"symbol": "EURUSD", "timeframe": "M1", "variant": variant.text}))
    prices = dict.fromkeys(BARS.names[1:9], 1.1)
    bars = pa.Table.from_pylist([{"timestamp": _START, "volume": 0.0, **prices}], schema=BARS)
    signal = {"timestamp": _START, "symbol": "EURUSD", "signal_type": "entry", "magic_number": 0, "direction": "short"}
    signal |= {"order_type": "market", "price": 1.1, "stop_loss": 1.2}
    bad: list[tuple[str, float]] = [("size", 1e304), ("size", 1e-13), ("price", 1e13), ("stop_loss", 1e-300)]
    bad += [("take_profit", 1e300), ("trailing_distance", 1e300), ("break_even_at_r", 1e13)]
    bad += [("fraction", 1e-13), ("fraction", 1.0000000000000002)]
    for column, value in bad:
        signals = pa.Table.from_pylist([signal, signal | {column: value}], schema=SIGNALS)
        found = _refused(bench, bars, signals, config)
        wanted = (ErrorCode.CONSTRAINT_VIOLATION, "T-6", column, 1, value)
        bench.require(found == wanted, f"{found} instead of {wanted}")
    for column, value in (("bid_high", 1e13), ("ask_low", 1e-13), ("bid_low", 5e-324), ("ask_open", 1.7e308)):
        wrong = bars.set_column(BARS.names.index(column), BARS.field(column), pa.array([value]))
        found = _refused(bench, wrong, SIGNALS.empty_table(), config)
        is_so = (found[0], found[1], found[3]) == (ErrorCode.CONSTRAINT_VIOLATION, "T-2", 0)
        # A low or a high may first be seen as an open that lies outside it.
        is_so &= column.endswith("_low") or (found[2], found[4]) in {(column, value), (f"{column[:3]}_open", 1.1)}
        bench.require(is_so, f"{column} {value}: {found}")


def _refused(bench: Bench, bars: pa.Table, signals: pa.Table, config: EngineConfig) -> tuple[Any, ...]:
    runs = (partial(make().run, bars, signals, config) for make in factories("event_engine"))
    found = bench.refuse(*runs, about="money")
    return found.code, found.rule, found.column, found.row, found.value


@check("money", "event_engine", tuple(Variant))
def a_computed_nan_is_not_null(bench: Bench, variant: Variant) -> None:
    """Past the boundary nothing keeps such a contract out: the fee is (0 · ∞), and no side calls it null."""
    config = resolve(load_config({"symbol": "EURUSD", "timeframe": "M1", "variant": variant.text}))
    if config.instrument is None:
        raise CheckFailedError("EURUSD has no built-in specification")
    instrument = replace(config.instrument, contract_size=1e308)
    broken = replace(config, instrument=instrument, close_at_end=True)
    prices = dict.fromkeys(BARS.names[1:9], 1.1)
    bars = pa.Table.from_pylist(
        [{"timestamp": _START + row * _MINUTE, "volume": 0.0, **prices} for row in range(2)], schema=BARS
    )
    signal = {"timestamp": _START, "symbol": "EURUSD", "signal_type": "entry", "magic_number": 0, "direction": "short"}
    signal |= {"order_type": "market", "price": 1.1, "stop_loss": 1.2, "size": 10.0}
    signals = pa.Table.from_pylist([signal], schema=SIGNALS)
    simulators = [make(broken) for make in factories("execution_simulator")]
    bench.agree(*(partial(one.process_signals, bars.slice(0, 1), signals) for one in simulators), about=variant)
    outputs = [make().run(bars, signals, broken) for make in factories("event_engine")]
    for table in ("events", "trades", "equity", "positions"):
        bench.agree(*(partial(getattr, output, table) for output in outputs), about=table)
    for output in outputs:
        closed = output.events.to_pylist()[-1]
        bench.require(closed["kind"] == "closed" and math.isnan(closed["fee"]), f"the last event is {closed}")
