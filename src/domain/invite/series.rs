//! Visits that were made from one rule.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::{Event, Repeats, Uid};
use crate::ids::SeriesId;
use crate::recurrence::{Occurrence, Recurrence, RecurrenceError};
use crate::time::{Slot, resolve_local};

/// A rule, and where it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub id: SeriesId,
    pub rule: Recurrence,
    pub zone: Tz,
    pub first_at: DateTime<Utc>,
}

/// A visit of a series: its place in it, counted from 0, and how it would be shown alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub index: u16,
    pub event: Event,
}

/// What the rule says of the visit with this number.
fn place(occurrences: &[Occurrence], index: u16) -> Option<&Occurrence> {
    occurrences.get(usize::from(index))
}

/// `visit` as the one that stands where the rule put it.
///
/// A visit whose number the rule does not reach stays an event of its own.
fn instead(series: SeriesId, at: Option<&Occurrence>, visit: Event) -> Event {
    match at {
        Some(at) => {
            Event { uid: Uid::Series(series), repeats: Repeats::Instead(at.local), ..visit }
        }
        None => visit,
    }
}

/// Places visits in their series: each speaks of itself alone.
///
/// # Errors
///
/// Says why the rule cannot be that of a series that begins where this one does.
pub fn places(series: &Series, visits: Vec<Made>) -> Result<Vec<Event>, RecurrenceError> {
    let occurrences = series.rule.expand(series.first_at, series.zone)?;
    let placed =
        |Made { index, event }: Made| instead(series.id, place(&occurrences, index), event);
    Ok(visits.into_iter().map(placed).collect())
}

impl Series {
    /// The whole series: one event that carries the rule, and one for each visit that is not, or no
    /// longer, as the rule says. `visits` are all that were made, whatever became of them.
    ///
    /// Of visits that are off nothing is said but that the rule does not reach them; whoever had
    /// them in a calendar was told of each. The event with the rule keeps its sequence and is as
    /// old as the newest of its visits, so that an older one that comes late changes nothing.
    ///
    /// # Errors
    ///
    /// As [`places`].
    pub fn events(&self, frame: Event, visits: Vec<Made>) -> Result<Vec<Event>, RecurrenceError> {
        let occurrences = self.rule.expand(self.first_at, self.zone)?;
        let frame = Event {
            stamped_at: visits
                .iter()
                .map(|made| made.event.stamped_at)
                .fold(frame.created_at, Ord::max),
            ..frame
        };
        let made: BTreeMap<u16, Event> = visits
            .into_iter()
            .filter(|made| !made.event.status.is_off())
            .map(|Made { index, event }| (index, event))
            .collect();
        let is_missing = |at: &&Occurrence| !made.contains_key(&at.index);
        let until = occurrences.last().map_or(NaiveDateTime::MIN, |at| at.local);
        let repeats = Repeats::By {
            rule: self.rule.text().to_owned(),
            except: occurrences.iter().filter(is_missing).map(|at| at.local).collect(),
            until,
        };
        let mut events = vec![self.frame(frame, repeats, occurrences.first())];
        for (index, visit) in made {
            let at = place(&occurrences, index);
            if !at.is_some_and(|at| is_as_planned(at, &visit)) {
                events.push(instead(self.id, at, visit));
            }
        }
        Ok(events)
    }

    /// The event with the rule, as it was when the series was made.
    fn frame(&self, event: Event, repeats: Repeats, first: Option<&Occurrence>) -> Event {
        let starts_at = first.map_or(event.slot.starts_at, |at| meant(at, self.zone));
        let ends_at = starts_at + (event.slot.ends_at - event.slot.starts_at);
        Event {
            uid: Uid::Series(self.id),
            repeats,
            sequence: 1,
            slot: Slot { starts_at, ends_at },
            ..event
        }
    }
}

/// What the rule means by one of its visits: of a wall time that comes twice, the earlier.
fn meant(at: &Occurrence, zone: Tz) -> DateTime<Utc> {
    resolve_local(at.local, zone).first()
}

/// Whether nothing has happened to a visit since the rule made it.
fn is_as_planned(at: &Occurrence, visit: &Event) -> bool {
    visit.sequence <= 1 && meant(at, visit.zone) == visit.slot.starts_at
}
