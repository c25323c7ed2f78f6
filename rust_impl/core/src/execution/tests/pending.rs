use crate::test_support::{BAR, FLAT, NAN, config, exit, level, pending, placed, play, run_on, slipping, v1};
use crate::types::{Direction, EventKind, OrderType, Reason, Signals, Status, UNSET_TIME};

#[test]
fn each_pending_order_has_its_trigger_and_its_fill() {
    // E-3, Q-E3: the bar after the placement opens through some levels.
    use Direction::{Long, Short};
    use OrderType::{Limit, Stop};
    // Bid 1.0980 … 1.1020, ask one pip higher, open 1.1.
    let wide = [1.1, 1.102, 1.098, 1.1];
    for (order_type, direction, price, stop_loss, fill) in [
        (Limit, Long, 1.0985, 1.09, 1.0985),
        (Limit, Long, 1.1005, 1.09, 1.1001),
        (Limit, Short, 1.1015, 1.11, 1.1015),
        (Limit, Short, 1.0995, 1.11, 1.1),
        (Stop, Long, 1.1015, 1.09, 1.1015),
        (Stop, Long, 1.0995, 1.09, 1.1001),
        (Stop, Short, 1.0985, 1.11, 1.0985),
        (Stop, Short, 1.1005, 1.11, 1.1),
    ] {
        let order = pending(order_type, direction, price, stop_loss, NAN);
        let output = play(&config(), &order, &[wide]);
        assert_eq!(output.positions.status, [Status::Open], "{order_type:?} {direction:?} {price}");
        assert_eq!((output.positions.entry_price[0], output.positions.trigger_time[0]), (fill, BAR));
        assert_eq!(output.events.kind, [EventKind::Accepted, EventKind::Opened]);
        let slipped = play(&slipping(config()), &order, &[wide]).positions.entry_price[0];
        let offset = if order_type == Limit { 0.0 } else { 0.0001 };
        assert_eq!(slipped, if direction == Long { fill + offset } else { fill - offset });
        let old = play(&slipping(v1()), &order, &[wide]);
        assert_eq!(old.positions.entry_price, [price]);
    }
}

#[test]
fn an_order_waits_for_its_level() {
    use Direction::{Long, Short};
    use OrderType::{Limit, Stop};
    for (order_type, direction, price, stop_loss) in [
        (Limit, Long, 1.0985, 1.09),
        (Limit, Short, 1.1015, 1.11),
        (Stop, Long, 1.1015, 1.09),
        (Stop, Short, 1.0985, 1.11),
    ] {
        let output = play(&config(), pending(order_type, direction, price, stop_loss, NAN), &[FLAT, FLAT]);
        let positions = &output.positions;
        assert_eq!((positions.status[0], positions.size[0]), (Status::Pending, 0.0));
        assert_eq!((positions.trigger_time[0], positions.entry_price[0]), (UNSET_TIME, price));
        assert!(positions.entry_fee[0].is_nan());
        assert_eq!(positions.risk_per_trade, [100.0]);
    }
}

#[test]
fn in_its_trigger_bar_a_limit_of_v1_needs_a_close_beyond_the_target() {
    // E-8, Q-E8.
    let limit = pending(OrderType::Limit, Direction::Long, 1.099, 1.09, 1.101);
    let touched = play(&v1(), &limit, &[[1.1, 1.102, 1.098, 1.101]]);
    assert_eq!(touched.positions.status, [Status::Open]);
    let beyond = play(&v1(), &limit, &[[1.1, 1.102, 1.098, 1.1015]]);
    assert_eq!(exit(&beyond), (1.101, Reason::TakeProfit));
    let stop_order = pending(OrderType::Stop, Direction::Long, 1.1005, 1.09, 1.101);
    let touched = play(&v1(), &stop_order, &[[1.1, 1.102, 1.098, 1.1]]);
    assert_eq!(exit(&touched), (1.101, Reason::TakeProfit));
    let short = pending(OrderType::Limit, Direction::Short, 1.101, 1.11, 1.099);
    let beyond = play(&v1(), &short, &[[1.1, 1.102, 1.098, 1.0985]]);
    assert_eq!(exit(&beyond), (1.099, Reason::TakeProfit));
}

#[test]
fn in_the_trigger_bar_of_v1_the_stop_goes_first_and_at_its_level() {
    // E-7, E-9: the open is through the stop, but it came before the entry.
    let limit = pending(OrderType::Limit, Direction::Long, 1.0995, 1.098, 1.101);
    let output = play(&slipping(v1()), &limit, &[[1.1, 1.102, 1.097, 1.1015]]);
    assert_eq!((exit(&output), output.metrics.ambiguous_bars), ((1.098 + 0.0001, Reason::StopLoss), 1));
    let times = (output.trades.entry_time[0], output.trades.trigger_time[0], output.trades.exit_time[0]);
    assert_eq!(times, (0, BAR, BAR));
    let stop_order = pending(OrderType::Stop, Direction::Short, 1.0995, 1.101, NAN);
    let output = play(&v1(), &stop_order, &[[1.1, 1.102, 1.097, 1.1]]);
    assert_eq!(exit(&output), (1.101, Reason::StopLoss));
}

