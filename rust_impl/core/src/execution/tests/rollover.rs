use super::*;
use crate::test_support::{BAR, FLAT, bars, config, market, placed, rules, run_on, signals};
use crate::types::{EngineConfig, OnRuin, Reason, Swap};

/// One lot costs 10 a night when long, brings 5 when short; rollovers in the middle of bar 1 and at the times of bars 3
/// and 5, the last of three nights.
fn nightly() -> EngineConfig {
    let rollovers = [-BAR, BAR / 2, 3 * BAR, 5 * BAR, 99 * BAR].into();
    let nights = [7, 1, 1, 3, 1].into();
    let swap = Swap { long_points: -10.0, short_points: 5.0, rollovers, nights };
    EngineConfig { swap: Some(swap), ..config() }
}

#[test]
fn each_rollover_counts_once_in_the_first_bar_from_it_on() {
    let (config, mut book) = (nightly(), crate::execution::state::Book::default());
    let swap = rules(&config).swap.unwrap();
    let found = [0, BAR, 2 * BAR, 3 * BAR, 4 * BAR, 98 * BAR, 99 * BAR, 100 * BAR];
    assert_eq!(found.map(|time| pass_rollovers(&mut book, &swap, time)), [7, 1, 0, 1, 0, 3, 1, 0]);
}

#[test]
fn a_position_that_was_open_before_pays_at_the_open() {
    // Half a lot, opened at the close of bar 0: a night at bar 1, one at bar 3, three at bar 5.
    let table = placed(|signal| signal.size[0] = 0.5);
    let run = run_on(&nightly(), &bars(&[FLAT; 7]), &table);
    let booked: Vec<_> = (0..run.events.kind.len()).filter(|&row| run.events.kind[row] == EventKind::Swap).collect();
    assert_eq!(booked.len(), 3);
    let night = ((10.0 * 0.00001) * (1.0 / 0.00001)) * 0.5;
    for (row, (bar, nights)) in booked.into_iter().zip([(1, 1.0), (3, 1.0), (5, 3.0)]) {
        assert_eq!((run.events.timestamp[row], run.events.known_at[row]), (bar * BAR, bar * BAR));
        assert_eq!((run.events.order_id[row], run.events.size[row], run.events.price[row]), (1, 0.5, 1.1));
        assert_eq!(run.events.fee[row], night * nights);
        assert!(run.events.stop_loss[row].is_nan() && run.events.result[row].is_nan());
        assert_eq!(run.events.reason[row], None);
    }
    let total = -night - night - night * 3.0;
    assert_eq!((run.positions.swap[0], run.metrics.swap, run.metrics.net_profit), (total, total, total));
    assert_eq!((run.metrics.fees, run.metrics.final_cash), (0.0, 10_000.0 - night - night - night * 3.0));
}

#[test]
fn a_short_position_is_worth_what_the_ask_opens_at() {
    let table = placed(|signal| {
        signal.direction[0] = Some(Direction::Short);
        signal.stop_loss[0] = 1.2;
        signal.size[0] = 1.0;
    });
    let run = run_on(&nightly(), &bars(&[FLAT; 2]), &table);
    let row = run.events.kind.iter().position(|&kind| kind == EventKind::Swap).unwrap();
    assert_eq!(
        (run.events.price[row], run.events.fee[row]),
        (1.1 + 0.0001, -(((5.0 * 0.00001) * (1.0 / 0.00001)) * 1.0))
    );
    assert!(run.positions.swap[0] > 0.0);
}

#[test]
fn what_opens_in_the_bar_of_a_rollover_does_not_pay_for_it() {
    // Handed over at bar 3, whose open is a rollover: the next is that of bar 5.
    let mut table = signals(1);
    table.timestamp[0] = 3 * BAR;
    let run = run_on(&nightly(), &bars(&[FLAT; 6]), &table);
    let times: Vec<_> = (0..run.events.kind.len())
        .filter(|&row| run.events.kind[row] == EventKind::Swap)
        .map(|row| run.events.timestamp[row])
        .collect();
    assert_eq!(times, [5 * BAR]);
}

#[test]
fn a_trade_brings_its_result_and_its_swap() {
    // Closed by its target in bar 1, at whose open a night was booked.
    let up = [1.1, 1.103, 1.0998, 1.1025];
    let run = run_on(&nightly(), &bars(&[FLAT, up]), &placed(market(f64::NAN, 1.102)));
    let (swap, result) = (run.trades.swap[0], run.trades.result[0]);
    assert_eq!((run.trades.reason[0], swap < 0.0), (Reason::TakeProfit, true));
    assert_eq!(run.trades.net_result[0], ((result - 0.0) - 0.0) + swap);
    assert_eq!(run.events.kind[2..], [EventKind::Swap, EventKind::Closed]);
}

#[test]
fn a_rate_of_zero_books_nothing() {
    let mut config = nightly();
    config.swap.as_mut().unwrap().long_points = 0.0;
    let run = run_on(&config, &bars(&[FLAT; 7]), &placed(|_| ()));
    assert!(!run.events.kind.contains(&EventKind::Swap));
    assert_eq!(run.positions.swap, [0.0]);
}

#[test]
fn an_account_that_a_night_ruins_ends_at_the_open() {
    // Q-E21c: the night belongs to the cash of the bar before.
    let mut config = EngineConfig { initial_balance: 100.0, on_ruin: OnRuin::Stop, ..nightly() };
    config.swap.as_mut().unwrap().long_points = -1e6;
    let run = run_on(&config, &bars(&[FLAT, [1.1005, 1.1009, 1.1003, 1.1008]]), &placed(|_| ()));
    assert_eq!(
        (run.trades.reason[0], run.trades.exit_price[0], run.trades.known_at[0]),
        (Reason::StopOut, 1.1005, BAR)
    );
}
