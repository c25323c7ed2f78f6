"""The runs: signals over bars, a strategy over bars, an indicator over bars."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega import __version__
from omega.backends import create_data_handler, create_engine, create_indicators, plan_run
from omega.backends.choice import Plan
from omega.config import ConfigSource, find_instrument, flags_of, load_config, microseconds, resolve
from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION
from omega.contract.config import Config, DataSection
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import IndicatorParameter, OnProgress
from omega.contract.schemas import SIGNALS
from omega.data.bars import Bars, Quality, read_bars, sample_bars
from omega.data.signals import signal_table
from omega.registry import BY_NAME
from omega.result import Result, chain_array

ENGINE_COMPONENTS = tuple(name for name in BY_NAME if name not in ("data_handler", "multi_symbol"))
_TEXT_FIELDS = ("scenario", "tags", "metadata")


def run_signals(
    bars: Bars | object,
    signals: object,
    config: ConfigSource,
    *,
    backend: str | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Run signals over bars (L-4).

    Parameters
    ----------
    bars : Bars, path or table
        What :func:`omega.read_bars` gives or takes.
    signals : table, path or list of dict
        T-6, sorted by time; see :func:`omega.data.signals.signal_table`.
    config : Config, mapping or path
        A ``strategy`` in it is not run.
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
        For input that breaks T-2 or T-6 (the whole table is refused), for a configuration or flags that do. A signal
        that breaks a trading rule is a ``rejected`` event instead.
    """
    settings = load_config(config)
    return _run(settings, _as_bars(bars, settings, backend), signal_table(signals), backend, on_progress)


