"""Let every fault loose and print what became of it."""

from __future__ import annotations

import json
import sys

from omega.data.writing import write_file
from omega_parity.selftest.probe import KillReport, why_no_probe
from omega_parity.selftest.probe.examples import NOTICED_FILE, makers
from omega_parity.selftest.probe.runner import kills


def main(arguments: list[str]) -> int:
    """Return 0 when every fault is killed, 1 when one survives, 3 when the probe module cannot be used."""
    report = kills(quick=False, is_reduced="--reduce" in arguments)
    if report is None:
        print(f"kills: not measured: {why_no_probe()}", file=sys.stderr)
        return 3
    for fate in (*report.fates, *report.switched_off):
        print(fate)
    print("\n".join(report.against) or report)
    if "--record" in arguments:
        _record(report)
    return 1 if report.against else 0


def _record(report: KillReport) -> None:
    """Write which example noticed each fault, the reference's where another one notices that of Rust."""
    places = {maker().name: place for place, maker in enumerate(makers())}
    noticed = {fate.saboteur: places[fate.example] for fate in reversed(report.noticed)}
    write_file(NOTICED_FILE, json.dumps(dict(sorted(noticed.items())), indent=0) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
