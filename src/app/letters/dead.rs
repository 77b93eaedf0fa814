//! Letters as whoever looks after them sees them: what waits, and what was given up.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::delivery::State;
use domain::ids::{BookingNo, ReminderRuleId};
use domain::ledger::LedgerNo;
use store::records::{
    DirectKey, DirectRecord, NoticeKey, NoticeRecord, ReminderKey, ReminderRecord,
};
use store::{Store, StoreError};

use crate::app::{App, Failure};
use crate::auth::{Action, Caller, Resource, can};

/// Most letters that are listed at a time.
pub const LETTERS_LISTED_MAX: u32 = 100;

/// Names a letter of any sort. On the wire as in `5242881.7.booking-confirmed`, in
/// `r.17.2.019ab6c0-…` for a reminder, and in `d.payment-received.019ab6c0-…` for one that no event
/// asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterName {
    Event(NoticeKey),
    Reminder(ReminderKey),
    Direct(DirectKey),
}

impl fmt::Display for LetterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(NoticeKey { ledger, seq, kind }) => write!(f, "{}.{seq}.{kind}", ledger.0),
            Self::Reminder(ReminderKey { booking, rev, rule }) => {
                write!(f, "r.{}.{rev}.{rule}", booking.0)
            }
            Self::Direct(DirectKey { kind, topic }) => write!(f, "d.{kind}.{topic}"),
        }
    }
}

impl LetterName {
    /// The letter called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        let parts: Vec<&str> = name.splitn(4, '.').collect();
        match *parts.as_slice() {
            ["r", booking, rev, rule] => Some(Self::Reminder(ReminderKey {
                booking: BookingNo(booking.parse().ok()?),
                rev: rev.parse().ok()?,
                rule: ReminderRuleId(rule.parse().ok()?),
            })),
            ["d", kind, topic] => {
                Some(Self::Direct(DirectKey { kind: kind.to_owned(), topic: topic.to_owned() }))
            }
            [ledger, seq, kind] => Some(Self::Event(NoticeKey {
                ledger: LedgerNo(ledger.parse().ok()?),
                seq: seq.parse().ok()?,
                kind: kind.to_owned(),
            })),
            _ => None,
        }
    }
}

/// A letter of any sort, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRecord {
    pub name: LetterName,
    pub kind: String,
    pub state: State,
    pub attempts: u32,
    /// The booking that it is about.
    pub booking: Option<BookingNo>,
    /// When what it tells of happened; of a reminder, when it was due.
    pub at: DateTime<Utc>,
    pub next_attempt_at: DateTime<Utc>,
    pub last_error: Option<String>,
}

impl From<NoticeRecord> for LetterRecord {
    fn from(notice: NoticeRecord) -> Self {
        Self {
            kind: notice.key.kind.clone(),
            name: LetterName::Event(notice.key),
            state: notice.state,
            attempts: notice.attempts,
            booking: notice.booking,
            at: notice.at,
            next_attempt_at: notice.next_attempt_at,
            last_error: notice.last_error,
        }
    }
}

impl From<ReminderRecord> for LetterRecord {
    fn from(reminder: ReminderRecord) -> Self {
        Self {
            kind: "reminder".to_owned(),
            name: LetterName::Reminder(reminder.key()),
            state: reminder.state,
            attempts: reminder.attempts,
            booking: Some(reminder.booking),
            at: reminder.plan.due_at,
            next_attempt_at: reminder.next_attempt_at,
            last_error: reminder.last_error,
        }
    }
}

/// A row and the number of its booking.
fn direct(row: DirectRecord, booking: Option<BookingNo>) -> LetterRecord {
    LetterRecord {
        kind: row.letter.key.kind.clone(),
        name: LetterName::Direct(row.letter.key),
        state: row.state,
        attempts: row.attempts,
        booking,
        at: row.letter.at,
        next_attempt_at: row.next_attempt_at,
        last_error: row.last_error,
    }
}

impl App {
    /// Letters of every sort in one state, those that were due first.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`] for whoever does not look after letters.
    pub async fn letters_in(
        &self,
        caller: &Caller,
        state: State,
    ) -> Result<Vec<LetterRecord>, Failure> {
        if !can(caller, Action::TendLetters, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        self.blocking(move |store| listed(store, state)).await
    }

    /// Has a letter that was given up tried again. One that was not stays as it is.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such letter, [`Failure::Forbidden`] for whoever does
    /// not look after them.
    pub async fn retry_letter(&self, caller: &Caller, name: LetterName) -> Result<bool, Failure> {
        if !can(caller, Action::TendLetters, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        let now = self.ambient.now();
        let revived = self.run(&self.blocking_permits, {
            let store = self.store.clone();
            move || match name {
                LetterName::Event(key) => store.letters.retry_notice(&key, now),
                LetterName::Reminder(key) => store.reminders.retry_reminder(&key, now),
                LetterName::Direct(key) => store.direct_letters.retry_direct(&key, now),
            }
        });
        let revived = match revived.await? {
            Err(StoreError::Reference { .. }) => return Err(Failure::NotFound),
            other => other?,
        };
        self.letters.wake();
        Ok(revived)
    }
}

fn listed(store: &Store, state: State) -> Result<Vec<LetterRecord>, StoreError> {
    let notices = store.letters.notices(state, LETTERS_LISTED_MAX)?;
    let reminders = store.reminders.reminders_in(state, LETTERS_LISTED_MAX)?;
    let mut all: Vec<LetterRecord> = notices.into_iter().map(LetterRecord::from).collect();
    all.extend(reminders.into_iter().map(LetterRecord::from));
    for row in store.direct_letters.direct_letters(state, LETTERS_LISTED_MAX)? {
        let booking = match row.letter.booking {
            Some(id) => store.bookings.booking(id)?.map(|record| record.entry.no),
            None => None,
        };
        all.push(direct(row, booking));
    }
    all.sort_by_key(|letter| letter.next_attempt_at);
    all.truncate(usize::try_from(LETTERS_LISTED_MAX).unwrap_or(usize::MAX));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_letter_is_found_by_its_name_and_by_no_other() {
        let rule = ReminderRuleId(Uuid::from_u128(7));
        let names = [
            LetterName::Event(NoticeKey { ledger: LedgerNo(5), seq: 7, kind: "offer-made".into() }),
            LetterName::Reminder(ReminderKey { booking: BookingNo(17), rev: 2, rule }),
            LetterName::Direct(DirectKey { kind: "sign-in-link".into(), topic: "1-2".into() }),
        ];
        for name in names {
            assert_eq!(LetterName::parse(&name.to_string()), Some(name));
        }
        for text in ["", "5", "5.7", "x.7.offer-made", "r.17.2", "r.17.2.no", "d.only", "1.2.3.4"] {
            assert_eq!(LetterName::parse(text), None, "{text}");
        }
    }
}
