"""The digests of both sides against those of words packed from the contract's layout (H-1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from . import cases
from .cases import Input
from .chain import PRESENCE, chain_of
from .comparing import rows_of
from .small import flat, small_run

BACKENDS = ("python", "rust")


@pytest.mark.rule("H-1", "Q-H1")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("runs", [cases.golden, lambda: cases.generated(60)], ids=["golden", "generated"])
def test_digests_are_those_of_the_layout(runs: Callable[[], Iterator[Input]], backend: str) -> None:
    bars, seen = 0, set()
    for run in runs():
        result = run.result(backend)
        expected = chain_of(result)
        found = [row.tobytes() for row in result.state_chain]
        first = next((bar for bar, pair in enumerate(zip(found, expected, strict=True)) if pair[0] != pair[1]), None)
        assert first is None, f"{run.name}: bar {first}"
        bars += len(found)
        seen |= {name for row in rows_of(result.events) for name in PRESENCE if row[name] is not None}
    assert bars > 1_000
    assert seen == set(PRESENCE)


@pytest.mark.rule("H-1", "Q-H1", "T-9")
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_signal_of_another_symbol_and_without_anything(backend: str) -> None:
    """What is not set is 0 and its bit 0: two signals that differ in a 0.0 and a null differ in their digests."""
    last = []
    for size in (None, 0.0):
        run = small_run([flat(1.1)], [{"bar": 0, "symbol": "GBPUSD", "direction": None, "size": size}])
        result = run.result(backend)
        assert [row.tobytes() for row in result.state_chain] == chain_of(result)
        last.append(result.last_state_hash)
    assert last[0] != last[1]
