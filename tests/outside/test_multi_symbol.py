"""Several symbols once more, by other libraries: joins of pandas and pyarrow, written from the contract (M-1 … M-3)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import omega
from omega.contract.schemas import BARS
from omega.contract.types import Timeframe
from omega_parity.generate.markets import market_data_folder, market_set_names, real_market

SIDES: Final = ("python", "rust")
VALUES: Final = BARS.names[1:]
FOLDER: Final = market_data_folder()


def _market(seed: int, symbols: int) -> dict[str, omega.Bars]:
    """Bars of some symbols: ragged at both ends, with holes, one apart from the others, one that ends early."""
    random = np.random.default_rng(seed)
    found = {}
    for place in range(symbols):
        whole = omega.sample_bars(400, seed=seed * 100 + place).table
        first, last = sorted(random.integers(0, 400, 2).tolist())
        rows = np.arange(first, last + 1)
        kept = rows[random.random(len(rows)) < random.choice([1.0, 0.9, 0.4])]
        kept = kept if len(kept) else rows[:1]
        found[f"S{place}"] = omega.read_bars(whole.take(kept.tolist()), timeframe="M5")
    return found


def _by_pandas(market: dict[str, omega.Bars], mode: str) -> pd.DataFrame:
    """The block as pandas has it: outer or inner join on time, a row number carried forward for the last bar seen."""
    frames = {name: one.table.to_pandas().set_index("timestamp") for name, one in market.items()}
    for frame in frames.values():
        frame["row"] = np.arange(len(frame), dtype=float)
    every = pd.concat(frames, axis=1, join="outer", sort=True)
    seen = pd.DataFrame({name: every[name]["row"].ffill() for name in frames})
    chosen = every if mode == "union" else pd.concat(frames, axis=1, join="inner", sort=True)
    blocks = []
    for name in frames:
        block = chosen[name][VALUES].copy()
        block["last_seen"] = seen.loc[chosen.index, name]
        block["symbol"] = name
        block["step"] = np.arange(len(chosen))
        blocks.append(block)
    whole = pd.concat(blocks).reset_index().sort_values("step", kind="stable")
    return whole[["step", "timestamp", "symbol", "last_seen", *VALUES]].reset_index(drop=True)


def _compare(block: pa.Table, expected: pd.DataFrame, about: object) -> None:
    assert block.num_rows == len(expected), about
    for name in block.column_names:
        ours: Any = block.column(name)
        if name == "symbol":
            assert ours.to_pylist() == expected[name].tolist(), about
        elif name == "timestamp":
            assert ours.cast(pa.int64()).to_pylist() == expected[name].astype("int64").tolist(), about
        else:
            assert np.array_equal(ours.to_pandas().to_numpy(float), expected[name].to_numpy(float), equal_nan=True), (
                name
            )


@pytest.mark.rule("M-1", "M-2", "M-3", "Q-M1", "Q-M3", "Q-M3c")
@pytest.mark.parametrize("mode", ["union", "intersection"])
@pytest.mark.parametrize("symbols", [1, 2, 3, 12])
def test_joins_of_pandas(symbols: int, mode: str) -> None:
    for seed in range(6):
        market = _market(seed + 10 * symbols, symbols)
        expected = _by_pandas(market, mode)
        for side in SIDES:
            data = omega.multi_symbol(market, mode=mode, backend=side)
            _compare(data.block(), expected, (seed, side))
            missing = expected["bid_open"].isna()
            shown = [one.bid is None for some in data for one in some.symbols]
            assert shown == missing.tolist(), (seed, side)


def _joined(times: pa.Table, more: pa.Table, mode: str) -> pa.Table:
    is_union = mode == "union"
    return times.join(more, "timestamp", join_type="full outer" if is_union else "inner")


@pytest.mark.rule("M-1")
@pytest.mark.parametrize("mode", ["union", "intersection"])
def test_joins_of_arrow(mode: str) -> None:
    for seed in range(4):
        market = _market(seed, 3)
        times: pa.Table | None = None
        for one in market.values():
            column = one.table.select(["timestamp"])
            times = column if times is None else _joined(times, column, mode)
        assert times is not None
        expected = times.sort_by("timestamp").column("timestamp").cast(pa.int64()).to_pylist()
        for side in SIDES:
            data = omega.multi_symbol(market, mode=mode, backend=side)
            assert [one.timestamp for one in data] == expected


@pytest.mark.market
@pytest.mark.rule("M-1", "M-2")
@pytest.mark.parametrize("mode", ["union", "intersection"])
def test_real_sets_together(mode: str) -> None:
    compared = 0
    for timeframe, folder in ((one, FOLDER) for one in (Timeframe.H1, Timeframe.D1)):
        if folder is None:
            continue
        found = [real_market(folder, name) for name in market_set_names() if f"_{timeframe.name.lower()}_" in name]
        market = {one.name: omega.read_bars(one.bars, timeframe=timeframe.name) for one in found}
        data = omega.multi_symbol(market, mode=mode, backend="rust")
        _compare(data.block(), _by_pandas(market, mode), timeframe)
        compared += len(data) * len(market)
    assert (compared > 10_000) is (FOLDER is not None), "real bars are no part of a checkout"