def run_backtest(
    config: ConfigSource,
    bars: Bars | object | None = None,
    *,
    backend: str | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Run the configuration's strategy over ``bars``, or over the configuration's ``data``.

    Parameters, result and errors are those of :func:`run_signals`.
    """
    settings = load_config(config)
    loaded = configured_bars(settings, backend) if bars is None else _as_bars(bars, settings, backend)
    return _run(settings, loaded, None, backend, on_progress)


def indicator(
    name: str,
    bars: Bars | object,
    side: Literal["bid", "ask"] = "bid",
    backend: str | None = None,
    **params: IndicatorParameter,
) -> npt.NDArray[np.float64] | tuple[npt.NDArray[np.float64], ...]:
    """Compute an indicator over bars; rows before the first full window are NaN.

    Parameters
    ----------
    name : str
        ``sma``, ``ema``, ``atr`` (``period=``), ``true_range``, ``bollinger`` (``period=, std_factor=``) or ``zscore``
        (``window=, mean="rolling"``, or ``mean="ema", ema_period=``).
    bars : Bars, path or table
    side : {"bid", "ask"}
    backend : {"python", "rust"}, optional
        Otherwise the flag INDICATOR_CACHE decides.

    Returns
    -------
    numpy.ndarray or tuple of numpy.ndarray
        float64 of the bars' length, in price units (``zscore``: standard deviations); upper, mid and lower for
        ``bollinger``.

    Raises
    ------
    OmegaError
        1001 unknown name or parameter, 1003 a window out of range, 1004 a wrong type.
    """
    loaded = bars if isinstance(bars, Bars) else read_bars(bars, backend=backend)
    chosen = plan_run(("indicator_cache",), backend=backend).backend("indicator_cache")
    series = create_indicators(chosen, loaded.checked_by(create_data_handler(chosen))).get(name, side, **params)
    arrays = tuple(np.asarray(values, dtype=np.float64) for values in series)
    return arrays[0] if len(arrays) == 1 else arrays


def configured_bars(config: Config, backend: str | None = None) -> Bars:
    """Read the bars the configuration's ``data`` names.

    Raises
    ------
    OmegaError
        MISSING_REQUIRED_FIELD when it names none.
    """
    if isinstance(config.data, str):
        return _as_bars(config.data, config, backend)
    section = config.data or DataSection()
    if section.sample is not None:
        return sample_bars(section.sample.n, section.sample.seed, backend)
    if section.path is None and section.bid is None and section.ask is None:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            "no bars: give bars, or set `data` in the configuration (a path, or `sample: {n: 30000}`)",
            rule="config",
            column="data",
        )
    return read_bars(
        section.path,
        bid=section.bid,
        ask=section.ask,
        symbol=config.symbol,
        timeframe=config.timeframe,
        spread_pips=section.spread_pips,
        pip_size=None if section.spread_pips is None else _pip_size(config),
        max_missing_ratio=section.max_missing_ratio,
        quality=section.quality,
        backend=backend,
    )


def _pip_size(config: Config) -> float | None:
    instrument = None if config.symbol is None else find_instrument(config, config.symbol)
    return None if instrument is None else instrument.pip_size


def _as_bars(bars: Bars | object, config: Config, backend: str | None) -> Bars:
    if isinstance(bars, Bars):
        return bars
    quality: Quality = config.data.quality if isinstance(config.data, DataSection) else "report"
    return read_bars(bars, symbol=config.symbol, timeframe=config.timeframe, quality=quality, backend=backend)


def _run(
    config: Config, bars: Bars, signals: pa.Table | None, backend: str | None, on_progress: OnProgress | None
) -> Result:
    plan = plan_run(ENGINE_COMPONENTS, backend=backend, configuration=flags_of(config))
    engine_config = resolve(config, symbol=bars.symbol, timeframe=bars.timeframe)
    window = bars.window(
        start=engine_config.start,
        end=None if config.end is None else microseconds(config.end),
        warmup_bars=config.warmup_bars,
    )
    engine_bars, _ = (
        window.checked_by(create_data_handler(plan.backend(name))) for name in ("event_engine", "indicator_cache")
    )
    crossings = _crossing_counter(plan)
    before = crossings()
    engine = create_engine(plan, engine_config, window)
    output = engine.run(engine_bars, signals, engine_config, on_progress)
    crossed = crossings() - before
    return Result(
        trades=_with_texts(output.trades, signals),
        events=output.events,
        equity=output.equity,
        positions=_with_texts(output.positions, signals),
        metrics=dict(output.metrics),
        state_chain=chain_array(output.chain),
        backend=plan.backend("event_engine"),
        flags=tuple(plan),
        crossings=crossed,
        config=config,
        data_hash=window.content_hash,
        symbol=engine_config.symbol,
        timeframe=bars.timeframe_name,
        versions=versions(),
    )


def _crossing_counter(plan: Plan) -> Callable[[], int]:
    """Return the reading of this thread's crossing counter; always 0 where the plan has no Rust in it."""
    if all(choice.backend == "python" for choice in plan):
        return lambda: 0
    from omega.backends import native

    module = native.load()
    return cast("Callable[[], int]", module.crossings) if module is not None else lambda: 0


def _with_texts(table: pa.Table, signals: pa.Table | None) -> pa.Table:
    """Replace ``signal_row`` by the text fields of that row; a strategy sets ``scenario`` itself and no others."""
    rows = table.column("signal_row")
    plain = table.drop_columns(["signal_row"])
    for name in _TEXT_FIELDS:
        field = SIGNALS.field(name)
        if signals is None and name in plain.column_names:
            continue
        column = _texts(signals, field, rows)
        if name in plain.column_names:
            plain = plain.set_column(plain.column_names.index(name), field, column)
        else:
            plain = plain.append_column(field, column)
    return plain


def _texts(signals: pa.Table | None, field: pa.Field[Any], rows: pa.ChunkedArray[Any]) -> Any:
    if signals is None or field.name not in signals.column_names:
        return pa.nulls(len(rows), field.type)
    return signals.column(field.name).combine_chunks().take(rows.combine_chunks())


def versions() -> dict[str, str]:
    """Versions of everything a result depends on."""
    from omega.backends import native

    found = {
        "omega": __version__,
        "contract": str(CONTRACT_VERSION),
        "chain_layout": str(CHAIN_LAYOUT_VERSION),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
    }
    module = native.load()
    if module is not None:
        found["omega_rust"] = module.__version__
        found["omega_rust_sources"] = module.SOURCE_DIGEST
        found["omega_rust_profile"] = module.BUILD_PROFILE
    return found
