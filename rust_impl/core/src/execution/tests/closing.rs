use crate::rng::{symbol_id, uniform};
use crate::test_support::{BAR, FLAT, NAN, bars, busy_run, config, exit, instruct, level, market, placed, play};
use crate::test_support::{push_signal, run_on, signals, slipping, v1};
use crate::types::{Direction, EngineConfig, EventKind, OrderType, Reason, RunOutput, SignalType, Signals};

#[test]
fn slippage_is_paid_on_entry_stop_and_timeout_but_not_at_the_target() {
    // C-1, with a stop 20 pips under the ask.
    let config = slipping(config());
    let stopped = play(&config, |_| (), &[[1.1, 1.1, 1.097, 1.0975]]);
    assert_eq!(stopped.trades.entry_price[0], 1.1001 + 0.0001);
    assert_eq!(exit(&stopped), (1.098 - 0.0001, Reason::StopLoss));
    let won = play(&config, market(NAN, 1.102), &[[1.1, 1.103, 1.1, 1.1025]]);
    assert_eq!(exit(&won), (1.102, Reason::TakeProfit));
    let timed = play(&config, |signal| signal.max_holding[0] = BAR, &[[1.1, 1.1001, 1.0999, 1.1]]);
    assert_eq!(exit(&timed), (1.1 - 0.0001, Reason::Timeout));
}

#[test]
fn v1_slips_by_direction_and_not_at_a_timeout() {
    let config = EngineConfig { fee_per_million: 30.0, ..slipping(v1()) };
    let stopped = play(&config, market(1.1001, NAN), &[[1.1, 1.1, 1.097, 1.0975]]);
    assert_eq!(exit(&stopped), (1.098 + 0.0001, Reason::StopLoss));
    let won = play(&config, market(1.1001, 1.102), &[[1.1, 1.103, 1.1, 1.1025]]);
    assert_eq!(exit(&won), (1.102 + 0.0001, Reason::TakeProfit));
    let timeout = |signal: &mut Signals| {
        signal.price[0] = 1.1001;
        signal.max_holding[0] = BAR;
    };
    let timed = play(&config, timeout, &[FLAT]);
    assert_eq!(exit(&timed), (1.1, Reason::Timeout));
    assert_eq!((timed.trades.exit_fee[0], timed.events.fee[2]), (0.0, 0.0));
    assert!(timed.trades.entry_fee[0] > 0.0);
}

#[test]
fn the_end_of_data_closes_and_cancels() {
    // E-18: in the last bar, its own entries included.
    let config = EngineConfig { close_at_end: true, fee_per_million: 30.0, ..slipping(config()) };
    let mut table = signals(2);
    table.order_type[1] = Some(OrderType::Limit);
    table.price[1] = 1.0985;
    let output = run_on(&config, &bars(&[FLAT]), &table);
    let kinds = [EventKind::Accepted, EventKind::Opened, EventKind::Accepted, EventKind::Closed, EventKind::Cancelled];
    assert_eq!(output.events.kind, kinds);
    assert_eq!(exit(&output), (1.1 - 0.0001, Reason::EndOfData));
    assert_eq!((output.events.reason[4], output.events.error_code[4]), (Some(Reason::EndOfData), 0));
    assert!(output.trades.exit_fee[0] > 0.0 && output.positions.order_id.is_empty());
    assert_eq!(output.metrics.final_cash, output.metrics.final_equity);
}

#[test]
fn no_fill_is_better_for_slippage() {
    // C-1: the same orders with and without, fill by fill at the side's price.
    let (bars, table) = busy_run();
    let plain = run_on(&config(), &bars, &table);
    let slipped = run_on(&EngineConfig { slippage_random_pips: 0.3, ..config() }, &bars, &table);
    for row in 0..slipped.trades.order_id.len() {
        let order_id = slipped.trades.order_id[row];
        let Some(other) = plain.trades.order_id.iter().position(|&id| id == order_id) else { continue };
        let side = if slipped.trades.direction[row] == Direction::Long { 1.0 } else { -1.0 };
        let entries = (slipped.trades.entry_price[row], plain.trades.entry_price[other]);
        assert!((entries.0 - entries.1) * side >= 0.0);
        if slipped.trades.exit_time[row] == plain.trades.exit_time[other] {
            assert!((slipped.trades.exit_price[row] - plain.trades.exit_price[other]) * side <= 0.0);
        }
    }
}

