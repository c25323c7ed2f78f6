"""Detail bars: runs that look inside of their bars, and bars that are their own detail (E-22)."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Final, cast

from omega.contract.protocols import DetailBars, Engine, RunOutput
from omega.contract.types import Timeframe
from omega_parity.drive.answers import answers, compare_answers
from omega_parity.drive.components import native_factory, reference_factory
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.detail import detail_base, sample_detail

_RUNS: Final = 160
_LEAST_RUNS: Final = 8
_SAME: Final = 40
_LEAST_SAME: Final = 4


@check("detail bars", "execution_simulator")
def detailed_runs(bench: Bench) -> None:
    """Generated runs with detail bars, sound and broken."""
    seen: Counter[str] = Counter()
    for case in sample_detail(bench.extent.few(_RUNS, _LEAST_RUNS), bench.extent.seed or 0):
        reference = answers(case.calls, reference_factory)
        bench.settle(compare_answers(reference, answers(case.calls, native_factory)), case.name)
        run = reference[0][1]
        if isinstance(run, RunOutput):
            seen.update(map(str, run.trades.column("reason").to_pylist()))
            seen.update(map(str, run.events.column("kind").to_pylist()))
            inside = run.trades.column("trigger_time").to_pylist(), run.trades.column("exit_time").to_pylist()
            seen["inside"] += sum(entered != left for entered, left in zip(*inside, strict=True))
    wanted = ("take_profit", "stop_loss", "trailing_stop", "expired", "modified", "inside")
    bench.require(all(seen[what] for what in wanted), f"nothing shows {wanted}: {dict(seen)}")


@check("detail bars", "execution_simulator")
def bars_as_their_own_detail(bench: Bench) -> None:
    """Bars that are taken for bars of M1 under themselves change no bit of a run."""
    for index in range(bench.extent.few(_SAME, _LEAST_SAME)):
        case = detail_base(bench.extent.seed or 0, 1001 + 16 * index)
        detail = DetailBars(bars=case.bars, timeframe=Timeframe.M1.value)
        for side in bench.sides:
            plain = partial(cast("Engine", side.engine).run, case.bars, case.signals, case.config)
            bench.agree(plain, partial(plain, detail=detail), about=f"{case.name}, {side.label}")
