//! Replays the corpus that `make corpus` wrote from the reference: same events, trades, positions, state chain and
//! metrics to the bit, or the same error; and the same answers of single components.

mod calls;
mod inputs;
mod outcome;
mod strategies;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use omega_core::bars::checks::check_bars;
use omega_core::engine;
use omega_core::error::OmegaError;
use omega_core::signals::checks::check_signals;
use omega_core::types::{RunControl, RunOutput};

use inputs::{Inputs, Words};
use outcome::{error_line, output_lines};

const LEAST_RUNS: usize = 90;
const LEAST_CALLS: usize = 1_000;

#[test]
fn every_run_gives_what_the_reference_gave() {
    let mut count = 0;
    for entry in fs::read_dir(folder()).expect("the corpus, which `make corpus` makes") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "txt") && path != calls_file() {
            count += blocks(&path).iter().map(|block| replay_run(block)).count();
        }
    }
    assert!(count >= LEAST_RUNS, "{count} runs: the corpus is not whole");
}

#[test]
fn every_call_answers_what_the_reference_answered() {
    let count: usize = blocks(&calls_file()).iter().map(|block| calls::replay(block)).sum();
    assert!(count >= LEAST_CALLS, "{count} calls: the corpus is not whole");
}

fn folder() -> PathBuf {
    // cargo-mutants tests a copy of the tree, which has no target folder.
    let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/corpus");
    env::var_os("OMEGA_CORPUS").map_or_else(here, PathBuf::from)
}

fn calls_file() -> PathBuf {
    folder().join("calls.txt")
}

fn blocks(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("text");
    text.split_terminator("\nend\n").map(str::to_owned).collect()
}

/// The kind of a line, and the rest of it.
fn parts(line: &str) -> (&str, &str) {
    line.split_once(' ').unwrap_or((line, ""))
}

fn replay_run(block: &str) {
    let mut inputs = Inputs::new();
    let (mut name, mut expected) = ("", Vec::new());
    for line in block.lines() {
        match parts(line) {
            ("case", rest) => name = rest,
            ("=", rest) => expected.push(rest),
            (kind, rest) => assert!(inputs.read(kind, &mut Words(rest.split_whitespace())), "{name}: {line:?}"),
        }
    }
    let found = match run(&inputs) {
        Ok(output) => output_lines(&output),
        Err(error) => vec![error_line(&error)],
    };
    for (row, (expected, found)) in expected.iter().zip(&found).enumerate() {
        assert_eq!(expected, found, "{name}: line {row} of the outcome");
    }
    assert_eq!(expected.len(), found.len(), "{name}: lines of the outcome");
}

/// The calls of the binding, in its order.
fn run(inputs: &Inputs) -> Result<RunOutput, OmegaError> {
    let (bars, config, signals) = (inputs.bars.view(), &inputs.config, inputs.signals.as_ref());
    engine::check_config(config, signals.is_some(), None)?;
    check_bars(&bars, config.timeframe, Vec::new())?;
    engine::first_row(bars.timestamp, config.start)?;
    if let Some(signals) = signals {
        check_signals(signals, Vec::new())?;
    }
    engine::run(&bars, signals, config, &RunControl::default(), None, None)
}
