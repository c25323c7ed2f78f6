"""Importing: nothing is overwritten, nothing is lost, and what was repaired is counted (T-12)."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS, SIDE_BARS
from omega.prepare.describing import report_of
from omega.prepare.repair import POLICIES

from .conftest import DUKASCOPY, HISTDATA, Write

MINUTE = 60_000_000
FRIDAY = 1_709_935_140_000_000
"""2024-03-08 21:59 UTC."""


def bars(*rows: tuple[int, float, float, float, float, float], spread: float = 0.0001) -> pa.Table:
    """Make bars from (minute, open, high, low, close, volume)."""
    columns: dict[str, Any] = {"timestamp": [FRIDAY + row[0] * MINUTE for row in rows]}
    for side, distance in (("bid", 0.0), ("ask", spread)):
        for place, price in enumerate(("open", "high", "low", "close"), start=1):
            columns[f"{side}_{price}"] = [row[place] + distance for row in rows]
    return pa.table(columns | {"volume": [row[5] for row in rows]}).cast(BARS)


FLAT = (1.1, 1.1, 1.1, 1.1, 0.0)
MOVED = (1.1, 1.2, 1.0, 1.1, 5.0)


def put(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "in.parquet")
    return folder / "in.parquet"


@pytest.mark.rule("T-12")
def test_an_output_is_replaced_only_when_that_is_asked_for(write: Write, tmp_path: Path) -> None:
    out = tmp_path / "bars.parquet"
    words: dict[str, Any] = {"symbol": "EURUSD", "spread_pips": 1.0}
    omega.import_data(write(HISTDATA), out, **words)
    before = out.read_bytes()
    with pytest.raises(OmegaError, match=r"bars.parquet is there already; --force \(force=True\) replaces") as caught:
        omega.import_data(write(HISTDATA.replace("1.09", "1.19")), out, **words)
    assert (caught.value.code, caught.value.rule, caught.value.column) == (ErrorCode.INVALID_STATE, "T-12", "out")
    assert out.read_bytes() == before
    with pytest.raises(OmegaError, match="line 2"):
        omega.import_data(write(HISTDATA.replace("170000", "nonsense")), out, force=True, **words)
    assert out.read_bytes() == before
    omega.import_data(write(HISTDATA.replace("1.09", "1.19")), out, force=True, **words)
    assert out.read_bytes() != before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bars.parquet", "data.csv"]


KILLED = """
import sys, omega
print("begun", flush=True)
omega.import_data(sys.argv[1], sys.argv[2], symbol="EURUSD", spread_pips=1.0, force=True)
"""


@pytest.mark.rule("T-12", "X-6")
def test_an_import_that_is_killed_leaves_the_old_data_or_the_new(write: Write, tmp_path: Path) -> None:
    times = pd.date_range("2020-01-01", periods=60_000, freq="min").strftime("%Y%m%d %H%M%S")
    path = write("".join(f"{moment};1.1;1.2;1.0;1.15;0\n" for moment in times))
    out = tmp_path / "bars.parquet"
    omega.import_data(write(HISTDATA, "old.csv"), out, symbol="EURUSD", spread_pips=1.0)
    rows = []
    for delay in (0.0, 0.02, 0.05, 0.08, 0.12, 0.2):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(path), str(out)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        rows.append(len(omega.read_bars(out, timeframe="M1")))
    assert set(rows) <= {3, 60_000}
    assert rows[0] == 3


@pytest.mark.rule("T-12")
def test_files_one_after_the_other_and_a_pair(write: Write, tmp_path: Path) -> None:
    first, second = (write(line, f"{place}.csv") for place, line in enumerate(HISTDATA.splitlines(keepends=True)[:2]))
    seen: list[tuple[int, int]] = []
    words: dict[str, Any] = {"symbol": "EURUSD", "spread_pips": 1.0}
    found = omega.import_data(
        [first, second], tmp_path / "both.arrow", on_progress=lambda *one: seen.append(one), **words
    )
    assert (found.rows, seen[-1][0], seen[-1][1]) == (2, *[first.stat().st_size + second.stat().st_size] * 2)
    with pytest.raises(OmegaError, match="row 0, column timestamp: this time is before that of the row above"):
        omega.import_data([second, first], tmp_path / "wrong.csv", **words)
    assert omega.import_data([second, first], tmp_path / "right.csv", repair={"order": "sort"}, **words).repaired == {
        "order": 1
    }
    pair = omega.import_data(
        (), tmp_path / "pair.parquet", bid=write(DUKASCOPY, "b.csv"), ask=write(DUKASCOPY, "a.csv")
    )
    assert pair.rows == 4
    table = pq.read_table(tmp_path / "pair.parquet")
    assert table["bid_open"].to_pylist() == table["ask_open"].to_pylist()


@pytest.mark.rule("T-12")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"out": None}, "name one place to write to"),
        ({"out": "a.parquet", "catalogue": "b"}, "name one place to write to"),
        ({"files": (), "out": "a.parquet"}, "give files, or bid= and ask=, a file of each side"),
        ({"files": (), "out": "a.parquet", "bid": "b.csv"}, "give files, or bid= and ask=, a file of each side"),
        ({"out": "a.xlsx"}, "a.xlsx must end in .parquet, .arrow, .feather or .csv"),
        ({"out": "a.parquet", "files": ["missing.csv"]}, "no such file: missing.csv"),
        ({"out": "a.parquet", "timeframe": "M7"}, "timeframe must be one of M1, M5"),
    ],
)
def test_wrong_use_is_refused(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    given: dict[str, Any] = {"files": write(HISTDATA), "symbol": "EURUSD", "spread_pips": 1.0}
    with pytest.raises(OmegaError) as caught:
        omega.import_data(**(given | words))
    assert caught.value.message.startswith(message)


@pytest.mark.rule("Q-T12")
def test_each_policy_changes_what_it_says_and_counts_it(tmp_path: Path) -> None:
    rows = [(0, *MOVED), (1, *FLAT), (1, *MOVED), (0, *MOVED), (3, *MOVED), (200, *MOVED), (4000, *MOVED)]
    table = bars(*rows)
    crossed = bars((3999, *MOVED), spread=-0.0001)
    bad = bars((4001, 1.1, 1.0, 1.2, 1.1, 5.0))
    path = put(pa.concat_tables([table, crossed, bad]), tmp_path)
    policies = {
        "crossed": "swap",
        "weekend": "drop",
        "flats": "drop",
        "duplicates": "last",
        "order": "sort",
        "invalid": "drop",
    }
    found = omega.import_data(path, tmp_path / "out.parquet", repair=policies, timeframe="M1")
    # Of minute 0 one of two stays; of minute 1 the last, which is no flat; minute 200 is a Saturday.
    assert found.repaired == {"invalid": 1, "order": 2, "duplicates": 2, "flats": 0, "weekend": 1, "crossed": 1}
    assert list(found.repaired) == list(POLICIES)
    out = pq.read_table(tmp_path / "out.parquet")
    minutes = ((out["timestamp"].cast(pa.int64()).to_numpy() - FRIDAY) // MINUTE).tolist()
    assert minutes == [0, 1, 3, 3999, 4000]
    assert (np.array(out["ask_close"]) >= np.array(out["bid_close"])).all()
    first = omega.import_data(path, tmp_path / "1.parquet", repair=policies | {"duplicates": "first"}, timeframe="M1")
    assert (first.repaired["duplicates"], first.repaired["flats"]) == (2, 1)
    dropped = omega.import_data(path, tmp_path / "2.parquet", repair=policies | {"crossed": "drop"}, timeframe="M1")
    assert (dropped.repaired["crossed"], dropped.rows) == (1, 4)


@pytest.mark.rule("Q-T12")
@pytest.mark.parametrize("way", ["first", "last"])
def test_repairs_do_not_know_where_chunks_end(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = np.repeat(np.arange(200), np.tile([1, 3, 2, 1], 50))
    rows = [(int(minute), 1.1, 1.2 + place / 1000, 1.0, 1.1, 1.0) for place, minute in enumerate(minutes)]
    path = put(bars(*rows), tmp_path)
    frame = bars(*rows).to_pandas()
    expected = frame.drop_duplicates("timestamp", keep=way)
    for size in (1, 2, 7, 1000):
        monkeypatch.setattr("omega.prepare.streams._ROWS", size)
        found = omega.import_data(path, tmp_path / "out.parquet", repair={"duplicates": way}, force=True)
        got = pq.read_table(tmp_path / "out.parquet").to_pandas()
        pd.testing.assert_frame_equal(got, expected.reset_index(drop=True))
        assert found.repaired == {"duplicates": len(frame) - len(expected)}
        assert found.found.duplicates.count == len(frame) - len(expected)


@pytest.mark.rule("Q-T12b")
def test_the_report_counts_by_hand() -> None:
    rows = [(0, *MOVED), (1, *FLAT), (1, *FLAT), (4, *MOVED), (3, *MOVED), (200, *MOVED), (4000, *MOVED)]
    report = report_of(bars(*rows, spread=0.0))
    assert report.rows == 7
    assert report.timeframe == MINUTE
    assert (report.duplicates.count, report.duplicates.rows) == (1, (2,))
    assert (report.backward.count, report.backward.rows) == (1, (4,))
    assert (report.gaps.count, report.gaps.rows) == (3, (3, 5, 6))
    # Minute 3 is Friday 22:02, minute 200 Saturday 01:19.
    assert (report.gaps_over_weekend.count, report.gaps_over_weekend.rows) == (1, (5,))
    assert report.missing == 2 + 3799
    assert report.longest_gap == 3800 * MINUTE
    assert (report.flats.count, report.flats_without_volume.count) == (2, 2)
    assert (report.weekend.count, report.weekend.rows) == (1, (5,))
    assert (report.zero_spread.count, report.crossed.count) == (7, 0)
    assert report_of(bars(*rows, spread=-0.1)).crossed.rows == (0, 1, 2, 3, 4)


@pytest.mark.market
@pytest.mark.rule("Q-T12b")
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("oanda_eurusd_m1_201405", {"gaps": 389, "missing": 474, "flats": 548, "crossed": 0}),
        ("oanda_nzdusd_m1_201405", {"gaps": 257, "missing": 297, "flats": 338}),
        ("fxcm_eurusd_m1_201405", {"gaps": 179, "missing": 223, "flats": 258, "zero_spread": 1080}),
        ("oanda_eurusd_h1_2007_2018", {"gaps": 641, "flats": 1}),
        ("fxcm_eurusd_ticks_20140502", {"duplicates": 0, "crossed": 12061, "zero_spread": 13004}),
        ("oanda_eurusd_ticks_20140506_08", {"duplicates": 2102, "crossed": 0}),
        ("truefx_usdjpy_ticks_20130101", {"duplicates": 7, "zero_spread": 1}),
    ],
)
def test_the_report_of_real_data_is_what_was_measured_elsewhere(
    market_file: Any, name: str, counts: dict[str, int]
) -> None:
    report = report_of(pq.read_table(market_file(name)))
    found = {one: getattr(report, one) for one in counts}
    assert {one: value if isinstance(value, int) else value.count for one, value in found.items()} == counts


@pytest.mark.rule("T-12")
def test_one_side_in_our_own_columns_needs_the_other(tmp_path: Path) -> None:
    side = bars((0, *MOVED), (1, *MOVED)).select(
        ["timestamp", "bid_open", "bid_high", "bid_low", "bid_close", "volume"]
    )
    path = put(side.rename_columns(SIDE_BARS.names), tmp_path)
    with pytest.raises(OmegaError, match="holds one side of bars; make the other with side= and spread_pips=, or give"):
        omega.import_data(path, tmp_path / "out.parquet")
    assert omega.import_data((), tmp_path / "out.parquet", bid=path, ask=path).rows == 2
    words: dict[str, Any] = {"symbol": "EURUSD", "spread_pips": 1.0, "force": True}
    with pytest.raises(OmegaError, match="does not say of which side it is; give side='bid' or 'ask'"):
        omega.import_data(path, tmp_path / "out.parquet", **words)
    omega.import_data(path, tmp_path / "out.parquet", side="ask", **words)
    table = pq.read_table(tmp_path / "out.parquet")
    assert (table["bid_open"][0].as_py(), table["ask_open"][0].as_py()) == (1.0999, 1.1)


@pytest.mark.rule("T-12")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"zone": "UTC"},
            "in.parquet: zone= is about CSV files, and its columns and times are its own; leave zone= out",
        ),
        (
            {"columns": {"open": "O"}},
            "in.parquet: columns= is about CSV files, and its columns and times are its own; ",
        ),
        ({"side": "bid"}, "in.parquet: it has both sides; leave side= out"),
        ({"spread_pips": 1.0}, "in.parquet: it has both sides; leave spread_pips= out"),
    ],
)
def test_what_would_do_nothing_is_refused(tmp_path: Path, words: dict[str, Any], message: str) -> None:
    path = put(bars((0, *MOVED), (1, *MOVED)), tmp_path)
    with pytest.raises(OmegaError) as caught:
        omega.import_data(path, tmp_path / "out.parquet", **words)
    assert caught.value.message.startswith(message)


@pytest.mark.rule("T-12", "X-1")
@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("cut.parquet", None, ErrorCode.DESERIALIZATION_FAILED),
        ("cut.arrow", b"ARROW1 and no more", ErrorCode.DESERIALIZATION_FAILED),
        ("none.parquet", b"", ErrorCode.EMPTY_INPUT),
        ("none.csv", b"", ErrorCode.EMPTY_INPUT),
    ],
)
@pytest.mark.parametrize("call", ["import_data", "resample", "describe_data"])
def test_what_is_damaged_or_empty_is_called_that(
    tmp_path: Path, name: str, content: bytes | None, code: ErrorCode, call: str
) -> None:
    path, out = tmp_path / name, tmp_path / "out.parquet"
    path.write_bytes(put(bars((0, *MOVED), (1, *MOVED)), tmp_path).read_bytes()[:500] if content is None else content)
    calls: dict[str, Callable[[], object]] = {
        "import_data": lambda: omega.import_data(path, out),
        "resample": lambda: omega.resample(path, "H1"),
        "describe_data": lambda: omega.describe_data(path),
    }
    with pytest.raises(OmegaError, match=f"{name} is (damaged|empty)") as caught:
        calls[call]()
    assert (caught.value.code, caught.value.column) == (code, "path")
    assert not out.exists()
