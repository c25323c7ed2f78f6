"""Calls of single components with what the reference answers: the part of the corpus that whole runs do not reach.

A block has a state (configuration, bars, signals, two sides) that its lines build up; ``put`` changes a cell, ``undo``
takes all changes back, ``call`` is followed by the lines of its answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from mutants.corpus.bars import bar_calls, finding_calls, lonely_bar_calls, pair_calls, sample_calls
from mutants.corpus.costs import cost_blocks, quantize_calls
from mutants.corpus.indicators import flat_indicator_calls, indicator_calls, refused_indicator_calls
from mutants.corpus.joins import join_blocks
from mutants.corpus.signals import signal_calls


def call_blocks() -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the lines of each block."""
    yield from cost_blocks()
    yield "calls/quantize", list(quantize_calls())
    yield "calls/sample", list(sample_calls())
    yield "calls/indicators", list(indicator_calls())
    yield "calls/flat-indicators", list(flat_indicator_calls())
    yield "calls/refused-indicators", list(refused_indicator_calls())
    yield "calls/bars", list(bar_calls())
    yield "calls/one-bar", list(lonely_bar_calls())
    yield "calls/two-bars", list(pair_calls())
    yield "calls/findings", list(finding_calls())
    yield "calls/signals", list(signal_calls())
    yield from join_blocks()
