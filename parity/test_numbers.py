"""Gate: rounding and random numbers, against Python and NumPy and each other."""

from __future__ import annotations

import math
from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from omega_parity.gates.plugin import Agree


def _tricky_values(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    """Prices, exact ties and their neighbours, and arbitrary bit patterns, n of each kind."""
    prices = rng.integers(50_000, 20_000_000, n) / 100_000.0 + rng.random(n) * 1e-5
    halves = (rng.integers(-(2**40), 2**40, n) * 2 + 1) / 2.0 ** rng.integers(1, 12, n)
    beside = np.nextafter((rng.integers(-(10**9), 10**9, n) + 0.5) / 10.0 ** rng.integers(0, 9, n), math.inf)
    decimal_ties = (rng.integers(-(10**9), 10**9, n) + 0.5) / 10.0 ** rng.integers(0, 9, n)
    anything = rng.integers(-(2**63), 2**63 - 1, n).view(np.float64)
    return np.concatenate([prices, halves, beside, decimal_ties, anything])


@pytest.mark.rule("N-5")
def test_quantize_ten_million_values(agree: Agree) -> None:
    import omega_rust

    from omega_reference.numbers import quantize

    rng = np.random.Generator(np.random.Philox(5))
    counted = 0
    for digits in (0, 1, 2, 3, 5, 5, 5, 8, 12, 15):
        values = _tricky_values(rng, 200_000)
        expected = np.array([round(value, digits) for value in values.tolist()])
        stream, expectation = (pa.chunked_array([column]).__arrow_c_stream__() for column in (values, expected))
        agree(lambda: 0, partial(omega_rust.quantize_mismatches, stream, digits, expectation), about=f"{digits} digits")
        agree(partial(list, expected[::50].tolist()), lambda: [quantize(v, digits) for v in values[::50].tolist()])  # noqa: B023
        counted += len(values)
    assert counted == 10_000_000


@pytest.mark.rule("N-6")
def test_philox_against_numpy_and_each_other(agree: Agree) -> None:
    import omega_rust

    from omega_reference.rng import philox

    rng = np.random.Generator(np.random.Philox(6))
    top = 2**64 - 1
    edges = [0, 1, top, 2**63]
    draws = [tuple(int(word) for word in rng.integers(0, top, 6, dtype=np.uint64, endpoint=True)) for _ in range(2_000)]
    for words in [*product(edges, repeat=3), *draws]:
        padded = (*words, 0, 0, 0)
        key, counter = (padded[0], padded[1]), (padded[2], padded[3], padded[4], padded[5])
        agree(partial(_numpy_block, key, counter), partial(philox, key, counter), about=words)
        agree(partial(_numpy_block, key, counter), partial(omega_rust.philox, key, counter), about=words)


def _numpy_block(key: tuple[int, ...], counter: tuple[int, ...]) -> dict[str, object]:
    """NumPy increments before its first block, so it is given counter − 1."""
    whole = (sum(word << (64 * place) for place, word in enumerate(counter)) - 1) % 2**256
    words = [(whole >> (64 * place)) & (2**64 - 1) for place in range(4)]
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(words, np.uint64))
    return {"value": tuple(int(word) for word in generator.random_raw(4))}
