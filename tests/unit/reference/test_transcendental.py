from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, getcontext
from random import Random

import pytest

from omega_reference.transcendental import exp, from_bits, ln, log10, power_of_two, scale

getcontext().prec = 40
INFINITE = 0x7FF0_0000_0000_0000
"""Bits of ∞; those of the finite doubles above 0 are the numbers from 1 on below it."""

Function = Callable[[float], float]


def is_within_an_ulp(found: float, exact: Decimal) -> bool:
    nearest = float(exact)
    return found in (nearest, math.nextafter(nearest, math.inf), math.nextafter(nearest, -math.inf))


def arguments(count: int) -> list[float]:
    """Draw from all doubles above 0, from those near 1 and from those between a half and two, and add the edges."""
    random = Random(4)
    drawn = [from_bits(random.randrange(1, INFINITE)) for _ in range(count)]
    drawn += [1.0 + random.uniform(-1.0, 1.0) * 10.0 ** -random.randrange(1, 16) for _ in range(count)]
    drawn += [random.uniform(0.5, 2.0) for _ in range(count)]
    edges = [5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308, 1.0, math.sqrt(0.5)]
    beside = [math.nextafter(edge, side) for edge in edges for side in (0.0, math.inf)]
    return drawn + edges + [x for x in beside if 0.0 < x < math.inf]


@pytest.mark.rule("N-4")
@pytest.mark.parametrize(("found", "exact"), [(ln, Decimal.ln), (log10, Decimal.log10)])
def test_logarithms_are_within_an_ulp_of_decimal(found: Function, exact: Callable[[Decimal], Decimal]) -> None:
    wrong = [x for x in arguments(3_000) if not is_within_an_ulp(found(x), exact(Decimal(x)))]
    assert wrong == []


@pytest.mark.rule("N-4")
def test_exp_is_within_an_ulp_of_decimal() -> None:
    random = Random(5)
    drawn = [random.uniform(-745.13, 709.78) for _ in range(3_000)]
    drawn += [random.uniform(-1.0, 1.0) * 10.0 ** -random.randrange(20) for _ in range(3_000)]
    drawn += [0.0, -0.0, 0.34657359027997264, 1.0397207708399179, -708.3964185322641, -708.4, -745.1332191019411]
    assert [x for x in drawn if not is_within_an_ulp(exp(x), Decimal(x).exp())] == []


@pytest.mark.rule("Q-N4")
def test_the_ends_of_what_a_double_holds() -> None:
    assert (ln(0.0), ln(-0.0), log10(0.0)) == (-math.inf, -math.inf, -math.inf)
    assert (ln(math.inf), log10(math.inf), exp(math.inf), exp(-math.inf)) == (math.inf, math.inf, math.inf, 0.0)
    assert all(math.isnan(x) for x in (ln(-1.0), log10(-5e-324), ln(math.nan), log10(math.nan), exp(math.nan)))
    most, least = 709.782712893384, -745.1332191019411
    assert exp(most) < math.inf == exp(math.nextafter(most, math.inf))
    assert exp(least) > 0.0 == exp(math.nextafter(least, -math.inf))


@pytest.mark.rule("N-4")
def test_what_is_known_exactly() -> None:
    assert (ln(1.0), log10(1.0), exp(0.0)) == (0.0, 0.0, 1.0)
    assert [log10(10.0**k) for k in range(23)] == list(map(float, range(23)))
    assert (ln(2.0), ln(10.0), log10(2.0)) == (0.6931471805599453, 2.302585092994046, 0.3010299956639812)


@pytest.mark.rule("Q-N4")
def test_powers_of_two_reach_the_subnormal_numbers() -> None:
    assert (power_of_two(-1022), power_of_two(0), power_of_two(1023)) == (2.0**-1022, 1.0, 2.0**1023)
    assert (scale(1.0, -1074), scale(0.75, 1024), scale(1.5, 3)) == (5e-324, 0.75 * 2.0**1023 * 2.0, 12.0)
