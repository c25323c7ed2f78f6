use super::*;
use crate::execution::state::new_account;
use crate::test_support::config;
use crate::types::{Equity, Trades};

/// 2024-01-01, a Monday.
const MONDAY: i64 = 19_723;
const HOUR: i64 = DAY / 24;

/// When trades began and ended, when what is still open began, and the bars of all that.
type Case<'a> = (&'a [(i64, i64)], &'a [i64], u64);

fn log(times: &[i64], equity: &[f64]) -> Log {
    // Bars without a length, in which no time lies.
    let (timestamp, known_at) = (times.to_vec(), times.to_vec());
    let equity = Equity { timestamp, known_at, equity: equity.to_vec(), ..Equity::default() };
    Log { equity, ..Log::default() }
}

fn account(first: i64) -> Account {
    Account { first_time: Some(first), ..new_account(&config()) }
}

#[test]
fn a_weekend_belongs_to_its_monday() {
    // Q-P5b; day 0 is a Thursday, day −1 a Wednesday, day −4 a Sunday.
    for (time, day) in [
        (MONDAY * DAY, MONDAY),
        ((MONDAY + 5) * DAY - 1, MONDAY + 4),
        ((MONDAY + 5) * DAY, MONDAY + 7),
        ((MONDAY + 6) * DAY + 22 * HOUR, MONDAY + 7),
        ((MONDAY + 7) * DAY, MONDAY + 7),
        (MONDAY * DAY - 1, MONDAY),
        (-1, -1),
        (-4 * DAY, -3),
        (0, 0),
    ] {
        assert_eq!(trading_day(time), day, "{time}");
    }
}

#[test]
fn a_day_ends_with_its_last_bar_and_begins_with_a_bar() {
    // Q-P5b, P-4: Friday, Sunday evening with Monday, Wednesday; v1's point before the first bar is no day.
    let [friday, sunday, monday, wednesday] = [4, 6, 7, 9].map(|days| (MONDAY + days) * DAY);
    let times = [friday, friday + HOUR, sunday + 22 * HOUR, monday, monday + 23 * HOUR, wednesday];
    let log = log(&times, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(day_closes(&account(friday), &log), [2.0, 5.0, 6.0]);
    assert_eq!(first_bar(&account(friday), &log), 0);
    assert_eq!((first_bar(&account(friday + HOUR), &log)), 1);
    assert!(day_closes(&account(0), &Log::default()).is_empty());
}

#[test]
fn a_bar_counts_once_however_many_are_open_in_it() {
    // Q-P5c, over the bars 0, 10 … 90; of the open positions one is pending.
    let cases: [Case<'_>; 9] = [
        (&[], &[], 0),
        (&[(20, 20)], &[], 1),
        (&[(20, 40), (50, 60)], &[], 5),
        (&[(20, 60), (30, 60)], &[], 5),
        (&[(40, 40), (30, 50), (80, 80), (10, 90)], &[], 9),
        (&[(15, 20)], &[], 1),
        (&[], &[70], 3),
        (&[(20, 40)], &[70, 80], 6),
        (&[], &[100], 0),
    ];
    for (closed, still_open, expected) in cases {
        let mut log = log(&Vec::from_iter((0..100).step_by(10)), &[]);
        (log.trades.trigger_time, log.trades.exit_time) = closed.iter().copied().unzip();
        log.trades.entry_time = vec![0; closed.len()];
        let entry_time = vec![0; still_open.len() + 1];
        let mut book = Book { entry_time, trigger_time: still_open.to_vec(), ..Book::default() };
        book.status = vec![Status::Open; still_open.len()];
        book.trigger_time.push(UNSET_TIME);
        book.status.push(Status::Pending);
        assert_eq!(exposed_bars(&book, &account(0), &log), expected, "{closed:?} {still_open:?}");
    }
}

#[test]
fn the_point_before_the_first_bar_is_not_exposed_and_without_bars_nothing_is() {
    let trades = Trades { entry_time: vec![-5], trigger_time: vec![-5], exit_time: vec![20], ..Trades::default() };
    let book = Book::default();
    let with_point = Log { trades: trades.clone(), ..log(&[0, 10, 20, 30], &[]) };
    assert_eq!(exposed_bars(&book, &account(10), &with_point), 2);
    assert_eq!(exposed_bars(&book, &account(10), &Log { trades, ..Log::default() }), 0);
}

#[test]
fn who_has_no_trigger_time_is_open_since_its_entry() {
    // Q-E17b.
    assert_eq!((open_since(UNSET_TIME, 4), open_since(9, 4)), (4, 9));
}
