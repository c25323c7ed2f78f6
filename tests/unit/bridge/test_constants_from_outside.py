"""Codes, flags, components and closed sets written out by hand: what files, other programs and users hold us to."""

from __future__ import annotations

import pickle
from dataclasses import MISSING, fields
from functools import partial
from typing import Any

import pyarrow as pa
import pytest

from omega.contract import errors, schemas, types
from omega.contract.errors import ErrorCode, omega_error
from omega.flags.plan import Choice, NativeStatus, Plan, make_plan
from omega.flags.registry import (
    BY_NAME,
    COMPONENTS,
    ENGINE_COMPONENTS,
    component_of,
    component_of_variable,
    load_object,
)
from omega.flags.sources import override_flags, read_flags, set_feature_flag
from omega.flags.values import FlagSetting, parse_value

from .refusals import refused

CODES = {
    0: "OK",
    **dict(enumerate(["VALIDATION_FAILED", "INVALID_ARGUMENT", "NULL_VALUE", "OUT_OF_BOUNDS", "TYPE_MISMATCH"], 1000)),
    **dict(enumerate(["SCHEMA_VIOLATION", "CONSTRAINT_VIOLATION", "INVALID_STATE", "MISSING_REQUIRED_FIELD"], 1005)),
    **dict(enumerate(["INVALID_FORMAT", "EMPTY_INPUT", "SIZE_MISMATCH"], 1009)),
    **dict(enumerate(["COMPUTATION_FAILED", "DIVISION_BY_ZERO", "OVERFLOW", "UNDERFLOW", "NAN_VALUE"], 2000)),
    **dict(enumerate(["INFINITE_VALUE", "CONVERGENCE_FAILED", "NUMERICAL_INSTABILITY", "INSUFFICIENT_DATA"], 2005)),
    **dict(enumerate(["IO_ERROR", "NOT_FOUND", "PERMISSION_DENIED", "SERIALIZATION_FAILED"], 3000)),
    **dict(enumerate(["DESERIALIZATION_FAILED", "NETWORK_ERROR", "TIMEOUT", "DISK_FULL"], 3004)),
    **dict(
        enumerate(["INTERNAL_ERROR", "NOT_IMPLEMENTED", "ASSERTION_FAILED", "UNREACHABLE", "INVARIANT_VIOLATED"], 4000)
    ),
    **dict(enumerate(["FFI_ERROR", "FFI_TYPE_CONVERSION", "FFI_BUFFER_OVERFLOW", "FFI_MEMORY"], 5000)),
    **dict(enumerate(["FFI_SCHEMA_MISMATCH", "FFI_PANIC_CAUGHT"], 5004)),
    **dict(
        enumerate(["RESOURCE_ERROR", "OUT_OF_MEMORY", "RESOURCE_EXHAUSTED", "RESOURCE_BUSY", "LIMIT_EXCEEDED"], 6000)
    ),
}
TIME, NUMBER, WHOLE, TEXT, SPAN = "timestamp[us, tz=UTC]", "double", "int64", "string", "duration[us]"
ORDER = f"order_id:{WHOLE}! symbol:{TEXT}! magic_number:{WHOLE}! direction:{TEXT}! order_type:{TEXT}!"
ENTRY = f"entry_price:{NUMBER}! order_price:{NUMBER}! signal_price:{NUMBER} "
ENTRY += f"initial_stop_loss:{NUMBER}! initial_take_profit:{NUMBER} stop_loss:{NUMBER}!"
TABLES = {
    "BARS": f"timestamp:{TIME}! "
    + " ".join(f"{side}_{part}:{NUMBER}!" for side in ("bid", "ask") for part in ("open", "high", "low", "close"))
    + f" volume:{NUMBER}!",
    "SIDE_BARS": f"timestamp:{TIME}! "
    + " ".join(f"{part}:{NUMBER}!" for part in ("open", "high", "low", "close", "volume")),
    "TICKS": f"timestamp:{TIME}! bid:{NUMBER}! ask:{NUMBER}!",
    "TICKS_WITH_SYMBOL": f"timestamp:{TIME}! bid:{NUMBER}! ask:{NUMBER}! symbol:{TEXT}",
    "SIGNALS": f"timestamp:{TIME}! symbol:{TEXT}! signal_type:{TEXT}! direction:{TEXT} order_type:{TEXT} "
    f"price:{NUMBER} size:{NUMBER} stop_loss:{NUMBER} take_profit:{NUMBER} magic_number:{WHOLE}! expires_at:{TIME} "
    f"trailing_distance:{NUMBER} trailing_step:{NUMBER} break_even_at_r:{NUMBER} break_even_offset:{NUMBER} "
    f"max_holding:{SPAN} fraction:{NUMBER} scenario:{TEXT} reason:{TEXT} tags:list<item:{TEXT}> "
    f"metadata:map<string,{TEXT}>",
    "EVENTS": f"seq:{WHOLE}! timestamp:{TIME}! known_at:{TIME}! kind:{TEXT}! order_id:{WHOLE} symbol:{TEXT}! "
    f"direction:{TEXT} order_type:{TEXT} price:{NUMBER} size:{NUMBER} stop_loss:{NUMBER} take_profit:{NUMBER} "
    f"result:{NUMBER} fee:{NUMBER} reason:{TEXT} error_code:int32",
    "TRADES": f"{ORDER} entry_time:{TIME}! trigger_time:{TIME} {ENTRY} take_profit:{NUMBER} size:{NUMBER}! "
    f"risk_per_trade:{NUMBER}! exit_time:{TIME}! known_at:{TIME}! exit_price:{NUMBER}! result:{NUMBER}! "
    f"net_result:{NUMBER}! r_multiple:{NUMBER}! entry_fee:{NUMBER}! exit_fee:{NUMBER}! swap:{NUMBER}! "
    f"stop_kind:{TEXT}! reason:{TEXT}! scenario:{TEXT} signal_row:{WHOLE}",
    "POSITIONS": f"{ORDER} status:{TEXT}! entry_time:{TIME}! trigger_time:{TIME} {ENTRY} take_profit:{NUMBER} "
    f"size:{NUMBER}! risk_per_trade:{NUMBER} entry_fee:{NUMBER} swap:{NUMBER}! expires_at:{TIME} max_holding:{SPAN} "
    f"trailing_distance:{NUMBER} trailing_step:{NUMBER} break_even_at_r:{NUMBER} break_even_offset:{NUMBER} "
    f"stop_kind:{TEXT}! scenario:{TEXT} signal_row:{WHOLE}",
    "EQUITY": f"timestamp:{TIME}! known_at:{TIME}! cash:{NUMBER}! equity:{NUMBER}!",
}
SETS = {
    "Variant": "canonical v1",
    "SignalType": "entry exit modify",
    "Direction": "long short",
    "OrderType": "market limit stop",
    "Status": "pending open closed",
    "StopKind": "initial break_even trailing modified",
    "EventKind": "accepted rejected opened modified partially_closed closed expired cancelled swap",
    "BelowMin": "reject clamp",
    "MarketFill": "close next_open",
    "OnRuin": "stop continue",
    "SignalTime": "bar decision",
    "Intrabar": "path adverse",
    "DirectionFilter": "both long short",
    "Reason": "before_start after_end unknown_symbol change_missing direction_missing order_type_missing "
    "stop_loss_missing price_missing not_positive max_positions already_expired stop_distance "
    "stop_side target_side below_min free_margin stopped_out size_adjusted limit_expired expired "
    "stop_out end_of_data take_profit stop_loss timeout break_even_stop_loss trailing_stop modified_stop_loss "
    "signal_exit strategy_exit break_even trailing modify_signal strategy_modify no_match part_below_min",
}
ENGINE = ["slippage_fee", "indicator_cache", "portfolio", "event_engine", "execution_simulator", "strategy"]
NAMES = [*ENGINE, "data_handler", "multi_symbol"]
USABLE = NativeStatus(is_usable=True, why="it is there")


