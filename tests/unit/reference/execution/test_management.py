"""Timeouts by hand (E-12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.protocols import RunOutput

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)
MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000


def flat_at(price: float) -> Quote:
    return (price, price, price, price)


@pytest.mark.rule("E-11", "E-12")
def test_a_timeout_closes_at_the_close_after_max_holding(run: Run) -> None:
    signal = {"max_holding": 2 * MINUTE_US}
    output, events = run([FLAT, FLAT, flat_at(103.0), FLAT], [signal], slippage_fixed_pips=1.0, fee_per_million=1000.0)
    assert (events[-1]["reason"], events[-1]["price"], events[-1]["fee"]) == ("timeout", 102.0, 0.25 * 10 * 4 * 0.102)
    assert output.trades["exit_time"].cast(pa.int64()).to_pylist() == [START_US + 2 * MINUTE_US]
