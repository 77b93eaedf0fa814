//! What somebody wants who waits, and what is offered instead of a visit that cannot take place.

use domain::ids::{BookingId, BookingNo, MemberId, OpId, ResourceId, ServiceId, TeamId};
use domain::ledger::{Alternative, Assignment, Book, Waiting};
use serde::{Deserialize, Serialize};

use super::entry::{StoredClass, StoredStatus};
use super::text::{At, Span, Text};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rows) struct StoredWaiting {
    booking: Text<BookingId>,
    op: Text<OpId>,
    options: Vec<StoredBook>,
    offer_minutes: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredBook {
    booking: Text<BookingId>,
    no: i64,
    service: Text<ServiceId>,
    units: u32,
    class: StoredClass,
    slot: Span,
    busy: Span,
    assignment: StoredAssignment,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<Vec<Text<ResourceId>>>,
    status: StoredStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_units_max: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    may_pass_limit: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "kebab-case")]
enum StoredAssignment {
    Nobody,
    Exactly { member: Text<MemberId> },
    Anyone { candidates: Vec<Text<MemberId>>, preferred: Option<Text<MemberId>> },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rows) struct StoredAlternative {
    team: Text<TeamId>,
    starts_at: At,
    member: Option<Text<MemberId>>,
}

impl From<&Waiting> for StoredWaiting {
    fn from(waiting: &Waiting) -> Self {
        Self {
            booking: Text(waiting.booking),
            op: Text(waiting.op),
            options: waiting.options.iter().map(StoredBook::from).collect(),
            offer_minutes: waiting.offer_minutes,
        }
    }
}

impl From<StoredWaiting> for Waiting {
    fn from(stored: StoredWaiting) -> Self {
        Self {
            booking: stored.booking.0,
            op: stored.op.0,
            options: stored.options.into_iter().map(Book::from).collect(),
            offer_minutes: stored.offer_minutes,
        }
    }
}

impl From<&Book> for StoredBook {
    fn from(book: &Book) -> Self {
        let needs = book.needs.iter().map(|one| one.iter().copied().map(Text).collect());
        Self {
            booking: Text(book.booking),
            no: book.no.0,
            service: Text(book.service),
            units: book.units,
            class: StoredClass(book.class),
            slot: book.slot.into(),
            busy: book.busy.into(),
            assignment: (&book.assignment).into(),
            needs: needs.collect(),
            status: StoredStatus(book.status),
            service_units_max: book.service_units_max,
            may_pass_limit: book.may_pass_limit,
        }
    }
}

impl From<StoredBook> for Book {
    fn from(stored: StoredBook) -> Self {
        Self {
            booking: stored.booking.0,
            no: BookingNo(stored.no),
            service: stored.service.0,
            units: stored.units,
            class: stored.class.0,
            slot: stored.slot.into(),
            busy: stored.busy.into(),
            assignment: stored.assignment.into(),
            needs: stored.needs.into_iter().map(super::texts).collect(),
            status: stored.status.0,
            service_units_max: stored.service_units_max,
            may_pass_limit: stored.may_pass_limit,
        }
    }
}

impl From<&Assignment> for StoredAssignment {
    fn from(assignment: &Assignment) -> Self {
        match assignment {
            Assignment::Nobody => Self::Nobody,
            Assignment::Exactly(member) => Self::Exactly { member: Text(*member) },
            Assignment::Anyone { candidates, preferred } => Self::Anyone {
                candidates: candidates.iter().copied().map(Text).collect(),
                preferred: preferred.map(Text),
            },
        }
    }
}

impl From<StoredAssignment> for Assignment {
    fn from(stored: StoredAssignment) -> Self {
        match stored {
            StoredAssignment::Nobody => Self::Nobody,
            StoredAssignment::Exactly { member } => Self::Exactly(member.0),
            StoredAssignment::Anyone { candidates, preferred } => Self::Anyone {
                candidates: super::texts(candidates),
                preferred: preferred.map(|member| member.0),
            },
        }
    }
}

impl From<&Alternative> for StoredAlternative {
    fn from(alternative: &Alternative) -> Self {
        Self {
            team: Text(alternative.team),
            starts_at: At(alternative.starts_at),
            member: alternative.member.map(Text),
        }
    }
}

impl From<StoredAlternative> for Alternative {
    fn from(stored: StoredAlternative) -> Self {
        Self {
            team: stored.team.0,
            starts_at: stored.starts_at.0,
            member: stored.member.map(|member| member.0),
        }
    }
}
