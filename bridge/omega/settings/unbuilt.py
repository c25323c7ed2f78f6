"""What the contract knows and this version does not implement: refused where it is set, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Final, TypeGuard

from omega.boundary.guard import text_of
from omega.boundary.scalars import OWN_CLASSES
from omega.contract.errors import ErrorCode, omega_error
from omega.settings.findings import not_implemented
from omega.settings.keys import later_feature

if TYPE_CHECKING:
    from omega.settings.model import Config


_CANONICAL_ONLY: Final = {
    "market_fill": "E-1",
    "signal_time": "L-1a",
    "intrabar": "E-7",
    "on_ruin": "E-21",
    "margin": "E-21",
    "rates": "C-6",
    "rates_max_age": "C-6",
    "costs.swap": "C-4",
}
"""Keys that v1 refuses, and their rules."""


def without_unset_later_keys(keys: Mapping[str, object]) -> dict[str, object]:
    """Refuse keys of :data:`omega.settings.keys.LATER_KEYS` that are set, and drop those that are null.

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
        feature = later_feature(dotted)
        if feature is not None:
            if value is not None:
                raise not_implemented(dotted, f"{feature} is not built yet; leave {dotted!r} out", value)
        elif _is_section(value) and dotted.count(".") < 2:
            kept[key] = _without_later(value, f"{dotted}.")
        else:
            kept[key] = value
    return kept


def _is_section(value: object) -> TypeGuard[Mapping[str, object]]:
    if type(value) in OWN_CLASSES:
        return False
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def refuse_unbuilt_values(config: Config) -> None:
    """Refuse values that the contract knows and this version does not implement, or that contradict each other.

    Raises
    ------
    OmegaError
        NOT_IMPLEMENTED, or INVALID_ARGUMENT for ``reject`` (S-4) and keys of the canonical variant in ``v1``.
    """
    _refuse_contradictions(config)
    _refuse_of_sizing(config)
    _refuse_of_costs(config)


def _refuse_contradictions(config: Config) -> None:
    if config.variant == "v1" and config.sizing.below_min == "reject":
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            "variant v1 always clamps a size below the minimum; leave sizing.below_min out or set clamp",
            rule="S-4",
            column="sizing.below_min",
            value="reject",
        )
    if config.start is not None and config.end is not None and config.end <= config.start:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"end must be later than start, {config.start.isoformat()}",
            rule="G-4",
            column="end",
            value=config.end.isoformat(),
        )
    for key, rule in _CANONICAL_ONLY.items():
        value = reduce(getattr, key.split("."), config)
        if config.variant == "v1" and value is not None:
            raise omega_error(
                ErrorCode.INVALID_ARGUMENT,
                f"variant v1 does as the original did; leave {key} out, or use the canonical variant",
                rule=rule,
                column=key,
                value=value if isinstance(value, str) else text_of(value),
            )
    if config.on_ruin == "continue" and config.margin is not None:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            "on_ruin: continue looks at no account, so that margin would stop nothing; leave one of both out",
            rule="E-21",
            column="on_ruin",
            value="continue",
        )


def _refuse_of_sizing(config: Config) -> None:
    mode, lots = config.sizing.mode, config.sizing.lots
    if mode == "fixed" and lots is None:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            "sizing.mode: fixed trades sizing.lots; say how many",
            rule="S-3",
            column="sizing.lots",
        )
    if mode != "fixed" and lots is not None:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"sizing.lots belongs to sizing.mode: fixed, here is {mode}; leave one of both out",
            rule="S-3",
            column="sizing.lots",
            value=lots,
        )


def _refuse_of_costs(config: Config) -> None:
    commission, fee = config.costs.commission, config.costs.fee
    if commission is None:
        return
    if fee.per_million != 0.0 or fee.min_fee != 0.0:
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            "costs.commission is charged instead of costs.fee; leave one of both out",
            rule="C-3",
            column="costs.fee",
            value=text_of(fee),
        )
    if commission.basis == "percent_of_notional" and commission.rate > 1.0:
        raise omega_error(
            ErrorCode.CONSTRAINT_VIOLATION,
            "the rate of percent_of_notional is a share of the notional, at most 1: 0.00005 is 0.005 %",
            rule="C-3",
            column="costs.commission.rate",
            value=commission.rate,
        )
