"""Settings held to tables written by hand: every default, both ends of ranges, every key of what both sides take."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import omega
from omega.config import load_config, resolve
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import ChargedSides, CommissionBasis, Intrabar, MarketFill, SignalTime, SizingMode
from omega.data.times import microseconds, minute_text

INF = math.inf
BASE: dict[str, Any] = {"symbol": "EURUSD", "timeframe": "M5"}


def _between(least: float, most: float) -> tuple[list[Any], list[tuple[Any, int]]]:
    """Both ends of a range of T-10, and what lies just outside."""
    outside = [(math.nextafter(least, -INF), 1006), (math.nextafter(most, INF), 1006)]
    return [least, most], [*outside, (INF, 2005), (math.nan, 2004)]


UNIT = SIZE = _between(1e-12, 1e12)
MONEY = _between(1e-12, 1e15)
CHARGE = _between(0.0, 1e15)
FACTOR = _between(0.0, 1e12)
POINTS = _between(-1e12, 1e12)
LENGTH = ([1, 10_000_000], [(0, 1003), (10_000_001, 1003), (1.5, 1004), (None, 1002)])

INSTRUMENT: dict[str, Any] = {
    "symbol": "OWN",
    "pip_size": 0.01,
    "tick_size": 0.001,
    "tick_value": 0.9,
    "contract_size": 1_000.0,
    "volume_min": 0.01,
    "volume_step": 0.02,
    "volume_max": 5.0,
    "base_currency": "AAA",
    "quote_currency": "BBB",
    "profit_currency": "CCC",
    "digits": 3,
    "min_stop_distance_pips": 0.3,
}
DEFAULTS: dict[str, Any] = {
    "variant": "canonical",
    "symbol": None,
    "timeframe": None,
    "start": None,
    "end": None,
    "warmup_bars": None,
    "account_currency": "USD",
    "initial_balance": 10_000.0,
    "risk_per_trade": 100.0,
    "risk_fraction": None,
    "max_positions_per_symbol": None,
    "seed": 0,
    "pip_buffer_factor": None,
    "close_at_end": False,
    "market_fill": None,
    "signal_time": None,
    "intrabar": None,
    "on_ruin": None,
    "margin": None,
    "rates": None,
    "rates_max_age": None,
    "sizing": {"mode": "risk", "lots": None, "below_min": None},
    "costs": {
        "slippage": {"fixed_pips": 0.0, "random_pips": 0.0},
        "fee": {"per_million": 0.0, "min_fee": 0.0},
        "commission": None,
        "swap": None,
    },
    "instruments": None,
    "strategy": None,
    "data": None,
    "feature_flags": {},
    "higher_timeframes": None,
    "alignment": {"entry": "close", "stale_limit": None},
}
STRATEGY_DEFAULTS: dict[str, Any] = {
    "atr_length": 14,
    "atr_mult": 2.0,
    "b_b_length": 20,
    "std_factor": 2.0,
    "window_length": 100,
    "z_score_long": -2.5,
    "z_score_short": 2.5,
    "ema_length": 30,
    "kalman_r": 0.01,
    "kalman_q": 1.0,
    "tp_min_distance": 1.0,
    "direction_filter": "both",
    "enabled_scenarios": [1],
    "enabled_labels": None,
    "use_position_manager": True,
    "max_holding_minutes": 30,
    "htf_tf": "D1",
    "htf_ema": 100,
    "htf_filter": "both",
    "extra_htf_tf": "AUTO",
    "extra_htf_ema": 50,
    "extra_htf_filter": "both",
    "garch_alpha": 0.05,
    "garch_beta": 0.9,
    "garch_omega": None,
    "garch_use_log_returns": True,
    "garch_scale": 100.0,
    "garch_min_periods": 50,
    "garch_sigma_floor": 1e-6,
    "local_z_lookback": 0,
    "intraday_vol_feature": "garch_forecast",
    "intraday_vol_cluster_window": None,
    "intraday_vol_cluster_k": 3,
    "intraday_vol_log_transform": True,
    "intraday_vol_min_points": 60,
    "intraday_vol_garch_lookback": 500,
    "intraday_vol_allowed": ["low", "mid"],
    "cluster_hysteresis_bars": 0,
    "scenario6_mode": "all",
    "scenario6_timeframes": [],
    "scenario6_params": {},
}


def keys_with(dotted: str, value: object) -> dict[str, Any]:
    """Set one key, in a section that is otherwise as it must be."""
    section, _, name = dotted.rpartition(".")
    if section == "":
        return {**BASE, name: value}
    if section == "instruments":
        return {**BASE, "symbol": "OWN", "instruments": [{**INSTRUMENT, name: value}]}
    if section == "strategy.parameters":
        return {**BASE, "strategy": {"parameters": {"enabled_scenarios": [1], name: value}}}
    if section == "strategy":
        return {**BASE, "strategy": {"parameters": {"enabled_scenarios": [1]}, name: value}}
    if section == "costs.commission":
        return {**BASE, "costs": {"commission": {"basis": "per_lot", "rate": 1.0, name: value}}}
    if dotted == "sizing.lots":
        return {**BASE, "sizing": {"mode": "fixed", name: value}}
    outer, _, inner = section.partition(".")
    return {**BASE, outer: {inner: {name: value}} if inner else {name: value}}


def at(data: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        data = data[0][name] if isinstance(data, list) else data[name]
    return data


RANGES: dict[str, tuple[list[Any], list[tuple[Any, int]]]] = {
    "initial_balance": MONEY,
    "risk_per_trade": MONEY,
    "risk_fraction": (
        [1e-12, 1.0],
        [
            (0.0, 1006),
            (math.nextafter(1e-12, 0.0), 1006),
            (math.nextafter(1.0, 2.0), 1006),
            (INF, 2005),
            (math.nan, 2004),
        ],
    ),
    "warmup_bars": ([0, 10**18], [(-1, 1006)]),
    "max_positions_per_symbol": ([1, 2**63 - 1], [(0, 1006), (2**63, 1006)]),
    "seed": ([0, 2**64 - 1], [(-1, 1006), (2**64, 1006)]),
    "pip_buffer_factor": FACTOR,
    "symbol": (["EURUSD", None], [("", 1001)]),
    "account_currency": (["X"], [("", 1001), (None, 1002)]),
    "costs.slippage.fixed_pips": FACTOR,
    "costs.slippage.random_pips": FACTOR,
    "costs.fee.per_million": CHARGE,
    "costs.fee.min_fee": CHARGE,
    "costs.commission.rate": CHARGE,
    "costs.commission.multiplier": FACTOR,
    "costs.commission.min_fee": CHARGE,
    "costs.commission.currency": (["X", None], [("", 1001)]),
    "sizing.lots": SIZE,
    "costs.swap.long_points": POINTS,
    "costs.swap.short_points": POINTS,
    "data.max_missing_ratio": ([0.0, 1.0], [(-5e-324, 1006), (math.nextafter(1.0, 2.0), 1006), (math.nan, 2004)]),
    "data.spread_pips": ([0.0, 1e12, "spread"], [(-5e-324, 1006), (1.1e12, 1006), (INF, 2005), (math.nan, 2004)]),
    "data.sample.n": ([1, 10_000_000], [(0, 1006), (10_000_001, 1006)]),
    "data.sample.seed": ([0, 2**64 - 1], [(-1, 1006), (2**64, 1006)]),
    "strategy.magic_number": ([-(2**63), 2**63 - 1], [(-(2**63) - 1, 1006), (2**63, 1006)]),
    **{f"instruments.{name}": UNIT for name in ("pip_size", "tick_size", "tick_value", "contract_size")},
    "instruments.volume_min": ([1e-8, 5.0], [(math.nextafter(1e-8, 0.0), 1006), (5.1, 1006), (math.nan, 2004)]),
    "instruments.volume_step": SIZE,
    "instruments.volume_max": ([0.01, 1e12], [(math.nextafter(0.01, 0.0), 1006), (1.1e12, 1006), (INF, 2005)]),
    "instruments.digits": ([0, 15], [(-1, 1006), (16, 1006)]),
    "instruments.symbol": (["OWN"], [("", 1001)]),
    "instruments.min_stop_distance_pips": FACTOR,
    **{
        f"strategy.parameters.{name}": LENGTH
        for name in (
            *("atr_length", "ema_length", "htf_ema", "extra_htf_ema", "intraday_vol_min_points"),
            "intraday_vol_garch_lookback",
        )
    },
    **{
        f"strategy.parameters.{name}": (
            [5e-324, 1e12],
            [(0.0, 1006), (1.1e12, 1006), (INF, 2005), (math.nan, 2004)],
        )
        for name in ("atr_mult", "std_factor", "garch_scale", "kalman_r")
    },
    **{
        f"strategy.parameters.{name}": FACTOR
        for name in ("kalman_q", "tp_min_distance", "garch_alpha", "garch_beta", "garch_sigma_floor", "garch_omega")
    },
    "alignment.stale_limit": ([0, None, 10_000_000], [(-1, 1006), (10_000_001, 1006)]),
    **{
        f"strategy.parameters.{name}": ([-1e300, 0.0, 1e300], [(INF, 2005), (-INF, 2005), (math.nan, 2004)])
        for name in ("z_score_long", "z_score_short")
    },
    **{
        f"strategy.parameters.{name}": ([0, 10_000_000], [(-1, 1003), (10_000_001, 1003)])
        for name in ("garch_min_periods", "local_z_lookback", "cluster_hysteresis_bars")
    },
    "strategy.parameters.b_b_length": ([2, 10_000_000], [(1, 1003), (10_000_001, 1003)]),
    "strategy.parameters.window_length": ([2, 10_000_000], [(1, 1003), (10_000_001, 1003)]),
    "strategy.parameters.max_holding_minutes": ([1, 5_256_000], [(0, 1003), (5_256_001, 1003)]),
    "strategy.parameters.intraday_vol_cluster_k": ([1, 5], [(0, 1003), (6, 1003)]),
    "strategy.parameters.intraday_vol_cluster_window": ([1, None, 10_000_000], [(0, 1003)]),
}


def test_every_default() -> None:
    assert load_config({}).model_dump() == DEFAULTS
    section = load_config({"strategy": {"parameters": {"enabled_scenarios": [1]}}}).strategy
    assert section is not None
    assert section.model_dump() == {
        "name": "mean_reversion_z_score",
        "magic_number": 0,
        "parameters": STRATEGY_DEFAULTS,
        "rust_enabled": None,
    }
    data = load_config({"data": {"sample": {}}}).data
    assert not isinstance(data, str)
    assert data is not None
    assert data.model_dump() == {
        **dict.fromkeys(("path", "bid", "ask", "spread_pips")),
        "sample": {"n": 30_000, "seed": 7},
        "max_missing_ratio": 0.0,
        "quality": "report",
    }
    least = {key: value for key, value in INSTRUMENT.items() if key not in ("tick_value", "min_stop_distance_pips")}
    (instrument,) = load_config({"instruments": [least]}).model_dump()["instruments"]
    assert instrument == {**least, "tick_value": None, "min_stop_distance_pips": 0.1}


@pytest.mark.parametrize("dotted", sorted(RANGES))
def test_both_ends_of_a_range(dotted: str) -> None:
    good, bad = RANGES[dotted]
    for value in good:
        assert at(load_config(keys_with(dotted, value)).model_dump(), dotted) == value
    for value, code in bad:
        with pytest.raises(OmegaError) as caught:
            load_config(keys_with(dotted, value))
        assert int(caught.value.code) == code, (value, caught.value)
        column = caught.value.column or ""
        assert column.replace("[0]", "") in (dotted, dotted.rpartition(".")[0]), value


@pytest.mark.parametrize(
    ("dotted", "choices"),
    [
        ("variant", ["canonical", "v1"]),
        ("market_fill", ["close", "next_open"]),
        ("signal_time", ["bar", "decision"]),
        ("on_ruin", ["stop", "continue"]),
        *((f"intrabar.{kind}", ["path", "adverse"]) for kind in ("stop_entry", "limit_entry", "open_position")),
        ("timeframe", ["M1", "M5", "M15", "M30", "H1", "H4", "D1"]),
        ("sizing.below_min", ["reject", "clamp"]),
        ("sizing.mode", ["risk", "pip"]),
        ("costs.commission.basis", ["per_lot", "per_million_notional", "percent_of_notional"]),
        ("costs.commission.sides", ["both", "entry", "exit"]),
        ("costs.swap.triple", ["monday", "tuesday", "wednesday", "thursday", "friday", "none"]),
        ("data.quality", ["report", "refuse"]),
        ("strategy.parameters.direction_filter", ["long", "short", "both"]),
        ("strategy.parameters.htf_filter", ["above", "below", "both", "none"]),
        ("strategy.parameters.extra_htf_filter", ["above", "below", "both", "none"]),
        ("strategy.parameters.htf_tf", ["M1", "D1", "NONE"]),
        ("strategy.parameters.extra_htf_tf", ["M1", "D1", "NONE", "AUTO"]),
        ("alignment.entry", ["close", "open"]),
        ("strategy.parameters.scenario6_mode", ["all", "any"]),
        ("strategy.parameters.intraday_vol_feature", ["garch_forecast", "atr_points"]),
    ],
)
def test_closed_choices(dotted: str, choices: list[str]) -> None:
    for choice in choices:
        assert at(load_config(keys_with(dotted, choice)).model_dump(), dotted) == choice
        with pytest.raises(OmegaError) as caught:
            load_config(keys_with(dotted, f"{choice}_"))
        assert caught.value.code is ErrorCode.INVALID_ARGUMENT
        assert caught.value.column == dotted


@pytest.mark.rule("E-1", "L-1a", "E-7", "E-21", "C-6")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("market_fill", "close"), ("signal_time", "bar"), ("intrabar", {}), ("intrabar", {"stop_entry": "path"})),
        *(("on_ruin", "stop"), ("margin", {"leverage": 30}), ("rates", {}), ("rates_max_age", 7), ("costs.swap", {})),
    ],
)
def test_v1_refuses_the_keys_of_canonical_whatever_they_say(key: str, value: object) -> None:
    with pytest.raises(OmegaError) as caught:
        load_config({**BASE, "variant": "v1", **keys_with(key, value)})
    assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, key)


def test_what_is_left_out_is_what_the_variant_does() -> None:
    buffers = {name: resolve(load_config({**BASE, "variant": name})).pip_buffer_factor for name in ("canonical", "v1")}
    assert buffers == {"canonical": 0.0, "v1": 0.5}


@pytest.mark.parametrize("value", ["low", "mid", "high", "very_high", "extreme"])
def test_labels_of_volatility(value: str) -> None:
    dotted = "strategy.parameters.intraday_vol_allowed"
    assert at(load_config(keys_with(dotted, [value])).model_dump(), dotted) == [value]


def test_what_both_sides_take_is_what_the_user_wrote() -> None:
    config = load_config(
        {
            **BASE,
            "symbol": "OWN",
            "start": "2024-01-02T03:04:05.000006+02:00",
            "account_currency": "CCC",
            "initial_balance": 12_345.5,
            "risk_per_trade": 77.25,
            "risk_fraction": 0.125,
            "max_positions_per_symbol": 3,
            "seed": 99,
            "pip_buffer_factor": 0.75,
            "close_at_end": True,
            "market_fill": "next_open",
            "signal_time": "decision",
            "intrabar": {"stop_entry": "adverse", "open_position": "adverse"},
            "margin": {"leverage": 30, "stop_out": 0.25},
            "rates": {"AAABBB": 2, "CCCBBB": {"timestamp": ["1970-01-01T00:00:01+00:00", 2_000_000], "rate": [0.5, 4]}},
            "rates_max_age": 0.5,
            "sizing": {"below_min": "clamp", "mode": "fixed", "lots": 2.5},
            "costs": {
                "slippage": {"fixed_pips": 0.5, "random_pips": 0.25},
                "commission": {
                    "basis": "per_million_notional",
                    "rate": 35.0,
                    "multiplier": 2.0,
                    "min_fee": 1.5,
                    "currency": "BBB",
                    "sides": "exit",
                },
                "swap": {"long_points": -6.5, "rollover": "22:30", "zone": "UTC", "triple": "friday"},
            },
            "instruments": [INSTRUMENT],
            "strategy": {
                "magic_number": 7,
                "parameters": {
                    "enabled_scenarios": [1],
                    "atr_length": 11,
                    "atr_mult": 1.5,
                    "window_length": 44,
                    "ema_length": 22,
                    "z_score_long": -1.25,
                    "z_score_short": 1.75,
                    "direction_filter": "short",
                    "max_holding_minutes": 45,
                    "intraday_vol_allowed": ["high", "low"],
                },
            },
        }
    )
    taken = asdict(resolve(config))
    assert taken.pop("instrument") == INSTRUMENT
    strategy = taken.pop("strategy")
    sets = ("direction_filter", "htf_filter", "extra_htf_filter", "vol_feature", "overlay_mode")
    names = {name: strategy["parameters"].pop(name).name for name in sets}
    assert names == dict(zip(sets, ("SHORT", "BOTH", "BOTH", "GARCH_FORECAST", "ALL"), strict=True))
    assert strategy["parameters"] == {
        "atr_length": 11,
        "atr_mult": 1.5,
        "window_length": 44,
        "ema_length": 22,
        "z_score_long": -1.25,
        "z_score_short": 1.75,
        "max_holding": 45 * 60 * 1_000_000,
        **dict.fromkeys(("long_scenarios", "short_scenarios"), (1,)),
        "b_b_length": 20,
        "std_factor": 2.0,
        "kalman_r": 0.01,
        "kalman_q": 1.0,
        "tp_min_distance": 1.0,
        "htf_tf": 86_400_000_000,
        "htf_ema": 100,
        "extra_htf_tf": 3_600_000_000,
        "extra_htf_ema": 50,
        "garch_alpha": 0.05,
        "garch_beta": 0.9,
        "garch_omega": None,
        "garch_log_returns": True,
        "garch_scale": 100.0,
        "garch_min_periods": 50,
        "garch_floor": 1e-6,
        "local_z_lookback": 0,
        "vol_window": 300,
        "vol_k": 3,
        "vol_log": True,
        "vol_min_points": 60,
        "vol_garch_lookback": 500,
        "vol_allowed": (0, 2),
        "vol_hysteresis": 0,
        "long_overlays": (),
        "short_overlays": (),
    }
    assert (strategy["name"], strategy["magic_number"]) == ("mean_reversion_z_score", 7)
    assert (taken.pop("decision_point").name, taken.pop("stale_limit"), taken.pop("higher_bars")) == ("CLOSE", None, ())
    assert (taken.pop("variant").name, taken.pop("below_min").name) == ("CANONICAL", "CLAMP")
    assert taken.pop("on_ruin").name == "STOP"
    swap = taken.pop("swap")
    assert (swap["long_points"], swap["short_points"]) == (-6.5, 0.0)
    # Thursday 1970-01-01 22:30 UTC, and the Friday after it.
    assert (swap["rollovers"][:2], swap["nights"][:2]) == ((81_000_000_000, 167_400_000_000), (1, 3))
    assert taken == {
        "symbol": "OWN",
        "timeframe": 300_000_000,
        "account_currency": "CCC",
        "initial_balance": 12_345.5,
        "start": int(datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC).timestamp()) * 1_000_000 + 6,
        "risk_per_trade": 77.25,
        "risk_fraction": 0.125,
        "max_positions": 3,
        "seed": 99,
        "pip_buffer_factor": 0.75,
        "close_at_end": True,
        "market_fill": MarketFill.NEXT_OPEN,
        "signal_time": SignalTime.DECISION,
        "intrabar_stop_entry": Intrabar.ADVERSE,
        "intrabar_limit_entry": Intrabar.PATH,
        "intrabar_open_position": Intrabar.ADVERSE,
        "margin_leverage": 30.0,
        "margin_stop_out": 0.25,
        "slippage_fixed_pips": 0.5,
        "slippage_random_pips": 0.25,
        "fee_per_million": 0.0,
        "fee_min": 0.0,
        "sizing_mode": SizingMode.FIXED,
        "sizing_lots": 2.5,
        "commission": {
            "basis": CommissionBasis.PER_MILLION_NOTIONAL,
            "rate": 35.0,
            "multiplier": 2.0,
            "min_fee": 1.5,
            "currency": "BBB",
            "sides": ChargedSides.EXIT,
        },
        "rates": (
            {"pair": "AAABBB", "timestamps": (), "values": (2.0,)},
            {"pair": "CCCBBB", "timestamps": (1_000_000, 2_000_000), "values": (0.5, 4.0)},
        ),
        "rates_max_age": 43_200_000_000,
    }


@pytest.mark.parametrize(
    ("name", "minutes"),
    [("M1", 1), ("M5", 5), ("M15", 15), ("M30", 30), ("H1", 60), ("H4", 240), ("D1", 1_440)],
)
def test_timeframes_in_microseconds(name: str, minutes: int) -> None:
    assert resolve(load_config({**BASE, "timeframe": name})).timeframe == minutes * 60 * 10**6
    assert resolve(load_config({"symbol": "EURUSD"}), timeframe=minutes * 60 * 10**6).timeframe == minutes * 60 * 10**6


@pytest.mark.rule("T-1")
@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(2000, 3, 1, tzinfo=UTC), 951_868_800_000_000),
        (datetime(2024, 2, 29, 12, 30, 15, 250_001, tzinfo=UTC), 1_709_209_815_250_001),
        (datetime(2024, 2, 29, 12, 30, 15, tzinfo=timezone(timedelta(hours=2))), 1_709_202_615_000_000),
        (datetime(2262, 1, 1, tzinfo=UTC), 9_214_646_400_000_000),
    ],
)
def test_times_in_microseconds(moment: datetime, expected: int) -> None:
    assert microseconds(moment) == expected
    assert minute_text(expected) == moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.rule("S-5", "T-5")
def test_builtin_specifications_by_hand() -> None:
    found = resolve(load_config({**BASE, "symbol": "EURUSD"})).instrument
    assert found is not None
    assert asdict(found) == {
        "symbol": "EURUSD",
        "pip_size": 0.0001,
        "tick_size": 0.00001,
        "tick_value": None,
        "contract_size": 100_000.0,
        "volume_min": 0.01,
        "volume_step": 0.01,
        "volume_max": 100.0,
        "base_currency": "EUR",
        "quote_currency": "USD",
        "profit_currency": "USD",
        "digits": 5,
        "min_stop_distance_pips": 0.1,
    }
    yen = resolve(load_config({**BASE, "symbol": "USDJPY"})).instrument
    assert yen is not None
    assert (yen.pip_size, yen.tick_size, yen.digits, yen.profit_currency) == (0.01, 0.001, 3, "JPY")
    old = resolve(load_config({**BASE, "symbol": "USDJPY", "variant": "v1"})).instrument
    assert old is not None
    assert (old.tick_value, yen.tick_value) == (0.909091, None)


@pytest.mark.rule("S-5")
def test_a_symbol_nobody_knows_says_which_are_known() -> None:
    with pytest.raises(OmegaError) as caught:
        resolve(load_config({**BASE, "symbol": "XXXYYY", "instruments": [INSTRUMENT]}))
    error = caught.value
    assert (error.code, error.rule, error.column, error.value) == (1001, "S-5", "symbol", "XXXYYY")
    assert "(known: OWN, " in error.message
    assert "EURUSD" in error.message
    assert omega.config.resolve(load_config({**BASE, "symbol": "XXXYYY", "variant": "v1"})).instrument is None


@pytest.mark.parametrize(
    ("keys", "found", "code", "rule", "column"),
    [
        ({"symbol": "EURUSD"}, {"symbol": "GBPUSD", "timeframe": 60_000_000}, 1006, "T-2", "symbol"),
        ({"timeframe": "M5"}, {"symbol": "EURUSD", "timeframe": 60_000_000}, 1006, "T-4", "timeframe"),
        ({}, {"timeframe": 60_000_000}, 1008, "T-2", "symbol"),
        ({}, {"symbol": "EURUSD"}, 1008, "T-4", "timeframe"),
    ],
)
def test_configuration_and_bars_must_agree(
    keys: dict[str, Any], found: dict[str, Any], code: int, rule: str, column: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        resolve(load_config(keys), **found)
    assert (int(caught.value.code), caught.value.rule, caught.value.column) == (code, rule, column)
    assert caught.value.value == keys.get(column)