@pytest.mark.rule("X-1")
def test_every_code_and_its_class() -> None:
    assert {int(code): code.name for code in ErrorCode} == CODES
    kinds = ["Validation", "Computation", "Data", "Internal", "Ffi", "Resource"]
    for code in CODES:
        if code:
            error = omega_error(code, "m")
            assert type(error) is getattr(errors, f"{kinds[code // 1000 - 1]}Error")
            assert int(error.code) == code
    assert issubclass(errors.ValidationError, ValueError)
    assert issubclass(errors.ComputationError, ValueError)
    assert issubclass(errors.DataError, OSError)


@pytest.mark.rule("X-2")
def test_an_error_carries_all_it_was_given() -> None:
    error = omega_error(1006, "too much", rule="T-2", column="c", row=0, value=0.0, recoverable=False)
    assert error.context == {"rule": "T-2", "column": "c", "row": 0, "value": 0.0}
    said, advice = str(error).split("; next: ")
    assert said == "[CONSTRAINT_VIOLATION 1006] too much (rule 'T-2', column 'c', row 0, value 0.0)"
    assert advice == "mend or drop the row; `omega data check FILE` lists every breach"
    assert error.args == ("too much",)
    assert error.recoverable is False
    plain = omega_error(1001, "no")
    assert (str(plain), plain.context, plain.recoverable) == ("[INVALID_ARGUMENT 1001] no", {}, True)
    assert (plain.rule, plain.column, plain.row, plain.value) == (None, None, None, None)
    for one in (error, plain):
        back = pickle.loads(pickle.dumps(one))
        assert (type(back), str(back), back.context, back.recoverable) == (
            *(type(one), str(one), one.context, one.recoverable),
        )


