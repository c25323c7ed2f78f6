"""The record of the gates: how far each went when it was recorded, so that a run that does less is seen to.

``recorded.json`` lists each gate of `pytest parity` with its number of parameters, each check with its own, each
built-in fault and each counted rule. Run ``python -m omega_parity.gates.recorded`` (`make record`) in a checkout to
record what is there now, golden cases and regressions among it; git shows what became less.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from omega.contract.errors import ErrorCode, omega_error
from omega.data.writing import write_file
from omega_parity.gates.checks import CHECKS
from omega_parity.gates.provenance import CHECKOUT
from omega_parity.golden.case import GOLDEN_FOLDER
from omega_parity.golden.recorded import GoldenRecord, record_golden
from omega_parity.selftest.probe import SABOTEURS, counted_rules
from omega_parity.selftest.probe.saboteurs import QUICK
from omega_parity.variables import CI_VARIABLE, is_set

RECORD_FILE: Final = Path(__file__).with_name("recorded.json")

SEQUENCES: Final = {"gate": 1_000, "verify": 300, "quick": 72}
"""Generated sequences, by who asks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """How far the gates go.

    Attributes
    ----------
    golden : mapping
        How many ``cases`` and ``regressions`` there are; their digests stand beside them.
    sequences : mapping
        Generated sequences, by who asks for them.
    gates : mapping
        Tests of each gate of `pytest parity`.
    checks : mapping
        Calls of each check when every parameter takes part.
    faults, quick_faults : tuple of str
        The built-in faults; those of a quick run.
    rules : tuple of str
        The rules whose hits are counted.
    """

    golden: Mapping[str, int]
    sequences: Mapping[str, int]
    gates: Mapping[str, int]
    checks: Mapping[str, int]
    faults: tuple[str, ...]
    quick_faults: tuple[str, ...]
    rules: tuple[str, ...]


@cache
def recorded(path: Path = RECORD_FILE) -> Recorded:
    """Read the record.

    Raises
    ------
    OmegaError
        INVALID_FORMAT for a file that is missing, no record, or records nothing.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        lists = {name: tuple(document[name]) for name in ("faults", "quick_faults", "rules")}
        found = Recorded(**{**document, **lists})
        empty = [name for name, entries in asdict(found).items() if not entries]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise _no_record(path, f"{type(error).__name__} {error}") from None
    if empty:
        raise _no_record(path, f"{empty[0]} is empty")
    return found


def _no_record(path: Path, why: str) -> Exception:
    message = f"no record of the gates, {path.name}: {why}; `make record` writes it"
    return omega_error(ErrorCode.INVALID_FORMAT, message, rule="X-3", column=path.name)


def present(gates: Mapping[str, int], golden: GoldenRecord) -> Recorded:
    """Return what a record would say now."""
    return Recorded(
        golden={"cases": len(golden.cases), "regressions": len(golden.regressions)},
        sequences=SEQUENCES,
        gates=dict(sorted(gates.items())),
        checks={name: len(check.parameters) or 1 for name, check in sorted(CHECKS.items())},
        faults=tuple(sorted(SABOTEURS)),
        quick_faults=tuple(sorted(QUICK)),
        rules=tuple(sorted(counted_rules())),
    )


def collected_gates(checkout: Path) -> dict[str, int]:
    """Count the tests of each gate of a checkout, as pytest collects them.

    Raises
    ------
    OmegaError
        INVALID_STATE when it cannot.
    """
    command = [sys.executable, "-m", "pytest", "parity", "--collect-only", "-q", "-p", "no:cacheprovider"]
    # To collect is no answer, which CI would want.
    plain = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_") and name != CI_VARIABLE}
    done = subprocess.run(command, cwd=checkout, env=plain, capture_output=True, text=True, check=False)
    lines = [line.removeprefix("parity/") for line in done.stdout.splitlines()]
    names = [line.split("[")[0] for line in lines if line.startswith("test_") and "::" in line]
    if done.returncode or not names:
        raise omega_error(ErrorCode.INVALID_STATE, f"the gates cannot be collected: {done.stdout}", rule="X-3")
    return dict(Counter(names))


def main() -> int:
    """Record what is there now; 0 when it is written, 3 where there is nothing to record or CI forbids it."""
    if CHECKOUT is None or is_set(CI_VARIABLE):
        print("a record is made in a checkout, and not where CI is set", file=sys.stderr)
        return 3
    found = present(collected_gates(CHECKOUT), record_golden(GOLDEN_FOLDER))
    write_file(RECORD_FILE, json.dumps(asdict(found), indent=1) + "\n")
    print(
        f"recorded: {found.golden['cases']} golden cases, {found.golden['regressions']} regressions, "
        f"{len(found.gates)} gates with {sum(found.gates.values())} tests, {len(found.checks)} checks, "
        f"{len(found.faults)} faults, {len(found.rules)} rules"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
