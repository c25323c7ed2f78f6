//! What a run or a call answered, in the lines of the corpus.

use omega_core::error::{OmegaError, Value};
use omega_core::types::{Direction, Metric, OrderType, RunOutput, UNSET_TIME};

use crate::inputs::NULL;

pub fn error_line(error: &OmegaError) -> String {
    let value = match &error.value {
        None | Some(Value::Other(_)) => NULL.to_owned(),
        Some(Value::Float(value)) => bits(*value),
        Some(Value::Int(value)) => value.to_string(),
        Some(Value::Text(value)) => value.clone(),
        Some(Value::Bool(value)) => value.to_string(),
    };
    let rule = error.rule.unwrap_or(NULL);
    let column = error.column.as_deref().unwrap_or(NULL);
    let row = error.row.map_or_else(|| NULL.to_owned(), |row| row.to_string());
    format!("error {} {rule} {column} {row} {value}", error.code as i32)
}

pub fn output_lines(output: &RunOutput) -> Vec<String> {
    let mut lines = event_lines(output);
    lines.extend(trade_lines(output));
    lines.extend(position_lines(output));
    let equity = &output.equity;
    let [time, known_at] = [equity.timestamp[0], equity.known_at[0]].map(|time| time.to_string());
    let point = [time, known_at, bits(equity.cash[0]), bits(equity.equity[0])];
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
        let [time, known_at] = [events.timestamp[row], events.known_at[row]].map(|time| time.to_string());
        let direction = events.direction[row].map_or(NULL, Direction::text).to_owned();
        let order_type = events.order_type[row].map_or(NULL, OrderType::text).to_owned();
        let mut words = vec![time, known_at, events.kind[row].text().to_owned(), order_id, direction, order_type];
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
        words.extend(floats([&trades.entry_price, &trades.order_price, &trades.signal_price], row));
        words.extend(floats([&trades.initial_stop_loss, &trades.initial_take_profit, &trades.stop_loss], row));
        words.extend(floats([&trades.take_profit, &trades.size, &trades.risk_per_trade], row));
        words.extend([trades.exit_time[row], trades.known_at[row]].map(|time| time.to_string()));
        words.extend(floats([&trades.exit_price, &trades.result, &trades.net_result, &trades.r_multiple], row));
        words.extend(floats([&trades.entry_fee, &trades.exit_fee, &trades.swap], row));
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
        words.extend(floats([&positions.entry_price, &positions.order_price, &positions.signal_price], row));
        words.extend(floats([&positions.initial_stop_loss, &positions.initial_take_profit, &positions.stop_loss], row));
        words.extend(floats([&positions.take_profit, &positions.size, &positions.risk_per_trade], row));
        words.push(positions.status[row].text().to_owned());
        words.extend(floats([&positions.entry_fee, &positions.swap], row));
        words.extend([time(positions.expires_at[row]), time(positions.max_holding[row])]);
        words.extend(floats([&positions.trailing_distance, &positions.trailing_step], row));
        words.extend(floats([&positions.break_even_at_r, &positions.break_even_offset], row));
        words.push(positions.stop_kind[row].text().to_owned());
        words.push(signal_row(positions.signal_row[row]));
        format!("position {}", words.join(" "))
    };
    (0..positions.order_id.len()).map(line).collect()
}

fn metrics_line(output: &RunOutput) -> String {
    let word = |(_, metric)| match metric {
        Metric::Count(count) => count.to_string(),
        Metric::Number(number) => bits(number),
        Metric::Optional(number) => number.map_or_else(|| NULL.to_owned(), bits),
    };
    let words: Vec<String> = output.metrics.entries().into_iter().map(word).collect();
    format!("metrics {}", words.join(" "))
}

fn floats<const N: usize>(columns: [&Vec<f64>; N], row: usize) -> [String; N] {
    columns.map(|column| if column[row].is_nan() { NULL.to_owned() } else { bits(column[row]) })
}

/// A float as it is compared: its bits, or that it is a NaN (N-3).
pub fn bits(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{:016x}", value.to_bits()) }
}

fn time(value: i64) -> String {
    if value == UNSET_TIME { NULL.to_owned() } else { value.to_string() }
}

fn signal_row(row: i64) -> String {
    if row < 0 { NULL.to_owned() } else { row.to_string() }
}
