from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import RunOutput
from omega.contract.schemas import EQUITY, EVENTS, POSITIONS, TRADES
from omega.contract.types import (
    Direction,
    DirectionFilter,
    EngineConfig,
    MeanReversionParameters,
    OrderType,
    Position,
    Signal,
    SignalType,
    StrategyConfig,
)
from omega_reference.costs.model import CostModel
from omega_reference.data import DataHandler
from omega_reference.engine import Engine
from omega_reference.indicators.cache import IndicatorCache
from omega_reference.strategy import registry
from omega_reference.strategy.base import HOLD, Action, BarSlice, Close

Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]
MakeTable = Callable[..., pa.Table]
MakeConfig = Callable[..., EngineConfig]

FLAT = (100.0, 100.0, 100.0, 100.0)
MINUTE_US = 60_000_000
FIVE_MINUTES_US = 300_000_000
START_US = 1_704_067_200_000_000

EURUSD = {
    "symbol": "EURUSD",
    "pip_size": 0.0001,
    "tick_size": 0.00001,
    "tick_value": 1.0,
    "contract_size": 100_000.0,
    "volume_min": 0.01,
    "volume_step": 0.01,
    "volume_max": 100.0,
    "digits": 5,
    "min_stop_distance_pips": 0.1,
}


def scenario_1(**changes: Any) -> StrategyConfig:
    parameters: Row = {
        "atr_length": 14,
        "atr_mult": 2.0,
        "window_length": 100,
        "ema_length": 30,
        "z_score_long": -2.0,
        "z_score_short": 2.0,
        "direction_filter": DirectionFilter.BOTH,
        "max_holding": 60 * FIVE_MINUTES_US,
    }
    return StrategyConfig(
        name="mean_reversion_z_score",
        magic_number=11,
        parameters=MeanReversionParameters(**(parameters | changes)),
    )


@pytest.fixture(scope="module")
def sample() -> pa.Table:
    return DataHandler().sample_bars(3000, 7)


@pytest.fixture
def strategy_config(make_config: MakeConfig) -> MakeConfig:
    def make(**changes: Any) -> EngineConfig:
        defaults: Row = {"spec": EURUSD, "symbol": "EURUSD", "timeframe": FIVE_MINUTES_US, "strategy": scenario_1()}
        return make_config(**(defaults | changes))

    return make


@pytest.mark.rule("T-8a")
def test_results_have_the_schemas_of_the_contract(run: Run) -> None:
    output, _ = run([FLAT, (90.0, 90.0, 90.0, 90.0)], [{}, {"stop_loss": 80.0}])
    assert (output.trades.schema, output.events.schema) == (TRADES, EVENTS)
    assert (output.equity.schema, output.positions.schema) == (EQUITY, POSITIONS)
    assert (output.chain.type, len(output.chain)) == (pa.binary(16), 2)
    assert output.trades["signal_row"].to_pylist() == [0]
    assert output.positions["signal_row"].to_pylist() == [1]


@pytest.mark.rule("L-1a")
def test_a_signal_is_handed_over_at_the_first_bar_not_before_it(run: Run) -> None:
    output, events = run([FLAT, FLAT, FLAT], [{"bar": 0.5}, {"bar": 1}])
    assert output.positions["entry_time"].cast(pa.int64()).to_pylist() == [START_US + MINUTE_US] * 2
    assert [event["order_id"] for event in events] == [1, 1, 2, 2]


@pytest.mark.rule("G-4")
def test_a_run_begins_at_the_first_bar_from_start(run: Run) -> None:
    output, _ = run([FLAT] * 4, [{"bar": 2}], start=START_US + 90_000_000)
    assert output.equity.num_rows == len(output.chain) == 2


@pytest.mark.rule("L-1", "E-18", "H-1")
def test_rejections_after_the_end_come_before_the_last_exits(run: Run) -> None:
    _, events = run([FLAT, FLAT], [{}, {"bar": 5}], close_at_end=True)
    assert [event["kind"] for event in events] == ["accepted", "opened", "rejected", "closed"]
    assert [event["seq"] for event in events] == [0, 1, 2, 3]


