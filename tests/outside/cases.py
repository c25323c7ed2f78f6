"""What the sides and the third opinion are run over: generated cases, golden cases and the sample."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

import omega
from omega.contract.schemas import BARS
from omega.contract.types import CommissionBasis, EngineConfig, Rate, SizingMode, StrategyConfig, Timeframe, Variant
from omega_parity.generate.cases import Case, Floors, Market, signals_case, strategy_case
from omega_parity.generate.sequences import sample_case
from omega_parity.golden.case import GOLDEN_FOLDER, case_folders, load_case

from .inputs import of_the_run, quotes_of, signals_of
from .opinion import Opinion
from .strategy import MINUTE, Strategy
from .terms import INTRABAR, terms_of

MOST_DIGITS = 6
MOST_PRICE = 1e6
"""With six digits these are 10^12 points, each some thousand doubles wide."""
MOST_LOTS = 1e7
"""Eight digits of more (S-4) are finer than doubles."""
MOST_STEPS = 1e11
"""Of a size. A raw size may be too small by a thousandth of a step (Q-S4), which among more of them no double shows."""
PAIR = re.compile("[A-Z]{6}")
LONGEST_AGE = 36_500.0
"""Of a rate, days (Q-C6b)."""
MOST_RANGES = 1e3
"""Of average ranges between a price and a stop (A-4): of more, averages of doubles are points off."""

FIRST_NIGHT, LAST_NIGHT = 86_400_000_000, 4_102_000_000_000_000
"""Times between which rollovers are known whatever their clock (Q-C4), µs."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One run as a user asks for it."""

    name: str
    keys: Mapping[str, Any]
    bars: pa.Table
    signals: pa.Table | None
    """None runs the strategy."""

    def result(self, backend: str) -> omega.Result:
        """Run a side, through the public API."""
        bars = omega.read_bars(self.bars, symbol=self.keys["symbol"], timeframe=self.keys["timeframe"], backend=backend)
        if self.signals is None:
            result = omega.run_backtest(self.keys, bars, backend=backend)
        else:
            result = omega.run_signals(bars, self.signals, self.keys, backend=backend)
        # Asked for is not computed: a side that was served by the other one would be compared twice.
        assert {result.backend, *(choice.backend for choice in result.flags)} == {backend}
        assert (result.crossings > 0) is (backend == "rust")
        return result

    def opinion(self) -> Opinion:
        """Run the third opinion."""
        terms = terms_of(self.keys)
        quotes = quotes_of(self.bars, terms)
        strategy = None
        if self.signals is None:
            strategy = Strategy(terms, quotes, omega.Config(**self.keys).strategy)
        opinion = Opinion(terms, strategy)
        opinion.run(of_the_run(quotes, terms), [] if self.signals is None else signals_of(self.signals))
        return opinion


def generated(n: int, seed: int = 0, *, by_strategy: bool = False) -> Iterator[Input]:
    """Yield ``n`` canonical cases of parity's generator that run signals, or the strategy."""
    index = 0
    while n:
        case = sample_case(seed, index)
        index += 1
        if (case.signals is None) is by_strategy and case.config.variant is Variant.CANONICAL and _is_usual(case):
            n -= 1
            yield input_of(case)


def _is_usual(case: Case) -> bool:
    """Whether a broker has such an instrument, and a user can write such a strategy.

    A point of 10^-digits that a double cannot tell from its neighbour, a pip that is no power of ten of points, or a
    size of more than eight digits is what the two sides are compared under; what is right there nobody outside can say.
    """
    spec, strategy = case.config.instrument, case.config.strategy
    assert spec is not None
    prices = np.array([case.bars.column(name).to_numpy() for name in BARS.names if name[:4] in ("bid_", "ask_")])
    has_points = 0 <= spec.digits <= MOST_DIGITS and spec.pip_size * 10**spec.digits in (1.0, 10.0, 100.0)
    volumes = (spec.volume_min, spec.volume_step, spec.volume_max)
    has_steps = spec.volume_max <= _most_lots(spec.volume_step) and all(round(size, 8) == size for size in volumes)
    is_written = strategy is None or _is_written(strategy)
    has_pairs = all(PAIR.fullmatch(rate.pair) for rate in case.config.rates)
    commission = case.config.commission
    is_share = commission is not None and commission.basis is CommissionBasis.PERCENT_OF_NOTIONAL
    if commission is not None and is_share and commission.rate > 1.0:
        return False
    return has_points and bool(prices.max() < MOST_PRICE) and has_steps and is_written and has_pairs


