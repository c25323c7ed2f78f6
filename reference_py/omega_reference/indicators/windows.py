"""Drift-free sums and deviations over a moving window (N-7, Q-N7).

The rows are cut into blocks of the window's length w. Inside each block a prefix runs from the left and a suffix
from the right; any window is one suffix and one prefix. No value is ever subtracted again, so nothing drifts, and
a missing value (NaN) reaches exactly the windows that contain it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from omega.contract.errors import ErrorCode, omega_error
from omega_reference.numbers import NAN

Moments = tuple[list[float], list[float]]
"""Mean and M2 (sum of squared deviations) after each Welford step."""


def window_sum(values: Sequence[float], window: int) -> list[float]:
    """Return the sum over the last ``window`` rows (N-7), NaN before row w − 1.

    Raises
    ------
    OmegaError
        OUT_OF_BOUNDS if ``window`` < 1.
    """
    check_window(window, 1)
    sums = [NAN] * len(values)
    older: list[float] = []
    for start in range(0, len(values), window):
        block = values[start : start + window]
        prefix = 0.0
        for r, x in enumerate(block):
            prefix = (prefix + x) if r else x
            if r == window - 1:
                sums[start + r] = prefix
            elif older:
                sums[start + r] = older[r + 1] + prefix
        older = suffix_sums(block)
    return sums


def suffix_sums(block: Sequence[float]) -> list[float]:
    """Return the sums from each row to the end of a block that is not empty (Q-N7)."""
    suffix = block[-1]
    suffixes = [suffix]
    for x in block[-2::-1]:
        suffix = x + suffix
        suffixes.append(suffix)
    suffixes.reverse()
    return suffixes


def window_mean(values: Sequence[float], window: int) -> list[float]:
    """Return the mean over the last ``window`` rows (N-7), NaN before row w − 1."""
    return [(total / window) for total in window_sum(values, window)]


def window_std(values: Sequence[float], window: int) -> list[float]:
    """Return the sample standard deviation (w − 1) over the last ``window`` rows (N-7), NaN before row w − 1.

    Raises
    ------
    OmegaError
        OUT_OF_BOUNDS if ``window`` < 2.
    """
    check_window(window, 2)
    if len(values) < window:
        return [NAN] * len(values)
    reciprocals = [(1.0 / k) for k in range(1, window + 1)]
    weights = [(((window - n_b) * n_b) / window) for n_b in range(1, window + 1)]
    degrees = window - 1
    sqrt = math.sqrt
    stds = [NAN] * degrees
    older_means: list[float] = []
    older_m2s: list[float] = []
    for start in range(0, len(values), window):
        block = values[start : start + window]
        means, m2s = welford(block, reciprocals)
        if start:
            shift = block[0] - values[start - 1]
            # Index i of the older run is its last i + 1 rows; row r of this block goes with the last w − 1 − r.
            newer = zip(means[:degrees], m2s, weights, older_means[-2::-1], older_m2s[-2::-1], strict=False)
            for mean_b, m2_b, weight, mean_a, m2_a in newer:
                delta = (mean_b - mean_a) + shift
                stds.append(sqrt(((m2_a + m2_b) + ((delta * delta) * weight)) / degrees))
        if len(block) == window:
            stds.append(sqrt(m2s[-1] / degrees))
            older_means, older_m2s = welford(block[::-1], reciprocals)
    return stds


def welford(values: Sequence[float], reciprocals: Sequence[float]) -> Moments:
    """Return mean, less the first value, and M2 after each Welford step over ``values`` (Q-N7).

    Distances from the run's first value keep the digits that a small deviation around a large price would lose;
    1/k comes from a table.
    """
    first = values[0]
    mean = m2 = 0.0
    means: list[float] = []
    m2s: list[float] = []
    for x, reciprocal in zip(values, reciprocals, strict=False):
        y = x - first
        d = y - mean
        mean = mean + (d * reciprocal)
        m2 = m2 + (d * (y - mean))
        means.append(mean)
        m2s.append(m2)
    return means, m2s


def check_window(window: int, smallest: int) -> None:
    """Refuse a window below ``smallest`` with OUT_OF_BOUNDS (Q-N7)."""
    if window < smallest:
        raise omega_error(
            ErrorCode.OUT_OF_BOUNDS,
            f"a window must have at least {smallest} rows, got {window}",
            rule="N-7",
            column="window",
            value=window,
        )
