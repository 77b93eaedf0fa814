//! What a channel keeps, and for whom it is enough.

use domain::ids::Epoch;
use domain::ledger::Ledger;
use proptest::prelude::*;

use super::rig::{config, hub};
use super::world::{World, board, booking, guest, key};
use crate::realtime::channel::{BoardNews, Channel, RequestNews};
use crate::realtime::frames::Position;
use crate::realtime::limits::RING_EVENTS_MAX;
use crate::realtime::log_ring::{LogEvent, LogRing};
use crate::realtime::news::Start;
use crate::realtime::topics::Topic;

const EPOCH: Epoch = Epoch(1);

fn event(n: u64, seq: u64) -> LogEvent {
    LogEvent { n, seq, public: None, staff: None }
}

fn after(ring: &LogRing, seq: u64) -> Option<Vec<u64>> {
    ring.after(seq).map(|events| events.map(|event| event.seq).collect())
}

proptest! {
    #[test]
    fn a_ring_answers_with_everything_after_a_position_or_not_at_all(
        count in 0_u64..600, from in 0_u64..700
    ) {
        let mut ring = LogRing::new(EPOCH, 0, 0);
        for no in 1..=count {
            ring.push(event(no, no), 1);
        }

        let kept = count.min(u64::try_from(RING_EVENTS_MAX).unwrap());
        let is_covered = (count - kept..=count).contains(&from);
        let expected = is_covered.then(|| (from + 1..=count).collect::<Vec<u64>>());
        prop_assert_eq!(after(&ring, from), expected);
        let by_counter = (from >= count - kept).then_some(from.min(count));
        prop_assert_eq!(ring.seq_at(from), by_counter);
    }
}

#[test]
fn events_grow_too_old_to_be_kept() {
    let mut ring = LogRing::new(EPOCH, 0, 0);
    ring.push(event(1, 1), 0);
    ring.push(event(2, 2), 10 * 60 * 1000);
    assert_eq!(after(&ring, 0), Some(vec![1, 2]));

    ring.push(event(3, 3), 10 * 60 * 1000 + 1);

    assert_eq!(after(&ring, 0), None);
    assert_eq!(after(&ring, 1), Some(vec![2, 3]));
}

#[test]
fn an_older_state_never_replaces_a_newer_one_but_another_history_does() {
    let world = World::new();
    let channel = Channel::new(board(1).parse().unwrap(), 1);
    let tell = |ledger: Ledger| {
        let news = BoardNews {
            ledger: ledger.into(),
            no: domain::ledger::LedgerNo(1),
            at: world.now(),
            cause: None,
        };
        channel.set_board(&news, 1, 1);
        channel.newest().unwrap()
    };
    let old = Ledger::clone(&world.book(1, guest()).ledger);
    let new = Ledger::clone(&world.book(2, guest()).ledger);

    let (epoch, newest) = (new.epoch, new.version);
    assert_eq!(tell(new), Position { epoch, seq: newest });
    assert_eq!(tell(old.clone()), Position { epoch, seq: newest });
    let mut lost = old;
    lost.epoch = EPOCH;
    assert_eq!(tell(lost), Position { epoch: EPOCH, seq: 1 });
}

#[test]
fn a_booking_s_log_takes_each_revision_once_and_begins_anew_after_a_hole() {
    let world = World::new();
    world.book(1, guest());
    let hub = hub(&world, config());
    let channel = hub.channel(Topic::Request(booking(1)));
    let epoch = world.current(key(1)).epoch;
    hub.begin_log(&channel, Position { epoch, seq: 1 }, None);
    let entry = world.entry(1);
    let push = |rev: u64| {
        let news = RequestNews { rev, entry: &entry, at: world.now() };
        channel.push_request((rev, 1), &news, |seq, _prev| event(rev, seq));
        channel.newest().unwrap().seq
    };
    let covers = |seq: u64| {
        let position = Some(Position { epoch, seq });
        channel.covers(&Start { position, ..Start::default() })
    };

    assert_eq!((push(2), push(2), push(1)), (2, 2, 2));
    assert!(covers(1) && covers(2));
    assert_eq!(push(5), 5);

    assert!(covers(4) && covers(5));
    assert!(!covers(2) && !covers(3), "nobody is told that nothing happened in between");
}
