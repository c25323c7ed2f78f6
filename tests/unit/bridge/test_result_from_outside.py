"""Results and what is saved of them, held to values from outside the package: JSON, hashes, pandas, exact fractions."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import filelock
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash

import omega
from omega import saved
from omega.contract.errors import ErrorCode, OmegaError
from omega.result import chain_array

from .conftest import CONFIG, signals

PARTS = ("trades", "events", "equity", "positions", "state_chain")
TEXT = {"scenario": "string", "tags": "list<item: string>", "metadata": "map<string, string>"}
TIME, NUMBER, WHOLE = "timestamp[us, tz=UTC]", "double", "int64"
ORDER = {"order_id": WHOLE, "symbol": "string", "magic_number": WHOLE, "direction": "string", "order_type": "string"}
COLUMNS: dict[str, dict[str, str]] = {
    "trades": {
        **ORDER,
        "entry_time": TIME,
        "trigger_time": TIME,
        "entry_price": NUMBER,
        "order_price": NUMBER,
        "signal_price": NUMBER,
        "initial_stop_loss": NUMBER,
        "initial_take_profit": NUMBER,
        "stop_loss": NUMBER,
        "take_profit": NUMBER,
        "size": NUMBER,
        "risk_per_trade": NUMBER,
        "exit_time": TIME,
        "known_at": TIME,
        "exit_price": NUMBER,
        "result": NUMBER,
        "net_result": NUMBER,
        "r_multiple": NUMBER,
        "entry_fee": NUMBER,
        "exit_fee": NUMBER,
        "swap": NUMBER,
        "stop_kind": "string",
        "reason": "string",
        **TEXT,
    },
    "events": {
        "seq": WHOLE,
        "timestamp": TIME,
        "known_at": TIME,
        "kind": "string",
        "order_id": WHOLE,
        "symbol": "string",
        "direction": "string",
        "order_type": "string",
        "price": NUMBER,
        "size": NUMBER,
        "stop_loss": NUMBER,
        "take_profit": NUMBER,
        "result": NUMBER,
        "fee": NUMBER,
        "reason": "string",
        "error_code": "int32",
    },
    "equity": {"timestamp": TIME, "known_at": TIME, "cash": NUMBER, "equity": NUMBER},
    "positions": {
        **ORDER,
        "status": "string",
        "entry_time": TIME,
        "trigger_time": TIME,
        "entry_price": NUMBER,
        "order_price": NUMBER,
        "signal_price": NUMBER,
        "initial_stop_loss": NUMBER,
        "initial_take_profit": NUMBER,
        "stop_loss": NUMBER,
        "take_profit": NUMBER,
        "size": NUMBER,
        "risk_per_trade": NUMBER,
        "entry_fee": NUMBER,
        "swap": NUMBER,
        "expires_at": TIME,
        "max_holding": "duration[us]",
        **dict.fromkeys(("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset"), "double"),
        "stop_kind": "string",
        **TEXT,
    },
    "state_chain": {"digest": "fixed_size_binary[16]"},
}
KEYS = [
    *("format_version", "symbol", "timeframe", "backend", "crossings", "fallbacks", "data_hash", "metrics", "versions"),
    *("fixed_value", "divergences"),
    *("last_state_hash", "config", "flags", "tables", "digest"),
]


@pytest.fixture
def folder(result: omega.Result, tmp_path: Path) -> Path:
    return result.save(tmp_path / "run")


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def part(folder: Path, name: str) -> Path:
    return folder / f"{name}-{manifest_of(folder)['tables'][name]}.parquet"


@pytest.mark.rule("X-6", "Q-X6")
def test_the_files_are_the_manifest_and_a_part_named_by_the_hash_of_its_bytes(folder: Path) -> None:
    manifest = manifest_of(folder)
    assert list(manifest["tables"]) == list(PARTS)
    for name, digest in manifest["tables"].items():
        assert xxhash.xxh3_128(part(folder, name).read_bytes()).hexdigest() == digest
    names = {path.name for path in folder.iterdir()} - {".omega.lock"}
    assert names == {"manifest.json"} | {f"{name}-{digest}.parquet" for name, digest in manifest["tables"].items()}


@pytest.mark.rule("X-6", "Q-X6")
def test_the_manifest_ends_in_the_hash_of_what_stands_before_it(folder: Path) -> None:
    content = (folder / "manifest.json").read_bytes()
    body, comma, seal = content.rpartition(b',\n  "digest": "')
    assert comma
    assert seal == xxhash.xxh3_128(body).hexdigest().encode() + b'"\n}\n'
    assert list(json.loads(content)) == KEYS
    assert manifest_of(folder)["format_version"] == 4


@pytest.mark.rule("X-6", "Q-X6")
def test_the_manifest_says_what_ran(folder: Path, result: omega.Result, sample: omega.Bars, backend: str) -> None:
    manifest = manifest_of(folder)
    assert (manifest["symbol"], manifest["timeframe"], manifest["backend"]) == ("EURUSD", "M5", backend)
    assert (manifest["crossings"], manifest["fallbacks"]) == (2 if backend == "rust" else 0, {})
    frame = sample.table.to_pandas()
    content = len(frame).to_bytes(8, "little") + frame["timestamp"].astype("int64").to_numpy().astype("<i8").tobytes()
    content += b"".join(frame[name].to_numpy("<f8").tobytes() for name in frame.columns[1:])
    assert manifest["data_hash"] == xxhash.xxh3_128_hexdigest(content)
    assert manifest["metrics"] == result.metrics
    assert {"omega", "contract", "chain_layout", "python", "numpy", "pyarrow"} <= set(manifest["versions"])
    assert (manifest["versions"]["pyarrow"], manifest["versions"]["contract"]) == (pa.__version__, "1")
    config = manifest["config"]
    assert (config["symbol"], config["timeframe"], config["close_at_end"]) == ("EURUSD", "M5", True)
    assert config["costs"] == {
        "slippage": {"fixed_pips": 0.0, "random_pips": 0.0},
        "fee": {"per_million": 30.0, "min_fee": 0.0},
        "commission": None,
        "swap": None,
    }
    components = [flag["component"] for flag in manifest["flags"]]
    assert components[-1] == "data_handler"
    assert {"event_engine", "execution_simulator", "portfolio", "slippage_fee"} <= set(components)
    assert all(list(flag) == ["component", "flag", "value", "origin", "backend", "why"] for flag in manifest["flags"])


@pytest.mark.rule("X-6", "Q-X6", "T-8a")
@pytest.mark.parametrize("name", PARTS)
def test_a_part_read_by_parquet_alone_has_the_columns_of_the_contract(folder: Path, name: str) -> None:
    file = pq.ParquetFile(part(folder, name))
    found = {field.name: str(field.type).replace(" ('metadata')", "") for field in file.schema_arrow}
    assert found == COLUMNS[name]
    if file.metadata.num_rows:
        assert {file.metadata.row_group(0).column(0).compression} == {"ZSTD"}


@pytest.mark.rule("H-1", "H-2", "X-6")
def test_the_chain_has_a_digest_a_bar_and_the_manifest_the_last(folder: Path) -> None:
    digests: list[Any] = pq.read_table(part(folder, "state_chain")).column("digest").to_pylist()
    assert len(set(digests)) == len(digests) == 600 == pq.read_table(part(folder, "equity")).num_rows
    assert manifest_of(folder)["last_state_hash"] == digests[-1].hex()
    loaded = omega.load_result(folder)
    assert loaded.last_state_hash == digests[-1].hex()
    assert [bytes(row) for row in loaded.state_chain] == digests


@pytest.mark.rule("P-5", "Q-P5")
def test_the_saved_metrics_are_those_of_the_saved_tables(folder: Path) -> None:
    metrics = manifest_of(folder)["metrics"]
    trades = pq.read_table(part(folder, "trades")).to_pandas()
    exact = [Fraction(value) for value in trades["result"]]
    net = [
        Fraction(result) - Fraction(paid) - Fraction(left)
        for result, paid, left in trades[["result", "entry_fee", "exit_fee"]].itertuples(index=False)
    ]
    assert list(trades["net_result"]) == pytest.approx([float(value) for value in net], rel=1e-12)
    won, lost = [value for value in exact if value > 0], [value for value in exact if value < 0]
    fees = sum(map(Fraction, trades["entry_fee"])) + sum(map(Fraction, trades["exit_fee"]))
    assert (metrics["trades"], metrics["wins"], metrics["losses"]) == (
        *(len(exact), sum(value > 0 for value in net)),
        sum(value < 0 for value in net),
    )
    assert metrics["gross_profit"] == pytest.approx(float(sum(won)), rel=1e-12)
    assert metrics["gross_loss"] == pytest.approx(float(sum(lost)), rel=1e-12)
    assert metrics["fees"] == pytest.approx(float(fees), rel=1e-12)
    assert metrics["net_profit"] == pytest.approx(float(sum(exact) - fees), rel=1e-9)
    equity = pq.read_table(part(folder, "equity")).to_pandas()
    assert metrics["final_cash"] == equity["cash"].iloc[-1]
    assert metrics["final_equity"] == equity["equity"].iloc[-1]
    highest = equity["equity"].cummax().clip(lower=10_000.0)
    assert metrics["max_drawdown_abs"] == pytest.approx((highest - equity["equity"]).max(), rel=1e-9)
    assert metrics["final_cash"] == pytest.approx(float(10_000 + sum(exact) - fees), rel=1e-12)


@pytest.mark.rule("P-5", "Q-P5b", "Q-P5c")
def test_returns_and_times_are_those_that_pandas_finds_in_the_tables(config: dict[str, Any], backend: str) -> None:
    result = omega.run_backtest(
        {**config, "risk_per_trade": 10.0, "close_at_end": True}, omega.sample_bars(6_000), backend=backend
    )
    trades, equity, metrics = result.trades.to_pandas(), result.equity.to_pandas(), result.metrics
    day = equity["timestamp"].dt.normalize()
    to_monday = (7 - day.dt.day_of_week).where(day.dt.day_of_week >= 5, 0)
    assert (to_monday > 0).any()
    closes = equity["equity"].groupby(day + pd.to_timedelta(to_monday, "D")).last()
    returns = pd.concat([pd.Series([10_000.0]), closes]).pct_change().dropna()
    assert metrics["volatility"] == pytest.approx(returns.std() * 252**0.5, rel=1e-9)
    assert metrics["sharpe"] == pytest.approx(returns.mean() / returns.std() * 252**0.5, rel=1e-9)
    below = (returns.clip(upper=0) ** 2).mean() ** 0.5
    assert metrics["sortino"] == pytest.approx(returns.mean() / below * 252**0.5, rel=1e-9)
    assert metrics["total_return"] == pytest.approx(closes.iloc[-1] / 10_000.0 - 1.0, rel=1e-9)
    assert metrics["cagr"] == pytest.approx((returns + 1).prod() ** (252 / len(returns)) - 1, rel=1e-9)
    fallen = 1 - equity["equity"] / equity["equity"].cummax().clip(lower=10_000.0)
    assert metrics["calmar"] == pytest.approx(metrics["cagr"] / fallen.max(), rel=1e-9)
    r = trades["r_multiple"]
    assert metrics["sqn"] == pytest.approx(len(r) ** 0.5 * r.mean() / r.std(), rel=1e-9)
    held = trades["exit_time"] - trades["trigger_time"]
    assert metrics["avg_duration_minutes"] == pytest.approx(held.mean().total_seconds() / 60)
    times = equity["timestamp"].to_numpy()[:, None]
    is_exposed = (times >= trades["trigger_time"].to_numpy()) & (times <= trades["exit_time"].to_numpy())
    assert metrics["exposure"] == is_exposed.any(axis=1).mean()
    is_loss = trades["net_result"].lt(0)
    assert metrics["longest_losing_streak"] == is_loss.groupby((~is_loss).cumsum()).sum().max()
    worst = (equity["equity"].cummax().clip(lower=10_000.0) - equity["equity"]).max()
    net_profit = trades["net_result"].sum()
    assert metrics["recovery_factor"] == pytest.approx(net_profit / worst, rel=1e-9)


@pytest.mark.rule("P-2", "Q-P2")
def test_the_fee_log_is_the_fills_with_a_fee(folder: Path, result: omega.Result) -> None:
    events = pq.read_table(part(folder, "events")).to_pandas()
    fills = events[events["kind"].isin(["opened", "closed"]) & (events["fee"] != 0.0)]
    log = result.fees.to_pandas()
    assert list(log.columns) == ["timestamp", "kind", "order_id", "amount"]
    assert list(log["kind"]) == [{"opened": "entry", "closed": "exit"}[kind] for kind in fills["kind"]]
    for column, origin in (("timestamp", "timestamp"), ("order_id", "order_id"), ("amount", "fee")):
        assert list(log[column]) == list(fills[origin])
    assert len(log) == 4
    # 30 a million of notional, whichever way the trade goes.
    trades = pq.read_table(part(folder, "trades")).to_pandas()
    expected = trades["size"] * 100_000 * trades["entry_price"] * 30.0 / 1e6
    assert list(trades["entry_fee"]) == pytest.approx(list(expected), rel=1e-12)


def test_the_texts_of_a_trade_are_those_of_its_signal(folder: Path, sample: omega.Bars) -> None:
    trades = pq.read_table(part(folder, "trades")).to_pylist()
    trades.sort(key=lambda row: int(row["order_id"]))
    assert [(row["scenario"], row["tags"], row["metadata"]) for row in trades] == [
        (None, None, None),
        ("morning", ["a", "b"], [("source", "desk")]),
    ]
    times = sample.table.column("timestamp").to_pylist()
    assert [row["entry_time"] for row in trades] == [times[10], times[30]]


def test_the_summary_is_the_numbers_of_the_tables(folder: Path, result: omega.Result) -> None:
    trades, events = (pq.read_table(part(folder, name)).to_pandas() for name in ("trades", "events"))
    m = manifest_of(folder)["metrics"]
    net = trades["result"] - trades["entry_fee"] - trades["exit_fee"]
    won, lost = (net > 0).sum(), (net < 0).sum()
    total = trades["result"].sum()
    lines = str(result).splitlines()
    assert lines[0] == "EURUSD M5, canonical, 600 bars, 2020-01-06 00:00 to 2020-01-08 01:55 UTC"
    assert lines[2] == f"trades         2: {won} won, {lost} lost, 0 even; win rate {100 * won / 2:.1f}%"
    assert sorted(trades["reason"]) == ["take_profit", "timeout"]
    assert lines[3] == "closed by      1 take_profit, 1 timeout"
    fees = trades["entry_fee"].sum() + trades["exit_fee"].sum()
    gain, loss = (trades["result"].clip(lower=0).sum(), trades["result"].clip(upper=0).sum())
    assert lines[4] == (f"net profit     {total - fees:,.2f} USD: won {gain:,.2f}, lost {loss:,.2f}, fees {fees:,.2f}")
    factor = net[net > 0].sum() / -net[net < 0].sum()
    each = f"expectancy {net.mean():,.2f} USD, average R {trades['r_multiple'].mean():.3f}"
    assert lines[5] == f"profit factor  {factor:.2f}, gross {gain / -loss:.2f}; {each}"
    assert lines[6] == (
        f"drawdown       {m['max_drawdown_abs']:,.2f} USD ({100 * m['max_drawdown_ratio']:.2f}%), "
        f"longest {m['max_drawdown_bars']} bars; inside bars {m['max_drawdown_intrabar']:,.2f}"
    )
    end = 10_000 + total - fees
    assert lines[7] == "open profit    0.00 USD, 0 pending or open"
    assert lines[8] == f"at the end     cash {end:,.2f}, equity {end:,.2f} USD; {100 * m['cagr']:.2f}% a year"
    rejected = (events["kind"] == "rejected").sum()
    ratios = [f"{m[name]:.2f}" for name in ("sharpe", "sqn", "recovery_factor")]
    assert m["sortino"] is None
    volatility = 100 * m["volatility"]
    assert lines[9] == (
        f"return         {(end - 10_000) / 100:.2f}%; volatility {volatility:.2f}% a year, "
        f"Sharpe {ratios[0]}, Sortino – (no loss)"
    )
    minutes, streak = m["avg_duration_minutes"], m["longest_losing_streak"]
    assert lines[10] == f"each trade     {minutes:.1f} minutes, {streak} lost in a row at most, SQN {ratios[1]}"
    exposed = f"exposed        {100 * m['exposure']:.1f}% of bars; recovery factor {ratios[2]}"
    assert lines[11] == f"{exposed}, Calmar {m['calmar']:.2f}"
    assert lines[12] == (
        f"events         {len(events)}, of them {rejected} rejected; "
        f"{m['ambiguous_bars']} ambiguous bars, {m['adjusted_sizes']} sizes adjusted"
    )
    assert lines[13] == "incidents      0 stop-outs, 0 fallbacks"
    # A market order of the sample has its stop on the wrong side.
    assert lines[14] == "rejected       1 stop_side (1006)"
    assert lines[15] == f"data           {manifest_of(folder)['data_hash']}"
    assert lines[16] == f"state chain    {manifest_of(folder)['last_state_hash']}"


def sealed(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest as the contract says, without the package."""
    body = json.dumps(manifest, indent=2).removesuffix("\n}").encode()
    seal = f',\n  "digest": "{xxhash.xxh3_128_hexdigest(body)}"\n}}\n'
    (folder / "manifest.json").write_bytes(body + seal.encode())


