"""Let every fault loose and print what became of it."""

from __future__ import annotations

import json
import sys

from omega.data.writing import write_file
from omega_parity.selftest.probe import Healthy, KillReport, native_probe, why_no_probe
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
    is_recorded = "--record" not in arguments or _record(report)
    return 1 if report.against or not is_recorded else 0


def _record(report: KillReport) -> bool:
    """Write which example noticed each fault, the reference's where another one notices that of Rust.

    Nothing is written where both sides differ without a fault: such an example notices every fault, and none.
    """
    made = {one.name: (place, one) for place, one in enumerate(maker() for maker in makers())}
    probe = native_probe()
    assert probe is not None, "it has just been used"
    healthy = Healthy(probe)
    names = dict.fromkeys(fate.example for fate in report.noticed)
    parted = [name for name in names if not healthy.agree(made[name][1])]
    if parted:
        print(f"not recorded: without any fault both sides differ on {', '.join(parted)}", file=sys.stderr)
        return False
    noticed = {fate.saboteur: made[fate.example][0] for fate in reversed(report.noticed)}
    write_file(NOTICED_FILE, json.dumps(dict(sorted(noticed.items())), indent=0) + "\n")
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