@pytest.mark.rule("T-8a")
@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_every_table(name: str) -> None:
    schema = getattr(schemas, name)
    found = " ".join(f"{f.name}:{f.type}{'' if f.nullable else '!'}" for f in schema)
    for spaced, bare in (("item: ", "item:"), ("string, ", "string,"), (",string ('metadata')", ",string")):
        found = found.replace(spaced, bare)
    assert found == TABLES[name]


def test_what_stands_beside_the_tables() -> None:
    assert schemas.BARS_WITH_SYMBOL.names == [*schemas.BARS.names, "symbol"]
    assert schemas.BARS_WITH_SYMBOL.field("symbol").type == pa.string()
    assert pa.binary(16) == schemas.CHAIN
    assert schemas.PRICES == ("open", "high", "low", "close")
    assert list(schemas.PRICE_COLUMNS) == schemas.BARS.names[1:9]
    assert str(schemas.TIMESTAMP) == TIME


@pytest.mark.parametrize("name", SETS)
def test_closed_sets_and_their_numbers(name: str) -> None:
    members = getattr(types, name)
    assert [(member.text, int(member)) for member in members] == [
        (text, number) for number, text in enumerate(SETS[name].split())
    ]


@pytest.mark.rule("T-9")
def test_what_a_record_holds_where_nothing_is_said() -> None:
    def unsaid(record: Any) -> dict[str, object]:
        return {field.name: field.default for field in fields(record) if field.default is not MISSING}

    optional = "price size stop_loss take_profit expires_at trailing_distance trailing_step break_even_at_r"
    assert unsaid(types.Signal) == {
        **dict.fromkeys((*optional.split(), "break_even_offset", "max_holding", "fraction", "row", "scenario")),
        "magic_number": 0,
    }
    assert unsaid(types.Instrument) == {"min_stop_distance_pips": 0.1}
    assert unsaid(types.Position) == {
        **dict.fromkeys(("exit_time", "known_at", "exit_price", "result", "net_result", "r_multiple", "reason")),
        **dict.fromkeys(("entry_fee", "exit_fee")),
        "swap": 0.0,
        "margin": 0.0,
        "parts": 0,
        "is_break_even_done": False,
        "is_opened_at_open": False,
        "stop_kind": types.StopKind.INITIAL,
    }
    names = ("order_id", "price", "size", "stop_loss", "take_profit", "result", "fee", "reason", "error_code")
    assert unsaid(types.Event) == dict.fromkeys(names)
    assert unsaid(types.Decision) == dict.fromkeys(
        ["upper", "mid", "lower", "ema", "htf_bias", "extra_htf_bias", "cluster", "overlays"]
    )
    assert unsaid(types.EngineConfig) == {
        "decision_point": types.DecisionPoint.CLOSE,
        "stale_limit": None,
        "higher_bars": (),
    }
    assert unsaid(types.MeanReversionParameters)["long_scenarios"] == (1,)
    for record in (types.Bar, types.Tick, types.StrategyConfig, types.Overlay, types.HigherBars):
        assert unsaid(record) == {}


