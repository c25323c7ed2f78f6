"""What the variants answer where they differ: the only module that asks which variant a run is (chapter V)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from omega.contract.types import Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRules:
    """One variant as a set of answers, each beside the rule that asks; everything else reads these."""

    enters_at_signal_time: bool
    """L-1a: an order's entry time is the signal's own, not that of the bar of hand-over."""
    rejects_before_first_bar: bool
    """L-1a: a signal earlier than the run's first bar is rejected."""
    enters_at_signal_price: bool
    """E-1: a market order fills at its signal's price, which it needs, instead of at the market's."""
    checks_pending: bool
    """E-2: stop and target are checked when an order is placed."""
    checks_sides: bool
    """E-1: stop and target lie on their sides of the prices at which one enters and could leave."""
    sizes_at_acceptance: bool
    """S-2: an order has its lots from the start, by its order price, instead of from its fill on."""
    stop_distance: float | None
    """E-1: least distance of the stop in price, whatever the symbol's; None for the symbol's."""
    slips_by_direction: bool
    """C-1: an exit slips with the sign of its entry, in the trader's favour."""
    slips_targets: bool
    """C-1: a target slips too."""
    slips_stop_entries: bool
    """C-1: a triggered stop order slips."""
    keeps_to_grid: bool
    """N-8: prices and fills lie on the symbol's grid of digits, distances on one ten times as fine."""
    buffers_by_bar: bool
    """E-6: the buffer is the bar's and brings targets nearer too; otherwise each stop has its own."""
    idle_pip_size: float | None
    """E-6: pip size of the buffer while no position is open, whatever the symbol's; None for the symbol's."""
    walks_bars: bool
    """E-7: a bar is walked from point to point; otherwise its stop goes first and every fill is at its level."""
    asks_close_for_targets: bool
    """E-8: in the bar that triggers a limit order its target counts by the close alone."""
    names_expired_stops: bool
    """E-4: a stop order that expires has a reason of its own."""
    names_moved_stops: bool
    """E-10: a moved stop's reason says what moved it; otherwise break-even, whatever did."""
    tells_moved_stops: bool
    """E-17: a moved stop has another reason than one that was never moved."""
    stamps_market_triggers: bool
    """E-17: a market order has a trigger time."""
    sizes_markets_twice: bool
    """S-4: the lots of a market order are its raw size once more."""
    measures_break_even_by_ratio: bool
    """E-13: the gain divided by the distance is compared; otherwise both as distances of the grid."""
    ages_from_entry: bool
    """E-12: a position's age counts from the entry time instead of the trigger time."""
    times_out_free: bool
    """E-12: a timeout has neither slippage nor fee."""
    looks_inside_bars: bool
    """E-21: the account is looked at where it stood worst inside a bar, and may be stopped out there."""
    marks_open_profit: bool
    """P-3: equity marks open positions; otherwise it is cash."""
    starts_with_point: bool
    """P-4: the equity curve starts with the initial balance, one bar before the first."""
    results_by_risk: bool
    """P-1: a result is the R multiple of the money at risk instead of lots times value."""
    measures_net: bool
    """P-5: trades are measured by what they bring after fees."""
    charges_nights: bool
    """C-4: open positions pay or get a swap overnight."""
    converts_fees: bool
    """C-2: fees are converted from quote to account currency."""
    refuses_below_min: bool
    """S-4: a size under the minimum may be refused (``below_min: reject``)."""
    needs_specification: bool
    """S-5: a symbol without a specification is refused."""
    value_without_tick_value: float | None
    """S-1: value per price and lot of a symbol without tick value; None if it has to follow from the currencies."""
    values_pips_by_contract: bool
    """S-3: what a pip is worth follows from the contract size alone where quotes are in the account currency."""
    quantizes_pip_sizes: bool
    """S-4: sizes of pip mode are quantized as all others."""


_CANONICAL: Final = VariantRules(
    enters_at_signal_time=False,
    rejects_before_first_bar=True,
    enters_at_signal_price=False,
    checks_pending=True,
    checks_sides=True,
    sizes_at_acceptance=True,
    stop_distance=None,
    slips_by_direction=False,
    slips_targets=False,
    slips_stop_entries=True,
    keeps_to_grid=True,
    buffers_by_bar=False,
    idle_pip_size=None,
    walks_bars=True,
    asks_close_for_targets=False,
    names_expired_stops=True,
    names_moved_stops=True,
    tells_moved_stops=True,
    stamps_market_triggers=True,
    sizes_markets_twice=False,
    measures_break_even_by_ratio=False,
    ages_from_entry=False,
    times_out_free=False,
    looks_inside_bars=True,
    marks_open_profit=True,
    starts_with_point=False,
    results_by_risk=False,
    measures_net=True,
    charges_nights=True,
    converts_fees=True,
    refuses_below_min=True,
    needs_specification=True,
    value_without_tick_value=None,
    values_pips_by_contract=False,
    quantizes_pip_sizes=True,
)

_V1: Final = VariantRules(
    enters_at_signal_time=True,
    rejects_before_first_bar=False,
    enters_at_signal_price=True,
    checks_pending=False,
    checks_sides=False,
    sizes_at_acceptance=False,
    stop_distance=1e-5,
    slips_by_direction=True,
    slips_targets=True,
    slips_stop_entries=False,
    keeps_to_grid=False,
    buffers_by_bar=True,
    idle_pip_size=0.0001,
    walks_bars=False,
    asks_close_for_targets=True,
    names_expired_stops=False,
    names_moved_stops=False,
    tells_moved_stops=True,
    stamps_market_triggers=True,
    sizes_markets_twice=False,
    measures_break_even_by_ratio=True,
    ages_from_entry=True,
    times_out_free=True,
    looks_inside_bars=False,
    marks_open_profit=False,
    starts_with_point=True,
    results_by_risk=True,
    measures_net=False,
    charges_nights=False,
    converts_fees=False,
    refuses_below_min=False,
    needs_specification=False,
    value_without_tick_value=100_000.0,
    values_pips_by_contract=True,
    quantizes_pip_sizes=False,
)

_V1_TICKS: Final = replace(
    _V1,
    enters_at_signal_time=False,
    idle_pip_size=None,
    asks_close_for_targets=False,
    tells_moved_stops=False,
    stamps_market_triggers=False,
    sizes_markets_twice=True,
)


def variant_rules(variant: Variant) -> VariantRules:
    """Return what a variant answers."""
    return _V1 if variant is Variant.V1 else _CANONICAL


def tick_variant_rules(variant: Variant) -> VariantRules:
    """Return what a variant answers at ticks (E-17)."""
    return _V1_TICKS if variant is Variant.V1 else _CANONICAL
