//! Configurations and tables that the tests start from.

use crate::bars::columns::BarColumns;
use crate::types::{
    BelowMin, Direction, DirectionFilter, EngineConfig, Instrument, MeanReversionParameters, OrderType, SignalType,
    Signals, StrategyConfig, UNSET_TIME, Variant,
};

/// Length of a bar, µs.
pub const BAR: i64 = 300_000_000;

/// Canonical EURUSD without costs: one lot moves 10 per pip, risk 100.
pub fn config() -> EngineConfig {
    EngineConfig {
        variant: Variant::Canonical,
        symbol: "EURUSD".into(),
        timeframe: BAR,
        start: None,
        account_currency: "USD".into(),
        initial_balance: 10_000.0,
        risk_per_trade: 100.0,
        risk_fraction: None,
        max_positions: None,
        seed: 0,
        pip_buffer_factor: 0.5,
        close_at_end: false,
        below_min: BelowMin::Reject,
        slippage_fixed_pips: 0.0,
        slippage_random_pips: 0.0,
        fee_per_million: 0.0,
        fee_min: 0.0,
        instrument: Some(Instrument {
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
        }),
        strategy: None,
    }
}

/// [`config`] with the strategy of the design's figures.
pub fn strategy_config() -> EngineConfig {
    EngineConfig {
        max_positions: Some(1),
        strategy: Some(StrategyConfig {
            name: "mean_reversion_z_score".into(),
            magic_number: 1,
            parameters: MeanReversionParameters {
                atr_length: 14,
                atr_mult: 2.0,
                window_length: 100,
                ema_length: 30,
                z_score_long: -2.0,
                z_score_short: 2.0,
                direction_filter: DirectionFilter::Both,
                max_holding: Some(60 * BAR),
            },
        }),
        ..config()
    }
}

/// Bars at 0, [`BAR`], … with these bid open, high, low, close and a spread of one pip.
pub fn bars(rows: &[[f64; 4]]) -> BarColumns {
    let bid = |field: usize| rows.iter().map(|row| row[field]).collect::<Vec<_>>();
    let ask = |field: usize| rows.iter().map(|row| row[field] + 0.0001).collect::<Vec<_>>();
    BarColumns {
        timestamp: (0..rows.len() as i64).map(|row| row * BAR).collect(),
        bid_open: bid(0),
        bid_high: bid(1),
        bid_low: bid(2),
        bid_close: bid(3),
        ask_open: ask(0),
        ask_high: ask(1),
        ask_low: ask(2),
        ask_close: ask(3),
        volume: vec![1.0; rows.len()],
    }
}

/// Long market entries at the close of bar 0 with a stop 20 pips under 1.1 and no target.
pub fn signals(rows: usize) -> Signals {
    Signals {
        timestamp: vec![0; rows],
        is_run_symbol: vec![true; rows],
        signal_type: vec![SignalType::Entry; rows],
        direction: vec![Some(Direction::Long); rows],
        order_type: vec![Some(OrderType::Market); rows],
        price: vec![f64::NAN; rows],
        size: vec![f64::NAN; rows],
        stop_loss: vec![1.098; rows],
        take_profit: vec![f64::NAN; rows],
        magic_number: vec![0; rows],
        expires_at: vec![UNSET_TIME; rows],
        trailing_distance: vec![f64::NAN; rows],
        trailing_step: vec![f64::NAN; rows],
        break_even_at_r: vec![f64::NAN; rows],
        break_even_offset: vec![f64::NAN; rows],
        max_holding: vec![UNSET_TIME; rows],
    }
}
