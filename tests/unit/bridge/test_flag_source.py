"""Flags from a callable: asked once a run, below the environment, and its failures keep what it said (Q-F3b)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import omega
from omega.config import set_feature_flag, set_flag_source
from omega.contract.errors import ErrorCode, OmegaError
from omega.flags.registry import BY_NAME
from omega.flags.sources import override_flags, read_flags
from omega.flags.values import ORIGINS
from omega.serve.planning import plan_run

FAILED = " (flag source failed)"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    set_flag_source(None)
    set_feature_flag("strategy", None)


def strategy(**given: Any) -> tuple[str, str]:
    setting = read_flags(**{"environment": {}, **given})["strategy"]
    return setting.value, f"{setting.origin}{setting.note}"


@pytest.mark.rule("Q-F3b")
def test_its_rank() -> None:
    set_flag_source(lambda: {"strategy": "shadow", "use_rust_execution": False})
    assert strategy() == ("shadow", "flag source")
    assert read_flags(environment={})["execution_simulator"].value == "false"
    assert read_flags(environment={})["portfolio"] == read_flags(environment={})["data_handler"]
    assert strategy(configuration=[("strategy", "verify")]) == ("shadow", "flag source")
    environment = {"OMEGA_USE_RUST_STRATEGY": "false"}
    assert strategy(environment=environment) == ("false", "environment")
    set_feature_flag("strategy", "verify")
    assert strategy(environment=environment) == ("verify", "set_feature_flag")
    with override_flags(strategy="auto"):
        assert strategy() == ("auto", "override")
        assert strategy(backend="python") == ("false", "backend argument")
    set_feature_flag("strategy", None)
    set_flag_source(None)
    assert strategy(configuration=[("strategy", "verify")]) == ("verify", "configuration")
    assert strategy() == ("auto", "default")
    assert ORIGINS[3:] == ("environment", "flag source", "configuration", "default")


class Service:
    """Answers, or raises, as it is told; counts how often it is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [*answers]
        self.asked = 0

    def __call__(self) -> Mapping[str, str | bool]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        found: Mapping[str, str | bool] = answer
        return found


WRONG = [
    RuntimeError("the service is down"),
    {"strategie": "shadow"},
    {"strategy": "perhaps"},
    {"execution": "true", "execution_simulator": "false"},
    {3: "true"},
    None,
    "true",
]


@pytest.mark.rule("Q-F3b")
@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_what_fails_keeps_what_was_said_last(wrong: object, caplog: pytest.LogCaptureFixture) -> None:
    set_flag_source(Service({"strategy": "shadow"}, wrong))
    assert strategy() == ("shadow", "flag source")
    with caplog.at_level(logging.WARNING, "omega.flags"):
        assert strategy() == ("shadow", f"flag source{FAILED}")
    assert "the flag source failed, its last answer stands: " in caplog.text
    settings = read_flags(environment={"OMEGA_USE_RUST_STRATEGY": "auto"}, configuration=[("portfolio", "false")])
    assert (settings["strategy"].note, settings["portfolio"].note, settings["data_handler"].note) == (
        "",
        FAILED,
        FAILED,
    )


@pytest.mark.rule("Q-F3b")
def test_one_that_never_answered_leaves_it_to_the_weaker() -> None:
    set_flag_source(Service(RuntimeError("down")))
    assert strategy() == ("auto", f"default{FAILED}")
    assert strategy(configuration=[("strategy", "verify")]) == ("verify", f"configuration{FAILED}")
    # Another source has said nothing yet: what the first one said is not its answer.
    set_flag_source(Service({"strategy": "shadow"}))
    assert strategy() == ("shadow", "flag source")
    set_flag_source(Service(RuntimeError("down")))
    assert strategy() == ("auto", f"default{FAILED}")


@pytest.mark.rule("Q-F3b")
def test_ctrl_c_is_no_failure_of_the_source() -> None:
    set_flag_source(Service(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        read_flags(environment={})


@pytest.mark.rule("Q-F3b")
def test_a_run_asks_once_and_records_the_answer() -> None:
    service = Service(dict.fromkeys(BY_NAME, "false"), RuntimeError("down"))
    set_flag_source(service)
    config = {"symbol": "EURUSD", "data": {"sample": {"n": 60}}}
    bars = omega.sample_bars(60, backend="python")
    asked = service.asked
    first = omega.run_signals(bars, [], config)
    assert service.asked == asked + 1
    second = omega.run_signals(bars, [], config)
    assert service.asked == asked + 2
    assert (first.backend, second.backend) == ("python", "python")
    assert {choice.origin for choice in second.flags if choice.component != "data_handler"} == {f"flag source{FAILED}"}


@pytest.mark.rule("Q-F3b")
def test_a_plan_made_while_nothing_was_said_is_not_kept() -> None:
    assert plan_run().choice("strategy").origin == "default"
    set_flag_source(lambda: {"strategy": "false"})
    assert plan_run().choice("strategy").origin == "flag source"
    set_flag_source(None)
    assert plan_run().choice("strategy").origin == "default"


@pytest.mark.rule("Q-F3b")
def test_what_cannot_be_called() -> None:
    with pytest.raises(OmegaError, match="dict cannot be called") as caught:
        set_flag_source({"strategy": "false"})  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.TYPE_MISMATCH
