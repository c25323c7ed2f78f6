"""Files of other programs: recognised, and read to the same numbers that their makers meant (T-11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.times import EPOCH
from omega.data.styles.head import read_head
from omega.data.styles.kinds import recognise

from .conftest import DUKASCOPY, HISTDATA, MT5, MT5_HEADER, OHLC, Write, utc

CHOICES = "zone='UTC', 'UTC+2', 'EST', 'Europe/Athens', 'New York + 7 hours' (most MetaTrader servers)"


def imported(path: Path, **words: Any) -> pa.Table:
    out = path.with_suffix(".parquet")
    omega.import_data(path, out, force=True, **words)
    return pq.read_table(out)


def times(table: pa.Table) -> list[datetime]:
    return [EPOCH + timedelta(microseconds=time) for time in table["timestamp"].cast(pa.int64()).to_numpy().tolist()]


@pytest.mark.rule("T-11", "Q-T11", "Q-T11b")
def test_histdata_is_fixed_est_all_year(write: Write) -> None:
    table = imported(write(HISTDATA), symbol="EURUSD", spread_pips=1.0)
    assert times(table) == [utc("2024-03-08 21:59"), utc("2024-03-10 22:00"), utc("2024-07-08 15:00")]
    assert table["bid_open"].to_pylist() == [1.09391, 1.0939, 1.082]
    assert table["ask_open"].to_pylist() == [1.09401, 1.094, 1.0821]


@pytest.mark.rule("T-11", "Q-T11b")
@pytest.mark.parametrize(
    ("zone", "second"),
    [
        ("New York + 7 hours", "2024-03-10 21:00"),
        ("America/New_York+7h", "2024-03-10 21:00"),
        ("Europe/Athens", "2024-03-10 22:00"),
        ("UTC+2", "2024-03-10 22:00"),
    ],
)
def test_an_mt5_server_is_named(write: Write, zone: str, second: str) -> None:
    table = imported(write(MT5), zone=zone)
    assert times(table) == [utc("2024-03-08 21:59"), utc(second)]
    read = omega.read_bars(write(MT5), zone=zone, timeframe="M1")
    assert read.table["timestamp"].to_pylist() == table["timestamp"].to_pylist()


@pytest.mark.rule("T-11", "Q-T11b")
def test_an_mt5_file_without_a_zone_is_refused_with_the_choices(write: Write) -> None:
    message = (
        f"data.csv (MetaTrader 5 export): its times are on a clock that the file does not name ({CHOICES}); import it "
        "with `omega data import data.csv --zone 'New York + 7 hours' --out bars.parquet`"
    )
    for call in (lambda: imported(write(MT5)), lambda: omega.read_bars(write(MT5))):
        with pytest.raises(OmegaError) as caught:
            call()
        error = caught.value
        assert (error.code, error.rule, error.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "T-11", "zone")
        assert error.message == message


@pytest.mark.rule("Q-T11c")
def test_a_spread_in_points_gives_the_nearest_double(write: Write) -> None:
    table = imported(write(MT5), zone="Europe/Athens")
    assert table["bid_open"][0].as_py() == 1.07214
    assert table["ask_open"][0].as_py() == 1.07222
    assert table["ask_close"].to_pylist() == [1.07222, 1.07226]
    assert table["volume"].to_pylist() == [10.0, 12.0]
    assert imported(write(MT5), zone="UTC", digits=6)["ask_open"][0].as_py() == 1.072148
    pips = imported(write(MT5), zone="UTC", symbol="EURUSD", spread_pips=2.0)
    assert pips["ask_open"][0].as_py() == 1.07234


@pytest.mark.rule("Q-T11c")
def test_a_spread_is_never_rounded_away(write: Write) -> None:
    table = imported(write(OHLC), zone="UTC", side="bid", spread_pips=0.5, pip_size=0.0001)
    assert table["ask_open"][0].as_py() == 1.09395


@pytest.mark.rule("T-11", "Q-T11")
def test_dukascopy_is_utc_and_its_flats_are_counted(write: Write, tmp_path: Path) -> None:
    path = write(DUKASCOPY, "eurusd-m1-bid-2024.csv")
    kept = omega.import_data(path, tmp_path / "all.parquet", symbol="EURUSD", spread_pips=1.0)
    assert (kept.styles, kept.clocks, kept.side) == (("Dukascopy",), ("UTC",), "bid")
    assert (kept.rows_read, kept.rows, kept.repaired) == (4, 4, {})
    assert kept.found.flats_without_volume == kept.found.flats
    assert (kept.found.flats.count, kept.found.flats.rows) == (2, (1, 2))
    dropped = omega.import_data(
        path, tmp_path / "kept.parquet", symbol="EURUSD", spread_pips=1.0, repair={"flats": "drop"}
    )
    assert (dropped.rows, dropped.repaired, dropped.found.flats.count) == (2, {"flats": 2}, 2)
    assert times(pq.read_table(tmp_path / "kept.parquet")) == [utc("2024-03-08 21:59"), utc("2024-03-10 22:00")]


@pytest.mark.rule("T-11", "Q-T11")
def test_a_side_that_nobody_names_is_refused(write: Write) -> None:
    with pytest.raises(OmegaError, match="it does not say of which side it is \\(side='bid' or 'ask'\\)"):
        imported(write(DUKASCOPY), symbol="EURUSD", spread_pips=1.0)
    with pytest.raises(OmegaError, match="holds the bid side, not the ask side"):
        imported(write(HISTDATA), symbol="EURUSD", side="ask", spread_pips=1.0)
    table = imported(write(DUKASCOPY), symbol="EURUSD", side="ask", spread_pips=1.0)
    assert (table["bid_open"][0].as_py(), table["ask_open"][0].as_py()) == (1.09381, 1.09391)


@pytest.mark.rule("T-11", "Q-T11")
@pytest.mark.parametrize("source", ["csv", "pandas", "pyarrow"])
def test_a_date_open_high_low_close_table_names_what_imports_it(write: Write, source: str) -> None:
    command = "omega data import {} --side bid --zone UTC --symbol EURUSD --spread-pips 1 --out bars.parquet"
    path = write(OHLC)
    given: Any = path
    if source != "csv":
        given = pa.csv.read_csv(path)
        given = given.to_pandas() if source == "pandas" else given
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(given)
    assert caught.value.code is ErrorCode.MISSING_REQUIRED_FIELD
    assert "one side of bars, Date, Open, High, Low, Close" in caught.value.message
    assert f"`{command.format('data.csv' if source == 'csv' else 'FILE')}`" in caught.value.message
    table = imported(path, side="bid", zone="UTC", symbol="EURUSD", spread_pips=1.0)
    assert times(table) == [utc("2024-03-08 00:00")]


OTHERS = [
    ("2024.03.08,16:59,1.09391,1.094,1.0938,1.0939,12\n", "mt4", "side", {"zone": "UTC", "spread_pips": 1.0}),
    ("20240308 165900123,1.09391,1.09393,0\n", "histdata", "ticks", {}),
    ("EUR/USD,20240308 21:59:00.123,1.09391,1.09393\n", "truefx", "ticks", {}),
    ("timestamp,askPrice,bidPrice\n1709935140123,1.09393,1.09391\n", "dukascopy", "ticks", {}),
    ("Gmt time,Ask,Bid,AskVolume,BidVolume\n08.03.2024 21:59:00.123,1.09393,1.09391,1,1\n", "dukascopy", "ticks", {}),
    (
        "Gmt time,Open,High,Low,Close,Volume\n08.03.2024 21:59:00.000,1.09391,1.094,1.0938,1.0939,0\n",
        *("dukascopy", "side", {"side": "bid", "spread_pips": 1.0}),
    ),
    (
        "DateTime,BidOpen,BidHigh,BidLow,BidClose,AskOpen,AskHigh,AskLow,AskClose\n"
        "03/08/2024 21:59:00.000,1.09391,1.094,1.0938,1.0939,1.09393,1.09402,1.09382,1.09392\n",
        *("fxcm", "bars", {}),
    ),
    ("DateTime,Bid,Ask\n03/08/2024 21:59:00.123,1.09391,1.09393\n", "fxcm", "ticks", {}),
    (
        "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n2024.03.08\t21:59:00.123\t1.09391\t1.09393\t\t\t6\n",
        *("mt5", "ticks", {"zone": "UTC"}),
    ),
    ("Datetime,Open,High,Low,Close\n2024-03-08 23:59:00+02:00,1.09391,1.094,1.0938,1.0939\n", "ohlc", "side", {}),
]


@pytest.mark.rule("T-11", "Q-T11")
@pytest.mark.parametrize(("text", "style", "content", "words"), OTHERS, ids=lambda one: one if type(one) is str else "")
def test_each_style_is_recognised_and_read(
    write: Write, text: str, style: str, content: str, words: dict[str, Any]
) -> None:
    path = write(text)
    found = recognise(read_head(path))
    assert (found.name, found.content) == (style, content)
    words = words | ({"symbol": "EURUSD"} if style != "truefx" else {})
    words |= {"side": "bid", "spread_pips": 1.0} if style == "ohlc" else {}
    table = imported(path, **words)
    first = times(table)[0].replace(microsecond=0)
    assert first == utc("2024-03-08 16:59" if style == "mt4" else "2024-03-08 21:59")
    assert table["bid" if content == "ticks" else "bid_open"].to_pylist() == [1.09391]
    assert table["symbol"].to_pylist() == ["EURUSD"]


@pytest.mark.rule("Q-T11")
def test_an_empty_price_of_an_mt5_tick_is_the_one_above(write: Write) -> None:
    header = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
    rows = ("1.1\t", "\t1.3", "1.2\t", "\t1.4")
    lines = "".join(f"2024.03.08\t21:59:0{second}.000\t{row}\t\t\t6\n" for second, row in enumerate(rows))
    path = write(header + lines)
    found = omega.import_data(path, path.with_suffix(".parquet"), zone="UTC", symbol="EURUSD")
    table = pq.read_table(path.with_suffix(".parquet"))
    assert list(zip(table["bid"].to_pylist(), table["ask"].to_pylist(), strict=True)) == [
        *((1.1, 1.3), (1.2, 1.3), (1.2, 1.4)),
    ]
    assert (found.rows_read, found.rows, found.left_out) == (4, 3, {"before_both_prices": 1})


@pytest.mark.rule("T-11")
def test_columns_are_mapped_by_name(write: Write) -> None:
    path = write("Tag;Zeit;Auf;Hoch;Tief;Zu;Pkt\n08.03.2024;21:59;1.09391;1.094;1.0938;1.0939;7\n")
    names = {"timestamp": "Tag+Zeit", "open": "Auf", "high": "Hoch", "low": "Tief", "close": "Zu"}
    table = imported(path, columns={**names, "spread_points": "Pkt"}, zone="UTC", side="bid")
    assert (times(table), table["ask_open"].to_pylist()) == ([utc("2024-03-08 21:59")], [1.09398])
    bars = omega.read_bars(bid=path, columns=names, zone="UTC", symbol="EURUSD", spread_pips=1.0, timeframe="M1")
    assert bars.table["ask_open"].to_pylist() == [1.09401]


BAD_WORDS = [
    (
        {"columns": {"timestamp": "Date", "opening": "Open"}},
        *(ErrorCode.INVALID_ARGUMENT, "columns", "'opening' is no column of ours; they are timestamp, "),
    ),
    (
        {"columns": {"timestamp": "Day", "open": "Open"}},
        *(ErrorCode.MISSING_REQUIRED_FIELD, "Day", "data.csv has no column 'Day'; its columns are Date, Open, High, "),
    ),
    (
        {"columns": {"timestamp": "Date", "open": "Open"}},
        *(ErrorCode.MISSING_REQUIRED_FIELD, "high", "the columns name no high; side need timestamp, open, high, "),
    ),
    (
        {"zone": "Mars", "side": "bid", "spread_pips": 1.0},
        *(ErrorCode.INVALID_ARGUMENT, "zone", "'Mars' is no clock known here; choose one, as 'UTC', "),
    ),
    (
        {"zone": "UTC", "side": "mid", "spread_pips": 1.0},
        *(ErrorCode.INVALID_ARGUMENT, "side", "side must be one of bid, ask, not 'mid'"),
    ),
    (
        {"zone": "UTC", "side": "bid", "spread_pips": -1.0},
        *(ErrorCode.CONSTRAINT_VIOLATION, "spread_pips", "spread_pips must be a finite number ≥ 0, not -1.0"),
    ),
    (
        {"zone": "UTC", "side": "bid", "spread_pips": 1.0, "digits": 16},
        *(ErrorCode.OUT_OF_BOUNDS, "digits", "digits must be in 0 … 15, not 16"),
    ),
    (
        {"zone": "UTC", "side": "bid", "spread_pips": 1.0, "repair": {"flats": "keep"}},
        *(ErrorCode.INVALID_ARGUMENT, "repair", "repair flats=keep is none; they are invalid=drop; order=sort; "),
    ),
]


@pytest.mark.rule("T-11", "Q-T12")
@pytest.mark.parametrize(("words", "code", "column", "message"), BAD_WORDS)
def test_what_is_said_wrongly_is_refused(
    write: Write, words: dict[str, Any], code: ErrorCode, column: str, message: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        imported(write(OHLC), symbol="EURUSD", **words)
    assert (caught.value.code, caught.value.column) == (code, column)
    assert caught.value.message.startswith(message)


ROW = "2024.03.08\t23:59:00\t1.07214\t1.07220\t1.07210\t1.07214\t10\t0\t8\n"
BAD_ROWS = [
    (
        ROW.replace("1.07220", "1,07220"),
        *(ErrorCode.TYPE_MISMATCH, "<HIGH>", 0, "1,07220", "data.csv, line 2, column <HIGH>: '1,07220' is no number"),
    ),
    (
        ROW + ROW.replace("03.08", "02.30"),
        *(ErrorCode.INVALID_FORMAT, "<DATE> + <TIME>", 1, "2024.02.30 23:59:00"),
        "data.csv, line 3, column <DATE> + <TIME>: '2024.02.30 23:59:00' is no time as this file writes them",
    ),
    (
        ROW.replace("\t8\n", "\t-8\n"),
        *(ErrorCode.CONSTRAINT_VIOLATION, "<SPREAD>", 0, -8.0),
        "data.csv, line 2, column <SPREAD>: -8.0 must be a number of points, 0 or more",
    ),
    (
        ROW + ROW.replace("\t8\n", "\n"),
        *(ErrorCode.DESERIALIZATION_FAILED, "path", None, None, "data.csv, line 3: 8 cells where there must be 9"),
    ),
    (
        ROW.replace("1.07210", ""),
        *(ErrorCode.NULL_VALUE, "bid_low", 0, None),
        "data.csv, row 0, column bid_low: the cell is empty; repair invalid=drop leaves such rows out",
    ),
    (
        ROW.replace("1.07210", "1.07219"),
        *(ErrorCode.CONSTRAINT_VIOLATION, "bid_open", 0, 1.07214),
        "data.csv, row 0, column bid_open: must lie within low … high; repair invalid=drop leaves such rows out",
    ),
    (
        ROW.replace("1.07214", "inf", 1),
        *(ErrorCode.INFINITE_VALUE, "bid_open", 0, float("inf")),
        "data.csv, row 0, column bid_open: must be finite; repair invalid=drop leaves such rows out",
    ),
    (
        ROW + ROW,
        *(ErrorCode.CONSTRAINT_VIOLATION, "timestamp", 1, 1_709_942_340_000_000),
        "data.csv, row 1, column timestamp: this time is there twice; repair duplicates=first or duplicates=last keeps "
        "one of them",
    ),
    (
        ROW + ROW.replace("23:59", "23:58"),
        *(ErrorCode.CONSTRAINT_VIOLATION, "timestamp", 1, 1_709_942_280_000_000),
        "data.csv, row 1, column timestamp: this time is before that of the row above; repair order=sort sorts "
        "the rows",
    ),
    ("", ErrorCode.EMPTY_INPUT, "path", None, None, "data.csv has a header and no rows"),
]


@pytest.mark.rule("T-12", "T-11")
@pytest.mark.parametrize(("rows", "code", "column", "row", "value", "message"), BAD_ROWS)
def test_each_fault_of_a_row_has_its_message(
    write: Write, rows: str, code: ErrorCode, column: str, row: int | None, value: object, message: str
) -> None:
    path = write(MT5_HEADER + rows)
    with pytest.raises(OmegaError) as caught:
        imported(path, zone="UTC")
    error = caught.value
    assert (error.code, error.column, error.row, error.message) == (code, column, row, message)
    assert error.value == value or column == "path"
    assert not path.with_suffix(".parquet").exists()
    assert [one.name for one in path.parent.iterdir()] == ["data.csv"]


@pytest.mark.rule("Q-T11c")
def test_a_price_finer_than_the_head_is_refused(write: Write) -> None:
    rows = "".join(ROW.replace("23:59:00", f"{hour:02}:{minute:02}:00") for hour in range(24) for minute in range(60))
    finer = ROW.replace("2024.03.08\t23:59:00\t1.07214", "2024.03.09\t00:00:00\t1.072145")
    with pytest.raises(OmegaError, match=r"line 1442, column <OPEN>: 1\.072145 has more than 5 dec") as caught:
        imported(write(MT5_HEADER + rows + finer), zone="UTC")
    assert caught.value.row == 1440
    assert imported(write(MT5_HEADER + rows + finer), zone="UTC", digits=6).num_rows == 1441


@pytest.mark.rule("T-11")
def test_a_file_of_no_style_says_what_stands_in_it(write: Write) -> None:
    with pytest.raises(OmegaError, match="no known style; its first line is a, b, c; name the columns, as --columns"):
        imported(write("a,b,c\n1,2,3\n"))
    with pytest.raises(OmegaError, match="'GBP/USD' is another symbol than EURUSD; a file holds one"):
        imported(write("EUR/USD,20240308 21:59:00.123,1.1,1.2\nGBP/USD,20240308 21:59:00.123,1.1,1.2\n"))
    with pytest.raises(OmegaError, match="the data are of 'EURUSD', not 'GBPUSD'"):
        imported(write("EUR/USD,20240308 21:59:00.123,1.1,1.2\n"), symbol="GBPUSD")
