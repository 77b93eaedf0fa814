//! One lie at a time, told about an honest run: each must be caught, under the promise it breaks.

use super::run::{Fault, Run, cause, instant, run, slot};
use super::{Answer, LedgerHistory, Observation, check, promises};
use crate::booking::Status;
use crate::ids::{BookingId, Epoch, MemberId};
use crate::ledger::{Entry, Event, Recorded};

/// Tells the lie, unless the run has nothing to tell it about.
type Lie = fn(&mut Run) -> Option<()>;

/// Honest runs that each lie is told about.
const SEEDS_COUNT: u64 = 30;

/// Asserts that `lie` is caught as a breach of `promise` whenever it can be told.
#[track_caller]
fn caught(promise: &str, lie: Lie) {
    let mut told_count = 0;
    for seed in 0..SEEDS_COUNT {
        let mut run = run(seed, Fault::Nothing);
        if lie(&mut run).is_none() {
            continue;
        }
        told_count += 1;
        let found = check(&run);
        assert!(promises(&found).contains(&promise), "seed {seed}: not caught, found {found:?}");
    }
    assert!(told_count >= 10, "could be told in {told_count} runs only");
}

fn done(run: &Run) -> impl Iterator<Item = (usize, &Observation, u64)> {
    run.observations.iter().enumerate().filter_map(|(index, seen)| match seen.answer {
        Answer::Done { seq, .. } => Some((index, seen, seq)),
        _ => None,
    })
}

/// Confirmations of requests that were sent once.
fn done_once(run: &Run) -> impl Iterator<Item = (usize, &Observation, u64)> {
    let sent_count =
        |key: &str| run.observations.iter().filter(|seen| seen.idempotency_key == key).count();
    done(run).filter(move |(_, seen, _)| sent_count(&seen.idempotency_key) == 1)
}

fn full(run: &Run) -> impl DoubleEndedIterator<Item = (usize, u64)> {
    run.observations.iter().enumerate().filter_map(|(index, seen)| match seen.answer {
        Answer::Full { seq, .. } => Some((index, seq)),
        _ => None,
    })
}

fn units_at_end(history: &LedgerHistory) -> u32 {
    let booked = |event: &Event| match event {
        Event::Booked { entry, .. } => entry.units,
        _ => 0,
    };
    let ended = |event: &Event| match event {
        Event::Ended { entry, .. } => entry.units,
        _ => 0,
    };
    let events = || history.events.iter().map(|one| &one.event);
    events().map(booked).sum::<u32>() - events().map(ended).sum::<u32>()
}

fn append(history: &mut LedgerHistory, event: Event) {
    let seq = history.events.last().map_or(0, |one| one.seq) + 1;
    history.events.push(Recorded { seq, at: instant(80_000), cause: cause(), event });
}

/// The entries of bookings that were made and never touched again.
fn untouched(history: &mut LedgerHistory) -> impl Iterator<Item = &mut Entry> {
    let mut touched: Vec<BookingId> =
        history.events.iter().filter_map(|one| one.event.booking()).collect();
    touched.sort_unstable();
    let is_once = move |booking: &BookingId| {
        touched.partition_point(|one| one <= booking) - touched.partition_point(|one| one < booking)
            == 1
    };
    history.events.iter_mut().filter_map(move |one| match &mut one.event {
        Event::Booked { booking, entry } if is_once(booking) => Some(entry),
        _ => None,
    })
}

#[test]
fn a_missing_event_is_caught() {
    caught("P7", |run| {
        let events = &mut run.histories[0].events;
        let middle = events.len() / 2;
        (middle > 0).then(|| drop(events.remove(middle)))
    });
}

#[test]
fn a_repeated_event_is_caught() {
    caught("P7", |run| {
        let events = &mut run.histories[0].events;
        let last = events.last()?.clone();
        events.push(last);
        Some(())
    });
}

#[test]
fn events_out_of_order_are_caught() {
    caught("P7", |run| {
        let events = &mut run.histories[0].events;
        let middle = events.len() / 2;
        (middle > 0).then(|| events.swap(middle - 1, middle))
    });
}

#[test]
fn two_changes_that_trade_places_are_caught() {
    caught("P3", |run| {
        let (_, seen, seq) = done(run).last()?;
        let key = seen.key;
        let history = run.histories.iter_mut().find(|one| one.key == key)?;
        let index = usize::try_from(seq).unwrap() - 1;
        let other = index.checked_sub(1)?;
        history.events.swap(other, index);
        history.events[other].seq -= 1;
        history.events[index].seq += 1;
        Some(())
    });
}

#[test]
fn a_booking_too_many_is_caught() {
    caught("P1", |run| {
        let entry = untouched(&mut run.histories[0]).last()?;
        entry.units += 100;
        Some(())
    });
}

#[test]
fn a_limit_below_what_is_booked_is_caught() {
    caught("P1", |run| {
        let history = &mut run.histories[0];
        (units_at_end(history) > 0).then(|| {
            let (limit, is_inherited, reserve) = (0, false, 0);
            append(history, Event::LimitSet { limit, is_inherited, reserve });
        })
    });
}

#[test]
fn a_booking_on_a_closed_day_is_caught() {
    caught("P1", |run| {
        let history = &mut run.histories[0];
        let entry = Entry { units_past_limit: 0, ..untouched(history).last()?.clone() };
        append(history, Event::Closed);
        append(history, Event::Booked { booking: BookingId(uuid::Uuid::max()), entry });
        Some(())
    });
}

