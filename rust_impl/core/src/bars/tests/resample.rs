use super::*;

const MINUTE: i64 = 60_000_000;

#[test]
fn a_bucket_has_its_last_close_and_its_own_end() {
    // Q-G2, Q-G2b: M5 bars from 0:00 in buckets of fifteen minutes, of which that of 0:30 has no bar.
    let times = [0, 5, 15, 20, 25, 45].map(|time| time * MINUTE);
    let (ends, closes) = resampled_ends(&times, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 15 * MINUTE);
    assert_eq!(ends, [15, 30, 60].map(|time| time * MINUTE));
    assert_eq!(closes, [2.0, 5.0, 6.0]);
    assert_eq!(resampled_ends(&[-1], &[1.0], MINUTE).0, [0]);
}

#[test]
fn a_day_ends_where_the_next_one_begins() {
    // Q-G2b: days of 24, 23 and 25 hours, then a weekend.
    let hour = 60 * MINUTE;
    let times = [0, 24, 47, 72, 144].map(|time| time * hour);
    assert_eq!(given_ends(&times, 24 * hour), [24, 47, 72, 96, 168].map(|time| time * hour));
    // Hours know no clock.
    assert_eq!(given_ends(&[0, 2 * hour], hour), [hour, 3 * hour]);
}

#[test]
fn a_bar_is_seen_from_its_end_on_until_it_is_stale() {
    let times = [0, 5, 10, 15, 20].map(|time| time * MINUTE);
    let visible = visible_counts(&[10 * MINUTE, 25 * MINUTE], &times, 5 * MINUTE);
    assert_eq!(visible, [0, 1, 1, 1, 2]);
    assert_eq!(visible_counts(&[10 * MINUTE], &times, 0), [0, 0, 1, 1, 1]);
    // Q-G3: age 0 in the first row.
    assert_eq!(current_counts(&visible, 1), [0, 1, 1, 0, 2]);
    assert_eq!(current_counts(&visible, 2), visible);
}
