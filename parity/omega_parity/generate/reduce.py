"""Make a failing case as small as it can be while it still fails: fewer bars, fewer signals, plainer settings.

It works on the explicit data, whoever made them: Hypothesis, a seed, or real bars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from omega.contract.schemas import SIGNALS
from omega.contract.types import EngineConfig
from omega_parity.generate.cases import PLAIN, Case
from omega_parity.generate.ranges import record_scales
from omega_parity.generate.worlds import WORLDS

_T = TypeVar("_T")

Fails = Callable[[Case], bool]

MAX_ATTEMPTS: Final = 1_500
"""Runs of both sides that a reduction may cost."""

_PLAIN: Final = {
    name: getattr(PLAIN, name)
    for name in (
        *("start", "account_currency", "initial_balance", "risk_per_trade", "risk_fraction", "max_positions", "seed"),
        *(
            "pip_buffer_factor",
            "close_at_end",
            "on_ruin",
            "margin_leverage",
            "margin_stop_out",
            "market_fill",
            "signal_time",
            "below_min",
            "sizing_mode",
            "commission",
            "swap",
            "slippage_fixed_pips",
            "slippage_random_pips",
        ),
        *("fee_per_million", "fee_min"),
        *("intrabar_stop_entry", "intrabar_limit_entry", "intrabar_open_position"),
    )
}
"""Settings a person need not think about."""


class _Budget:
    """Asks whether a case still fails, as often as the budget allows; afterwards nothing fails any more."""

    def __init__(self, fails: Fails, attempts: int) -> None:
        self._fails = fails
        self._left = attempts

    def fails(self, case: Case) -> bool:
        if self._left == 0:
            return False
        self._left -= 1
        return self._fails(case)


def reduce_case(case: Case, fails: Fails, *, attempts: int = MAX_ATTEMPTS, last: int | None = None) -> Case:
    """Return the smallest case found for which ``fails`` still holds; ``case`` itself must fail.

    Parameters
    ----------
    fails : callable
        Deterministic; a case that is no longer valid must not count as failing.
    attempts : int
        Calls of ``fails`` at most.
    last : int, optional
        Row of the bar that is known to differ first; without it, it is searched for.
    """
    budget = _Budget(fails, attempts)
    cut = case if last is None else replace(case, bars=case.bars.slice(0, last + 1).combine_chunks())
    case = cut if last is not None and budget.fails(cut) else _shorter(case, budget)
    case = _latest(case, budget)
    before = None
    while before is None or _size(case) < before:
        before = _size(case)
        case = _shorter(case, budget)
        case = _with_rows(case, "signals", budget)
        case = _with_rows(case, "bars", budget)
        case = _plainer(case, budget)
    return _without_fields(case, budget)


def plain_case(case: Case, fails: Fails, *, attempts: int = MAX_ATTEMPTS) -> Case:
    """Return the case with the plainest settings and fewest fields set for which ``fails`` still holds; no row goes."""
    budget = _Budget(fails, attempts)
    return _without_fields(_plainer(case, budget), budget)


def reduce_steps(steps: Sequence[_T], fails: Callable[[Sequence[_T]], bool]) -> list[_T]:
    """Leave out as many steps as possible while ``fails`` still holds, large pieces first."""
    kept = list(steps)
    size = len(kept)
    while size:
        start = 0
        while start < len(kept):
            rest = kept[:start] + kept[start + size :]
            if fails(rest):
                kept = rest
            else:
                start += size
        size //= 2
    return kept


def _size(case: Case) -> tuple[int, int, int]:
    odd = sum(getattr(case.config, name) != value for name, value in _PLAIN.items())
    return case.bars.num_rows, 0 if case.signals is None else case.signals.num_rows, odd


def _shorter(case: Case, budget: _Budget) -> Case:
    """Cut bars off the end, by halving: a difference shows at some bar, and needs none after it."""
    passing, failing = 0, case.bars.num_rows
    while failing - passing > 1:
        middle = (passing + failing) // 2
        if budget.fails(replace(case, bars=case.bars.slice(0, middle))):
            failing = middle
        else:
            passing = middle
    return replace(case, bars=case.bars.slice(0, failing))


def _latest(case: Case, budget: _Budget) -> Case:
    """Keep the last bars and the signals of their time only, twice as many until it fails: a few runs for 30,000."""
    count = 1
    while count < case.bars.num_rows:
        bars = case.bars.slice(case.bars.num_rows - count).combine_chunks()
        signals = case.signals
        if signals is not None:
            first = bars.column("timestamp")[0]
            signals = signals.filter(pc.greater_equal(signals.column("timestamp"), first)).combine_chunks()
        changed = replace(case, bars=bars, signals=signals)
        if budget.fails(changed):
            return changed
        count *= 2
    return case


def _with_rows(case: Case, name: str, budget: _Budget) -> Case:
    """Leave out as many rows of a table as possible, large pieces first."""
    table: pa.Table | None = getattr(case, name)
    if table is None:
        return case
    size = table.num_rows
    while size:
        start = 0
        while start < table.num_rows:
            rest = pa.concat_tables([table.slice(0, start), table.slice(start + size)]).combine_chunks()
            changed = replace(case, **{name: rest})  # type: ignore[arg-type]  # a table for a table
            if (rest.num_rows or name == "signals") and budget.fails(changed):
                case, table = changed, rest
            else:
                start += size
        size //= 2
    return case


def _plainer(case: Case, budget: _Budget) -> Case:
    for name, value in _PLAIN.items():
        if getattr(case.config, name) != value:
            config: EngineConfig = replace(case.config, **{name: value})
            changed = replace(case, config=config)
            if budget.fails(changed):
                case = changed
    return _with_plainer_symbol(_without_draws(case, budget), budget)


def _without_draws(case: Case, budget: _Budget) -> Case:
    """Let fixed slippage stand in for a random one, so that what needs the draws is told from what needs a slippage."""
    config = case.config
    if config.slippage_random_pips == 0.0:
        return case
    fixed = config.slippage_fixed_pips or config.slippage_random_pips
    changed = replace(case, config=replace(config, slippage_fixed_pips=fixed, slippage_random_pips=0.0))
    return changed if budget.fails(changed) else case


def _with_plainer_symbol(case: Case, budget: _Budget) -> Case:
    """Bring the numbers of the specification back to those of the plainest symbol, one by one."""
    plain = WORLDS[0].instrument
    for name in record_scales("Instrument"):
        spec = case.config.instrument
        if spec is not None and getattr(spec, name) != getattr(plain, name):
            changes: dict[str, Any] = {name: getattr(plain, name)}
            changed = replace(case, config=replace(case.config, instrument=replace(spec, **changes)))
            if budget.fails(changed):
                case = changed
    return case


def _without_fields(case: Case, budget: _Budget) -> Case:
    """Unset what the signals need not say."""
    if case.signals is None:
        return case
    for row, name in _set_fields(case.signals):
        column = case.signals.column(name).to_pylist()
        column[row] = None
        index = case.signals.schema.get_field_index(name)
        field = SIGNALS.field(name)
        changed = replace(case, signals=case.signals.set_column(index, field, pa.array(column, field.type)))
        if budget.fails(changed):
            case = changed
    return case


def _set_fields(signals: pa.Table) -> Iterator[tuple[int, str]]:
    names = [field.name for field in SIGNALS if field.nullable]
    for name in names:
        for row, value in enumerate(signals.column(name).to_pylist()):
            if value is not None:
                yield row, name
