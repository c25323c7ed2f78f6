"""What a user writes about a strategy (A-2), and the records it becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import pydantic
from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import (
    Direction,
    DirectionFilter,
    MeanReversionParameters,
    Overlay,
    OverlayMode,
    StrategyConfig,
    Timeframe,
    Trend,
    VolatilityFeature,
)
from omega.settings.base import AboveZero, Count, Factor, Finite, Length, Model, TimeframeName, Window

_SCENARIOS: Final = (1, 2, 3, 4, 5, 6)
_CLUSTERS: Final = ("low", "mid", "high", "very_high", "extreme")
"""By number (I-16)."""

if TYPE_CHECKING:
    DirectionName: TypeAlias = str
    TrendName: TypeAlias = str
    FeatureName: TypeAlias = str
    ModeName: TypeAlias = str
    ClusterName: TypeAlias = str
    LabelName: TypeAlias = str
else:
    DirectionName = Literal[tuple(member.text for member in DirectionFilter)]
    TrendName = Literal[tuple(member.text for member in Trend)]
    FeatureName = Literal[tuple(member.text for member in VolatilityFeature)]
    ModeName = Literal[tuple(member.text for member in OverlayMode)]
    ClusterName = Literal[_CLUSTERS]
    LabelName = Literal[tuple(f"{direction.text}_{number}" for direction in Direction for number in _SCENARIOS)]

_AUTO: Final[Mapping[int, int]] = {
    Timeframe.M5: Timeframe.H1,
    Timeframe.M15: Timeframe.H4,
    Timeframe.M30: Timeframe.H4,
}
_VOL_WINDOW: Final[Mapping[int, int]] = {Timeframe.M5: 300, Timeframe.M30: 240, Timeframe.H1: 240}
_OTHER_VOL_WINDOW: Final = 200
_FLAT_KEY: Final = re.compile(rf"scenario6_({'|'.join(Timeframe.__members__)})_(long|short)_(\w+)")


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise PydanticCustomError("listed_twice", "a timeframe is listed twice")
    return names


class OverlayValues(Model):
    """Parameters of scenario 6 for one timeframe; what is not set is the strategy's own (Q-A7c)."""

    window_length: Window | None = None
    b_b_length: Window | None = None
    std_factor: AboveZero | None = None
    kalman_r: AboveZero | None = None
    kalman_q: Factor | None = None
    z_score: Finite | None = None
    z_score_long: Finite | None = None
    z_score_short: Finite | None = None


class OverlayConfig(OverlayValues):
    """The same, with a section of its own for each direction."""

    long: OverlayValues | None = None
    short: OverlayValues | None = None


class MeanReversionConfig(Model):
    """Parameters of ``mean_reversion_z_score`` with the defaults of v1 (A-2)."""

    atr_length: Length = 14
    atr_mult: AboveZero = 2.0
    b_b_length: Window = 20
    std_factor: AboveZero = 2.0
    window_length: Window = 100
    z_score_long: Finite = -2.5
    z_score_short: Finite = 2.5
    ema_length: Length = 30
    kalman_r: AboveZero = 0.01
    kalman_q: Factor = 1.0
    tp_min_distance: Factor = 1.0
    direction_filter: DirectionName = "both"
    enabled_scenarios: Annotated[list[Annotated[int, Field(ge=1, le=6)]], Field(min_length=1)] = Field(
        default=[*_SCENARIOS]
    )
    enabled_labels: list[LabelName] | None = None
    """``long_2`` and the like; all unless set."""
    use_position_manager: bool = True
    max_holding_minutes: Annotated[int, Field(ge=1, le=5_256_000)] = 30
    htf_tf: TimeframeName | Literal["NONE"] = "D1"
    htf_ema: Length = 100
    htf_filter: TrendName = "both"
    extra_htf_tf: TimeframeName | Literal["AUTO", "NONE"] = "AUTO"
    extra_htf_ema: Length = 50
    extra_htf_filter: TrendName = "both"
    garch_alpha: Factor = 0.05
    garch_beta: Factor = 0.90
    garch_omega: Factor | None = None
    garch_use_log_returns: bool = True
    garch_scale: AboveZero = 100.0
    garch_min_periods: Count = 50
    garch_sigma_floor: Factor = 1e-6
    local_z_lookback: Count = 0
    intraday_vol_feature: FeatureName = "garch_forecast"
    intraday_vol_cluster_window: Length | None = None
    intraday_vol_cluster_k: Annotated[int, Field(ge=1, le=5)] = 3
    intraday_vol_log_transform: bool = True
    intraday_vol_min_points: Length = 60
    intraday_vol_garch_lookback: Length = 500
    intraday_vol_allowed: list[ClusterName] = Field(default=["low", "mid"])
    cluster_hysteresis_bars: Count = 0
    scenario6_mode: ModeName = "all"
    scenario6_timeframes: Annotated[list[TimeframeName], AfterValidator(_each_once)] = Field(default=[])
    scenario6_params: dict[TimeframeName, OverlayConfig] = Field(default={})
    """By timeframe; ``scenario6_<TF>_<long|short>_<name>`` is a flat key of the same."""

    @pydantic.model_validator(mode="before")
    @classmethod
    def _with_flat_keys(cls, keys: Any) -> Any:
        """Take flat keys as what they stand for, before what stands there (Q-A7c)."""
        if not isinstance(keys, Mapping):
            return keys
        plain: dict[Any, Any] = {}
        flat: dict[str, dict[str, dict[str, object]]] = {}
        for key, value in keys.items():
            found = _FLAT_KEY.fullmatch(key) if isinstance(key, str) else None
            if found is None:
                plain[key] = value
            else:
                timeframe, direction, name = found.groups()
                flat.setdefault(timeframe, {}).setdefault(direction, {})[name] = value
        nested = plain.get("scenario6_params", {})
        if flat and isinstance(nested, Mapping):
            plain["scenario6_params"] = {**nested, **{name: _merged(nested.get(name), by) for name, by in flat.items()}}
        return plain


