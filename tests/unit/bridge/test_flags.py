"""Feature flags (F-1, F-2, F-3): values, names, precedence, and the plan made of them."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.flags.plan import NativeStatus, make_plan
from omega.flags.registry import BY_NAME, COMPONENTS, component_of, load_object
from omega.flags.sources import override_flags, read_flags, set_feature_flag
from omega.flags.values import FlagSetting, parse_value
from omega.serve import planning
from omega.serve.planning import plan_run

ENGINE = ("event_engine", "execution_simulator", "strategy")
NEEDS = ("slippage_fee", "indicator_cache", "portfolio")
USABLE = NativeStatus(is_usable=True, why="here")
MISSING = NativeStatus(is_usable=False, why="not there", fix="make build")
STALE = NativeStatus(is_usable=False, why="stale", fix="make build", is_alarming=True)
KNOWN = {"false", "0", "off", "python", "shadow", "verify", "auto", "true", "1", "on", "rust", "always"}


def settings(**values: str) -> dict[str, FlagSetting]:
    return read_flags(environment={}, configuration=list(values.items()))


@pytest.mark.rule("F-2")
@pytest.mark.parametrize("text", sorted(KNOWN))
def test_synonyms_in_any_case(text: str) -> None:
    expected = {"0": "false", "off": "false", "python": "false", "1": "true", "on": "true", "rust": "true"}
    for spelling in (text, text.upper(), text.title()):
        assert parse_value("X", spelling) == expected.get(text, text)


@pytest.mark.rule("F-2")
@pytest.mark.parametrize(
    "text", ["OFF ", " true", "ture", "", "yes", "no", "2", "truE\n", "ſhadow", "of\u017f", "None"]
)
def test_anything_else_is_an_error_that_names_variable_value_and_choices(text: str) -> None:
    with pytest.raises(OmegaError) as caught:
        read_flags(environment={"OMEGA_USE_RUST_STRATEGY": text})
    error = caught.value
    assert (error.code, error.column, error.value) == (ErrorCode.INVALID_ARGUMENT, "OMEGA_USE_RUST_STRATEGY", text)
    assert "auto, true (1, on, rust)" in error.message
    assert repr(text) in error.message


@pytest.mark.rule("F-2")
@pytest.mark.parametrize("value", [0, 1, 1.0, None, [], b"true"])
def test_value_of_another_type(value: object) -> None:
    with pytest.raises(OmegaError) as caught:
        parse_value("X", value)
    assert caught.value.code is ErrorCode.TYPE_MISMATCH


@pytest.mark.rule("F-2")
@given(st.text())
def test_no_text_but_the_listed_ones_is_ever_on(text: str) -> None:
    try:
        value = parse_value("X", text)
    except OmegaError:
        assert text.lower() not in KNOWN or not text.isascii()
    else:
        assert text.lower() in KNOWN
        assert (value == "true") == (text.lower() in {"true", "1", "on", "rust"})


@pytest.mark.rule("F-2")
@given(st.from_regex(r"OMEGA_USE_RUST_[A-Za-z0-9_]{0,24}", fullmatch=True))
def test_no_variable_but_the_listed_ones_is_accepted(variable: str) -> None:
    known = {component.flag for component in COMPONENTS} | {"OMEGA_USE_RUST_EXECUTION"}
    if variable in known:
        read_flags(environment={variable: "auto"})
        return
    with pytest.raises(OmegaError) as caught:
        read_flags(environment={variable: "auto"})
    assert (caught.value.code, caught.value.rule, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "F-1", variable)


@pytest.mark.rule("F-1")
@pytest.mark.parametrize("variable", ["OMEGA_USE_RUST_", "OMEGA_USE_RUST_strategy", "OMEGA_USE_RUST_USE_RUST_STRATEGY"])
def test_near_miss_of_a_variable(variable: str) -> None:
    with pytest.raises(OmegaError):
        read_flags(environment={variable: "auto"})


@pytest.mark.rule("F-1")
def test_components_waves_and_flags() -> None:
    assert [(component.flag.removeprefix("OMEGA_USE_RUST_"), component.wave) for component in COMPONENTS] == [
        ("SLIPPAGE_FEE", 0),
        ("INDICATOR_CACHE", 1),
        ("PORTFOLIO", 2),
        ("EVENT_ENGINE", 3),
        ("EXECUTION_SIMULATOR", 4),
        ("STRATEGY", 4),
        ("DATA_HANDLER", 5),
        ("MULTI_SYMBOL", 6),
    ]


@pytest.mark.rule("F-3")
@pytest.mark.parametrize(
    "name", ["execution", "execution_simulator", "use_rust_execution", "use_rust_execution_simulator"]
)
def test_spellings_in_the_api(name: str) -> None:
    assert component_of(name).name == "execution_simulator"


@pytest.mark.rule("F-3")
def test_unknown_name_in_the_api_names_the_nearest() -> None:
    with pytest.raises(OmegaError, match="did you mean 'strategy'"):
        set_feature_flag("stratgy", True)
    with pytest.raises(OmegaError), override_flags(nonsense="auto"):
        pass


@pytest.mark.rule("F-3")
def test_two_spellings_that_disagree() -> None:
    both = {"OMEGA_USE_RUST_EXECUTION": "1", "OMEGA_USE_RUST_EXECUTION_SIMULATOR": "false"}
    with pytest.raises(OmegaError, match="one flag and disagree") as caught:
        read_flags(environment=both)
    assert caught.value.code is ErrorCode.INVALID_ARGUMENT
    agreeing = read_flags(environment={**both, "OMEGA_USE_RUST_EXECUTION": "off"})
    assert agreeing["execution_simulator"].value == "false"
    with pytest.raises(OmegaError), override_flags(execution="false", use_rust_execution="true"):
        pass


@pytest.mark.rule("F-3")
def test_precedence_from_default_to_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    def portfolio(**given: object) -> tuple[str, str]:
        setting = read_flags(**given)["portfolio"]  # type: ignore[arg-type]
        return setting.value, setting.origin

    configuration = [("portfolio", "true")]
    assert portfolio() == ("auto", "default")
    assert portfolio(configuration=configuration) == ("true", "configuration")
    monkeypatch.setenv("OMEGA_USE_RUST_PORTFOLIO", "off")
    assert portfolio(configuration=configuration) == ("false", "environment")
    set_feature_flag("use_rust_portfolio", True)
    assert portfolio(configuration=configuration) == ("true", "set_feature_flag")
    with override_flags(portfolio="auto"):
        assert portfolio(configuration=configuration) == ("auto", "override")
        with override_flags(portfolio=False):
            assert portfolio() == ("false", "override")
        assert portfolio(backend="rust") == ("true", "backend argument")
        assert portfolio(backend="python") == ("false", "backend argument")
    set_feature_flag("portfolio", None)
    assert portfolio() == ("false", "environment")


@pytest.mark.rule("F-3")
def test_backend_argument_is_for_all() -> None:
    found = read_flags(backend="rust", environment={})
    assert found == dict.fromkeys(BY_NAME, FlagSetting("true", "backend argument"))
    with pytest.raises(OmegaError, match="'python', 'rust' or None"):
        read_flags(backend="Rust", environment={})


@pytest.mark.rule("F-3")
def test_weak_sources_are_checked_even_when_a_strong_one_decides() -> None:
    with pytest.raises(OmegaError):
        read_flags(backend="python", environment={"OMEGA_USE_RUST_STRATEGY": "ture"})


def test_override_ends_with_its_block_also_by_exception() -> None:
    with pytest.raises(KeyError), override_flags(strategy="false"):
        raise KeyError
    assert read_flags(environment={})["strategy"].origin == "default"


def test_override_is_of_its_thread() -> None:
    seen: list[str] = []

    def other() -> None:
        seen.append(read_flags(environment={})["strategy"].value)

    with override_flags(strategy="false"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == ["auto"]


def test_setting_the_environment_after_planning_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_run(backend="python")
    monkeypatch.setitem(os.environ, "OMEGA_USE_RUST_STRATEGY", "true")
    assert plan.backend("strategy") == "python"


@pytest.mark.rule("F-3")
def test_auto_is_rust_if_usable_else_the_reference_and_says_why() -> None:
    rust = make_plan(settings(), lambda: USABLE)
    assert {choice.component: choice.backend for choice in rust} == dict.fromkeys(BY_NAME, "rust")
    python = make_plan(settings(), lambda: MISSING)
    assert {choice.backend for choice in python} == {"python"}
    assert {choice.why for choice in python} == {"not there"}


@pytest.mark.rule("F-1")
@pytest.mark.parametrize("part", ENGINE)
@pytest.mark.parametrize("off", [*ENGINE, *NEEDS])
def test_engine_moves_as_a_whole(part: str, off: str) -> None:
    if part == off:
        return
    with pytest.raises(OmegaError) as caught:
        make_plan(settings(**{part: "true", off: "false"}), lambda: USABLE)
    assert caught.value.code is ErrorCode.INVALID_STATE
    assert BY_NAME[off].flag in caught.value.message
    assert caught.value.column == BY_NAME[part].flag


@pytest.mark.rule("F-1")
@pytest.mark.parametrize("off", [*ENGINE, *NEEDS])
def test_auto_steps_back_as_a_whole_and_says_why(off: str) -> None:
    plan = make_plan(settings(**{off: "false"}), lambda: USABLE)
    for choice in plan:
        if choice.component in ENGINE:
            assert choice.backend == "python"
            assert choice.why == "set to false" if choice.component == off else BY_NAME[off].flag in choice.why
    left = {name for name in NEEDS if plan.backend(name) == "python"}
    assert left == ({off, "portfolio"} if off == "slippage_fee" else {off} & set(NEEDS))


@pytest.mark.rule("F-3")
@pytest.mark.parametrize(("status", "code"), [(MISSING, ErrorCode.NOT_FOUND), (STALE, ErrorCode.INVALID_STATE)])
@pytest.mark.parametrize("name", list(BY_NAME))
def test_true_without_a_usable_module_says_how_to_build_it(name: str, status: NativeStatus, code: ErrorCode) -> None:
    with pytest.raises(OmegaError, match="make build") as caught:
        make_plan(settings(**{name: "true"}), lambda: status)
    assert (caught.value.code, caught.value.rule) == (code, "F-6")


def test_components_that_are_not_asked_for_do_not_matter() -> None:
    contradiction = settings(strategy="true", portfolio="false")
    plan = make_plan(contradiction, lambda: USABLE, ("data_handler",))
    assert [choice.component for choice in plan] == ["data_handler"]


@pytest.mark.rule("Q-F3")
@pytest.mark.parametrize("value", ["true", "false"])
@pytest.mark.parametrize("name", [*ENGINE, *NEEDS, "data_handler"])
def test_a_simulator_is_moved_only_by_what_it_uses(name: str, value: str) -> None:
    uses = ["slippage_fee", "portfolio", "execution_simulator"]
    others = {other: "false" for other in BY_NAME if other not in (*uses, name)}
    with omega.config.override_flags(**{**others, name: value}):
        simulator = omega.ExecutionSimulator({"symbol": "EURUSD", "timeframe": "M5"})
    assert [choice.component for choice in simulator.flags] == uses
    assert simulator.backend == ("python" if name in uses and value == "false" else "rust")


def test_all_false_never_looks_at_the_module() -> None:
    def fail() -> NativeStatus:
        raise AssertionError("looked")

    make_plan(settings(**dict.fromkeys(BY_NAME, "false")), fail)


@pytest.mark.rule("F-6")
def test_stale_module_warns_once_under_auto(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(planning, "native_status", lambda: STALE)
    monkeypatch.setattr(planning, "_warned", set())
    with pytest.warns(planning.OmegaWarning, match="stale"):
        assert plan_run().backend("strategy") == "python"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan_run()


def test_registry_names_real_objects() -> None:
    for component in COMPONENTS:
        paths: list[str | None] = [component.protocol, component.reference, component.native]
        for path in filter(None, paths):
            assert isinstance(load_object(path), type | Callable)
        assert set(component.depends_on) <= set(BY_NAME)


def test_public_door() -> None:
    omega.config.set_feature_flag("use_rust_execution", False)
    assert read_flags(environment={})["execution_simulator"].value == "false"
    with omega.config.override_flags(strategy="false"):
        assert read_flags(environment={})["strategy"].value == "false"


@pytest.mark.rule("F-6")
def test_a_stale_module_asked_for_by_argument_blames_no_flag() -> None:
    asked = read_flags(environment={}, backend="rust")
    with pytest.raises(OmegaError, match=r'^\[.*backend="rust" \(\w+\) needs the native module: stale') as caught:
        make_plan(asked, lambda: STALE)
    assert caught.value.column == "backend"
    assert "OMEGA_USE_RUST" not in str(caught.value)


@pytest.mark.rule("F-3")
def test_a_plan_is_kept_only_while_no_source_says_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "native_status", lambda: USABLE)
    names = ("indicator_cache",)
    plan = plan_run(names)
    assert plan_run(names) is plan
    assert plan_run(names, backend="python") is plan_run(names, backend="python") is not plan
    with override_flags(indicator_cache="false"):
        assert plan_run(names).backend("indicator_cache") == "python"
    assert plan_run(names, configuration=[("indicator_cache", "false")]).backend("indicator_cache") == "python"
    set_feature_flag("indicator_cache", "false")
    assert plan_run(names).backend("indicator_cache") == "python"
    set_feature_flag("indicator_cache", None)
    monkeypatch.setenv("OMEGA_USE_RUST_INDICATOR_CACHE", "false")
    assert plan_run(names).backend("indicator_cache") == "python"
    monkeypatch.setenv("OMEGA_USE_RUST_INDICATOR_CASH", "false")
    with pytest.raises(OmegaError, match="CASH"):
        plan_run(names)
    monkeypatch.delenv("OMEGA_USE_RUST_INDICATOR_CASH")
    monkeypatch.delenv("OMEGA_USE_RUST_INDICATOR_CACHE")
    assert plan_run(names) is plan
    monkeypatch.setattr(planning, "native_status", lambda: MISSING)
    assert plan_run(names).backend("indicator_cache") == "python"
