"""From flags to who serves and what watches over it (F-2, F-4, F-5), by hand."""

from __future__ import annotations

from itertools import product

import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.flags.plan import NativeStatus, Plan, make_plan
from omega.flags.sampling import is_drawn, set_verify_share, verify_share
from omega.flags.sources import read_flags
from omega.serve import planning

USABLE = NativeStatus(is_usable=True, why="here")
MISSING = NativeStatus(is_usable=False, why="not there", fix="make build")
NAMES = ("slippage_fee", "indicator_cache", "portfolio", "event_engine", "execution_simulator", "strategy")
VALUES = ("false", "shadow", "verify", "auto", "true", "always")


def plan(status: NativeStatus = USABLE, rest: str = "auto", **values: str) -> Plan:
    flags = {name: values.get(name, rest) for name in NAMES}
    return make_plan(read_flags(environment={}, configuration=list(flags.items())), lambda: status, NAMES)


def letters(sides: object) -> str:
    """The sides of the engine's components in the order of the waves, a letter each."""
    assert isinstance(sides, dict)
    return "".join(sides[name][0] for name in NAMES)


@pytest.mark.rule("F-2", "Q-F2b", "Q-F4")
@pytest.mark.parametrize(
    ("rest", "values", "mode", "candidate", "reference"),
    [
        ("false", {}, "alone", "pppppp", "pppppp"),
        ("auto", {}, "guarded", "rrrrrr", "pppppp"),
        ("true", {}, "alone", "rrrrrr", "rrrrrr"),
        ("always", {}, "alone", "rrrrrr", "rrrrrr"),
        ("shadow", {}, "shadow", "rrrrrr", "pppppp"),
        ("verify", {}, "verify", "rrrrrr", "pppppp"),
        ("auto", {"indicator_cache": "shadow"}, "shadow", "rrrrrr", "pppppp"),
        ("verify", {"indicator_cache": "shadow"}, "shadow", "rrrrrr", "pppppp"),
        ("auto", {"strategy": "false"}, "guarded", "rrrppp", "pppppp"),
        ("auto", {"slippage_fee": "false"}, "guarded", "prpppp", "pppppp"),
        ("auto", {"portfolio": "false"}, "guarded", "rrpppp", "pppppp"),
        ("false", {"portfolio": "auto"}, "alone", "pppppp", "pppppp"),
        ("false", {"portfolio": "shadow", "slippage_fee": "auto"}, "shadow", "rprppp", "pppppp"),
        ("auto", {"slippage_fee": "true"}, "guarded", "rrrrrr", "rppppp"),
        ("auto", {"portfolio": "true"}, "guarded", "rrrrrr", "rprppp"),
        ("auto", {"strategy": "true"}, "alone", "rrrrrr", "rrrrrr"),
        (
            "true",
            {"strategy": "verify", "event_engine": "auto", "execution_simulator": "auto"},
            "verify",
            "r" * 6,
            "rrrppp",
        ),
    ],
)
def test_who_serves(rest: str, values: dict[str, str], mode: str, candidate: str, reference: str) -> None:
    serving = plan(USABLE, rest, **values).serving("strategy")
    assert (serving.mode, letters(serving.candidate), letters(serving.reference)) == (mode, candidate, reference)
    assert letters(serving.served) == (reference if mode == "shadow" else candidate)


@pytest.mark.rule("F-4", "Q-F4")
def test_no_combination_serves_what_lacks_its_needs_in_rust() -> None:
    needs = {
        "portfolio": {"slippage_fee"},
        "event_engine": {"slippage_fee", "indicator_cache", "portfolio", "execution_simulator", "strategy"},
    }
    needs["execution_simulator"] = needs["event_engine"] - {"execution_simulator"} | {"event_engine"}
    needs["strategy"] = needs["event_engine"] - {"strategy"} | {"event_engine"}
    seen = 0
    for values in product(("false", "shadow", "verify", "auto", "true"), repeat=6):
        given = dict(zip(NAMES, values, strict=True))
        forced = [name for name, value in given.items() if value == "true"]
        weak = {need for name in forced for need in needs.get(name, ()) if given[need] in ("false", "shadow", "verify")}
        if weak:
            with pytest.raises(OmegaError, match="while the reference serves what it needs"):
                plan(USABLE, **given)
            continue
        seen += 1
        serving = plan(USABLE, **given).serving("strategy")
        for sides in (serving.candidate, serving.reference):
            for name, needed in needs.items():
                assert sides[name] == "python" or {sides[need] for need in needed} == {"rust"}, (values, name)
    assert seen > 3_000


@pytest.mark.rule("Q-F2b")
@pytest.mark.parametrize("value", ["verify", "true", "always"])
def test_what_must_run_in_rust_refuses_a_missing_module(value: str) -> None:
    with pytest.raises(OmegaError, match=f"={value} .* needs the native module: not there; build it") as caught:
        plan(MISSING, rest=value)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.NOT_FOUND, "F-6")


