"""Run both sides again over the first bars of a case only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from omega.compare.outcome import Outcome
from omega_parity.drive.observe import observe
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case


def replay_to(case: Case, sides: Sides, bars: int) -> tuple[Outcome, Outcome]:
    """Run both sides over the bars up to the ``bars``-th of the run; only its real end closes positions."""
    start = case.config.start
    stamps = case.bars.column("timestamp").cast(pa.int64())
    before = 0 if start is None else int(np.count_nonzero(stamps.to_numpy() < start))
    is_whole = before + bars >= case.bars.num_rows
    config = case.config if is_whole else replace(case.config, close_at_end=False)
    part = case.bars.slice(0, before + bars)
    first, second = (observe(side, part, case.signals, config).outcome for side in sides)
    return first, second
