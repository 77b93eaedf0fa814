//! Letters that no event of a ledger asks for: about money, and with links to sign in by.
//!
//! They leave like all others: leased, looked at, noted as `sending`, sent, ended.

use chrono::{DateTime, TimeDelta, Utc};
use domain::delivery::{LEASE_S, State};
use domain::invite::Person;
use domain::ledger::ActorKind;
use futures_util::future::join_all;
use store::records::{BookingRecord, DirectKey, DirectRecord, NoticeEnd, UserRecord};
use store::{Store, StoreError};
use uuid::Uuid;

use super::look::{Topic, Unwritable, letter};
use super::round::{Round, ended};
use crate::app::{App, Failure, Inviter};
use crate::notify::{Language, Letter, LetterKind, Parts, compose};

/// The kind of row that brings a link to sign in by. Its topic is the link's id, its detail the
/// locale of whoever asked.
pub const SIGN_IN_KIND: &str = "sign-in-link";

type Ends = Vec<(DirectKey, NoticeEnd)>;

/// A row, and whoever it is for as they stand now.
struct Case {
    row: DirectRecord,
    booking: Option<BookingRecord>,
    /// Whoever may sign in by the link that the row is about.
    signer: Option<(Uuid, UserRecord)>,
}

/// The letter about a booking that a row of this kind asks for.
fn kind_of(name: &str) -> Option<LetterKind> {
    match name {
        "payment-received" => Some(LetterKind::PaymentReceived),
        "payment-refunded" => Some(LetterKind::PaymentRefunded),
        "payment-late" => Some(LetterKind::PaymentLate),
        _ => None,
    }
}

impl App {
    /// Sends the letters of this sort that are due, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`App::send_due`].
    pub(super) async fn send_direct(&self, limit: u32) -> Result<Round, Failure> {
        let now = self.ambient.now();
        let until = now + TimeDelta::seconds(i64::from(LEASE_S));
        let due = self.blocking(move |store| take_due(store, now, until, limit)).await?;
        let leased_count = due.len();
        if leased_count == 0 {
            return Ok(Round::default());
        }
        let inviter = Inviter::new(self);
        let (mut ends, mut letters) = (Ends::new(), Vec::new());
        for case in due {
            let (key, attempts) = (case.row.letter.key.clone(), case.row.attempts);
            if now > case.row.letter.not_after {
                ends.push((key, ended(attempts, State::SkippedLate, now, None)));
                continue;
            }
            match look(&inviter, &case) {
                Ok(Some(letter)) => letters.push((case.row, letter)),
                Ok(None) => ends.push((key, ended(attempts, State::Superseded, now, None))),
                Err(unwritable) => {
                    let error = Some(unwritable.to_string());
                    ends.push((key, ended(attempts, State::Dead, now, error)));
                }
            }
        }
        let sent_count = letters.len();
        let sent = join_all(letters.into_iter().map(|(row, letter)| async move {
            let outcome = self.letters.send(&letter).await;
            let not_after = Some(row.letter.not_after);
            (row.letter.key, self.end_of(&letter.id, row.attempts, not_after, outcome))
        }));
        ends.extend(sent.await);
        self.blocking(move |store| store.direct_letters.end_direct(&ends, until)).await?;
        Ok(Round { leased_count, sent_count })
    }
}

/// Leases what is due, notes that it may leave from now on, and only then reads whom it is for.
fn take_due(
    store: &Store,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Case>, StoreError> {
    let leased = store.direct_letters.lease_direct(now, until, limit)?;
    if leased.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<DirectKey> = leased.iter().map(|row| row.letter.key.clone()).collect();
    let begun = store.direct_letters.begin_direct(&keys, until)?;
    let ours = leased.into_iter().zip(begun).filter(|(_, is_ours)| *is_ours);
    let one = |(row, _): (DirectRecord, bool)| {
        let booking = match row.letter.booking {
            Some(id) => store.bookings.booking(id)?,
            None => None,
        };
        let signer = match row.letter.key.kind.as_str() {
            SIGN_IN_KIND => signer(store, &row.letter.key.topic, now)?,
            _ => None,
        };
        Ok(Case { row, booking, signer })
    };
    ours.map(one).collect()
}

/// Whoever may sign in by a link that is good still. Staff have passwords, and disabled accounts
/// nothing.
fn signer(
    store: &Store,
    link: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Uuid, UserRecord)>, StoreError> {
    let Ok(id) = link.parse::<Uuid>() else { return Ok(None) };
    let link = store.sign_in_links.sign_in_link(id)?;
    let Some(link) = link.filter(|link| link.used_at.is_none() && now < link.expires_at) else {
        return Ok(None);
    };
    let user = store.users.user_by_email(&link.email)?;
    let may = |user: &UserRecord| user.role == ActorKind::Client && !user.is_disabled;
    Ok(user.filter(may).map(|user| (id, user)))
}

/// The letter of a row, as long as somebody is to get it.
fn look(inviter: &Inviter, case: &Case) -> Result<Option<Letter>, Unwritable> {
    let row = &case.row.letter;
    let id = format!("d-{}-{}", row.key.kind, row.key.topic)
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    if let Some((link, user)) = &case.signer {
        let language = Language::of(row.detail.as_deref());
        return sign_in_letter(inviter, (*link, user), language, (id, row.at)).map(Some);
    }
    let (Some(kind), Some(record)) = (kind_of(&row.key.kind), &case.booking) else {
        return Ok(None);
    };
    let topic =
        Topic { id, kind, date: row.at, note: None, amount: row.detail.clone(), attachment: None };
    letter(inviter, record, topic).map(Some)
}

fn sign_in_letter(
    inviter: &Inviter,
    (link, user): (Uuid, &UserRecord),
    language: Language,
    (id, date): (String, DateTime<Utc>),
) -> Result<Letter, Unwritable> {
    let parts = Parts {
        client: user.name.clone(),
        sender: inviter.organiser().name.clone(),
        visit: None,
        price: None,
        amount: None,
        note: None,
        action_url: Some(inviter.sign_in_url(link)),
        contact: None,
        unsubscribe_url: None,
    };
    let (subject, text, html) = compose(LetterKind::SignIn, language, &parts)?;
    let to = Person { name: user.name.clone(), email: user.email.clone() };
    let from = inviter.organiser().clone();
    Ok(Letter { id, from, to, date, subject, text, html, attachment: None, unsubscribe: None })
}
