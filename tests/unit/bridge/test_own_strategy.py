"""A strategy of one's own: what it sees, what it asks for, and that every way to run it is the same (L-3)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omega
from omega import Strategy, orders

from .own_strategies import CONFIG, M5, START, Crossover, Scripted, flat_bars


@pytest.fixture(scope="module")
def bars() -> omega.Bars:
    return omega.sample_bars(n=3_000, seed=7)


@pytest.mark.rule("L-3", "Q-L3")
def test_both_engines_ask_it_to_the_same_bits(bars: omega.Bars) -> None:
    python, rust = (omega.run_backtest(CONFIG, bars, strategy=Crossover(), backend=side) for side in ("python", "rust"))
    assert python.trades.num_rows > 20
    assert python.last_state_hash == rust.last_state_hash
    assert python.trades.equals(rust.trades)
    assert (python.backend, rust.backend) == ("python", "rust")
    # Two of the run, one per bar, and two for the cache and for each of its series.
    assert (python.crossings, rust.crossings) == (0, 2 + len(bars) + 6)


@pytest.mark.rule("Q-L3")
@pytest.mark.parametrize("signal_time", ["bar", "decision"])
def test_its_orders_make_the_same_run_as_signals(backend: str, bars: omega.Bars, signal_time: str) -> None:
    config = {**CONFIG, "signal_time": signal_time, "market_fill": "next_open", "max_positions_per_symbol": 1}
    result = omega.run_backtest(config, bars, strategy=Crossover(), backend=backend)
    assert result.orders is not None
    again = omega.run_signals(bars, result.orders, config, backend=backend)
    assert again.last_state_hash == result.last_state_hash
    assert again.trades.equals(result.trades)
    assert again.positions.equals(result.positions)


def test_trades_have_its_texts(backend: str, bars: omega.Bars) -> None:
    trade = omega.run_backtest(CONFIG, bars, strategy=Crossover(), backend=backend).trades.to_pylist()[0]
    assert (trade["scenario"], trade["metadata"], trade["magic_number"]) == ("cross", [("reason", "above")], 1)


@pytest.mark.rule("Q-L3")
def test_what_it_is_told_is_what_the_bar_before_left(backend: str) -> None:
    told: list[Any] = []
    script = {
        1: lambda bars, _: [orders.market("long", stop_loss=1.0, size=1.0)],
        3: lambda _, positions: [orders.close(positions[0], fraction=0.5)],
        4: lambda _, positions: [orders.modify(positions[0], stop_loss=1.05)],
        5: lambda _, positions: [orders.close(positions[0])],
    }
    closes = [1.1, 1.1, 1.2, 1.2, 1.2, 1.2, 1.2]
    result = omega.run_backtest(CONFIG, flat_bars(closes), strategy=Scripted(script, told), backend=backend)
    assert [row for row, _, _ in told] == list(range(7))
    # A lot of 100,000 bought at 1.10001 is worth 9,999.00 more at 1.2; a half of it is closed in bar 3.
    assert [round(equity, 2) for _, equity, _ in told] == [
        10_000.0,
        10_000.0,
        9_999.0,
        19_999.0,
        19_999.0,
        19_999.0,
        19_999.0,
    ]
    shown = [[(one.order_id, one.size, one.stop_loss, one.status) for one in positions] for _, _, positions in told]
    whole, half = (1, 1.0, 1.0, "open"), (1, 0.5, 1.0, "open")
    assert shown == [[], [], [whole], [whole], [half], [(1, 0.5, 1.05, "open")], []]
    opened = told[2][2][0]
    assert (opened.entry_price, opened.entry_time, opened.direction, opened.is_open) == (
        1.10001,
        START + M5,
        "long",
        True,
    )
    assert opened.order.size == 1.0
    assert result.trades.column("reason").to_pylist() == ["signal_exit", "signal_exit"]


@pytest.mark.rule("Q-L3b")
def test_pending_orders_wait_expire_and_are_cancelled(backend: str) -> None:
    told: list[Any] = []
    script = {
        0: lambda bars, _: [
            orders.limit("long", 1.05, stop_loss=1.0, size=0.1),
            orders.stop("short", 1.04, stop_loss=1.2, size=0.1, expires_at=int(bars.timestamp[-1]) + 2 * M5),
            orders.limit("long", 1.02, stop_loss=1.0, size=0.1, max_holding=timedelta(minutes=5)),
        ],
        2: lambda _, positions: [orders.cancel(positions[0], reason="no more")],
    }
    closes = [1.1, 1.1, 1.1, 1.1, 1.01, 1.01, 1.01]
    result = omega.run_backtest(CONFIG, flat_bars(closes), strategy=Scripted(script, told), backend=backend)
    assert [[one.magic_number for one in positions] for _, _, positions in told][:5] == [
        [],
        [1, 2, 3],
        [1, 2, 3],
        [3],
        [3],
    ]
    kinds = result.events.column("kind").to_pylist()
    assert [kinds.count(kind) for kind in ("accepted", "expired", "cancelled", "opened", "closed")] == [3, 1, 1, 1, 1]
    assert result.trades.column("reason").to_pylist() == ["timeout"]


def test_views_end_at_the_current_bar_and_cannot_be_written(backend: str) -> None:
    seen: list[Any] = []

    class Looking(Strategy):
        def indicators(self) -> dict[str, Any]:
            return {
                "mid": lambda bars: (bars.bid_close + bars.ask_close) / 2.0,
                "bands": omega.Indicator("bollinger", period=2, std_factor=1.0),
            }

        def evaluate(self, bars: Any, positions: Any, equity: float) -> list[orders.Order]:
            names = (
                "timestamp",
                "bid_open",
                "bid_high",
                "bid_low",
                "bid_close",
                "ask_open",
                "ask_high",
                "ask_low",
                "ask_close",
                "volume",
            )
            arrays = [getattr(bars, name) for name in names] + [bars["mid"], *bars["bands"]]
            seen.append(({len(array) for array in arrays}, {array.flags.writeable for array in arrays}, len(bars)))
            return []

    omega.run_backtest(CONFIG, flat_bars([1.1, 1.2, 1.3]), strategy=Looking(), backend=backend)
    assert seen == [({1}, {False}, 1), ({2}, {False}, 2), ({3}, {False}, 3)]


@pytest.mark.rule("Q-L3")
def test_when_leaves_bars_out_and_a_run_begins_at_start(backend: str) -> None:
    told: list[Any] = []

    class Even(Scripted):
        def when(self, bars: Any) -> Any:
            return np.arange(len(bars)) % 2 == 0

    config = {**CONFIG, "start": "2020-01-01T00:15:00+00:00"}
    result = omega.run_backtest(config, flat_bars([1.1] * 8), strategy=Even({}, told), backend=backend)
    assert [row for row, _, _ in told] == [4, 6]
    assert result.equity.num_rows == 5
    assert result.crossings == (0 if backend == "python" else 2 + 2)


@pytest.mark.rule("Q-L3")
def test_a_run_leaves_the_strategy_as_it_was(backend: str, bars: omega.Bars) -> None:
    class Counting(Crossover):
        asked = 0

        def evaluate(self, *arguments: Any) -> Any:
            self.asked += 1
            return super().evaluate(*arguments) if self.asked < 1_000 else []

    strategy = Counting()
    first, second = (omega.run_backtest(CONFIG, bars, strategy=strategy, backend=backend) for _ in range(2))
    assert first.last_state_hash == second.last_state_hash
    assert strategy.asked == 0


@pytest.mark.rule("Q-L1b", "Q-L3")
def test_at_the_limit_it_is_asked_and_can_turn_round(backend: str) -> None:
    script = {
        0: lambda *_: [orders.market("long", stop_loss=1.0, size=0.1), orders.market("long", stop_loss=1.0, size=0.1)],
        1: lambda _, positions: [orders.close(positions[0]), orders.market("short", stop_loss=1.3, size=0.1)],
    }
    config = {**CONFIG, "max_positions_per_symbol": 1}
    result = omega.run_backtest(config, flat_bars([1.1] * 4), strategy=Scripted(script), backend=backend)
    rejected = [row for row in result.events.to_pylist() if row["kind"] == "rejected"]
    assert [row["reason"] for row in rejected] == ["max_positions"]
    assert [row["direction"] for row in result.positions.to_pylist()] == ["short"]


@pytest.mark.rule("E-21", "Q-L3")
def test_after_a_stop_out_nobody_asks(backend: str) -> None:
    told: list[Any] = []
    script = {0: lambda *_: [orders.market("long", stop_loss=0.5, size=100.0)]}
    result = omega.run_backtest(
        CONFIG, flat_bars([1.1, 1.1, 0.9, 0.9]), strategy=Scripted(script, told), backend=backend
    )
    assert result.trades.column("reason").to_pylist() == ["stop_out"]
    assert [row for row, _, _ in told] == [0, 1, 2]


FILE = """
from omega import Strategy, orders

