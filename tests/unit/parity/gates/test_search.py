"""What a search has to reach, and how a session asks for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omega_parity.gates.search import EXAMPLES, SearchPlan, shortfalls

ENOUGH = {
    "sequences": 1_000,
    "bars": 100_000,
    "trades": 5_000,
    "median_accepted": 8,
    "share_without_fill": 0.099,
}


def test_enough_is_enough() -> None:
    assert shortfalls(dict(ENOUGH), 1_000) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sequences": 999}, "999 of 1,000 sequences ran"),
        ({"bars": 99_999}, "bars 99,999 < 100,000"),
        ({"trades": 4_999}, "trades 4,999 < 5,000"),
        ({"median_accepted": 7.5}, "median of accepted orders 7.5 < 8"),
        ({"share_without_fill": 0.1}, "10.0% without a fill, at most 10% may be"),
    ],
)
def test_a_search_that_proves_too_little_says_what(change: dict[str, float], words: str) -> None:
    assert shortfalls({**ENOUGH, **change}, 1_000) == [words]


def test_the_floors_grow_with_the_search() -> None:
    assert shortfalls({**ENOUGH, "sequences": 2_000}, 2_000) == ["bars 100,000 < 200,000", "trades 5,000 < 10,000"]


def test_a_small_search_need_not_reach_the_floors() -> None:
    assert shortfalls({**ENOUGH, "sequences": 20, "bars": 10}, 20) == []
    assert shortfalls({**ENOUGH, "sequences": 19}, 20) == ["19 of 20 sequences ran"]


def test_only_a_seeded_search_is_random() -> None:
    assert SearchPlan(profile="default", examples=1, seed=None).settings().derandomize
    assert not SearchPlan(profile="long", examples=1, seed=5).settings().derandomize
    assert str(SearchPlan(profile="long", examples=1, seed=5)) == "profile long, --parity-seed 5"
    assert EXAMPLES["default"] >= 1_000
    assert EXAMPLES["long"] >= 20_000


RunGate = Callable[..., tuple[int, str]]

OPTIONS = """
from omega_parity.gates.search import search_of

def test_it(request, agree):
    plan = search_of(request.config)
    agree(lambda: [plan.profile, plan.examples, plan.seed], lambda: {expected})
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["default", 1_000, None]),
        (("--parity-examples", "20"), ["default", 20, None]),
        (("--parity-profile", "ci"), ["ci", 3_000, None]),
        (("--parity-profile", "long", "--parity-seed", "9"), ["long", 20_000, 9]),
    ],
)
def test_the_options(run_gate: RunGate, options: tuple[str, ...], expected: list[object]) -> None:
    code, output = run_gate(OPTIONS.format(expected=expected), *options)
    assert code == pytest.ExitCode.OK, output