#[test]
fn a_booking_made_twice_is_caught() {
    caught("P4", |run| {
        let history = &mut run.histories[0];
        let ended = |one: &Recorded| match &one.event {
            Event::Ended { booking, entry, .. } => Some((*booking, entry.clone())),
            _ => None,
        };
        let (booking, entry) = history.events.iter().find_map(ended)?;
        append(history, Event::Opened);
        append(history, Event::Booked { booking, entry });
        Some(())
    });
}

#[test]
fn a_skipped_revision_is_caught() {
    caught("P7", |run| {
        let ended = |one: &mut Recorded| match &mut one.event {
            Event::Ended { rev, .. } => {
                *rev += 1;
                Some(())
            }
            _ => None,
        };
        run.histories[0].events.iter_mut().find_map(ended)
    });
}

#[test]
fn a_cancellation_of_nothing_is_caught() {
    caught("P7", |run| {
        let entry = untouched(&mut run.histories[0]).last()?.clone();
        let booking = BookingId(uuid::Uuid::max());
        let (to, fee) = (Status::Cancelled, None);
        append(&mut run.histories[0], Event::Ended { booking, rev: 2, entry, to, fee });
        Some(())
    });
}

/// Puts `entry` where member 1 of nobody's team is at eight in the morning.
fn send_to_the_same_place(entry: &mut Entry) {
    entry.member = Some(MemberId(uuid::Uuid::from_u128(1)));
    entry.busy = slot(8);
}

#[test]
fn a_member_in_two_places_of_one_ledger_is_caught() {
    caught("P5", |run| {
        let mut entries = untouched(&mut run.histories[0]);
        send_to_the_same_place(entries.next()?);
        send_to_the_same_place(entries.next()?);
        Some(())
    });
}

#[test]
fn a_member_in_two_places_of_two_ledgers_is_caught() {
    caught("P5", |run| {
        let (one, other) = run.histories.split_at_mut(1);
        send_to_the_same_place(untouched(&mut one[0]).next()?);
        send_to_the_same_place(untouched(&mut other[0]).next()?);
        Some(())
    });
}

#[test]
fn a_confirmed_change_that_is_gone_is_caught() {
    caught("P3", |run| {
        let (_, seen, seq) = done(run).last()?;
        let key = seen.key;
        let history = run.histories.iter_mut().find(|one| one.key == key)?;
        history.events.retain(|one| one.seq < seq);
        Some(())
    });
}

#[test]
fn a_confirmation_from_a_lost_history_is_caught() {
    caught("P3", |run| {
        let (index, ..) = done(run).last()?;
        run.observations[index].epoch = Some(Epoch(8));
        Some(())
    });
}

#[test]
fn a_restored_ledger_with_a_new_epoch_is_caught() {
    caught("P3", |run| {
        run.histories[0].epoch = Epoch(8);
        Some(())
    });
}

#[test]
fn a_refusal_while_there_was_room_is_caught() {
    caught("P2", |run| {
        let (index, _) = full(run).next_back()?;
        // Nothing was booked yet then, and the day takes more than anybody asks for.
        let requested = 1;
        run.observations[index].answer = Answer::Full { seq: 0, requested };
        Some(())
    });
}

#[test]
fn a_refusal_that_was_true_once_is_caught() {
    caught("P2", |run| {
        let (index, seq) = full(run).next()?;
        let key = run.observations[index].key;
        let newer = done(run)
            .filter(|(_, seen, at)| seen.key == key && *at > seq)
            .map(|(_, seen, _)| seen.responded_ns)
            .min()?;
        run.observations[index].invoked_ns = newer + 1;
        run.observations[index].responded_ns = newer + 2;
        Some(())
    });
}

#[test]
fn a_refusal_at_a_version_that_nobody_had_made_yet_is_caught() {
    caught("P2", |run| {
        let (index, seq) = full(run).next_back()?;
        let key = run.observations[index].key;
        let older = done_once(run)
            .filter(|(_, seen, at)| seen.key == key && *at <= seq)
            .map(|(_, seen, _)| seen.invoked_ns)
            .filter(|invoked_ns| *invoked_ns > 2)
            .max()?;
        run.observations[index].invoked_ns = older - 2;
        run.observations[index].responded_ns = older - 1;
        Some(())
    });
}

#[test]
fn an_answer_that_contradicts_real_time_is_caught() {
    caught("P7", |run| {
        let (index, seen, seq) = done_once(run).next()?;
        let key = seen.key;
        let newer = done(run)
            .filter(|(_, seen, at)| seen.key == key && *at > seq)
            .map(|(_, seen, _)| seen.responded_ns)
            .min()?;
        run.observations[index].invoked_ns = newer + 1;
        run.observations[index].responded_ns = newer + 2;
        Some(())
    });
}

#[test]
fn a_key_with_two_bookings_is_caught() {
    caught("P4", |run| {
        let mut two = done_once(run).map(|(index, ..)| index);
        let (one, other) = (two.next()?, two.next()?);
        drop(two);
        let key = run.observations[one].idempotency_key.clone();
        run.observations[other].idempotency_key = key;
        Some(())
    });
}

#[test]
fn one_booking_confirmed_to_two_keys_is_caught() {
    caught("P4", |run| {
        let (index, ..) = done_once(run).next()?;
        let mut again = run.observations[index].clone();
        again.idempotency_key.push_str("-of-somebody-else");
        run.observations.push(again);
        Some(())
    });
}

#[test]
fn a_booking_that_nobody_asked_for_is_caught() {
    caught("P4", |run| {
        let key = run.histories[0].key;
        let is_other = |seen: &Observation| seen.key != key;
        let count = run.observations.len();
        run.observations.retain(is_other);
        (run.observations.len() < count).then_some(())
    });
}
