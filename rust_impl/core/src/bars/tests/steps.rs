use super::*;

const M5: i64 = 5 * MINUTE;
const D1: i64 = 24 * HOUR;

/// Times from 0 on by steps.
fn times(steps: &[i64]) -> Vec<i64> {
    let mut times = vec![0];
    for step in steps {
        times.push(times[times.len() - 1] + step);
    }
    times
}

#[test]
fn a_step_of_h4_and_d1_is_right_give_or_take_an_hour() {
    // Q-T4: Friday to Sunday 17:00 New York over the change of the clock is 51 h or 53 h in H4, 71 h or 73 h in D1.
    for (hours, timeframe, is_right) in [
        (23, D1, true),
        (24, D1, true),
        (25, D1, true),
        (71, D1, true),
        (73, D1, true),
        (72, D1, true),
        (22, D1, false),
        (26, D1, false),
        (70, D1, false),
        (1, D1, false),
        (12, D1, false),
        (3, 4 * HOUR, true),
        (5, 4 * HOUR, true),
        (51, 4 * HOUR, true),
        (53, 4 * HOUR, true),
        (50, 4 * HOUR, false),
        (1, 4 * HOUR, false),
        (2, 4 * HOUR, false),
        (1, HOUR, true),
        (2, HOUR, true),
        (1, M5, true),
    ] {
        assert_eq!(is_step(7, 7 + hours * HOUR, timeframe), is_right, "{hours} h");
    }
    assert!(!is_step(0, 24 * HOUR + 1, D1) && !is_step(0, 25 * HOUR + MINUTE, D1));
    assert!(!is_step(0, M5 + MINUTE, M5) && !is_step(0, 61 * MINUTE, HOUR));
}

#[test]
fn the_timeframe_is_the_commonest_step_that_is_one() {
    // Q-T4: one stray minute is no M1, a stub of an hour no H1; of equals the shortest.
    assert_eq!(find_timeframe(&times(&[M5, MINUTE, 4 * MINUTE, M5, M5])).unwrap(), M5);
    assert_eq!(find_timeframe(&times(&[4 * HOUR, HOUR, 49 * HOUR, 4 * HOUR])).unwrap(), 4 * HOUR);
    assert_eq!(find_timeframe(&times(&[M5, 3 * M5])).unwrap(), M5);
    assert_eq!(find_timeframe(&times(&[7, M5, 7, M5])).unwrap(), M5);
    let error = find_timeframe(&times(&[7, M5, 7, M5, 7])).unwrap_err();
    assert_eq!(
        (error.code, error.column.as_deref(), error.row),
        (ErrorCode::ConstraintViolation, Some("timestamp"), None)
    );
    assert_eq!(error.value, Some(Value::Int(7)));
    assert!(error.message.contains("7 µs (3 times), 5 min (2 times)"), "{}", error.message);
    assert_eq!(find_timeframe(&[5]).unwrap_err().column.as_deref(), Some("timeframe"));
    assert_eq!(find_timeframe(&[5, 5, 4]).unwrap_err().code, ErrorCode::InvalidArgument);
}

#[test]
fn bars_are_refused_where_under_half_of_the_steps_are_right() {
    // Q-T4.
    assert!(step_breach(&times(&[M5, MINUTE]), M5).is_none());
    let error = step_breach(&times(&[M5, MINUTE, MINUTE]), M5).unwrap();
    assert_eq!((error.rule, error.row, error.value), (Some("T-4"), Some(2), Some(Value::Int(M5 + MINUTE))));
    assert_eq!(uneven_rows(&times(&[M5, MINUTE, MINUTE, -7, M5]), M5).collect::<Vec<_>>(), [2, 3]);
    assert!(step_breach(&[i64::MIN, i64::MAX, i64::MIN, i64::MAX], M5).is_some());
}

#[test]
fn the_commonest_steps_are_named_shortest_first() {
    let series = times(&[HOUR, 90_000_000, 1, HOUR, 90_000_000, 2, 3]);
    assert_eq!(commonest_steps(&series), [(90_000_000, 2), (HOUR as u64, 2), (1, 1)]);
    assert_eq!(named_steps(&commonest_steps(&series)), "90 s (2 times), 1 h (2 times), 1 µs (1 times)");
    assert_eq!(count_steps(&[3, 2, 2, 5]), 1);
}

#[test]
fn half_of_the_steps_are_enough() {
    // Q-T4: three of six.
    assert_eq!(find_timeframe(&times(&[M5, 7, M5, 8, M5, 9])).unwrap(), M5);
    assert!(find_timeframe(&times(&[M5, 7, M5, 8, M5, 9, 10])).is_err());
}

#[test]
fn equal_times_are_no_step() {
    assert_eq!(commonest_steps(&[0, 0, 0, MINUTE]), [(MINUTE as u64, 1)]);
}
