"""Whole strategy runs: events, equity and state chain on, imports and data loading excluded."""

from __future__ import annotations

from typing import Any

import pytest

import omega
from omega_parity.generate.workloads import sample_strategy_config


def _time_run(benchmark: Any, bars: omega.Bars, side: str, rounds: int) -> None:
    config = sample_strategy_config()
    if side == "rust":
        chains = [omega.run_backtest(config, bars, backend=name).state_chain for name in ("python", "rust")]
        assert (chains[0] == chains[1]).all()
    benchmark.extra_info.update(size=len(bars), unit="bars", side=side)
    result = benchmark.pedantic(
        omega.run_backtest,
        args=(config, bars),
        kwargs={"backend": side},
        rounds=rounds,
        warmup_rounds=1 if rounds > 1 else 0,
    )
    assert result.backend == side


@pytest.mark.benchmark(group="strategy run W1, 30,000 bars")
def test_strategy_run_w1(benchmark: Any, w1_bars: omega.Bars, side: str) -> None:
    _time_run(benchmark, w1_bars, side, rounds=40 if side == "rust" else 5)


@pytest.mark.benchmark(group="strategy run W2, 1,000,000 bars")
def test_strategy_run_w2(benchmark: Any, w2_bars: omega.Bars, side: str) -> None:
    _time_run(benchmark, w2_bars, side, rounds=10 if side == "rust" else 1)