#[test]
fn a_gap_changes_no_size() {
    // E-3, S-2: 100 over 10 pips of 10 is 1.00 lot when the order is placed. Opened at 1.0992 it were 5.00.
    let limit = pending(OrderType::Limit, Direction::Long, 1.1, 1.099, NAN);
    let gapped = run_on(&config(), &level(&[[1.1005; 4], [1.0992, 1.1, 1.0991, 1.0995]]), &placed(&limit));
    assert_eq!((gapped.events.size[0], gapped.positions.size[0]), (1.0, 1.0));
    assert_eq!((gapped.positions.order_price[0], gapped.positions.entry_price[0]), (1.1, 1.0992));
    // A buy stop gapped to 1.1060 loses 60 pips of 10 at its stop, six times what was risked.
    let stop = pending(OrderType::Stop, Direction::Long, 1.101, 1.1, NAN);
    let bars = level(&[[1.1005; 4], [1.106, 1.1062, 1.1058, 1.106], [1.1, 1.1001, 1.0999, 1.1]]);
    let trades = run_on(&config(), &bars, &placed(&stop)).trades;
    assert_eq!((trades.size[0], trades.entry_price[0], trades.exit_price[0]), (1.0, 1.106, 1.1));
    let lost: f64 = ((1.1 - 1.106) * 1.0) * (1.0 / 0.00001);
    assert_eq!((trades.result[0], lost.round()), (lost, -600.0));
    assert_eq!(trades.r_multiple[0], lost / ((1.0 * (1.101_f64 - 1.1).abs()) * (1.0 / 0.00001)));
    // v1 sizes at the trigger, by the order's price.
    let old = run_on(&v1(), &level(&[[1.1005; 4]]), &placed(&limit));
    assert!(old.events.size[0].is_nan() && old.positions.risk_per_trade[0].is_nan());
}

#[test]
fn an_order_gapped_beyond_its_own_stop_fills_and_is_closed_by_it() {
    // E-3: at the open, where both are known.
    let limit = pending(OrderType::Limit, Direction::Long, 1.099, 1.098, NAN);
    let gap = [1.0974, 1.0975, 1.097, 1.0974];
    let output = play(&config(), &limit, &[gap]);
    assert_eq!(output.events.kind, [EventKind::Accepted, EventKind::Opened, EventKind::Closed]);
    assert_eq!((output.events.price[1], exit(&output)), (1.0974 + 0.0001, (1.0974, Reason::StopLoss)));
    assert_eq!((&output.events.known_at[..], output.trades.known_at[0]), (&[BAR; 3][..], BAR));
    assert_eq!(exit(&play(&v1(), &limit, &[gap])), (1.098, Reason::StopLoss));
}

#[test]
fn a_size_that_is_too_small_is_refused_when_the_order_is_placed() {
    // E-2, S-4.
    let small = |signal: &mut Signals| {
        pending(OrderType::Limit, Direction::Long, 1.099, 1.098, NAN)(signal);
        signal.size[0] = 0.001;
    };
    let events = play(&config(), small, &[]).events;
    assert_eq!((events.kind[0], events.reason[0]), (EventKind::Rejected, Some(Reason::BelowMin)));
}

#[test]
fn an_order_expires_before_it_can_trigger() {
    // E-4.
    let limit = pending(OrderType::Limit, Direction::Long, 1.099, 1.09, NAN);
    let expiring = |expires_at| {
        let order = &limit;
        move |signal: &mut Signals| {
            order(signal);
            signal.expires_at[0] = expires_at;
        }
    };
    let low = [1.1, 1.1, 1.098, 1.1];
    let expired = play(&config(), expiring(BAR), &[low]);
    assert_eq!(expired.events.kind, [EventKind::Accepted, EventKind::Expired]);
    assert_eq!((expired.events.reason[1], expired.events.price[1]), (Some(Reason::LimitExpired), 1.099));
    assert!(expired.positions.order_id.is_empty() && expired.trades.order_id.is_empty());
    assert_eq!((expired.events.known_at[1], expired.events.order_type[1]), (2 * BAR, Some(OrderType::Limit)));
    assert_eq!(play(&config(), expiring(BAR + 1), &[low]).positions.status, [Status::Open]);
    let late = play(&config(), expiring(0), &[low]);
    assert_eq!(late.events.reason, [Some(Reason::AlreadyExpired)]);
    // A stop order has a reason of its own, but not in v1.
    let stop = |signal: &mut Signals| {
        pending(OrderType::Stop, Direction::Long, 1.105, 1.09, NAN)(signal);
        signal.expires_at[0] = BAR;
    };
    assert_eq!(play(&config(), stop, &[FLAT]).events.reason[1], Some(Reason::Expired));
    assert_eq!(play(&v1(), stop, &[FLAT]).events.reason[1], Some(Reason::LimitExpired));
}
