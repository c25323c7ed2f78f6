"""Bars for the user and for a run: read, joined, checked or made on the side that a plan names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from omega.boundary.arguments import number, text_or_none, whole_number
from omega.boundary.guard import guarded, plain_value
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import BarFinding, DataHandler
from omega.contract.types import Timeframe
from omega.data.bars import QUALITIES, Bars, Quality, checked_bars
from omega.data.memory import sealed
from omega.data.source import BarSource
from omega.data.ticks import Ticks, checked_ticks
from omega.data.times import instant
from omega.data.windows import Window
from omega.flags.plan import Choice, Plan
from omega.serve.factories import create_data_handler
from omega.serve.planning import plan_run
from omega.serve.watched import watched_handler
from omega.settings.instruments import builtin_digits, builtin_pip_size, find_instrument
from omega.settings.model import Config, DataSection

_SAMPLE_BARS_MAX: Final = 10_000_000
_DIGITS_MAX: Final = 15
_DAMAGED_DATA: Final = (
    *(ErrorCode.DESERIALIZATION_FAILED, ErrorCode.FFI_TYPE_CONVERSION, ErrorCode.FFI_SCHEMA_MISMATCH),
    ErrorCode.LIMIT_EXCEEDED,
)
"""Codes of files and of the boundary that tell of what the data hold."""
READER: Final = "data_handler"
"""The component that joins, checks and makes bars."""


@guarded("source")
def read_bars(
    source: object | None = None,
    *,
    bid: object | None = None,
    ask: object | None = None,
    symbol: str | None = None,
    timeframe: str | None = None,
    spread_pips: float | str | None = None,
    pip_size: float | None = None,
    digits: int | None = None,
    max_missing_ratio: float = 0.0,
    quality: Quality = "report",
    columns: Mapping[str, str] | None = None,
    zone: str | None = None,
    start: str | datetime | None = None,
    end: str | datetime | None = None,
    backend: str | None = None,
) -> Bars:
    """Read and check bars of one symbol.

    Parameters
    ----------
    source : path or table
        Parquet, CSV, Arrow IPC (Feather), or a pyarrow, pandas or polars object, with the columns ``timestamp``
        (open time, UTC or with an offset), ``bid_open`` … ``ask_close``, ``volume``, which may be absent and is then
        0 and a finding. Other columns are ignored but ``symbol``, which must hold one value. What is in memory is
        copied, so that writing to it later changes nothing. Or a CSV of another program (T-11), or the folder of a
        catalogue (T-14), with ``symbol`` and ``timeframe``.
    bid, ask : path or table
        Instead of ``source``: one side each, with the columns ``timestamp, open, high, low, close, volume``. They are
        joined on equal times (G-1); one side alone needs ``spread_pips``.
    symbol : str, optional
        Checked against the data where these have one.
    timeframe : str, optional
        ``"M1"`` … ``"D1"``; otherwise the commonest step of the data that is one of them (T-4).
    spread_pips : float or str, optional
        Makes the missing side: a number of pips ≥ 0, or the name of a column that holds them (Q-G1c).
    pip_size : float, optional
        Price of a pip for ``spread_pips``; otherwise that of the built-in specification of ``symbol``.
    digits : int, optional
        Decimals of the prices, 0 … 15: those of a side that ``spread_pips`` makes, and those by which bars that are
        priced more finely are found; otherwise those of the built-in specification of ``symbol``.
    max_missing_ratio : float, default 0
        Share of times that may lack the other side when two are joined.
    quality : {"report", "refuse"}
        Whether crossed quotes, zero spreads, gaps, spikes, weekend bars, uneven steps, prices of too many digits and
        an absent volume are counted or refused.
    columns : mapping of str to str, optional
        Our names to those of a CSV, ``{"timestamp": "Date+Time", "open": "O", …}``.
    zone : str, optional
        The clock of the times in a CSV that have no offset, ``"New York + 7 hours"`` (Q-T11b).
    start, end : str or datetime, optional
        Only bars with start ≤ time < end, with a zone or an offset; what lies outside is not even read of Parquet and
        of a catalogue (Q-T14).
    backend : {"python", "rust"}, optional
        Side that checks and joins; otherwise the flag DATA_HANDLER decides.

    Returns
    -------
    Bars

    Raises
    ------
    OmegaError
        For the first breach of T-2: 1008 a missing column, 1004 a wrong type (naive times included), 1002, 2004, 2005
        and 1006 a cell, 1010 no rows; for files as :func:`omega.data.files.read_table`.
    """
    symbol = text_or_none("symbol", symbol, rule="X-4")
    source_of_bars = BarSource(
        source=source,
        bid=bid,
        ask=ask,
        symbol=symbol,
        timeframe=timeframe,
        spread_pips=spread_pips,
        pip_size=pip_size_of(symbol, pip_size),
        digits_of=digits_of(digits),
        max_missing_ratio=number("max_missing_ratio", max_missing_ratio, rule="G-1"),
        quality=quality,
        columns=columns,
        zone=text_or_none("zone", zone, rule="T-11"),
        window=window_of(start, end),
    )
    return _planned(source_of_bars.read, plan_run((READER,), backend=backend))


@guarded("source")
def read_ticks(
    source: object, *, symbol: str | None = None, quality: Quality = "report", backend: str | None = None
) -> Ticks:
    """Read and check ticks of one symbol (T-3).

    Parameters
    ----------
    source : path, table or list of dict
        As for :func:`read_bars`, with the columns ``timestamp`` (UTC or with an offset; equal ones keep their order),
        ``bid``, ``ask``. Other columns are ignored but ``symbol``, which must hold one value.
    symbol : str, optional
        Checked against the data where these have one.
    quality : {"report", "refuse"}
        Whether ticks whose ask is below their bid are counted or refused.
    backend : {"python", "rust"}, optional
        Side that checks; otherwise the flag DATA_HANDLER decides.

    Raises
    ------
    OmegaError
        For the first breach of T-3, with the codes of :func:`read_bars`.
    """
    symbol = text_or_none("symbol", symbol, rule="X-4")
    if quality not in QUALITIES:
        message = f"quality must be one of {', '.join(QUALITIES)}, not {quality!r}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-3", column="quality", value=plain_value(quality))
    plan = plan_run((READER,), backend=backend)
    return checked_ticks(_handler(plan), source, symbol=symbol, quality=quality, reader=plan.choice(READER))


def ticks_of_run(config: Config, given: object, plan: Plan) -> Ticks:
    """Take the ticks a run is given, or read them on the side its plan names."""
    if isinstance(given, Ticks):
        return given
    quality: Quality = config.data.quality if isinstance(config.data, DataSection) else "report"
    return checked_ticks(_handler(plan), given, symbol=config.symbol, quality=quality, reader=plan.choice(READER))


@guarded("n")
def sample_bars(n: int = 30_000, seed: int = 7, backend: str | None = None) -> Bars:
    """Make the built-in sample: a five-minute EURUSD, the same to the bit on every machine (Q-D1).

    Parameters
    ----------
    n : int
        Number of bars, 1 … 10,000,000.
    seed : int
        0 … 2⁶⁴ − 1.
    backend : {"python", "rust"}, optional
        Side that makes it; otherwise the flag DATA_HANDLER decides.

    Returns
    -------
    Bars
        Symbol EURUSD, timeframe M5.
    """
    n, seed = (whole_number(name, value, rule="Q-D1") for name, value in (("n", n), ("seed", seed)))
    return _planned(partial(_sample, n, seed), plan_run((READER,), backend=backend))


def bars_of_run(config: Config, given: object | None, plan: Plan) -> Bars:
    """Take the bars a run is given, or read them on the side its plan names; without any, the configuration's ``data``.

    Raises
    ------
    OmegaError
        MISSING_REQUIRED_FIELD when the configuration names none; otherwise as :func:`read_bars`.
    """
    if isinstance(given, Bars):
        return given
    return _planned(_configured(config) if given is None else _given(config, given), plan)


def detail_of_run(config: Config, given: object, plan: Plan) -> Bars:
    """Take the detail bars a run is given, or read them on the side its plan names (E-22).

    Raises
    ------
    OmegaError
        As :func:`read_bars`, the columns with ``detail.`` before them.
    """
    if isinstance(given, Bars):
        return given
    try:
        return _planned(_given(config.model_copy(update={"timeframe": None}), given), plan)
    except OmegaError as error:
        if not is_about_data(error):
            raise
        raise omega_error(
            error.code,
            f"detail bars: {error.message}",
            rule=error.rule,
            column="detail" if error.column is None else f"detail.{error.column}",
            row=error.row,
            value=error.value,
        ) from None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of bars found.

    Attributes
    ----------
    bars : Bars or None
        None where they are refused.
    error : OmegaError or None
        What a run would refuse them with.
    findings : tuple of BarFinding
        Every breach (Q-T2e); of bars without one what is legal and doubtful. Empty where nothing could be listed.
    """

    bars: Bars | None
    error: OmegaError | None
    findings: tuple[BarFinding, ...]


