"""One case on both sides, with engines that are faulty on purpose."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from omega.compare.outcome import Failure
from omega.contract.errors import omega_error
from omega_parity.drive.observe import observe
from omega_parity.generate.cases import Floors
from omega_parity.judge.run_case import run_case

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys


class _Panic(BaseException):
    """What PyO3 raises for a panic nobody contained."""


def test_equal_engines_go(toys: Toys) -> None:
    seen: list[int] = []
    verdict = run_case(toys.case(), toys.sides(toys.engine()), lambda _, done: seen.append(done))
    assert verdict.is_go
    assert (verdict.bars, verdict.trades, verdict.fills, verdict.crossings) == (60, 1, 1, 2)
    assert verdict.closed_by == {"take_profit": 1}
    assert verdict.comparisons > 300
    assert seen == [0, 60]


def test_a_faulty_engine_is_no_go_at_the_right_bar_and_field(toys: Toys) -> None:
    verdict = run_case(toys.case(), toys.sides(toys.engine(exit_price=math.nextafter(1.105, 2.0))))
    assert not verdict.is_go
    assert verdict.bits_differing > 0
    assert verdict.divergence is not None
    assert (verdict.divergence.bar, verdict.divergence.fields[0].field) == (20, "price")
    assert verdict.divergence.labels == ("reference", "Rust")


def test_a_fault_in_the_state_alone_is_found_by_one_replay(toys: Toys) -> None:
    def hide(output):  # type: ignore[no-untyped-def]
        return (
            toys.in_table(output, "positions", toys.run(toys.bars()).positions) if len(output.chain) == 60 else output
        )

    verdict = run_case(toys.case(), toys.sides(toys.engine(pending_price=1.25, change=hide)))
    assert verdict.divergence is not None
    assert (verdict.divergence.bar, verdict.divergence.operation) == (30, "order 2 after the bar")


@pytest.mark.rule("L-2")
@pytest.mark.parametrize(("crossings", "words"), [(0, "did not run"), (3, "3 times instead of 2")])
def test_rust_must_really_have_run(toys: Toys, crossings: int, words: str) -> None:
    verdict = run_case(toys.case(), toys.sides(toys.engine(crossings_per_run=crossings)))
    assert words in verdict.against[0]


@pytest.mark.rule("X-3")
def test_a_panic_is_an_outcome_and_an_interrupt_is_not(toys: Toys) -> None:
    verdict = run_case(toys.case(), toys.sides(toys.engine(error=_Panic("boom"))))
    assert verdict.divergence is not None
    assert "_Panic [not an OmegaError] boom" in verdict.divergence.text()
    with pytest.raises(KeyboardInterrupt):
        run_case(toys.case(), toys.sides(toys.engine(error=KeyboardInterrupt())))


def test_equal_errors_are_equal_but_no_run(toys: Toys) -> None:
    error = omega_error(1006, "no")
    verdict = run_case(toys.case(), toys.sides(toys.engine(error=error), toys.engine(error=error)))
    assert verdict.bits_differing == 0
    assert verdict.against == ("the reference did not run: ValidationError [1006] no",)


def test_too_little_evidence_is_no_go(toys: Toys) -> None:
    floors = Floors(trades=2, fills=1, closed_by={"timeout": 5})
    verdict = run_case(toys.case(floors=floors), toys.sides(toys.engine()))
    assert verdict.against == ("too little happened: trades 1 < 2", "too little happened: timeout 0 < 5")


def test_a_side_that_writes_into_its_input_is_caught(toys: Toys) -> None:
    class Writer(toys.engine):  # type: ignore[misc, name-defined]
        def run(self, bars, *rest):  # type: ignore[no-untyped-def]
            import numpy as np

            buffer = bars["volume"].chunk(0).buffers()[1]
            import ctypes

            np.ctypeslib.as_array((ctypes.c_double * 3).from_address(buffer.address))[0] = 7.0
            return super().run(bars, *rest)

    case = toys.case()
    verdict = run_case(case, toys.sides(Writer()))
    assert "Rust changed the tables it was given" in verdict.against
    assert case.bars["volume"][0].as_py() == 1.0


def test_observation_keeps_the_failure(toys: Toys) -> None:
    case = toys.case()
    side = toys.sides(toys.engine(error=omega_error(2004, "NaN", column="price", row=3)))[1]
    seen = observe(side, case.bars, None, case.config)
    assert isinstance(seen.outcome, Failure)
    assert (seen.outcome.code, seen.outcome.row, seen.crossings) == (2004, 3, 2)


def test_the_values_of_a_case_are_divided_among_the_components(toys: Toys) -> None:
    verdict = run_case(toys.case(), toys.sides(toys.engine(exit_price=1.2)))
    assert sum(verdict.compared.values()) == verdict.comparisons
    assert sum(verdict.differing.values()) == verdict.values_differing
    assert verdict.differing["portfolio"] > 0
