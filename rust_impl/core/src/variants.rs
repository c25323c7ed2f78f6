//! What the variants of execution answer where they differ; no other room asks which variant runs.

use crate::types::Variant;

/// The answers of one variant, each beside its rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VariantRules {
    /// L-1a: an order's entry time is its signal's, not its bar's.
    pub enters_at_signal_time: bool,
    /// L-1a: a signal earlier than the run's first bar is rejected.
    pub rejects_before_first_bar: bool,
    /// E-1: a market order fills at its signal's price, and is refused without one.
    pub enters_at_signal_price: bool,
    /// E-2: the levels of a limit or stop order are checked.
    pub checks_pending: bool,
    /// E-1: stop and target lie on their sides.
    pub checks_sides: bool,
    /// S-2: an order is sized when it is accepted and not when it fills.
    pub sizes_at_acceptance: bool,
    /// E-1: least distance of a stop from its fill, in price; none: the symbol's.
    pub stop_distance: Option<f64>,
    /// C-1: an exit slips in the direction of its entry, in the trader's favour.
    pub slips_by_direction: bool,
    /// C-1: targets slip too.
    pub slips_targets: bool,
    /// C-1: a triggered stop order slips.
    pub slips_stop_entries: bool,
    /// N-8: prices and fills lie on the symbol's grid of digits, distances on one ten times as fine.
    pub keeps_to_grid: bool,
    /// E-6: the buffer is the bar's and brings targets nearer too; otherwise each stop has its own.
    pub buffers_by_bar: bool,
    /// E-6: pip size of the buffer while no position is open, in price; none: the symbol's.
    pub idle_pip_size: Option<f64>,
    /// E-7: a bar is walked from point to point; otherwise its stop goes first and every fill is at its level.
    pub walks_bars: bool,
    /// E-8: in the bar that triggers a limit order its target counts by the close alone.
    pub asks_close_for_targets: bool,
    /// E-4: a stop order that expires has a reason of its own.
    pub names_expired_stops: bool,
    /// E-10: a moved stop's reason says what moved it; otherwise break-even, whatever did.
    pub names_moved_stops: bool,
    /// E-17: a moved stop has another reason than one that was never moved.
    pub tells_moved_stops: bool,
    /// E-17: a market order has a trigger time.
    pub stamps_market_triggers: bool,
    /// S-4: the lots of a market order are its raw size once more.
    pub sizes_markets_twice: bool,
    /// E-13: the gain divided by the distance is compared; otherwise both as distances of the grid.
    pub measures_break_even_by_ratio: bool,
    /// E-12: a position's age counts from its order and not from its trigger.
    pub ages_from_entry: bool,
    /// E-12: a timeout costs neither slippage nor fee.
    pub times_out_free: bool,
    /// E-21: the account is looked at where it stood worst inside a bar, and may be stopped out there.
    pub looks_inside_bars: bool,
    /// P-3: equity includes the profit of open positions.
    pub marks_open_profit: bool,
    /// P-4: the equity curve starts with a point one bar before the first.
    pub starts_with_point: bool,
    /// P-1: a result is its multiple of the risk times the money at risk.
    pub results_by_risk: bool,
    /// P-5: trades are measured by what they bring after fees.
    pub measures_net: bool,
    /// C-4: open positions pay or get a swap overnight.
    pub charges_nights: bool,
    /// C-2: fees are converted to the account currency.
    pub converts_fees: bool,
    /// S-4: a size under the minimum can be refused.
    pub refuses_below_min: bool,
    /// S-5: a symbol without a specification is refused.
    pub needs_specification: bool,
    /// S-1: account currency per 1.0 of price and 1 lot without a tick value; none: from the contract size.
    pub value_without_tick_value: Option<f64>,
    /// S-3: what a pip is worth follows from the contract size alone where quotes are in the account currency.
    pub values_pips_by_contract: bool,
    /// S-4: sizes of pip mode are quantized as all others.
    pub quantizes_pip_sizes: bool,
}

const CANONICAL: VariantRules = VariantRules {
    enters_at_signal_time: false,
    rejects_before_first_bar: true,
    enters_at_signal_price: false,
    checks_pending: true,
    checks_sides: true,
    sizes_at_acceptance: true,
    stop_distance: None,
    slips_by_direction: false,
    slips_targets: false,
    slips_stop_entries: true,
    keeps_to_grid: true,
    buffers_by_bar: false,
    idle_pip_size: None,
    walks_bars: true,
    asks_close_for_targets: false,
    names_expired_stops: true,
    names_moved_stops: true,
    tells_moved_stops: true,
    stamps_market_triggers: true,
    sizes_markets_twice: false,
    measures_break_even_by_ratio: false,
    ages_from_entry: false,
    times_out_free: false,
    looks_inside_bars: true,
    marks_open_profit: true,
    starts_with_point: false,
    results_by_risk: false,
    measures_net: true,
    charges_nights: true,
    converts_fees: true,
    refuses_below_min: true,
    needs_specification: true,
    value_without_tick_value: None,
    values_pips_by_contract: false,
    quantizes_pip_sizes: true,
};

const V1: VariantRules = VariantRules {
    enters_at_signal_time: true,
    rejects_before_first_bar: false,
    enters_at_signal_price: true,
    checks_pending: false,
    checks_sides: false,
    sizes_at_acceptance: false,
    stop_distance: Some(1e-5),
    slips_by_direction: true,
    slips_targets: true,
    slips_stop_entries: false,
    keeps_to_grid: false,
    buffers_by_bar: true,
    idle_pip_size: Some(0.0001),
    walks_bars: false,
    asks_close_for_targets: true,
    names_expired_stops: false,
    names_moved_stops: false,
    tells_moved_stops: true,
    stamps_market_triggers: true,
    sizes_markets_twice: false,
    measures_break_even_by_ratio: true,
    ages_from_entry: true,
    times_out_free: true,
    looks_inside_bars: false,
    marks_open_profit: false,
    starts_with_point: true,
    results_by_risk: true,
    measures_net: false,
    charges_nights: false,
    converts_fees: false,
    refuses_below_min: false,
    needs_specification: false,
    value_without_tick_value: Some(100_000.0),
    values_pips_by_contract: true,
    quantizes_pip_sizes: false,
};

const V1_TICKS: VariantRules = VariantRules {
    enters_at_signal_time: false,
    idle_pip_size: None,
    asks_close_for_targets: false,
    tells_moved_stops: false,
    stamps_market_triggers: false,
    sizes_markets_twice: true,
    ..V1
};

/// The rules of a variant.
#[must_use]
pub const fn variant_rules(variant: Variant) -> VariantRules {
    match variant {
        Variant::Canonical => CANONICAL,
        Variant::V1 => V1,
    }
}

/// The rules of a variant at ticks (E-17).
#[must_use]
pub const fn tick_variant_rules(variant: Variant) -> VariantRules {
    match variant {
        Variant::Canonical => CANONICAL,
        Variant::V1 => V1_TICKS,
    }
}
