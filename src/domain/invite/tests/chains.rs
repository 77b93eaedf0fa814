//! What becomes of a booking, told in messages that arrive in any order.

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::Index;

use super::reader::{Held, value};
use super::*;

/// What happens to a booking after it was made.
#[derive(Debug, Clone, Copy)]
enum Change {
    Moved { hours: i64 },
    Started,
    Cancelled,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let one_move = (1_i64..2_000).prop_map(|hours| Change::Moved { hours });
    let moves = prop::collection::vec(one_move, 0..6);
    let end = prop_oneof![Just(None), Just(Some(Change::Started)), Just(Some(Change::Cancelled))];
    (moves, end).prop_map(|(mut moves, end)| {
        moves.extend(end);
        moves
    })
}

/// Every state of the booking, the first one and then one after each change.
fn states(changes: &[Change], visit: Event) -> Vec<Event> {
    let mut states = vec![visit];
    for (change, minutes) in changes.iter().zip(1..) {
        let Some(mut next) = states.last().cloned() else { break };
        next.sequence += 1;
        // Several changes may fall into one second: then the sequence alone tells them apart.
        next.stamped_at += TimeDelta::seconds(minutes / 2);
        match change {
            Change::Moved { hours } => {
                next.slot.starts_at += TimeDelta::hours(*hours);
                next.slot.ends_at += TimeDelta::hours(*hours);
            }
            Change::Started => next.status = Status::InProgress,
            Change::Cancelled => next.status = Status::Cancelled,
        }
        states.push(next);
    }
    states
}

fn message(state: &Event) -> String {
    calendar(Method::of(state.status), vec![state.clone()])
}

/// Checks that a calendar that got `states` in the order of `picks`, some of them twice, shows what
/// one shows that heard of the last one alone.
fn converges(states: &[Event], picks: &[Index]) -> Result<(), TestCaseError> {
    let mut calendar = Held::default();
    for pick in picks {
        calendar.deliver(&message(pick.get(states)));
    }
    // Whatever was lost or came twice: each message comes at least once, in the end.
    let mut rest: Vec<&Event> = states.iter().collect();
    while !rest.is_empty() {
        let next = picks.first().map_or(0, |pick| pick.index(rest.len()));
        calendar.deliver(&message(rest.remove(next)));
    }
    let mut told = Held::default();
    told.deliver(&message(states.last().unwrap()));
    prop_assert_eq!(calendar.shown(), told.shown());
    Ok(())
}

proptest! {
    #[test]
    fn any_order_of_delivery_ends_as_the_booking_does(
        changes in changes(),
        picks in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        let states = states(&changes, visit());
        let last = states.last().unwrap();

        converges(&states, &picks)?;

        let is_shown = last.status != Status::Cancelled;
        let mut calendar = Held::default();
        states.iter().rev().for_each(|state| calendar.deliver(&message(state)));
        prop_assert_eq!(!calendar.shown().is_empty(), is_shown);
        for event in calendar.shown() {
            let sequence = last.sequence.to_string();
            prop_assert_eq!(value(event, "SEQUENCE"), Some(sequence.as_str()));
        }
    }

    #[test]
    fn a_visit_of_a_series_is_changed_without_the_others(
        changes in changes(),
        picks in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        let place = "2026-12-08T09:00:00".parse().unwrap();
        let frame = Event {
            repeats: Repeats::By {
                rule: "FREQ=WEEKLY;COUNT=3".to_owned(),
                except: Vec::new(),
                until: "2026-12-15T09:00:00".parse().unwrap(),
            },
            ..visit()
        };
        let states = states(&changes, Event { repeats: Repeats::Instead(place), ..visit() });
        converges(&states, &picks)?;

        // The rule may come first or last: it says nothing of the visit that was changed.
        let (mut early, mut late) = (Held::default(), Held::default());
        early.deliver(&message(&frame));
        for state in &states {
            early.deliver(&message(state));
            late.deliver(&message(state));
        }
        late.deliver(&message(&frame));
        prop_assert_eq!(early, late);
    }
}