@pytest.mark.rule("T-4")
def test_timeframes() -> None:
    minutes = {"M1": 1, "M5": 5, "M15": 15, "M30": 30, "H1": 60, "H4": 240, "D1": 1_440}
    assert {name: int(member) for name, member in types.Timeframe.__members__.items()} == {
        name: count * 60_000_000 for name, count in minutes.items()
    }


@pytest.mark.rule("F-1")
def test_every_component() -> None:
    assert [component.name for component in COMPONENTS] == NAMES == list(BY_NAME)
    assert list(ENGINE_COMPONENTS) == ENGINE
    assert [component.wave for component in COMPONENTS] == [0, 1, 2, 3, 4, 4, 5, 6]
    assert [component.flag for component in COMPONENTS] == [f"OMEGA_USE_RUST_{name.upper()}" for name in NAMES]
    assert [name for name in NAMES if BY_NAME[name].moves_together] == ENGINE[3:]
    assert {name: BY_NAME[name].depends_on for name in NAMES if BY_NAME[name].depends_on} == {
        "portfolio": ("slippage_fee",),
        "event_engine": ("indicator_cache", "portfolio"),
        "execution_simulator": ("slippage_fee", "portfolio"),
        "strategy": ("indicator_cache", "event_engine", "execution_simulator"),
        "multi_symbol": ("event_engine", "data_handler"),
    }
    assert {name: BY_NAME[name].aliases for name in NAMES if BY_NAME[name].aliases} == {
        "execution_simulator": ("execution",)
    }
    titles = "slippage, fee;indicator cache;portfolio;event engine;execution simulator;strategy;data handler"
    assert ";".join(component.title for component in COMPONENTS) == f"{titles};multi-symbol slice"


@pytest.mark.rule("F-1")
@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("slippage_fee", "CostModel"),
        ("indicator_cache", "IndicatorCache"),
        ("portfolio", "PortfolioModel"),
        ("event_engine", "Engine"),
        ("execution_simulator", "ExecutionSimulator"),
        ("strategy", "Engine"),
        ("data_handler", "DataHandler"),
    ],
)
def test_the_factories_of_a_component(name: str, protocol: str) -> None:
    component = BY_NAME[name]
    for path, package in (
        *((component.protocol, "omega.contract.protocols"), (component.reference, "omega_reference")),
        (component.native, "omega.serve.native"),
    ):
        assert path is not None
        found: Any = load_object(path)
        assert found.__name__ == protocol
        assert found.__module__.startswith(package)


