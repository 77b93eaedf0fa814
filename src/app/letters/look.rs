//! The last look: what a letter says now, or why there is none any more.

use chrono::{DateTime, Utc};
use domain::booking::Status;
use domain::delivery::State;
use domain::ids::Reference;
use domain::invite::Person;
use store::batch::SeriesDraft;
use store::records::{BookingRecord, NoticeRecord};

use crate::app::invites::language;
use crate::app::{Invite, Inviter, Reach};
use crate::notify::{Attachment, ComposeError, Letter, LetterKind, Parts, VisitParts, compose};

/// A row of the outbox, and what it is about as that stands now.
#[derive(Debug, Clone)]
pub struct Case {
    pub notice: NoticeRecord,
    pub record: Option<BookingRecord>,
    pub series: Option<(SeriesDraft, Vec<BookingRecord>)>,
}

/// What to do with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Send(Box<Letter>),
    /// There is nothing to say, and never will be.
    End(State),
}

/// The letter that a row asks for, as long as it would be true.
pub fn kind_now(notice: &str, record: &BookingRecord) -> Option<LetterKind> {
    let status = record.entry.status;
    let is = |wanted: Status, kind: LetterKind| (status == wanted).then_some(kind);
    match notice {
        "booking-confirmed" => {
            let is_on =
                matches!(status, Status::Confirmed | Status::InProgress | Status::Completed);
            is_on.then_some(LetterKind::Confirmed)
        }
        "booking-received" => is(Status::Pending, LetterKind::Received),
        "booking-changed" => status.takes_capacity().then_some(LetterKind::Changed),
        "booking-cancelled" => is(Status::Cancelled, LetterKind::Cancelled),
        "booking-declined" => is(Status::Declined, LetterKind::Declined),
        "booking-expired" => is(Status::Expired, LetterKind::Expired),
        "booking-displaced" => record.is_displaced.then_some(LetterKind::Displaced),
        "offer-made" => is(Status::Held, LetterKind::Offer),
        "offer-lapsed" => is(Status::Expired, LetterKind::OfferLapsed),
        "waitlist-joined" => is(Status::Waitlisted, LetterKind::Waitlisted),
        "emergency-alert" => status.takes_capacity().then_some(LetterKind::Emergency),
        _ => None,
    }
}

/// Looks at one row.
///
/// # Errors
///
/// [`Unwritable`] when there should be a letter, and cannot be.
pub fn look(inviter: &Inviter, staff: &Person, case: &Case) -> Result<Look, Unwritable> {
    let superseded = Ok(Look::End(State::Superseded));
    let Some(record) = &case.record else { return superseded };
    let notice = &case.notice;
    let Some(kind) = kind_now(&notice.key.kind, record) else { return superseded };
    let Some(reach) = reach(kind, case, record) else { return superseded };
    let attachment = if is_for_calendars(kind) {
        let invite = inviter.invite(record, case.series.as_ref(), reach);
        let Invite { method, ics } = invite.map_err(|_logged| Unwritable::Series)?;
        Some(Attachment { method, ics })
    } else {
        None
    };
    let note = notice.reason.clone().filter(|_| tells_reason(kind));
    let topic = Topic { id: id(notice), kind, date: notice.at, note, amount: None, attachment };
    let mut letter = letter(inviter, record, topic)?;
    if kind == LetterKind::Emergency {
        letter.to = staff.clone();
    }
    Ok(Look::Send(Box::new(letter)))
}

/// Why there is no letter although there should be: somebody has to look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    #[error(transparent)]
    Letter(#[from] ComposeError),
    #[error("the rule of its series cannot be read")]
    Series,
}

/// What a letter is about, beside the booking.
pub struct Topic {
    /// Names the letter for ever.
    pub id: String,
    pub kind: LetterKind,
    pub date: DateTime<Utc>,
    pub note: Option<String>,
    /// What was paid, or goes back.
    pub amount: Option<String>,
    pub attachment: Option<Attachment>,
}

