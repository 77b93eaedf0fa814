//! Operations over several ledgers: honest ones are believed, and each lie about one is caught.

use super::promises;
use super::run::{cause, instant};
use super::scene::{Scene, play};
use crate::booking::Status;
use crate::history::{
    LedgerHistory, OpFact, Outcome, Violation, check_histories, check_operations, check_settled,
};
use crate::ids::{BookingId, OpId};
use crate::ledger::{Event, Hold, Origin, Recorded};

/// Honest runs that each lie is told about.
const SEEDS_COUNT: u64 = 60;

/// Runs in which nobody lies: none of them may be blamed for anything.
const HONEST_SEEDS_COUNT: u64 = 400;

fn check(scene: &Scene) -> Vec<Violation> {
    let mut found = check_operations(&scene.histories, &scene.ops);
    found.extend(check_settled(&scene.histories, &scene.ops));
    found
}

/// Asserts that `lie`, told of runs that have come to rest, is caught as a breach of `promise` in
/// the words of `what`, whenever it can be told.
#[track_caller]
fn caught(promise: &str, what: &str, lie: fn(&mut Scene) -> Option<()>) {
    let mut told_count = 0;
    for seed in 0..SEEDS_COUNT {
        let [_, mut scene] = play(seed);
        if lie(&mut scene).is_none() {
            continue;
        }
        told_count += 1;
        let found = check(&scene);
        let is_caught = |one: &Violation| one.promise == promise && one.detail.contains(what);
        assert!(found.iter().any(is_caught), "seed {seed}: not caught, found {found:?}");
    }
    assert!(told_count >= 10, "could be told in {told_count} runs only");
}

fn events(scene: &mut Scene) -> impl Iterator<Item = &mut Event> {
    scene.histories.iter_mut().flat_map(|one| &mut one.events).map(|one| &mut one.event)
}

/// The last event for which `find` answers something, and the answer.
fn last<T>(scene: &mut Scene, find: fn(&Event) -> Option<T>) -> Option<(&mut Event, T)> {
    let found = events(scene).filter_map(|event| find(event).map(|answer| (event, answer)));
    found.last()
}

fn confirmed(event: &Event) -> Option<(BookingId, Box<Hold>)> {
    match event {
        Event::HoldConfirmed { booking, hold } => Some((*booking, hold.clone())),
        _ => None,
    }
}

fn moved_here(event: &Event) -> Option<(BookingId, Box<Hold>)> {
    confirmed(event).filter(|(_, hold)| matches!(hold.origin, Origin::Elsewhere(_)))
}

fn released(event: &Event) -> Option<(BookingId, Box<Hold>, Status)> {
    match event {
        Event::HoldReleased { booking, hold, to } => Some((*booking, hold.clone(), *to)),
        _ => None,
    }
}

fn departed(event: &Event) -> Option<(BookingId, OpId)> {
    match event {
        Event::Departed { booking, op, .. } => Some((*booking, *op)),
        _ => None,
    }
}

fn fact(scene: &mut Scene, op: OpId) -> &mut OpFact {
    scene.ops.iter_mut().find(|fact| fact.op == op).unwrap()
}

/// How often somebody called `booking` off.
fn ends_count(scene: &mut Scene, booking: BookingId) -> usize {
    let ends =
        |event: &&mut Event| matches!(event, Event::Ended { booking: one, .. } if *one == booking);
    events(scene).filter(ends).count()
}

fn append(history: &mut LedgerHistory, event: Event) {
    let seq = history.events.last().map_or(0, |one| one.seq) + 1;
    history.events.push(Recorded { seq, at: instant(80_000), cause: cause(), event });
}

fn remove(scene: &mut Scene, is_lost: impl Fn(&Event) -> bool) {
    for history in &mut scene.histories {
        history.events.retain(|one| !is_lost(&one.event));
    }
}

#[test]
fn honest_operations_have_no_violation_whenever_one_looks() {
    let mut kinds = std::collections::BTreeMap::new();
    for seed in 0..HONEST_SEEDS_COUNT {
        let [middle, rest] = play(seed);
        for scene in [&middle, &rest] {
            assert_eq!(check_histories(&scene.histories), [], "seed {seed}");
            assert_eq!(check_operations(&scene.histories, &scene.ops), [], "seed {seed}");
        }
        assert_eq!(check_settled(&rest.histories, &rest.ops), [], "seed {seed}");
        for recorded in rest.histories.iter().flat_map(|one| &one.events) {
            *kinds.entry(recorded.event.kind()).or_insert(0) += 1;
        }
    }
    // Otherwise there was nothing to be honest about.
    for kind in ["hold-confirmed", "hold-released", "departed", "stayed", "offered", "cancelled"] {
        assert!(kinds.get(kind).is_some_and(|count| *count > 200), "{kind}: {kinds:?}");
    }
}

