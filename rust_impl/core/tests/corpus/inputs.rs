//! What the lines of a block put into it: words, read as what their place says.

use std::str::SplitWhitespace;

use omega_core::bars::columns::{self, BarColumns};
use omega_core::types::{
    BelowMin, ChargedSides, Commission, CommissionBasis, DecisionPoint, Direction, EngineConfig, FOREIGN_SYMBOL,
    Instrument, Intrabar, MarketFill, OnRuin, OrderType, Rate, SignalTime, SignalType, Signals, SizingMode, Swap,
    UNSET_FLOAT, UNSET_TIME, Variant,
};

use crate::strategies::{read_higher, read_overlay, read_strategy};

pub const NULL: &str = "-";

/// The words of one line, each read as what its place says.
pub struct Words<'a>(pub SplitWhitespace<'a>);

impl Words<'_> {
    pub fn next(&mut self) -> &str {
        self.0.next().expect("another word")
    }

    pub fn text(&mut self) -> String {
        self.next().to_owned()
    }

    pub fn parse<T: std::str::FromStr<Err: std::fmt::Debug>>(&mut self) -> T {
        self.next().parse().expect("a value")
    }

    pub fn optional<T: std::str::FromStr<Err: std::fmt::Debug>>(&mut self) -> Option<T> {
        let word = self.next();
        (word != NULL).then(|| word.parse().expect("a value"))
    }

    pub fn float(&mut self) -> f64 {
        self.optional().unwrap_or(UNSET_FLOAT)
    }

    pub fn time(&mut self) -> i64 {
        self.optional().unwrap_or(UNSET_TIME)
    }

    pub fn member<T>(&mut self, from_text: fn(&str) -> Option<T>) -> Option<T> {
        let word = self.next();
        (word != NULL).then(|| from_text(word).expect("a member of the closed set"))
    }
}

/// The values of one word, with commas between them.
pub fn list<T: std::str::FromStr<Err: std::fmt::Debug>>(words: &mut Words<'_>) -> Vec<T> {
    let text = words.text();
    if text == NULL { Vec::new() } else { text.split(',').map(|word| word.parse().expect("a value")).collect() }
}

/// What the lines of a block have put together so far.
#[derive(Clone)]
pub struct Inputs {
    pub config: EngineConfig,
    pub bars: BarColumns,
    pub signals: Option<Signals>,
    pub bid: SideColumns,
    pub ask: SideColumns,
}

/// One side before the join: times; open, high, low, close, volume.
#[derive(Clone, Default)]
pub struct SideColumns {
    timestamp: Vec<i64>,
    values: [Vec<f64>; 5],
}

impl SideColumns {
    pub fn view(&self) -> columns::SideColumns<'_> {
        let [open, high, low, close, volume] = &self.values;
        columns::SideColumns { timestamp: &self.timestamp, open, high, low, close, volume }
    }

    fn push(&mut self, words: &mut Words<'_>) {
        self.timestamp.push(words.parse());
        for column in &mut self.values {
            column.push(words.parse());
        }
    }
}

impl Inputs {
    pub fn new() -> Self {
        Self {
            config: empty_config(),
            bars: BarColumns::default(),
            signals: None,
            bid: SideColumns::default(),
            ask: SideColumns::default(),
        }
    }

    /// Takes in a line that is about an input; tells whether it was one.
    pub fn read(&mut self, kind: &str, words: &mut Words<'_>) -> bool {
        match kind {
            "config" => read_config(&mut self.config, &words.text(), words),
            "commission" => read_commission(&mut self.config, words),
            "swap" => read_swap(&mut self.config, words),
            "rate" => read_rate(&mut self.config, words),
            "instrument" => read_instrument(&mut self.config, &words.text(), words),
            "strategy" => read_strategy(&mut self.config, &words.text(), words),
            "overlay" => read_overlay(&mut self.config, words),
            "higher" => read_higher(&mut self.config, words),
            "bar" => read_bar(&mut self.bars, words),
            "signals" => self.signals = Some(Signals::default()),
            "signal" => read_signal(self.signals.as_mut().expect("signals"), &self.config.symbol, words),
            "bid" => self.bid.push(words),
            "ask" => self.ask.push(words),
            "put" => self.put(words),
            _ => return false,
        }
        true
    }

    /// Changes one cell: of the signals if there are any, else of the bars.
    fn put(&mut self, words: &mut Words<'_>) {
        let (column, row): (String, usize) = (words.text(), words.parse());
        let integers = match (column.as_str(), &mut self.signals) {
            ("timestamp", None) => &mut self.bars.timestamp,
            ("timestamp", Some(signals)) => &mut signals.timestamp,
            ("expires_at", Some(signals)) => &mut signals.expires_at,
            ("max_holding", Some(signals)) => &mut signals.max_holding,
            _ => {
                self.floats(&column)[row] = words.parse();
                return;
            }
        };
        integers[row] = words.parse();
    }

