use crate::bars::columns::BarColumns;
use crate::engine::run;
use crate::numbers::{maximum, minimum};
use crate::test_support::{BAR, FLAT, NAN, bars, busy_run, config, market, moves, pending, placed, run_on};
use crate::types::{
    DetailBars, Direction, EngineConfig, EventKind, OrderType, Reason, RunControl, RunOutput, Signals, Swap,
};

const M1: i64 = BAR / 5;

/// Detail bars of M1 at these times.
fn minutes(rows: &[(i64, [f64; 4])]) -> BarColumns {
    let mut detail = bars(&rows.iter().map(|&(_, prices)| prices).collect::<Vec<_>>());
    detail.timestamp = rows.iter().map(|&(time, _)| time).collect();
    detail
}

fn detailed(config: &EngineConfig, whole: &BarColumns, signals: &Signals, detail: &BarColumns) -> RunOutput {
    let detail = Some(DetailBars { bars: detail.view(), timeframe: M1 });
    run(&whole.view(), Some(signals), config, &RunControl::default(), detail, None).unwrap()
}

/// A flat bar, then one whose two detail bars are these.
fn play(config: &EngineConfig, signals: &Signals, first: [f64; 4], second: [f64; 4]) -> RunOutput {
    let whole = [first[0], maximum(first[1], second[1]), minimum(first[2], second[2]), second[3]];
    detailed(config, &bars(&[FLAT, whole]), signals, &minutes(&[(BAR + M1, first), (BAR + 3 * M1, second)]))
}

/// Kind, time and known_at of all rows from `from` on.
fn rows(output: &RunOutput, from: usize) -> Vec<(EventKind, i64, i64)> {
    let events = &output.events;
    (from..events.len()).map(|row| (events.kind[row], events.timestamp[row], events.known_at[row])).collect()
}

#[test]
fn a_bar_of_one_detail_bar_is_the_bar() {
    // E-22: the bars themselves, called bars of M1: every bit is that of the run without them.
    let (whole, table) = busy_run();
    for config in [config(), EngineConfig { close_at_end: true, fee_per_million: 30.0, ..config() }] {
        let plain = run_on(&config, &whole, &table);
        let output = detailed(&config, &whole, &table, &whole);
        assert_eq!((output.chain, output.metrics), (plain.chain, plain.metrics));
    }
}

#[test]
fn of_stop_and_target_the_minute_says_which_came_first() {
    // The bar alone touches 1.0980 before 1.1020, for its low is nearer to the open; its first minute has the high.
    let signals = placed(market(1.1001, 1.102));
    let first = [1.1, 1.1025, 1.1, 1.1];
    let output = play(&config(), &signals, first, [1.1, 1.1001, 1.0978, 1.1]);
    assert_eq!((output.trades.reason[0], output.trades.exit_price[0]), (Reason::TakeProfit, 1.102));
    assert_eq!((output.trades.exit_time[0], output.trades.known_at[0]), (BAR + M1, BAR + 2 * M1));
    assert_eq!(output.metrics.ambiguous_bars, 0);
}

#[test]
fn an_order_that_triggers_in_a_minute_is_closed_in_the_next() {
    let signals = placed(pending(OrderType::Stop, Direction::Long, 1.1011, 1.1, NAN));
    let output = play(&config(), &signals, [1.1, 1.1011, 1.1, 1.1005], [1.1005, 1.1006, 1.0995, 1.1]);
    let trades = &output.trades;
    assert_eq!((trades.trigger_time[0], trades.exit_time[0]), (BAR + M1, BAR + 3 * M1));
    // The last detail bar ends with its bar.
    assert_eq!((trades.known_at[0], trades.reason[0]), (2 * BAR, Reason::StopLoss));
    // Accepted in the first bar, which has no detail bars, then opened and closed.
    assert_eq!(output.trades.entry_time, [0]);
    assert_eq!(output.metrics.exposure, Some(0.5));
}

#[test]
fn orders_expire_by_the_minute() {
    let signals = placed(|signal| {
        pending(OrderType::Stop, Direction::Long, 1.1011, 1.1, NAN)(signal);
        signal.expires_at[0] = BAR + 2 * M1;
    });
    let output = play(&config(), &signals, FLAT, [1.1, 1.102, 1.1, 1.1]);
    assert_eq!(rows(&output, 1), [(EventKind::Expired, BAR + 3 * M1, 2 * BAR)]);
}

#[test]
fn a_stop_moves_after_a_minute_and_is_hit_in_the_next() {
    // E-14: from 1.1030 a stop trails 10 pips behind and is gapped through by the second minute; break-even goes first.
    let signals = placed(|signal| {
        market(1.1001, NAN)(signal);
        (signal.trailing_distance[0], signal.break_even_at_r[0]) = (0.001, 1.0);
    });
    let output = play(&config(), &signals, [1.1, 1.103, 1.1, 1.1028], [1.1015, 1.1016, 1.1, 1.1002]);
    assert_eq!(moves(&output), [(1.1001, Reason::BreakEven), (1.102, Reason::Trailing)]);
    assert_eq!(rows(&output, 2)[..2], [(EventKind::Modified, BAR + M1, BAR + 2 * M1); 2]);
    assert_eq!((output.trades.exit_price[0], output.trades.reason[0]), (1.1015, Reason::TrailingStop));
    assert_eq!(output.trades.known_at[0], BAR + 3 * M1);
}