#[test]
fn what_is_decided_and_not_settled_is_noticed_once_everything_is_at_rest() {
    let unsettled = (0..SEEDS_COUNT).filter(|seed| {
        let [middle, _] = play(*seed);
        promises(&check_settled(&middle.histories, &middle.ops)) == ["P6"]
    });
    assert!(unsettled.count() > 20);
}

#[test]
fn half_of_an_operation_is_caught() {
    caught("P6", "was let go that was confirmed", |scene| {
        let (event, (booking, hold)) = last(scene, confirmed)?;
        *event = Event::HoldReleased { booking, hold, to: Status::Cancelled };
        Some(())
    });
}

#[test]
fn more_of_an_operation_than_was_decided_is_caught() {
    caught("P6", "confirmed that was not decided for", |scene| {
        let (_, (booking, hold)) = last(scene, confirmed)?;
        fact(scene, hold.op).bookings.retain(|one| *one != booking);
        Some(())
    });
}

#[test]
fn a_place_of_an_operation_that_expired_or_was_called_off_is_caught_when_confirmed() {
    caught("P6", "confirmed that was not decided for", |scene| {
        let (event, (booking, hold, _)) = last(scene, released)?;
        *event = Event::HoldConfirmed { booking, hold };
        Some(())
    });
    caught("P6", "confirmed that was not decided for", |scene| {
        let (_, (_, hold)) = last(scene, confirmed)?;
        fact(scene, hold.op).outcome = Outcome::Expired;
        Some(())
    });
}

#[test]
fn a_place_that_is_let_go_before_anything_is_decided_is_caught() {
    caught("P6", "before anything was decided", |scene| {
        let (_, (_, hold, _)) = last(scene, released)?;
        fact(scene, hold.op).outcome = Outcome::Pending;
        Some(())
    });
}

#[test]
fn an_end_that_is_told_otherwise_than_it_was_decided_is_caught() {
    caught("P6", "it ", |scene| {
        let (event, (booking, hold, to)) = last(scene, released)?;
        let to = if to == Status::Expired { Status::Cancelled } else { Status::Expired };
        *event = Event::HoldReleased { booking, hold, to };
        Some(())
    });
}

#[test]
fn an_operation_without_a_decision_row_is_caught() {
    caught("P6", "no such operation", |scene| {
        let (_, (_, hold)) = last(scene, confirmed)?;
        scene.ops.retain(|fact| fact.op != hold.op);
        Some(())
    });
}

#[test]
fn a_booking_confirmed_without_a_place_is_caught() {
    caught("P6", "confirmed without a place", |scene| {
        let fact = scene.ops.iter_mut().find(|fact| fact.outcome == Outcome::Confirmed)?;
        fact.bookings.push(BookingId(uuid::Uuid::max()));
        Some(())
    });
}

#[test]
fn a_place_held_for_ever_is_caught() {
    caught("P6", "which is decided", |scene| {
        // A move would give way to the next one.
        let new = |event: &Event| released(event).filter(|(_, hold, _)| hold.origin == Origin::New);
        let (_, (booking, hold, _)) = last(scene, new)?;
        let op = hold.op;
        remove(scene, |event| {
            released(event).is_some_and(|(one, kept, _)| (one, kept.op) == (booking, op))
        });
        Some(())
    });
}

#[test]
fn a_booking_that_left_and_stayed_is_caught() {
    caught("P6", "it stayed, and was to leave", |scene| {
        let (event, (booking, op)) = last(scene, departed)?;
        *event = Event::Stayed { booking, op };
        Some(())
    });
}

#[test]
fn a_booking_frozen_for_ever_is_caught() {
    caught("P6", "which is decided", |scene| {
        let (_, gone) = last(scene, departed)?;
        remove(scene, |event| departed(event) == Some(gone));
        Some(())
    });
}

