use crate::test_support::{BAR, FLAT, NAN, config, exit, pending, play, slipping, v1};
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
        assert!(positions.entry_fee[0].is_nan() && positions.risk_per_trade[0].is_nan());
    }
}

#[test]
fn in_its_trigger_bar_a_limit_needs_a_close_beyond_the_target() {
    // E-8, Q-E8.
    let limit = pending(OrderType::Limit, Direction::Long, 1.099, 1.09, 1.101);
    let touched = play(&config(), &limit, &[[1.1, 1.102, 1.098, 1.101]]);
    assert_eq!(touched.positions.status, [Status::Open]);
    let beyond = play(&config(), &limit, &[[1.1, 1.102, 1.098, 1.1015]]);
    assert_eq!(exit(&beyond), (1.101, Reason::TakeProfit));
    let stop_order = pending(OrderType::Stop, Direction::Long, 1.1005, 1.09, 1.101);
    let touched = play(&config(), &stop_order, &[[1.1, 1.102, 1.098, 1.1]]);
    assert_eq!(exit(&touched), (1.101, Reason::TakeProfit));
    let short = pending(OrderType::Limit, Direction::Short, 1.101, 1.11, 1.099);
    let beyond = play(&config(), &short, &[[1.1, 1.102, 1.098, 1.0985]]);
    assert_eq!(exit(&beyond), (1.099, Reason::TakeProfit));
}

#[test]
fn in_its_trigger_bar_the_stop_goes_first_and_at_its_level() {
    // E-7, E-9: the open is through the stop, but it came before the entry.
    let limit = pending(OrderType::Limit, Direction::Long, 1.0995, 1.098, 1.101);
    let output = play(&slipping(config()), &limit, &[[1.1, 1.102, 1.097, 1.1015]]);
    assert_eq!((exit(&output), output.metrics.ambiguous_bars), ((1.098 - 0.0001, Reason::StopLoss), 1));
    let times = (output.trades.entry_time[0], output.trades.trigger_time[0], output.trades.exit_time[0]);
    assert_eq!(times, (0, BAR, BAR));
    let stop_order = pending(OrderType::Stop, Direction::Short, 1.0995, 1.101, NAN);
    let output = play(&config(), &stop_order, &[[1.1, 1.102, 1.097, 1.1]]);
    assert_eq!(exit(&output), (1.101, Reason::StopLoss));
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
    assert_eq!(play(&config(), expiring(BAR + 1), &[low]).positions.status, [Status::Open]);
    let late = play(&config(), expiring(0), &[low]);
    assert_eq!(late.events.reason, [Some(Reason::AlreadyExpired)]);
}

#[test]
fn an_order_that_fails_at_its_fill_is_cancelled() {
    // E-3: filled under its own stop; too small a size.
    let limit = pending(OrderType::Limit, Direction::Long, 1.099, 1.098, NAN);
    let gap = [1.0974, 1.0975, 1.097, 1.0974];
    let output = play(&config(), &limit, &[gap]);
    assert_eq!(output.events.kind, [EventKind::Accepted, EventKind::Cancelled]);
    assert_eq!((output.events.reason[1], output.events.error_code[1]), (Some(Reason::StopSide), 1006));
    assert!(output.events.size[1].is_nan() && output.events.fee[1].is_nan());
    // v1 neither checks nor rejects: it opens, and the stop is hit at once.
    assert_eq!(exit(&play(&v1(), &limit, &[gap])), (1.098, Reason::StopLoss));
    let small = |signal: &mut Signals| {
        limit(signal);
        signal.size[0] = 0.001;
    };
    let output = play(&config(), small, &[[1.1, 1.1, 1.0985, 1.1]]);
    assert_eq!(output.events.reason[1], Some(Reason::BelowMin));
}