@pytest.mark.rule("Q-L1c", "Q-X2")
@pytest.mark.parametrize(
    ("changes", "code", "rule", "column", "value"),
    [
        ({"strategy": None}, ErrorCode.INVALID_ARGUMENT, "A-1", "strategy", None),
        ({"instrument": None}, ErrorCode.INVALID_ARGUMENT, "S-5", "instrument", "EURUSD"),
        ({"account_currency": "CHF"}, ErrorCode.INVALID_ARGUMENT, "S-1", "rates", "USDCHF"),
        ({"timeframe": 7}, ErrorCode.INVALID_ARGUMENT, "T-4", "timeframe", 7),
        ({"start": START_US * 2}, ErrorCode.EMPTY_INPUT, "G-4", "start", START_US * 2),
    ],
)
def test_runs_that_cannot_be_are_refused(
    strategy_config: MakeConfig,
    sample: pa.Table,
    changes: Row,
    code: ErrorCode,
    rule: str,
    column: str,
    value: int | str | None,
) -> None:
    spec = {"tick_value": None} if "account_currency" in changes else None
    with pytest.raises(OmegaError) as caught:
        Engine().run(sample, None, strategy_config(spec=spec, **changes))
    error = caught.value
    assert (error.code, error.rule, error.column, error.value) == (code, rule, column, value)


@pytest.mark.rule("A-1")
def test_an_unknown_strategy_names_the_choices_even_beside_signals(
    make_config: MakeConfig, make_bars: MakeTable, make_signals: MakeTable
) -> None:
    settings = StrategyConfig(name="martingale", magic_number=0, parameters=scenario_1().parameters)
    with pytest.raises(OmegaError, match=r"martingale.*mean_reversion_z_score") as caught:
        Engine().run(make_bars([FLAT]), make_signals({}), make_config(strategy=settings))
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_ARGUMENT, "A-1")
    assert registry.strategy_names() == ("mean_reversion_z_score",)


@pytest.mark.rule("A-3", "A-4", "A-8", "Q-A4", "Q-A10")
def test_scenario_1_trades_by_its_formulas(strategy_config: MakeConfig, sample: pa.Table) -> None:
    output = Engine().run(sample, None, strategy_config())
    indicators = IndicatorCache(sample)
    (z,) = indicators.get("zscore", "bid", window=100, mean="ema", ema_period=30)
    (ema,) = indicators.get("ema", "bid", period=30)
    atr = {side: indicators.get("atr", side, period=14)[0] for side in ("bid", "ask")}
    bars: dict[str, list[Any]] = {name: sample[name].to_pylist() for name in sample.column_names[1:]}
    row_of = {time: row for row, time in enumerate(sample["timestamp"].to_pylist())}
    trades = output.trades.to_pylist()
    assert {trade["direction"] for trade in trades} == {"long", "short"}
    for trade in trades:
        row = row_of[trade["entry_time"]]
        is_long = trade["direction"] == "long"
        stop = (
            bars["bid_low"][row] - 2.0 * atr["bid"][row] if is_long else bars["bid_high"][row] + 2.0 * atr["ask"][row]
        )
        assert (z[row] <= -2.0) if is_long else (z[row] >= 2.0)
        assert trade["entry_price"] == bars["ask_close" if is_long else "bid_close"][row]
        assert (trade["stop_loss"], trade["take_profit"]) == (round(stop, 5), round(ema[row], 5))
        assert (trade["scenario"], trade["magic_number"]) == (f"{trade['direction']}_1", 11)
        decision = output.decisions.slice(trade["signal_row"], 1).to_pylist()[0]
        assert (decision["timestamp"], decision["direction"]) == (trade["entry_time"], trade["direction"])
        assert (decision["scenario"], decision["z"], decision["ema"]) == (1, z[row], ema[row])
        assert decision["atr"] == atr["bid" if is_long else "ask"][row]
        assert decision["spread"] == bars["ask_close"][row] - bars["bid_close"][row]


@pytest.mark.rule("A-2")
@pytest.mark.parametrize("direction", [DirectionFilter.LONG, DirectionFilter.SHORT])
def test_the_direction_filter(strategy_config: MakeConfig, sample: pa.Table, direction: DirectionFilter) -> None:
    output = Engine().run(sample, None, strategy_config(strategy=scenario_1(direction_filter=direction)))
    assert set(output.trades["direction"].to_pylist()) == {direction.text}


@pytest.mark.rule("Q-L1b")
def test_at_its_limit_the_strategy_is_not_asked(strategy_config: MakeConfig, sample: pa.Table) -> None:
    one = Engine().run(sample, None, strategy_config(max_positions=1))
    free = Engine().run(sample, None, strategy_config())
    assert 0 < one.trades.num_rows < free.trades.num_rows
    assert "max_positions" not in one.events["reason"].to_pylist()


@pytest.mark.rule("A-3")
def test_an_undefined_value_means_no_signal(strategy_config: MakeConfig, sample: pa.Table) -> None:
    output = Engine().run(sample, None, strategy_config(strategy=scenario_1(atr_length=5000)))
    assert output.events.num_rows == 0


