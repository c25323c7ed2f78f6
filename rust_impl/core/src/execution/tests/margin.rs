use super::*;
use crate::execution::state::new_account;
use crate::test_support::{config, position, rules};
use crate::types::EngineConfig;

fn levered() -> EngineConfig {
    EngineConfig { margin_leverage: Some(100.0), ..config() }
}

#[test]
fn a_margin_is_the_notional_over_the_leverage() {
    // Q-E21: 2 lots at 1.1, of 100,000 a lot, are 220,000.
    let order = Position { lots: 2.0, ..position() };
    assert_eq!(order_margin(&rules(&levered()), &order), ((2.0 * 1.1) * 100_000.0) / 100.0);
    assert_eq!(order_margin(&rules(&config()), &order), 0.0);
}

#[test]
fn an_order_may_take_what_is_free_and_no_more() {
    // Q-E21: of 10,000 pending and open orders take 9,000; of them the open ones are in use.
    let mut book = Book::default();
    book.push(&Position { margin: 4_000.0, ..position() });
    book.push(&Position { margin: 5_000.0, status: Status::Pending, ..position() });
    let account = new_account(&levered());
    let lacks = |config: &EngineConfig, margin| {
        lacks_margin(&book, &account, &rules(config), &Position { margin, ..position() })
    };
    assert!(!lacks(&levered(), 1_000.0));
    assert!(lacks(&levered(), 1_000.01));
    assert!(!lacks(&config(), 1e9));
    assert_eq!(margin_in_use(&book, &rules(&levered())), 4_000.0);
    assert_eq!(margin_in_use(&book, &rules(&config())), 0.0);
}
