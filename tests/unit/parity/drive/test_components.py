"""Component calls are compared by bits, errors as outcomes."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from omega.compare.answers import compare_results
from omega.contract.errors import omega_error
from omega.contract.protocols import QualityFindings
from omega_parity.drive.components import compare_calls, factories


@pytest.mark.parametrize(
    ("reference", "candidate", "comparisons", "differing"),
    [
        (1.0, 1.0, 1, 0),
        (1.0, 1, 1, 1),
        ([1.0, math.nan], np.array([1.0, math.nan]), 2, 0),
        ([1.0, -0.0], np.array([1.0, 0.0]), 2, 1),
        ([1.0, 2], np.array([1.0, 2.0]), 1, 1),
        (([1.0], [2.0]), (np.array([1.0]), np.array([2.0])), 3, 0),
        (([1.0],), (np.array([1.0]), np.array([2.0])), 2, 1),
        ([1.0, 2.0], np.array([1.0]), 1, 1),
        ((1, 2**64 - 1), (1, 2**64 - 1), 1, 0),
        ({"a": 1.0}, {"a": 1.0}, 1, 0),
        (pa.table({"a": [1]}), pa.table({"a": [2]}), 1, 1),
    ],
)
def test_results(reference: object, candidate: object, comparisons: int, differing: int) -> None:
    comparison = compare_results(reference, candidate)
    assert (comparison.comparisons, comparison.values_differing) == (comparisons, differing)


def test_records_are_compared_field_by_field() -> None:
    findings = [
        QualityFindings(crossed_quotes=0, zero_spread=0, gaps=gaps, spikes=0, weekend_bars=0, uneven_steps=0)
        for gaps in (1, 2)
    ]
    comparison = compare_results(*findings)
    assert (comparison.comparisons, [d.field for d in comparison.differences]) == (8, ["gaps"])


def test_calls_that_fail_alike_agree() -> None:
    def fail() -> None:
        raise omega_error(1006, "no", rule="T-2")

    assert compare_calls(fail, fail).is_identical
    assert compare_calls(fail, lambda: 1).differences[0].candidate == "1"


def test_factories_come_from_the_registry() -> None:
    reference, native = factories("event_engine")
    assert (reference.__module__, native.__module__) == ("omega_reference.engine", "omega.serve.native")
