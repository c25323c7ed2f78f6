//! Replays the corpus that `python -m omega_parity.mutants.corpus` wrote from the reference: same events, trades,
//! positions, state chain and metrics to the bit, or the same error.

use std::fs;
use std::path::Path;
use std::str::SplitWhitespace;

use omega_core::data::{BarColumns, check_signals, validate_bars};
use omega_core::engine;
use omega_core::error::{OmegaError, Value};
use omega_core::types::{
    BelowMin, Direction, DirectionFilter, EngineConfig, Instrument, MeanReversionParameters, OrderType, RunControl,
    RunOutput, SignalType, Signals, StrategyConfig, UNSET_TIME, Variant,
};

const NULL: &str = "-";
const LEAST_CASES: usize = 90;

#[test]
fn every_case_gives_what_the_reference_gave() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the corpus") {
        let text = fs::read_to_string(entry.expect("a file").path()).expect("text");
        for case in text.split_terminator("\nend\n") {
            replay(case);
            count += 1;
        }
    }
    assert!(count >= LEAST_CASES, "{count} cases: the corpus is not whole");
}

fn replay(text: &str) {
    let case = Case::read(text);
    let found = match case.run() {
        Ok(output) => output_lines(&output),
        Err(error) => vec![error_line(&error)],
    };
    for (row, (expected, found)) in case.expected.iter().zip(&found).enumerate() {
        assert_eq!(expected, found, "{}: line {row} of the outcome", case.name);
    }
    assert_eq!(case.expected.len(), found.len(), "{}: lines of the outcome", case.name);
}

/// Inputs of a run, and the lines that describe its outcome.
struct Case {
    name: String,
    config: EngineConfig,
    bars: BarColumns,
    signals: Option<Signals>,
    expected: Vec<String>,
}

impl Case {
    fn read(text: &str) -> Self {
        let mut case = Self {
            name: String::new(),
            config: empty_config(),
            bars: BarColumns::with_capacity(0),
            signals: None,
            expected: Vec::new(),
        };
        for line in text.lines() {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            let mut words = Words(rest.split_whitespace());
            match kind {
                "case" => case.name = words.text(),
                "config" => read_config(&mut case.config, &words.text(), &mut words),
                "instrument" => read_instrument(&mut case.config, &words.text(), &mut words),
                "strategy" => read_strategy(&mut case.config, &words.text(), &mut words),
                "bar" => read_bar(&mut case.bars, &mut words),
                "signals" => case.signals = Some(Signals::default()),
                "signal" => read_signal(case.signals.as_mut().expect("signals"), &case.config.symbol, &mut words),
                "=" => case.expected.push(rest.to_owned()),
                _ => panic!("{}: unknown line {line:?}", case.name),
            }
        }
        case
    }

    /// The calls of the binding, in its order.
    fn run(&self) -> Result<RunOutput, OmegaError> {
        engine::check_config(&self.config, self.signals.is_some())?;
        validate_bars(&self.bars.view(), self.config.timeframe, Vec::new())?;
        engine::first_row(&self.bars.view(), &self.config)?;
        if let Some(signals) = &self.signals {
            check_signals(signals, Vec::new())?;
        }
        engine::run(&self.bars.view(), self.signals.as_ref(), &self.config, &RunControl::default())
    }
}

/// The words of one line, each read as what its place says.
struct Words<'a>(SplitWhitespace<'a>);