    fn floats(&mut self, name: &str) -> &mut Vec<f64> {
        let bars = &mut self.bars;
        match (name, &mut self.signals) {
            ("price", Some(signals)) => &mut signals.price,
            ("size", Some(signals)) => &mut signals.size,
            ("stop_loss", Some(signals)) => &mut signals.stop_loss,
            ("take_profit", Some(signals)) => &mut signals.take_profit,
            ("trailing_distance", Some(signals)) => &mut signals.trailing_distance,
            ("trailing_step", Some(signals)) => &mut signals.trailing_step,
            ("break_even_at_r", Some(signals)) => &mut signals.break_even_at_r,
            ("break_even_offset", Some(signals)) => &mut signals.break_even_offset,
            ("fraction", Some(signals)) => &mut signals.fraction,
            ("bid_open", None) => &mut bars.bid_open,
            ("bid_high", None) => &mut bars.bid_high,
            ("bid_low", None) => &mut bars.bid_low,
            ("bid_close", None) => &mut bars.bid_close,
            ("ask_open", None) => &mut bars.ask_open,
            ("ask_high", None) => &mut bars.ask_high,
            ("ask_low", None) => &mut bars.ask_low,
            ("ask_close", None) => &mut bars.ask_close,
            ("volume", None) => &mut bars.volume,
            _ => panic!("unknown column {name}"),
        }
    }
}

fn read_config(config: &mut EngineConfig, name: &str, words: &mut Words<'_>) {
    match name {
        "variant" => config.variant = words.member(Variant::from_text).expect("a variant"),
        "symbol" => config.symbol = words.text(),
        "timeframe" => config.timeframe = words.parse(),
        "start" => config.start = words.optional(),
        "account_currency" => config.account_currency = words.text(),
        "initial_balance" => config.initial_balance = words.parse(),
        "risk_per_trade" => config.risk_per_trade = words.parse(),
        "risk_fraction" => config.risk_fraction = words.optional(),
        "max_positions" => config.max_positions = words.optional(),
        "seed" => config.seed = words.parse(),
        "pip_buffer_factor" => config.pip_buffer_factor = words.parse(),
        "close_at_end" => config.close_at_end = words.parse(),
        "on_ruin" => config.on_ruin = words.member(OnRuin::from_text).expect("a choice"),
        "margin_leverage" => config.margin_leverage = words.optional(),
        "margin_stop_out" => config.margin_stop_out = words.parse(),
        "rates_max_age" => config.rates_max_age = words.parse(),
        "market_fill" => config.market_fill = words.member(MarketFill::from_text).expect("a choice"),
        "signal_time" => config.signal_time = words.member(SignalTime::from_text).expect("a choice"),
        "intrabar_stop_entry" => config.intrabar_stop_entry = words.member(Intrabar::from_text).expect("a choice"),
        "intrabar_limit_entry" => config.intrabar_limit_entry = words.member(Intrabar::from_text).expect("a choice"),
        "intrabar_open_position" => {
            config.intrabar_open_position = words.member(Intrabar::from_text).expect("a choice");
        }
        "sizing_mode" => config.sizing_mode = words.member(SizingMode::from_text).expect("a choice"),
        "sizing_lots" => config.sizing_lots = words.optional(),
        "below_min" => config.below_min = words.member(BelowMin::from_text).expect("a choice"),
        "slippage_fixed_pips" => config.slippage_fixed_pips = words.parse(),
        "slippage_random_pips" => config.slippage_random_pips = words.parse(),
        "fee_per_million" => config.fee_per_million = words.parse(),
        "fee_min" => config.fee_min = words.parse(),
        "decision_point" => config.decision_point = words.member(DecisionPoint::from_text).expect("a choice"),
        "stale_limit" => config.stale_limit = words.optional(),
        _ => panic!("unknown key {name}"),
    }
}

fn read_instrument(config: &mut EngineConfig, name: &str, words: &mut Words<'_>) {
    let instrument = config.instrument.get_or_insert_with(empty_instrument);
    match name {
        "symbol" => instrument.symbol = words.text(),
        "pip_size" => instrument.pip_size = words.parse(),
        "tick_size" => instrument.tick_size = words.parse(),
        "tick_value" => instrument.tick_value = words.optional(),
        "contract_size" => instrument.contract_size = words.parse(),
        "volume_min" => instrument.volume_min = words.parse(),
        "volume_step" => instrument.volume_step = words.parse(),
        "volume_max" => instrument.volume_max = words.parse(),
        "base_currency" => instrument.base_currency = words.text(),
        "quote_currency" => instrument.quote_currency = words.text(),
        "profit_currency" => instrument.profit_currency = words.text(),
        "digits" => instrument.digits = words.parse(),
        "min_stop_distance_pips" => instrument.min_stop_distance_pips = words.parse(),
        _ => panic!("unknown key {name}"),
    }
}

