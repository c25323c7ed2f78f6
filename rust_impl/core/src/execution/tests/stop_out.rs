use super::*;
use crate::execution::columns::Position;
use crate::test_support::{BAR, FLAT, NAN, bars, config, market, play, position, rules, run_on, signals, v1};
use crate::types::{EngineConfig, OnRuin, OrderType, RunOutput, Signals};

/// Half a lot at 1.1001 out of 1,000, its stop far below.
fn half_a_lot(signal: &mut Signals) {
    market(NAN, NAN)(signal);
    (signal.size[0], signal.stop_loss[0]) = (0.5, 1.0);
}

fn poor() -> EngineConfig {
    EngineConfig { initial_balance: 1_000.0, ..config() }
}

/// The only exit: price, known at, reason.
fn closed(output: &RunOutput) -> (f64, i64, Reason) {
    assert_eq!(output.trades.len(), 1, "{:?}", output.events.kind);
    (output.trades.exit_price[0], output.trades.known_at[0], output.trades.reason[0])
}

#[test]
fn a_bar_that_takes_all_on_its_way_ends_the_account() {
    // E-21: entry 1.1001, 50,000 a lot. Open 1.1000: 1,000 − 5 = 995; low 1.0700: 1,000 − 1,505 = −505. Nothing is left
    // 995 / 1,500 of the way down, 1.1000 − 0.0199 = 1.0801: 1,000 − 1,000.
    let output = play(&poor(), half_a_lot, &[[1.1, 1.1, 1.07, 1.1], FLAT]);
    assert_eq!(closed(&output), (1.0801, 2 * BAR, Reason::StopOut));
    assert_eq!((output.metrics.stop_outs, output.metrics.trades), (1, 1));
    assert!(output.metrics.final_cash.abs() < 1e-9);
    // From the peak of 1,000 to −505.
    assert!((output.metrics.max_drawdown_intrabar.unwrap() - 1_505.0).abs() < 1e-9);
}

#[test]
fn a_bar_that_begins_below_ends_it_at_its_open() {
    // Q-E21c: open 1.0790: 1,000 − 1,055 = −55.
    let output = play(&poor(), half_a_lot, &[[1.079, 1.1, 1.07, 1.1]]);
    assert_eq!(closed(&output), (1.079, BAR, Reason::StopOut));
    assert!((output.metrics.final_cash + 55.0).abs() < 1e-9);
}

/// Two market orders of half a lot at 1.1001, the first with a stop of its own, and the bar after theirs.
fn pair(stop: f64, bar: [f64; 4]) -> RunOutput {
    let mut table = signals(2);
    for row in 0..2 {
        table.timestamp[row] = 0;
        (table.price[row], table.take_profit[row], table.size[row], table.stop_loss[row]) = (NAN, NAN, 0.5, 1.0);
    }
    table.stop_loss[0] = stop;
    run_on(&poor(), &bars(&[FLAT, bar]), &table)
}

#[test]
fn what_the_pass_closed_counts_at_the_open() {
    // Q-E21c: at 1.0880 both stand at −605: −210, known at the open. The first one's stop is gapped.
    let output = pair(1.095, [1.088, 1.1, 1.087, 1.1]);
    assert_eq!(output.trades.reason, [Reason::StopLoss, Reason::StopOut]);
    assert_eq!((output.trades.exit_price[1], output.trades.known_at[1]), (1.088, BAR));
}

#[test]
fn what_came_later_in_the_bar_is_not_known_at_its_open() {
    // Q-E21c: at the open 990 are left; the first one's stop at 1.0790 takes 1,055, and nobody knows when.
    let output = pair(1.079, [1.1, 1.1, 1.07, 1.095]);
    assert_eq!(output.trades.reason, [Reason::StopLoss, Reason::StopOut]);
    assert_eq!((output.trades.exit_price[1], output.trades.known_at[1]), (1.095, 2 * BAR));
}

#[test]
fn an_account_that_may_go_on_does_but_its_drawdown_is_told() {
    // on_ruin: at the close 1.1000 it stands at 995 again.
    let config = EngineConfig { on_ruin: OnRuin::Continue, ..poor() };
    let output = play(&config, half_a_lot, &[[1.1, 1.1, 1.07, 1.1]]);
    assert_eq!((output.metrics.trades, output.metrics.stop_outs), (0, 0));
    assert!((output.metrics.max_drawdown_intrabar.unwrap() - 1_505.0).abs() < 1e-9);
    assert!((output.metrics.max_drawdown_abs - 5.0).abs() < 1e-9);
    // v1 looks at nothing.
    let old = play(
        &EngineConfig { initial_balance: 1_000.0, ..v1() },
        |signal| {
            half_a_lot(signal);
            signal.price[0] = 1.1001;
        },
        &[[1.1, 1.1, 1.07, 1.1]],
    );
    assert_eq!((old.metrics.trades, old.metrics.max_drawdown_intrabar), (0, None));
}

