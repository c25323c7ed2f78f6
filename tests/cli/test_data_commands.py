"""``omega data import``, ``describe``, ``resample``, and ``check`` of ticks and of files of other programs."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega

from .conftest import Omega

MT5 = (
    "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
    "2024.03.08\t23:58:00\t1.07214\t1.07220\t1.07210\t1.07214\t10\t0\t8\n"
    "2024.03.08\t23:59:00\t1.07214\t1.07214\t1.07214\t1.07214\t0\t0\t8\n"
    "2024.03.11\t00:00:00\t1.07214\t1.07230\t1.07200\t1.07215\t12\t0\t11\n"
)
SERVER = ("--zone", "New York + 7 hours")
TICKS = "20240308 165900123,1.09391,1.09393,0\n20240308 165900123,1.09391,1.09390,0\n"


def file(folder: Path, text: str, name: str = "EURUSD.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.rule("T-11", "T-12", "Q-T12b")
def test_an_import_says_how_it_read_and_what_it_found(omega_command: Omega, tmp_path: Path) -> None:
    path, out = file(tmp_path, MT5), tmp_path / "bars.parquet"
    words = ("data", "import", path, *SERVER, "--symbol", "EURUSD", "--timeframe", "M1", "--out", out)
    answer = omega_command(*words, "--repair", "flats=drop")
    assert answer.code == 0, answer.err
    lines = {" ".join(line.split()) for line in answer.out.splitlines()}
    assert {
        "style MetaTrader 5 export",
        "clock New York + 7 hours",
        "side bid",
        "spread column <SPREAD>, points of 5 decimals",
        "first 2024-03-08 21:58",
        "flats 1 (rows 1)",
        "gaps 1 (rows 2)",
        "gaps over weekend 1 (rows 2)",
        "missing bars 0",
        "longest gap 2,821 min",
        "repaired, flats 1",
        "rows written 2",
    } <= lines
    refused = omega_command(*words)
    assert (refused.code, refused.out) == (2, "")
    assert "error 1007 INVALID_STATE" in refused.err
    assert "bars.parquet is there already; --force (force=True) replaces it" in refused.err
    document = json.loads(omega_command(*words, "--force", "--json").out)
    assert (document["rows"], document["found"]["flats"], document["repaired"]) == (3, {"count": 1, "rows": [1]}, {})
    assert pq.read_table(out)["symbol"].to_pylist() == ["EURUSD"] * 3


@pytest.mark.rule("T-11")
def test_what_is_left_open_is_shown_and_refused(omega_command: Omega, tmp_path: Path) -> None:
    path = file(tmp_path, MT5)
    described = json.loads(omega_command("data", "describe", path, "--json").out)
    command = "omega data import EURUSD.csv --zone 'New York + 7 hours' --out bars.parquet"
    assert (described["style"], described["open"], described["next"]) == ("MetaTrader 5 export", ["zone"], command)
    whole = json.loads(omega_command("data", "describe", path, *SERVER, "--json").out)
    assert (whole["rows"], whole["first"], whole["clock"]) == (3, "2024-03-08 21:58 UTC", "New York + 7 hours")
    for words in (("data", "import", path, "--out", tmp_path / "x.parquet"), ("data", "check", path)):
        refused = omega_command(*words)
        assert refused.code == (2 if words[1] == "import" else 1)
        assert "error 1008 MISSING_REQUIRED_FIELD" in refused.err
        assert command in " ".join(refused.err.split())
    assert omega_command("data", "import", path, "--columns", "open", "--out", tmp_path / "x.parquet").code == 2


@pytest.mark.rule("T-11", "Q-T12b")
def test_a_file_of_another_program_is_checked(omega_command: Omega, tmp_path: Path) -> None:
    words = ("data", "check", file(tmp_path, MT5), *SERVER, "--timeframe", "M1")
    document = json.loads(omega_command(*words, "--json").out)
    assert (document["bars"], document["gaps"], document["report"]["flats"]["count"]) == (3, 1, 1)
    text = omega_command(*words).out
    assert "flats without volume  1 (rows 1)" in text
    broken = file(tmp_path, MT5.replace("1.07230", "1.0,7230"), "broken.csv")
    answer = omega_command("data", "check", broken, *SERVER)
    assert (answer.code, "line 4, column <HIGH>: '1.0,7230' is no number" in answer.err) == (1, True)


@pytest.mark.rule("T-3", "Q-T12b")
def test_ticks_are_checked(omega_command: Omega, tmp_path: Path) -> None:
    path = file(tmp_path, TICKS, "ticks.csv")
    answer = omega_command("data", "check", path)
    assert answer.code == 0, answer.err
    lines = {" ".join(line.split()) for line in answer.out.splitlines()}
    assert {"content ticks", "style HistData ticks", "rows 2", "duplicates 1 (rows 1)", "crossed 1 (rows 1)"} <= lines
    wrong = file(tmp_path, TICKS + "20240308 165800123,1.09391,1.09393,0\n", "wrong.csv")
    refused = omega_command("data", "check", wrong)
    assert refused.code == 1
    assert "wrong.csv, row 2, column timestamp: this time is before that of the row above" in refused.err
    document = json.loads(omega_command("data", "check", wrong, "--json").out)
    assert (document["error"]["rule"], document["report"]["backward"]) == ("T-3", {"count": 1, "rows": [2]})
    own = tmp_path / "ticks.parquet"
    assert omega_command("data", "import", path, "--out", own, "--symbol", "EURUSD").code == 0
    assert json.loads(omega_command("data", "check", own, "--json").out)["symbol"] == "EURUSD"
    with pytest.raises(omega.OmegaError, match=r"ticks.csv \(HistData ticks\) holds ticks, and a run needs bars"):
        omega.read_bars(path)


@pytest.mark.rule("T-13")
def test_resampling_writes_what_the_library_makes(omega_command: Omega, tmp_path: Path) -> None:
    bars = omega.sample_bars(3000, backend="python")
    source = tmp_path / "m5.parquet"
    pq.write_table(bars.table.append_column("symbol", pa.array(["EURUSD"] * 3000)), source)
    out, day = tmp_path / "h4.parquet", "17:00 America/New_York"
    words = ("data", "resample", source, "--to", "H4", "--day-start", day, "--out", out)
    document = json.loads(omega_command(*words, "--json").out)
    assert (document["timeframe"], document["symbol"], document["written"]) == ("H4", "EURUSD", str(out))
    assert "17:00 New York" in document["day_clocks"]
    assert omega.read_bars(out).content_hash == omega.resample(bars, "H4", day_start=day).content_hash
    assert omega_command(*words).code == 2
    assert omega_command(*words, "--force").code == 0


@pytest.mark.rule("T-14")
def test_a_catalogue_is_filled_and_described(omega_command: Omega, tmp_path: Path) -> None:
    words = ("data", "import", file(tmp_path, MT5), *SERVER, "--timeframe", "M1", "--catalogue", tmp_path / "store")
    refused = omega_command(*words)
    assert (refused.code, "a catalogue needs the symbol; give symbol=" in refused.err) == (2, True)
    assert omega_command(*words, "--symbol", "EURUSD").code == 0
    assert "3 rows stand already" in omega_command(*words, "--symbol", "EURUSD").err
    text = omega_command("data", "describe", tmp_path / "store").out
    line = ["EURUSD", "M1", "1", "3", "2024-03-08", "21:58", "2024-03-10", "21:00"]
    assert line in [one.split() for one in text.splitlines()]
    checked = omega_command("data", "check", tmp_path / "store", "--symbol", "EURUSD", "--timeframe", "M1")
    assert checked.code == 0, checked.err
