"""The runs: signals over bars, a strategy over bars, an indicator over bars."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeGuard, cast

import numpy as np
import pyarrow as pa
import xxhash

from omega import __version__
from omega.before import Prepared, own_strategy, prepare, refuse_early_end
from omega.boundary.guard import guarded
from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import IndicatorParameter, OnProgress, RunOutput
from omega.contract.types import EngineConfig
from omega.data.bars import Bars
from omega.data.labels import with_texts
from omega.data.signals import signal_table
from omega.data.ticks import NAME as TICK_NAME
from omega.data.ticks import Ticks
from omega.data.times import microseconds
from omega.flags.plan import Choice, Plan
from omega.flags.registry import ENGINE_COMPONENTS
from omega.reading import READER, bars_of_run, read_bars, ticks_of_run
from omega.result import SYMBOLS, DetailFacts, Result, chain_array
from omega.series import Series, compute_once
from omega.serve.control import Settled, settle
from omega.serve.planning import plan_run
from omega.serve.tasks import bars_with_detail, check_for, many_task, run_task, tick_task
from omega.settings.load import ConfigSource, flags_of, load_config
from omega.settings.model import Config
from omega.settings.resolve import resolve, resolve_ticks
from omega.strategy.base import Strategy


@guarded("signals")
def run_signals(
    bars: Bars | object,
    signals: object,
    config: ConfigSource,
    *,
    detail: Bars | object | None = None,
    backend: str | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Run signals over bars (L-4).

    Parameters
    ----------
    bars : Bars, path or table
        What :func:`omega.read_bars` gives or takes; a mapping of symbols to it makes a run over several (M-4).
    signals : table, path or list of dict
        T-6, sorted by time; see :func:`omega.data.signals.signal_table`.
    config : Config, mapping or path
        A ``strategy`` in it is not run.
    detail : Bars, path or table, optional
        Bars of a finer timeframe, in which it is looked for what happened inside of ``bars``, and in which order
        (E-22): orders trigger, expire and close, and stops move, once per detail bar. Those of a bar must make it.
    backend : {"python", "rust"}, optional
        A run-wide choice; otherwise the flags decide.
    on_progress : callable, optional
        Called with (bars done, bars in total), at most 20 times a second; an exception in it stops the run.

    Returns
    -------
    Result

    Raises
    ------
    OmegaError
        For input that breaks T-2, T-6 or E-22 (the whole table is refused), for a configuration or flags that do. A
        signal that breaks a trading rule is a ``rejected`` event instead.
    """
    if is_market(bars):
        return _run_many(config, bars, signals, None, {"detail": detail}, backend, on_progress)
    return run(config, bars, signals, detail=detail, backend=backend, on_progress=on_progress)


