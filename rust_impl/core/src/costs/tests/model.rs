use super::*;
use crate::costs::slippage::{ENTRY_LEG, EXIT_LEG};
use crate::test_support::config;
use crate::types::Variant;

/// Quote and account currency are one: 1.0 of price and 1 lot are worth the contract.
const VALUE: f64 = 100_000.0;

#[test]
fn a_fee_is_a_product_from_left_to_right_in_account_currency() {
    // Q-C2: 2 lots at 1.25 are 250,000 of quote currency, 30 per million is 7.5; value_per_price / contract_size 1.
    let mut config = config();
    config.fee_per_million = 30.0;
    assert_eq!(CostModel::new(&config).unwrap().fee(2.0, 1.25, VALUE, 0, 0), 7.5);
    // Half the worth in account currency is half the fee; v1 does not convert.
    assert_eq!(CostModel::new(&config).unwrap().fee(2.0, 1.25, 50_000.0, 0, 0), 3.75);
    config.variant = Variant::V1;
    assert_eq!(CostModel::new(&config).unwrap().fee(2.0, 1.25, 50_000.0, 0, 0), 7.5);
    config.fee_min = 8.0;
    assert_eq!(CostModel::new(&config).unwrap().fee(2.0, 1.25, VALUE, 0, 0), 8.0);
    assert_eq!(CostModel::new(&config).unwrap().fee(4.0, 1.25, VALUE, 0, 0), 15.0);
}

#[test]
fn slippage_is_fixed_plus_a_keyed_draw() {
    // Q-C1, N-6.
    let mut config = config();
    config.slippage_fixed_pips = 0.5;
    let fixed = CostModel::new(&config).unwrap();
    assert_eq!(fixed.fill_slippage(1, 2, 3, ENTRY_LEG, 0, 0), 0.00005);
    config.slippage_random_pips = 2.0;
    config.seed = 9;
    let random = CostModel::new(&config).unwrap();
    let counter = [1, (-2_i64) as u64, 3 + (rng::symbol_id("EURUSD") << 32), 1 + (5 << 32)];
    let u = rng::unit(rng::philox([9, 0], counter)[0]);
    let points = ((5.0 + (u * 20.0)) as u32 + 1) as f64;
    assert_eq!(random.slippage(1, -2, 3, 1, 1, 2).unwrap(), points / 100_000.0);
    let old = CostModel::new(&EngineConfig { variant: Variant::V1, ..config }).unwrap();
    assert_eq!(old.slippage(1, -2, 3, 1, 1, 2).unwrap(), (0.5 + (u * 2.0)) * 0.0001);
    let entry = |direction, order_type| random.fill_slippage(1, -2, 3, ENTRY_LEG, direction, order_type);
    assert_ne!(entry(0, 0), random.fill_slippage(1, -2, 3, EXIT_LEG, 0, 0));
    assert_ne!(entry(0, 0), entry(1, 0));
    assert_ne!(entry(0, 0), entry(0, 1));
    assert_ne!(entry(1, 0), entry(0, 1));
}

#[test]
fn batches_equal_their_rows() {
    // C-5.
    let mut config = config();
    config.slippage_random_pips = 1.0;
    config.fee_per_million = 30.0;
    let costs = CostModel::new(&config).unwrap();
    let offsets = costs.slippage_batch(&[5, 6], &[0, 1], &[0, 7], &[0, 1], &[1, 0], &[2, 1]).unwrap();
    assert_eq!(offsets, [costs.fill_slippage(5, 0, 0, 0, 1, 2), costs.fill_slippage(6, 1, 7, 1, 0, 1)]);
    assert_eq!(
        costs.fee_batch(&[1.0, 2.0], &[1.1, 1.2], &[VALUE; 2], &[0; 2], &[0; 2]).unwrap(),
        [costs.fee(1.0, 1.1, VALUE, 0, 0), costs.fee(2.0, 1.2, VALUE, 0, 0)]
    );
}

#[test]
fn bad_batches_name_argument_and_row() {
    // Q-C5, Q-C5b.
    let costs = CostModel::new(&config()).unwrap();
    let context = |error: OmegaError| (error.code, error.column.unwrap(), error.row);
    let length = costs.slippage_batch(&[1], &[1], &[1, 2], &[], &[], &[]).unwrap_err();
    assert_eq!(length.value, Some(Value::Int(2)));
    assert_eq!(context(length), (ErrorCode::SizeMismatch, "ordinals".into(), None));
    let leg = costs.slippage_batch(&[1, 1], &[1, 1], &[1, 2], &[0, -1], &[0, 0], &[0, 0]).unwrap_err();
    assert_eq!(context(leg), (ErrorCode::OutOfBounds, "legs".into(), Some(1)));
    let ordinal = costs.slippage(1, 1, 1 << 32, 0, 0, 0).unwrap_err();
    assert_eq!(context(ordinal), (ErrorCode::OutOfBounds, "ordinal".into(), None));
    let direction = costs.slippage(1, 1, 0, 0, 2, 0).unwrap_err();
    assert_eq!(context(direction), (ErrorCode::OutOfBounds, "direction".into(), None));
    let order_type = costs.slippage_batch(&[1], &[1], &[1], &[0], &[1], &[3]).unwrap_err();
    assert_eq!(context(order_type), (ErrorCode::OutOfBounds, "order_types".into(), Some(0)));
    let nan = costs.fee_batch(&[1.0, f64::NAN], &[f64::INFINITY, 1.0], &[VALUE; 2], &[0; 2], &[0; 2]).unwrap_err();
    assert_eq!(context(nan), (ErrorCode::NanValue, "lots".into(), Some(1)));
    let nan = costs.fee_batch(&[1.0, 1.0], &[1.0, 1.0], &[1.0, f64::NAN], &[0; 2], &[0; 2]).unwrap_err();
    assert_eq!((nan.code, nan.column.as_deref(), nan.row), (ErrorCode::NanValue, Some("values"), Some(1)));
    let short = costs.fee_batch(&[1.0], &[1.0], &[], &[0], &[0]).unwrap_err();
    assert_eq!((short.code, short.column.as_deref()), (ErrorCode::SizeMismatch, Some("values")));
    let infinite = costs.fee_batch(&[1.0], &[f64::NEG_INFINITY], &[VALUE], &[0], &[0]).unwrap_err();
    assert_eq!(context(infinite), (ErrorCode::InfiniteValue, "prices".into(), Some(0)));
}
