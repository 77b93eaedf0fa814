//! Reminders: planned when something was said of a booking, sent when their time has come.
//!
//! The row that plans is the outbox's: it was committed with the booking, and is worked off within
//! seconds. Whether a reminder is still true is asked once more immediately before it leaves, so it
//! does not matter how late a plan was superseded.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::delivery::{LEASE_S, State};
use domain::ids::BookingNo;
use domain::reminder::{Look, Plan, Rule, Visit, last_look, plan};
use futures_util::future::join_all;
use store::records::{AddressHash, BookingRecord, NoticeEnd, ReminderKey, ReminderRecord};
use store::{Store, StoreError};

use super::look::{Case, Topic, Unwritable, letter};
use super::refusals::{address_hash, client_email};
use super::round::{Round, ended};
use crate::app::{App, Failure, Inviter};
use crate::notify::{Letter, LetterKind};

type Ends = Vec<(ReminderKey, NoticeEnd)>;

/// A reminder whose time has come, its booking as it stands now, and its rule.
struct Due {
    reminder: ReminderRecord,
    record: Option<BookingRecord>,
    rule: Option<Rule>,
    /// Whether the client has said that they want none.
    is_refused: bool,
}

impl App {
    /// Plans the reminders of the bookings that `cases` are about, as they stand.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached: nothing was planned.
    pub(super) async fn plan_reminders(
        &self,
        cases: &[Case],
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let inviter = Inviter::new(self);
        let visits: BTreeMap<BookingNo, Visit> = cases
            .iter()
            .filter_map(|case| case.record.as_ref())
            .map(|record| (record.entry.no, visit(&inviter, record)))
            .collect();
        if visits.is_empty() {
            return Ok(());
        }
        self.blocking(move |store| {
            let rules = store.reminders.reminder_rules()?;
            let planned =
                visits.iter().map(|(no, visit)| (*no, visit.rev, plan(&rules, visit, now)));
            let planned: Vec<(BookingNo, u32, Vec<Plan>)> = planned.collect();
            store.reminders.plan_reminders(&planned, now)
        })
        .await
    }

    /// Sends the reminders that are due, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`App::send_due`].
    pub(super) async fn send_reminders(&self, limit: u32) -> Result<Round, Failure> {
        let now = self.ambient.now();
        let until = now + TimeDelta::seconds(i64::from(LEASE_S));
        let due = self.blocking(move |store| take_due(store, now, until, limit)).await?;
        let leased_count = due.len();
        if leased_count == 0 {
            return Ok(Round::default());
        }
        let inviter = Inviter::new(self);
        let (mut ends, mut letters) = (Ends::new(), Vec::new());
        for one in due {
            let key = one.reminder.key();
            match look(&inviter, &one, now) {
                Ok(Looked::Send(letter)) => letters.push((one.reminder, letter)),
                Ok(Looked::End(end)) => ends.push((key, end)),
                Err(unwritable) => {
                    let error = Some(unwritable.to_string());
                    ends.push((key, ended(one.reminder.attempts, State::Dead, now, error)));
                }
            }
        }
        let sent_count = letters.len();
        let sent = join_all(letters.into_iter().map(|(reminder, letter)| async move {
            let outcome = self.letters.send(&letter).await;
            let not_after = Some(reminder.plan.not_after);
            (reminder.key(), self.end_of(&letter.id, reminder.attempts, not_after, outcome))
        }));
        ends.extend(sent.await);
        self.blocking(move |store| store.reminders.end_reminders(&ends, until)).await?;
        Ok(Round { leased_count, sent_count })
    }
}

/// Leases what is due, notes that it may leave from now on, and only then reads what it is about.
fn take_due(
    store: &Store,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Due>, StoreError> {
    let leased = store.reminders.lease_reminders(now, until, limit)?;
    if leased.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<ReminderKey> = leased.iter().map(ReminderRecord::key).collect();
    let begun = store.reminders.begin_reminders(&keys, until)?;
    let rules = store.reminders.reminder_rules()?;
    let ours = leased.into_iter().zip(begun).filter(|(_, is_ours)| *is_ours);
    let one = |(reminder, _): (ReminderRecord, bool)| {
        let record = store.bookings.booking_by_number(reminder.booking)?;
        let rule = rules.iter().find(|rule| rule.id == reminder.plan.rule && rule.is_active);
        Ok(Due { rule: rule.cloned(), reminder, record, is_refused: false })
    };
    let mut due = ours.map(one).collect::<Result<Vec<Due>, StoreError>>()?;
    let address = |due: &Due| due.record.as_ref().map(|record| address_hash(&client_email(record)));
    let addresses: Vec<AddressHash> = due.iter().filter_map(address).collect();
    let refusing = store.reminder_refusals.refusing(&addresses)?;
    for one in &mut due {
        one.is_refused = address(one).is_some_and(|hash| refusing.contains(&hash));
    }
    Ok(due)
}

enum Looked {
    Send(Box<Letter>),
    End(NoticeEnd),
}

/// The last look at one reminder.
fn look(inviter: &Inviter, due: &Due, now: DateTime<Utc>) -> Result<Looked, Unwritable> {
    let Due { reminder, record, rule, is_refused } = due;
    let end = |state| Ok(Looked::End(ended(reminder.attempts, state, now, None)));
    if *is_refused {
        let why = Some("the client wants no reminders".to_owned());
        return Ok(Looked::End(ended(reminder.attempts, State::Superseded, now, why)));
    }
    let (Some(record), Some(rule)) = (record, rule) else {
        return end(State::Superseded);
    };
    let visit = visit(inviter, record);
    match last_look(&reminder.plan, Some(&visit), rule.quiet, now) {
        Look::Superseded => end(State::Superseded),
        Look::SkippedLate => end(State::SkippedLate),
        Look::Wait { until } => Ok(Looked::End(NoticeEnd {
            state: State::Planned,
            // Looking is no attempt.
            attempts: reminder.attempts.saturating_sub(1),
            next_attempt_at: until,
            error: None,
            done_at: None,
        })),
        Look::Send => {
            let ReminderKey { booking, rev, rule } = reminder.key();
            let topic = Topic {
                id: format!("r{}-{rev}-{rule}", booking.0),
                kind: LetterKind::Reminder,
                date: reminder.plan.due_at,
                note: None,
                amount: None,
                attachment: None,
            };
            letter(inviter, record, topic).map(|letter| Looked::Send(Box::new(letter)))
        }
    }
}

fn visit(inviter: &Inviter, record: &BookingRecord) -> Visit {
    let entry = &record.entry;
    Visit {
        service: entry.service,
        status: entry.status,
        rev: entry.rev,
        starts_at: entry.slot.starts_at,
        zone: inviter.zone(record),
    }
}
