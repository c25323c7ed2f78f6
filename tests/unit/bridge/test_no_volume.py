"""Bars without a volume: 0 in every row, and a finding (Q-T2f)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS
from omega.data.source import BarSource
from omega.reading import check_bars, pip_size_of
from omega.serve.factories import create_data_handler

PRICES = ("open", "high", "low", "close")
CONFIG = {"symbol": "EURUSD", "timeframe": "M5"}


def without(sample: omega.Bars) -> pa.Table:
    return sample.table.drop_columns(["volume"])


def side(sample: omega.Bars, name: str) -> pa.Table:
    columns = {price: sample.table.column(f"{name}_{price}") for price in PRICES}
    return pa.table({"timestamp": sample.table.column("timestamp"), **columns})


def is_zero(bars: omega.Bars) -> bool:
    volume = bars.table.column("volume").to_numpy()
    return bars.table.schema.equals(BARS) and not volume.any() and not np.signbit(volume).any()


@pytest.mark.rule("Q-T2f", "Q-T2b")
@pytest.mark.parametrize("origin", [lambda table: table, pa.Table.to_pandas, pl.from_arrow])
def test_tables_of_any_origin(sample: omega.Bars, backend: str, origin: Callable[[pa.Table], object]) -> None:
    bars = omega.read_bars(origin(without(sample)), backend=backend)
    assert is_zero(bars)
    assert (bars.quality.no_volume, sample.quality.no_volume) == (1, 0)
    assert bars.table.drop_columns(["volume"]).equals(without(sample))
    assert omega.read_bars(bars, backend=backend).quality.no_volume == 0, "the column is there now"
    part = bars.window(start=None, end=int(bars.times[9]), warmup_bars=None)
    assert part.quality.no_volume == 1


@pytest.mark.rule("Q-T2f")
@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("bars.csv", pyarrow.csv.write_csv),
        ("bars.parquet", pq.write_table),
        ("bars.feather", pyarrow.feather.write_feather),
    ],
)
def test_files(sample: omega.Bars, tmp_path: Path, backend: str, name: str, write: Callable[..., None]) -> None:
    write(without(sample), str(tmp_path / name))
    bars = omega.read_bars(tmp_path / name, backend=backend)
    assert (is_zero(bars), bars.quality.no_volume) == (True, 1)


@pytest.mark.rule("Q-T2f", "G-1")
def test_sides_and_pairs(sample: omega.Bars, backend: str) -> None:
    bid, ask, volume = side(sample, "bid"), side(sample, "ask"), sample.table.column("volume")
    whole_bid, whole_ask = (one.append_column("volume", volume) for one in (bid, ask))
    joined = omega.read_bars(bid=bid, ask=ask, backend=backend)
    assert (is_zero(joined), joined.quality.no_volume) == (True, 1)
    of_ask_only = omega.read_bars(bid=bid, ask=whole_ask, backend=backend)
    assert (is_zero(of_ask_only), of_ask_only.quality.no_volume) == (True, 1), "the volume is the bid side's"
    of_bid_only = omega.read_bars(bid=whole_bid, ask=ask, backend=backend)
    assert (of_bid_only.content_hash, of_bid_only.quality.no_volume) == (sample.content_hash, 0)
    made: list[dict[str, Any]] = [{"bid": bid}, {"ask": ask}, {"source": bid}]
    for one in made:
        bars = omega.read_bars(**one, spread_pips=1.0, symbol="EURUSD", backend=backend)
        assert (is_zero(bars), bars.quality.no_volume) == (True, 1)


@pytest.mark.rule("Q-T2f")
def test_findings_can_be_refused_by_name(sample: omega.Bars, backend: str) -> None:
    with pytest.raises(OmegaError, match="no_volume 1") as caught:
        omega.read_bars(without(sample), quality="refuse", backend=backend)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.CONSTRAINT_VIOLATION, "T-2")


@pytest.mark.rule("Q-T2f", "Q-T2e")
def test_an_examination_lists_it_as_a_finding_and_no_breach(sample: omega.Bars, backend: str) -> None:
    def examined(table: pa.Table) -> omega.reading.Checked:
        source = BarSource(source=table, pip_size=pip_size_of(None, None), digits_of=lambda _: None)
        return check_bars(source, backend=backend)

    checked = examined(without(sample))
    last = checked.findings[-1]
    assert (last.code, last.column, last.message, last.count, last.rows) == (0, "no_volume", "no_volume", 1, ())
    broken = examined(without(sample).drop_columns(["ask_low"])).findings
    assert [(one.code, one.column) for one in broken] == [(1008, "ask_low")], "findings are for bars without a breach"


@pytest.mark.rule("Q-T2f", "Q-T2")
def test_what_stays_as_it_was(sample: omega.Bars, backend: str) -> None:
    """The data handler is as strict as before, and so is every cell of a column that is there."""
    handler = create_data_handler("rust" if backend == "rust" else "python")
    with pytest.raises(OmegaError) as caught:
        handler.check_bars(without(sample), 300_000_000)
    assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "volume")
    holed = pd.DataFrame(sample.table.to_pandas())
    holed["volume"] = None
    with pytest.raises(OmegaError):
        omega.read_bars(holed, backend=backend)


@pytest.mark.rule("Q-T2f", "T-2", "E-19")
def test_runs_do_not_see_it(sample: omega.Bars, backend: str) -> None:
    row = {"timestamp": sample.table["timestamp"][3].as_py(), "signal_type": "entry", "symbol": "EURUSD"}
    signal = row | {"direction": "long", "order_type": "market", "stop_loss": 1.0}
    with_it, without_it = (
        omega.run_signals(bars, [signal], CONFIG, backend=backend) for bars in (sample, without(sample))
    )
    assert (with_it.state_chain == without_it.state_chain).all()
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    simulator.evaluate_exits(without(sample))
    whole = omega.ExecutionSimulator(CONFIG, backend=backend)
    whole.evaluate_exits(sample.table)
    assert simulator.state_hash == whole.state_hash