@guarded("source")
def check_bars(source: BarSource, *, backend: str | None = None) -> Checked:
    """Check bars as a run would, and list all that is wrong with them.

    Raises
    ------
    OmegaError
        For wrong use: arguments that no data could make right, a file that is not there, a broken installation.
    """
    source.refuse_wrong_use()
    plan = plan_run((READER,), backend=backend)
    reader, handler = plan.choice(READER), _handler(plan)
    bars: Bars | None = None
    error: OmegaError | None = None
    findings: tuple[BarFinding, ...] = ()
    try:
        loaded = source.load(handler)
    except OmegaError as refusal:
        return Checked(None, _of_data(refusal), findings)
    try:
        bars = source.check(handler, reader, *loaded)
    except OmegaError as refusal:
        error = _of_data(refusal)
    try:
        findings = source.examine(handler, *loaded)
    except OmegaError as refusal:
        # Nothing can be listed of a table that is refused as a whole; another failure is one of its own.
        if error is None or refusal.code is not error.code:
            raise
    return Checked(bars, error, findings)


def _of_data(error: OmegaError) -> OmegaError:
    if not is_about_data(error):
        raise error
    return error


def is_about_data(error: OmegaError) -> bool:
    """Whether an error of reading bars is the data's, not the caller's or the environment's."""
    is_missing = error.rule == "S-5" and error.column in ("pip_size", "symbol")
    is_setting = error.rule == "X-5" and error.code is not ErrorCode.LIMIT_EXCEEDED
    is_setting = is_setting or error.column == "max_missing_ratio"
    is_idle = error.rule == "Q-G1c" and error.code is ErrorCode.INVALID_ARGUMENT
    is_of_files = 3000 <= error.code < 5000
    is_elsewhere = is_missing or is_setting or is_idle or is_of_files or error.is_environment
    is_damaged = error.code in _DAMAGED_DATA and error.rule != "F-6"
    return is_damaged or not is_elsewhere