#[test]
fn what_opens_inside_the_bar_stands_still_in_it() {
    // Q-E21: the order of a close fills after the bar's low; that of an open before it.
    let rows = [[1.1, 1.1002, 1.07, 1.1], FLAT];
    let output = run_on(&poor(), &bars(&rows), &{
        let mut table = signals(1);
        half_a_lot(&mut table);
        table
    });
    assert_eq!((output.metrics.trades, output.metrics.stop_outs), (0, 0));
    let config = EngineConfig { market_fill: crate::types::MarketFill::NextOpen, ..poor() };
    let output = play(&config, half_a_lot, &[[1.1, 1.1, 1.07, 1.1], FLAT]);
    assert_eq!(closed(&output), (1.0801, 2 * BAR, Reason::StopOut));
}

#[test]
fn all_is_closed_and_cancelled_and_what_comes_is_refused() {
    // E-21: a second market order and a limit order; then a signal two bars later.
    let mut table = signals(4);
    for row in 0..4 {
        table.timestamp[row] = if row == 3 { 2 * BAR } else { 0 };
        (table.price[row], table.take_profit[row], table.size[row], table.stop_loss[row]) = (NAN, NAN, 0.25, 1.0);
    }
    (table.order_type[2], table.price[2]) = (Some(OrderType::Limit), 1.05);
    let output = run_on(&poor(), &bars(&[FLAT, [1.1, 1.1, 1.07, 1.1], FLAT]), &table);
    let reasons: Vec<_> = output.events.reason.iter().copied().flatten().collect();
    assert_eq!(reasons, [Reason::StopOut, Reason::StopOut, Reason::StopOut, Reason::StoppedOut]);
    let kinds: Vec<_> = output.events.kind.iter().copied().skip(5).collect();
    let expected = [EventKind::Closed, EventKind::Closed, EventKind::Cancelled, EventKind::Rejected];
    assert_eq!(kinds, expected);
    assert_eq!(output.events.error_code.iter().copied().skip(5).collect::<Vec<_>>(), [0, 0, 0, 1007]);
    assert_eq!((output.metrics.stop_outs, output.positions.order_id.len()), (2, 0));
}

#[test]
fn a_share_of_the_margin_in_use_must_be_left() {
    // Q-E21: 0.5 lots at 1.1001, 55,005 over 100 is 550.05; the level is 275.025. From 995 at the open to −505 it is met
    // 719.975 / 1,500 of the way: 1.1 − 0.03 · 0.47998… = 1.08560.
    let config = EngineConfig { margin_leverage: Some(100.0), ..poor() };
    let output = play(&config, half_a_lot, &[[1.1, 1.1, 1.07, 1.1]]);
    assert_eq!(closed(&output), (1.0856, 2 * BAR, Reason::StopOut));
    // Twice the lots are 1,100.1 of 1,000.
    let refused = play(
        &config,
        |signal| {
            half_a_lot(signal);
            signal.size[0] = 1.0;
        },
        &[FLAT],
    );
    assert_eq!((refused.events.reason[0], refused.events.error_code[0]), (Some(Reason::FreeMargin), 1006));
    assert_eq!(refused.events.len(), 1);
}

#[test]
fn an_account_without_a_position_is_looked_at_too() {
    // Q-E21: the stop at 1.079 loses 1,055 in one gap, and the next signal is refused.
    let mut table = signals(2);
    for row in 0..2 {
        table.timestamp[row] = 2 * BAR * row as i64;
        (table.price[row], table.take_profit[row], table.size[row], table.stop_loss[row]) = (NAN, NAN, 0.5, 1.09);
    }
    let output = run_on(&poor(), &bars(&[FLAT, [1.079, 1.08, 1.07, 1.08], [1.1; 4], FLAT]), &table);
    assert_eq!((output.trades.reason.clone(), output.metrics.stop_outs), (vec![Reason::StopLoss], 0));
    assert_eq!(output.events.reason.last(), Some(&Some(Reason::StoppedOut)));
}

#[test]
fn the_worse_corner_is_that_of_the_lows_where_both_are_equal() {
    let rules = rules(&config());
    let account = crate::execution::state::new_account(&config());
    let quote = crate::quotes::quote_of(&bars(&[FLAT, [1.1, 1.2, 1.0, 1.1]]).view(), 1, BAR);
    let mut book = Book::default();
    assert_eq!(worst_corner(&book, &account, &rules, &quote), Corner { equity: 10_000.0, is_low: true });
    book.push(&Position { direction: Direction::Short, entry_price: 1.2001, ..position() });
    let corner = worst_corner(&book, &account, &rules, &quote);
    assert_eq!((corner.is_low, corner.equity), (false, 10_000.0 + (1.2001 - quote.ask_high) * 100_000.0));
}
