"""Clocks by name, held to what pandas makes of the same wall times (Q-T11b)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import omega
from omega.contract.errors import OmegaError
from omega.data.styles.stamps import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, read_stamps
from omega.data.styles.zones import day_starts, find_clock, to_utc

from .conftest import MT5_HEADER, Write

ZONES = [
    *("America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo", "Asia/Tokyo"),
]


@pytest.mark.rule("Q-T11b")
@pytest.mark.parametrize("zone", ZONES)
def test_wall_times_are_read_as_pandas_reads_them(zone: str) -> None:
    walls = pd.date_range("2009-01-01", "2012-12-31 23:50", freq="10min")
    read = to_utc(walls.to_numpy().astype("M8[us]").astype(np.int64), find_clock(zone))
    for is_first, ours in ((True, read.first), (False, read.last)):
        theirs = walls.tz_localize(zone, ambiguous=np.full(len(walls), is_first), nonexistent="NaT").tz_convert("UTC")
        assert (theirs.isna() == read.skipped).all()
        known = theirs[~read.skipped].tz_localize(None).to_numpy().astype("M8[us]").astype(np.int64)
        assert (known == ours[~read.skipped]).all()


@pytest.mark.rule("Q-T11b")
@pytest.mark.parametrize(
    ("name", "wall", "instant"),
    [
        ("UTC", "2024-03-08T21:59", "2024-03-08T21:59"),
        ("utc+2", "2024-03-08T21:59", "2024-03-08T19:59"),
        ("UTC-05:30", "2024-03-08T21:59", "2024-03-09T03:29"),
        ("EST", "2024-07-08T10:00", "2024-07-08T15:00"),
        ("new york", "2024-07-08T10:00", "2024-07-08T14:00"),
        ("New York + 7 hours", "2024-07-08T10:00", "2024-07-08T07:00"),
        ("Europe/London - 1h", "2024-07-08T10:00", "2024-07-08T10:00"),
    ],
)
def test_clocks_by_name(name: str, wall: str, instant: str) -> None:
    walls = np.array([wall], dtype="M8[us]").astype(np.int64)
    assert to_utc(walls, find_clock(name)).first.astype("M8[us]").astype("M8[m]").astype(str).tolist() == [instant]


@pytest.mark.rule("Q-T11b")
@pytest.mark.parametrize(
    "name", ["", "Mars", "UTC+25", "../etc/passwd", "Europe", "UTC + 99 hours", "New York + hours"]
)
def test_what_is_no_clock(name: str) -> None:
    with pytest.raises(OmegaError, match="is no clock known here; choose one, as 'UTC'"):
        find_clock(name)


def _night(write: Write, day: str, *clocks: str) -> object:
    rows = "".join(f"{day}\t{clock}:00\t1.1\t1.1\t1.1\t1.1\t1\t0\t1\n" for clock in clocks)
    return write(MT5_HEADER + rows)


@pytest.mark.rule("Q-T11b")
def test_times_that_the_clock_leaves_out_or_shows_twice(write: Write) -> None:
    with pytest.raises(OmegaError, match="03:30:00' is no time on the clock of Europe/Athens, which jumps"):
        omega.read_bars(_night(write, "2024.03.31", "02:30", "03:30"), zone="Europe/Athens")
    twice = _night(write, "2024.10.27", "02:30", "03:30", "04:30")
    with pytest.raises(
        OmegaError, match="is twice on the clock of Europe/Athens; say which is meant with clock_change"
    ):
        omega.read_bars(twice, zone="Europe/Athens")
    for change, hours in (("first", [23, 0, 2]), ("last", [23, 1, 2]), ("drop", [23, 2])):
        path = _night(write, "2024.10.27", "02:30", "03:30", "04:30")
        out = path.with_name(f"{change}.parquet")  # type: ignore[attr-defined]
        found = omega.import_data(path, out, zone="Europe/Athens", clock_change=change)  # type: ignore[arg-type]
        assert [time.hour for time in pd.read_parquet(out)["timestamp"]] == hours
        assert found.left_out == ({"clock_change": 1} if change == "drop" else {})


@pytest.mark.rule("T-13")
def test_days_begin_when_the_clock_shows_it_or_jumps_over_it() -> None:
    first, last = (pd.Timestamp(text, tz="UTC").value // 1000 for text in ("2011-10-14", "2011-10-18"))
    starts = pd.to_datetime(day_starts(first, last, find_clock("America/Sao_Paulo"), 0), unit="us", utc=True)
    shown = [str(time.tz_convert("America/Sao_Paulo")) for time in starts]
    # On 2011-10-16 the clock jumped from 00:00 to 01:00.
    assert "2011-10-16 01:00:00-02:00" in shown
    assert "2011-10-15 00:00:00-03:00" in shown
    assert "2011-10-17 00:00:00-02:00" in shown


@pytest.mark.rule("T-11")
@pytest.mark.parametrize(
    "layout", ["%Y.%m.%d %H:%M:%S", "%Y%m%d %H%M%S", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S.%f"]
)
def test_texts_of_times_are_read_as_python_reads_them(layout: str) -> None:
    days = pd.date_range("1900-01-01", "2100-12-31", freq="997min").floor("D" if "H" not in layout else "min")
    texts = pa.chunked_array([pa.array(days.strftime(layout))])
    read = read_stamps(texts, (*YEAR_FIRST, *DAY_FIRST, *MONTH_FIRST))
    assert not read.bad.any()
    assert not read.are_instants
    assert (read.values == days.to_numpy().astype("M8[us]").astype(np.int64)).all()


@pytest.mark.rule("T-11")
def test_texts_that_are_no_times() -> None:
    texts = ["2024.02.29 00:00:00", "2023.02.29 00:00:00", "2024.13.01 00:00:00", "2024.01.01 24:00:00", None, "", "x"]
    texts += ["0000.01.01 00:00:00", "2024.01.0１ 00:00:00", "2024.01.01 00:60:00"]
    assert read_stamps(pa.chunked_array([pa.array(texts)]), YEAR_FIRST).bad.tolist() == [False, *[True] * 9]
