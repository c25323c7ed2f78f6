"""The table of what generated runs drew, as a part of the verdict's page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from omega_parity.generate.dimensions import Dimension, dimensions
from omega_parity.generate.scales import DECILES
from omega_parity.judge.reach import EXTENTS, OUTPUTS, Reach, extent_labels


def reach_section(reach: Reach) -> str:
    """Render how many runs drew each decile and each value, and which faults of one ulp there survived."""
    survivors = reach.survivors()
    faults = len(OUTPUTS) * sum(len(dimension.buckets) for dimension in dimensions().values())
    lead = (
        f"Runs that were not refused, by what they drew of each range. In each decile one ulp on the next fee, size or "
        f"price was let loose: {faults - len(survivors):,} of {faults:,} faults were noticed."
    )
    heads = "".join(f'<th class="n">{decile + 1}</th>' for decile in range(DECILES))
    head = f"<tr><th>field</th><th>range</th>{heads}<th>besides</th></tr>"
    rows = "".join(_number(reach, one) for one in dimensions().values() if one.scale is not None)
    others = "".join(_others(reach))
    left = "".join(f"<li>{escape(why)}</li>" for why in reach.against)
    return (
        f'<h2 id="reach">What generated runs reached</h2><p class="lead">{lead}</p>'
        f'<div class="scroll"><table id="deciles">{head}{rows}</table></div>'
        f'<div class="scroll"><table id="values"><tr><th>field</th><th>runs by value</th></tr>{others}</table></div>'
        f"{f'<ul class=against>{left}</ul>' if left else ''}"
    )


def _number(reach: Reach, dimension: Dimension) -> str:
    assert dimension.scale is not None
    deciles = dimension.buckets[-DECILES:]
    cells = "".join(_count(reach.runs[dimension.name, bucket], bucket) for bucket in deciles)
    besides = ", ".join(f"{bucket}: {reach.runs[dimension.name, bucket]:,}" for bucket in dimension.buckets[:-DECILES])
    limits = f"{deciles[0].partition(' … ')[0]} … {deciles[-1].partition(' … ')[2]}"
    return f"<tr><td>{dimension.name}</td><td>{limits}</td>{cells}<td>{escape(besides)}</td></tr>"


def _count(runs: int, bucket: str) -> str:
    style = "n" if runs else "n no"
    return f'<td class="{style}" title="{escape(bucket)}">{runs:,}</td>'


def _others(reach: Reach) -> Iterator[str]:
    for name, dimension in dimensions().items():
        if dimension.scale is None:
            yield _row(name, [(bucket, reach.runs[name, bucket]) for bucket in dimension.buckets])
    for name in EXTENTS:
        yield _row(name, [(bucket, reach.extents[name, bucket]) for bucket in extent_labels(name)])


def _row(name: str, counts: list[tuple[str, int]]) -> str:
    shown = " · ".join(f"{escape(bucket)}&nbsp;{runs:,}" for bucket, runs in counts)
    return f"<tr><td>{escape(name)}</td><td>{shown}</td></tr>"
