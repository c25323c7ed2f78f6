"""A catalogue: adding is atomic, and a month is read without the year (T-14)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS
from omega.data.datasets import INDEX

MINUTE = 60_000_000


def hours(first: str, last: str, price: float = 1.1) -> pa.Table:
    """Make an hourly EURUSD from ``first`` to before ``last``."""
    times = pd.date_range(first, last, freq="h", tz="UTC", inclusive="left").astype("datetime64[us, UTC]")
    columns: dict[str, Any] = dict.fromkeys(BARS.names[1:-1], np.full(len(times), price))
    table = pa.table({"timestamp": pa.array(times), **columns, "volume": np.arange(float(len(times)))}).cast(BARS)
    return table.append_column("symbol", pa.array(["EURUSD"] * len(times)))


def catalogue(folder: Path) -> omega.Catalogue:
    return omega.Catalogue(folder / "store")


def read(folder: Path, **words: Any) -> omega.Bars:
    return omega.read_bars(folder / "store", symbol="EURUSD", timeframe="H1", **words)


@pytest.mark.rule("T-14")
def test_what_is_added_is_read_again(tmp_path: Path) -> None:
    store = catalogue(tmp_path)
    added = store.add(hours("2024-01-15", "2024-03-10"), timeframe="H1")
    assert (added.months, added.rows, added.replaced) == (("2024-01", "2024-02", "2024-03"), 24 * 55, 0)
    assert store.add(hours("2024-03-10", "2024-03-20"), timeframe="H1").months == ("2024-03",)
    assert store.add(hours("2024-01-10", "2024-01-15"), timeframe="H1").months == ("2024-01",)
    whole = omega.read_bars(hours("2024-01-10", "2024-03-20"))
    assert read(tmp_path).times.tolist() == whole.times.tolist()
    series = store.series()
    assert [(one["symbol"], one["timeframe"], one["months"], one["rows"]) for one in series] == [
        ("EURUSD", "H1", 3, len(whole))
    ]
    assert (series[0]["first"], series[0]["last"]) == (int(whole.times[0]), int(whole.times[-1]))
    # Any other reader finds the same rows: the folders name symbol and month.
    others = pyarrow.dataset.dataset(tmp_path / "store", partitioning="hive").to_table()
    assert sorted(others["timestamp"].cast(pa.int64()).to_numpy().tolist()) == whole.times.tolist()
    assert set(others["month"].to_pylist()) == {"2024-01", "2024-02", "2024-03"}


@pytest.mark.rule("T-14")
def test_rows_that_stand_there_are_replaced_only_when_that_is_asked_for(tmp_path: Path) -> None:
    store = catalogue(tmp_path)
    store.add(hours("2024-01-01", "2024-03-01"), timeframe="H1")
    before = read(tmp_path).content_hash
    with pytest.raises(OmegaError, match="24 rows stand already between the first and the last new time") as caught:
        store.add(hours("2024-01-31", "2024-02-01", 1.2), timeframe="H1")
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_STATE, "T-14")
    assert read(tmp_path).content_hash == before
    added = store.add(hours("2024-01-31", "2024-02-02", 1.2), timeframe="H1", force=True)
    assert (added.months, added.replaced) == (("2024-01", "2024-02"), 48)
    prices = read(tmp_path).table.to_pandas().set_index("timestamp")["bid_open"]
    assert prices[prices == 1.2].index.strftime("%m-%d").unique().tolist() == ["01-31", "02-01"]
    assert len(prices) == 24 * 60
    parts = list((tmp_path / "store").rglob("*.parquet"))
    assert len(parts) == 2


KILLED = """
import sys, omega, pyarrow.parquet as pq
table = pq.read_table(sys.argv[2])
print("begun", flush=True)
omega.Catalogue(__import__("pathlib").Path(sys.argv[1])).add(table, timeframe="H1", force=True)
"""


@pytest.mark.rule("T-14", "X-6")
def test_adding_that_is_killed_shows_the_state_before_or_after(tmp_path: Path) -> None:
    old = hours("2022-01-01", "2024-03-01")
    catalogue(tmp_path).add(old, timeframe="H1")
    pq.write_table(hours("2022-01-01", "2024-03-01", 1.2), tmp_path / "new.parquet")
    states = {omega.read_bars(hours("2022-01-01", "2024-03-01", price)).content_hash for price in (1.1, 1.2)}
    for delay in (0.0, 0.02, 0.05, 0.1, 0.2):
        words = [sys.executable, "-c", KILLED, str(tmp_path / "store"), str(tmp_path / "new.parquet")]
        process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert read(tmp_path).content_hash in states


@pytest.mark.rule("Q-T14")
def test_a_month_is_read_without_the_others(tmp_path: Path) -> None:
    catalogue(tmp_path).add(hours("2023-01-01", "2024-01-01"), timeframe="H1")
    whole = omega.read_bars(hours("2023-01-01", "2024-01-01"))
    for path in (tmp_path / "store").rglob("*.parquet"):
        if "month=2023-06" not in str(path):
            path.write_bytes(b"damaged")
    june = read(tmp_path, start="2023-06-01T00:00:00Z", end="2023-07-01T00:00:00Z")
    assert len(june) == 24 * 30
    assert june.span == ("2023-06-01T00:00:00Z", "2023-06-30T23:00:00Z")
    assert set(june.times) <= set(whole.times)
    with pytest.raises(OmegaError, match="damaged"):
        read(tmp_path, end="2023-07-01T00:00:00Z")


@pytest.mark.rule("Q-T14")
def test_groups_of_rows_and_columns_outside_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "year.parquet"
    table = hours("2023-01-01", "2024-01-01").append_column("note", pa.array(["x"] * 8760))
    pq.write_table(table, path, row_group_size=720)
    whole = omega.read_bars(path)
    metadata = pq.read_metadata(path)
    content = bytearray(path.read_bytes())
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            column = metadata.row_group(group).column(place)
            if group != 3 or column.path_in_schema == "note":
                start = column.dictionary_page_offset or column.data_page_offset
                content[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(content)
    first, last = (int(whole.times[row]) for row in (720 * 3, 720 * 4 - 1))
    words = {name: str(np.datetime64(time, "us")) + "Z" for name, time in (("start", first), ("end", last))}
    part = omega.read_bars(path, **words)  # type: ignore[arg-type]
    assert part.times.tolist() == whole.times[720 * 3 : 720 * 4 - 1].tolist()
    with pytest.raises(OmegaError, match="is damaged"):
        omega.read_bars(path)


@pytest.mark.rule("Q-T14")
@pytest.mark.parametrize("kind", ["table", "arrow", "csv", "sides"])
def test_a_span_is_the_same_of_everything(tmp_path: Path, kind: str) -> None:
    table = hours("2024-01-01", "2024-02-01").drop_columns(["symbol"])
    given: dict[str, Any] = {"source": table}
    if kind in ("arrow", "csv"):
        from omega.data.writing import write_table

        given = {"source": write_table(table, tmp_path / f"bars.{kind}")}
    if kind == "sides":
        names = ["timestamp", "open", "high", "low", "close", "volume"]
        for side in ("bid", "ask"):
            own = ["timestamp", *(f"{side}_{name}" for name in names[1:5]), "volume"]
            given[side] = table.select(own).rename_columns(names)
        del given["source"]
    part = omega.read_bars(**given, start="2024-01-10T00:00:00+01:00", end=pd.Timestamp("2024-01-11", tz="UTC"))
    assert part.span == ("2024-01-09T23:00:00Z", "2024-01-10T23:00:00Z")
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(**given, start="2025-01-01T00:00:00Z")
    assert caught.value.code is ErrorCode.EMPTY_INPUT


@pytest.mark.rule("Q-T14", "T-1")
@pytest.mark.parametrize(
    ("start", "end", "code", "message"),
    [
        ("2024-01-01", None, ErrorCode.TYPE_MISMATCH, "start must be a time with a zone, as 2024-01-31T00:00:00Z"),
        (None, 5, ErrorCode.TYPE_MISMATCH, "end must be a time with a zone, as 2024-01-31T00:00:00Z, not 5"),
        ("soon", None, ErrorCode.INVALID_FORMAT, "start: 'soon' is no ISO 8601 time, as in 2024-01-31T23:59:00Z"),
        ("2024-01-01T00:00:00.0000001Z", None, ErrorCode.CONSTRAINT_VIOLATION, "start: '2024-01-01T00:00:00.0000001Z'"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", ErrorCode.INVALID_ARGUMENT, "end must be later than start"),
    ],
)
def test_what_is_no_span(start: Any, end: Any, code: ErrorCode, message: str) -> None:
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(hours("2024-01-01", "2024-01-03"), start=start, end=end)
    assert caught.value.code is code
    assert caught.value.message.startswith(message)


@pytest.mark.rule("T-14", "Q-T14")
def test_what_a_catalogue_refuses(tmp_path: Path) -> None:
    store = catalogue(tmp_path)
    table = hours("2024-01-01", "2024-01-03")
    with pytest.raises(OmegaError, match="a catalogue needs the timeframe; give timeframe="):
        store.add(table, timeframe=None)
    with pytest.raises(OmegaError, match="a catalogue needs the symbol; give symbol="):
        store.add(table.drop_columns(["symbol"]), timeframe="H1")
    named = table.set_column(10, "symbol", pa.array(["../EURUSD"] * 48))
    with pytest.raises(OmegaError, match=r"symbol '\.\./EURUSD' makes no name of a folder") as caught:
        store.add(named, timeframe="H1")
    assert caught.value.code is ErrorCode.INVALID_ARGUMENT
    store.add(table, timeframe="H1")
    with pytest.raises(OmegaError, match="a catalogue's series has a timeframe; give timeframe="):
        omega.read_bars(tmp_path / "store", symbol="EURUSD")
    with pytest.raises(OmegaError, match="no such series") as caught:
        omega.read_bars(tmp_path / "store", symbol="GBPUSD", timeframe="H1")
    assert caught.value.code is ErrorCode.NOT_FOUND
    index = next((tmp_path / "store").rglob(INDEX))
    document = json.loads(index.read_text())
    for broken in ("{", json.dumps(document | {"format": 2}), json.dumps(document | {"parts": [{"path": "/etc"}]})):
        index.write_text(broken)
        with pytest.raises(OmegaError, match="is damaged") as caught:
            read(tmp_path)
        assert caught.value.code is ErrorCode.DESERIALIZATION_FAILED
