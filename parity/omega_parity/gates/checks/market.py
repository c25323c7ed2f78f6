"""Real bar sets through both sides; the data lie beside the checkout and are no part of it."""

from __future__ import annotations

from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.gates.checks.indicators import agree_on_series
from omega_parity.generate.cases import SIGNAL_FLOORS, STRATEGY_FLOORS, Market, market_cases
from omega_parity.generate.markets import market_data_folder, market_set_names, real_market
from omega_parity.generate.sequences import window_cases

_WINDOWS: Final = 50
"""Windows per bar set."""
_CASES: Final = 6
"""Two variants, each with the strategy (no limit, one position) and with random signals."""

SETS: Final = market_set_names()


def market_of(name: str) -> Market:
    """Return a real bar set."""
    folder = market_data_folder()
    if folder is None:
        raise omega_error(ErrorCode.NOT_FOUND, f"no market data on this machine, and so no {name}", rule="X-1")
    return real_market(folder, name)


@check("real bars", "event_engine", SETS, is_market=True)
def whole_sets(bench: Bench, name: str) -> None:
    """The strategy and random signals over a whole set."""
    cases = list(market_cases(market_of(name), strategy_floors=STRATEGY_FLOORS, signal_floors=SIGNAL_FLOORS))
    bench.require(len(cases) == _CASES, f"{len(cases)} cases instead of {_CASES}")
    for case in cases:
        bench.judge(case)


@check("real bars", "indicator_cache", SETS, is_market=True)
def indicators(bench: Bench, name: str) -> None:
    """Every series over a whole set."""
    agree_on_series(bench, market_of(name).bars, name)


@check("real bars", "event_engine", SETS, is_market=True)
def windows(bench: Bench, name: str) -> None:
    """Generated signals over windows of a set."""
    windows = bench.extent.few(_WINDOWS)
    for case in window_cases(market_of(name), windows, bench.extent.seed or 0):
        bench.judge(case)
    bench.require(bench.counts["fills"] >= windows, "too few fills")
