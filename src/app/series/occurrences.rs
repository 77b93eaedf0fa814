//! From a rule to what is wanted of which ledger, as far as that does not depend on bookings.

use chrono::{DateTime, Utc};
use domain::booking::Status;
use domain::catalog::{Service, Team};
use domain::ids::{BookingId, BookingNo, OpId};
use domain::ledger::{Book, Origin, Prior, Take};
use domain::recurrence::OccurrenceTime;
use uuid::Uuid;

use super::SeriesRule;
use super::forecast::Tentative;
use crate::app::book::{Offer, Plan, Wish, plan};
use crate::app::{Failure, StartsAt};

/// One occurrence of a rule, planned.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub index: u16,
    /// When it starts; of a time that the clock skips, when the clock goes on.
    pub starts_at: DateTime<Utc>,
    pub wish: Wish,
    /// Where it would be, or why it cannot be booked whatever else is.
    pub plan: Result<Plan, Failure>,
}

impl Planned {
    /// The occurrence as it would be asked for, of a booking that there is not.
    pub(super) fn tentative(&self, service: &Service) -> Tentative {
        // Not the id of any: ids sort by time, and this is the beginning of it.
        let booking = BookingId(Uuid::from_u128(u128::from(self.index)));
        let take = self.plan.clone().map(|plan| {
            (plan.key, take(plan.book(service, (booking, BookingNo(0)), Status::Confirmed)))
        });
        Tentative { index: self.index, wish: self.wish, take }
    }
}

/// A new booking as an operation asks for its place.
pub(super) fn take(book: Book) -> Take {
    Take {
        // The coordinator says for which operation, and until when.
        op: OpId(Uuid::nil()),
        expires_at: DateTime::UNIX_EPOCH,
        book,
        origin: Origin::New,
        is_visible: false,
        unverified_units_max: None,
        prior: Prior::Nothing,
    }
}

/// When the occurrences of `rule` start, from the one that is wished for; of a time that the clock
/// skips, when the clock goes on.
///
/// # Errors
///
/// As [`occurrences`].
pub(in crate::app) fn starts_of(
    offer: Offer<'_>,
    team: &Team,
    first: &Wish,
    rule: &SeriesRule,
) -> Result<Vec<DateTime<Utc>>, Failure> {
    require_recurrence(offer.service)?;
    let expanded = rule.recurrence.expand(first.starts_at, team.zone);
    let expanded = expanded.map_err(|error| rule.form.refusal(&error))?;
    Ok(expanded.iter().map(|occurrence| instant(occurrence.starts_at)).collect())
}

/// Every occurrence of `rule`, from the one that is wished for.
///
/// # Errors
///
/// [`Failure::Invalid`] for a service that is not booked in series, and for a rule that cannot be
/// this series'.
pub(super) fn occurrences(
    offer: Offer<'_>,
    team: &Team,
    first: &Wish,
    rule: &SeriesRule,
) -> Result<Vec<Planned>, Failure> {
    require_recurrence(offer.service)?;
    let expanded = rule.recurrence.expand(first.starts_at, team.zone);
    let expanded = expanded.map_err(|error| rule.form.refusal(&error))?;
    let planned = expanded.into_iter().map(|occurrence| {
        let starts_at = instant(occurrence.starts_at);
        let wish = Wish { starts_at, ..*first };
        let plan = match occurrence.starts_at {
            OccurrenceTime::At(_) => plan(offer, team, &wish),
            OccurrenceTime::Skipped { .. } => StartsAt::Local(occurrence.local, None)
                .resolve(team.zone)
                .and(Err(Failure::Internal)),
        };
        Planned { index: occurrence.index, starts_at, wish, plan }
    });
    Ok(planned.collect())
}

fn instant(time: OccurrenceTime) -> DateTime<Utc> {
    let (OccurrenceTime::At(at) | OccurrenceTime::Skipped { next: at }) = time;
    at
}

fn require_recurrence(service: &Service) -> Result<(), Failure> {
    if service.is_recurrence_allowed {
        Ok(())
    } else {
        Err(Failure::invalid("/recurrence", "this service is not booked in series"))
    }
}
