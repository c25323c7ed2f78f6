"""Several symbols once more, by other libraries: joins of pandas and pyarrow, written from the contract (M-1 … M-3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import omega
from omega.contract.schemas import BARS
from omega_parity.generate.markets import market_data_folder, market_set_names, real_market

SIDES = ("python", "rust")
VALUES = BARS.names[1:]
MINUTE = 300_000_000


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
        found[f"S{place}"] = omega.read_bars(whole.take(pa.array(kept)), timeframe="M5")
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


@pytest.mark.rule("M-1")
@pytest.mark.parametrize("mode", ["union", "intersection"])
def test_joins_of_arrow(mode: str) -> None:
    how = {"union": "full outer", "intersection": "inner"}[mode]
    for seed in range(4):
        market = _market(seed, 3)
        times: pa.Table | None = None
        for one in market.values():
            column = one.table.select(["timestamp"])
            times = column if times is None else times.join(column, "timestamp", join_type=how)
        assert times is not None
        expected = times.sort_by("timestamp").column("timestamp").cast(pa.int64()).to_pylist()
        for side in SIDES:
            data = omega.multi_symbol(market, mode=mode, backend=side)
            assert [one.timestamp for one in data] == expected


@pytest.mark.market
@pytest.mark.rule("M-1", "M-2")
@pytest.mark.parametrize("mode", ["union", "intersection"])
def test_real_sets_together(mode: str) -> None:
    folder: Path | None = market_data_folder()
    if folder is None:
        pytest.skip("no market data on this machine")
    markets = [real_market(folder, name) for name in market_set_names() if "_d1_" in name or "_h1_" in name]
    for timeframe in {one.timeframe for one in markets}:
        market = {
            one.name: omega.read_bars(one.bars, timeframe={86_400_000_000: "D1", 3_600_000_000: "H1"}[timeframe])
            for one in markets
            if one.timeframe == timeframe
        }
        data = omega.multi_symbol(market, mode=mode, backend="rust")
        _compare(data.block(), _by_pandas(market, mode), timeframe)
