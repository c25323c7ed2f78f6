"""Volatility of returns by GARCH(1, 1) with given weights (I-12)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from omega_reference.numbers import NAN, maximum, ratio
from omega_reference.transcendental import ln

_LEAST_VARIANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class GarchTerms:
    """Parameters of :func:`garch_volatility`.

    Attributes
    ----------
    alpha, beta : float
        Weights of the last squared shock and of the last variance, ≥ 0; nothing is defined where they add up to 1.
    omega : float or None
        Constant term ≥ 0 in squared scaled returns; None: 1e-6 · max(1e-6, 1 − α − β).
    log_returns : bool
        ln(x / x₁) instead of x / x₁ − 1.
    scale : float
        What returns are multiplied by, > 0, and volatility is divided by.
    min_periods : int
        Rows after the first return that are still NaN, ≥ 0.
    floor : float
        Least scaled volatility, ≥ 0.
    """

    alpha: float
    beta: float
    omega: float | None
    log_returns: bool
    scale: float
    min_periods: int
    floor: float


class GarchVolatility:
    """One row of :func:`garch_volatility` after the other."""

    def __init__(self, terms: GarchTerms) -> None:
        self._terms = terms
        self._is_defined = not (terms.alpha + terms.beta) >= 1.0
        self._omega = constant_term(terms)
        self._least = terms.floor * terms.floor
        self._before = NAN
        self._mean = NAN
        self._shock = NAN
        self._variance = NAN
        self._waited = 0

    def step(self, x: float) -> float:
        """Return the volatility after ``x``; a return from or to a NaN leaves it as it was."""
        change = self._terms.scale * simple_return(self._before, x, self._terms.log_returns)
        self._before = x
        if self._mean == self._mean:
            self._waited += 1
        if change == change:
            self._advance(change)
        if not self._is_defined or self._waited < self._terms.min_periods or self._mean != self._mean:
            return NAN
        return math.sqrt(self._variance) / self._terms.scale

    def _advance(self, change: float) -> None:
        if self._mean != self._mean:
            self._mean = change
            self._variance = maximum(_LEAST_VARIANCE, self._least)
        else:
            e = self._shock
            news = self._omega + (self._terms.alpha * (e * e))
            self._variance = maximum(news + (self._terms.beta * self._variance), self._least)
        self._shock = change - self._mean


def constant_term(terms: GarchTerms) -> float:
    """Return ω, or what it is where it is not given (Q-I12)."""
    if terms.omega is not None:
        return terms.omega
    return 1e-6 * maximum(1e-6, (1.0 - terms.alpha) - terms.beta)


def simple_return(before: float, x: float, log_returns: bool) -> float:
    """Return the logarithm of x / before, or x / before − 1 (Q-I12)."""
    change = ratio(x, before)
    return ln(change) if log_returns else change - 1.0


def garch_volatility(values: Sequence[float], terms: GarchTerms) -> list[float]:
    """Return the volatility per row as a share of the price (I-12, Q-I12).

    NaN before the first return and in the ``min_periods`` rows from it on; all NaN where α + β ≥ 1.
    """
    kernel = GarchVolatility(terms)
    return [kernel.step(x) for x in values]
