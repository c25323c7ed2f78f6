"""Both sides give the same bits in other surroundings, in processes of their own, and with a libm one ulp off."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
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


@lru_cache(maxsize=1)
def _at_once(share: float) -> tuple[Printed, str]:
    """Return what both sides give in all other surroundings at once, and why the libm is not another one, if so."""
    return _with_other_libm({name: text for one in ELSEWHERE.values() for name, text in one.items()}, share)


def _with_other_libm(variables: Mapping[str, str], share: float) -> tuple[Printed, str]:
    """Return what both sides give with another libm before the platform's, or without one and why."""
    library, why = {}, "no library can be put before it on this platform"
    with TemporaryDirectory() as folder:
        if sys.platform == "linux":
            try:
                library, why = libm_off(Path(folder)), ""
            except OmegaError as error:
                if error.code is not ErrorCode.NOT_FOUND:
                    raise
                why = error.message
        return run_in({**variables, **library}, share=share), why


@check("surroundings", "event_engine")
def other_surroundings(bench: Bench) -> None:
    """Another hash seed, no assertions, another time zone and locale; all at once in less than a gate."""
    share = bench.extent.share
    # Beside each other, and beside the plain one: they are other processes.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        if share < 1.0:
            runs = {" and ".join(ELSEWHERE): pool.submit(lambda: _at_once(share)[0])}
        else:
            runs = {about: pool.submit(run_in, variables, share=share) for about, variables in ELSEWHERE.items()}
        _plain(share)
        for about, run in runs.items():
            _agree(bench, run.result(), about)


@check("surroundings", "event_engine")
def another_libm(bench: Bench) -> None:
    """A libm that is one ulp off changes nothing; in less than a gate it is that of the other surroundings."""
    share = bench.extent.share
    off, why = _at_once(share) if share < 1.0 else _with_other_libm({}, share)
    if why:
        raise LeftOutError(f"another libm: {why}", is_declared=sys.platform != "linux")
    bench.require(off.exp != _plain(share).exp, "the other libm was not in use")
    _agree(bench, off, "libm one ulp off")


def _agree(bench: Bench, other: Printed, about: str) -> None:
    plain = _plain(bench.extent.share)
    bench.require(plain.cases == other.cases >= _LEAST_CASES, f"{about}: {other.cases} cases of {plain.cases}")
    bench.agree(lambda: plain.reference, lambda: other.reference, about=f"reference, {about}")
    bench.agree(lambda: plain.rust, lambda: other.rust, about=f"Rust, {about}")
    bench.agree(lambda: other.reference, lambda: other.rust, about=f"reference and Rust, {about}")
