"""Why a strategy gave its signals, in words (Q-A10b): the texts of orders, made of the numbers of its decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from omega.data.labels import TEXTS

_REASONS: Final = {
    1: ("zscore_ema", ""),
    2: ("kalman_z_boll", ""),
    3: ("kalman_z_boll", "_ema"),
    4: ("kalman_garch_z_boll", ""),
    5: ("kalman_z_boll", "_vol_cluster"),
    6: ("kalman_z_boll", "_multi_tf"),
}
"""What stands before the direction, and after it."""
_TAGS: Final = {
    1: ("zscore", "ema"),
    2: ("kalman", "bollinger"),
    3: ("kalman", "bollinger", "ema"),
    4: ("kalman", "garch", "bollinger"),
    5: ("kalman", "bollinger", "vol_cluster"),
    6: ("kalman", "bollinger", "multi_tf"),
}
_CLUSTERS: Final = ("low", "mid", "high", "very_high", "extreme")
_NUMBERS: Final = ("z", "atr", "spread", "upper", "mid", "lower", "ema", "htf_bias", "extra_htf_bias")


def decision_texts(decisions: pa.Table, timeframes: Sequence[str]) -> pa.Table:
    """Return ``scenario``, ``tags`` and ``metadata`` of each decision; ``timeframes`` are those of scenario 6."""
    rows = decisions.drop_columns(["timestamp"]).to_pylist()  # which would need a time zone
    return pa.table(
        {
            "scenario": pa.array([f"{row['direction']}_{row['scenario']}" for row in rows], pa.string()),
            "tags": pa.array([list(_tags(row, timeframes)) for row in rows], TEXTS.field("tags").type),
            "metadata": pa.array([list(_metadata(row, timeframes)) for row in rows], TEXTS.field("metadata").type),
        },
        schema=TEXTS,
    )


def _tags(row: Mapping[str, Any], timeframes: Sequence[str]) -> Iterator[str]:
    yield f"scenario{row['scenario']}"
    yield from _TAGS[row["scenario"]]
    for name in ("htf_bias", "extra_htf_bias"):
        if row[name] is not None:
            yield f"{name}_{'above' if row[name] > 0.0 else 'below'}"
    if row["cluster"] is not None:
        yield f"cluster_{_CLUSTERS[row['cluster']]}"
    if row["overlays"] is not None:
        yield from (f"overlay_{name}" for name in _held(row["overlays"], timeframes))


def _metadata(row: Mapping[str, Any], timeframes: Sequence[str]) -> Iterator[tuple[str, str]]:
    before, after = _REASONS[row["scenario"]]
    yield "reason", f"{before}_{row['direction']}{after}"
    for name in _NUMBERS:
        if row[name] is not None:
            yield name, repr(row[name])
    if row["cluster"] is not None:
        yield "cluster", _CLUSTERS[row["cluster"]]
    if row["overlays"] is not None:
        yield "overlays", " ".join(_held(row["overlays"], timeframes))


def _held(bits: int, timeframes: Sequence[str]) -> Iterator[str]:
    return (name for place, name in enumerate(timeframes) if bits >> place & 1)