def _merged(section: object, flat: Mapping[str, Mapping[str, object]]) -> object:
    """Put the flat keys of a timeframe, by direction, before those of its section."""
    if section is not None and not isinstance(section, Mapping):
        return section  # the model says what is wrong with it
    merged: dict[str, object] = dict(section or {})
    for direction, values in flat.items():
        own = merged.get(direction) or {}
        merged[direction] = {**own, **values} if isinstance(own, Mapping) else own
    return merged


class StrategySection(Model):
    """A registered strategy by name, and its parameters."""

    name: str = "mean_reversion_z_score"
    magic_number: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0
    parameters: MeanReversionConfig = MeanReversionConfig()
    rust_enabled: bool | None = None
    """The STRATEGY flag, at the rank of the configuration file (F-3)."""


class OwnStrategySection(Model):
    """A strategy of one's own: a class of a module or of a ``.py`` file, and what it is called with."""

    model_config = ConfigDict(serialize_by_alias=True)

    module: Annotated[str, Field(min_length=1)]
    class_name: Annotated[str, Field(min_length=1, alias="class")]
    magic_number: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0
    """What the magic numbers of its entries count on from (Q-L3b)."""
    parameters: dict[str, Any] = Field(default={})


def _kind_of_section(given: object) -> str:
    is_own = isinstance(given, OwnStrategySection)
    is_own = is_own or (isinstance(given, Mapping) and ("module" in given or "class" in given))
    return OwnStrategySection.__name__ if is_own else StrategySection.__name__


AnyStrategySection = Annotated[
    Annotated[StrategySection, Tag("StrategySection")] | Annotated[OwnStrategySection, Tag("OwnStrategySection")],
    Discriminator(_kind_of_section),
]


def resolve_strategy(section: StrategySection, timeframe: int) -> StrategyConfig:
    """Turn a strategy's section into its record, for bars of ``timeframe`` (µs).

    Raises
    ------
    OmegaError
        1001 for a higher timeframe that is in use and shorter than that of the bars (Q-G2).
    """
    parameters = _mean_reversion(section.parameters, timeframe)
    return StrategyConfig(name=section.name, magic_number=section.magic_number, parameters=parameters)


