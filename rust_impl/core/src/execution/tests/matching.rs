use crate::test_support::{BAR, bars, config, instruct, placed, push_signal, run_on};
use crate::types::{Direction, EngineConfig, EventKind, SignalType, Signals};

const FLAT: [f64; 4] = [1.1; 4];

/// Bought in the first bar and again in the second, where `change` tells what leaves; one place.
fn kinds(signal_type: SignalType, change: impl FnOnce(&mut Signals)) -> Vec<EventKind> {
    let mut table = placed(|signal| signal.size[0] = 0.1);
    let entry = placed(|signal| (signal.timestamp[0], signal.size[0]) = (BAR, 0.1));
    let mut leaves = crate::test_support::signals(1);
    instruct(&mut leaves, 0, signal_type, 1);
    change(&mut leaves);
    push_signal(&mut table, &leaves, 0);
    push_signal(&mut table, &entry, 0);
    let output = run_on(&EngineConfig { max_positions: Some(1), ..config() }, &bars(&[FLAT, FLAT]), &table);
    output.events.kind[2..].to_vec()
}

#[test]
fn what_a_waiting_exit_closes_whole_takes_no_place() {
    // Q-L1b.
    use EventKind::{Accepted, Closed, Modified, Opened, PartiallyClosed, Rejected};
    assert_eq!(kinds(SignalType::Exit, |_| ()), [Accepted, Opened, Closed]);
    assert_eq!(kinds(SignalType::Exit, |signal| signal.fraction[0] = 1.0), [Accepted, Opened, Closed]);
    assert_eq!(kinds(SignalType::Exit, |signal| signal.fraction[0] = 0.5), [Rejected, PartiallyClosed]);
    let of_shorts = |signal: &mut Signals| signal.direction[0] = Some(Direction::Short);
    assert_eq!(kinds(SignalType::Exit, of_shorts), [Rejected, Rejected]);
    assert_eq!(kinds(SignalType::Modify, |signal| signal.stop_loss[0] = 1.08), [Rejected, Modified]);
}
