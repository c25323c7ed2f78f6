"""Configuration of a run: loading, feature flags, and resolution into what the implementations take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from omega.contract.config import Config, MeanReversionConfig, StrategySection, Timeframe
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import (
    BelowMin,
    DirectionFilter,
    EngineConfig,
    Instrument,
    MeanReversionParameters,
    StrategyConfig,
    Variant,
)
from omega.data.files import read_document
from omega.data.instruments import InstrumentTable, builtin_instruments, by_symbol, parse_instruments
from omega.flags import override_flags, set_feature_flag

__all__ = [
    "Config",
    "ConfigSource",
    "find_instrument",
    "flags_of",
    "load_config",
    "microseconds",
    "override_flags",
    "resolve",
    "set_feature_flag",
]

ConfigSource = Config | Mapping[str, object] | str | Path

_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = 60_000_000


def load_config(source: ConfigSource) -> Config:
    """Load a configuration.

    Parameters
    ----------
    source : Config, mapping, str or path
        A path ends in ``.yaml``, ``.yml``, ``.json`` or ``.toml``; paths inside the file are relative to it.

    Returns
    -------
    Config

    Raises
    ------
    OmegaError
        As :class:`Config`; 3001 when the file is missing, 1009 when it is not of its format.
    """
    if isinstance(source, Config):
        return source
    if isinstance(source, Mapping):
        return Config(**_text_keys(source))
    path = Path(source)
    document = read_document(path)
    if not isinstance(document, Mapping):
        raise omega_error(
            ErrorCode.INVALID_FORMAT,
            f"{path.name} must hold a mapping of keys, not {type(document).__name__}",
            rule="config",
            column=path.name,
        )
    keys = _text_keys(document)
    _anchor_paths(keys, path.parent)
    return Config(**keys)


def _text_keys(source: Mapping[object, object] | Mapping[str, object]) -> dict[str, object]:
    for key in source:
        if not isinstance(key, str):
            raise omega_error(
                ErrorCode.INVALID_ARGUMENT, f"configuration keys are text, not {key!r}", rule="config", column=str(key)
            )
    return {str(key): value for key, value in source.items()}


def _anchor_paths(keys: dict[str, object], folder: Path) -> None:
    """Make the file names a configuration file mentions relative to it, not to the working directory."""
    for key in ("instruments", "data"):
        value = keys.get(key)
        if isinstance(value, str):
            keys[key] = str(folder / value)
        elif isinstance(value, Mapping):
            anchored = {
                name: str(folder / part) if name in ("path", "bid", "ask") and isinstance(part, str) else part
                for name, part in value.items()
            }
            keys[key] = anchored


def flags_of(config: Config) -> list[tuple[str, str | bool]]:
    """Collect what the configuration says about flags, at its rank in F-3."""
    flags: list[tuple[str, str | bool]] = list(config.feature_flags.items())
    if config.strategy is not None and config.strategy.rust_enabled is not None:
        flags.append(("strategy", config.strategy.rust_enabled))
    return flags


def resolve(config: Config, *, symbol: str | None = None, timeframe: int | None = None) -> EngineConfig:
    """Turn a configuration into the record both implementations take.

    Parameters
    ----------
    config : Config
    symbol : str, optional
        Of the bars; must agree with the configuration's.
    timeframe : int, optional
        Length of a bar of the data in µs; must agree with the configuration's.

    Returns
    -------
    EngineConfig
        With the strategy, if the configuration has one.

    Raises
    ------
    OmegaError
        1008 when neither side names symbol or timeframe, 1006 when they disagree, 1001 for a symbol without a
        specification (S-5) or a tick value that the account currency needs (Q-S1).
    """
    run_symbol = _agreed("symbol", config.symbol, symbol, "T-2")
    found = None if timeframe is None else Timeframe(timeframe).name
    length = Timeframe[_agreed("timeframe", config.timeframe, found, "T-4")].value
    variant = Variant[config.variant.upper()]
    clamps = variant is Variant.V1 or config.sizing.below_min == "clamp"
    return EngineConfig(
        variant=variant,
        symbol=run_symbol,
        timeframe=length,
        start=None if config.start is None else microseconds(config.start),
        account_currency=config.account_currency,
        initial_balance=config.initial_balance,
        risk_per_trade=config.risk_per_trade,
        risk_fraction=config.risk_fraction,
        max_positions=config.max_positions_per_symbol,
        seed=config.seed,
        pip_buffer_factor=config.pip_buffer_factor,
        close_at_end=config.close_at_end,
        below_min=BelowMin.CLAMP if clamps else BelowMin.REJECT,
        slippage_fixed_pips=config.costs.slippage.fixed_pips,
        slippage_random_pips=config.costs.slippage.random_pips,
        fee_per_million=config.costs.fee.per_million,
        fee_min=config.costs.fee.min_fee,
        instrument=find_instrument(config, run_symbol),
        strategy=None if config.strategy is None else _strategy(config.strategy),
    )


def microseconds(moment: datetime) -> int:
    """Convert an aware time to µs since the epoch, exactly (T-1)."""
    return (moment - _EPOCH) // _MICROSECOND


def _agreed(name: str, configured: str | None, found: str | None, rule: str) -> str:
    if configured is not None and found is not None and configured != found:
        raise omega_error(
            ErrorCode.CONSTRAINT_VIOLATION,
            f"the configuration says {name} {configured!r}, the bars are {found!r}",
            rule=rule,
            column=name,
            value=configured,
        )
    agreed = found if configured is None else configured
    if agreed is None:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            f"{name} is neither in the configuration nor known from the bars",
            rule=rule,
            column=name,
        )
    return agreed


def find_instrument(config: Config, symbol: str) -> Instrument | None:
    """Find a symbol's specification: the configuration's own first, then the built-in table; None in v1 (S-5).

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT when a canonical run has none.
    """
    tables = (_given_instruments(config), builtin_instruments())
    for table in tables:
        if symbol in table.instruments:
            return _in_account_currency(table, symbol, config.account_currency)
    if config.variant == "v1":
        return None
    known = ", ".join(name for table in tables for name in table.instruments)
    raise omega_error(
        ErrorCode.INVALID_ARGUMENT,
        f"no specification of symbol {symbol!r}; add it under `instruments` (known: {known})",
        rule="S-5",
        column="symbol",
        value=symbol,
    )


def _given_instruments(config: Config) -> InstrumentTable:
    if isinstance(config.instruments, str):
        return parse_instruments(read_document(Path(config.instruments)))
    return InstrumentTable(config.account_currency, by_symbol(config.instruments or ()))


def _in_account_currency(table: InstrumentTable, symbol: str, account_currency: str) -> Instrument:
    values = table.instruments[symbol].model_dump()
    if account_currency != table.account_currency:
        # The table's tick values are money of another account; without them S-1 converts or refuses.
        values["tick_value"] = None
    return Instrument(**values)


def _strategy(section: StrategySection) -> StrategyConfig:
    return StrategyConfig(
        name=section.name, magic_number=section.magic_number, parameters=_mean_reversion(section.parameters)
    )


def _mean_reversion(parameters: MeanReversionConfig) -> MeanReversionParameters:
    return MeanReversionParameters(
        atr_length=parameters.atr_length,
        atr_mult=parameters.atr_mult,
        window_length=parameters.window_length,
        ema_length=parameters.ema_length,
        z_score_long=parameters.z_score_long,
        z_score_short=parameters.z_score_short,
        direction_filter=DirectionFilter[parameters.direction_filter.upper()],
        max_holding=parameters.max_holding_minutes * _MINUTE if parameters.use_position_manager else None,
    )