#[test]
fn a_position_is_not_managed_in_the_minute_of_its_trigger() {
    let signals = placed(|signal| {
        pending(OrderType::Stop, Direction::Long, 1.1011, 1.09, NAN)(signal);
        signal.trailing_distance[0] = 0.005;
    });
    let output = play(&config(), &signals, [1.1, 1.104, 1.1, 1.103], [1.103, 1.1035, 1.103, 1.103]);
    // The second minute is the last one: its high moves the stop at the end of the bar.
    assert_eq!(moves(&output), [(1.0985, Reason::Trailing)]);
    assert_eq!(rows(&output, 2), [(EventKind::Modified, BAR + 3 * M1, 2 * BAR)]);
}

#[test]
fn an_account_that_is_ruined_in_a_minute_rejects_the_signals_of_its_bar() {
    // E-21: half a lot of 1,000 at 1.1001; the first minute's low 1.0700 leaves −505 and the level is met at 1.0801.
    let config = EngineConfig { initial_balance: 1_000.0, ..config() };
    let mut table = crate::test_support::signals(2);
    for row in 0..2 {
        (table.size[row], table.stop_loss[row]) = (0.5, 1.0);
    }
    table.timestamp[1] = BAR;
    let output = play(&config, &table, [1.1, 1.1, 1.07, 1.1], FLAT);
    assert_eq!((output.trades.exit_price[0], output.trades.known_at[0]), (1.0801, BAR + 2 * M1));
    let last = output.events.len() - 1;
    assert_eq!(output.events.reason[last], Some(Reason::StoppedOut));
    assert_eq!(output.events.timestamp[last], BAR + 3 * M1);
}

#[test]
fn a_minute_begins_with_the_cash_of_the_one_before() {
    // Q-E21c: 1,000 and two positions of a quarter lot. The first's target brings 1,000 in the first minute; the second
    // minute opens 40 pips under the entry, and nobody is ruined.
    let config = EngineConfig { initial_balance: 100.0, ..config() };
    let mut table = crate::test_support::signals(2);
    for row in 0..2 {
        (table.size[row], table.stop_loss[row]) = (0.25, 1.0);
    }
    table.take_profit[0] = 1.1101;
    let output = play(&config, &table, [1.1, 1.111, 1.1, 1.11], [1.0941, 1.0945, 1.094, 1.0941]);
    assert_eq!((output.metrics.stop_outs, output.trades.len()), (0, 1));
}

#[test]
fn a_night_inside_a_bar_counts_at_the_next_one_in_its_first_minute() {
    let (rollovers, nights) = ([-BAR, BAR + 2 * M1, 99 * BAR].into(), [1, 1, 1].into());
    let swap = Swap { long_points: -10.0, short_points: 0.0, rollovers, nights };
    let config = EngineConfig { swap: Some(swap), ..config() };
    let detail = minutes(&[
        (BAR, FLAT),
        (BAR + 3 * M1, FLAT),
        (2 * BAR + M1, [1.1, 1.1001, 1.0999, 1.1001]),
        (2 * BAR + 2 * M1, [1.1001, 1.1002, 1.0998, 1.1]),
    ]);
    let output = detailed(&config, &bars(&[FLAT; 3]), &placed(market(NAN, NAN)), &detail);
    assert_eq!(rows(&output, 2), [(EventKind::Swap, 2 * BAR + M1, 2 * BAR + M1)]);
}

#[test]
fn a_market_order_fills_in_the_last_minute_and_the_next_open_in_the_first() {
    let detail = minutes(&[(0, FLAT), (M1, FLAT), (BAR + M1, FLAT), (BAR + 2 * M1, FLAT)]);
    let (whole, signals) = (bars(&[FLAT; 2]), placed(market(NAN, NAN)));
    let output = detailed(&config(), &whole, &signals, &detail);
    assert_eq!((output.positions.entry_time[0], output.positions.trigger_time[0]), (M1, M1));
    assert_eq!(rows(&output, 0), [(EventKind::Accepted, M1, BAR), (EventKind::Opened, M1, BAR)]);
    let next = EngineConfig { market_fill: crate::types::MarketFill::NextOpen, ..config() };
    let output = detailed(&next, &whole, &signals, &detail);
    assert_eq!(rows(&output, 1), [(EventKind::Opened, BAR + M1, BAR + M1)]);
}

#[test]
fn v1_has_no_detail_bars() {
    let whole = bars(&[FLAT; 2]);
    let detail = Some(DetailBars { bars: whole.view(), timeframe: M1 });
    let config = crate::test_support::v1();
    let error = run(&whole.view(), Some(&placed(market(1.1, NAN))), &config, &RunControl::default(), detail, None);
    let error = error.unwrap_err();
    assert_eq!((error.rule, error.column.as_deref()), (Some("E-22"), Some("detail")));
}