#[test]
fn a_booking_that_left_for_nowhere_is_caught() {
    caught("P6", "has no place and never ended", |scene| {
        let (_, (booking, hold)) = last(scene, moved_here)?;
        let is_move = |event: &&mut Event| {
            let moved = confirmed(event).filter(|(_, hold)| hold.origin != Origin::New);
            moved.is_some_and(|(one, _)| one == booking)
        };
        if ends_count(scene, booking) > 0 || events(scene).filter(is_move).count() > 1 {
            return None;
        }
        let op = hold.op;
        remove(scene, |event| match event {
            Event::Held { booking: one, hold, .. }
            | Event::HoldConfirmed { booking: one, hold } => (*one, hold.op) == (booking, op),
            _ => false,
        });
        Some(())
    });
    caught("P6", "never took it", |scene| {
        let (event, _) = last(scene, departed)?;
        let Event::Departed { to, .. } = event else { return None };
        to.team = crate::ids::TeamId(uuid::Uuid::max());
        Some(())
    });
}

#[test]
fn a_booking_taken_from_where_nobody_froze_it_is_caught() {
    caught("P6", "was not frozen as it stood", |scene| {
        let (_, (booking, hold)) = last(scene, moved_here)?;
        let of = hold.op;
        remove(scene, |event| match event {
            Event::Departing { booking: one, op, .. } => (*one, *op) == (booking, of),
            _ => false,
        });
        Some(())
    });
}

#[test]
fn a_booking_taken_as_it_never_stood_is_caught() {
    caught("P6", "was not frozen as it stood", |scene| {
        let (_, (booking, hold)) = last(scene, moved_here)?;
        let op = hold.op;
        events(scene).find_map(|event| match event {
            Event::Held { booking: one, hold, .. } if (*one, hold.op) == (booking, op) => {
                let Origin::Elsewhere(from) = &mut hold.origin else { return None };
                from.units_past_limit += 1;
                Some(())
            }
            _ => None,
        })
    });
}

#[test]
fn a_booking_with_two_places_is_caught() {
    caught("P6", "places", |scene| {
        let (_, (booking, hold)) = last(scene, moved_here)?;
        if ends_count(scene, booking) > 0 {
            return None;
        }
        let from = hold.origin.entry()?.clone();
        let other = scene.histories.iter_mut().find(|history| {
            history.events.iter().all(|one| one.event.booking() != Some(booking))
        })?;
        append(other, Event::Booked { booking, entry: from });
        Some(())
    });
}

#[test]
fn a_booking_that_ended_and_still_has_a_place_is_caught() {
    caught("P6", "has ended and has a place", |scene| {
        let (_, (booking, hold)) = last(scene, moved_here)?;
        let is_elsewhere = |history: &&mut LedgerHistory| {
            history.events.iter().all(|one| one.event.booking() != Some(booking))
        };
        let entry = hold.entry.clone();
        let other = scene.histories.iter_mut().find(is_elsewhere)?;
        let (to, fee) = (Status::Cancelled, None);
        append(other, Event::Ended { booking, rev: 9, entry, to, fee });
        (ends_count(scene, booking) == 1).then_some(())
    });
}

#[test]
fn a_booking_made_in_two_ledgers_is_caught() {
    caught("P4", "was booked 2 times", |scene| {
        let booked = |event: &Event| match event {
            Event::Booked { booking, entry } => Some((*booking, entry.clone())),
            _ => None,
        };
        let (_, (booking, entry)) = last(scene, booked)?;
        let other = scene.histories.iter_mut().find(|history| {
            history.events.iter().all(|one| one.event.booking() != Some(booking))
        })?;
        append(other, Event::Booked { booking, entry });
        Some(())
    });
}

#[test]
fn one_place_offered_to_two_is_caught() {
    caught("P6", "offered one place to several", |scene| {
        let (_, (booking, mut hold, expires_at)) = last(scene, |event| match event {
            Event::Offered { booking, hold, expires_at } => {
                Some((*booking, hold.clone(), *expires_at))
            }
            _ => None,
        })?;
        hold.entry.units = 1;
        let other = BookingId(uuid::Uuid::max());
        let at = scene.histories.iter().position(|history| {
            history.events.iter().any(
                |one| matches!(&one.event, Event::Offered { booking: one, .. } if *one == booking),
            )
        })?;
        let offered = Event::Offered { booking: other, hold: hold.clone(), expires_at };
        append(&mut scene.histories[at], offered);
        let to = Status::Cancelled;
        append(&mut scene.histories[at], Event::HoldReleased { booking: other, hold, to });
        Some(())
    });
}
