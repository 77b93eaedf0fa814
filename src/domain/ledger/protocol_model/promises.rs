//! What must hold in every state, and what should be seen in some.

use stateright::Property;

use super::{Outcome, Plan, State, World};

pub(super) const LIMIT: &str = "no ledger takes more than it has";
pub(super) const PLACE: &str = "every booking has the place that its row names";
pub(super) const WHOLE: &str = "at rest ledgers hold what rows say, no more and no less";
pub(super) const FREE: &str = "at rest nothing is held or frozen";
pub(super) const FINAL: &str = "a decision is never undone";
pub(super) const SERIES: &str = "a series is made as a whole or not at all";
pub(super) const ONE: &str = "of two that want the same places one gets them in two tries";

pub(super) fn promises() -> Vec<Property<World>> {
    vec![
        Property::always(LIMIT, |world: &World, state: &State| {
            let taken = state.ledgers.iter().map(super::Image::taken);
            taken
                .zip(&world.limits)
                .all(|(taken, limit)| u32::try_from(taken).is_ok_and(|taken| taken <= *limit))
        }),
        Property::always(PLACE, |_, state: &State| has_a_place(state)),
        Property::always(WHOLE, |world: &World, state: &State| {
            !is_at_rest(world, state) || is_as_told(state)
        }),
        Property::always(FREE, |world: &World, state: &State| {
            let is_free =
                |image: &super::Image| image.holds.is_empty() && image.departing.is_empty();
            !is_at_rest(world, state) || state.ledgers.iter().all(is_free)
        }),
        Property::always(FINAL, |_, state: &State| {
            !state.seen.contains("a decision that is undone")
        }),
        Property::always(SERIES, |world: &World, state: &State| {
            world.plans.iter().all(|plan| match plan {
                Plan::Series(places) => {
                    let made = places.iter().filter(|(_, one)| state.rows.contains_key(one));
                    [0, places.len()].contains(&made.count())
                }
                _ => true,
            })
        }),
        Property::always(ONE, |world: &World, state: &State| {
            let is_fair = world.is_patient && world.faults_max == 0 && !world.may_expire;
            let is_won = state.ops.values().any(|outcome| *outcome == Outcome::Confirmed);
            !is_fair || !is_at_rest(world, state) || is_won
        }),
    ]
}

/// Each is looked for in those worlds that name it.
pub(super) fn sights() -> Vec<Property<World>> {
    vec![
        Property::sometimes("both are called off", |_, state: &State| {
            let lost = state.ops.values().filter(|outcome| **outcome == Outcome::Cancelled);
            lost.count() == 2
        }),
        Property::sometimes(
            "one is confirmed and the other is not",
            |world: &World, state: &State| {
                let won = state.ops.values().filter(|outcome| **outcome == Outcome::Confirmed);
                is_at_rest(world, state) && won.count() == 1
            },
        ),
        Property::sometimes("a second try is confirmed", |_, state: &State| {
            let is_won =
                |(op, outcome): (&u8, &Outcome)| op % 2 == 1 && *outcome == Outcome::Confirmed;
            state.ops.iter().any(is_won)
        }),
        Property::sometimes("a booking has moved", |world: &World, state: &State| {
            let rows = world.booked.iter().filter_map(|(_, one)| state.rows.get(one));
            is_at_rest(world, state) && rows.into_iter().any(|row| row.rev > 1 && row.is_ahead)
        }),
        Property::sometimes("a booking stays where it was", |world: &World, state: &State| {
            let rows = world.booked.iter().filter_map(|(_, one)| state.rows.get(one));
            is_at_rest(world, state) && rows.into_iter().any(|row| row.rev == 1 && row.is_ahead)
        }),
        Property::sometimes(
            "a booking has moved and was called off",
            |world: &World, state: &State| {
                let rows = world.booked.iter().filter_map(|(_, one)| state.rows.get(one));
                is_at_rest(world, state) && rows.into_iter().any(|row| row.rev > 1 && !row.is_ahead)
            },
        ),
        Property::sometimes("a request that comes after the decision", |_, state: &State| {
            state.seen.contains("a request that comes after the decision")
        }),
        Property::sometimes("an operation that expires", |_, state: &State| {
            state.seen.contains("an operation that expires")
        }),
        Property::sometimes("a confirmation that comes too late", |_, state: &State| {
            state.seen.contains("a confirmation that comes too late")
        }),
        Property::sometimes("a confirmation that is not too late", |_, state: &State| {
            state.ops.values().any(|outcome| *outcome == Outcome::Confirmed)
        }),
    ]
}

/// Whether nothing happens any more, unless something else goes wrong.
fn is_at_rest(world: &World, state: &State) -> bool {
    let mut steps = Vec::new();
    world.progress(state, &mut steps);
    steps.is_empty()
}

/// Whoever was told of a place has it, at every moment: an entry, or a hold that is confirmed.
fn has_a_place(state: &State) -> bool {
    state.rows.iter().filter(|(_, row)| row.is_ahead).all(|(booking, row)| {
        let image = &state.ledgers[row.place];
        let is_confirmed =
            |(op, _): &(u8, super::Kind)| state.ops.get(op) == Some(&Outcome::Confirmed);
        image.entries.contains_key(booking) || image.holds.get(booking).is_some_and(is_confirmed)
    })
}

fn is_as_told(state: &State) -> bool {
    state.ledgers.iter().enumerate().all(|(place, image)| {
        let told = state.rows.iter().filter(|(_, row)| row.is_ahead && row.place == place);
        told.map(|(booking, row)| (booking, &row.rev)).eq(&image.entries)
    })
}