@pytest.mark.rule("F-1", "F-3")
def test_spellings_of_a_component() -> None:
    for name in NAMES:
        assert component_of(name).name == component_of(f"use_rust_{name}").name == name
        assert component_of_variable(f"OMEGA_USE_RUST_{name.upper()}").name == name
    assert component_of("execution").name == component_of_variable("OMEGA_USE_RUST_EXECUTION").name
    error = refused(lambda: component_of("portfolo"))
    assert (error.code, error.rule, error.column) == (1001, "F-1", "portfolo")
    assert error.message == (f"unknown feature flag 'portfolo'; did you mean 'portfolio'? flags: {', '.join(NAMES)}")
    error = refused(lambda: component_of("zzz", column="here"))
    assert (error.column, error.message) == ("here", f"unknown feature flag 'here'; flags: {', '.join(NAMES)}")
    for variable in ("OMEGA_USE_RUST_strategy", "OMEGA_USE_RUST_USE_RUST_STRATEGY", "OMEGA_USE_RUST_STRATEGI"):
        error = refused(partial(component_of_variable, variable))
        assert (error.code, error.column) == (1001, variable)
        assert "OMEGA_USE_RUST_STRATEGY" in error.message
        assert " strategy" not in error.message


@pytest.mark.rule("F-2")
def test_values_of_a_flag() -> None:
    meanings = {
        "false": "false 0 off python FALSE Off",
        "shadow": "shadow SHADOW",
        "verify": "verify Verify",
        "auto": "auto AUTO",
        "true": "true 1 on rust TRUE On",
        "always": "always ALWAYS",
    }
    for meaning, spellings in meanings.items():
        for spelling in spellings.split():
            assert parse_value("f", spelling) == meaning
    assert (parse_value("f", True), parse_value("f", False)) == ("true", "false")
    choices = "; choices: false (0, off, python), shadow, verify, auto, true (1, on, rust), always"
    for value, code, said in (
        ("", 1001, "f='' is not a value of a feature flag"),
        ("off ", 1001, "f='off ' is not a value of a feature flag"),
        ("o\u212a", 1001, "f='o\u212a' is not a value of a feature flag"),
        ("shadows", 1001, "f='shadows' is not a value of a feature flag"),
    ):
        error = refused(partial(parse_value, "f", value))
        assert (error.code, error.rule, error.column, error.value) == (code, "F-2", "f", value)
        assert error.message == said + choices
    error = refused(lambda: parse_value("f", 1))
    assert (error.code, error.column, error.value) == (1004, "f", 1)
    assert error.message == f"f must be text or a bool, not int{choices}"
    assert refused(lambda: parse_value("f", None)).value is None


@pytest.mark.rule("F-3")
def test_the_strongest_source_wins() -> None:
    def found(**sources: Any) -> tuple[str, str]:
        setting = read_flags(**{"environment": {}, **sources})["strategy"]
        return setting.value, setting.origin

    environment = {"OMEGA_USE_RUST_STRATEGY": "on", "OTHER": "x"}
    configuration = [("strategy", "off")]
    assert found() == ("auto", "default")
    assert found(configuration=configuration) == ("false", "configuration")
    assert found(configuration=configuration, environment=environment) == ("true", "environment")
    set_feature_flag("use_rust_strategy", "auto")
    try:
        assert found(configuration=configuration, environment=environment) == ("auto", "set_feature_flag")
        with override_flags(strategy="false"):
            assert found(environment=environment) == ("false", "override")
            with override_flags(strategy=True):
                assert found(environment=environment) == ("true", "override")
                assert found(backend="python") == ("false", "backend argument")
            assert found(backend="rust", environment=environment) == ("true", "backend argument")
        assert found(environment=environment) == ("auto", "set_feature_flag")
    finally:
        set_feature_flag("strategy", None)
    assert found(environment=environment) == ("true", "environment")
    flags = read_flags(backend="rust", environment={})
    assert list(flags) == NAMES
    assert flags["multi_symbol"] == FlagSetting("true", "backend argument")
    error = refused(lambda: read_flags(backend="fortran", environment={}))
    assert (error.code, error.rule, error.column, error.value) == (1001, "F-3", "backend", "fortran")
    assert error.message == "backend must be 'python', 'rust' or None, not 'fortran'"