@pytest.mark.rule("F-4")
def test_injected_components_change_nothing(strategy_config: MakeConfig, sample: pa.Table) -> None:
    class ArrayCache:
        """Hands out arrays, as another implementation may."""

        def get(self, name: str, side: Any, **parameters: Any) -> tuple[Sequence[float], ...]:
            series = IndicatorCache(sample).get(name, side, **parameters)
            arrays: list[Any] = [pa.array(values).to_numpy() for values in series]
            return tuple(arrays)

    config = strategy_config(slippage_random_pips=0.5, fee_per_million=30.0)
    injected = Engine(CostModel(config), ArrayCache()).run(sample, None, config)
    plain = Engine().run(sample, None, config)
    assert injected.chain.equals(plain.chain)
    assert injected.trades.equals(plain.trades)


@pytest.mark.rule("A-1", "Q-E11b")
def test_what_a_strategy_closes_is_closed_one_bar_later(
    strategy_config: MakeConfig, sample: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(self: object, position: Position, bar: BarSlice) -> Action:
        return Close()

    monkeypatch.setattr("omega_reference.strategy.mean_reversion_z_score.MeanReversionZScore.manage_position", close)
    trades = Engine().run(sample, None, strategy_config()).trades
    ages = set(pc.subtract(trades["exit_time"], trades["entry_time"]).cast(pa.int64()).to_pylist())
    assert (set(trades["reason"].to_pylist()) - {"stop_loss", "take_profit"}, ages) == (
        {"strategy_exit"},
        {FIVE_MINUTES_US},
    )


class EveryBar:
    """Buys at every bar and records what it was asked."""

    def __init__(self, settings: StrategyConfig) -> None:
        self.managed: list[tuple[int, int]] = []

    def on_init(self, config: EngineConfig) -> None:
        self.symbol = config.symbol

    def evaluate(self, bar: BarSlice, indicators: object) -> Signal | None:
        return Signal(
            timestamp=bar.bars.timestamp[bar.row],
            symbol=self.symbol,
            signal_type=SignalType.ENTRY,
            direction=Direction.LONG,
            order_type=OrderType.MARKET,
            stop_loss=50.0,
        )

    def decisions(self) -> tuple[()]:
        return ()

    def manage_position(self, position: Position, bar: BarSlice) -> Action:
        self.managed.append((position.order_id, bar.row))
        return HOLD


@pytest.mark.rule("E-11")
def test_a_strategy_manages_positions_opened_before_the_bar(
    make_config: MakeConfig, make_bars: MakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = EveryBar(scenario_1())
    monkeypatch.setitem(registry._FACTORIES, "every_bar", lambda settings: strategy)
    settings = StrategyConfig(name="every_bar", magic_number=0, parameters=scenario_1().parameters)
    config = make_config(strategy=settings, spec={"volume_min": 0.01})
    Engine().run(make_bars([FLAT] * 3), None, config)
    assert strategy.managed == [(1, 1), (1, 2), (2, 2)]


@pytest.mark.rule("E-21", "Q-E21")
def test_a_strategy_is_not_asked_again_once_the_account_is_stopped_out(
    make_config: MakeConfig, make_bars: MakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._FACTORIES, "every_bar", EveryBar)
    settings = StrategyConfig(name="every_bar", magic_number=0, parameters=scenario_1().parameters)
    # Bought at 101, a lot of 0.19 is worth 1.9 a point: at 60 it has lost 77.9 of 50.
    config = make_config(strategy=settings, spec={"volume_min": 0.01, "volume_step": 0.01}, initial_balance=50.0)
    output = Engine().run(make_bars([FLAT, (100.0, 100.0, 60.0, 100.0), FLAT, FLAT]), None, config)
    rows = zip(output.events["kind"].to_pylist(), output.events["reason"].to_pylist(), strict=True)
    assert list(rows) == [("accepted", None), ("opened", None)] * 2 + [("closed", "stop_out")] * 2


@pytest.mark.rule("L-2")
def test_progress_ends_with_everything_done(make_config: MakeConfig, make_bars: MakeTable) -> None:
    seen: list[tuple[int, int]] = []
    columns = (("timestamp", pa.timestamp("us", "UTC")), ("symbol", pa.string()), ("signal_type", pa.string()))
    signals = pa.schema([pa.field(name, kind) for name, kind in columns]).empty_table()
    Engine().run(make_bars([FLAT] * 5), signals, make_config(), lambda done, total: seen.append((done, total)))
    assert seen == [(5, 5)]


@pytest.mark.rule("H-2")
def test_the_chain_tells_where_two_runs_part(run: Run) -> None:
    quotes = [FLAT, FLAT, FLAT, FLAT]
    one, _ = run(quotes, [{}])
    other, _ = run(quotes, [{}, {"bar": 2}])
    equal = [a == b for a, b in zip(one.chain.to_pylist(), other.chain.to_pylist(), strict=True)]
    assert equal == [True, True, False, False]
