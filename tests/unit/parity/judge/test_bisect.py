"""``omega bisect``: the option with which a run becomes another one, known beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega_parity.cli.bisect import bisect
from omega_parity.judge.bisect import Inputs, bisect_saved, differing, mixed, narrowed

APP = typer.Typer()
APP.command("bisect")(bisect)
APP.callback()(lambda: None)

BASE: dict[str, Any] = {
    "symbol": "EURUSD",
    "max_positions_per_symbol": 1,
    "data": {"sample": {"n": 600}},
    "costs": {"fee": {"per_million": 30.0}},
    "strategy": {
        "parameters": {"enabled_scenarios": [1], "window_length": 20, "ema_length": 10, "z_score_long": -1.5},
    },
}
Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def made(name: str, backend: str = "python", **changes: Any) -> Path:
        return omega.run_backtest({**BASE, **changes}, backend=backend).save(tmp_path / name)

    return made


def at_threshold(threshold: int, refused: tuple[int, ...] = ()) -> Callable[[int], bool | None]:
    return lambda count: None if count in refused else count >= threshold


@pytest.mark.rule("F-9", "M-4")
def test_a_run_over_several_symbols_is_refused(save: Save, tmp_path: Path) -> None:
    market = {name: omega.sample_bars(n=30, seed=7, backend="python") for name in ("EURUSD", "GBPUSD")}
    many = omega.run_signals(market, [], {"rates": {"GBPUSD": 1.25}}, backend="python").save(tmp_path / "many")
    assert omega.load_result(many).symbols == ("EURUSD", "GBPUSD")
    for pair in ((many, many), (save("one"), many)):
        with pytest.raises(OmegaError, match="keeps no bars to be run again over") as caught:
            bisect_saved(*pair, Inputs())
        assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "symbol")


@pytest.mark.rule("F-9")
def test_every_place_of_the_first_that_parts_is_found() -> None:
    for count in range(1, 12):
        for threshold in range(1, count + 1):
            asked: list[int] = []

            def parts(number: int, least: int = threshold, asked: list[int] = asked) -> bool:
                asked.append(number)
                return number >= least

            assert narrowed(count, parts) == (threshold - 1, threshold)
            assert len(asked) <= 4


@pytest.mark.rule("F-9")
def test_what_is_refused_is_passed_over() -> None:
    assert narrowed(8, at_threshold(4, (4,))) == (3, 5)
    assert narrowed(8, at_threshold(4, (3, 5))) == (2, 4)
    assert narrowed(8, at_threshold(4, tuple(range(1, 8)))) == (0, 8)


@pytest.mark.rule("F-9")
def test_keys_that_differ_and_what_is_between() -> None:
    a = {"x": 1, "inside": {"y": 1, "same": 2}, "only": 3, "kind": None, "one": 1}
    b = {"x": 2, "inside": {"y": 2, "same": 2, "new": 5}, "kind": {"z": 1}, "one": True}
    keys = differing(a, b)
    assert keys == (("x",), ("inside", "y"), ("inside", "new"), ("only",), ("kind",), ("one",))
    assert mixed(a, b, keys) == b
    assert mixed(a, b, keys[:2]) == {**a, "x": 2, "inside": {"y": 2, "same": 2}}
    assert a["inside"] == {"y": 1, "same": 2}


@pytest.mark.rule("F-9")
def test_the_option_that_matters_is_found_among_those_that_do_not(save: Save) -> None:
    a = save("a")
    # A seed that nothing draws from, and the fee, which books another amount.
    b = save("b", backend="rust", costs={"fee": {"per_million": 31.0}}, seed=99)
    found = bisect_saved(a, b, Inputs())
    assert found.culprits == ("costs.fee.per_million",)
    assert found.values == {"costs.fee.per_million": (30.0, 31.0)}
    assert len(found.differing) > 5  # the sides of all components besides
    assert found.is_reproduced == (True, True)
    assert found.divergence is not None
    assert found.divergence.bar is not None
    assert found.divergence.labels == ("without", "with")
    assert found.runs <= 6


@pytest.mark.rule("F-9")
def test_sides_make_no_difference(save: Save) -> None:
    found = bisect_saved(save("a"), save("b", backend="rust"), Inputs())
    assert (found.culprits, found.divergence, found.runs) == ((), None, 2)
    assert {name.partition(".")[0] for name in found.differing} == {"components"}


@pytest.mark.rule("F-9")
def test_options_that_go_together_are_named_together(save: Save) -> None:
    """A fee beside a commission is refused, so that neither can be taken over before the other."""
    a, b = save("a", costs={"commission": {"basis": "per_lot", "rate": 3.5}}), save("b")
    found = bisect_saved(a, b, Inputs())
    assert set(found.culprits) == {"costs.fee.per_million", "costs.commission"}
    assert found.runs == 2


@pytest.mark.rule("F-9")
def test_the_command(save: Save, tmp_path: Path) -> None:
    bars = tmp_path / "bars.parquet"
    omega.data.writing.write_table(omega.sample_bars(600, seed=7, backend="python").table, bars)
    a, b = save("a"), save("b", costs={"fee": {"per_million": 31.0}})
    words = ["bisect", str(a), str(b), "--data", str(bars)]
    answer = CliRunner().invoke(APP, words)
    assert answer.exit_code == 1, answer.output
    lines = answer.output.splitlines()
    assert lines[0] == "costs.fee.per_million: 30.0 in A, 31.0 in B"
    assert lines[-1] == "first parts with costs.fee.per_million; 1 options differ, 2 runs"
    document = json.loads(CliRunner().invoke(APP, [*words, "--json"]).output)
    assert document["culprits"] == {"costs.fee.per_million": {"a": 30.0, "b": 31.0}}
    assert CliRunner().invoke(APP, ["bisect", str(a), str(a), "--quiet"]).exit_code == 0
    # Other bars: then neither is what was saved, and it says so.
    omega.data.writing.write_table(omega.sample_bars(600, seed=8, backend="python").table, bars)
    assert CliRunner().invoke(APP, words).output.startswith("A, run here, is not what was saved")


@pytest.mark.rule("F-9")
def test_runs_over_ticks(tmp_path: Path) -> None:
    times = omega.sample_bars(300, seed=7, backend="python").table.column("timestamp")
    prices = [1.1 + 0.0001 * (place % 40) for place in range(300)]
    ticks = pa.table({"timestamp": times, "bid": prices, "ask": [price + 0.0002 for price in prices]})
    order = {
        "symbol": "EURUSD",
        "signal_type": "entry",
        "direction": "long",
        "order_type": "market",
        "stop_loss": 1.099,
    }
    signals = pa.Table.from_pylist([{**order, "timestamp": times[40].as_py(), "take_profit": 1.103}])
    inputs = Inputs(tmp_path / "ticks.parquet", tmp_path / "signals.parquet")
    for table, path in ((ticks, inputs.bars), (signals, inputs.signals)):
        assert path is not None
        pq.write_table(table, path)
    for name, risk, seed in (("a", 100.0, 1), ("b", 50.0, 2)):
        config = {"symbol": "EURUSD", "risk_per_trade": risk, "seed": seed}
        result = omega.run_ticks(str(inputs.bars), str(inputs.signals), config, backend="python")
        assert result.trades.num_rows == 1
        result.save(tmp_path / name)
    found = bisect_saved(tmp_path / "a", tmp_path / "b", inputs)
    assert (found.culprits, found.is_reproduced) == (("risk_per_trade",), (True, True))


@pytest.mark.rule("F-9")
def test_wrong_use(save: Save, tmp_path: Path) -> None:
    a = save("a")
    assert CliRunner().invoke(APP, ["bisect", str(a)]).exit_code == 2
    assert CliRunner().invoke(APP, ["bisect", "--commits", "a..b", "--data", "x", "--", "true"]).exit_code == 2
    with pytest.raises(OmegaError, match="nowhere"):
        bisect_saved(a, tmp_path / "nowhere", Inputs())