class Once(Strategy):
    def __init__(self, distance: float, at: int = 1):
        self.distance, self.at = distance, at

    def evaluate(self, bars, positions, equity):
        if len(bars) != self.at:
            return []
        return [orders.market("long", stop_loss=bars.bid_close[-1] - self.distance, size=0.1)]
"""


@pytest.mark.rule("A-1", "Q-L3b")
def test_a_configuration_names_a_class_of_a_file(tmp_path: Path, backend: str) -> None:
    (tmp_path / "once.py").write_text(FILE, encoding="utf-8")
    section = "{module: once.py, class: Once, magic_number: 40, parameters: {distance: 0.01, at: 2}}"
    text = f"symbol: EURUSD\nstrategy: {section}\n"
    (tmp_path / "run.yaml").write_text(text, encoding="utf-8")
    result = omega.run_backtest(tmp_path / "run.yaml", flat_bars([1.1] * 5), backend=backend)
    assert [(row["magic_number"], row["stop_loss"]) for row in result.positions.to_pylist()] == [(41, 1.09)]
    saved = omega.load_result(result.save(tmp_path / "result"))
    assert saved.config == result.config
    assert saved.last_state_hash == result.last_state_hash


def test_a_configuration_names_a_class_of_a_module() -> None:
    strategy = {"module": Crossover.__module__, "class": "Crossover", "parameters": {"fast": 5}}
    bars = omega.sample_bars(n=500, seed=7)
    named = omega.run_backtest({**CONFIG, "strategy": strategy}, bars)
    assert named.last_state_hash == omega.run_backtest(CONFIG, bars, strategy=Crossover(fast=5)).last_state_hash


@pytest.mark.rule("F-2", "Q-L3")
@pytest.mark.parametrize("value", ["shadow", "verify"])
def test_both_sides_beside_each_other_agree(value: str, bars: omega.Bars) -> None:
    with omega.config.override_flags(event_engine=value):
        result = omega.run_backtest(CONFIG, bars, strategy=Crossover())
    assert result.divergences == {}
    assert result.served["event_engine"].compared == 1
