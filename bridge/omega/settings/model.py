"""The configuration of a run as pydantic models (DESIGN §4). Unknown keys are refused.

The models only know shapes, types and ranges; :mod:`omega.settings.resolve` turns a model into the
:class:`omega.contract.types.EngineConfig` both implementations take.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

import pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from omega.boundary.documents import check_document
from omega.boundary.guard import guarded, plain_value
from omega.boundary.scalars import plain_scalars
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.ranges import CHARGE, FACTOR, FRACTION, MONEY, SIZE, UNIT
from omega.contract.types import (
    BelowMin,
    ChargedSides,
    CommissionBasis,
    DecisionPoint,
    Intrabar,
    MarketFill,
    OnRuin,
    SignalTime,
    SizingMode,
    Variant,
)
from omega.data.times import is_too_fine
from omega.settings.base import LONGEST, Factor, Model, TimeframeName, plus_zero
from omega.settings.findings import as_omega_error
from omega.settings.rates import with_rate_columns
from omega.settings.rollovers import WEEKDAYS, is_clock_time
from omega.settings.strategies import AnyStrategySection
from omega.settings.unbuilt import refuse_unbuilt_values, without_unset_later_keys

if TYPE_CHECKING:
    # The names of closed sets stand in the contract; a type checker cannot read them from there.
    VariantName: TypeAlias = str
    BelowMinName: TypeAlias = str
    SizingModeName: TypeAlias = str
    CommissionBasisName: TypeAlias = str
    ChargedSidesName: TypeAlias = str
    TripleName: TypeAlias = str
    MarketFillName: TypeAlias = str
    SignalTimeName: TypeAlias = str
    IntrabarName: TypeAlias = str
    OnRuinName: TypeAlias = str
    EntryName: TypeAlias = str
else:
    VariantName = Literal[tuple(member.text for member in Variant)]
    BelowMinName = Literal[tuple(member.text for member in BelowMin)]
    SizingModeName = Literal[tuple(member.text for member in SizingMode)]
    CommissionBasisName = Literal[tuple(member.text for member in CommissionBasis)]
    ChargedSidesName = Literal[tuple(member.text for member in ChargedSides)]
    TripleName = Literal[(*WEEKDAYS, "none")]
    MarketFillName = Literal[tuple(member.text for member in MarketFill)]
    SignalTimeName = Literal[tuple(member.text for member in SignalTime)]
    IntrabarName = Literal[tuple(member.text for member in Intrabar)]
    OnRuinName = Literal[tuple(member.text for member in OnRuin)]
    EntryName = Literal[tuple(member.text for member in DecisionPoint)]


def _aware(value: object) -> object:
    """Parse ISO text with an offset; a naive time is a wrong type (T-1)."""
    if isinstance(value, str):
        if is_too_fine(value):
            raise PydanticCustomError("time_too_fine", "this is no whole microsecond; round it")
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("time_format", "expected an ISO 8601 time with an offset") from None
    if not isinstance(value, datetime):
        raise PydanticCustomError("time_type", "expected a datetime, or an ISO 8601 time as text, with an offset")
    if value.tzinfo is None:
        raise PydanticCustomError("time_naive", "a time needs an offset, as in 2024-01-01T00:00:00+00:00")
    return value


def _clock(value: str) -> str:
    if not is_clock_time(value):
        raise PydanticCustomError("time_format", "expected a time of the day as HH:MM, from 00:00 to 23:59")
    return value


AwareTime = Annotated[datetime, BeforeValidator(_aware)]
Charge = Annotated[float, Field(ge=0, le=CHARGE.most, allow_inf_nan=False), plus_zero]
Points = Annotated[float, Field(ge=-FACTOR.most, le=FACTOR.most, allow_inf_nan=False), plus_zero]
ClockTime = Annotated[str, AfterValidator(_clock)]
Money = Annotated[float, Field(ge=MONEY.least, le=MONEY.most, allow_inf_nan=False)]
Unit = Annotated[float, Field(ge=UNIT.least, le=UNIT.most, allow_inf_nan=False)]
Size = Annotated[float, Field(ge=SIZE.least, le=SIZE.most, allow_inf_nan=False)]
SmallestSize = Annotated[float, Field(ge=1e-8, le=SIZE.most, allow_inf_nan=False)]
"""Lots; sizes have 8 digits (S-4), and no position has a size of 0 (E-20)."""
Fraction = Annotated[float, Field(ge=FRACTION.least, le=FRACTION.most, allow_inf_nan=False)]
Leverage = Annotated[float, Field(ge=1, le=UNIT.most, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), plus_zero]
Days = Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)]


class InstrumentConfig(Model):
    """Symbol specification (T-5). ``tick_value`` is in the account currency per lot and tick."""

    symbol: Annotated[str, Field(min_length=1)]
    pip_size: Unit
    tick_size: Unit
    tick_value: Unit | None = None
    contract_size: Unit
    volume_min: SmallestSize
    volume_step: Size
    volume_max: Size
    base_currency: str
    quote_currency: str
    profit_currency: str
    digits: Annotated[int, Field(ge=0, le=15)]
    min_stop_distance_pips: Factor = 0.1

    @pydantic.model_validator(mode="after")
    def _volumes_are_ordered(self) -> Self:
        if self.volume_max < self.volume_min:
            raise PydanticCustomError(
                "volume_order",
                "volume_max {maximum} is below volume_min {minimum}",
                {"maximum": self.volume_max, "minimum": self.volume_min},
            )
        return self


class SlippageConfig(Model):
    """C-1, in pips."""

    fixed_pips: Factor = 0.0
    random_pips: Factor = 0.0


class FeeConfig(Model):
    """C-2: account currency per million of notional, and per fill."""

    per_million: Charge = 0.0
    min_fee: Charge = 0.0


class CommissionConfig(Model):
    """C-3, instead of the fee: ``rate`` is money per lot or million, or a share of the notional (0.00005: 0.005 %).

    ``currency`` is the account's unless set; ``min_fee`` is in it, and per fill.
    """

    basis: CommissionBasisName
    rate: Charge
    multiplier: Factor = 1.0
    min_fee: Charge = 0.0
    currency: Annotated[str, Field(min_length=1)] | None = None
    sides: ChargedSidesName = "both"


class SwapConfig(Model):
    """C-4: ticks per lot and night, negative where they cost, at ``rollover`` (HH:MM) on the clock of ``zone``."""

    long_points: Points = 0.0
    short_points: Points = 0.0
    rollover: ClockTime = "17:00"
    zone: str = "America/New_York"
    triple: TripleName = "wednesday"
    """The weekday whose rollover ends three nights, or ``none``."""


class CostsConfig(Model):
    """Wave 0."""

    slippage: SlippageConfig = SlippageConfig()
    fee: FeeConfig = FeeConfig()
    commission: CommissionConfig | None = None
    swap: SwapConfig | None = None


class SizingConfig(Model):
    """S-2 … S-4. ``below_min`` is ``reject`` unless set, and always ``clamp`` in ``v1``; ``lots`` is for ``fixed``."""

    mode: SizingModeName = "risk"
    lots: Size | None = None
    below_min: BelowMinName | None = None


class IntrabarConfig(Model):
    """E-7: which extreme of a bar comes first, in the bar of an entry and for what is open; ``path`` unless set."""

    stop_entry: IntrabarName | None = None
    limit_entry: IntrabarName | None = None
    open_position: IntrabarName | None = None


class MarginConfig(Model):
    """E-21: an order takes its notional over ``leverage``; ``stop_out`` is the share of it that must be left."""

    leverage: Leverage
    stop_out: Share = 0.5


class AlignmentConfig(Model):
    """G-3: what a strategy sees of higher timeframes."""

    entry: EntryName = "close"
    stale_limit: Annotated[int, Field(ge=0, le=LONGEST)] | None = None
    """Primary bars that a bar is carried forward; twice as many as fit into it unless set."""


class RateSeriesConfig(Model):
    """Rates of one pair, row by row (C-6): times as in a table of signals, rates as numbers."""

    timestamp: list[Any]
    rate: list[Any]


class SampleSection(Model):
    """The built-in sample (Q-D1)."""

    n: Annotated[int, Field(ge=1, le=10_000_000)] = 30_000
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 7


class DataSection(Model):
    """Where the bars come from: one ``path``, ``bid`` and ``ask`` (one with ``spread_pips``), or the ``sample``."""

    path: str | None = None
    bid: str | None = None
    ask: str | None = None
    sample: SampleSection | None = None
    spread_pips: Factor | str | None = None
    max_missing_ratio: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    quality: Literal["report", "refuse"] = "report"


class Config(Model):
    """The configuration of a run (DESIGN §4); construct it with keywords, or by :func:`omega.config.load_config`.

    Money is in the account currency, sizes in lots, times are aware datetimes or ISO text with an offset.

    Raises
    ------
    OmegaError
        1001 for an unknown key or value (with the nearest choice), 1002 … 1008, 2004 and 2005 for values that
        break a rule, 4001 for keys of features that are not built yet; ``column`` is the dotted key.
    """

    variant: VariantName = "canonical"
    symbol: Annotated[str, Field(min_length=1)] | None = None
    timeframe: TimeframeName | None = None
    start: AwareTime | None = None
    end: AwareTime | None = None
    warmup_bars: Annotated[int, Field(ge=0)] | None = None
    account_currency: Annotated[str, Field(min_length=1)] = "USD"
    initial_balance: Money = 10_000.0
    risk_per_trade: Money = 100.0
    risk_fraction: Fraction | None = None
    max_positions_per_symbol: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 0
    pip_buffer_factor: Factor | None = None
    """0 unless set, and 0.5 in ``v1`` (E-6)."""
    close_at_end: bool = False
    market_fill: MarketFillName | None = None
    """``close`` unless set (E-1); canonical only, as the next two."""
    signal_time: SignalTimeName | None = None
    """``bar`` unless set (L-1a)."""
    intrabar: IntrabarConfig | None = None
    sizing: SizingConfig = SizingConfig()
    costs: CostsConfig = CostsConfig()
    on_ruin: OnRuinName | None = None
    """``stop`` unless set (E-21); canonical only, as the next three."""
    margin: MarginConfig | None = None
    rates: dict[str, Unit | str | RateSeriesConfig] | None = None
    """By pair, as EURUSD: a number, a table of ``timestamp`` and ``rate``, or the path of one (C-6)."""
    rates_max_age: Days | None = None
    """Days that a row of a series holds, 7 unless set (Q-C6)."""
    instruments: list[InstrumentConfig] | str | None = None
    strategy: AnyStrategySection | None = None
    data: str | DataSection | None = None
    feature_flags: dict[str, str | bool] = Field(default={})
    higher_timeframes: dict[TimeframeName, str] | None = None
    """Paths of bars by timeframe, as D1; what is not given is resampled (G-2)."""
    alignment: AlignmentConfig = AlignmentConfig()

    @guarded("config")
    def __init__(self, /, **keys: object) -> None:
        check_document(keys, "config")
        plain = {name: _plain(name, value) for name, value in with_rate_columns(keys).items()}
        known = without_unset_later_keys(plain)
        try:
            super().__init__(**known)
        except pydantic.ValidationError as error:
            raise as_omega_error(error, type(self)) from None
        refuse_unbuilt_values(self)


def _plain(key: str, value: object) -> object:
    """Take NumPy's scalars as the numbers they are (T-8b)."""
    try:
        return value if isinstance(value, BaseModel) else plain_scalars(value)
    except OmegaError as error:
        raise omega_error(error.code, error.message, rule=error.rule, column=key, value=error.value) from None
    except (OverflowError, ValueError) as error:  # a time that Python has no datetime for, or NaT
        code = ErrorCode.OUT_OF_BOUNDS if isinstance(error, OverflowError) else ErrorCode.TYPE_MISMATCH
        raise omega_error(code, f"{key}: {error}", rule="T-1", column=key, value=plain_value(value)) from None


def parse(model: type[Model], keys: Mapping[str, object], prefix: str = "") -> Any:
    """Build ``model`` from ``keys``; errors carry the dotted key below ``prefix``."""
    try:
        return model.model_validate(dict(keys))
    except pydantic.ValidationError as error:
        raise as_omega_error(error, model, prefix) from None