@pytest.mark.rule("Q-F2b")
def test_shadow_of_a_missing_module_serves_the_reference_and_says_so() -> None:
    made = plan(MISSING, rest="shadow")
    assert made.serving("strategy").mode == "alone"
    assert {(choice.backend, choice.why) for choice in made} == {("python", "not there")}


@pytest.mark.rule("F-2", "F-3")
def test_a_shadowed_part_says_why_the_others_serve_python() -> None:
    made = plan(indicator_cache="shadow", slippage_fee="true")
    assert made.choice("indicator_cache").why == "the reference serves; Rust runs beside it and is compared"
    assert made.choice("portfolio").why == (
        "the reference serves the whole run: OMEGA_USE_RUST_INDICATOR_CACHE=shadow (configuration)"
    )
    assert [choice.backend for choice in made] == ["rust", "python", "python", "python", "python", "python"]


@pytest.mark.rule("F-1", "Q-F4")
@pytest.mark.parametrize("value", ["false", "shadow", "verify"])
@pytest.mark.parametrize("forced", ["true", "always"])
def test_a_forced_part_and_a_need_that_python_may_serve(value: str, forced: str) -> None:
    with pytest.raises(OmegaError) as caught:
        plan(portfolio=forced, slippage_fee=value)
    error = caught.value
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_STATE, "F-1", "OMEGA_USE_RUST_PORTFOLIO")
    assert f"OMEGA_USE_RUST_SLIPPAGE_FEE={value} (configuration)" in error.message


def test_a_reader_is_watched_apart_from_the_engine() -> None:
    flags = [("data_handler", "shadow"), ("strategy", "true")]
    made = make_plan(read_flags(environment={}, configuration=flags), lambda: USABLE, (*NAMES, "data_handler"))
    assert (made.serving("strategy").mode, made.serving("data_handler").mode) == ("alone", "shadow")


@pytest.mark.rule("Q-F2d")
def test_always_has_no_way_back_in_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "native_status", lambda: USABLE)
    monkeypatch.setattr(planning, "_kept", set())
    with omega.config.override_flags(data_handler="always"):
        planning.plan_run(("data_handler",))
    for value in ("false", "shadow", "verify", "auto"):
        with omega.config.override_flags(data_handler=value), pytest.raises(OmegaError) as caught:
            planning.plan_run(("data_handler",))
        assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_STATE, "F-2")
        assert f"OMEGA_USE_RUST_DATA_HANDLER={value} (override) comes too late" in caught.value.message
    with pytest.raises(OmegaError, match="comes too late"):
        planning.plan_run(("data_handler",), backend="python")
    with omega.config.override_flags(data_handler="true"):
        assert planning.plan_run(("data_handler",)).backend("data_handler") == "rust"
    with omega.config.override_flags(data_handler="false"):
        planning.plan_run(("strategy",))


@pytest.mark.rule("Q-F2c")
def test_the_share_that_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verify_share() == 0.0
    monkeypatch.setenv("OMEGA_VERIFY_SHARE", "0.25")
    assert verify_share() == 0.25
    set_verify_share(1)
    assert verify_share() == 1.0
    set_verify_share(None)
    assert verify_share() == 0.25
    for text, code in (
        ("much", ErrorCode.INVALID_ARGUMENT),
        ("nan", ErrorCode.OUT_OF_BOUNDS),
        ("-1", 1003),
        ("2", 1003),
    ):
        monkeypatch.setenv("OMEGA_VERIFY_SHARE", text)
        with pytest.raises(OmegaError, match="OMEGA_VERIFY_SHARE must be a number in 0 … 1") as caught:
            verify_share()
        assert caught.value.code == code
    for wrong in (True, "0.5"):
        with pytest.raises(OmegaError) as caught:
            set_verify_share(wrong)  # type: ignore[arg-type]  # what a user may do
        assert caught.value.code is ErrorCode.TYPE_MISMATCH


@pytest.mark.rule("Q-F2c")
def test_what_is_drawn_is_a_matter_of_the_input_alone() -> None:
    keys = [str(number).encode() for number in range(4_000)]
    drawn = [is_drawn(0.05, key) for key in keys]
    assert drawn == [is_drawn(0.05, key) for key in keys]
    assert 140 < sum(drawn) < 260
    assert all(is_drawn(1.0, key) for key in keys)
    assert not any(is_drawn(0.0, key) for key in keys)
    assert {key for key, is_in in zip(keys, drawn, strict=True) if is_in} <= {key for key in keys if is_drawn(0.1, key)}


@pytest.mark.rule("Q-F2c")
def test_a_drawn_run_is_compared_with_the_reference_alone() -> None:
    serving = plan(rest="true").serving("strategy")
    assert serving.can_be_sampled
    drawn = serving.sampled()
    assert (drawn.mode, letters(drawn.candidate), letters(drawn.reference)) == ("verify", "rrrrrr", "pppppp")
    for rest in ("false", "shadow", "verify", "always"):
        assert not plan(rest=rest).serving("strategy").can_be_sampled
