use super::*;
use crate::test_support::position;
use crate::types::Variant;
use crate::variants::variant_rules;

fn result(variant: Variant, position: &Position, exit_price: f64) -> (f64, f64) {
    trade_result(&variant_rules(variant), position, exit_price, 10.0)
}

#[test]
fn a_result_is_money_and_a_multiple_of_the_risk() {
    // Q-P1: 0.5 · 2 lots · 10; risk 0.25 · 2 · 10.
    let sized = Position {
        entry_price: 1.0,
        order_price: 1.0,
        size: 2.0,
        risk_per_trade: 100.0,
        value_at_entry: 10.0,
        ..position()
    };
    let long = Position { initial_stop_loss: 0.75, ..sized };
    assert_eq!(result(Variant::Canonical, &long, 1.5), (10.0, 2.0));
    assert_eq!(result(Variant::V1, &long, 1.5), (200.0, 2.0));
    let short = Position { direction: Direction::Short, initial_stop_loss: 1.25, ..sized };
    assert_eq!(result(Variant::Canonical, &short, 1.5), (-10.0, -2.0));
    let riskless = Position { initial_stop_loss: 1.0, ..sized };
    assert_eq!(result(Variant::Canonical, &riskless, 1.5), (10.0, 0.0));
    assert_eq!(result(Variant::V1, &riskless, 1.5), (0.0, 0.0));
    // What was risked counts from the order's price, in v1 from the fill: 0.5 · 2 · 10 of 0.5 · 2 · 10.
    let gapped = Position { order_price: 1.25, ..long };
    assert_eq!(result(Variant::Canonical, &gapped, 1.5), (10.0, 1.0));
    assert_eq!(result(Variant::V1, &gapped, 1.5), (200.0, 2.0));
    // What was risked was worth more then: 0.25 · 2 · 20.
    let dearer = Position { value_at_entry: 20.0, ..long };
    assert_eq!(result(Variant::Canonical, &dearer, 1.5), (10.0, 1.0));
}

#[test]
fn a_net_result_is_less_both_fees_the_entrys_first() {
    // Q-P1.
    let paid = Position { entry_fee: 1.0, ..position() };
    assert_eq!(net_result(&paid, 10.0, 2.5), 6.5);
    assert_eq!(net_result(&paid, 1e16, 1.0), (1e16 - 1.0) - 1.0);
}

#[test]
fn an_exit_at_the_entry_is_a_plain_zero() {
    // P-1: 1 − 1 = 0 either way round.
    for direction in [Direction::Long, Direction::Short] {
        for variant in [Variant::Canonical, Variant::V1] {
            let even = Position {
                direction,
                entry_price: 1.0,
                initial_stop_loss: 1.25,
                size: 2.0,
                risk_per_trade: 100.0,
                ..position()
            };
            let (money, multiple) = result(variant, &even, 1.0);
            assert_eq!((money.to_bits(), multiple.to_bits()), (0, 0), "{direction:?} {variant:?}");
        }
    }
}

#[test]
fn cash_loses_the_fee_before_it_gets_the_result() {
    // Q-P2.
    let mut portfolio = new_portfolio(1e16);
    book_entry(&mut portfolio, 1.0);
    book_exit(&mut portfolio, 1.0, 3.0);
    assert_eq!(portfolio.cash, ((1e16 - 1.0) - 1.0) + 3.0);
    assert_eq!(portfolio.fees, 2.0);
}
