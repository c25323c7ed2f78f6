"""Whole runs of the corpus, and its files: one block a case, its inputs and what the reference makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from mutants.corpus.calls import call_blocks
from mutants.corpus.lines import INPUTS, config_lines, failure_lines, rows, word
from omega.compare.outcome import Failure
from omega.contract.protocols import RunOutput
from omega.contract.schemas import BARS
from omega.contract.types import EngineConfig
from omega.data.writing import make_folder, write_files
from omega_parity.drive.observe import observe
from omega_parity.drive.sides import reference_side
from omega_parity.generate.cases import Case
from omega_parity.generate.sequences import sample_cases
from omega_parity.golden.case import golden_cases
from omega_parity.golden.kept import kept_cases
from omega_parity.selftest.probe.examples import bad_inputs

SEED: Final = 31_337

_SEARCHED: Final = 600
_GENERATED_BYTES: Final = 1_100_000
_LARGE_BYTES: Final = 18_000
"""Signal runs above it are left out: many short ones show more than a few long ones."""
_EVENTS: Final = (
    *("timestamp", "known_at", "kind", "order_id", "direction", "order_type", "price", "size", "stop_loss"),
    *("take_profit", "result", "fee", "reason", "error_code"),
)
_ORDER: Final = ("order_id", "magic_number", "direction", "order_type", "entry_time", "trigger_time")
_LEVELS: Final = (
    *("entry_price", "order_price", "signal_price", "initial_stop_loss", "initial_take_profit", "stop_loss"),
    *("take_profit", "size", "risk_per_trade"),
)
_TRADES: Final = (
    *_ORDER,
    *_LEVELS,
    *("exit_time", "known_at", "exit_price", "result", "net_result", "r_multiple", "entry_fee", "exit_fee", "swap"),
    *("stop_kind", "reason", "signal_row"),
)
_POSITIONS: Final = (
    *_ORDER,
    *_LEVELS,
    *("status", "entry_fee", "swap", "expires_at", "max_holding", "trailing_distance", "trailing_step"),
    *("break_even_at_r", "break_even_offset", "stop_kind", "signal_row"),
)
_EQUITY: Final = ("timestamp", "known_at", "cash", "equity")


def corpus_cases() -> Iterator[Case]:
    """Yield golden cases, kept ones, bad input that the core itself refuses, and generated cases while there is room.

    Of the strategy's runs, which are long, one of each kind.
    """
    yield from golden_cases()
    yield from kept_cases()
    yield from (case for case in bad_inputs() if not _has_null(case.signals))
    room = _GENERATED_BYTES
    kinds: set[object] = set()
    for case in sample_cases(_SEARCHED, SEED):
        size = sum(len(line) + 1 for line in case_lines(case))
        kind = _strategy_kind(case.config)
        if kind in kinds or (kind is None and size > _LARGE_BYTES):
            continue
        if kind is not None:
            kinds.add(kind)
        room -= size
        if room < 0:
            return
        yield case


def _strategy_kind(config: EngineConfig) -> object:
    """Tell strategy runs apart by what they show: the directions, and whether stops are defined later than z-scores."""
    if config.strategy is None:
        return None
    parameters = config.strategy.parameters
    return parameters.direction_filter, parameters.atr_length > parameters.window_length


def write_corpus(folder: Path) -> int:
    """Write the corpus into ``folder`` and return how many blocks it has."""
    blocks = [*((case.name, case_lines(case)) for case in corpus_cases()), *call_blocks()]
    parts: dict[str, list[str]] = {}
    for name, lines in blocks:
        parts.setdefault(name.partition("/")[0], []).append("\n".join([f"case {name}", *lines, "end", ""]))
    make_folder(folder)
    for stale in folder.glob("*.txt"):
        stale.unlink()
    write_files(folder, {f"{name}.txt": "".join(texts) for name, texts in sorted(parts.items())})
    return len(blocks)


def case_lines(case: Case) -> list[str]:
    """Write a case and what the reference makes of it."""
    outcome = observe(reference_side(), case.bars, case.signals, case.config).outcome
    lines = list(config_lines(case.config))
    lines += rows("bar", case.bars, BARS.names, is_input=True)
    if case.signals is not None:
        lines.append("signals")
        lines += rows("signal", case.signals, INPUTS, is_input=True)
    lines += failure_lines(outcome) if isinstance(outcome, Failure) else _output_lines(outcome)
    return lines


def _output_lines(output: RunOutput) -> Iterator[str]:
    yield from rows("= event", output.events, _EVENTS)
    yield from rows("= trade", output.trades, _TRADES)
    yield from rows("= position", output.positions, _POSITIONS)
    yield from rows("= point", output.equity.slice(0, 1), _EQUITY)
    digests: list[Any] = output.chain.to_pylist()
    yield from (f"= digest {digest.hex()}" for digest in digests)
    yield " ".join(["= metrics", *(word(value) for value in output.metrics.values())])


def _has_null(signals: pa.Table | None) -> bool:
    """Nulls in required columns are refused at the boundary and never reach the core."""
    return signals is not None and signals.column("signal_type").null_count > 0
