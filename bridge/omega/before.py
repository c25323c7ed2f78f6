"""What a run over bars needs before it begins: read, resolved, decided, and refused where it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from omega.boundary.guard import plain_value
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import EngineConfig
from omega.data.bars import Bars
from omega.data.signals import signal_table
from omega.data.ticks import Ticks
from omega.data.times import microseconds
from omega.flags.plan import Plan
from omega.flags.registry import ENGINE_COMPONENTS
from omega.higher import higher_of_run
from omega.reading import READER, bars_of_run, detail_of_run
from omega.serve.planning import plan_run
from omega.serve.tasks import Own
from omega.settings.load import ConfigSource, flags_of, load_config
from omega.settings.model import Config
from omega.settings.resolve import resolve
from omega.settings.strategies import OwnStrategySection
from omega.strategy.base import Strategy
from omega.strategy.loading import load_strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All that a run over bars needs: what was read, resolved and decided before it.

    Attributes
    ----------
    bars, window : Bars
        All that were read, and those that run.
    own : Own or None
        The strategy of the user's own; without it and without ``signals`` the configuration's runs.
    """

    settings: Config
    rules: EngineConfig
    bars: Bars
    window: Bars
    detail: Bars | None
    signals: pa.Table | None
    own: Own | None
    plan: Plan


def prepare(
    config: ConfigSource,
    bars: Bars | object | None,
    signals: object | None,
    strategy: Strategy | None,
    higher: Mapping[str, object] | None,
    detail: Bars | object | None,
    backend: str | None,
) -> Prepared:
    """Read, resolve and decide what a run over bars needs; parameters and errors are those of :func:`run`."""
    settings = load_config(config)
    is_read = isinstance(bars, Bars) and (detail is None or isinstance(detail, Bars))
    is_read = is_read and not (higher or settings.higher_timeframes)
    components = ENGINE_COMPONENTS if is_read else (*ENGINE_COMPONENTS, READER)
    plan = plan_run(components, backend=backend, configuration=flags_of(settings))
    loaded = bars_of_run(settings, bars, plan)
    inside = None if detail is None else detail_of_run(settings, detail, plan)
    rules = resolve(settings, symbol=loaded.symbol, timeframe=loaded.timeframe)
    own = own_strategy(settings, strategy) if signals is None else None
    if signals is None:
        rules = replace(rules, higher_bars=higher_of_run(settings, higher, rules, plan))
    table = None if signals is None else signal_table(signals)
    refuse_early_end(settings, loaded, "bar")
    window = loaded.window(
        start=rules.start,
        end=None if settings.end is None else microseconds(settings.end),
        warmup_bars=settings.warmup_bars,
    )
    _refuse_other_symbol(inside, rules)
    return Prepared(
        settings=settings,
        rules=rules,
        bars=loaded,
        window=window,
        detail=inside,
        signals=table,
        own=own,
        plan=plan,
    )


def own_strategy(config: Config, given: Strategy | None) -> Own | None:
    """Return the strategy of the user's own that runs: the one given, or the class that the configuration names.

    Raises
    ------
    OmegaError
        1001 where both are there, 1004 for what is no :class:`omega.Strategy`, or as
        :func:`omega.strategy.loading.load_strategy`.
    """
    section = config.strategy
    if given is None:
        if not isinstance(section, OwnStrategySection):
            return None
        loaded = load_strategy(section.module, section.class_name, section.parameters)
        return Own(loaded, section.magic_number)
    if section is not None:
        message = "strategy= stands in place of the configuration's strategy; leave one of both out"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="A-1", column="strategy")
    if not isinstance(given, Strategy):
        message = "strategy must be an instance of a subclass of omega.Strategy"
        value = f"the class {given.__name__}: call it" if isinstance(given, type) else plain_value(given)
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="A-1", column="strategy", value=value)
    return Own(given, 0)


def refuse_early_end(config: Config, bars: Bars | Ticks, what: str) -> None:
    """Refuse an end that leaves nothing (G-4)."""
    if config.end is not None and len(bars) and microseconds(config.end) <= bars.times[0]:
        message = f"no {what} before end: it is not later than the first {what}; choose a later end"
        raise omega_error(ErrorCode.EMPTY_INPUT, message, rule="G-4", column="end", value=config.end.isoformat())


def _refuse_other_symbol(detail: Bars | None, config: EngineConfig) -> None:
    """Refuse detail bars of another symbol than the run's (Q-E22c)."""
    if detail is not None and detail.symbol not in (None, config.symbol):
        message = f"the detail bars are of {detail.symbol!r}, not {config.symbol!r}"
        code, rule = ErrorCode.CONSTRAINT_VIOLATION, "T-2"
        raise omega_error(code, message, rule=rule, column="detail.symbol", row=0, value=detail.symbol)
