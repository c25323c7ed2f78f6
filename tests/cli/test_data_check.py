"""``omega data check``: every breach and finding, exit codes by whose fault it is, day clocks."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import omega_error
from omega.contract.protocols import DataHandler
from omega.contract.types import Timeframe
from omega.data.source import BarSource
from omega.data.writing import write_table
from omega.serve.planning import native_status
from omega_parity.generate.broker_days import NEW_YORK_CLOSE, Clock, clock_times

from .conftest import Omega

HOUR = 3_600_000_000


@pytest.fixture(params=["python", "rust"])
def backend(request: pytest.FixtureRequest) -> str:
    if request.param == "rust" and not native_status().is_usable:
        pytest.skip(f"native module: {native_status().why}")
    return str(request.param)


def put(table: pa.Table, column: str, row: int, value: Any) -> pa.Table:
    values = table[column].to_pylist()
    values[row] = value
    kind = table.schema.field(column).type
    return table.set_column(table.schema.get_field_index(column), pa.field(column, kind), pa.array(values, kind))


def timed(times: list[int]) -> pa.Table:
    table = omega.sample_bars(len(times), backend="python").table
    return table.set_column(0, table.schema.field(0), pa.array(times, table.schema.field(0).type))


def written(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "bars.parquet")
    return folder / "bars.parquet"


@pytest.mark.rule("T-2", "Q-T2e")
def test_five_faults_are_five_lines(omega_command: Omega, tmp_path: Path, backend: str) -> None:
    table = omega.sample_bars(300, backend="python").table
    table = put(table, "timestamp", 5, table["timestamp"][4].as_py())
    table = put(put(table, "bid_open", 7, math.nan), "bid_open", 8, 9.0)
    table = put(table, "ask_close", 9, None)
    for row in range(10, 17):
        table = put(table, "volume", row, -1.0)
    path = written(table, tmp_path)
    answer = omega_command("data", "check", path, "--backend", backend)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines() == [
        "error 1006 CONSTRAINT_VIOLATION",
        "  timestamp[5]: a duplicate of the time before: keep one row of each time",
        "  rule   'T-2'",
        "  column 'timestamp'",
        "  row    5",
        "  value  2020-01-06T00:20:00Z (1578270000000000 µs)",
        "  next   mend or drop the row; `omega data check FILE` lists every breach",
        "every breach, 5:",
        "  1006 timestamp: a duplicate of the time before: keep one row of each time (row 5)",
        "  2004 bid_open: must be a number (row 7)",
        "  1006 bid_open: must lie within low … high (row 8)",
        "  1002 ask_close: must not be null (row 9)",
        "  1006 volume: a volume must not be negative (7 times, rows 10, 11, 12, 13, 14, …)",
    ]
    document = json.loads(omega_command("data", "check", path, "--backend", backend, "--json").out)
    assert document["error"]["value"] == 1_578_270_000_000_000
    assert [one["count"] for one in document["findings"]] == [1, 1, 1, 1, 7]
    missing = written(table.drop_columns(["ask_low"]).append_column("symbol", pa.array(["A"] * 299 + ["B"])), tmp_path)
    found = json.loads(omega_command("data", "check", missing, "--backend", backend, "--json").out)["findings"]
    assert [(one["code"], one["column"]) for one in (found[0], found[-1])] == [(1008, "ask_low"), (1006, "symbol")]
    assert len(found) == 7


@pytest.mark.rule("Q-T2b", "Q-T2e", "N-8")
def test_prices_off_the_grid_are_listed_with_their_rows(omega_command: Omega, tmp_path: Path, backend: str) -> None:
    table = omega.sample_bars(300, backend="python").table
    for row in range(20, 27):
        table = put(table, "ask_high", row, table["ask_high"][row].as_py() + 0.000001)
    path = written(table, tmp_path)
    line = "off grid (7 times, rows 20, 21, 22, 23, 24, …)"
    assert line in omega_command("data", "check", path, "--symbol", "EURUSD", "--backend", backend).out
    unknown = omega_command("data", "check", path, "--backend", backend).out
    assert "off grid (" not in unknown
    assert "off grid not checked: the digits are not known" in " ".join(unknown.split())
    assert line in omega_command("data", "check", path, "--digits", "5", "--backend", backend).out
    named = written(table.append_column("symbol", pa.array(["EURUSD"] * 300)), tmp_path)
    document = json.loads(omega_command("data", "check", named, "--backend", backend, "--json").out)
    assert document["off_grid"] == 7
    found = {one["column"]: (one["count"], one["rows"]) for one in document["findings"]}
    assert found["off_grid"] == (7, [20, 21, 22, 23, 24])


@pytest.mark.rule("Q-T2f", "Q-T2e")
def test_an_absent_volume_is_a_finding_by_name(omega_command: Omega, tmp_path: Path, backend: str) -> None:
    table = omega.sample_bars(300, backend="python").table.drop_columns(["volume"])
    path = written(table, tmp_path)
    answer = omega_command("data", "check", path, "--backend", backend)
    assert (answer.code, answer.out.rstrip().splitlines()[-1].strip()) == (0, "no volume")
    assert json.loads(omega_command("data", "check", path, "--json").out)["no_volume"] == 1
    refused = omega_command("data", "check", path, "--backend", backend, "--quality", "refuse")
    assert refused.code == 1
    assert "no_volume 1" in refused.err


@pytest.mark.rule("T-4", "Q-T2b", "Q-T4")
def test_a_stub_and_a_stray_minute_are_findings_with_rows(omega_command: Omega, tmp_path: Path, backend: str) -> None:
    times = clock_times(NEW_YORK_CLOSE, Timeframe.M5, datetime(2024, 3, 4, tzinfo=UTC), 200)
    times[50] += 60_000_000
    answer = omega_command("data", "check", written(timed(times), tmp_path), "--backend", backend)
    assert answer.code == 0, answer.err
    assert "uneven steps (2 times, rows 50, 51)" in answer.out
    assert "M5" in answer.out
    hours = clock_times(NEW_YORK_CLOSE, Timeframe.H4, datetime(2024, 1, 8, tzinfo=UTC), 60)
    # Friday 20:00 to 21:00, a bar of one hour.
    stub = sorted([*hours, hours[29] + HOUR])
    document = json.loads(omega_command("data", "check", written(timed(stub), tmp_path), "--json").out)
    assert (document["timeframe"], document["uneven_steps"]) == ("H4", 1)


@pytest.mark.rule("T-4", "Q-T4")
@pytest.mark.parametrize(
    ("clock", "fitting", "not_fitting"),
    [(NEW_YORK_CLOSE, "17:00 New York", "UTC"), (Clock(zone="UTC"), "UTC", "17:00 New York")],
)
@pytest.mark.parametrize("name", ["D1", "H4"])
def test_day_clocks_that_fit_are_named(
    omega_command: Omega, tmp_path: Path, clock: Clock, fitting: str, not_fitting: str, name: str
) -> None:
    times = clock_times(clock, Timeframe[name], datetime(2024, 2, 26, tzinfo=UTC), 200)
    path = written(timed(times), tmp_path)
    for words in ((), ("--timeframe", name)):
        document = json.loads(omega_command("data", "check", path, *words, "--json").out)
        assert (document["timeframe"], document["uneven_steps"]) == (name, 0)
        assert fitting in document["day_clocks"]
        assert not_fitting not in document["day_clocks"]
    assert "day clocks" in omega_command("data", "check", path).out


@pytest.mark.rule("T-4", "Q-T4")
def test_d1_of_a_new_york_close_loads_over_the_change_of_the_clock(tmp_path: Path, backend: str) -> None:
    # 2024-02-25 22:00 … 2024-04-04 21:00: the step over the change, 8 to 10 March, is 71 hours.
    times = clock_times(NEW_YORK_CLOSE, Timeframe.D1, datetime(2024, 2, 26, tzinfo=UTC), 30)
    steps = {(after - before) // HOUR for before, after in pairwise(times)}
    assert steps == {24, 71, 72}
    for timeframe in (None, "D1"):
        bars = omega.read_bars(written(timed(times), tmp_path), timeframe=timeframe, backend=backend)
        assert (bars.timeframe_name, bars.quality.uneven_steps, len(bars)) == ("D1", 0, 30)


def test_exit_codes_say_whose_fault_it_is(omega_command: Omega, tmp_path: Path, backend: str) -> None:
    def code(*words: str | Path) -> int:
        return omega_command("data", "check", *words, "--backend", backend).code

    sample = omega.sample_bars(100, backend="python").table
    path = written(sample, tmp_path)
    text = tmp_path / "bars.csv"
    header = ",".join(sample.column_names)
    # What stands in a file is the file's fault, whatever its code.
    for name, content in {
        "nothing.csv": "",
        "cell.csv": f"{header}\n2020-01-06T00:00:00Z,x,1,1,1,1,1,1,1,1\n",
        "naive.csv": f"{header}\n2020-01-06T00:00:00,1,1,1,1,1,1,1,1,1\n",
        "damaged.parquet": "PAR1 and no more",
        "column.csv": f"{header.replace('ask_low', 'low')}\n2020-01-06T00:00:00Z,1,1,1,1,1,1,1,1,1\n",
        "unknown.txt": "bars",
    }.items():
        text = tmp_path / name
        text.write_text(content)
        assert code(text) == 1, name
    assert code(written(sample.slice(0, 1), tmp_path)) == 1
    assert code(written(sample.take([1, 0]), tmp_path)) == 1
    path = written(sample, tmp_path)
    assert code(path, "--timeframe", "H1") == 1
    assert code(path, "--quality", "refuse") in (0, 1)
    # What the command line says is the caller's.
    for words in (
        (),
        (tmp_path / "absent.csv",),
        (path, "--timeframe", "M7"),
        (path, "--quality", "repair"),
        (path, "--bid", path),
        ("--bid", path),
        ("--bid", path, "--spread-pips", "-1"),
        ("--bid", path, "--spread-pips", "1"),
    ):
        assert code(*words) == 2, words


@pytest.mark.rule("X-5")
@pytest.mark.parametrize("suffix", ["csv", "arrow", "parquet"])
def test_a_limit_that_is_none_is_wrong_use(
    omega_command: Omega, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = write_table(omega.sample_bars(9, backend="python").table, tmp_path / f"bars.{suffix}")
    monkeypatch.setenv("OMEGA_LIMIT_ROWS", "abc")
    answer = omega_command("data", "check", path, "--backend", "python")
    assert (answer.code, answer.out) == (2, "")
    assert "OMEGA_LIMIT_ROWS must be a whole number in 1 … " in answer.err
    monkeypatch.setenv("OMEGA_LIMIT_ROWS", "8")
    answer = omega_command("data", "check", path, "--backend", "python")
    assert answer.code == 1
    assert "error 6004 LIMIT_EXCEEDED" in answer.err


def test_a_file_of_ticks_is_called_that(omega_command: Omega, tmp_path: Path) -> None:
    ticks = tmp_path / "ticks.csv"
    ticks.write_text(
        "timestamp,bid,ask\n2024-01-01T00:00:00Z,1.1,1.2\n2024-01-01T00:00:01Z,1.1,1.2\n", encoding="utf-8"
    )
    with pytest.raises(omega.OmegaError, match="these are ticks, and a run needs bars"):
        omega.read_bars(ticks, backend="python")
    answer = omega_command("data", "check", ticks, "--backend", "python")
    assert (answer.code, answer.out.split()[:2]) == (0, ["content", "ticks"])


@pytest.mark.rule("Q-G1")
def test_sides_that_lack_bars_may_be_checked_with_their_share(omega_command: Omega, tmp_path: Path) -> None:
    table = omega.sample_bars(300, backend="python").table
    paths = []
    for side, rows in (("bid", 300), ("ask", 297)):
        names = {f"{side}_{part}": part for part in ("open", "high", "low", "close")}
        half = (
            table.slice(0, rows)
            .select(["timestamp", *names, "volume"])
            .rename_columns(["timestamp", *names.values(), "volume"])
        )
        paths += [f"--{side}", write_table(half, tmp_path / f"{side}.parquet")]
    codes = [
        omega_command("data", "check", *paths, "--max-missing-ratio", ratio).code for ratio in ("0", "0.01", "1.5")
    ]
    assert codes == [1, 0, 2]


def test_a_check_reads_once_and_hides_no_second_failure(
    omega_command: Omega, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[object] = []
    load = BarSource.load

    def spy(source: BarSource, handler: DataHandler) -> tuple[pa.Table, bool]:
        reads.append(source)
        return load(source, handler)

    def fail(*_: object) -> None:
        raise omega_error(4000, "broken", rule="X-1")

    monkeypatch.setattr(BarSource, "load", spy)
    path = written(put(omega.sample_bars(300, backend="python").table, "volume", 3, -1.0), tmp_path)
    assert (omega_command("data", "check", path).code, len(reads)) == (1, 1)
    monkeypatch.setattr(BarSource, "examine", fail)
    answer = omega_command("data", "check", path)
    assert (answer.code, "broken" in answer.err) == (3, True)


@pytest.mark.parametrize("given", [("--out", ""), ("--out=",)])
def test_an_empty_path_is_wrong_use_and_not_this_folder(omega_command: Omega, given: tuple[str, ...]) -> None:
    answer = omega_command("sample", "--n", "5", *given)
    assert (answer.code, "has no value: it is empty" in answer.err) == (2, True)