def rewritten(folder: Path, name: str, table: pa.Table) -> None:
    """Put another table in the place of a part, and vouch for it."""
    manifest = manifest_of(folder)
    del manifest["digest"]
    part(folder, name).unlink()
    path = folder / "new.parquet"
    pq.write_table(table, path)
    manifest["tables"][name] = xxhash.xxh3_128_hexdigest(path.read_bytes())
    path.rename(folder / f"{name}-{manifest['tables'][name]}.parquet")
    sealed(folder, manifest)


@pytest.mark.rule("X-6", "Q-X6")
def test_a_result_that_another_program_wrote_loads(folder: Path, result: omega.Result) -> None:
    for name in PARTS:
        rewritten(folder, name, pq.read_table(part(folder, name)))
    loaded = omega.load_result(folder)
    assert loaded.events.equals(result.events)
    assert loaded.trades.equals(result.trades)
    assert (loaded.symbol, loaded.metrics, loaded.flags) == (result.symbol, result.metrics, result.flags)


@pytest.mark.rule("X-6", "Q-X6")
@pytest.mark.parametrize("name", ["equity", "state_chain"])
def test_a_chain_that_is_not_of_the_equity_is_refused(folder: Path, name: str) -> None:
    rewritten(folder, name, pq.read_table(part(folder, name)).slice(1))
    with pytest.raises(OmegaError) as caught:
        omega.load_result(folder)
    assert (caught.value.code, caught.value.column) == (ErrorCode.DESERIALIZATION_FAILED, "path")
    assert "the state chain is that of another run" in caught.value.message


