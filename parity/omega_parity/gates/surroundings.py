"""Show that a result does not depend on where it is computed: hash seed, assertions, time zone, the platform's libm.

The golden cases, runs of the sample and generated cases go through both sides in a process of its own per
surroundings, which prints what they gave::

    python -m omega_parity.gates.surroundings
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import xxhash

from omega.compare.outcome import Outcome
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import RunOutput
from omega_parity.drive.observe import Side, observe
from omega_parity.drive.sides import both_sides
from omega_parity.generate.cases import Case, quick_cases
from omega_parity.generate.markets import sample_market
from omega_parity.generate.sequences import sample_cases
from omega_parity.golden.case import golden_cases

PLAIN: Final = {"PYTHONHASHSEED": "0", "PYTHONOPTIMIZE": "", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
"""What the others differ from in one respect."""
ELSEWHERE: Final[dict[str, dict[str, str]]] = {
    "another hash seed": {"PYTHONHASHSEED": "4242"},
    "without assertions": {"PYTHONOPTIMIZE": "1"},
    "another time zone and locale": {"TZ": "Asia/Kathmandu", "LC_ALL": "C"},
}
LIBM_SOURCE: Final = Path(__file__).with_name("libm_off.c")

_SAMPLE_BARS: Final = 2_500
_LEAST_BARS: Final = 300
_GENERATED: Final = 60
_LEAST_GENERATED: Final = 8
_GOLDEN_EVERY: Final = 9
"""In less than a whole look every so manyth golden case is run."""
_SECONDS: Final = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What a process found.

    Attributes
    ----------
    reference, rust : str
        xxh3_128 over everything that the side gave, in hexadecimal.
    cases : int
        Runs of each side.
    exp : str
        The platform's e^1.5 as hexadecimal float, by which one sees whether its libm is the usual one.
    """

    reference: str
    rust: str
    cases: int
    exp: str


def digest_of(side: Side, cases: Sequence[Case]) -> str:
    """Return the digest of everything that ``side`` makes of ``cases``."""
    digest = xxhash.xxh3_128()
    for case in cases:
        outcome = observe(side, case.bars, case.signals, case.config).outcome
        digest.update(_content(outcome).encode())
    return digest.hexdigest()


def _content(outcome: Outcome) -> str:
    if not isinstance(outcome, RunOutput):
        if outcome.code is None:  # a crash, which no rule allows: equal everywhere, it would prove nothing
            raise omega_error(ErrorCode.INVALID_STATE, f"a run broke down: {outcome}", rule="X-2")
        return repr((outcome.error, outcome.code, outcome.rule, outcome.column, outcome.row, outcome.value))
    tables = (outcome.trades, outcome.events, outcome.equity, outcome.positions, outcome.chain)
    # The text of a float is its bits: shortest round trip, with the sign of zero.
    return repr(([table.to_pylist() for table in tables], sorted(outcome.metrics.items())))


def print_digests(share: float = 1.0) -> None:
    """Run both sides here, on a share of the cases, and print what they gave as one line of JSON."""
    cases = list(_cases(share))
    reference, rust = (digest_of(side, cases) for side in both_sides())
    found = Printed(reference=reference, rust=rust, cases=len(cases), exp=math.exp(1.5).hex())
    print(json.dumps(asdict(found)))


def _cases(share: float) -> Iterator[Case]:
    is_whole = share >= 1.0
    bars = max(_LEAST_BARS, int(_SAMPLE_BARS * min(share, 1.0)))
    generated = max(_LEAST_GENERATED, int(_GENERATED * min(share, 1.0)))
    return chain(
        golden_cases(with_long=is_whole, every=1 if is_whole else _GOLDEN_EVERY),
        quick_cases(sample_market(n=bars), signals=bars),
        sample_cases(generated),
    )


def run_in(variables: Mapping[str, str], code: str | None = None, share: float = 1.0) -> Printed:
    """Run both sides in a process with the plain variables but for ``variables``.

    Parameters
    ----------
    code : str, optional
        Python to run instead of this module; it calls :func:`print_digests`.
    share : float
        Of the cases, at most 1.

    Raises
    ------
    OmegaError
        INVALID_STATE with what the process said, when it failed.
    """
    what = ["-m", "omega_parity.gates.surroundings", repr(share)] if code is None else ["-c", code]
    command = [sys.executable, *what]
    environment = {**os.environ, **PLAIN, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        last_words = done.stderr.strip().rpartition("\n")[2]
        raise omega_error(ErrorCode.INVALID_STATE, f"no digests: {last_words}", rule="N-1")
    return Printed(**json.loads(done.stdout))


def libm_off(folder: Path) -> dict[str, str]:
    """Build the libm that is one ulp off in ``folder``; return the variables that put it before the platform's.

    Raises
    ------
    OmegaError
        NOT_FOUND without a C compiler (``cc``, or what CC names), INVALID_STATE when it refuses.
    """
    library = folder / "libm_off.so"
    command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-fno-builtin", "-o", str(library)]
    try:
        built = subprocess.run(
            [*command, str(LIBM_SOURCE), "-ldl"], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except FileNotFoundError:
        raise _no_compiler(command[0]) from None
    if built.returncode != 0:
        raise omega_error(ErrorCode.INVALID_STATE, f"{LIBM_SOURCE.name} does not build: {built.stderr}", rule="N-1")
    return {"LD_PRELOAD": str(library)}


def _no_compiler(name: str) -> OmegaError:
    return omega_error(ErrorCode.NOT_FOUND, f"no C compiler {name!r}, which Rust needs for linking too", rule="N-1")


if __name__ == "__main__":
    print_digests(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
