"""Checks summed up by kind: what fails, what breaks down, what cannot be done, and how far each goes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from omega_parity.drive.sides import both_sides
from omega_parity.gates import check_parts
from omega_parity.gates.beside import Beside
from omega_parity.gates.checks import CHECKS, orders
from omega_parity.gates.checks.bench import GATE, QUICK, Bench, Check, CheckFailedError, LeftOutError
from omega_parity.gates.surroundings import run_in
from omega_parity.gates.verdict import Part, Verdict
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.steps import bar_steps

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys


def _check(body: Callable[..., None], name: str = "one", parameters: tuple[object, ...] = ()) -> Check:
    return Check(kind="toys", name=name, component="portfolio", body=body, parameters=parameters)


@pytest.fixture
def part(toys: Toys, tmp_path: Path) -> Callable[..., Part]:
    def do(*checks: Check) -> Part:
        (found,) = check_parts.check_parts(
            checks, GATE, toys.sides(toys.engine()), tmp_path, lambda _: None, lambda _, verdict: verdict
        )
        return found

    return do


def _one_ulp(bench: Bench, *_: object) -> None:
    bench.agree(lambda: 1.0, lambda: 1.0000000000000002, about="a number")


def test_what_differs_is_counted_for_its_component_and_told_three_times(part: Callable[..., Part]) -> None:
    found = part(_check(_one_ulp, parameters=tuple(range(5))))
    assert (found.items, found.whole, found.comparisons, found.bits_differing) == (5, 5, 5, 5)
    assert (found.compared, found.differing) == ({"portfolio": 5}, {"portfolio": 5})
    assert len(found.against) == check_parts.MOST_SHOWN + 1
    assert found.against[0].startswith("one: a number: 1 values differ\nresult.value: ")
    assert found.against[-1] == "2 more of 5 calls"


def _breaks_down(_: Bench) -> None:
    raise KeyError("nothing")


def test_what_breaks_down_or_compares_nothing_does_not_hold(part: Callable[..., Part]) -> None:
    found = part(_check(lambda _: None), _check(_breaks_down, "another"))
    assert found.against == ("one: nothing was compared", "another: KeyError: 'nothing'")


def test_what_compares_nothing_does_not_hide_behind_another_call(part: Callable[..., Part]) -> None:
    def only_the_first(bench: Bench, number: int) -> None:
        if number == 0:
            bench.count(7)

    found = part(_check(only_the_first, parameters=(0, 1)))
    assert (found.comparisons, found.against) == (7, ("one: nothing was compared",))


def test_a_call_that_is_not_refused_does_not_hold(part: Callable[..., Part]) -> None:
    answer = dict.fromkeys("abcdef", 1)  # as many fields as an error has
    found = part(_check(lambda bench: bench.refuse(lambda: answer, lambda: answer, about="this")))
    assert found.against == ("one: this was not refused",)


@pytest.mark.parametrize(("is_checkout", "is_declared", "is_go"), [(1, 0, False), (1, 1, True), (0, 0, True)])
def test_what_cannot_be_done_in_a_checkout_is_no_go(
    part: Callable[..., Part], monkeypatch: pytest.MonkeyPatch, is_checkout: int, is_declared: int, is_go: bool
) -> None:
    def impossible(_: Bench) -> None:
        raise LeftOutError("no compiler", is_declared=bool(is_declared))

    monkeypatch.setattr(check_parts, "CHECKOUT", Path() if is_checkout else None)
    found = part(_check(impossible))
    assert found.is_go is is_go
    assert Verdict(cases=(), parts=(found,)).left_out == (("toys: no compiler",) if is_go else ())


def test_an_extent_goes_far_or_not() -> None:
    assert (GATE.few(300), QUICK.few(300), QUICK.few(300, 40)) == (300, 6, 40)
    assert list(GATE.some(range(5))) == [0, 1, 2, 3, 4]
    assert list(QUICK.some(range(27))) == [0, 9, 18]
    assert list(QUICK.some(range(4), 3)) == [0, 1, 2, 3]
    assert (Check.least(27, QUICK), Check.least(1, QUICK), Check.least(27, GATE)) == (3, 1, 27)


@pytest.mark.rule("E-19")
@pytest.mark.parametrize("is_run", [True, False])
def test_steps_that_part_as_the_run_does_keep_no_case_of_their_own(
    is_run: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "differs", lambda *_: is_run)
    case = next(case for case in sample_cases(20) if case.signals is not None)
    bench = Bench(both_sides(), QUICK, tmp_path)
    with pytest.raises(CheckFailedError) as caught:
        orders._fail(bench, case, "digests differ", tuple(bar_steps(case)), "driven")
    assert (caught.value.case is case) is is_run
    assert any(tmp_path.iterdir()) is not is_run


def test_another_process_takes_its_share_and_finds_what_this_one_would(tmp_path: Path) -> None:
    few = [one for key, one in CHECKS.items() if key.split(":")[0] in ("bars", "costs", "numbers", "money")]

    given = (few, QUICK, both_sides(), tmp_path)

    def done(elsewhere: check_parts.Elsewhere | None) -> list[Part]:
        told: list[str] = []
        found = list(check_parts.check_parts(*given, told.append, lambda _, verdict: verdict, elsewhere))
        assert sorted(told) == ["bars", "costs", "money", "numbers"]
        return found

    with check_parts.Elsewhere(*given) as elsewhere:
        assert done(elsewhere) == done(None)


def test_a_share_whose_process_died_speaks_against_the_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Beside):
        def __enter__(self) -> Killed:
            super().__enter__()
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            return self

    monkeypatch.setattr(check_parts, "Beside", Killed)
    monkeypatch.setattr(check_parts, "_taken", lambda take: [take()])
    few = [one for key, one in CHECKS.items() if key.split(":")[0] in ("bars", "money")]
    given = (few, QUICK, both_sides(), tmp_path)
    with check_parts.Elsewhere(*given) as elsewhere:
        bars, money = check_parts.check_parts(*given, lambda _: None, lambda _, verdict: verdict, elsewhere)
    assert (bars.against, bars.items > 0) == ((), True)
    assert (money.against, money.items) == (("the process of the checks ended with -9: no word",), 0)
    assert not money.is_go


def test_leaving_ends_the_other_process_and_what_it_began(tmp_path: Path) -> None:
    began = tmp_path / "pid"
    code = f"import os, time; open({str(began)!r}, 'w').write(str(os.getpid())); time.sleep(100)"
    with Beside() as other:  # left by an interrupt as by any other way
        other.ask(run_in, {}, code)
        while not began.exists() or not began.read_text():
            time.sleep(0.01)
    child = Path("/proc") / began.read_text()
    assert not child.exists() or "Z" in (child / "stat").read_text().split()
