from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
import xxhash

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS
from omega_reference.data import DataHandler

sample_bars = DataHandler().sample_bars

FIVE_MINUTES_US = 300_000_000


def content_hash(table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    for column in table.combine_chunks().columns:
        chunk: Any = column.chunk(0)
        sink.write(chunk.buffers()[1])
    return xxhash.xxh3_128_hexdigest(sink.getvalue())


@pytest.mark.rule("Q-D1")
def test_the_bits_of_the_sample_are_pinned() -> None:
    assert content_hash(sample_bars(3000, 7)) == "a9002a7be1cf6cc933696fe2e6f96ada"


@pytest.mark.rule("Q-D1")
def test_the_sample_is_valid_and_starts_on_monday() -> None:
    table = sample_bars(3000, 7)
    findings = DataHandler().check_bars(table, FIVE_MINUTES_US)
    assert table.schema == BARS
    assert table["timestamp"][0].value == 1_578_268_800_000_000
    assert (findings.crossed_quotes, findings.zero_spread, findings.weekend_bars) == (0, 0, 0)
    assert findings.gaps == 2


@pytest.mark.rule("Q-D1")
def test_a_shorter_sample_is_the_beginning_of_a_longer_one() -> None:
    assert sample_bars(10, 3).equals(sample_bars(50, 3).slice(0, 10))
    assert not sample_bars(10, 3).equals(sample_bars(10, 4))


@pytest.mark.rule("Q-D1")
@pytest.mark.parametrize(
    ("n", "seed", "column"), [(0, 1, "n"), (10_000_001, 1, "n"), (1, -1, "seed"), (1, 2**64, "seed"), (0, -1, "n")]
)
def test_counts_and_seeds_out_of_range_are_refused(n: int, seed: int, column: str) -> None:
    with pytest.raises(OmegaError) as caught:
        sample_bars(n, seed)
    assert (caught.value.code, caught.value.column) == (ErrorCode.OUT_OF_BOUNDS, column)
