"""Let every fault loose and print what became of it."""

from __future__ import annotations

import sys

from omega_parity.probe import SABOTEURS, Healthy, KillReport, native_probe, run_saboteur, why_no_probe
from omega_parity.probe.examples import examples
from omega_parity.probe.runner import SIDES


def main(arguments: list[str]) -> int:
    """Return 0 when every fault is killed, 1 when one survives, 3 when the probe module cannot be used."""
    probe = native_probe()
    if probe is None:
        print(f"kills: not measured: {why_no_probe()}", file=sys.stderr)
        return 3
    healthy, cases = Healthy(probe), list(examples())
    fates = []
    for side in SIDES:
        for name in SABOTEURS:
            fates.append(run_saboteur(side, name, cases, healthy, is_reduced="--reduce" in arguments))
            print(fates[-1], flush=True)
    report = KillReport(fates=tuple(fates), is_quick=False)
    print(report)
    return 1 if report.against else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
