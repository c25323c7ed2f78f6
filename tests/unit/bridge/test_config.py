"""The configuration: keys, ranges, files and resolution."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import omega
from omega.config import flags_of, load_config, microseconds, resolve
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import BelowMin, DirectionFilter, Timeframe, Variant
from omega.settings.instruments import builtin_instruments
from omega.settings.keys import LATER_KEYS, known_keys
from omega.settings.model import Config
from omega.settings.strategies import MeanReversionConfig
from omega_reference.terms import symbol_terms
from omega_reference.worth import fixed_worth

MINIMAL = {"symbol": "EURUSD", "timeframe": "M5"}


def refusal(keys: dict[str, Any]) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        Config(**keys)
    return caught.value


def nested(dotted: str, value: object) -> dict[str, Any]:
    """``{"a": {"b": value}}`` for ``a.b``."""
    head, _, rest = dotted.partition(".")
    return {head: nested(rest, value) if rest else value}


@pytest.mark.parametrize(
    ("dotted", "nearest"),
    [
        ("symbl", "symbol"),
        ("costs.slipage", "costs.slippage"),
        ("costs.slippage.fixed_pip", "costs.slippage.fixed_pips"),
        ("strategy.paramters", "strategy.parameters"),
        ("strategy.parameters.window_lenght", "strategy.parameters.window_length"),
        ("sizing.below_minimum", "sizing.below_min"),
        ("costs.comission", "costs.commission"),
        ("costs.commission.side", "costs.commission.sides"),
        ("costs.swap.long_point", "costs.swap.long_points"),
        ("costs.swap.rolover", "costs.swap.rollover"),
        ("data.pth", "data.path"),
        ("Symbol", "symbol"),
        ("rate", "rates"),
    ],
)
def test_unknown_key_names_itself_and_the_nearest(dotted: str, nearest: str) -> None:
    error = refusal(nested(dotted, 1))
    assert (error.code, error.column) == (ErrorCode.INVALID_ARGUMENT, dotted)
    assert f"did you mean {nearest!r}?" in error.message


def test_unknown_key_without_a_near_one_lists_the_known() -> None:
    assert "known keys: variant, symbol, timeframe" in refusal({"qqqqqq": 1}).message


@pytest.mark.parametrize(
    ("dotted", "value", "code", "rule"),
    [
        ("risk_per_trade", 0, ErrorCode.CONSTRAINT_VIOLATION, "S-2"),
        ("risk_per_trade", -1.0, ErrorCode.CONSTRAINT_VIOLATION, "S-2"),
        ("risk_per_trade", math.nan, ErrorCode.NAN_VALUE, "S-2"),
        ("risk_per_trade", math.inf, ErrorCode.INFINITE_VALUE, "S-2"),
        ("risk_per_trade", "100", ErrorCode.TYPE_MISMATCH, "S-2"),
        ("risk_per_trade", True, ErrorCode.TYPE_MISMATCH, "S-2"),
        ("risk_per_trade", None, ErrorCode.NULL_VALUE, "S-2"),
        ("risk_fraction", 0.0, ErrorCode.CONSTRAINT_VIOLATION, "S-2"),
        ("risk_fraction", 1.5, ErrorCode.CONSTRAINT_VIOLATION, "S-2"),
        ("initial_balance", 0.0, ErrorCode.CONSTRAINT_VIOLATION, "P-4"),
        ("costs.slippage.fixed_pips", -0.1, ErrorCode.CONSTRAINT_VIOLATION, "C-1"),
        ("costs.slippage.random_pips", math.nan, ErrorCode.NAN_VALUE, "C-1"),
        ("costs.fee.per_million", -1, ErrorCode.CONSTRAINT_VIOLATION, "C-2"),
        ("costs.fee.min_fee", -math.inf, ErrorCode.INFINITE_VALUE, "C-2"),
        ("seed", -1, ErrorCode.CONSTRAINT_VIOLATION, "N-6"),
        ("seed", 2**64, ErrorCode.CONSTRAINT_VIOLATION, "N-6"),
        ("variant", "v2", ErrorCode.INVALID_ARGUMENT, "config"),
        ("timeframe", "M2", ErrorCode.INVALID_ARGUMENT, "T-4"),
        ("start", "2024-01-01T00:00:00", ErrorCode.TYPE_MISMATCH, "T-1"),
        ("start", datetime(2024, 1, 1), ErrorCode.TYPE_MISMATCH, "T-1"),  # noqa: DTZ001 (naive on purpose)
        ("start", "2024-01-01T00:00:00.123456789Z", ErrorCode.CONSTRAINT_VIOLATION, "T-1"),
        ("end", "2024-01-01T00:00:00.0000001+00:00", ErrorCode.CONSTRAINT_VIOLATION, "T-1"),
        ("end", "yesterday", ErrorCode.INVALID_FORMAT, "T-1"),
        ("strategy.parameters.window_length", 1, ErrorCode.OUT_OF_BOUNDS, "A-2"),
        ("strategy.parameters.atr_mult", math.nan, ErrorCode.NAN_VALUE, "A-2"),
        ("strategy.parameters.direction_filter", "up", ErrorCode.INVALID_ARGUMENT, "A-2"),
        ("data.max_missing_ratio", 2.0, ErrorCode.CONSTRAINT_VIOLATION, "T-2"),
        ("instruments", 3, ErrorCode.TYPE_MISMATCH, "T-5"),
        ("costs", None, ErrorCode.NULL_VALUE, "config"),
    ],
)
def test_value_that_breaks_a_rule_is_named(dotted: str, value: object, code: ErrorCode, rule: str) -> None:
    error = refusal(nested(dotted, value))
    assert (error.code, error.rule, error.column) == (code, rule, dotted)
    if isinstance(value, float) and not math.isnan(value):
        assert error.value == value


INSTRUMENT = {
    "symbol": "XAUUSD",
    "pip_size": 0.1,
    "tick_size": 0.01,
    "tick_value": 1.0,
    "contract_size": 100.0,
    "volume_min": 0.01,
    "volume_step": 0.01,
    "volume_max": 10.0,
    "base_currency": "XAU",
    "quote_currency": "USD",
    "profit_currency": "USD",
    "digits": 2,
}


@pytest.mark.rule("T-5", "Q-T5")
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("volume_step", 0.0, ErrorCode.CONSTRAINT_VIOLATION),
        ("volume_step", -0.01, ErrorCode.CONSTRAINT_VIOLATION),
        ("volume_step", math.nan, ErrorCode.NAN_VALUE),
        ("volume_min", 0, ErrorCode.CONSTRAINT_VIOLATION),
        ("volume_min", 9e-9, ErrorCode.CONSTRAINT_VIOLATION),
        ("volume_max", 0.001, ErrorCode.CONSTRAINT_VIOLATION),
        ("pip_size", 0.0, ErrorCode.CONSTRAINT_VIOLATION),
        ("tick_value", -1.0, ErrorCode.CONSTRAINT_VIOLATION),
        ("digits", 16, ErrorCode.CONSTRAINT_VIOLATION),
        ("digits", 2.5, ErrorCode.TYPE_MISMATCH),
        ("colour", 1, ErrorCode.INVALID_ARGUMENT),
    ],
)
def test_bad_instrument_is_refused(field: str, value: object, code: ErrorCode) -> None:
    error = refusal({"instruments": [{**INSTRUMENT, field: value}]})
    assert (error.code, error.rule) == (code, "T-5")
    assert (error.column or "").startswith("instruments[0]")


def test_instrument_without_a_field_names_it() -> None:
    error = refusal({"instruments": [{"symbol": "XAUUSD"}]})
    assert (error.code, error.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "instruments[0].pip_size")


@pytest.mark.parametrize("dotted", sorted(LATER_KEYS))
def test_later_key_is_not_implemented_when_set_and_ignored_when_null(dotted: str) -> None:
    error = refusal(nested(dotted, {"x": 1}))
    assert (error.code, error.column) == (ErrorCode.NOT_IMPLEMENTED, dotted)
    Config(**nested(dotted, None))


@pytest.mark.rule("A-2")
def test_defaults_of_v1() -> None:
    defaults = MeanReversionConfig()
    assert (defaults.atr_length, defaults.atr_mult, defaults.b_b_length, defaults.std_factor) == (14, 2.0, 20, 2.0)
    assert (defaults.window_length, defaults.z_score_long, defaults.z_score_short) == (100, -2.5, 2.5)
    assert (defaults.ema_length, defaults.kalman_r, defaults.kalman_q) == (30, 0.01, 1.0)
    assert (defaults.use_position_manager, defaults.max_holding_minutes) == (True, 30)
    assert defaults.enabled_scenarios == [1, 2, 3, 4, 5, 6]


@pytest.mark.rule("S-4")
def test_v1_clamps_whatever_is_left_unsaid_and_refuses_the_opposite() -> None:
    assert resolve(Config(**MINIMAL)).below_min is BelowMin.REJECT
    assert resolve(Config(**MINIMAL, sizing={"below_min": "clamp"})).below_min is BelowMin.CLAMP
    assert resolve(Config(**MINIMAL, variant="v1")).below_min is BelowMin.CLAMP
    assert refusal({**MINIMAL, "variant": "v1", "sizing": {"below_min": "reject"}}).rule == "S-4"


def test_resolved_strategy_and_instrument() -> None:
    parameters = {"enabled_scenarios": [1], "direction_filter": "short", "max_holding_minutes": 60}
    resolved = resolve(
        Config(**MINIMAL, strategy={"parameters": parameters, "magic_number": 9}, start="2024-01-01T01:00+01:00")
    )
    assert resolved.strategy is not None
    assert resolved.strategy.magic_number == 9
    assert resolved.strategy.parameters.direction_filter is DirectionFilter.SHORT
    assert resolved.strategy.parameters.max_holding == 3_600_000_000
    assert resolved.instrument is not None
    assert resolved.instrument.tick_value is None
    assert resolved.start == microseconds(datetime(2024, 1, 1, tzinfo=UTC))


def test_without_position_manager_there_is_no_timeout() -> None:
    parameters = {"enabled_scenarios": [1], "use_position_manager": False}
    strategy = resolve(Config(**MINIMAL, strategy={"parameters": parameters})).strategy
    assert strategy is not None
    assert strategy.parameters.max_holding is None


@pytest.mark.rule("S-5")
def test_symbol_without_specification() -> None:
    config = Config(symbol="ABCDEF", timeframe="M5")
    with pytest.raises(OmegaError, match="no specification of symbol 'ABCDEF'") as caught:
        resolve(config)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_ARGUMENT, "S-5")
    v1 = resolve(Config(symbol="ABCDEF", timeframe="M5", variant="v1"))
    assert (v1.variant, v1.instrument) == (Variant.V1, None)


@pytest.mark.rule("S-5", "Q-S5")
def test_an_empty_list_of_instruments_means_none_in_v1() -> None:
    assert resolve(Config(**MINIMAL, variant="v1", instruments=[])).instrument is None
    assert resolve(Config(**MINIMAL, variant="v1")).instrument is not None
    assert resolve(Config(**MINIMAL, instruments=[])).instrument is not None


@pytest.mark.rule("S-1")
def test_builtin_tick_values_are_dropped_for_another_account_currency() -> None:
    resolved = resolve(Config(symbol="EURGBP", timeframe="M5", account_currency="GBP"))
    assert resolved.instrument is not None
    assert resolved.instrument.tick_value is None


@pytest.mark.parametrize(("key", "found"), [("symbol", "GBPUSD"), ("timeframe", Timeframe.M1)])
def test_disagreement_between_configuration_and_bars(key: str, found: Any) -> None:
    with pytest.raises(OmegaError) as caught:
        resolve(Config(**MINIMAL), **{key: found})
    assert (caught.value.code, caught.value.column) == (ErrorCode.CONSTRAINT_VIOLATION, key)


def test_nobody_says_the_symbol() -> None:
    with pytest.raises(OmegaError) as caught:
        resolve(Config(timeframe="M5"))
    assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "symbol")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.yaml", "symbol: EURUSD\ncosts:\n  fee: {per_million: 30}\n"),
        ("c.json", json.dumps({"symbol": "EURUSD", "costs": {"fee": {"per_million": 30}}})),
        ("c.toml", 'symbol = "EURUSD"\n[costs.fee]\nper_million = 30\n'),
    ],
)
def test_file_formats(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    config = load_config(path)
    assert (config.symbol, config.costs.fee.per_million) == ("EURUSD", 30.0)
    assert load_config(config) is config
    assert load_config(str(path)) == config


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("c.yaml", "a: [1", ErrorCode.INVALID_FORMAT),
        ("c.yaml", "- 1\n", ErrorCode.INVALID_FORMAT),
        ("c.json", "{", ErrorCode.INVALID_FORMAT),
        ("c.toml", "= 1", ErrorCode.INVALID_FORMAT),
        ("c.ini", "x", ErrorCode.INVALID_FORMAT),
        ("c.yaml", "1: 2\n", ErrorCode.INVALID_ARGUMENT),
        (None, "", ErrorCode.NOT_FOUND),
    ],
)
def test_unreadable_file(tmp_path: Path, name: str | None, text: str, code: ErrorCode) -> None:
    path = tmp_path / (name or "absent.yaml")
    if name is not None:
        path.write_text(text)
    with pytest.raises(OmegaError) as caught:
        load_config(path)
    assert caught.value.code is code


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "specs.yaml").write_text(json.dumps({"account_currency": "EUR", "instruments": [INSTRUMENT]}))
    path = tmp_path / "c.yaml"
    path.write_text("symbol: XAUUSD\ntimeframe: H1\ninstruments: specs.yaml\ndata: {bid: b.csv, ask: a.csv}\n")
    config = load_config(path)
    assert config.data is not None
    assert not isinstance(config.data, str)
    assert config.data.bid == str(tmp_path / "b.csv")
    instrument = resolve(config).instrument
    assert instrument is not None
    assert instrument.tick_value is None, "the file's tick values are of a EUR account"


def test_given_instruments_come_first_and_once() -> None:
    given = {**INSTRUMENT, "symbol": "EURUSD", "pip_size": 0.5}
    instrument = resolve(Config(**MINIMAL, instruments=[given])).instrument
    assert instrument is not None
    assert instrument.pip_size == 0.5
    with pytest.raises(OmegaError, match="specified twice"):
        resolve(Config(**MINIMAL, instruments=[given, given]))


@pytest.mark.parametrize("document", ["instruments: 3", "x: 1", "3"])
def test_bad_instrument_file(tmp_path: Path, document: str) -> None:
    (tmp_path / "specs.yaml").write_text(document)
    with pytest.raises(OmegaError):
        resolve(Config(**MINIMAL, instruments=str(tmp_path / "specs.yaml")))


CURRENCIES = ("EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "JPY")
"""In the order in which a pair names them."""
PAIRS = [base + quote for place, base in enumerate(CURRENCIES) for quote in CURRENCIES[place + 1 :]]


def test_builtin_instruments_cover_the_majors_and_those_of_v1_agree_with_their_rates() -> None:
    table = builtin_instruments()
    valued = {"EURUSD", "GBPUSD", "AUDUSD", "NZDUSD", "USDJPY", "USDCHF", "USDCAD", "EURGBP", "EURJPY", "GBPJPY"}
    assert all(spec.tick_value is None for spec in table.instruments.values())
    table = builtin_instruments("v1")
    assert len(PAIRS) == 7 + 21
    assert set(table.instruments) == {*PAIRS, "XAUUSD", "XAGUSD", "DE30EUR"}
    for spec in table.instruments.values():
        assert (spec.tick_value is not None) is (spec.symbol in valued | {"DE30EUR"})
        if spec.tick_value is None:
            continue
        per_unit = spec.tick_value / (spec.contract_size * spec.tick_size)
        assert per_unit == pytest.approx(
            {"USD": 1.0, "JPY": 1 / 110, "CHF": 1 / 0.95, "CAD": 1 / 1.3, "GBP": 1.3, "EUR": 1.13}[spec.quote_currency],
            rel=1e-5,
        )


@pytest.mark.rule("T-5")
@pytest.mark.parametrize("symbol", PAIRS)
def test_a_pair_is_specified_by_its_quote_currency(symbol: str) -> None:
    spec = builtin_instruments().instruments[symbol]
    assert (spec.base_currency, spec.quote_currency, spec.profit_currency) == (symbol[:3], symbol[3:], symbol[3:])
    shown = (spec.pip_size, spec.tick_size, spec.digits)
    assert shown == ((0.01, 0.001, 3) if symbol.endswith("JPY") else (0.0001, 0.00001, 5))
    assert (spec.contract_size, spec.volume_min, spec.volume_step, spec.volume_max) == (100_000.0, 0.01, 0.01, 100.0)


@pytest.mark.rule("S-1", "S-5")
@pytest.mark.parametrize(("symbol", "value"), [("XAUUSD", 100.0), ("XAGUSD", 5000.0)])
def test_metals_are_worth_their_contract_in_a_dollar_account(symbol: str, value: float) -> None:
    """One lot of gold is 100 ounces: 1.00 of price is 100 USD."""
    resolved = resolve(load_config({"symbol": symbol, "timeframe": "M1"}))
    assert symbol_terms(resolved).worth == fixed_worth(value)


def test_flags_of_a_configuration() -> None:
    config = Config(
        feature_flags={"portfolio": "false"}, strategy={"rust_enabled": False, "parameters": {"enabled_scenarios": [1]}}
    )
    assert flags_of(config) == [("portfolio", "false"), ("strategy", False)]


def test_config_is_frozen_public_and_has_a_schema() -> None:
    config = omega.Config(symbol="EURUSD")
    with pytest.raises(ValueError, match="frozen"):
        config.symbol = "X"
    assert "costs" in Config.model_json_schema()["properties"]
    assert "costs.slippage.fixed_pips" in known_keys(Config)
    assert Config(**config.model_dump(mode="json")) == config


@pytest.mark.rule("A-1")
def test_a_strategy_that_is_only_a_name_is_told_how_to_write_it() -> None:
    with pytest.raises(OmegaError) as caught:
        load_config({"symbol": "EURUSD", "strategy": "my"})
    assert (caught.value.code, caught.value.column, caught.value.value) == (ErrorCode.TYPE_MISMATCH, "strategy", "my")
    assert caught.value.message == "strategy: expected keys with values, `strategy: {name: …}`, found 'my'"
