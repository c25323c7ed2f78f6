"""``omega reconcile``: differences worked out by hand, what is left over, and files that are no fills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega_parity.cli.reconcile import reconcile as command
from omega_parity.judge.reconcile import Fill, matched, reconcile

APP = typer.Typer()
APP.command("reconcile")(command)
APP.callback()(lambda: None)

HEAD = "timestamp,side,size,price,cost,symbol,id"
SIGNAL = {
    "symbol": "EURUSD",
    "timestamp": "2020-01-07T10:00:00Z",
    "signal_type": "entry",
    "direction": "long",
    "order_type": "market",
    "stop_loss": 1.0950,
    "take_profit": 1.1050,
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One long trade: bought 0.11 lots at 1.10395, sold at 1.105; 30 per million of fees."""
    config = {"symbol": "EURUSD", "costs": {"fee": {"per_million": 30.0}}, "risk_per_trade": 100.0}
    bars = omega.sample_bars(n=1_000, seed=7, backend="python")
    run = omega.run_signals(bars, [SIGNAL], config, backend="python")
    assert run.trades.num_rows == 1
    return run.save(tmp_path_factory.mktemp("results") / "run")


@pytest.fixture(scope="module")
def filled(result: Path) -> list[dict[str, Any]]:
    """What a broker would have who filled as the run did."""
    events = omega.load_result(result).events.to_pylist()
    sides = {"opened": "buy", "closed": "sell"}
    names = ("timestamp", "size", "price", "fee")
    return [
        {**{name: row[name] for name in names}, "side": sides[row["kind"]]} for row in events if row["kind"] in sides
    ]


def file_of(rows: list[dict[str, Any]], path: Path) -> Path:
    lines = [
        f"{row['timestamp'].isoformat()},{row['side']},{row['size']!r},{row['price']!r},"
        f"{row.get('cost', row['fee'])!r},{row.get('symbol', 'EURUSD')},{row.get('id', '')}"
        for row in rows
    ]
    path.write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
    return path


@pytest.mark.rule("F-10")
def test_equal_fills_differ_by_nothing(result: Path, filled: list[dict[str, Any]], tmp_path: Path) -> None:
    found = reconcile(result, file_of(filled, tmp_path / "fills.csv"), seconds=0.0, size=0.0)
    assert found.is_whole
    assert [pair.worse for pair in found.pairs] == [0.0, 0.0]
    assert found.sums == {
        "matched": 2,
        "run_only": 0,
        "broker_only": 0,
        "mean_price_worse": 0.0,
        "largest_price_difference": 0.0,
        "cost_more": 0.0,
        "mean_seconds": 0.0,
        "largest_seconds": 0.0,
    }


@pytest.mark.rule("F-10")
def test_differences_by_hand(result: Path, filled: list[dict[str, Any]], tmp_path: Path) -> None:
    """Bought 2 points dearer and sold 1 point cheaper, both worse; 3 s later and 1 s earlier; 0.25 and 0.5 more."""
    bought, sold = filled
    second = pa.scalar(1, pa.duration("s")).as_py()
    bought = {
        **bought,
        "price": bought["price"] + 0.00002,
        "timestamp": bought["timestamp"] + 3 * second,
        "cost": bought["fee"] + 0.25,
        "id": "x1",
    }
    sold = {
        **sold,
        "price": sold["price"] - 0.00001,
        "timestamp": sold["timestamp"] - second,
        "cost": sold["fee"] + 0.5,
    }
    found = reconcile(result, file_of([bought, sold], tmp_path / "fills.csv"), seconds=3.0, size=0.0)
    assert found.is_whole
    assert [pair.worse for pair in found.pairs] == pytest.approx([0.00002, 0.00001], abs=1e-12)
    assert [pair.seconds for pair in found.pairs] == [3.0, -1.0]
    assert [pair.cost for pair in found.pairs] == pytest.approx([0.25, 0.5], abs=1e-12)
    assert [(pair.run.name, pair.broker.name) for pair in found.pairs] == [
        ("order 1, opened", "x1"),
        ("order 1, closed", "row 1"),
    ]
    assert found.sums["cost_more"] == pytest.approx(0.75)
    assert found.sums["mean_price_worse"] == pytest.approx(0.000015)
    assert (found.sums["mean_seconds"], found.sums["largest_seconds"]) == (1.0, 3.0)
    late = reconcile(result, tmp_path / "fills.csv", seconds=2.9, size=0.0)
    assert (len(late.pairs), len(late.run_only), len(late.broker_only)) == (1, 1, 1)


def fill(time: int, side: str = "buy", size: float = 1.0) -> Fill:
    return Fill(time=time * 1_000_000, side=side, size=size, price=1.0, cost=None, symbol=None, name=f"{time}")


@pytest.mark.rule("F-10")
def test_who_is_matched_with_whom() -> None:
    run = [fill(10), fill(12), fill(30), fill(31, "sell"), fill(50)]
    broker = [fill(11), fill(9), fill(30, "sell"), fill(31), fill(52, size=1.01), fill(1)]
    pairs, run_only, broker_only = matched(run, broker, 2.0, 0.0)
    assert [(one.run.name, one.broker.name) for one in pairs] == [("10", "9"), ("12", "11"), ("30", "31"), ("31", "30")]
    assert ([one.name for one in run_only], [one.name for one in broker_only]) == (["50"], ["1", "52"])
    pairs, run_only, _ = matched(run, broker, 2.0, 0.02)
    assert (pairs[-1].broker.name, run_only) == ("52", ())


