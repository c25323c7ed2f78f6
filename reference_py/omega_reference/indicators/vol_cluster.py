"""Clusters of volatility by one-dimensional k-means (I-16)."""

from __future__ import annotations

from collections.abc import Sequence

from omega_reference.numbers import NAN, floor
from omega_reference.transcendental import ln

ROUNDS = 30
"""Most rounds of k-means."""


class VolCluster:
    """One row of :func:`vol_cluster` after the other."""

    def __init__(self, window: int, k: int, log: bool) -> None:
        self._window = window
        self._k = k
        self._log = log
        self._kept: list[float] = []

    def step(self, feature: float) -> float:
        """Return the cluster of ``feature`` among the last ``window`` rows."""
        value = logarithm(feature) if self._log else feature
        if len(self._kept) == self._window:
            del self._kept[0]
        self._kept.append(value)
        if len(self._kept) < self._window or value - value != 0.0:
            return NAN
        return float(nearest(cluster_centres(self._kept, self._k), value))


def logarithm(feature: float) -> float:
    """Return ln of a value > 0, NaN of any other."""
    return ln(feature) if feature > 0.0 else NAN


def cluster_centres(values: Sequence[float], k: int) -> list[float]:
    """Return the centres of the finite values in rising order, as many as ``k`` or the distinct values (Q-I16)."""
    valid = [x for x in values if x - x == 0.0]
    ordered = sorted(valid)
    distinct = 0
    for row, x in enumerate(ordered):
        if row == 0 or x != ordered[row - 1]:
            distinct += 1
    clusters = distinct if distinct < k else k
    centres = [quantile(ordered, j / (clusters + 1)) for j in range(1, clusters + 1)]
    for _ in range(ROUNDS):
        moved = move_centres(valid, centres)
        is_still = is_settled(centres, moved)
        centres = moved
        if is_still:
            break
    return sorted(centres)


def quantile(ordered: Sequence[float], q: float) -> float:
    """Return the quantile of sorted values, linear at (n − 1) · q (Q-I16)."""
    place = (len(ordered) - 1) * q
    below = int(floor(place))
    if below + 1 >= len(ordered):
        return ordered[-1]
    return ordered[below] + ((ordered[below + 1] - ordered[below]) * (place - below))


def move_centres(values: Sequence[float], centres: Sequence[float]) -> list[float]:
    """Return the mean of the values nearest to each centre; a centre that is nobody's stays where it is."""
    totals = [0.0] * len(centres)
    counts = [0] * len(centres)
    for x in values:
        index = nearest(centres, x)
        totals[index] = totals[index] + x
        counts[index] += 1
    means = zip(totals, counts, centres, strict=True)
    return [(total / count) if count else centre for total, count, centre in means]


def nearest(centres: Sequence[float], x: float) -> int:
    """Return the index of the centre nearest to ``x``, of several the lowest."""
    best = 0
    for index, centre in enumerate(centres):
        if abs(x - centre) < abs(x - centres[best]):
            best = index
    return best


def is_settled(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether no centre moved by more than 1e-6 + 1e-4 of what it was."""
    return all(abs(new - old) <= (1e-6 + (1e-4 * abs(old))) for old, new in zip(before, after, strict=True))


def vol_cluster(features: Sequence[float], window: int, k: int, log: bool) -> list[float]:
    """Return the cluster of each value among those of its window (I-16, Q-I16).

    Parameters
    ----------
    features : sequence of float
        A volatility per row.
    window : int
        Rows that are looked at, the row itself among them.
    k : int
        Clusters, 1 … 5.
    log : bool
        Whether the logarithms of the positive values are clustered.

    Returns
    -------
    list of float
        0 low, 1 mid, 2 high, 3 very_high, 4 extreme; NaN before row ``window`` − 1 and where the row's own value is
        not valid.
    """
    kernel = VolCluster(window, k, log)
    return [kernel.step(feature) for feature in features]