@guarded("config")
def run_backtest(
    config: ConfigSource,
    bars: Bars | object | None = None,
    *,
    strategy: Strategy | None = None,
    higher: Mapping[str, object] | None = None,
    detail: Bars | object | None = None,
    backend: str | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Run a strategy over ``bars``, or over the configuration's ``data``.

    The strategy is ``strategy``, one of your own (:class:`omega.Strategy`), or the configuration's: a built-in one by
    name, or a class of yours by ``module`` and ``class``. ``higher`` has bars of higher timeframes by name,
    ``{"D1": bars}``, beside those that the configuration names under ``higher_timeframes``; any other is resampled
    (G-2). A mapping of symbols to bars makes a run over several symbols, which a strategy of your own sees as a
    :class:`omega.strategy.market.MarketView` (M-4). The other parameters, result and errors are those of
    :func:`run_signals`; ``trades`` say by ``tags`` and ``metadata`` why each was made (Q-A10b). What a strategy of
    your own does wrong is refused with the bar and its time, an exception of it with code 2000 and itself as the cause
    (L-5).
    """
    if is_market(bars):
        refused = {"higher": higher, "detail": detail}
        return _run_many(config, bars, None, strategy, refused, backend, on_progress)
    return run(
        config, bars, None, strategy=strategy, higher=higher, detail=detail, backend=backend, on_progress=on_progress
    )


@guarded("ticks")
def run_ticks(
    ticks: Ticks | object,
    signals: object,
    config: ConfigSource,
    *,
    backend: str | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Run signals over ticks (E-17).

    Parameters
    ----------
    ticks : Ticks, path, table or list of dict
        What :func:`omega.read_ticks` gives or takes.
    signals : table, path or list of dict
        T-6, sorted by time; each is handed over at the first tick that is not earlier.
    config : Config, mapping or path
        ``symbol`` must be set if the ticks have none. A ``strategy`` in it is not run: it needs bars; ``timeframe``,
        ``intrabar`` and ``pip_buffer_factor`` have no meaning for ticks (Q-E17).
    backend : {"python", "rust"}, optional
        A run-wide choice; otherwise the flags decide.
    on_progress : callable, optional
        Called with (ticks done, ticks in total), as by :func:`run_signals`.

    Returns
    -------
    Result
        Its ``timeframe`` is ``"tick"``, its chain has a digest for each tick, and of the ticks of one time the last
        has its point in ``equity``.

    Raises
    ------
    OmegaError
        As :func:`run_signals`, of T-3 in place of T-2.
    """
    settings = load_config(config)
    components = ENGINE_COMPONENTS if isinstance(ticks, Ticks) else (*ENGINE_COMPONENTS, READER)
    plan = plan_run(components, backend=backend, configuration=flags_of(settings))
    loaded = ticks_of_run(settings, ticks, plan)
    return _run_ticks(settings, loaded, signal_table(signals), plan, on_progress)


@guarded("parameters")
def indicator(
    name: str,
    bars: Bars | object,
    side: Literal["bid", "ask"] = "bid",
    backend: str | None = None,
    **params: IndicatorParameter,
) -> Series:
    """Compute an indicator over bars; rows before the first full window are NaN.

    It is computed anew in each call: :meth:`omega.Bars.indicators` keeps what it computed.

    Parameters
    ----------
    name : str
        One of :func:`omega.indicators`, which says what parameters each takes: ``sma`` (``period=``), ``bollinger``
        (``period=, std_factor=``), ``kalman_mean`` (``r=, q=``). ``…_local`` takes ``lookback=`` besides (I-14).
    bars : Bars, path or table
    side : {"bid", "ask"}
    backend : {"python", "rust"}, optional
        Otherwise the flag INDICATOR_CACHE decides.

    Returns
    -------
    numpy.ndarray or tuple of numpy.ndarray
        float64 of the bars' length; a tuple where there are several outputs, as upper, mid and lower of ``bollinger``.
        In price units, but for scores (deviations), ``rsi``, ``dmi``, ``choppiness`` (0 … 100), ``roc`` (per cent),
        ``garch_volatility`` (a share of the price) and ``vol_cluster`` (0 low … 4 extreme).

    Raises
    ------
    OmegaError
        1001 unknown name or parameter, 1003 a window out of range, 1004 a wrong type.
    """
    loaded = bars if isinstance(bars, Bars) else read_bars(bars, backend=backend)
    return compute_once(loaded, name, side, backend, params)


@guarded("config")
def run(
    config: ConfigSource,
    bars: Bars | object | None,
    signals: object | None,
    *,
    strategy: Strategy | None = None,
    higher: Mapping[str, object] | None = None,
    detail: Bars | object | None = None,
    backend: str | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Run ``signals``, or without any the configuration's strategy, over ``bars`` or the configuration's ``data``.

    One plan of flags covers the whole: the reading of the bars too, unless they are :class:`Bars` already.
    """
    return _run(prepare(config, bars, signals, strategy, higher, detail, backend), on_progress)


def _run(ready: Prepared, on_progress: OnProgress | None) -> Result:
    plan, window, detail = ready.plan, ready.window, ready.detail
    crossings = _crossing_counter(plan)
    check_for(plan.serving("event_engine"), window, detail)
    before = crossings()
    task = run_task(window, ready.signals, ready.rules, detail, ready.own)
    settled = settle(plan.serving("event_engine"), task, on_progress)
    crossed = crossings() - before
    return Result(
        **_facts(settled, ready.signals, plan, ready.settings, ready.rules),
        flags=_flags(plan, ready.bars),
        crossings=crossed,
        data_hash=window.content_hash,
        timeframe=ready.bars.timeframe_name,
        detail=None if detail is None else _detail_facts(window, ready.rules.start, detail),
    )


def is_market(bars: object) -> TypeGuard[Mapping[str, object]]:
    """Whether what a run is given are bars of several symbols, and not one table by its columns."""
    return isinstance(bars, Mapping) and "timestamp" not in bars


def _run_many(
    config: ConfigSource,
    bars: Mapping[str, object],
    signals: object | None,
    strategy: Strategy | None,
    refused: Mapping[str, object],
    backend: str | None,
    on_progress: OnProgress | None,
) -> Result:
    settings = load_config(config)
    keys = ("symbol", "data", "higher_timeframes", "warmup_bars")
    for name, value in {**refused, **{key: getattr(settings, key) for key in keys}}.items():
        if value:
            message = f"a run over several symbols takes no {name}, only the bars of each symbol: leave it out"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="M-4", column=name)
    is_read = all(isinstance(one, Bars) for one in bars.values())
    components = ENGINE_COMPONENTS if is_read else (*ENGINE_COMPONENTS, READER)
    plan = plan_run(components, backend=backend, configuration=flags_of(settings))
    named = _read_market(settings, bars, plan)
    configs = [resolve(settings, symbol=name, timeframe=one.timeframe) for name, one in named]
    table = None if signals is None else signal_table(signals)
    task = many_task(named, table, configs, own_strategy(settings, strategy) if signals is None else None)
    crossings = _crossing_counter(plan)
    before = crossings()
    settled = settle(plan.serving("event_engine"), task, on_progress)
    crossed = crossings() - before
    facts = _facts(settled, table, plan, settings, configs[0])
    told = "".join(f"{name} {one.content_hash} " for name, one in named)
    return Result(
        **{**facts, "symbol": SYMBOLS.join(name for name, _ in named)},
        flags=tuple(choice for choice in plan if choice.component != READER),
        crossings=crossed,
        data_hash=xxhash.xxh3_128_hexdigest(told.encode()),
        timeframe=named[0][1].timeframe_name,
    )


def _read_market(settings: Config, bars: Mapping[str, object], plan: Plan) -> list[tuple[str, Bars]]:
    """Read the bars of each symbol, those before the configuration's end."""
    if not bars:
        raise omega_error(ErrorCode.EMPTY_INPUT, "there is no symbol", rule="M-1", column="symbols")
    read = [bars_of_run(settings, given, plan) for given in bars.values()]
    end = None if settings.end is None else microseconds(settings.end)
    run_over = [one if end is None else one.first(int(np.searchsorted(one.times, end))) for one in read]
    if not any(map(len, run_over)):
        for one in read:
            refuse_early_end(settings, one, "bar")
    return list(zip(bars, run_over, strict=True))


def _detail_facts(bars: Bars, start: int | None, detail: Bars) -> DetailFacts:
    """Say what detail bars a run had, and of how many bars."""
    return DetailFacts(detail.timeframe_name, detail.content_hash, bars_with_detail(bars, start, detail))


def _run_ticks(config: Config, ticks: Ticks, signals: pa.Table, plan: Plan, on_progress: OnProgress | None) -> Result:
    engine_config = resolve_ticks(config, symbol=ticks.symbol)
    refuse_early_end(config, ticks, "tick")
    window = ticks.before(None if config.end is None else microseconds(config.end))
    crossings = _crossing_counter(plan)
    before = crossings()
    task = tick_task(window.table, window.content_hash, signals, engine_config)
    settled = settle(plan.serving("event_engine"), task, on_progress)
    crossed = crossings() - before
    return Result(
        **_facts(settled, signals, plan, config, engine_config),
        flags=_flags(plan, ticks),
        crossings=crossed,
        data_hash=window.content_hash,
        timeframe=TICK_NAME,
    )


def _facts(
    settled: Settled[RunOutput], signals: pa.Table | None, plan: Plan, config: Config, engine_config: EngineConfig
) -> dict[str, Any]:
    """Return what a result has of its run, whatever it ran over."""
    output, served = settled.value, dict(settled.served)
    texts = output.orders if signals is None else signals
    return {
        "recorded_trades": output.trades if texts is None else with_texts(output.trades, texts),
        "events": output.events,
        "equity": output.equity,
        "recorded_positions": output.positions if texts is None else with_texts(output.positions, texts),
        "decisions": output.decisions if texts is None else None,
        "orders": output.orders,
        "metrics": dict(output.metrics),
        "state_chain": chain_array(output.chain),
        "backend": settled.sides["event_engine"],
        "served": served,
        "fallbacks": {name: one.fallbacks for name, one in served.items() if one.fallbacks},
        "divergences": {name: one.divergences for name, one in served.items() if one.divergences},
        "config": config,
        "symbol": engine_config.symbol,
        "versions": versions(plan),
        "fixed_value": _fixed_value(engine_config),
    }


def _fixed_value(config: EngineConfig) -> float | None:
    spec = config.instrument
    return None if spec is None or spec.tick_value is None else spec.tick_value / spec.tick_size


def _flags(plan: Plan, bars: Bars | Ticks) -> tuple[Choice, ...]:
    """Return the choices for the engine, and the one by which the data were read, in this run or before it."""
    served = tuple(choice for choice in plan if choice.component != READER)
    return served if bars.reader is None else (*served, bars.reader)


def _crossing_counter(plan: Plan) -> Callable[[], int]:
    """Return the reading of this thread's crossing counter; always 0 where the plan has no Rust in it."""
    if not plan.has_rust:
        return lambda: 0
    from omega.serve import native

    module = native.load()
    return cast("Callable[[], int]", module.crossings) if module is not None else lambda: 0


def versions(plan: Plan) -> dict[str, str]:
    """Versions of everything a result depends on; the native module is asked only where it served (F-2)."""
    found = {
        "omega": __version__,
        "contract": str(CONTRACT_VERSION),
        "chain_layout": str(CHAIN_LAYOUT_VERSION),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
    }
    if not plan.has_rust:
        return found
    from omega.serve import native

    module = native.load()
    if module is not None:
        found["omega_rust"] = module.__version__
        found["omega_rust_sources"] = module.SOURCE_DIGEST
        found["omega_rust_profile"] = module.BUILD_PROFILE
    return found