def _mean_reversion(given: MeanReversionConfig, timeframe: int) -> MeanReversionParameters:
    overlays = {direction: _overlays(given, timeframe, direction) for direction in Direction}
    return MeanReversionParameters(
        atr_length=given.atr_length,
        atr_mult=given.atr_mult,
        window_length=given.window_length,
        ema_length=given.ema_length,
        z_score_long=given.z_score_long,
        z_score_short=given.z_score_short,
        direction_filter=DirectionFilter[given.direction_filter.upper()],
        max_holding=given.max_holding_minutes * Timeframe.M1.value if given.use_position_manager else None,
        long_scenarios=_scenarios(given, Direction.LONG),
        short_scenarios=_scenarios(given, Direction.SHORT),
        b_b_length=given.b_b_length,
        std_factor=given.std_factor,
        kalman_r=given.kalman_r,
        kalman_q=given.kalman_q,
        tp_min_distance=given.tp_min_distance,
        htf_tf=_filter_timeframe(given, "htf_tf", given.htf_filter, timeframe),
        htf_ema=given.htf_ema,
        htf_filter=Trend[given.htf_filter.upper()],
        extra_htf_tf=_filter_timeframe(given, "extra_htf_tf", given.extra_htf_filter, timeframe),
        extra_htf_ema=given.extra_htf_ema,
        extra_htf_filter=Trend[given.extra_htf_filter.upper()],
        garch_alpha=given.garch_alpha,
        garch_beta=given.garch_beta,
        garch_omega=given.garch_omega,
        garch_log_returns=given.garch_use_log_returns,
        garch_scale=given.garch_scale,
        garch_min_periods=given.garch_min_periods,
        garch_floor=given.garch_sigma_floor,
        local_z_lookback=given.local_z_lookback,
        vol_feature=VolatilityFeature[given.intraday_vol_feature.upper()],
        vol_window=given.intraday_vol_cluster_window or _VOL_WINDOW.get(timeframe, _OTHER_VOL_WINDOW),
        vol_k=given.intraday_vol_cluster_k,
        vol_log=given.intraday_vol_log_transform,
        vol_min_points=given.intraday_vol_min_points,
        vol_garch_lookback=given.intraday_vol_garch_lookback,
        vol_allowed=tuple(sorted({_CLUSTERS.index(name) for name in given.intraday_vol_allowed})),
        vol_hysteresis=given.cluster_hysteresis_bars,
        overlay_mode=OverlayMode[given.scenario6_mode.upper()],
        long_overlays=overlays[Direction.LONG],
        short_overlays=overlays[Direction.SHORT],
    )


def _scenarios(given: MeanReversionConfig, direction: Direction) -> tuple[int, ...]:
    """Return the scenarios that are enabled, and whose label is (Q-A3)."""
    labels = given.enabled_labels
    named = {number for number in given.enabled_scenarios if labels is None or f"{direction.text}_{number}" in labels}
    return tuple(sorted(named))


def _filter_timeframe(given: MeanReversionConfig, key: str, trend: str, timeframe: int) -> int | None:
    name: str = getattr(given, key)
    if name == "AUTO":
        return _AUTO.get(timeframe)
    if name == "NONE":
        return None
    is_used = trend in ("above", "below") and any(number > 1 for number in given.enabled_scenarios)
    return _not_shorter(key, name, timeframe) if is_used else Timeframe[name].value


def _overlays(given: MeanReversionConfig, timeframe: int, direction: Direction) -> tuple[Overlay, ...]:
    is_used = 6 in given.enabled_scenarios
    return tuple(
        _overlay(given, _not_shorter("scenario6_timeframes", name, timeframe), name, direction)
        for name in given.scenario6_timeframes
        if is_used
    )


def _overlay(given: MeanReversionConfig, timeframe: int, name: str, direction: Direction) -> Overlay:
    section = given.scenario6_params.get(name, OverlayConfig())
    own: OverlayValues | None = getattr(section, direction.text)
    sources: Sequence[Model] = (section if own is None else own, given)
    return Overlay(
        timeframe=timeframe,
        window_length=_first_set(sources, "window_length"),
        b_b_length=_first_set(sources, "b_b_length"),
        std_factor=_first_set(sources, "std_factor"),
        kalman_r=_first_set(sources, "kalman_r"),
        kalman_q=_first_set(sources, "kalman_q"),
        z_score=_first_set(sources, "z_score", f"z_score_{direction.text}"),
    )


def _first_set(sources: Sequence[Model], *names: str) -> Any:  # of the type of the strategy's own, which is always set
    return next(value for source in sources for name in names if (value := getattr(source, name, None)) is not None)


def _not_shorter(key: str, name: str, timeframe: int) -> int:
    """Return the length of a higher timeframe that is none of the lower ones (Q-G2)."""
    length = Timeframe[name].value
    if length < timeframe:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"{name} is shorter than the bars, {Timeframe(timeframe).name}: choose one that is not",
            rule="G-2",
            column=f"strategy.parameters.{key}",
            value=name,
        )
    return length
