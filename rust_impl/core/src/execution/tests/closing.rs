use crate::test_support::{BAR, FLAT, NAN, bars, busy_run, config, exit, market, play, run_on, signals, slipping, v1};
use crate::types::{Direction, EngineConfig, EventKind, OrderType, Reason, Signals};

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
