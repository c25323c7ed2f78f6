"""Drills: what each asks of its processes, and that each can fail (F-7)."""

from __future__ import annotations

from typing import Any

import pytest

from omega_parity.control import drill as drilling
from omega_parity.control.drill import drill, figures, needed

GOOD = {"digest": "d", "trades": 9, "fallbacks": 0, "warnings": [], "wall": 1.25}
NAMES = (
    "slippage_fee",
    "indicator_cache",
    "portfolio",
    "event_engine",
    "execution_simulator",
    "strategy",
    "data_handler",
    "multi_symbol",
)
Answer = dict[str, Any]


def perfect(asked: Answer) -> Answer:
    """What a process answers when everything is as it must be."""
    flags, module = asked["flags"], asked.get("module", "as it is")
    wants_rust = any(value != "false" for value in flags.values())
    if module != "as it is" and "true" in flags.values():
        return {"error": 3001 if module == "missing" else 1007, "message": "no", "wall": 1.0}
    is_rust = wants_rust and module == "as it is"
    sides = {name: "rust" if is_rust and flags[name] != "false" else "python" for name in NAMES}
    told = ["the native module is not used: …"] if module in ("broken", "stale") else []
    return {**GOOD, "sides": sides, "fallbacks": int(bool(asked.get("failure"))), "warnings": told}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Who answers in the place of processes: the last of the list."""
    chosen: list[Any] = [perfect]
    monkeypatch.setattr(drilling, "_performed", lambda **asked: chosen[-1](asked))
    return chosen


@pytest.mark.rule("F-7")
def test_what_has_to_be_rust_with_a_component() -> None:
    assert needed("slippage_fee") == ("slippage_fee",)
    assert needed("portfolio") == ("slippage_fee", "portfolio")
    assert needed("strategy") == needed("event_engine") == NAMES[:6]
    assert needed("data_handler") == ("data_handler",)
    assert needed("multi_symbol") == NAMES


@pytest.mark.rule("F-7")
def test_all_is_well(answers: list[Any]) -> None:
    found = drill(NAMES)
    assert [one.against for one in found] == [""] * 60
    summed = figures(found)
    assert summed["slippage_fee"] == {"drills": 7, "failed": 0, "seconds_to_recover": 1.25}
    assert {name: own["drills"] for name, own in summed.items()} == {
        **dict.fromkeys(("slippage_fee", "indicator_cache", "portfolio", "data_handler", "multi_symbol"), 7),
        **dict.fromkeys(("event_engine", "strategy"), 8),
        "execution_simulator": 9,
    }


def failed(answers: list[Any], answer: Any, component: str = "execution_simulator") -> dict[str, str]:
    answers.append(answer)
    return {one.name: one.against for one in drill([component]) if one.against}


@pytest.mark.rule("F-7")
def test_other_bits_than_the_references(answers: list[Any]) -> None:
    def in_rust(asked: Answer) -> Answer:
        answer = perfect(asked)
        return {**answer, "digest": "e"} if "rust" in answer.get("sides", {}).values() else answer

    found = failed(answers, in_rust)
    assert found["on and off by api"] == "rust: not the bits of the reference"
    assert found["failure: panic"] == found["snapshot in Rust, resumed in Python"] == "not the bits of the reference"
    assert not any(name.startswith("module") for name in found)
    assert figures(drill(["execution_simulator"]))["execution_simulator"]["failed"] == 6


@pytest.mark.rule("F-7")
def test_another_side_than_the_one_asked_for(answers: list[Any]) -> None:
    def ignoring(asked: Answer) -> Answer:
        return {**perfect(asked), **({"sides": dict.fromkeys(NAMES, "python")} if asked["by"] == "api" else {})}

    assert failed(answers, ignoring, "portfolio") == {
        "on and off by api": "rust: slippage_fee, portfolio did not serve rust"
    }


@pytest.mark.rule("F-7")
def test_a_failure_that_nobody_counts(answers: list[Any]) -> None:
    found = failed(answers, lambda asked: {**perfect(asked), "fallbacks": 0})
    assert found == dict.fromkeys(("failure: panic", "failure: no_room"), "nothing was counted as a fallback")


@pytest.mark.rule("F-7")
def test_an_unfit_module_that_nobody_tells_of_or_that_true_takes(answers: list[Any]) -> None:
    found = failed(answers, lambda asked: {**perfect(asked), "warnings": []})
    assert found == {"module broken": "warnings: []", "module stale": "warnings: []"}
    found = failed(
        answers, lambda asked: perfect({**asked, "module": "as it is"}) if asked.get("module") else perfect(asked)
    )
    assert set(found) == {"module missing", "module broken", "module stale"}

    def taking(asked: Answer) -> Answer:
        answer = perfect(asked)
        return {**answer, "error": 1001} if "error" in answer else answer

    assert all("`true` was answered with" in why for why in failed(answers, taking).values())
    assert len(failed(answers, taking)) == 3


@pytest.mark.rule("F-7")
def test_a_process_that_ends_badly_and_a_run_without_trades(answers: list[Any]) -> None:
    dead = {"error": -1, "message": "the process ended with -11: ", "wall": 0.5}
    found = failed(answers, lambda asked: dead if asked.get("failure") == "panic" else perfect(asked))
    assert found == {"failure: panic": "error -1: the process ended with -11: "}
    assert len(failed(answers, lambda _: dead)) == 9
    found = failed(answers, lambda asked: {**perfect(asked), "trades": 0} if asked["by"] == "api" else perfect(asked))
    assert found == {"on and off by api": "rust: nothing was traded"}


@pytest.mark.rule("F-7")
def test_a_process_of_its_own_answers_or_says_how_it_ended() -> None:
    answer = drilling._performed(flags=dict.fromkeys(NAMES, "false"), by="environment")
    assert (answer["trades"] > 0, set(answer["sides"].values()), answer["fallbacks"]) == (True, {"python"}, 0)
    ended = drilling._performed(flags={}, by="environment", failure="unheard of")
    assert ended["error"] == -1
    assert "there is no failure" in ended["message"]
