"""CSV of every layout: read where there is no doubt, otherwise refused with line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS
from omega.data.signals import signal_table

from .conftest import CONFIG, signals

HEADER = ",".join(BARS.names)
PRICES = "1.1,1.1,1.1,1.1,1.2,1.2,1.2,1.2,0"
TEXT = f"{HEADER}\n2024-01-01T00:00:00Z,{PRICES}\n2024-01-01T00:05:00Z,{PRICES}\n"


def read(tmp_path: Path, content: str | bytes, name: str = "bars.csv") -> omega.Bars:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return omega.read_bars(path)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.replace("\n", "\r"),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        TEXT.replace(",", ", "),
        TEXT.replace("00Z", "00.0000000Z"),
        TEXT.replace("00Z", "00.000000000+00:00"),
        "\ufeff" + TEXT,
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", ",x\n").replace("volume,x", "volume,note"),
    ],
)
def test_layouts_without_doubt_are_read_alike(tmp_path: Path, content: str | bytes) -> None:
    assert read(tmp_path, content).content_hash == read(tmp_path, TEXT).content_hash


@pytest.mark.parametrize(
    ("content", "code", "column", "row", "message"),
    [
        (TEXT.replace("1.1", "1_1.002", 1), ErrorCode.TYPE_MISMATCH, "bid_open", 0, "line 2, column bid_open"),
        (TEXT[:-3] + ",1_0\n", ErrorCode.TYPE_MISMATCH, "volume", 1, "line 3, column volume"),
        (TEXT.replace(",", ";").replace("1.1", "1,1"), ErrorCode.TYPE_MISMATCH, "bid_open", 0, "write a point"),
        (TEXT.replace("05:00Z", "05:00.0000001Z"), ErrorCode.CONSTRAINT_VIOLATION, "timestamp", 1, "line 3, column"),
        (TEXT.replace("05:00Z", "05:00"), ErrorCode.TYPE_MISMATCH, "timestamp", 1, "line 3, column timestamp"),
        (TEXT[:-3] + "\n", ErrorCode.DESERIALIZATION_FAILED, "path", None, "line 3: 9 cells"),
        (TEXT.replace(",", ";", 1), ErrorCode.DESERIALIZATION_FAILED, "path", None, "line 1: the header has"),
        ("\n" + TEXT, ErrorCode.DESERIALIZATION_FAILED, "path", None, "line 1: this line is blank"),
        (TEXT + "  \n", ErrorCode.DESERIALIZATION_FAILED, "path", None, "line 4: this line holds only blanks"),
        (TEXT.replace("\n2024", '\n\n"2024', 1), ErrorCode.DESERIALIZATION_FAILED, "path", None, "line 3: a quote"),
        (TEXT.replace("bid", "b\0id", 1), ErrorCode.DESERIALIZATION_FAILED, "path", None, "a NUL byte in the header"),
        ("\0" * 80 + TEXT, ErrorCode.DESERIALIZATION_FAILED, "path", None, "a NUL byte in the header"),
        (TEXT.replace("1.1", "\x001.1", 1), ErrorCode.TYPE_MISMATCH, "bid_open", 0, "line 2, column bid_open"),
        (TEXT.encode("utf-16-le"), ErrorCode.DESERIALIZATION_FAILED, "path", None, "without a byte order mark"),
        (TEXT.encode() + b"\xff\xfe\xff," * 9, ErrorCode.DESERIALIZATION_FAILED, "path", None, "line "),
        (TEXT.replace("ask_low", "bid_low"), ErrorCode.MISSING_REQUIRED_FIELD, "bid_low", None, "2 columns 'bid_low'"),
    ],
)
def test_doubt_is_refused_with_line_and_column(
    tmp_path: Path, content: str | bytes, code: ErrorCode, column: str, row: int | None, message: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        read(tmp_path, content)
    assert (caught.value.code, caught.value.column, caught.value.row) == (code, column, row)
    assert message in caught.value.message


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_a_missing_column_is_told_with_those_that_are_there(
    tmp_path: Path, sample: omega.Bars, backend: str, suffix: str
) -> None:
    names = ["Bid_Close" if name == "bid_close" else name for name in BARS.names]
    table = sample.table.rename_columns(names)
    path = tmp_path / f"bars.{suffix}"
    writers: dict[str, Any] = {
        "csv": pyarrow.csv.write_csv,
        "parquet": pq.write_table,
        "arrow": pyarrow.feather.write_feather,
    }
    writers[suffix](table, str(path))
    for source in (path, table):
        with pytest.raises(OmegaError) as caught:
            omega.read_bars(source, backend=backend)
        assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "bid_close")
        assert f"the columns are {', '.join(names)}; nearest to it: Bid_Close" in caught.value.message


def test_a_side_given_as_the_whole_is_told_what_to_do(sample: omega.Bars) -> None:
    names = ("timestamp", "bid_open", "bid_high", "bid_low", "bid_close", "volume")
    side = sample.table.select(names).rename_columns([name.removeprefix("bid_") for name in names])
    with pytest.raises(OmegaError, match="give bid= or ask= with spread_pips="):
        omega.read_bars(side)


@pytest.mark.rule("T-6", "L-4")
@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_signals_of_a_file(tmp_path: Path, sample: omega.Bars, backend: str, suffix: str) -> None:
    table = signal_table(signals(sample))
    path = tmp_path / f"signals.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, path)
    elif suffix == "arrow":
        pyarrow.feather.write_feather(table, str(path))
    else:
        flat = {
            name: pa.array(['["a", "b"]' if cell else None for cell in table.column(name).to_pylist()])
            if name == "tags"
            else table.column(name).cast(pa.int64())
            if name == "max_holding"
            else table.column(name)
            for name in table.column_names
            if name != "metadata"
        }
        pyarrow.csv.write_csv(pa.table(flat), path)
    expected = omega.run_signals(sample, table, CONFIG, backend=backend)
    assert omega.run_signals(sample, str(path), CONFIG, backend=backend).last_state_hash == expected.last_state_hash


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_mistyped_column_in_a_file_of_signals_is_refused(tmp_path: Path, sample: omega.Bars, suffix: str) -> None:
    path = tmp_path / f"signals.{suffix}"
    table = pa.table({"timestamp": ["2024-01-01T00:00:00Z"], "symbol": ["EURUSD"], "take_proft": ["1.5"]})
    if suffix == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pq.write_table(table, path)
    with pytest.raises(OmegaError, match="did you mean 'take_profit'"):
        omega.run_signals(sample, path, CONFIG)
    with pytest.raises(OmegaError, match="there is no column 'signal_type'; the columns are timestamp, symbol"):
        signal_table(table.select(["timestamp", "symbol"]))


def test_a_lazy_frame_is_refused_with_that_word() -> None:
    lazy = type("LazyFrame", (), {})()
    with pytest.raises(OmegaError, match=r"a LazyFrame holds no rows yet; give what its \.collect\(\) returns"):
        omega.read_bars(lazy)