def _is_written(strategy: StrategyConfig) -> bool:
    given = strategy.parameters
    return _is_first(strategy) and given.atr_mult <= MOST_RANGES and (given.max_holding or 0) % MINUTE == 0


def _is_first(strategy: StrategyConfig) -> bool:
    """Whether scenario 1 trades alone, both ways; the others are told apart signal by signal in ``scenarios``."""
    return strategy.parameters.long_scenarios == strategy.parameters.short_scenarios == (1,)


def _most_lots(step: float) -> float:
    return min(MOST_LOTS, MOST_STEPS * step)


def odd(n: int, seed: int = 1) -> Iterator[Input]:
    """Yield generated cases under numbers that no broker has, and with bars off the grid.

    What the register of known differences has is left out: distances that end in half of a tenth of a point.
    """
    pick = random.Random(seed).choice
    for case in generated(n, seed):
        spec = case.keys["instruments"][0]
        coarser = (
            pick((0, 0, 1)) if spec["digits"] > 0 else 0
        )  # one digit less than the data have: most prices lie off the grid
        tenths = 1.0 if coarser else 0.1
        instrument = {
            "digits": spec["digits"] - coarser,
            "tick_value": pick((spec["tick_value"], 0.3, 7.0 / 3.0)),
            "tick_size": pick((spec["tick_size"], max(1e-12, 0.7 * spec["pip_size"]))),
            "contract_size": pick((spec["contract_size"], 37.5)),
            "volume_min": pick((spec["volume_min"], 0.03, 1e-8)),
            "volume_step": pick((spec["volume_step"], 0.07, 0.125, 1e-8)),
            "volume_max": pick((spec["volume_max"], 1.0)),
            "min_stop_distance_pips": pick((0.0, 0.1, 0.3, tenths, 10.0 * tenths)),
        }
        most = min(instrument["volume_max"], _most_lots(instrument["volume_step"]))
        instrument["volume_max"] = max(instrument["volume_min"], most)
        fixed, drawn = pick((0.0, 0.01, 0.05, 0.25)), pick((0.0, 0.0, 0.37))
        keys = {
            **case.keys,
            "pip_buffer_factor": pick((0.0, 0.1, 0.3, 0.7, 1.1)),
            "risk_per_trade": pick((case.keys["risk_per_trade"], 77.7, 0.01)),
            "costs": {
                "slippage": {"fixed_pips": fixed, "random_pips": drawn},
                "fee": {"per_million": pick((0.0, 7.77)), "min_fee": pick((0.0, 0.07))},
            },
            "instruments": [{**spec, **instrument}],
        }
        yield replace(case, name=f"odd {case.name}", keys=keys)


def golden() -> Iterator[Input]:
    """Yield the canonical golden cases over bars."""
    for folder in case_folders(GOLDEN_FOLDER)[0]:
        golden_case = load_case(folder)
        case = golden_case.as_case() if golden_case.bar_length and not golden_case.detail else None
        if case is None or case.config.variant is not Variant.CANONICAL:
            continue
        if case.config.strategy is None or _is_first(case.config.strategy):
            yield input_of(case)


def over_market(market: Market, seed: int, n: int = 1_000) -> Input:
    """Put ``n`` drawn signals over bars."""
    return input_of(signals_case(market, Variant.CANONICAL, seed, Floors(), n))


def by_strategy(market: Market, max_positions: int | None) -> Input:
    """Let the strategy trade on bars."""
    return input_of(strategy_case(market, Variant.CANONICAL, max_positions, Floors()))


def input_of(case: Case) -> Input:
    """Return a case as a user asks for it."""
    keys = keys_of(case.config)
    keys["costs"]["swap"] = _night_keys(case)
    return Input(name=case.name, keys=keys, bars=case.bars, signals=case.signals)


