"""Generated ruin, margin and rates of currencies, expanded from bytes; v1 has none of them (E-21, C-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from omega.contract.types import EngineConfig, OnRuin, Rate, Variant
from omega_parity.generate.blocks import WIDE_BYTES, Decisions
from omega_parity.generate.ranges import record_scales

RATE_BYTES: Final = 5

ACCOUNT_BYTES: Final = 16 + WIDE_BYTES

_ACCOUNT: Final = "CHF"
_THROUGH: Final = "USD"

_LEVERAGES: Final = (30.0, 1.0, 10.0, 100.0, 500.0)

_ROWS: Final = 4
"""Of a series."""


def with_account(config: EngineConfig, decisions: Decisions, times: Sequence[int]) -> EngineConfig:
    """Let a canonical account end, have margin, or be held in a currency to which rates lead; ``times`` of the bars."""
    on_ruin = decisions.choose((176, OnRuin.CONTINUE), (80, OnRuin.STOP))
    has_margin, is_wide = decisions.choose((176, False), (80, True)), decisions.choose((96, False), (160, True))
    usual, wide = decisions.evenly(*_LEVERAGES), float(decisions.wide(record_scales("EngineConfig")["margin_leverage"]))
    leverage = None if not has_margin else wide if is_wide else usual
    share = decisions.choose((128, 0.5), (64, 0.0), (64, 1.0))
    is_foreign = decisions.choose((192, False), (64, True))
    way = decisions.choose((32, "price"), (56, "direct"), (56, "inverse"), (112, "through"))
    legs = [expand_rate(decisions, times) for _ in range(2)]
    if config.variant is Variant.V1:
        return config
    # An account with margin ends: nothing else goes with it (E-21).
    on_ruin = on_ruin if leverage is None else OnRuin.STOP
    config = replace(config, on_ruin=on_ruin, margin_leverage=leverage, margin_stop_out=share)
    return _foreign(config, way, legs, times) if is_foreign else config


def _foreign(config: EngineConfig, way: str, legs: Sequence[tuple[bool, Rate]], times: Sequence[int]) -> EngineConfig:
    """Hold the account in another currency than the symbol is quoted in, which one of the ways of S-1 leads to."""
    spec = config.instrument
    if spec is None or spec.quote_currency == _ACCOUNT:
        return config
    quote = spec.quote_currency
    base = _ACCOUNT if way == "price" else "EUR"
    steps = {
        "direct": [(quote, _ACCOUNT, False)],
        "inverse": [(quote, _ACCOUNT, True)],
        "through": [
            (one, other, legs[leg][0]) for leg, (one, other) in enumerate(((quote, _THROUGH), (_THROUGH, _ACCOUNT)))
        ],
    }.get(way, [])
    rates = tuple(
        replace(rate, pair=other + one if is_inverse else one + other)
        for (one, other, is_inverse), (_, rate) in zip(steps, legs, strict=False)
    )
    return replace(
        config,
        account_currency=_ACCOUNT,
        instrument=replace(spec, tick_value=None, base_currency=base),
        rates=rates,
        # No row is too old, the first one by nothing.
        rates_max_age=times[-1] - times[0] + 1 if times else config.rates_max_age,
    )


def expand_rate(decisions: Decisions, times: Sequence[int]) -> tuple[bool, Rate]:
    """Return whether a pair is given by its inverse, and a fixed rate or a series that begins with the bars."""
    is_inverse, is_series = decisions.choose((128, False), (128, True)), decisions.choose((96, False), (160, True))
    level = decisions.evenly(1.0, 0.75, 1.3, 151.7)
    place, before = decisions.byte(), decisions.choose((128, 0), (128, 1))
    if not is_series or not times:
        return is_inverse, Rate(pair="", timestamps=(), values=(level,))
    step = 1 + place * len(times) // (256 * _ROWS)
    stamps = (times[0] - before, *times[step : step * _ROWS : step])
    return is_inverse, Rate(
        pair="", timestamps=stamps, values=tuple(level * (1.0 + row / 7) for row in range(len(stamps)))
    )
