//! Chains of messages as another program reads them.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// How many chains are read: each is a booking's life.
const CHAINS_COUNT: usize = 400;

/// A Python that has `icalendar`: the one that `DAYBOOK_TEST_PYTHON` names, or any that has it.
fn python() -> Option<String> {
    let named = std::env::var("DAYBOOK_TEST_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import icalendar"]).output();
    let has_it = found.is_ok_and(|output| output.status.success());
    assert!(has_it || named.is_none(), "{python} does not have icalendar");
    has_it.then_some(python)
}

/// A booking's life: its zone, its moves in quarters of an hour, and whether it is called off.
type Life = (usize, Vec<i64>, bool, Vec<prop::sample::Index>);

const ZONES: [Tz; 6] = [
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::Africa__Cairo,
    Tz::Asia__Kathmandu,
    Tz::UTC,
];

fn life() -> impl Strategy<Value = Life> {
    let moves = prop::collection::vec(-8_000_i64..40_000, 0..5);
    let order = prop::collection::vec(any::<prop::sample::Index>(), 12);
    (0..ZONES.len(), moves, any::<bool>(), order)
}

fn states((zone, moves, is_off, _): &Life) -> Vec<Event> {
    let mut states = vec![Event { zone: ZONES[*zone], ..visit() }];
    for quarters in moves {
        let mut next = states.last().unwrap().clone();
        next.sequence += 1;
        next.slot.starts_at += TimeDelta::minutes(15 * quarters);
        next.slot.ends_at += TimeDelta::minutes(15 * quarters);
        states.push(next);
    }
    if *is_off {
        let last = states.last().unwrap().clone();
        let sequence = last.sequence + 1;
        states.push(Event { status: Status::Cancelled, sequence, ..last });
    }
    states
}

/// Writes a life in the order in which its messages arrive, and what is to come of it.
fn write_chain(folder: &Path, life: &Life) {
    std::fs::create_dir_all(folder).unwrap();
    let states = states(life);
    let mut rest: Vec<&Event> = states.iter().collect();
    for (count, pick) in (0..).zip(&life.3) {
        if rest.is_empty() {
            break;
        }
        let state = rest.remove(pick.index(rest.len()));
        let file = calendar(Method::of(state.status), vec![state.clone()]);
        std::fs::write(folder.join(format!("{count:02}.ics")), file).unwrap();
    }
    assert!(rest.is_empty());
    let last = states.last().unwrap();
    let (starts_at, ends_at) = (last.slot.starts_at.timestamp(), last.slot.ends_at.timestamp());
    let expected = match (last.status.is_off(), last.uid) {
        (false, Uid::Booking(id)) => format!("{id} {starts_at} {ends_at}"),
        _ => String::new(),
    };
    std::fs::write(folder.join("expected"), expected).unwrap();
}

#[test]
fn another_program_ends_with_what_the_booking_is_in_any_order_of_delivery() {
    let Some(python) = python() else {
        // Past what the test runner keeps to itself: nobody is to take this for a test that ran.
        let said = b"SKIPPED: no Python with icalendar; DAYBOOK_TEST_PYTHON can name one\n";
        std::io::stderr().write_all(said).unwrap();
        return;
    };
    let folder = std::env::temp_dir().join(format!("daybook-ics-{}", std::process::id()));
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        prop::test_runner::TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    for number in 0..CHAINS_COUNT {
        let life = life().new_tree(&mut runner).unwrap().current();
        write_chain(&folder.join(format!("{number:04}")), &life);
    }

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/invite/tests/oracle.py");
    let read = Command::new(python).arg(script).arg(&folder).output().unwrap();

    let said = String::from_utf8_lossy(&read.stderr);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(read.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), CHAINS_COUNT.to_string());
}
