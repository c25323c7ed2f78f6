from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from omega_reference.bars.columns import window
from omega_reference.data import bars_from_table, read_bars

MakeTable = Callable[..., pa.Table]
MINUTE_US = 60_000_000


def test_chunks_and_slices_read_like_the_whole(make_bars: MakeTable) -> None:
    table = make_bars([(100.0 + row, 101.0 + row, 99.0 + row, 100.5 + row) for row in range(6)])
    parts = pa.concat_tables([table.slice(0, 2), table.slice(2, 0), table.slice(2)])
    assert bars_from_table(parts, MINUTE_US) == bars_from_table(table, MINUTE_US)
    assert read_bars(table.slice(2, 2)).bid_close == [102.5, 103.5]
    assert window(read_bars(table), 2, 2) == read_bars(table.slice(2, 2))