@pytest.mark.rule("F-10", "M-4")
def test_fills_of_a_run_over_several_symbols_are_matched_by_symbol(tmp_path: Path) -> None:
    """Both symbols are bought and sold at the same times, in the same size; the broker names the other one first."""
    market = {name: omega.sample_bars(n=1_000, seed=7, backend="python") for name in ("EURUSD", "GBPUSD")}
    signals = [{**SIGNAL, "symbol": name, "size": 0.1} for name in market]
    run = omega.run_signals(market, signals, {"timeframe": "M5", "rates": {"GBPUSD": 1.25}}, backend="python")
    saved = run.save(tmp_path / "run")
    sides = {"opened": "buy", "closed": "sell"}
    rows = [{**row, "side": sides[row["kind"]]} for row in run.events.to_pylist() if row["kind"] in sides]
    assert len(rows) == 4
    foreign = {**rows[0], "symbol": "USDJPY"}
    fills = file_of(sorted([*rows, foreign], key=lambda row: row["symbol"], reverse=True), tmp_path / "fills.csv")
    found = reconcile(saved, fills, seconds=0.0, size=0.0)
    assert (found.is_whole, found.other_symbols) == (True, 1)
    assert [pair.run.symbol for pair in found.pairs] == [pair.broker.symbol for pair in found.pairs]
    assert {pair.run.symbol for pair in found.pairs} == set(market)


@pytest.mark.rule("F-10")
def test_the_command_page_and_json(result: Path, filled: list[dict[str, Any]], tmp_path: Path) -> None:
    other = {**filled[0], "symbol": "GBPUSD"}
    fills = file_of([*filled, other], tmp_path / "fills.csv")
    words = ["reconcile", str(result), str(fills), "--out", str(tmp_path / "out")]
    answer = CliRunner().invoke(APP, words, env={"COLUMNS": "40"})
    assert answer.exit_code == 0, answer.output
    lines = answer.output.splitlines()
    assert lines[0] == "all matched: 2 fills"
    assert "of other symbols: 1" in lines
    assert max(map(len, lines[:-1])) <= 40
    kept = json.loads((tmp_path / "out" / "reconcile.json").read_text("utf-8"))
    shown = json.loads(CliRunner().invoke(APP, [*words, "--json"]).output)
    assert shown == {**kept, "report": str(tmp_path / "out" / "reconcile.html")}
    assert (kept["answer"], kept["sums"]["matched"], kept["pairs"][0]["price_worse"]) == ("matched", 2, 0.0)
    assert "All matched" in (tmp_path / "out" / "reconcile.html").read_text("utf-8")
    file_of(filled[:1], fills)
    assert CliRunner().invoke(APP, [*words, "--quiet"]).exit_code == 1
    assert "Of the run only" in (tmp_path / "out" / "reconcile.html").read_text("utf-8")


@pytest.mark.rule("F-10")
def test_parquet_without_what_may_lack(result: Path, filled: list[dict[str, Any]], tmp_path: Path) -> None:
    names = ("timestamp", "side", "size", "price")
    table = pa.Table.from_pylist([{name: row[name] for name in names} for row in filled])
    pq.write_table(table, tmp_path / "fills.parquet")
    found = reconcile(result, tmp_path / "fills.parquet", seconds=0.0, size=0.0)
    assert (found.is_whole, found.sums["cost_more"]) == (True, None)
    nothing = table.slice(0, 0)
    pq.write_table(nothing, tmp_path / "fills.parquet")
    assert not reconcile(result, tmp_path / "fills.parquet", seconds=0.0, size=0.0).is_whole


ROW = "2020-01-07T10:00:00Z,buy,0.1,1.1,0,EURUSD,1"


@pytest.mark.rule("F-10")
@pytest.mark.parametrize(
    ("head", "row", "code", "why"),
    [
        (HEAD.replace("side", "direction"), ROW, ErrorCode.MISSING_REQUIRED_FIELD, "there is no column side"),
        (HEAD, ROW.replace("buy", "long"), ErrorCode.INVALID_ARGUMENT, "row 0: side is buy or sell, not 'long'"),
        (HEAD, ROW.replace("0.1", "0"), ErrorCode.OUT_OF_BOUNDS, "row 0: size cannot be 0.0"),
        (HEAD, ROW.replace("1.1", "-1"), ErrorCode.OUT_OF_BOUNDS, "row 0: price cannot be -1.0"),
        (HEAD, ROW.replace("1.1", "nan"), ErrorCode.OUT_OF_BOUNDS, "row 0: price cannot be nan"),
        (HEAD, ROW.replace(",0,", ",inf,"), ErrorCode.OUT_OF_BOUNDS, "row 0: cost cannot be inf"),
        (HEAD, ROW.replace("1.1", ""), ErrorCode.NULL_VALUE, "row 0 has no price"),
        (HEAD, ROW.replace("1.1", "much"), ErrorCode.TYPE_MISMATCH, "much"),
        (HEAD, ROW.replace("Z", ""), ErrorCode.TYPE_MISMATCH, "timestamp"),
    ],
)
def test_files_that_are_no_fills(result: Path, tmp_path: Path, head: str, row: str, code: int, why: str) -> None:
    path = tmp_path / "fills.csv"
    path.write_text(f"{head}\n{row}\n", "utf-8")
    with pytest.raises(OmegaError) as caught:
        reconcile(result, path, seconds=0.0, size=0.0)
    assert caught.value.code is code
    assert why in str(caught.value)


@pytest.mark.rule("F-10")
@pytest.mark.parametrize(("seconds", "size"), [(-1.0, 0.0), (0.0, -1.0), (float("nan"), 0.0), (0.0, float("inf"))])
def test_tolerances_that_are_none(result: Path, tmp_path: Path, seconds: float, size: float) -> None:
    with pytest.raises(OmegaError, match="tolerance is a number from 0"):
        reconcile(result, tmp_path / "fills.csv", seconds=seconds, size=size)