_Read = Callable[[DataHandler, Choice], Bars]


def _planned(read: _Read, plan: Plan) -> Bars:
    return read(_handler(plan), plan.choice(READER))


def _handler(plan: Plan) -> DataHandler:
    return watched_handler(plan.serving(READER), create_data_handler)


def _sample(n: int, seed: int, handler: DataHandler, reader: Choice) -> Bars:
    # Here too, since a machine integer that overflows never reaches the side's own check.
    for column, value, low, high in (("n", n, 1, _SAMPLE_BARS_MAX), ("seed", seed, 0, 2**64 - 1)):
        if not low <= value <= high:
            message = f"{column}: must be in {low} … {high}, got {value}"
            shown = value if abs(value) < 2**63 else str(value)
            raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="Q-D1", column=column, value=shown)
    table = sealed(handler.sample_bars(n, seed), is_ours=True)
    return checked_bars(handler, table, symbol="EURUSD", timeframe=Timeframe.M5.value, quality="report", reader=reader)


def _given(config: Config, given: object) -> _Read:
    quality: Quality = config.data.quality if isinstance(config.data, DataSection) else "report"
    return BarSource(
        source=given,
        symbol=config.symbol,
        timeframe=config.timeframe,
        pip_size=pip_size_of(config.symbol, None),
        digits_of=partial(_own_digits, config),
        quality=quality,
    ).read


def _configured(config: Config) -> _Read:
    if isinstance(config.data, str):
        return _given(config, config.data)
    section = config.data or DataSection()
    if section.sample is not None:
        return partial(_sample, section.sample.n, section.sample.seed)
    if section.path is None and section.bid is None and section.ask is None:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            "no bars: give bars, or set `data` in the configuration (a path, or `sample: {n: 30000}`)",
            rule="config",
            column="data",
        )
    return BarSource(
        source=section.path,
        bid=section.bid,
        ask=section.ask,
        symbol=config.symbol,
        timeframe=config.timeframe,
        spread_pips=section.spread_pips,
        pip_size=pip_size_of(config.symbol, None if section.spread_pips is None else _own_pip_size(config)),
        digits_of=partial(_own_digits, config),
        max_missing_ratio=section.max_missing_ratio,
        quality=section.quality,
    ).read


def _own_pip_size(config: Config) -> float | None:
    instrument = None if config.symbol is None else find_instrument(config, config.symbol)
    return None if instrument is None else instrument.pip_size


def _own_digits(config: Config, symbol: str | None) -> int | None:
    if symbol is None:
        return None
    try:
        instrument = find_instrument(config, symbol)
    except OmegaError:
        return None  # the run refuses it in its turn (Q-L1c)
    return None if instrument is None else instrument.digits


def digits_of(digits: object) -> Callable[[str | None], int | None]:
    """Take the decimals of the prices as they are given; else look them up once the symbol is known."""
    if digits is None:
        return builtin_digits
    known = whole_number("digits", digits, rule="N-5")
    if not 0 <= known <= _DIGITS_MAX:
        message = f"digits must be in 0 … {_DIGITS_MAX}, not {known}"
        raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="N-5", column="digits", value=known)
    return lambda _: known


def window_of(start: object, end: object) -> Window:
    """Take a span of time as it is given.

    Raises
    ------
    OmegaError
        1004 for what is no time with a zone, 1001 for an end that is not later than the start.
    """
    low, high = (None if one is None else instant(name, one) for name, one in (("start", start), ("end", end)))
    if low is not None and high is not None and high <= low:
        message = "end must be later than start"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="Q-T14", column="end", value=high)
    return Window(low, high)


def pip_size_of(symbol: str | None, pip_size: float | None) -> float | Callable[[], float]:
    """Take the price of a pip as it is given; else look it up once it is needed."""
    return partial(builtin_pip_size, symbol) if pip_size is None else pip_size