/// `size` lots bought at 1.1, 100 pips to the stop, of which an exit of each later bar closes a fraction; spread 0.
fn parted(config: &EngineConfig, size: f64, target: f64, fractions: &[f64], rows: &[[f64; 4]]) -> RunOutput {
    let mut table = placed(|signal| {
        signal.price[0] = 1.1;
        signal.stop_loss[0] = 1.09;
        signal.take_profit[0] = target;
        signal.size[0] = size;
    });
    let mut part = signals(1);
    for (place, &fraction) in fractions.iter().enumerate() {
        instruct(&mut part, 0, SignalType::Exit, place as i64 + 1);
        part.fraction[0] = fraction;
        push_signal(&mut table, &part, 0);
    }
    run_on(config, &level(&[&[[1.1; 4]], rows].concat()), &table)
}

fn least(config: EngineConfig, volume_min: f64) -> EngineConfig {
    let instrument = config.instrument.clone().map(|spec| crate::types::Instrument { volume_min, ..spec });
    EngineConfig { instrument, ..config }
}

fn old() -> EngineConfig {
    EngineConfig { pip_buffer_factor: 0.0, ..v1() }
}

fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (&one, &other) in found.iter().zip(expected) {
        assert!((one - other).abs() < 1e-9, "{found:?} {expected:?}");
    }
}

#[test]
fn a_part_is_a_trade_of_its_own() {
    // E-16: 0.07 lots cost 0.231. Of the half, 0.035, 0.03 are whole steps: 10 pips of 0.30; then 20 pips of 0.40.
    let rows = [[1.1, 1.1012, 1.0995, 1.101], [1.101, 1.1025, 1.1005, 1.1015]];
    let config = EngineConfig { fee_per_million: 30.0, ..config() };
    let output = parted(&config, 0.07, 1.102, &[0.5], &rows);
    assert_eq!(output.events.kind[2..], [EventKind::PartiallyClosed, EventKind::Closed]);
    assert_eq!((&output.events.price[2..], &output.events.size[2..]), (&[1.101, 1.102][..], &[0.03, 0.04][..]));
    let trades = &output.trades;
    assert_eq!((&trades.order_id[..], &trades.size[..]), (&[1, 1][..], &[0.03, 0.04][..]));
    assert_eq!(trades.reason, [Reason::SignalExit, Reason::TakeProfit]);
    assert_near(&trades.result, &[3.0, 8.0]);
    assert_near(&trades.entry_fee, &[0.099, 0.132]);
    assert_near(&trades.exit_fee, &[0.099_09, 0.132_24]);
    assert_near(&trades.net_result, &[3.0 - 0.099 - 0.099_09, 8.0 - 0.132 - 0.132_24]);
    assert_near(&trades.r_multiple, &[0.1, 0.2]);
    assert_near(&trades.risk_per_trade, &[300.0 / 7.0, 400.0 / 7.0]);
    assert_near(&[output.metrics.final_cash], &[10_010.537_67]);
    assert_eq!((output.metrics.trades, output.metrics.wins), (2, 2));
    // v1 measures by R of what was risked: 0.1 of 3/7 and 0.2 of 4/7 of 100.
    let output = parted(&EngineConfig { fee_per_million: 30.0, ..old() }, 0.07, 1.102, &[0.5], &rows);
    assert_near(&output.trades.result, &[30.0 / 7.0, 80.0 / 7.0]);
    assert_near(&output.trades.exit_fee, &[0.099_09, 0.132_24]);
}

#[test]
fn neither_rest_nor_part_is_under_the_least() {
    // Q-E16: first the rest, then the part, of at least 0.05 lots.
    for config in [least(config(), 0.05), least(old(), 0.05)] {
        for (size, fraction, kind, told) in [
            (0.07, 0.5, EventKind::Closed, 0.07),
            (0.1, 0.3, EventKind::Rejected, NAN),
            (0.1, 0.5, EventKind::PartiallyClosed, 0.05),
            (0.1, 0.51, EventKind::PartiallyClosed, 0.05),
            (0.1, 0.6, EventKind::Closed, 0.1),
            (0.08, 0.5, EventKind::Closed, 0.08),
            (0.1, 1.0, EventKind::Closed, 0.1),
        ] {
            let output = parted(&config, size, NAN, &[fraction], &[[1.1; 4]]);
            let events = &output.events;
            assert_eq!((events.kind[2], events.size[2].to_bits()), (kind, told.to_bits()), "{size} {fraction}");
            let is_refused = kind == EventKind::Rejected;
            let reason = if is_refused { Reason::PartBelowMin } else { Reason::SignalExit };
            let code = if is_refused { 1006 } else { 0 };
            assert_eq!((events.order_id[2], events.reason[2], events.error_code[2]), (1, Some(reason), code));
            let left = if is_refused { vec![size] } else { vec![0.05] };
            assert_eq!(output.positions.size, if kind == EventKind::Closed { vec![] } else { left });
        }
    }
}

