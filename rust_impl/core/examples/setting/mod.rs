//! No example: what `timing` and `positions` start from.

use omega_core::bars::columns::BarColumns;
use omega_core::types::{
    BelowMin, DecisionPoint, Direction, EngineConfig, Instrument, Intrabar, MarketFill, OnRuin, OrderType, SignalTime,
    SignalType, Signals, SizingMode, UNSET_FLOAT, UNSET_TIME, Variant,
};

/// One bar of five minutes.
pub fn columns(time: i64, low: f64) -> BarColumns {
    BarColumns {
        timestamp: vec![time * 300_000_000],
        bid_open: vec![1.1],
        bid_high: vec![1.101],
        bid_low: vec![low],
        bid_close: vec![1.1],
        ask_open: vec![1.1001],
        ask_high: vec![1.1011],
        ask_low: vec![low + 0.0001],
        ask_close: vec![1.1001],
        volume: vec![1.0],
    }
}

/// Market longs; every second one has a stop that a falling bar reaches.
pub fn signals(rows: usize) -> Signals {
    Signals {
        timestamp: vec![0; rows],
        symbol: vec![0; rows],
        signal_type: vec![SignalType::Entry; rows],
        direction: vec![Some(Direction::Long); rows],
        order_type: vec![Some(OrderType::Market); rows],
        price: vec![1.1001; rows],
        size: vec![UNSET_FLOAT; rows],
        stop_loss: (0..rows).map(|row| if row % 2 == 0 { 1.095 } else { 1.09 }).collect(),
        take_profit: vec![1.12; rows],
        magic_number: vec![0; rows],
        expires_at: vec![UNSET_TIME; rows],
        trailing_distance: vec![UNSET_FLOAT; rows],
        trailing_step: vec![UNSET_FLOAT; rows],
        break_even_at_r: vec![UNSET_FLOAT; rows],
        break_even_offset: vec![UNSET_FLOAT; rows],
        max_holding: vec![UNSET_TIME; rows],
        fraction: vec![UNSET_FLOAT; rows],
    }
}

/// EURUSD, account large enough.
pub fn config() -> EngineConfig {
    EngineConfig {
        variant: Variant::Canonical,
        symbol: "EURUSD".into(),
        timeframe: 300_000_000,
        start: None,
        account_currency: "USD".into(),
        initial_balance: 1_000_000.0,
        risk_per_trade: 100.0,
        risk_fraction: None,
        max_positions: None,
        seed: 0,
        pip_buffer_factor: 0.5,
        close_at_end: false,
        on_ruin: OnRuin::Continue,
        margin_leverage: None,
        margin_stop_out: 0.5,
        market_fill: MarketFill::Close,
        signal_time: SignalTime::Bar,
        intrabar_stop_entry: Intrabar::Path,
        intrabar_limit_entry: Intrabar::Path,
        intrabar_open_position: Intrabar::Path,
        below_min: BelowMin::Reject,
        sizing_mode: SizingMode::Risk,
        sizing_lots: None,
        slippage_fixed_pips: 0.0,
        slippage_random_pips: 0.0,
        fee_per_million: 30.0,
        fee_min: 0.0,
        commission: None,
        swap: None,
        rates: Vec::new(),
        rates_max_age: 0,
        instrument: Some(instrument()),
        strategy: None,
        decision_point: DecisionPoint::Close,
        stale_limit: None,
        higher_bars: Vec::new(),
    }
}

fn instrument() -> Instrument {
    Instrument {
        symbol: "EURUSD".into(),
        pip_size: 0.0001,
        tick_size: 0.00001,
        tick_value: Some(1.0),
        contract_size: 100_000.0,
        volume_min: 0.01,
        volume_step: 0.01,
        volume_max: 100.0,
        base_currency: "EUR".into(),
        quote_currency: "USD".into(),
        profit_currency: "USD".into(),
        digits: 5,
        min_stop_distance_pips: 0.1,
    }
}
