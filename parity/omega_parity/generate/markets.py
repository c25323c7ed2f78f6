"""Bars to make cases of: the built-in sample, the user's files, and the real bar sets that lie beside a checkout."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, cast

import omega
from omega.config import Config, load_config, resolve
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.types import Instrument, Timeframe
from omega.data.documents import read_document
from omega.data.signals import signal_table
from omega.data.times import microseconds
from omega.flags.registry import ENGINE_COMPONENTS
from omega.reading import READER, bars_of_run
from omega.serve.planning import plan_run
from omega_parity.generate.cases import Case, Floors, Market, mean_reversion
from omega_parity.variables import is_set

SAMPLE_SEED: Final = 7
MARKET_DATA_VARIABLE: Final = "OMEGA_MARKET_DATA"
REQUIRE_VARIABLE: Final = "OMEGA_REQUIRE_MARKET_DATA"

_SETS_FILE: Final = Path(__file__).with_name("market_sets.yaml")
_BESIDE_CHECKOUT: Final = Path(__file__).parents[4] / "shared" / "data"
_DEFAULT_MAX_HOLDING_BARS: Final = 60


@lru_cache(maxsize=32)
def sample_market(n: int = 30_000, seed: int = SAMPLE_SEED) -> Market:
    """Make a market of the built-in sample, with the strategy of workload W1.

    Parameters
    ----------
    n, seed : int
        As in :func:`omega.sample_bars`.
    """
    return _market(f"sample-{seed}", omega.sample_bars(n=n, seed=seed, backend="python"))


def file_market(path: Path, symbol: str | None = None, config: Config | None = None) -> Market:
    """Make a market of a file of bars.

    Parameters
    ----------
    path : path
    symbol : str, optional
        Of the bars, where neither they nor ``config`` say it.
    config : Config, optional
        The user's own, which may have the specification of the symbol.

    Raises
    ------
    OmegaError
        As :func:`omega.read_bars`; as :func:`omega.config.resolve` where ``config`` is about other bars.
    """
    named = config.symbol if symbol is None and config is not None else symbol
    bars = omega.read_bars(path, symbol=named, backend="python")
    market = _market(path.stem, bars)
    if config is None:
        return market
    return replace(market, instrument=resolve(config, symbol=market.symbol, timeframe=market.timeframe).instrument)


def own_case(config: Config, signals: Path | None, bars: Path | None) -> Case:
    """Make a case of a run of the user's: the configuration, with signals or its strategy, over a file or its ``data``.

    Raises
    ------
    OmegaError
        As :func:`omega.run_signals` and :func:`omega.run_backtest` for what they are given.
    """
    plan = plan_run((*ENGINE_COMPONENTS, READER), backend="python")
    loaded = bars_of_run(config, bars, plan)
    engine_config = resolve(config, symbol=loaded.symbol, timeframe=loaded.timeframe)
    end = None if config.end is None else microseconds(config.end)
    window = loaded.window(start=engine_config.start, end=end, warmup_bars=config.warmup_bars)
    return Case(
        name=f"own run/{config.variant}",
        bars=window.table,
        signals=None if signals is None else signal_table(signals),
        config=engine_config,
        data_hash=loaded.content_hash,
        floors=Floors(),
    )


def market_data_folder() -> Path | None:
    """Find the real market data; None if there are none on this machine."""
    folder = Path(os.environ.get(MARKET_DATA_VARIABLE) or _BESIDE_CHECKOUT)
    return folder if folder.is_dir() else None


def market_data_required() -> bool:
    """Whether missing market data is a failure rather than something to mention."""
    return is_set(REQUIRE_VARIABLE)


def required_market_data() -> Path | None:
    """Return the folder of the real market data where they are demanded, else None.

    Raises
    ------
    OmegaError
        NOT_FOUND when they are demanded and not there.
    """
    if not market_data_required():
        return None
    folder = market_data_folder()
    if folder is None:
        raise omega_error(
            ErrorCode.NOT_FOUND,
            f"{REQUIRE_VARIABLE}=1, and no market data on this machine; {MARKET_DATA_VARIABLE} names their folder",
            rule="X-1",
            column=REQUIRE_VARIABLE,
        )
    return folder


def market_set_names() -> tuple[str, ...]:
    """Name the bar sets that the project has parameters for."""
    return tuple(_sets()["sets"])


def real_market(folder: Path, name: str) -> Market:
    """Make a market of one real bar set, with the parameters committed for it."""
    table = _sets()
    given = table["sets"][name]
    path = folder / f"{name}.parquet"
    bars = omega.read_bars(path, symbol=given["symbol"], timeframe=given["timeframe"], backend="python")
    timeframe = Timeframe[given["timeframe"]].value
    return Market(
        name=name,
        bars=bars.table,
        symbol=given["symbol"],
        timeframe=timeframe,
        instrument=builtin_instrument(given["symbol"]),
        parameters=mean_reversion(
            timeframe,
            window=given["window"],
            ema=given["ema"],
            z=given["z"],
            atr_mult=given["atr_mult"],
            max_holding_bars=table["max_holding_bars"],
        ),
        data_hash=bars.content_hash,
    )


def builtin_instrument(symbol: str) -> Instrument | None:
    """Return the specification that Omega ships for ``symbol``, with tick values for a USD account."""
    try:
        return resolve(load_config({"symbol": symbol, "timeframe": "M1"})).instrument
    except OmegaError as error:
        if error.rule == "S-5":
            return None
        raise


def _market(name: str, bars: omega.Bars) -> Market:
    if bars.symbol is None:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            f"{name} does not say whose bars it has: give --symbol, or a column `symbol`",
            rule="T-2",
            column="symbol",
        )
    return Market(
        name=name,
        bars=bars.table,
        symbol=bars.symbol,
        timeframe=bars.timeframe,
        instrument=builtin_instrument(bars.symbol),
        parameters=mean_reversion(
            bars.timeframe, window=100, ema=30, z=2.0, atr_mult=2.0, max_holding_bars=_DEFAULT_MAX_HOLDING_BARS
        ),
        data_hash=bars.content_hash,
    )


@cache
def _sets() -> dict[str, Any]:  # the shape of the committed file, which this module alone reads
    return cast("dict[str, Any]", read_document(_SETS_FILE))