#[test]
fn v1_without_a_specification_has_hundredths() {
    let config = EngineConfig { instrument: None, ..old() };
    let output = parted(&config, 0.07, NAN, &[0.5, 0.1, 0.8], &[[1.1; 4]; 3]);
    assert_eq!(output.events.kind[2..], [EventKind::PartiallyClosed, EventKind::Rejected, EventKind::PartiallyClosed]);
    assert_eq!((output.trades.size, output.positions.size), (vec![0.03, 0.03], vec![0.01]));
}

#[test]
fn the_last_part_takes_the_rest() {
    // Q-E16: 0.11 lots in 0.02, 0.04 and 0.05; fee, risk and margin by what is left each time.
    let config = EngineConfig { fee_per_million: 30.0, margin_leverage: Some(30.0), ..config() };
    let output = parted(&config, 0.11, NAN, &[0.25, 0.5, NAN], &[[1.1; 4]; 3]);
    let (fee, share) = (output.events.fee[1], 0.02 / 0.11);
    let left = fee - fee * share;
    let trades = &output.trades;
    assert_eq!(trades.size, [0.02, 0.04, 0.05]);
    assert_eq!(trades.entry_fee, [fee * share, left * (0.04 / 0.09), left - left * (0.04 / 0.09)]);
    let risk = 100.0 - 100.0 * share;
    assert_eq!(trades.risk_per_trade, [100.0 * share, risk * (0.04 / 0.09), risk - risk * (0.04 / 0.09)]);
}

#[test]
fn a_part_frees_its_margin() {
    // Q-E16, E-21: 0.05 lots bind 5,500 of 10,000, so that 5,500 for as many are too much; after 0.02 lots are gone not.
    let config = EngineConfig { margin_leverage: Some(1.0), ..config() };
    for (fraction, kind) in [(0.4, EventKind::Accepted), (NAN, EventKind::Rejected)] {
        let mut table = signals(0);
        let mut entry = placed(|signal| (signal.size[0], signal.stop_loss[0]) = (0.05, 1.0));
        push_signal(&mut table, &entry, 0);
        if fraction < 1.0 {
            let mut part = signals(1);
            instruct(&mut part, 0, SignalType::Exit, 1);
            part.fraction[0] = fraction;
            push_signal(&mut table, &part, 0);
        }
        entry.timestamp[0] = 2 * BAR;
        push_signal(&mut table, &entry, 0);
        let output = run_on(&config, &level(&[[1.1; 4]; 3]), &table);
        let row = output.events.seq.len() - if kind == EventKind::Accepted { 2 } else { 1 };
        assert_eq!(output.events.kind[row], kind);
    }
}

#[test]
fn each_part_has_a_draw_of_its_own() {
    // N-6: legs 2 and 3 for the parts, 1 for the last, though it is a fraction that closes all (0.05 would be left).
    let config = EngineConfig { slippage_random_pips: 1.0, ..least(config(), 0.1) };
    let output = parted(&config, 0.4, NAN, &[0.25, 0.34, 0.75], &[[1.1; 4]; 3]);
    assert_eq!(output.events.kind[2..], [EventKind::PartiallyClosed, EventKind::PartiallyClosed, EventKind::Closed]);
    for (row, leg) in [2, 3, 1].into_iter().enumerate() {
        let u = uniform(0, 0, 0, 0, symbol_id("EURUSD"), leg, 0, 0);
        // In whole points of 0.00001, rounded up.
        let points = (u * 10.0).floor() + 1.0;
        assert_near(&[output.trades.exit_price[row]], &[1.1 - points * 0.000_01]);
    }
}
