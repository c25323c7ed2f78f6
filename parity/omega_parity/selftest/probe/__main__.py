"""Let every fault loose and print what became of it."""

from __future__ import annotations

import sys

from omega_parity.selftest.probe import why_no_probe
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
    return 1 if report.against else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
