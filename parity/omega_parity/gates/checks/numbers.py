"""Rounding and random numbers, against Python and NumPy and each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega_parity.gates.checks.bench import Bench, check

_DIGITS: Final = (0, 1, 2, 3, 5, 5, 5, 8, 12, 15)
_OF_A_KIND: Final = 200_000
_LEAST_OF_A_KIND: Final = 2_000
_DRAWS: Final = 2_000
_ARGUMENTS: Final = 25_000
_LEAST_ARGUMENTS: Final = 1_000
FUNCTIONS: Final = ("ln", "log10", "exp")
_TOP: Final = 2**64 - 1


def _tricky_values(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    """Prices, exact ties and their neighbours, and arbitrary bit patterns, n of each kind."""
    prices = rng.integers(50_000, 20_000_000, n) / 100_000.0 + rng.random(n) * 1e-5
    halves = (rng.integers(-(2**40), 2**40, n) * 2 + 1) / 2.0 ** rng.integers(1, 12, n)
    beside = np.nextafter((rng.integers(-(10**9), 10**9, n) + 0.5) / 10.0 ** rng.integers(0, 9, n), math.inf)
    decimal_ties = (rng.integers(-(10**9), 10**9, n) + 0.5) / 10.0 ** rng.integers(0, 9, n)
    anything = rng.integers(-(2**63), 2**63 - 1, n).view(np.float64)
    return np.concatenate([prices, halves, beside, decimal_ties, anything])


@check("numbers", "execution_simulator")
def rounded_values(bench: Bench) -> None:
    """Ten million values, of which Rust is asked for all and the reference for every fiftieth."""
    import omega_rust

    from omega_reference.numbers import quantize

    rng = np.random.Generator(np.random.Philox(5))
    n = bench.extent.few(_OF_A_KIND, _LEAST_OF_A_KIND)
    for digits in _DIGITS:
        values = _tricky_values(rng, n)
        expected = np.array([round(value, digits) for value in values.tolist()])
        stream, expectation = (pa.chunked_array([column]).__arrow_c_stream__() for column in (values, expected))
        mismatches = partial(omega_rust.quantize_mismatches, stream, digits, expectation)
        bench.agree(lambda: 0, mismatches, about=f"{digits} digits")
        few = values[::50].tolist()
        bench.agree(
            partial(list, expected[::50].tolist()),
            partial(_each, quantize, few, digits),
            about=f"{digits} digits, reference",
        )
        bench.count(len(values))


def _each(function: Callable[[float, int], float], values: list[float], digits: int) -> list[float]:
    return [function(value, digits) for value in values]


@check("numbers", "slippage_fee")
def random_numbers(bench: Bench) -> None:
    """Philox of both sides against NumPy's."""
    import omega_rust

    from omega_reference.rng import philox

    rng = np.random.Generator(np.random.Philox(6))
    draws = [
        tuple(int(word) for word in rng.integers(0, _TOP, 6, dtype=np.uint64, endpoint=True))
        for _ in range(bench.extent.few(_DRAWS))
    ]
    for words in [*product((0, 1, _TOP, 2**63), repeat=3), *draws]:
        padded = (*words, 0, 0, 0)
        key, counter = (padded[0], padded[1]), (padded[2], padded[3], padded[4], padded[5])
        for candidate in (philox, omega_rust.philox):
            bench.agree(partial(_numpy_block, key, counter), partial(candidate, key, counter), about=words)


def _numpy_block(key: tuple[int, ...], counter: tuple[int, ...]) -> dict[str, object]:
    """NumPy increments before its first block, so it is given counter − 1."""
    whole = (sum(word << (64 * place) for place, word in enumerate(counter)) - 1) % 2**256
    words = [(whole >> (64 * place)) & _TOP for place in range(4)]
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(words, np.uint64))
    return {"value": tuple(int(word) for word in generator.random_raw(4))}


@check("numbers", "indicator_cache", FUNCTIONS, rules=("N-4",))
def transcendental_functions(bench: Bench, name: str) -> None:
    """ln, log10 and exp of both sides: any bits, near 1, of a price's change, and within what exp can hold."""
    import omega_rust

    from omega_reference import transcendental

    rng = np.random.Generator(np.random.Philox(7))
    n = bench.extent.few(_ARGUMENTS, _LEAST_ARGUMENTS)
    anything = rng.integers(-(2**63), 2**63 - 1, n).view(np.float64)
    near_one = 1.0 + rng.uniform(-1.0, 1.0, n) * 10.0 ** -rng.integers(1, 16, n)
    within = rng.uniform(-750.0, 715.0, n)
    edges = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 2.0**-1022, math.sqrt(0.5), 709.782712893384]
    values = np.concatenate([anything, near_one, within, rng.uniform(0.25, 4.0, n), edges]).tolist()
    kernel: Callable[[float], float] = getattr(transcendental, name)
    bench.agree(
        lambda: [kernel(value) for value in values], partial(omega_rust.transcendental, name, values), about=name
    )
    bench.count(len(values))
