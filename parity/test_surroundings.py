"""Gate: both sides give the same bits in other surroundings, and with a libm that is one ulp off (N-1, N-4)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from omega.compare.compare import Comparison
from omega_parity.gates.surroundings import ELSEWHERE, PLAIN, Printed, libm_off, run_in

Agree = Callable[..., Comparison]

LEAST_CASES = 90


@pytest.fixture(scope="module")
def plain() -> Printed:
    return run_in(PLAIN)


def _agree(agree: Agree, one: Printed, other: Printed, about: str) -> None:
    assert one.cases == other.cases >= LEAST_CASES
    agree(lambda: one.reference, lambda: other.reference, about=f"reference, {about}")
    agree(lambda: one.rust, lambda: other.rust, about=f"Rust, {about}")
    agree(lambda: other.reference, lambda: other.rust, about=f"reference and Rust, {about}")


@pytest.mark.rule("N-1")
@pytest.mark.parametrize("name", list(ELSEWHERE))
def test_other_surroundings_give_the_same_bits(name: str, plain: Printed, agree: Agree) -> None:
    _agree(agree, plain, run_in(ELSEWHERE[name]), name)


if sys.platform == "linux":  # elsewhere a library cannot be put before libm this way

    @pytest.mark.rule("N-1", "N-4")
    def test_another_libm_gives_the_same_bits(plain: Printed, agree: Agree, tmp_path: Path) -> None:
        off = run_in(libm_off(tmp_path))
        assert off.exp != plain.exp, "the other libm was not in use"
        _agree(agree, plain, off, "libm one ulp off")
