//! Which bookings of a series a change is about, and what became of each.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::booking::{Status, Step};
use domain::ids::{BookingId, BookingNo, SeriesId};
use domain::money::Money;
use store::batch::StoredResponse;
use store::records::BookingRecord;

use crate::app::bookings::require_open;
use crate::app::{App, BookingName, Failure, IdempotencyClaim, scope_of};
use crate::auth::{Action, Caller, Resource, can};

/// How far a change of one booking reaches into its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// No further than the booking.
    This,
    /// To all that come after it.
    Following,
    /// To all.
    All,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::This, Self::Following, Self::All];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::This => "this",
            Self::Following => "following",
            Self::All => "all",
        }
    }

    /// The scope called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    fn reaches(self, from: u16, index: u16) -> bool {
        match self {
            Self::This => index == from,
            Self::Following => index >= from,
            Self::All => true,
        }
    }
}

/// Why a change leaves a booking alone that it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptReason {
    /// It was over already, one way or another.
    Ended,
    /// The visit has begun.
    Begun,
    /// It is too late for its client to change it.
    TooLate,
    /// It was changed by somebody else in between.
    Changed,
}

impl KeptReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Ended, Self::Begun, Self::TooLate, Self::Changed];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Begun => "begun",
            Self::TooLate => "too-late",
            Self::Changed => "changed",
        }
    }

    /// The reason called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// A series after a change of several of its bookings.
#[derive(Debug, Clone)]
pub struct ChangedSeries {
    pub id: SeriesId,
    pub rule: String,
    pub zone: Tz,
    pub scope: Scope,
    pub step: Step,
    /// Those that the change reaches, in order.
    pub occurrences: Vec<ChangedOccurrence>,
}

/// One booking that a change reaches, as it is afterwards.
#[derive(Debug, Clone)]
pub struct ChangedOccurrence {
    pub index: u16,
    pub booking: BookingId,
    pub no: BookingNo,
    pub starts_at: DateTime<Utc>,
    pub status: Status,
    pub rev: u32,
    /// What the client owes for having called it off.
    pub fee: Option<Money>,
    /// Set when it was left alone.
    pub kept: Option<KeptReason>,
}

impl ChangedOccurrence {
    /// A booking that is left alone.
    pub(super) fn kept(index: u16, record: &BookingRecord, reason: KeptReason) -> Self {
        Self { kept: Some(reason), ..Self::of(index, record) }
    }

    /// A booking as it is.
    pub(super) fn of(index: u16, record: &BookingRecord) -> Self {
        Self {
            index,
            booking: record.id,
            no: record.entry.no,
            starts_at: record.entry.slot.starts_at,
            status: record.entry.status,
            rev: record.entry.rev,
            fee: record.fee,
            kept: None,
        }
    }
}

/// Makes the answer that a client is sent, and sent again, for a change of several bookings.
pub type PresentChange = Arc<dyn Fn(&ChangedSeries) -> StoredResponse + Send + Sync>;

/// The key that several bookings are changed under, and how the answer is written.
#[derive(Clone)]
pub struct ChangeKeyed {
    pub claim: IdempotencyClaim,
    pub present: PresentChange,
}

/// What a change reaches.
pub(super) struct Reach {
    pub id: SeriesId,
    pub rule: String,
    pub zone: Tz,
    /// The booking it was asked of.
    pub asked_of: BookingRecord,
    /// All that it reaches, that one among them, in order.
    pub reached: Vec<(u16, BookingRecord)>,
}

impl App {
    /// The bookings that `step`, asked of the one called `name` at revision `rev`, is about.
    ///
    /// # Errors
    ///
    /// As for that booking alone; [`Failure::Invalid`] when it is not one of a series.
    pub(super) async fn reach(
        &self,
        caller: &Caller,
        (name, rev): (BookingName, u32),
        scope: Scope,
        step: Step,
    ) -> Result<Reach, Failure> {
        let action = Action::Take(step);
        let asked_of = self.booking_for(caller, name, action).await?;
        require_open(&asked_of, Some((step, Some(rev))))?;
        if asked_of.entry.rev != rev {
            return Err(Failure::Stale { current: i64::from(asked_of.entry.rev) });
        }
        let Some((id, index)) = asked_of.draft.series else {
            return Err(Failure::invalid("/scope", "the booking is not one of a series"));
        };
        let found = self.blocking(move |store| store.ops.series(id)).await?;
        let (series, bookings) = found.ok_or(Failure::NotFound)?;
        // Whoever has the link of one visit is whom the whole series was made for.
        let is_by_link = caller.grant.is_some_and(|grant| grant.booking == asked_of.id);
        let reached = bookings.into_iter().filter_map(|record| {
            let (_, at) = record.draft.series?;
            let may = is_by_link || can(caller, action, &Resource::Booking(&scope_of(&record)));
            (scope.reaches(index, at) && may).then_some((at, record))
        });
        Ok(Reach {
            id,
            rule: series.rule,
            zone: series.zone.parse().unwrap_or(chrono_tz::UTC),
            asked_of,
            reached: reached.collect(),
        })
    }
}

/// Why a change has nothing to do with a booking that it reaches, whoever asks.
pub(super) fn is_over(record: &BookingRecord, now: DateTime<Utc>) -> Option<KeptReason> {
    let entry = &record.entry;
    if entry.status == Status::InProgress {
        return Some(KeptReason::Begun);
    }
    if !entry.status.is_ahead() {
        return Some(KeptReason::Ended);
    }
    (entry.slot.starts_at <= now).then_some(KeptReason::Begun)
}
