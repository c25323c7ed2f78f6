"""Both sides give the same bits in other surroundings, in processes of their own, and with a libm one ulp off."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError
from omega_parity.gates.checks.bench import Bench, LeftOutError, check
from omega_parity.gates.surroundings import ELSEWHERE, PLAIN, Printed, libm_off, run_in

_LEAST_CASES: Final = 10

_plain = lru_cache(maxsize=1)(lambda share: run_in(PLAIN, share=share))
"""What both sides give in plain surroundings, for the checks of one extent."""


@check("surroundings", "event_engine")
def other_surroundings(bench: Bench) -> None:
    """Another hash seed, no assertions, another time zone and locale; all at once in less than a gate."""
    elsewhere = ELSEWHERE
    if bench.extent.share < 1.0:
        elsewhere = {" and ".join(ELSEWHERE): {name: text for one in ELSEWHERE.values() for name, text in one.items()}}
    # Beside each other, and beside the plain one: they are other processes.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(run_in, variables, share=bench.extent.share) for variables in elsewhere.values()]
        _plain(bench.extent.share)
        for about, run in zip(elsewhere, runs, strict=True):
            _agree(bench, run.result(), about)


@check("surroundings", "event_engine")
def another_libm(bench: Bench) -> None:
    """A libm that is one ulp off changes nothing."""
    if sys.platform != "linux":
        raise LeftOutError("another libm: no library can be put before it on this platform", is_declared=True)
    with TemporaryDirectory() as folder:
        try:
            off = run_in(libm_off(Path(folder)), share=bench.extent.share)
        except OmegaError as error:
            if error.code is ErrorCode.NOT_FOUND:
                raise LeftOutError(f"another libm: {error.message}") from None
            raise
    bench.require(off.exp != _plain(bench.extent.share).exp, "the other libm was not in use")
    _agree(bench, off, "libm one ulp off")


def _agree(bench: Bench, other: Printed, about: str) -> None:
    plain = _plain(bench.extent.share)
    bench.require(plain.cases == other.cases >= _LEAST_CASES, f"{about}: {other.cases} cases of {plain.cases}")
    bench.agree(lambda: plain.reference, lambda: other.reference, about=f"reference, {about}")
    bench.agree(lambda: plain.rust, lambda: other.rust, about=f"Rust, {about}")
    bench.agree(lambda: other.reference, lambda: other.rust, about=f"reference and Rust, {about}")