impl Words<'_> {
    fn next(&mut self) -> &str {
        self.0.next().expect("another word")
    }

    fn text(&mut self) -> String {
        self.next().to_owned()
    }

    fn parse<T: std::str::FromStr<Err: std::fmt::Debug>>(&mut self) -> T {
        self.next().parse().expect("a value")
    }

    fn optional<T: std::str::FromStr<Err: std::fmt::Debug>>(&mut self) -> Option<T> {
        let word = self.next();
        (word != NULL).then(|| word.parse().expect("a value"))
    }

    fn float(&mut self) -> f64 {
        self.optional().unwrap_or(f64::NAN)
    }

    fn time(&mut self) -> i64 {
        self.optional().unwrap_or(UNSET_TIME)
    }

    fn member<T>(&mut self, from_text: fn(&str) -> Option<T>) -> Option<T> {
        let word = self.next();
        (word != NULL).then(|| from_text(word).expect("a member of the closed set"))
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
        "below_min" => config.below_min = words.member(BelowMin::from_text).expect("a choice"),
        "slippage_fixed_pips" => config.slippage_fixed_pips = words.parse(),
        "slippage_random_pips" => config.slippage_random_pips = words.parse(),
        "fee_per_million" => config.fee_per_million = words.parse(),
        "fee_min" => config.fee_min = words.parse(),
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

fn read_strategy(config: &mut EngineConfig, name: &str, words: &mut Words<'_>) {
    let strategy = config.strategy.get_or_insert_with(empty_strategy);
    let parameters = &mut strategy.parameters;
    match name {
        "name" => strategy.name = words.text(),
        "magic_number" => strategy.magic_number = words.parse(),
        "atr_length" => parameters.atr_length = words.parse(),
        "atr_mult" => parameters.atr_mult = words.parse(),
        "window_length" => parameters.window_length = words.parse(),
        "ema_length" => parameters.ema_length = words.parse(),
        "z_score_long" => parameters.z_score_long = words.parse(),
        "z_score_short" => parameters.z_score_short = words.parse(),
        "direction_filter" => {
            parameters.direction_filter = words.member(DirectionFilter::from_text).expect("a choice");
        }
        "max_holding" => parameters.max_holding = words.time(),
        _ => panic!("unknown key {name}"),
    }
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
    signals.is_run_symbol.push(words.next() == symbol);
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
        below_min: BelowMin::Reject,
        slippage_fixed_pips: f64::NAN,
        slippage_random_pips: f64::NAN,
        fee_per_million: f64::NAN,
        fee_min: f64::NAN,
        instrument: None,
        strategy: None,
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

fn empty_strategy() -> StrategyConfig {
    StrategyConfig {
        name: String::new(),
        magic_number: 0,
        parameters: MeanReversionParameters {
            atr_length: 0,
            atr_mult: f64::NAN,
            window_length: 0,
            ema_length: 0,
            z_score_long: f64::NAN,
            z_score_short: f64::NAN,
            direction_filter: DirectionFilter::Both,
            max_holding: UNSET_TIME,
        },
    }
}

fn error_line(error: &OmegaError) -> String {
    let value = match &error.value {
        None | Some(Value::Other(_)) => NULL.to_owned(),
        Some(Value::Float(value)) => format!("{:016x}", value.to_bits()),
        Some(Value::Int(value)) => value.to_string(),
        Some(Value::Text(value)) => value.clone(),
        Some(Value::Bool(value)) => value.to_string(),
    };
    let rule = error.rule.unwrap_or(NULL);
    let column = error.column.as_deref().unwrap_or(NULL);
    let row = error.row.map_or_else(|| NULL.to_owned(), |row| row.to_string());
    format!("error {} {rule} {column} {row} {value}", error.code as i32)
}

fn output_lines(output: &RunOutput) -> Vec<String> {
    let mut lines = event_lines(output);
    lines.extend(trade_lines(output));
    lines.extend(position_lines(output));
    let equity = &output.equity;
    let point = [equity.timestamp[0].to_string(), bits(equity.cash[0]), bits(equity.equity[0])];
    lines.push(format!("point {}", point.join(" ")));
    for digest in output.chain.chunks(16) {
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        lines.push(format!("digest {hex}"));
    }
    lines.push(metrics_line(output));
    lines
}

fn event_lines(output: &RunOutput) -> Vec<String> {
    let events = &output.events;
    let line = |row: usize| {
        let order_id = if events.order_id[row] == 0 { NULL.to_owned() } else { events.order_id[row].to_string() };
        let code = if events.error_code[row] == 0 { NULL.to_owned() } else { events.error_code[row].to_string() };
        let reason = events.reason[row].map_or(NULL, |reason| reason.text()).to_owned();
        let mut words = vec![events.timestamp[row].to_string(), events.kind[row].text().to_owned(), order_id];
        words.extend(floats(
            [&events.price, &events.size, &events.stop_loss, &events.take_profit, &events.result, &events.fee],
            row,
        ));
        words.extend([reason, code]);
        format!("event {}", words.join(" "))
    };
    (0..events.len()).map(line).collect()
}

fn trade_lines(output: &RunOutput) -> Vec<String> {
    let trades = &output.trades;
    let line = |row: usize| {
        let mut words = vec![
            trades.order_id[row].to_string(),
            trades.magic_number[row].to_string(),
            trades.direction[row].text().to_owned(),
            trades.order_type[row].text().to_owned(),
            trades.entry_time[row].to_string(),
            trades.trigger_time[row].to_string(),
        ];
        let [entry, initial] = [&trades.entry_price, &trades.initial_stop_loss];
        words.extend(floats([entry, initial, &trades.initial_take_profit, &trades.stop_loss], row));
        words.extend(floats([&trades.take_profit, &trades.size, &trades.risk_per_trade], row));
        words.push(trades.exit_time[row].to_string());
        words.extend(floats([&trades.exit_price, &trades.result, &trades.r_multiple], row));
        words.extend(floats([&trades.entry_fee, &trades.exit_fee], row));
        words.push(trades.stop_kind[row].text().to_owned());
        words.push(trades.reason[row].text().to_owned());
        words.push(signal_row(trades.signal_row[row]));
        format!("trade {}", words.join(" "))
    };
    (0..trades.order_id.len()).map(line).collect()
}

fn position_lines(output: &RunOutput) -> Vec<String> {
    let positions = &output.positions;
    let line = |row: usize| {
        let mut words = vec![
            positions.order_id[row].to_string(),
            positions.magic_number[row].to_string(),
            positions.direction[row].text().to_owned(),
            positions.order_type[row].text().to_owned(),
            positions.entry_time[row].to_string(),
            time(positions.trigger_time[row]),
        ];
        let [entry, initial] = [&positions.entry_price, &positions.initial_stop_loss];
        words.extend(floats([entry, initial, &positions.initial_take_profit, &positions.stop_loss], row));
        words.extend(floats([&positions.take_profit, &positions.size, &positions.risk_per_trade], row));
        words.push(positions.status[row].text().to_owned());
        words.extend(floats([&positions.entry_fee], row));
        words.extend([time(positions.expires_at[row]), time(positions.max_holding[row])]);
        words.push(positions.stop_kind[row].text().to_owned());
        words.push(signal_row(positions.signal_row[row]));
        format!("position {}", words.join(" "))
    };
    (0..positions.order_id.len()).map(line).collect()
}

fn metrics_line(output: &RunOutput) -> String {
    let m = &output.metrics;
    let mut words: Vec<String> = [m.trades, m.wins, m.losses, m.breakeven].map(|count| count.to_string()).into();
    words.extend([m.win_rate, m.gross_profit, m.gross_loss, m.fees, m.net_profit, m.profit_factor].map(bits));
    words.extend([m.expectancy, m.avg_r, m.avg_win, m.avg_loss, m.largest_win, m.largest_loss].map(bits));
    words.extend([m.max_drawdown_abs, m.max_drawdown_ratio].map(bits));
    words.push(m.max_drawdown_bars.to_string());
    words.push(bits(m.max_drawdown_initial));
    words.push(m.ambiguous_bars.to_string());
    words.extend([m.final_cash, m.final_equity].map(bits));
    format!("metrics {}", words.join(" "))
}

fn floats<const N: usize>(columns: [&Vec<f64>; N], row: usize) -> [String; N] {
    columns.map(|column| if column[row].is_nan() { NULL.to_owned() } else { bits(column[row]) })
}

fn bits(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

fn time(value: i64) -> String {
    if value == UNSET_TIME { NULL.to_owned() } else { value.to_string() }
}

fn signal_row(row: i64) -> String {
    if row < 0 { NULL.to_owned() } else { row.to_string() }
}
