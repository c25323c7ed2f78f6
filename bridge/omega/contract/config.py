"""What a user writes: the configuration of a run as pydantic models (DESIGN §4). Unknown keys are refused.

The models only know shapes, types and ranges; :mod:`omega.config` turns a model into the
:class:`omega.contract.types.EngineConfig` both implementations take.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Self, TypeGuard

import pydantic
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error


class Timeframe(IntEnum):
    """Length of a bar in µs (T-4)."""

    M1 = 60_000_000
    M5 = 5 * M1
    M15 = 15 * M1
    M30 = 30 * M1
    H1 = 60 * M1
    H4 = 4 * H1
    D1 = 24 * H1


TimeframeName = Literal["M1", "M5", "M15", "M30", "H1", "H4", "D1"]

LATER_KEYS: Final[Mapping[str, str]] = {
    "rates": "currency conversion (C-6)",
    "higher_timeframes": "higher timeframes (G-2, G-3)",
    "alignment": "higher timeframes (G-3)",
    "sessions": "entry gates (G-5)",
    "news": "entry gates (G-5)",
    "cooldown": "entry gates (G-5)",
    "report": "the run report",
    "costs.commission": "commission (C-3)",
    "costs.swap": "swap (C-4)",
    "sizing.lots": "fixed sizing (S-3)",
    "strategy.module": "strategies outside the registry",
    "strategy.class": "strategies outside the registry",
}
"""Keys that the contract knows and this version does not implement; ``null`` counts as not set."""

_RULES: Final[Mapping[str, str]] = {
    "variant": "config",
    "timeframe": "T-4",
    "start": "T-1",
    "end": "T-1",
    "warmup_bars": "G-4",
    "initial_balance": "P-4",
    "risk_per_trade": "S-2",
    "risk_fraction": "S-2",
    "max_positions_per_symbol": "Q-L1b",
    "seed": "N-6",
    "pip_buffer_factor": "E-6",
    "close_at_end": "E-18",
    "sizing": "S-4",
    "costs.slippage": "C-1",
    "costs.fee": "C-2",
    "instruments": "T-5",
    "strategy.parameters": "A-2",
    "strategy": "A-1",
    "feature_flags": "F-2",
    "data": "T-2",
}


def _aware(value: object) -> object:
    """Parse ISO text with an offset; a naive time is a wrong type (T-1)."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("time_format", "expected an ISO 8601 time with an offset") from None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise PydanticCustomError("time_naive", "a time needs an offset, as in 2024-01-01T00:00:00+00:00")
    return value