@pytest.mark.rule("F-3")
def test_two_spellings_that_disagree() -> None:
    both = {"OMEGA_USE_RUST_EXECUTION": "on", "OMEGA_USE_RUST_EXECUTION_SIMULATOR": "true"}
    assert read_flags(environment=both)["execution_simulator"] == FlagSetting("true", "environment")
    error = refused(lambda: read_flags(environment={**both, "OMEGA_USE_RUST_EXECUTION": "off"}))
    assert (error.code, error.rule, error.value) == (1001, "F-3", "true")
    assert error.column == "OMEGA_USE_RUST_EXECUTION_SIMULATOR"
    assert error.message == (
        "OMEGA_USE_RUST_EXECUTION and OMEGA_USE_RUST_EXECUTION_SIMULATOR are one flag and disagree: 'false' and 'true'"
    )


def settings(**values: Any) -> dict[str, FlagSetting]:
    return {name: FlagSetting(values.get(name, "auto"), "environment") for name in NAMES}


def sides(plan: Plan) -> dict[str, str]:
    return {choice.component: choice.backend for choice in plan}


@pytest.mark.rule("F-4")
def test_plans_by_hand() -> None:
    usable, unusable = (lambda: USABLE), (lambda: NativeStatus(is_usable=False, why="gone", fix="make build"))
    everything = dict.fromkeys(NAMES, "rust")
    assert sides(make_plan(settings(), usable)) == everything
    assert sides(make_plan(settings(), unusable)) == dict.fromkeys(NAMES, "python")
    assert list(sides(make_plan(settings(), usable, ("data_handler", "strategy")))) == ["strategy", "data_handler"]
    # One part on the Python side keeps the engine there, and leaves the others where they were.
    plan = make_plan(settings(portfolio="false"), usable)
    assert sides(plan) == {**everything, **dict.fromkeys(ENGINE[2:], "python")}
    assert plan.choice("portfolio") == Choice(
        component="portfolio",
        flag="OMEGA_USE_RUST_PORTFOLIO",
        value="false",
        origin="environment",
        backend="python",
        why="set to false",
    )
    assert plan.choice("strategy").why == "needs OMEGA_USE_RUST_PORTFOLIO=false (environment)"
    assert (plan.choice("slippage_fee").why, plan.choice("multi_symbol").why) == ("it is there", "it is there")
    assert (plan.backend("data_handler"), plan.backend("event_engine")) == ("rust", "python")
    assert make_plan(settings(), unusable).choice("strategy").why == "gone"
    error = refused(lambda: make_plan(settings(strategy="true", slippage_fee="false"), usable))
    assert (error.code, error.rule, error.column, error.value) == (1007, "F-1", "OMEGA_USE_RUST_STRATEGY", "true")
    assert error.message == (
        "OMEGA_USE_RUST_STRATEGY cannot be true while the reference serves what it needs: "
        "OMEGA_USE_RUST_SLIPPAGE_FEE=false (environment)"
    )
    error = refused(lambda: make_plan(settings(data_handler="true"), unusable))
    assert (error.code, error.rule, error.column) == (3001, "F-6", "OMEGA_USE_RUST_DATA_HANDLER")
    assert error.message.endswith("=true (environment) needs the native module: gone; build it with: make build")
    alarming = NativeStatus(is_usable=False, why="old", is_alarming=True)
    error = refused(lambda: make_plan(settings(data_handler="true"), lambda: alarming))
    assert (error.code, error.message.endswith("native module: old")) == (1007, True)


@pytest.mark.rule("F-4")
def test_a_plan_without_rust_never_looks_for_it() -> None:
    def status() -> NativeStatus:
        raise AssertionError("nobody asked")

    plan = make_plan(settings(**dict.fromkeys(NAMES, "false")), status)
    assert set(sides(plan).values()) == {"python"}
