//! Configurations and tables that the tests start from.

use crate::bars::columns::BarColumns;
use crate::costs::model::CostModel;
use crate::engine::run;
use crate::error::OmegaError;
use crate::execution::columns::Position;
use crate::execution::state::{Rules, rules_of};
use crate::types::{
    BelowMin, DecisionPoint, Direction, DirectionFilter, EngineConfig, EventKind, Instrument, Intrabar, MarketFill,
    MeanReversionParameters, OnRuin, OrderType, OverlayMode, Reason, RunControl, RunOutput, SignalTime, SignalType,
    Signals, SizingMode, Status, StopKind, StrategyConfig, Trend, UNSET_FLOAT, UNSET_TIME, Variant, VolatilityFeature,
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
        pip_buffer_factor: 0.0,
        close_at_end: false,
        on_ruin: OnRuin::Stop,
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
        fee_per_million: 0.0,
        fee_min: 0.0,
        commission: None,
        swap: None,
        rates: Vec::new(),
        rates_max_age: 7 * 86_400_000_000,
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

/// [`config`] with the strategy of the design's figures.
pub fn strategy_config() -> EngineConfig {
    EngineConfig {
        max_positions: Some(1),
        strategy: Some(StrategyConfig {
            name: "mean_reversion_z_score".into(),
            magic_number: 1,
            parameters: scenario_1(),
        }),
        ..config()
    }
}

/// Scenario 1 alone, with what the others would take where they were enabled.
pub fn scenario_1() -> MeanReversionParameters {
    MeanReversionParameters {
        atr_length: 14,
        atr_mult: 2.0,
        window_length: 100,
        ema_length: 30,
        z_score_long: -2.0,
        z_score_short: 2.0,
        direction_filter: DirectionFilter::Both,
        max_holding: Some(60 * BAR),
        long_scenarios: [1].into(),
        short_scenarios: [1].into(),
        b_b_length: 20,
        std_factor: 1.0,
        kalman_r: 0.01,
        kalman_q: 0.001,
        tp_min_distance: 0.0002,
        htf_tf: None,
        htf_ema: 10,
        htf_filter: Trend::Both,
        extra_htf_tf: None,
        extra_htf_ema: 5,
        extra_htf_filter: Trend::Both,
        garch_alpha: 0.05,
        garch_beta: 0.9,
        garch_omega: None,
        garch_log_returns: true,
        garch_scale: 100.0,
        garch_min_periods: 50,
        garch_floor: 1e-6,
        local_z_lookback: 0,
        vol_feature: VolatilityFeature::GarchForecast,
        vol_window: 100,
        vol_k: 3,
        vol_log: true,
        vol_min_points: 20,
        vol_garch_lookback: 150,
        vol_allowed: [0, 1].into(),
        vol_hysteresis: 0,
        overlay_mode: OverlayMode::All,
        long_overlays: Vec::new(),
        short_overlays: Vec::new(),
    }
}

/// Bars at 0, [`BAR`], … with these bid open, high, low, close and a spread of one pip.
pub fn bars(rows: &[[f64; 4]]) -> BarColumns {
    with_spread(rows, 0.0001)
}

/// [`bars`] with another spread, in price.
pub fn with_spread(rows: &[[f64; 4]], spread: f64) -> BarColumns {
    let bid = |field: usize| rows.iter().map(|row| row[field]).collect::<Vec<_>>();
    let ask = |field: usize| rows.iter().map(|row| row[field] + spread).collect::<Vec<_>>();
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

/// [`bars`] in which bid and ask are the same.
pub fn level(rows: &[[f64; 4]]) -> BarColumns {
    with_spread(rows, 0.0)
}

/// One signal of the first bar.
pub fn placed(signal: impl FnOnce(&mut Signals)) -> Signals {
    let mut table = signals(1);
    signal(&mut table);
    table
}

/// Long market entries at the close of bar 0 with a stop 20 pips under 1.1 and no target.
pub fn signals(rows: usize) -> Signals {
    Signals {
        timestamp: vec![0; rows],
        symbol: vec![0; rows],
        signal_type: vec![SignalType::Entry; rows],
        direction: vec![Some(Direction::Long); rows],
        order_type: vec![Some(OrderType::Market); rows],
        price: vec![UNSET_FLOAT; rows],
        size: vec![UNSET_FLOAT; rows],
        stop_loss: vec![1.098; rows],
        take_profit: vec![UNSET_FLOAT; rows],
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

/// Makes a row an exit or modify signal of a bar that matches everything of magic number 0 and changes nothing.
pub fn instruct(table: &mut Signals, row: usize, signal_type: SignalType, bar: i64) {
    table.timestamp[row] = bar * BAR;
    table.signal_type[row] = signal_type;
    table.direction[row] = None;
    table.order_type[row] = None;
    table.stop_loss[row] = UNSET_FLOAT;
}

/// Stop and reason of every `modified` row.
pub fn moves(output: &RunOutput) -> Vec<(f64, Reason)> {
    let events = &output.events;
    let rows = (0..events.seq.len()).filter(|&row| events.kind[row] == EventKind::Modified);
    rows.map(|row| (events.stop_loss[row], events.reason[row].unwrap())).collect()
}

pub const FLAT: [f64; 4] = [1.1, 1.1002, 1.0998, 1.1];

pub const NAN: f64 = UNSET_FLOAT;

pub fn run_on(config: &EngineConfig, bars: &BarColumns, signals: &Signals) -> RunOutput {
    run(&bars.view(), Some(signals), config, &RunControl::default(), None, None).unwrap()
}

/// One signal handed over in the first, flat bar; then `rows`.
pub fn play(config: &EngineConfig, signal: impl FnOnce(&mut Signals), rows: &[[f64; 4]]) -> RunOutput {
    run_on(config, &bars(&[&[FLAT], rows].concat()), &placed(signal))
}

pub fn v1() -> EngineConfig {
    EngineConfig { variant: Variant::V1, pip_buffer_factor: 0.5, ..config() }
}

pub fn slipping(config: EngineConfig) -> EngineConfig {
    EngineConfig { slippage_fixed_pips: 1.0, ..config }
}

pub fn exit(output: &RunOutput) -> (f64, Reason) {
    assert_eq!(output.trades.order_id.len(), 1, "{:?}", output.events.kind);
    (output.trades.exit_price[0], output.trades.reason[0])
}

pub fn market(price: f64, take_profit: f64) -> impl FnOnce(&mut Signals) {
    move |signal| {
        signal.price[0] = price;
        signal.take_profit[0] = take_profit;
    }
}

pub fn pending(
    order_type: OrderType,
    direction: Direction,
    price: f64,
    stop_loss: f64,
    take_profit: f64,
) -> impl Fn(&mut Signals) {
    move |signal| {
        signal.order_type[0] = Some(order_type);
        signal.direction[0] = Some(direction);
        signal.price[0] = price;
        signal.stop_loss[0] = stop_loss;
        signal.take_profit[0] = take_profit;
    }
}

/// The built-in sample, made to its end.
pub fn sample_bars(n: usize, seed: u64) -> Result<BarColumns, OmegaError> {
    crate::sample::sample_bars(n, seed, &RunControl::default())
}

/// 300 bars of the sample and two signals in every third of them.
pub fn busy_run() -> (BarColumns, Signals) {
    let bars = sample_bars(300, 3).unwrap();
    let mut table = signals(200);
    for row in 0..200 {
        let bar = row / 2 * 3;
        let is_long = row % 2 == 0;
        table.timestamp[row] = bars.timestamp[bar];
        table.direction[row] = Some(if is_long { Direction::Long } else { Direction::Short });
        table.order_type[row] = Some(OrderType::ALL[row / 2 % 3]);
        let distance = if is_long { -0.0008 } else { 0.0008 };
        if row / 2 % 3 != 0 {
            table.price[row] = bars.bid_close[bar] + distance / 2.0;
        }
        table.stop_loss[row] = bars.bid_close[bar] + 2.0 * distance;
        table.take_profit[row] = bars.bid_close[bar] - distance;
        table.max_holding[row] = 30 * BAR;
        table.expires_at[row] = bars.timestamp[bar] + 10 * BAR;
    }
    (bars, table)
}

pub fn rows(bars: &BarColumns, from: usize, to: usize) -> BarColumns {
    let cut = |column: &[f64]| column[from..to].to_vec();
    BarColumns {
        timestamp: bars.timestamp[from..to].to_vec(),
        bid_open: cut(&bars.bid_open),
        bid_high: cut(&bars.bid_high),
        bid_low: cut(&bars.bid_low),
        bid_close: cut(&bars.bid_close),
        ask_open: cut(&bars.ask_open),
        ask_high: cut(&bars.ask_high),
        ask_low: cut(&bars.ask_low),
        ask_close: cut(&bars.ask_close),
        volume: cut(&bars.volume),
    }
}

pub fn push_signal(to: &mut Signals, from: &Signals, row: usize) {
    let signal = from.signal(row);
    to.timestamp.push(signal.timestamp);
    to.symbol.push(signal.symbol);
    to.signal_type.push(signal.signal_type);
    to.direction.push(signal.direction);
    to.order_type.push(signal.order_type);
    to.price.push(signal.price);
    to.size.push(signal.size);
    to.stop_loss.push(signal.stop_loss);
    to.take_profit.push(signal.take_profit);
    to.magic_number.push(signal.magic_number);
    to.expires_at.push(signal.expires_at);
    to.max_holding.push(signal.max_holding);
    to.trailing_distance.push(signal.trailing_distance);
    to.trailing_step.push(signal.trailing_step);
    to.break_even_at_r.push(signal.break_even_at_r);
    to.break_even_offset.push(signal.break_even_offset);
    to.fraction.push(signal.fraction);
}

/// What execution reads of a configuration.
pub fn rules(config: &EngineConfig) -> Rules {
    rules_of(config, CostModel::new(config).unwrap()).unwrap()
}

/// An open long position of one lot without a target, entered at 1.1 at time 0.
pub fn position() -> Position {
    Position {
        order_id: 1,
        magic_number: 0,
        direction: Direction::Long,
        order_type: OrderType::Market,
        status: Status::Open,
        entry_time: 0,
        trigger_time: 0,
        entry_price: 1.1,
        order_price: 1.1,
        signal_price: NAN,
        initial_stop_loss: 1.098,
        initial_take_profit: NAN,
        stop_loss: 1.098,
        stop_reach: 1.098,
        take_profit: NAN,
        size: 1.0,
        risk_per_trade: 100.0,
        entry_fee: 0.0,
        swap: 0.0,
        expires_at: UNSET_TIME,
        max_holding: UNSET_TIME,
        trailing_distance: NAN,
        trailing_step: NAN,
        break_even_at_r: NAN,
        break_even_offset: NAN,
        requested_size: NAN,
        lots: 1.0,
        signal_timestamp: 0,
        ordinal: 0,
        stop_kind: StopKind::Initial,
        signal_row: 0,
        value_at_entry: 100_000.0,
        margin: 0.0,
        is_opened_at_open: false,
        parts: 0,
        is_break_even_done: false,
    }
}
