"""Several symbols through the public API, each value worked out by hand, on both sides."""

from __future__ import annotations

import gc
import threading
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import xxhash

import omega
from omega.config import override_flags, override_limits
from omega.contract.errors import ErrorCode
from omega.contract.schemas import SLICES
from omega.slices import MultiSymbolDataIterator

from .symbols import MINUTE, NAMES, ROWS, START, bars, refused, three


@pytest.mark.rule("M-1", "Q-M1", "Q-M3")
def test_a_union_step_by_step(backend: str) -> None:
    found = [
        (one.step, (one.timestamp - START) // MINUTE, [(x.row, x.last_seen) for x in one.symbols])
        for one in three(backend=backend)
    ]
    assert found == [
        (0, 0, [(0, 0), (None, None), (None, None)]),
        (1, 1, [(1, 1), (0, 0), (None, None)]),
        (2, 2, [(None, 1), (1, 1), (None, None)]),
        (3, 3, [(2, 2), (2, 2), (0, 0)]),
        (4, 5, [(None, 2), (None, 2), (1, 1)]),
    ]


@pytest.mark.rule("M-1", "Q-M1")
def test_an_intersection_and_the_candles(backend: str) -> None:
    (only,) = three("intersection", backend=backend)
    assert (only.step, only.timestamp, len(only)) == (0, START + 3 * MINUTE, 3)
    assert [one.symbol for one in only.symbols] == list(NAMES)
    assert [(one.row, one.last_seen) for one in only.symbols] == [(2, 2), (2, 2), (0, 0)]
    bid, ask = only["USDJPY"].bid, only["USDJPY"].ask
    assert bid is not None
    assert ask is not None
    assert (bid.open, bid.high, bid.low, bid.close, bid.volume) == (203.0, 203.3, 202.8, 203.1, 30.0)
    assert (ask.open, ask.high, ask.low, ask.close) == (203.01, 203.3 + 0.01, 202.8 + 0.01, 203.1 + 0.01)
    assert hash(bid) == hash((203.0, 203.3, 202.8, 203.1, 30.0))
    assert (bid == only["USDJPY"].bid, bid == ask) == (True, False)
    assert repr(bid) == "Candle(open=203.0, high=203.3, low=202.8, close=203.1, volume=30.0)"


@pytest.mark.rule("M-1", "Q-M1")
def test_what_is_missing_is_none(backend: str) -> None:
    first = next(three(backend=backend))
    missing = first["GBPUSD"]
    assert (missing.bid, missing.ask, missing.row, missing.last_seen, missing.indicators) == (None,) * 4 + ({},)
    assert repr(missing) == "SymbolSnapshot('GBPUSD', bid=None, ask=None)"
    assert repr(first) == f"MultiSymbolSlice(step 0, {START} µs, 3 symbols)"


@pytest.mark.rule("M-3", "Q-M3c")
def test_a_block(backend: str) -> None:
    block = three(backend=backend).block(2, 4)
    assert block.schema == SLICES
    assert block["step"].to_pylist() == [2, 2, 2, 3, 3, 3]
    assert block["symbol"].to_pylist() == [*NAMES, *NAMES]
    assert block["last_seen"].to_pylist() == [1, 1, None, 2, 2, 0]
    assert block["bid_open"].to_pylist() == [None, 202.0, None, 103.0, 203.0, 303.0]
    assert block["volume"].to_pylist() == [None, 20.0, None, 30.0, 30.0, 30.0]
    assert three(backend=backend).block(5).num_rows == 0
    assert three(backend=backend).block().num_rows == 15


@pytest.mark.rule("M-2", "Q-M2")
def test_parts_and_passes(backend: str) -> None:
    data = three(backend=backend)
    assert (len(data), data.symbols, data.mode, data.backend) == (5, NAMES, "union", backend)
    whole = [(one.step, one["EURUSD"].last_seen) for one in data]
    for cut in range(6):
        parts = (data.part(0, cut), data.part(cut, 5))
        assert [(one.step, one["EURUSD"].last_seen) for part in parts for one in part] == whole
    inner = data.part(1, 5).part(1, 3)
    assert ([one.step for one in inner], len(inner)) == ([2, 3], 2)
    assert [(one.step, other.step) for one in inner for other in inner] == [(2, 2), (2, 3), (3, 2), (3, 3)]
    assert [next(data).step, next(data).step] == [0, 1]
    assert [one.step for one in data] == [0, 1, 2, 3, 4]
    assert next(data).step == 2
    data.reset()
    assert next(data).step == 0
    assert next(data.part(3, 4)).step == 3
    with pytest.raises(StopIteration):
        next(data.part(5, 5))


@pytest.mark.rule("M-3", "Q-M3b")
def test_what_is_kept_never_changes(backend: str) -> None:
    data = three(backend=backend)
    slices = list(data)
    assert [one.step for one in slices] == [0, 1, 2, 3, 4]
    snapshots = [one.symbols[0] for one in data]
    assert [one.last_seen for one in snapshots] == [0, 1, 1, 2, 2]
    named = [one["EURUSD"] for one in data]
    assert [one.last_seen for one in named] == [0, 1, 1, 2, 2]
    tuples = [one.symbols for one in data]
    assert [[one.row for one in some] for some in tuples] == [[one.row for one in some.symbols] for some in slices]
    candles = [one["EURUSD"].bid for one in data]
    assert [None if one is None else one.open for one in candles] == [100.0, 101.0, None, 103.0, None]
    walk = iter(data)
    kept = next(walk)
    del data
    gc.collect()
    rest = [one.step for one in walk]
    assert (kept.step, kept["EURUSD"].row, rest) == (0, 0, [1, 2, 3, 4])


@pytest.mark.rule("M-3", "Q-M3b")
def test_a_slice_that_nobody_holds_is_used_again() -> None:
    places = [id(one) for one in three(backend="rust")]
    assert len(set(places)) == 2
    walk, places = iter(three(backend="rust")), []
    for one in walk:
        assert one.symbols[0].symbol == "EURUSD"
        places.append(id(one))
    assert len(set(places)) == 2


@pytest.mark.rule("M-3", "Q-M3d")
def test_indicators(backend: str) -> None:
    asked = {
        "mean": {"name": "sma", "period": 2},
        "band": {"name": "bollinger", "side": "ask", "period": np.int64(2), "std_factor": 1.0},
    }
    data = three(indicators=asked, backend=backend)
    shown = [one["EURUSD"].indicators for one in data]
    assert shown[2] == shown[4] == {}
    assert [list(one) for one in (shown[0], shown[1])] == [["mean", "band"]] * 2
    assert np.isnan(shown[0]["mean"])
    assert shown[1]["mean"] == pytest.approx(100.6)
    band = shown[3]["band"]
    assert isinstance(band, tuple)
    assert band == tuple(
        omega.indicator("bollinger", bars(ROWS[0], 100.0), "ask", period=2, std_factor=1.0)[k][2] for k in range(3)
    )


@pytest.mark.rule("M-1", "Q-M1b")
def test_bars_without_a_row(backend: str) -> None:
    euro = bars([0, 1], 1.0, "EURUSD")
    none = bars([0, 1], 2.0, "USDJPY").window(start=None, end=START, warmup_bars=None)
    asked = {"mean": {"name": "sma", "period": 1}}
    union = omega.multi_symbol(euro, none, indicators=asked, backend=backend)
    assert [(one["USDJPY"].bid, one["USDJPY"].indicators, one["EURUSD"].row) for one in union] == [
        (None, {}, 0),
        (None, {}, 1),
    ]
    both = omega.multi_symbol(euro, none, mode="intersection", backend=backend)
    assert (len(both), list(both), both.block().num_rows) == (0, [], 0)


@pytest.mark.rule("X-5")
def test_a_block_is_no_larger_than_the_limit(backend: str) -> None:
    with override_limits(rows=14):
        error = refused(lambda: three(backend=backend).block())
        assert three(backend=backend).block(1).num_rows == 12
    assert (error.code, error.column, error.value) == (ErrorCode.LIMIT_EXCEEDED, "stop", 15)


@pytest.mark.rule("F-1", "F-3")
def test_the_flag_chooses_and_the_choice_is_recorded() -> None:
    import omega_rust

    with override_flags(multi_symbol=False):
        data = three()
        assert (type(data), data.backend) == (MultiSymbolDataIterator, "python")
        assert (data.choice.flag, data.choice.value) == ("OMEGA_USE_RUST_MULTI_SYMBOL", "false")
        assert type(next(data)).__module__ == "omega_reference.multi_symbol.views"
        direct = omega_rust.MultiSymbolDataIteratorRust(bars([0], 1.0, "EURUSD"))
        assert (direct.backend, type(next(direct))) == ("rust", omega_rust.MultiSymbolSlice)
    before = omega_rust.crossings()
    data = three()
    assert (type(data), data.backend) == (omega_rust.MultiSymbolDataIteratorRust, "rust")
    assert type(next(data)) is omega_rust.MultiSymbolSlice
    assert omega_rust.crossings() > before
    assert repr(data) == "MultiSymbolDataIteratorRust(3 symbols, union, 5 steps, rust)"
    assert MultiSymbolDataIterator(bars([0], 1.0, "EURUSD")).backend == "python"


@pytest.mark.rule("F-3")
def test_indicators_follow_their_own_flag() -> None:
    asked = {"mean": {"name": "sma", "period": 2}}
    with override_flags(indicator_cache=False):
        mixed = [one["EURUSD"].indicators for one in three(indicators=asked, backend=None)]
    assert str(mixed) == str([one["EURUSD"].indicators for one in three(indicators=asked, backend="python")])


@pytest.mark.rule("M-2", "L-6")
def test_threads_walk_one_data_set(backend: str) -> None:
    data = three(backend=backend)
    alone = [[one.row for one in some.symbols] for some in data]
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append([[one.row for one in some.symbols] for some in data]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 8


@pytest.mark.rule("M-2")
def test_a_mapping_names_and_files_are_read(backend: str, tmp_path: Any) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "euro.parquet"
    pq.write_table(bars([0, 1], 1.0).table, path)
    data = omega.multi_symbol({"one": path, "other": bars([1, 2], 2.0, "EURUSD")}, backend=backend)
    assert (data.symbols, len(data)) == (("one", "other"), 3)
    assert [later.timestamp - one.timestamp for one, later in pairwise(data)] == [MINUTE, MINUTE]


@pytest.mark.rule("M-1", "M-3", "Q-M3c")
@pytest.mark.parametrize(
    ("mode", "rows", "digest"),
    [("union", 5898, "7262f741c8edc7b66997c77ba550b0b5"), ("intersection", 2400, "4f9748c5f2ddafb218fb6d20e0ce48a4")],
)
def test_a_block_is_pinned(backend: str, mode: str, rows: int, digest: str) -> None:
    """Three samples with gaps; the digest is over the columns of numbers, nulls as −1."""
    market = {
        f"S{place}": omega.read_bars(
            omega.sample_bars(2_000, seed=place).table.take([row for row in range(2_000) if row % (place + 3)]),
            timeframe="M5",
        )
        for place in range(3)
    }
    block = omega.multi_symbol(market, mode=mode, backend=backend).block()
    found = xxhash.xxh3_128()
    for name in block.column_names:
        if name != "symbol":
            column: Any = block.column(name).combine_chunks()
            plain: Any = pc.fill_null(column.cast(pa.int64()) if name == "timestamp" else column, -1)
            found.update(plain.to_numpy(zero_copy_only=False).tobytes())
    assert (block.num_rows, found.hexdigest()) == (rows, digest)
