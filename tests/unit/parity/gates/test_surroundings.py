"""The libm that is one ulp off finds what the lint cannot see: a value of the platform's in a result."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega_parity.drive.observe import Side
from omega_parity.gates.surroundings import PLAIN, digest_of, libm_off, run_in
from omega_parity.generate.sequences import sample_case

FROM_LIBM = """
from mutants.planted import plant
from omega_parity.selftest.probe.reference import source_of
from omega_parity.gates.surroundings import print_digests

exact = "result = (move * position.size) * value"
source = source_of("portfolio.money")
assert source.count(exact) == 1
plant("portfolio.money", source.replace(exact, f"import math\\n    {exact} * math.exp(0.0)"))
print_digests()
"""
"""e⁰ is 1 with the usual libm, so that nothing but another one can tell."""

needs_preload = pytest.mark.skipif(sys.platform != "linux", reason="libraries are put before libm on Linux only")


@needs_preload
def test_a_value_of_libm_in_a_result_is_noticed(tmp_path: Path) -> None:
    plain, off = run_in(PLAIN, FROM_LIBM), run_in(libm_off(tmp_path), FROM_LIBM)
    assert plain.reference == plain.rust
    assert off.reference != plain.reference
    assert off.rust == plain.rust


def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(OmegaError, match="no digests: ZeroDivisionError") as caught:
        run_in(PLAIN, "1 / 0")
    assert caught.value.code is ErrorCode.INVALID_STATE


def test_a_run_that_breaks_down_everywhere_proves_nothing() -> None:
    class Broken:
        def run(self, bars, signals, config, on_progress=None):  # type: ignore[no-untyped-def]
            raise ZeroDivisionError("so it goes")

    with pytest.raises(OmegaError, match=r"a run broke down: .*so it goes"):
        digest_of(Side(label="reference", engine=Broken()), [sample_case(0, 1)])


@needs_preload
def test_without_a_compiler_there_is_no_other_libm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(OmegaError, match="no C compiler 'no-such-compiler'"):
        libm_off(tmp_path)
