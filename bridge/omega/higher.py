"""Bars of higher timeframes that come with a run (G-2): those of the call, and those that the configuration names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from omega.boundary.guard import plain_value
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.types import EngineConfig, HigherBars, Timeframe
from omega.data.bars import Bars, column_values
from omega.flags.plan import Plan
from omega.reading import bars_of_run
from omega.settings.model import Config

KEY = "higher_timeframes"


def higher_of_run(config: Config, given: object, engine_config: EngineConfig, plan: Plan) -> tuple[HigherBars, ...]:
    """Read and check the higher timeframes of a run, the shortest first.

    Parameters
    ----------
    given : mapping of str to Bars, path or table, or None
        By timeframe, as ``"D1"``, beside what ``config`` names.

    Raises
    ------
    OmegaError
        1004 for what is no mapping; 1001 for a name that is no timeframe, is shorter than the bars, or is given twice;
        1006 for bars of another timeframe or symbol; otherwise as :func:`omega.read_bars`. ``column`` says which.
    """
    if given is not None and not isinstance(given, Mapping):
        message = "higher: expected bars by timeframe, as {'D1': bars}"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="G-2", column="higher", value=plain_value(given))
    sources = {**(config.higher_timeframes or {})}
    for name, source in (given or {}).items():
        if name in sources:
            raise _refused("higher", name, f"{name} is given twice, here and under {KEY}; leave one of both out")
        sources[name] = source
    read = list(_read(config, sources, engine_config, plan))
    return tuple(sorted(read, key=lambda one: one.timeframe))


def _read(config: Config, sources: Mapping[str, Any], engine_config: EngineConfig, plan: Plan) -> Iterator[HigherBars]:
    for name, source in sources.items():
        column = f"{KEY}.{name}"
        if name not in Timeframe.__members__:
            raise _refused(column, name, f"{name!r} is no timeframe; choose from {', '.join(Timeframe.__members__)}")
        timeframe = Timeframe[name].value
        if timeframe < engine_config.timeframe:
            raise _refused(column, name, f"{name} is shorter than the bars: choose one that is not")
        own = config.model_copy(update={"symbol": engine_config.symbol, "timeframe": name, "data": None})
        try:
            bars = bars_of_run(own, source, plan)
        except OmegaError as error:
            raise omega_error(
                error.code,
                f"{column}: {error.message}",
                rule=error.rule,
                column=error.column,
                row=error.row,
                value=error.value,
            ) from None
        _check_agreement(bars, column, name, engine_config)
        times: list[int] = column_values(bars.table, "timestamp").tolist()
        closes: list[float] = column_values(bars.table, "bid_close").tolist()
        yield HigherBars(timeframe=timeframe, timestamps=tuple(times), closes=tuple(closes))


def _check_agreement(bars: Bars, column: str, name: str, engine_config: EngineConfig) -> None:
    """Refuse bars that say they are others than wanted; of a table that was read the reader has asked."""
    disagree = partial(omega_error, ErrorCode.CONSTRAINT_VIOLATION, rule="G-2", column=column)
    if bars.timeframe_name != name:
        raise disagree(f"{column} has bars of {bars.timeframe_name}", value=bars.timeframe_name)
    if bars.symbol not in (None, engine_config.symbol):
        raise disagree(f"{column} has bars of {bars.symbol}, the run is of {engine_config.symbol}", value=bars.symbol)


def _refused(column: str, name: object, message: str) -> OmegaError:
    return omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="G-2", column=column, value=plain_value(name))