def keys_of(config: EngineConfig) -> dict[str, Any]:
    """Return a configuration as a user writes it."""
    spec = config.instrument
    assert spec is not None
    names = type(spec).__slots__
    return {
        "symbol": config.symbol,
        "timeframe": Timeframe(config.timeframe).name,
        "start": None if config.start is None else (EPOCH + timedelta(microseconds=config.start)).isoformat(),
        "account_currency": config.account_currency,
        "initial_balance": config.initial_balance,
        "risk_per_trade": config.risk_per_trade,
        "risk_fraction": config.risk_fraction,
        "max_positions_per_symbol": config.max_positions,
        "seed": config.seed,
        "pip_buffer_factor": config.pip_buffer_factor,
        "close_at_end": config.close_at_end,
        "market_fill": config.market_fill.text,
        "signal_time": config.signal_time.text,
        **_ruin_keys(config),
        **_rates_keys(config),
        "intrabar": {name: getattr(config, f"intrabar_{name}").text for name in INTRABAR},
        "sizing": {
            "mode": config.sizing_mode.text,
            "lots": config.sizing_lots if config.sizing_mode is SizingMode.FIXED else None,
            "below_min": config.below_min.text,
        },
        "costs": {
            "slippage": {"fixed_pips": config.slippage_fixed_pips, "random_pips": config.slippage_random_pips},
            **_charge_keys(config),
        },
        "instruments": [{name: getattr(spec, name) for name in names}],
        "strategy": None if config.strategy is None else _strategy_keys(config.strategy),
    }


def _charge_keys(config: EngineConfig) -> dict[str, Any]:
    commission = config.commission
    if commission is None:
        return {"fee": {"per_million": config.fee_per_million, "min_fee": config.fee_min}}
    names = type(commission).__slots__
    plain = {name: getattr(commission, name) for name in names}
    return {"commission": plain | {"basis": commission.basis.text, "sides": commission.sides.text}}


def _night_keys(case: Case) -> dict[str, Any] | None:
    """Let nights end at the time of a bar in the middle, on the clock of one of three zones."""
    swap = case.config.swap
    times: list[int] = case.bars.column("timestamp").cast(pa.int64()).to_numpy().tolist()
    if swap is None or times[0] <= FIRST_NIGHT or times[-1] >= LAST_NIGHT:
        return None
    pick = random.Random(case.name)
    zone = pick.choice(("UTC", "America/New_York", "Asia/Tokyo"))
    middle = EPOCH + timedelta(microseconds=pick.choice(times))
    clock = f"{middle.astimezone(ZoneInfo(zone)):%H:%M}"
    triple = pick.choice(("wednesday", "wednesday", "friday", "monday", "none"))
    points = {"long_points": swap.long_points, "short_points": swap.short_points}
    return {**points, "rollover": clock, "zone": zone, "triple": triple}


def _ruin_keys(config: EngineConfig) -> dict[str, Any]:
    if config.margin_leverage is None:
        return {"on_ruin": config.on_ruin.text}
    return {"margin": {"leverage": config.margin_leverage, "stop_out": config.margin_stop_out}}


def _rates_keys(config: EngineConfig) -> dict[str, Any]:
    if not config.rates:
        return {}
    rates = {rate.pair: _rate_key(rate) for rate in config.rates}
    return {"rates": rates, "rates_max_age": LONGEST_AGE}


def _rate_key(rate: Rate) -> float | dict[str, list[Any]]:
    if not rate.timestamps:
        return rate.values[0]
    times = [EPOCH + timedelta(microseconds=time) for time in rate.timestamps]
    return {"timestamp": times, "rate": list(rate.values)}


def _strategy_keys(strategy: StrategyConfig) -> dict[str, Any]:
    given = strategy.parameters
    names = ("atr_length", "atr_mult", "window_length", "ema_length", "z_score_long", "z_score_short")
    holding: dict[str, bool | int] = {"use_position_manager": given.max_holding is not None}
    if given.max_holding is not None:
        minutes, rest = divmod(given.max_holding, MINUTE)
        assert not rest
        holding["max_holding_minutes"] = minutes
    parameters = {name: getattr(given, name) for name in names}
    parameters |= {"direction_filter": given.direction_filter.text, "enabled_scenarios": [1], **holding}
    return {"name": strategy.name, "magic_number": strategy.magic_number, "parameters": parameters}
