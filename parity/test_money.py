"""Gate: what lies in the ranges of T-10 stays finite on both sides, what lies outside is refused alike."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pytest

from omega.config import load_config, resolve
from omega.contract import ranges
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.ranges import Range
from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import EngineConfig, Variant
from omega_parity.drive.components import factories
from omega_parity.gates.plugin import Agree, Refuse

RUNS: Final = int(os.environ.get("OMEGA_MONEY_RUNS", "150"))
"""Generated runs of each variant; before T-10 789 of 12,000 ended in NaN or infinite money."""
BARS_OF_A_RUN: Final = 30
MINUTE: Final = 60_000_000
START: Final = 1_704_067_200_000_000


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
    return {
        "variant": variant.text,
        "symbol": "X",
        "timeframe": "M1",
        "close_at_end": rng.random() < 0.5,
        "initial_balance": _of(rng, ranges.MONEY),
        "risk_per_trade": _of(rng, ranges.MONEY),
        "risk_fraction": rng.choice((None, _of(rng, ranges.FRACTION), 1.0)),
        "pip_buffer_factor": rng.choice((0.0, 0.5, _of(rng, ranges.FACTOR))),
        "sizing": {} if variant is Variant.V1 else {"below_min": rng.choice(("clamp", "clamp", "reject"))},
        "costs": {
            "slippage": {"fixed_pips": rng.choice((0.0, 0.0, 0.0, 0.1, _of(rng, ranges.FACTOR)))},
            "fee": {key: rng.choice((0.0, _of(rng, ranges.CHARGE))) for key in ("per_million", "min_fee")},
        },
        "instruments": [instrument] if has_spec else [],
    }


def _bars(rng: random.Random) -> pa.Table:
    base = _of(rng, ranges.PRICE)
    rows: list[list[float]] = []
    for row in range(BARS_OF_A_RUN):
        far = rng.random() < 0.2
        prices = sorted(
            _of(rng, ranges.PRICE) if far else min(1e12, max(1e-12, base * rng.choice((1.0, 1 - 1e-15, 1.1, 0.9))))
            for _ in range(4)
        )
        side = [prices[1], prices[3], prices[0], prices[2]]
        rows.append([START + row * MINUTE, *side, *side, 0.0])
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=BARS)


def _signals(rng: random.Random, bars: pa.Table) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for row in range(0, BARS_OF_A_RUN - 2, 2):
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
                "timestamp": START + row * MINUTE,
                "symbol": "X",
                "signal_type": "entry",
                "magic_number": 0,
                "direction": direction,
                "order_type": rng.choice(("market", "market", "limit", "stop")),
                "price": price,
                "stop_loss": stop,
                "take_profit": target,
                "size": rng.choice((None, None, _of(rng, ranges.SIZE))),
                "max_holding": rng.choice((None, 5 * MINUTE)),
            }
        )
    return pa.Table.from_pylist(rows, schema=SIGNALS)


def _numbers(output: Any) -> list[float]:
    """Every number of a result that is set."""
    tables = (output.events, output.trades, output.equity, output.positions)
    columns = [table.column(field.name) for table in tables for field in table.schema if field.type == pa.float64()]
    return [
        *(value for column in columns for value in column.to_pylist() if value is not None),
        *(float(value) for value in output.metrics.values()),
    ]


@pytest.mark.rule("T-10", "Q-T10", "P-2", "P-3", "P-5")
@pytest.mark.parametrize("variant", list(Variant))
def test_money_in_its_ranges_stays_finite(variant: Variant, agree: Agree) -> None:
    rng = random.Random(variant.value)
    engines = [make() for make in factories("event_engine")]
    trades = largest = 0.0
    for number in range(RUNS):
        config = resolve(load_config(_settings(rng, variant)))
        bars = _bars(rng)
        signals = _signals(rng, bars)
        agree(*(partial(engine.run, bars, signals, config) for engine in engines), about=number)
        output = _output_unless_slipping(partial(engines[0].run, bars, signals, config))
        if output is None:
            continue
        numbers = _numbers(output)
        assert all(math.isfinite(value) for value in numbers), number
        assert _missing_results(output) == [], number
        trades += output.trades.num_rows
        largest = max(largest, *map(abs, numbers))
    assert trades > RUNS, "most runs trade"
    assert 1e30 < largest < 1e290


def _output_unless_slipping(run: Callable[[], Any]) -> Any:
    try:
        return run()
    except OmegaError as error:
        if error.column != "costs.slippage":
            raise
        return None


def _missing_results(output: Any) -> list[object]:
    """Order ids of closed rows without result or fee: a NaN taken for "not set"."""
    events = output.events.to_pylist()
    closed = [row for row in events if row["kind"] == "closed"]
    return [row["order_id"] for row in closed if row["result"] is None or row["fee"] is None]


EURUSD: Final = {
    "symbol": "EURUSD",
    "pip_size": 1e-4,
    "tick_size": 1e-5,
    "tick_value": 1.0,
    "contract_size": 1e5,
    "volume_min": 0.01,
    "volume_step": 0.01,
    "volume_max": 100.0,
    "digits": 5,
    "base_currency": "EUR",
    "quote_currency": "USD",
    "profit_currency": "USD",
}


@pytest.mark.rule("T-10")
@pytest.mark.parametrize(
    ("keys", "column", "value", "span"),
    [
        ({"instruments": [EURUSD | {"volume_max": 1e308}]}, "instruments[0].volume_max", 1e308, "1e-12 … 1e+12"),
        (
            {"instruments": [EURUSD | {"contract_size": 1e-305}]},
            "instruments[0].contract_size",
            1e-305,
            "1e-12 … 1e+12",
        ),
        ({"risk_per_trade": 1e308}, "risk_per_trade", 1e308, "1e-12 … 1e+15"),
        ({"costs": {"fee": {"min_fee": 1e308}}}, "costs.fee.min_fee", 1e308, "0 … 1e+15"),
        ({"risk_fraction": 1e-300}, "risk_fraction", 1e-300, "1e-12 … 1"),
        ({"pip_buffer_factor": 1e300}, "pip_buffer_factor", 1e300, "0 … 1e+12"),
        ({"strategy": {"parameters": {"atr_mult": 1e300}}}, "strategy.parameters.atr_mult", 1e300, "0 … 1e+12"),
    ],
)
def test_a_key_outside_its_range_is_refused(keys: dict[str, Any], column: str, value: float, span: str) -> None:
    with pytest.raises(OmegaError) as caught:
        load_config(keys)
    error = caught.value
    assert (error.code, error.column, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, column, value)
    assert span in str(error)


@pytest.mark.rule("T-10", "Q-T10", "X-1")
@pytest.mark.parametrize("variant", list(Variant))
def test_tables_outside_the_ranges_are_refused_alike(variant: Variant, refuse: Refuse) -> None:
    config = resolve(load_config({"symbol": "EURUSD", "timeframe": "M1", "variant": variant.text}))
    prices = dict.fromkeys(BARS.names[1:9], 1.1)
    bars = pa.Table.from_pylist([{"timestamp": START, "volume": 0.0, **prices}], schema=BARS)
    signal = {"timestamp": START, "symbol": "EURUSD", "signal_type": "entry", "magic_number": 0, "direction": "short"}
    signal |= {"order_type": "market", "price": 1.1, "stop_loss": 1.2}
    bad: list[tuple[str, float]] = [("size", 1e304), ("size", 1e-13), ("price", 1e13), ("stop_loss", 1e-300)]
    bad += [("take_profit", 1e300), ("trailing_distance", 1e300), ("break_even_at_r", 1e13)]
    for column, value in bad:
        signals = pa.Table.from_pylist([signal, signal | {column: value}], schema=SIGNALS)
        found = _refused(refuse, bars, signals, config)
        assert found == (ErrorCode.CONSTRAINT_VIOLATION, "T-6", column, 1, value)
    for column, value in (("bid_high", 1e13), ("ask_low", 1e-13), ("bid_low", 5e-324), ("ask_open", 1.7e308)):
        wrong = bars.set_column(BARS.names.index(column), BARS.field(column), pa.array([value]))
        found = _refused(refuse, wrong, SIGNALS.empty_table(), config)
        assert (found[0], found[1], found[3]) == (ErrorCode.CONSTRAINT_VIOLATION, "T-2", 0)
        assert column.endswith("_low") or (found[2], found[4]) in {(column, value), (f"{column[:3]}_open", 1.1)}


def _refused(refuse: Refuse, bars: pa.Table, signals: pa.Table, config: EngineConfig) -> tuple[Any, ...]:
    engines = [make() for make in factories("event_engine")]
    refuse(*(partial(engine.run, bars, signals, config) for engine in engines), about=(bars, signals))
    with pytest.raises(OmegaError) as caught:
        engines[0].run(bars, signals, config)
    return caught.value.code, caught.value.rule, caught.value.column, caught.value.row, caught.value.value


@pytest.mark.rule("T-10", "T-8")
@pytest.mark.parametrize("variant", list(Variant))
def test_a_computed_nan_is_not_taken_for_null(variant: Variant, agree: Agree) -> None:
    """Past the boundary nothing keeps such a contract out: the fee is (0 · ∞), and no side calls it null."""
    config = resolve(load_config({"symbol": "EURUSD", "timeframe": "M1", "variant": variant.text}))
    assert config.instrument is not None
    contract_size = 1e-305 if variant is Variant.CANONICAL else 1e308
    instrument = replace(config.instrument, contract_size=contract_size)
    broken = replace(config, instrument=instrument, close_at_end=True)
    prices = dict.fromkeys(BARS.names[1:9], 1.1)
    bars = pa.Table.from_pylist(
        [{"timestamp": START + row * MINUTE, "volume": 0.0, **prices} for row in range(2)], schema=BARS
    )
    signal = {"timestamp": START, "symbol": "EURUSD", "signal_type": "entry", "magic_number": 0, "direction": "short"}
    signal |= {"order_type": "market", "price": 1.1, "stop_loss": 1.2, "size": 10.0}
    signals = pa.Table.from_pylist([signal], schema=SIGNALS)
    simulators = [make(broken) for make in factories("execution_simulator")]
    agree(*(partial(one.process_signals, bars.slice(0, 1), signals) for one in simulators), about=variant)
    outputs = [make().run(bars, signals, broken) for make in factories("event_engine")]
    for table in ("events", "trades", "equity", "positions"):
        agree(*(partial(getattr, output, table) for output in outputs), about=table)
    for output in outputs:
        closed = output.events.to_pylist()[-1]
        assert closed["kind"] == "closed"
        assert math.isnan(closed["fee"])
