"""What one side makes of a kept case, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import pyarrow as pa

from omega.compare.compare import table_value
from omega.compare.outcome import Failure
from omega.compare.values import decimal_text, time_text
from omega.contract.protocols import ExecutionSimulator, RunOutput
from omega_parity.drive.components import factories
from omega_parity.drive.fields import event_text
from omega_parity.drive.observe import capture, observe
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.generate.steps import Step


def side_text(case: Case, steps: Sequence[Step] | None, sides: Sides, chosen: str) -> str:
    """Run a kept case on the ``reference`` or the other side and show everything that it gave."""
    side = sides[0] if chosen == "reference" else sides[1]
    if steps is not None:
        make = factories("execution_simulator")[0 if chosen == "reference" else 1]
        return f"{side.label}:\n" + "\n".join(_step_lines(case, steps, make(case.config)))
    outcome = observe(side, case.bars, case.signals, case.config, detail=case.detail).outcome
    if isinstance(outcome, Failure):
        return f"{side.label}: {outcome}"
    return f"{side.label}:\n" + "\n".join(_output_lines(outcome))


def _step_lines(case: Case, steps: Sequence[Step], simulator: ExecutionSimulator) -> Iterator[str]:
    """What each call returns, and the state after it."""
    for number, step in enumerate(steps):
        bars, signals = step.rows(case)
        call = partial(simulator.evaluate_exits, bars)
        outcome = capture(call if signals is None else partial(simulator.process_signals, bars, signals))
        yield f"  operation {number}, {step}" + (f": {outcome}" if isinstance(outcome, Failure) else "")
        yield from () if isinstance(outcome, Failure) else (f"  {line}" for line in _event_lines(outcome))
        state = f"cash {simulator.cash!r}, equity {simulator.equity!r}, hash {decimal_text(simulator.state_hash)}"
        yield f"    {state}, {simulator.positions().num_rows} positions"


def _event_lines(events: pa.Table) -> list[str]:
    # As integers: a time of Python's would need a zone, and a system's data base of them.
    times = events.column("timestamp").cast(pa.int64()).to_pylist()
    rows = events.drop_columns(["timestamp"]).to_pylist()
    lines = zip(times, rows, strict=True)
    return [f"  {row['seq']} {time_text(time).replace('T', ' ')} {event_text(row)}" for time, row in lines]


def _output_lines(output: RunOutput) -> list[str]:
    digest = table_value(pa.table({"digest": output.chain}), "digest", len(output.chain) - 1)
    metrics = ", ".join(f"{name} {decimal_text(value)}" for name, value in output.metrics.items())
    return [
        *_event_lines(output.events),
        *_row_lines("trade", output.trades),
        *_row_lines("left", output.positions),
        f"  metrics: {metrics}",
        f"  digest {decimal_text(digest)}",
    ]


def _row_lines(what: str, table: pa.Table) -> Iterator[str]:
    """Every field that is set, row by row."""
    for row in range(table.num_rows):
        values = {name: table_value(table, name, row) for name in table.column_names}
        fields = ", ".join(f"{name} {decimal_text(value)}" for name, value in values.items() if value is not None)
        yield f"  {what}: {fields}"
