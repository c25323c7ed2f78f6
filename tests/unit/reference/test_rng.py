from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import xxhash

from omega_reference.rng import Words, philox, symbol_id, uniform, unit

ALL_ONES = 2**64 - 1


def numpy_philox(key: tuple[int, int], counter: Words) -> list[int]:
    """NumPy increments its counter before the first block, so it is given the one before."""
    whole = (sum(word << (64 * i) for i, word in enumerate(counter)) - 1) % 2**256
    words = [(whole >> (64 * i)) & ALL_ONES for i in range(4)]
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(words, np.uint64))
    return [int(word) for word in generator.random_raw(4)]


@pytest.mark.rule("N-6")
@pytest.mark.parametrize("key", [(0, 0), (7, 0), (ALL_ONES, 0), (1, ALL_ONES)])
@pytest.mark.parametrize(
    "counter", [(0, 0, 0, 0), (1, 2, 3, 4), (ALL_ONES,) * 4, (1_704_067_200_000_000, ALL_ONES - 4, 5 << 32, 1)]
)
def test_philox_is_numpys_at_the_counter_before(key: tuple[int, int], counter: Words) -> None:
    assert list(philox(key, counter)) == numpy_philox(key, counter)


@pytest.mark.rule("Q-N6")
def test_uniform_is_the_first_word_of_the_fills_own_block() -> None:
    symbol = symbol_id("EURUSD")
    for direction, order_type in product(range(2), range(3)):
        last = 1 + 2**32 * (direction + 2 * order_type)
        word = numpy_philox((3, 0), (17, (-2) % 2**64, 4 + (symbol << 32), last))[0]
        assert uniform(3, 17, -2, 4, symbol, 1, direction, order_type) == (word >> 11) * 2.0**-53


@pytest.mark.rule("N-6")
def test_symbol_id_is_the_low_half_of_xxh3() -> None:
    assert symbol_id("EURUSD") == xxhash.xxh3_64(b"EURUSD").intdigest() % 2**32


@pytest.mark.rule("Q-N6")
def test_unit_spans_zero_to_just_under_one() -> None:
    assert unit(0) == 0.0
    assert unit(ALL_ONES) == 1.0 - 2.0**-53
