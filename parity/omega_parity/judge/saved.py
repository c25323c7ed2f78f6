"""Compare results that were saved with :meth:`omega.Result.save`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import pyarrow as pa

import omega
from omega.boundary.guard import guarded
from omega.compare.compare import Comparison, Difference, compare_mappings, compare_outputs, merge
from omega.compare.outcome import ABSENT, Value
from omega.compare.values import json_value
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import RunOutput
from omega.contract.schemas import CHAIN, DECISIONS
from omega.saved import MANIFEST
from omega_parity.judge.divergence import Divergence
from omega_parity.judge.explain import explain, explain_difference

_LABELS: Final = ("A", "B")
_MADE_WITH: Final = ("symbol", "timeframe", "config", "data_hash", "backend", "versions")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedComparison:
    """All results of two places compared: the sum, and where each differing pair parts.

    Attributes
    ----------
    made_with : tuple of Difference
        What the results were made with and from, where it differs: no verdict on them, but often its reason.
    """

    results: int
    comparison: Comparison
    divergences: tuple[Divergence, ...]
    made_with: tuple[Difference, ...] = ()

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        return {
            "answer": "identical" if self.comparison.is_identical else "different",
            "results": self.results,
            "made_with": [
                {"what": one.name, "a": json_value(one.reference), "b": json_value(one.candidate)}
                for one in self.made_with
            ],
            "comparisons": self.comparison.comparisons,
            "values_differing": self.comparison.values_differing,
            "bits_differing": self.comparison.bits_differing,
            "divergences": [divergence.as_data() for divergence in self.divergences],
        }


@guarded("path")
def compare_saved(a: Path, b: Path) -> SavedComparison:
    """Compare two saved results, or two folders of results with the same names.

    A result that only one folder has is a difference.

    Raises
    ------
    OmegaError
        NOT_FOUND when a path holds no result, INVALID_ARGUMENT when one is a result and the other a folder of them,
        and as :func:`omega.load_result`.
    """
    names = [_result_names(path) for path in (a, b)]
    if ("" in names[0]) != ("" in names[1]):
        raise omega_error(ErrorCode.INVALID_ARGUMENT, f"one of {a} and {b} is a result, the other a folder of results")
    pairs = [_compare_pair(a, b, name, names) for name in sorted({*names[0], *names[1]})]
    return SavedComparison(
        results=len(pairs),
        comparison=merge(pair.comparison for pair in pairs),
        divergences=tuple(pair.divergence for pair in pairs if pair.divergence is not None),
        made_with=tuple(difference for pair in pairs for difference in pair.made_with),
    )


def as_output(result: omega.Result) -> RunOutput:
    """Turn a result back into what a run yields, so that both are compared in the same way."""
    chain = result.state_chain
    digests = pa.array([row.tobytes() for row in chain], CHAIN)
    return RunOutput(
        trades=result.trades,
        events=result.events,
        equity=result.equity,
        positions=result.positions,
        chain=cast(pa.FixedSizeBinaryArray, digests),  # what pa.array makes of that type
        metrics=dict(result.metrics),
        decisions=DECISIONS.empty_table(),  # what they say stands in the texts of the trades
    )


def _result_names(path: Path) -> list[str]:
    """Name the results in ``path``; a result itself is the empty name."""
    if (path / MANIFEST).is_file():
        return [""]
    names = sorted(entry.parent.name for entry in path.glob(f"*/{MANIFEST}"))
    if not names:
        raise omega_error(ErrorCode.NOT_FOUND, f"{path} holds no saved result", column="path", value=str(path))
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    comparison: Comparison
    divergence: Divergence | None
    made_with: tuple[Difference, ...] = ()


def _compare_pair(a: Path, b: Path, name: str, names: list[list[str]]) -> _Pair:
    title = name or f"{a.name} and {b.name}"
    if name not in names[0] or name not in names[1]:
        saved: tuple[Value, ...] = tuple("saved" if name in found else ABSENT for found in names)
        comparison = compare_mappings("results", {name: saved[0]}, {name: saved[1]})
        divergence = explain_difference(title, comparison.differences[0], labels=_LABELS)
        return _Pair(comparison=comparison, divergence=divergence)
    results = (omega.load_result(a / name), omega.load_result(b / name))
    outputs = (as_output(results[0]), as_output(results[1]))
    comparison = compare_outputs(*outputs)
    return _Pair(
        comparison=comparison,
        divergence=explain(title, None, *outputs, comparison, labels=_LABELS),
        made_with=compare_mappings(title, *(_made_with(result) for result in results)).differences,
    )


def _made_with(result: omega.Result) -> dict[str, Value]:
    facts = {name: getattr(result, name) for name in _MADE_WITH}
    components = {choice.component: choice.backend for choice in result.flags}
    return {**facts, "config": result.config.model_dump(mode="json"), "components": components}