AwareTime = Annotated[datetime, BeforeValidator(_aware)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
SmallestSize = Annotated[float, Field(ge=1e-8, allow_inf_nan=False)]
"""Lots; sizes have 8 digits (S-4), and no position has a size of 0 (E-20)."""
Fraction = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Length = Annotated[int, Field(ge=1, le=10_000_000)]
"""Rows of an indicator; the upper end only keeps a typing error from asking for terabytes."""
Trend = Literal["above", "below", "both", "none"]
VolatilityLabel = Literal["low", "mid", "high", "very_high", "extreme"]


class Model(BaseModel):
    """Frozen, strict, closed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class InstrumentConfig(Model):
    """Symbol specification (T-5). ``tick_value`` is in the account currency per lot and tick."""

    symbol: Annotated[str, Field(min_length=1)]
    pip_size: Positive
    tick_size: Positive
    tick_value: Positive | None = None
    contract_size: Positive
    volume_min: SmallestSize
    volume_step: Positive
    volume_max: Positive
    base_currency: str
    quote_currency: str
    profit_currency: str
    digits: Annotated[int, Field(ge=0, le=15)]
    min_stop_distance_pips: NotNegative = 0.1

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

    fixed_pips: NotNegative = 0.0
    random_pips: NotNegative = 0.0


class FeeConfig(Model):
    """C-2: account currency per million of notional, and per fill."""

    per_million: NotNegative = 0.0
    min_fee: NotNegative = 0.0


class CostsConfig(Model):
    """Wave 0."""

    slippage: SlippageConfig = SlippageConfig()
    fee: FeeConfig = FeeConfig()


class SizingConfig(Model):
    """S-2, S-4. ``below_min`` is ``reject`` unless set, and always ``clamp`` in ``v1``."""

    mode: Literal["risk", "pip", "fixed"] = "risk"
    below_min: Literal["reject", "clamp"] | None = None


class MeanReversionConfig(Model):
    """Parameters of ``mean_reversion_z_score`` with the defaults of v1 (A-2)."""

    atr_length: Length = 14
    atr_mult: Positive = 2.0
    b_b_length: Annotated[int, Field(ge=2)] = 20
    std_factor: Positive = 2.0
    window_length: Annotated[int, Field(ge=2, le=10_000_000)] = 100
    z_score_long: Finite = -2.5
    z_score_short: Finite = 2.5
    ema_length: Length = 30
    kalman_r: NotNegative = 0.01
    kalman_q: NotNegative = 1.0
    tp_min_distance: NotNegative = 1.0
    direction_filter: Literal["both", "long", "short"] = "both"
    enabled_scenarios: list[Annotated[int, Field(ge=1, le=6)]] = [1, 2, 3, 4, 5, 6]
    use_position_manager: bool = True
    max_holding_minutes: Annotated[int, Field(ge=1, le=5_256_000)] = 30
    htf_tf: TimeframeName | Literal["NONE"] = "D1"
    htf_ema: Length = 100
    htf_filter: Trend = "both"
    extra_htf_tf: TimeframeName | Literal["AUTO", "NONE"] = "AUTO"
    extra_htf_ema: Length = 50
    extra_htf_filter: Trend = "both"
    garch_alpha: NotNegative = 0.05
    garch_beta: NotNegative = 0.90
    garch_omega: Positive | None = None
    garch_use_log_returns: bool = True
    garch_scale: Positive = 100.0
    garch_min_periods: Annotated[int, Field(ge=0)] = 50
    garch_sigma_floor: NotNegative = 1e-6
    local_z_lookback: Annotated[int, Field(ge=0)] = 0
    intraday_vol_feature: Literal["garch_forecast", "atr_points"] = "garch_forecast"
    intraday_vol_cluster_window: Length | None = None
    intraday_vol_cluster_k: Annotated[int, Field(ge=1, le=5)] = 3
    intraday_vol_log_transform: bool = True
    intraday_vol_min_points: Length = 60
    intraday_vol_garch_lookback: Length = 500
    intraday_vol_allowed: list[VolatilityLabel] = ["low", "mid"]
    cluster_hysteresis_bars: Annotated[int, Field(ge=0)] = 0
    scenario6_mode: Literal["all", "any"] = "all"
    scenario6_timeframes: list[TimeframeName] = []
    scenario6_params: dict[str, Any] = {}  # nested per timeframe and direction; read with scenario 6


class StrategySection(Model):
    """A registered strategy by name, and its parameters."""

    name: str = "mean_reversion_z_score"
    magic_number: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0
    parameters: MeanReversionConfig = MeanReversionConfig()
    rust_enabled: bool | None = None
    """The STRATEGY flag, at the rank of the configuration file (F-3)."""


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
    spread_pips: NotNegative | str | None = None
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

    variant: Literal["canonical", "v1"] = "canonical"
    symbol: Annotated[str, Field(min_length=1)] | None = None
    timeframe: TimeframeName | None = None
    start: AwareTime | None = None
    end: AwareTime | None = None
    warmup_bars: Annotated[int, Field(ge=0)] | None = None
    account_currency: Annotated[str, Field(min_length=1)] = "USD"
    initial_balance: Positive = 10_000.0
    risk_per_trade: Positive = 100.0
    risk_fraction: Fraction | None = None
    max_positions_per_symbol: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 0
    pip_buffer_factor: NotNegative = 0.5
    close_at_end: bool = False
    sizing: SizingConfig = SizingConfig()
    costs: CostsConfig = CostsConfig()
    instruments: list[InstrumentConfig] | str | None = None
    strategy: StrategySection | None = None
    data: str | DataSection | None = None
    feature_flags: dict[str, str | bool] = {}

    def __init__(self, **keys: object) -> None:
        known = without_unset_later_keys(keys)
        try:
            super().__init__(**known)
        except pydantic.ValidationError as error:
            raise as_omega_error(error, type(self)) from None
        _refuse_unbuilt_values(self)


def parse(model: type[Model], keys: Mapping[str, object], prefix: str = "") -> Any:
    """Build ``model`` from ``keys``; errors carry the dotted key below ``prefix``."""
    try:
        return model.model_validate(dict(keys))
    except pydantic.ValidationError as error:
        raise as_omega_error(error, model, prefix) from None


def without_unset_later_keys(keys: Mapping[str, object]) -> dict[str, object]:
    """Refuse keys of :data:`LATER_KEYS` that are set, and drop those that are null.

    Raises
    ------
    OmegaError
        NOT_IMPLEMENTED, with the dotted key as column.
    """
    return _without_later(keys, "")


def _without_later(keys: Mapping[str, object], prefix: str) -> dict[str, object]:
    kept: dict[str, object] = {}
    for key, value in keys.items():
        dotted = f"{prefix}{key}"
        if dotted in LATER_KEYS or _is_flat_scenario_key(dotted):
            if value is not None:
                feature = LATER_KEYS.get(dotted, "scenario 6 (A-7)")
                raise _not_implemented(dotted, f"{feature} is not built yet; leave {dotted!r} out", value)
        elif _is_section(value) and dotted.count(".") < 2:
            kept[key] = _without_later(value, f"{dotted}.")
        else:
            kept[key] = value
    return kept


def _is_section(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def _is_flat_scenario_key(dotted: str) -> bool:
    name = dotted.removeprefix("strategy.parameters.")
    return name != dotted and re.fullmatch(r"scenario6_(?:M1|M5|M15|M30|H1|H4|D1)_(?:long|short)_\w+", name) is not None


def _refuse_unbuilt_values(config: Config) -> None:
    if config.sizing.mode != "risk":
        raise _not_implemented("sizing.mode", "only mode 'risk' is built yet (S-2)", config.sizing.mode)
    if config.variant == "v1" and config.sizing.below_min == "reject":
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            "variant v1 always clamps a size below the minimum; leave sizing.below_min out or set clamp",
            rule="S-4",
            column="sizing.below_min",
            value="reject",
        )
    if config.strategy is None:
        return
    scenarios = config.strategy.parameters.enabled_scenarios
    if scenarios != [1]:
        raise _not_implemented(
            "strategy.parameters.enabled_scenarios",
            "only scenario 1 is built yet; set `enabled_scenarios: [1]`",
            str(scenarios),
            rule="A-3",
        )


def _not_implemented(column: str, message: str, value: object, rule: str | None = None) -> OmegaError:
    return omega_error(
        ErrorCode.NOT_IMPLEMENTED, message, rule=rule or rule_of(column), column=column, value=_plain(value)
    )


def rule_of(dotted: str) -> str:
    """Name the contract's rule a configuration key belongs to."""
    parts = re.split(r"[.\[]", dotted)
    for length in range(len(parts), 0, -1):
        rule = _RULES.get(".".join(parts[:length]))
        if rule is not None:
            return rule
    return "config"


_CODES: Final[Mapping[str, ErrorCode]] = {
    "extra_forbidden": ErrorCode.INVALID_ARGUMENT,
    "literal_error": ErrorCode.INVALID_ARGUMENT,
    "string_too_short": ErrorCode.INVALID_ARGUMENT,
    "missing": ErrorCode.MISSING_REQUIRED_FIELD,
    "time_format": ErrorCode.INVALID_FORMAT,
    "volume_order": ErrorCode.CONSTRAINT_VIOLATION,
    "greater_than": ErrorCode.CONSTRAINT_VIOLATION,
    "greater_than_equal": ErrorCode.CONSTRAINT_VIOLATION,
    "less_than": ErrorCode.CONSTRAINT_VIOLATION,
    "less_than_equal": ErrorCode.CONSTRAINT_VIOLATION,
}
"""pydantic's error types; whatever is not here is a value of the wrong type."""


def as_omega_error(error: pydantic.ValidationError, model: type[BaseModel], prefix: str = "") -> OmegaError:
    """Turn pydantic's first finding into the contract's error: code, rule, dotted key and value."""
    findings = error.errors(include_url=False)
    # Of a union every member complains; the one that got deepest is the member the user meant.
    finding = max(findings, key=lambda item: (item["type"] == "extra_forbidden", len(item["loc"])))
    column = prefix + _dotted(finding["loc"], is_key=finding["type"] == "extra_forbidden")
    value = _plain(finding.get("input"))
    code = _code_of(finding["type"], finding.get("input"), rule_of(column))
    message = f"{column}: {finding['msg'][0].lower()}{finding['msg'][1:]}"
    if finding["type"] == "extra_forbidden":
        message = _unknown_key(column, model, prefix)
    return omega_error(code, message, rule=rule_of(column), column=column, value=value)


def _code_of(kind: str, value: object, rule: str) -> ErrorCode:
    if isinstance(value, float) and not math.isfinite(value):
        return ErrorCode.NAN_VALUE if math.isnan(value) else ErrorCode.INFINITE_VALUE
    code = _CODES.get(kind, ErrorCode.TYPE_MISMATCH)
    if value is None and code is ErrorCode.TYPE_MISMATCH:
        return ErrorCode.NULL_VALUE
    if code is ErrorCode.CONSTRAINT_VIOLATION and rule == "A-2" and isinstance(value, int):
        return ErrorCode.OUT_OF_BOUNDS  # a window's length (Q-N7)
    return code


_UNION_MEMBER: Final = re.compile(
    r"(list|dict|literal|function|constrained)\b.*|str|float|bool|int|\w+(Config|Section)"
)


def _dotted(location: tuple[int | str, ...], *, is_key: bool) -> str:
    """Join the keys, without the names pydantic adds for the members of a union; ``is_key``: the last is none."""
    *path, last = location or ("",)
    names = [part for part in path if isinstance(part, int) or not _UNION_MEMBER.fullmatch(part)]
    if is_key or isinstance(last, int) or not _UNION_MEMBER.fullmatch(last):
        names.append(last)
    return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in names).removeprefix(".")


def _unknown_key(column: str, model: type[BaseModel], prefix: str) -> str:
    known = [f"{prefix}{key}" for key in known_keys(model)]
    if not prefix:
        known += LATER_KEYS
    plain = re.sub(r"\[\d+\]", "", column)
    siblings = [key for key in known if key.rpartition(".")[0] == plain.rpartition(".")[0]]
    nearest = difflib.get_close_matches(plain, siblings, n=1) or difflib.get_close_matches(plain, known, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known keys: {', '.join(siblings)}"
    return f"unknown configuration key {column!r}{hint}"


@lru_cache
def known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Every dotted key of ``model``, sections included."""
    return tuple(_keys(model, ""))


def _keys(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}"
        for section in _sections(field.annotation):
            yield from _keys(section, f"{prefix}{name}.")


def _sections(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _sections(argument)


def _plain(value: object) -> ContextValue:
    return value if value is None or isinstance(value, float | int | str) else str(value)
