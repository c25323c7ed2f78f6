"""Each scenario of the strategy through both sides, in both directions: on the sample, and on real bars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pyarrow as pa

from omega.compare.outcome import Outcome
from omega.contract.protocols import RunOutput
from omega.contract.types import Direction, MeanReversionParameters, Overlay, Timeframe, Trend
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.gates.checks.market import SETS, market_of
from omega_parity.generate.cases import Case, Floors, Market, strategy_case
from omega_parity.generate.markets import sample_market
from omega_parity.generate.sequences import sample_scenarios

SCENARIOS: Final = (1, 2, 3, 4, 5, 6)

_BARS: Final = 3_000
_LEAST_BARS: Final = 1_200
_GENERATED: Final = 250
_LEAST_GENERATED: Final = 10
_PERIODS: Final = (20, 35)
"""Rows of bands and z-scores, one after the other."""
_FILTERED: Final = (None, Trend.ABOVE, Trend.BELOW)


def scenario_cases(market: Market, scenario: int) -> Iterator[Case]:
    """Yield runs of one scenario over a market: each variant, without a filter and with either."""
    for variant in market.variants:
        for place, trend in enumerate(_FILTERED):
            given = _parameters(market, scenario, _PERIODS[place % len(_PERIODS)])
            if trend is not None:
                longer = _longer(market.timeframe)
                given = replace(given, htf_tf=longer[0], htf_ema=6, htf_filter=trend, extra_htf_tf=longer[-1])
                given = replace(given, extra_htf_ema=3, extra_htf_filter=trend)
            case = strategy_case(replace(market, parameters=given), variant, 1, Floors())
            name = "plain" if trend is None else trend.text
            yield replace(case, name=f"{market.name}/{variant.text}/scenario-{scenario}-{name}")


def _longer(timeframe: int) -> tuple[int, ...]:
    """Return two timeframes that are longer, or the longest."""
    return tuple(one.value for one in Timeframe if one.value > timeframe)[:2] or (timeframe,)


def _parameters(market: Market, scenario: int, period: int) -> MeanReversionParameters:
    z = 0.05 if scenario == 4 else 0.8
    overlays = tuple(
        Overlay(
            timeframe=one,
            window_length=8,
            b_b_length=5,
            std_factor=0.3,
            kalman_r=0.01,
            kalman_q=0.01,
            z_score=-0.2,
        )
        for one in _longer(market.timeframe)[:1]
    )
    return replace(
        market.parameters,
        window_length=period,
        b_b_length=period,
        std_factor=0.9,
        kalman_q=0.001,
        z_score_long=-z,
        z_score_short=z,
        tp_min_distance=0.0,
        garch_min_periods=5,
        local_z_lookback=0 if period == _PERIODS[0] else 2 * period,
        vol_window=2 * period,
        vol_min_points=period,
        vol_garch_lookback=3 * period,
        vol_hysteresis=0 if period == _PERIODS[0] else 2,
        long_scenarios=(scenario,),
        short_scenarios=(scenario,),
        long_overlays=overlays,
        short_overlays=tuple(replace(one, z_score=-one.z_score) for one in overlays),
    )


@check("scenarios", "strategy", SCENARIOS)
def on_the_sample(bench: Bench, scenario: int) -> None:
    """Every scenario trades both ways, with and without filters."""
    _trade(bench, sample_market(n=bench.extent.few(_BARS, _LEAST_BARS)), scenario)


@check("scenarios", "strategy")
def generated(bench: Bench) -> None:
    """Generated parameters, bars and higher timeframes: each of scenarios 2 … 6 in turn, some trades in all."""
    for case in sample_scenarios(bench.extent.few(_GENERATED, _LEAST_GENERATED), bench.extent.seed or 0):
        bench.judge(case)
    runs = bench.extent.few(_GENERATED, _LEAST_GENERATED)
    bench.require(bench.counts["trades"] >= runs, f"{bench.counts['trades']} trades in {runs} runs")


@check("scenarios", "strategy", SETS, is_market=True)
def on_real_bars(bench: Bench, name: str) -> None:
    """The same over the last of a set's bars."""
    market = market_of(name)
    last = market.bars.slice(max(0, market.bars.num_rows - _BARS)).combine_chunks()
    for scenario in bench.extent.some(SCENARIOS, len(SCENARIOS)):
        _trade(bench, replace(market, bars=last), scenario)


def _trade(bench: Bench, market: Market, scenario: int) -> None:
    traded = {direction.text: 0 for direction in Direction}

    def count(_case: Case, reference: Outcome, _candidate: Outcome) -> None:
        if isinstance(reference, RunOutput):
            for direction, found in _trades(reference.trades, scenario):
                traded[direction] += found

    for case in scenario_cases(market, scenario):
        bench.judge(case, on_seen=count)
    idle = [f"{direction}_{scenario}" for direction, found in traded.items() if not found]
    bench.require(not idle, f"no trade of {' and '.join(idle)} over {market.name}")


def _trades(trades: pa.Table, scenario: int) -> Iterator[tuple[str, int]]:
    labels = trades.column("scenario").to_pylist()
    for direction in Direction:
        yield direction.text, labels.count(f"{direction.text}_{scenario}")
