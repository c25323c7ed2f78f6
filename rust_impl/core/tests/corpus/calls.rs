//! Calls of single components: a block's lines build up its inputs, `call` asks, the lines after it are the answer.

use omega_core::bars::checks::check_bars;
use omega_core::bars::columns::BarColumns;
use omega_core::bars::grid::count_off_grid;
use omega_core::bars::join::join_sides;
use omega_core::bars::quality::quality_findings;
use omega_core::costs::model::CostModel;
use omega_core::error::{OmegaError, Value};
use omega_core::indicators::cache::IndicatorCache;
use omega_core::numbers::quantize;
use omega_core::sample::sample_bars;
use omega_core::signals::checks::check_signals;
use omega_core::types::{Bars, RunControl};
use xxhash_rust::xxh3::xxh3_128;

use crate::inputs::{Inputs, NULL, Words, list};
use crate::outcome::{bits, error_line};
use crate::parts;

/// Replays a block and returns how many calls it has.
pub fn replay(block: &str) -> usize {
    let mut given = Inputs::new();
    let mut changed = None;
    let mut count = 0;
    let mut lines = block.lines().peekable();
    while let Some(line) = lines.next() {
        let (kind, rest) = parts(line);
        let mut words = Words(rest.split_whitespace());
        match kind {
            "case" => {}
            "put" => assert!(changed.get_or_insert_with(|| given.clone()).read(kind, &mut words)),
            "undo" => changed = None,
            "call" => {
                let found = answer(changed.as_ref().unwrap_or(&given), &mut words);
                for (row, found) in found.unwrap_or_else(|error| vec![error_line(&error)]).iter().enumerate() {
                    let expected = lines.next_if(|line| parts(line).0 == "=").map(|line| parts(line).1);
                    assert_eq!(expected, Some(found.as_str()), "{line}: line {row} of the answer");
                }
                assert_ne!(lines.peek().map(|line| parts(line).0), Some("="), "{line}: lines of the answer");
                count += 1;
            }
            _ => assert!(given.read(kind, &mut words), "{line:?}"),
        }
    }
    count
}

fn answer(inputs: &Inputs, words: &mut Words<'_>) -> Result<Vec<String>, OmegaError> {
    let call = words.text();
    match call.as_str() {
        "slippage" | "fee" | "slippage_batch" | "fee_batch" => costs_answer(inputs, &call, words).map(one_line),
        "quantize" => Ok(one_line(vec![quantize(words.parse(), words.parse())])),
        "sample" => Ok(vec![content_hash(&sample_bars(words.parse(), words.parse(), &RunControl::default())?.view())]),
        "get" => indicator_answer(inputs, words),
        "check_bars" => {
            let timeframe = words.parse();
            check_bars(&inputs.bars.view(), timeframe, Vec::new())?;
            let findings = quality_findings(&inputs.bars.view(), timeframe);
            let counts = [findings.crossed_quotes, findings.zero_spread, findings.gaps, findings.spikes];
            let counts =
                counts.into_iter().chain([findings.weekend_bars, findings.uneven_steps]).map(|count| count.to_string());
            Ok(vec![counts.collect::<Vec<_>>().join(" ")])
        }
        "off_grid" => Ok(vec![count_off_grid(&inputs.bars.view(), words.parse()).to_string()]),
        "check_signals" => {
            check_signals(inputs.signals.as_ref().expect("signals"), Vec::new())?;
            Ok(vec![NULL.to_owned()])
        }
        "join" => Ok(bar_lines(&join_sides(&inputs.bid.view(), &inputs.ask.view(), words.parse())?)),
        _ => panic!("unknown call {call}"),
    }
}

fn one_line(values: Vec<f64>) -> Vec<String> {
    vec![values.into_iter().map(bits).collect::<Vec<_>>().join(" ")]
}

fn costs_answer(inputs: &Inputs, call: &str, words: &mut Words<'_>) -> Result<Vec<f64>, OmegaError> {
    let costs = CostModel::new(&inputs.config)?;
    Ok(match call {
        "slippage" => vec![costs.slippage(
            words.parse(),
            words.parse(),
            words.parse(),
            words.parse(),
            words.parse(),
            words.parse(),
        )?],
        "fee" => vec![costs.fee(words.parse(), words.parse(), words.parse(), words.parse(), words.parse())],
        "fee_batch" => costs.fee_batch(&list(words), &list(words), &list(words), &list(words), &list(words))?,
        _ => {
            costs.slippage_batch(&list(words), &list(words), &list(words), &list(words), &list(words), &list(words))?
        }
    })
}

fn indicator_answer(inputs: &Inputs, words: &mut Words<'_>) -> Result<Vec<String>, OmegaError> {
    let (name, side) = (words.text(), words.text());
    let parameters: Vec<_> = words.0.by_ref().map(parameter).collect();
    let series = IndicatorCache::new().get(&inputs.bars.view(), &name, &side, &parameters)?;
    Ok(series.iter().flat_map(|series| one_line(series.to_vec())).collect())
}

fn parameter(word: &str) -> (String, Value) {
    let (name, value) = word.split_once('=').expect("name=kind:value");
    let value = match value.split_once(':').expect("kind:value") {
        ("b", text) => Value::Bool(text.parse().expect("a bool")),
        ("i", text) => Value::Int(text.parse().expect("an integer")),
        ("f", text) => Value::Float(text.parse().expect("a float")),
        (_, text) => Value::Text(text.to_owned()),
    };
    (name.to_owned(), value)
}

/// Content hash of Q-D2.
fn content_hash(bars: &Bars<'_>) -> String {
    let mut bytes = (bars.len() as u64).to_le_bytes().to_vec();
    bytes.extend(bars.timestamp.iter().flat_map(|time| time.to_le_bytes()));
    for (_, values) in bars.value_columns() {
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
    format!("{:032x}", xxh3_128(&bytes))
}

fn bar_lines(bars: &BarColumns) -> Vec<String> {
    let view = bars.view();
    let line = |row: usize| {
        let values = view.value_columns().map(|(_, values)| bits(values[row]));
        format!("bar {} {}", view.timestamp[row], values.join(" "))
    };
    (0..view.len()).map(line).collect()
}
