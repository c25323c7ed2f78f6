"""The verdict as one self-contained page: no script, no external file, light and dark, at any width."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omega_parity.gates.verdict import Verdict
from omega_parity.generate.dimensions import dimensions
from omega_parity.generate.scales import DECILES
from omega_parity.judge.reach import EXTENTS, OUTPUTS, extent_labels
from omega_parity.report.pages import rendered


def render(verdict: Verdict) -> str:
    """Render ``verdict`` as an HTML document."""
    return rendered(
        "verdict.html",
        verdict=verdict,
        hashes={case.case.partition("/")[0]: case.data_hash for case in verdict.cases},
        dimensions=dimensions,  # asked for only where runs were counted
        deciles=DECILES,
        outputs=len(OUTPUTS),
        extents={name: extent_labels(name) for name in EXTENTS},
        spread=_spread,
    )


def _spread(buckets: Iterable[str], runs: Mapping[tuple[str, str], int], name: str) -> str:
    return " · ".join(f"{bucket}\N{NO-BREAK SPACE}{runs[name, bucket]:,}" for bucket in buckets)