fn read_rate(config: &mut EngineConfig, words: &mut Words<'_>) {
    let (pair, timestamps, values) = (words.text(), list(words), list(words));
    config.rates.push(Rate { pair, timestamps: timestamps.into(), values: values.into() });
}

fn read_commission(config: &mut EngineConfig, words: &mut Words<'_>) {
    config.commission = Some(Commission {
        basis: words.member(CommissionBasis::from_text).expect("a choice"),
        rate: words.parse(),
        multiplier: words.parse(),
        min_fee: words.parse(),
        currency: words.text(),
        sides: words.member(ChargedSides::from_text).expect("a choice"),
    });
}

fn read_swap(config: &mut EngineConfig, words: &mut Words<'_>) {
    let (long_points, short_points) = (words.parse(), words.parse());
    let (rollovers, nights) = (list(words).into(), list(words).into());
    config.swap = Some(Swap { long_points, short_points, rollovers, nights });
}

fn read_bar(bars: &mut BarColumns, words: &mut Words<'_>) {
    bars.timestamp.push(words.parse());
    for column in [
        &mut bars.bid_open,
        &mut bars.bid_high,
        &mut bars.bid_low,
        &mut bars.bid_close,
        &mut bars.ask_open,
        &mut bars.ask_high,
        &mut bars.ask_low,
        &mut bars.ask_close,
        &mut bars.volume,
    ] {
        column.push(words.parse());
    }
}

fn read_signal(signals: &mut Signals, symbol: &str, words: &mut Words<'_>) {
    signals.timestamp.push(words.parse());
    signals.symbol.push(if words.next() == symbol { 0 } else { FOREIGN_SYMBOL });
    signals.signal_type.push(words.member(SignalType::from_text).expect("a type"));
    signals.direction.push(words.member(Direction::from_text));
    signals.order_type.push(words.member(OrderType::from_text));
    signals.price.push(words.float());
    signals.size.push(words.float());
    signals.stop_loss.push(words.float());
    signals.take_profit.push(words.float());
    signals.magic_number.push(words.parse());
    signals.expires_at.push(words.time());
    signals.trailing_distance.push(words.float());
    signals.trailing_step.push(words.float());
    signals.break_even_at_r.push(words.float());
    signals.break_even_offset.push(words.float());
    signals.max_holding.push(words.time());
    signals.fraction.push(words.float());
}

fn empty_config() -> EngineConfig {
    EngineConfig {
        variant: Variant::Canonical,
        symbol: String::new(),
        timeframe: 0,
        start: None,
        account_currency: String::new(),
        initial_balance: f64::NAN,
        risk_per_trade: f64::NAN,
        risk_fraction: None,
        max_positions: None,
        seed: 0,
        pip_buffer_factor: f64::NAN,
        close_at_end: false,
        on_ruin: OnRuin::Stop,
        margin_leverage: None,
        margin_stop_out: f64::NAN,
        market_fill: MarketFill::Close,
        signal_time: SignalTime::Bar,
        intrabar_stop_entry: Intrabar::Path,
        intrabar_limit_entry: Intrabar::Path,
        intrabar_open_position: Intrabar::Path,
        below_min: BelowMin::Reject,
        sizing_mode: SizingMode::Risk,
        sizing_lots: None,
        slippage_fixed_pips: f64::NAN,
        slippage_random_pips: f64::NAN,
        fee_per_million: f64::NAN,
        fee_min: f64::NAN,
        commission: None,
        swap: None,
        rates: Vec::new(),
        rates_max_age: 0,
        instrument: None,
        strategy: None,
        decision_point: DecisionPoint::Close,
        stale_limit: None,
        higher_bars: Vec::new(),
    }
}

fn empty_instrument() -> Instrument {
    Instrument {
        symbol: String::new(),
        pip_size: f64::NAN,
        tick_size: f64::NAN,
        tick_value: None,
        contract_size: f64::NAN,
        volume_min: f64::NAN,
        volume_step: f64::NAN,
        volume_max: f64::NAN,
        base_currency: String::new(),
        quote_currency: String::new(),
        profit_currency: String::new(),
        digits: 0,
        min_stop_distance_pips: f64::NAN,
    }
}