/// Writes a letter about a booking to its client.
///
/// # Errors
///
/// [`Unwritable::Letter`] when something that it must say is not known.
pub fn letter(
    inviter: &Inviter,
    record: &BookingRecord,
    topic: Topic,
) -> Result<Letter, Unwritable> {
    let Topic { id, kind, date, note, amount, attachment } = topic;
    let language = language(record);
    let is_for_staff = kind == LetterKind::Emergency;
    let to = client(record);
    // Nothing else that we send can be done without.
    let unsubscribe = (kind == LetterKind::Reminder).then(|| inviter.stop_url(record));
    let action_url = match kind {
        LetterKind::Emergency => None,
        LetterKind::PaymentLate => Some(inviter.booking_url()),
        _ => Some(inviter.manage_url(record)),
    };
    let parts = Parts {
        client: if is_for_staff { inviter.organiser().name.clone() } else { to.name.clone() },
        sender: inviter.organiser().name.clone(),
        visit: Some(VisitParts {
            service: inviter.service(record),
            team: inviter.team(record),
            member: inviter.member(record),
            when: language.when(record.entry.slot, inviter.zone(record)),
            reference: Reference::of(record.entry.no).to_string(),
        }),
        price: (!is_for_staff && amount.is_none()).then(|| record.draft.price.total.to_string()),
        amount,
        note,
        action_url,
        contact: is_for_staff.then(|| contact(record)),
        unsubscribe_url: unsubscribe.clone(),
    };
    let composed = compose(kind, language, &parts);
    let (subject, text, html) = composed.inspect_err(|error| {
        tracing::error!(booking.id = %record.id, %error, "a letter could not be written");
    })?;
    let from = inviter.organiser().clone();
    Ok(Letter { id, from, to, date, subject, text, html, attachment, unsubscribe })
}

/// The name of the letter for a row: the same however often it is written.
fn id(notice: &NoticeRecord) -> String {
    let key = &notice.key;
    format!("n{}-{}-{}", key.ledger.0, key.seq, key.kind)
}

/// How far a letter reaches. A series that was made is told once, with its first visit; nothing for
/// the others.
fn reach(kind: LetterKind, case: &Case, record: &BookingRecord) -> Option<Reach> {
    let is_new =
        record.entry.rev == 1 && matches!(kind, LetterKind::Confirmed | LetterKind::Received);
    match &case.series {
        Some((_, all)) if is_new => {
            let first = all.iter().filter(|one| one.entry.rev == 1).map(|one| one.entry.no).min();
            (first == Some(record.entry.no)).then_some(Reach::Series)
        }
        Some(_) | None => Some(Reach::Visit),
    }
}

/// Whether calendars are told as well.
fn is_for_calendars(kind: LetterKind) -> bool {
    match kind {
        LetterKind::Confirmed
        | LetterKind::Received
        | LetterKind::Changed
        | LetterKind::Cancelled
        | LetterKind::Declined
        | LetterKind::Expired => true,
        LetterKind::Offer
        | LetterKind::OfferLapsed
        | LetterKind::Waitlisted
        | LetterKind::Displaced
        | LetterKind::Reminder
        | LetterKind::Emergency
        | LetterKind::PaymentReceived
        | LetterKind::PaymentRefunded
        | LetterKind::PaymentLate
        | LetterKind::SignIn => false,
    }
}

/// Whether the client hears why. Why staff sent somebody else is the team's own business.
fn tells_reason(kind: LetterKind) -> bool {
    matches!(kind, LetterKind::Cancelled | LetterKind::Declined | LetterKind::Displaced)
}

fn client(record: &BookingRecord) -> Person {
    let client = &record.draft.client;
    Person { name: client.name.clone(), email: client.email.clone() }
}

/// How to reach the client, for staff.
fn contact(record: &BookingRecord) -> String {
    let client = &record.draft.client;
    let known = [Some(&client.name), client.phone.as_ref(), Some(&client.email)];
    known.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}