@pytest.mark.rule("X-6", "Q-X6")
@pytest.mark.parametrize("name", PARTS)
def test_a_part_with_a_column_more_or_less_is_refused(folder: Path, name: str) -> None:
    table = pq.read_table(part(folder, name))
    for other in (
        table.append_column("more", pa.array([1.0] * len(table))),
        table.rename_columns(["other", *table.column_names[1:]]),
    ):
        rewritten(folder, name, other)
        with pytest.raises(OmegaError) as caught:
            omega.load_result(folder)
        assert caught.value.code is ErrorCode.DESERIALIZATION_FAILED
        assert f"is no table of {name}" in caught.value.message
    rewritten(folder, name, table)
    omega.load_result(folder)


@pytest.mark.rule("X-6", "Q-X6")
def test_a_bit_of_a_part_is_noticed_by_its_hash_alone(sample: omega.Bars, tmp_path: Path) -> None:
    folder = omega.run_signals(sample, signals(sample), CONFIG, backend="python").save(tmp_path / "run")
    path = part(folder, "events")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(OmegaError) as caught:
        omega.load_result(folder)
    assert caught.value.code is ErrorCode.DESERIALIZATION_FAILED
    assert caught.value.message == f"{path} was altered after it was saved"


@pytest.mark.rule("H-1")
def test_a_part_of_a_chain_is_its_own_rows() -> None:
    digests: Any = pa.array([b"a" * 16, b"b" * 16, b"c" * 16], pa.binary(16))
    for start, rows in ((0, 1), (0, 3), (1, 1), (1, 2), (2, 1), (1, 0)):
        found = chain_array(digests.slice(start, rows))
        assert [bytes(row) for row in found] == [b"a" * 16, b"b" * 16, b"c" * 16][start : start + rows]


@pytest.mark.rule("X-6", "Q-X6")
def test_a_folder_that_others_write_to(folder: Path, result: omega.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "_WAIT_SECONDS", 0.0)
    with filelock.FileLock(folder / ".omega.lock"), pytest.raises(OmegaError) as caught:
        result.save(folder)
    error = caught.value
    assert (int(error.code), error.rule, error.column, error.value) == (6003, "X-6", "path", str(folder))
    assert error.message == f"another process is saving a result in {folder}; waited 0 s"
    result.save(folder)
    monkeypatch.setattr(saved, "_MOST_READINGS", 0)
    with pytest.raises(OmegaError) as caught:
        omega.load_result(folder)
    error = caught.value
    assert (int(error.code), error.rule, error.column, error.value) == (6003, "X-6", "path", str(folder))
    assert error.message == f"{folder} is written to faster than it can be read"
    (folder / "mine.txt").write_bytes(b"x")
    (folder / "manifest.json").unlink()
    with pytest.raises(OmegaError) as caught:
        result.save(folder)
    error = caught.value
    assert (int(error.code), error.rule, error.column, error.value) == (1007, "X-6", "path", str(folder))
    assert error.message == f"{folder} holds files that are no saved result, as mine.txt; choose another folder"
