//! Sends what is due, a bounded number at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::delivery::{LEASE_S, Next, State, after_failure};
use domain::ids::BookingNo;
use domain::invite::Person;
use futures_util::future::join_all;
use store::records::{NoticeEnd, NoticeKey, NoticeRecord};
use store::{Store, StoreError};

use super::look::{Case, Look, look};
use crate::app::{App, Failure, Inviter};
use crate::notify::{Letter, SendError};

/// How long after an event a letter about it is still sent. After that its client has seen for
/// themselves, or the database is one that never sent letters before.
const NOTICE_LATE: TimeDelta = TimeDelta::days(3);

/// How often it is looked for what is due when nothing is committed: what failed is tried again.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// Shortest time between two looks. Together with `mail.per_second_max` it is the pace.
const ROUND_INTERVAL: Duration = Duration::from_secs(1);

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    pub leased_count: usize,
    pub sent_count: usize,
}

impl Round {
    fn and(self, other: Self) -> Self {
        Self {
            leased_count: self.leased_count + other.leased_count,
            sent_count: self.sent_count + other.sent_count,
        }
    }

    /// How many of `limit` may still leave; one always may, so that none waits for the others for
    /// ever.
    fn left(self, limit: u32) -> u32 {
        limit.saturating_sub(u32::try_from(self.sent_count).unwrap_or(u32::MAX)).max(1)
    }
}

impl App {
    /// Sends letters for as long as the process lives.
    pub async fn send_letters(&self) {
        loop {
            // What fails here was logged, and the next look tries again.
            let round = self.send_due().await.unwrap_or_default();
            tokio::time::sleep(ROUND_INTERVAL).await;
            if round.leased_count > 0 {
                // There may be more, and nobody else says so.
                continue;
            }
            tokio::select! {
                () = self.letters.wake.notified() => {}
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
            }
        }
    }

    /// Sends what is due now, at most as many as may leave in a second.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached: what was leased is due again later.
    pub async fn send_due(&self) -> Result<Round, Failure> {
        if !self.letters.mailer.is_on() {
            return Ok(Round::default());
        }
        let now = self.ambient.now();
        let until = now + TimeDelta::seconds(i64::from(LEASE_S));
        let limit = u32::from(self.config.mail.per_second_max);
        let cases = self.blocking(move |store| cases(store, now, until, limit)).await?;
        let leased_count = cases.len();
        // Before their rows are over: a crash plans again, to no effect.
        self.plan_reminders(&cases, now).await?;
        let (mut ends, letters) = self.look_at(cases, now);
        let sent_count = letters.len();
        ends.extend(self.send_all(letters, until).await?);
        if leased_count > 0 {
            self.blocking(move |store| store.letters.end_notices(&ends, until)).await?;
        }
        let told = Round { leased_count, sent_count };
        let told = told.and(self.send_direct(told.left(limit)).await?);
        Ok(told.and(self.send_reminders(told.left(limit)).await?))
    }

    /// Decides what becomes of each row: those that are over, and the letters of the others.
    fn look_at(&self, cases: Vec<Case>, now: DateTime<Utc>) -> (Ends, Vec<(NoticeRecord, Letter)>) {
        let inviter = Inviter::new(self);
        let staff = self.staff_address();
        let newest = newest(&cases);
        let (mut ends, mut letters) = (Ends::new(), Vec::new());
        for case in cases {
            let notice = case.notice.clone();
            let is_told_by_a_later_one =
                notice.booking.is_some_and(|no| newest.get(&no).is_some_and(|n| *n != notice.key));
            let looked = if now - notice.at > NOTICE_LATE {
                Ok(Look::End(State::SkippedLate))
            } else if is_told_by_a_later_one && notice.key.kind != ALARM {
                Ok(Look::End(State::Superseded))
            } else {
                look(&inviter, &staff, &case)
            };
            match looked {
                Ok(Look::Send(letter)) => letters.push((notice, *letter)),
                Ok(Look::End(state)) => {
                    ends.push((notice.key.clone(), ended(notice.attempts, state, now, None)));
                }
                Err(unwritable) => {
                    let error = Some(unwritable.to_string());
                    ends.push((
                        notice.key.clone(),
                        ended(notice.attempts, State::Dead, now, error),
                    ));
                }
            }
        }
        (ends, letters)
    }

    async fn send_all(
        &self,
        letters: Vec<(NoticeRecord, Letter)>,
        until: DateTime<Utc>,
    ) -> Result<Ends, Failure> {
        if letters.is_empty() {
            return Ok(Ends::new());
        }
        let keys: Vec<NoticeKey> = letters.iter().map(|(notice, _)| notice.key.clone()).collect();
        let begun = self.blocking(move |store| store.letters.begin_sending(&keys, until)).await?;
        let ours = letters.into_iter().zip(begun).filter(|(_, is_ours)| *is_ours);
        let sent = join_all(ours.map(|((notice, letter), _)| async move {
            let outcome = self.letters.send(&letter).await;
            let not_after = Some(notice.at + NOTICE_LATE);
            (notice.key, self.end_of(&letter.id, notice.attempts, not_after, outcome))
        }));
        Ok(sent.await)
    }

    /// What comes of an attempt, of which there were `attempts` with this one.
    pub(super) fn end_of(
        &self,
        letter: &str,
        attempts: u32,
        not_after: Option<DateTime<Utc>>,
        outcome: Result<(), SendError>,
    ) -> NoticeEnd {
        let now = self.ambient.now();
        let SendError { failure, detail } = match outcome {
            Ok(()) => return ended(attempts, State::Sent, now, None),
            Err(error) => error,
        };
        let lot = u64::from_be_bytes(self.ambient.secret());
        match after_failure(failure, attempts, lot, now, not_after) {
            Next::Retry { at } => {
                tracing::warn!(letter, %detail, "a letter was not taken, and will be tried again");
                let (state, error) = (State::Retry, Some(detail));
                NoticeEnd { state, attempts, next_attempt_at: at, error, done_at: None }
            }
            Next::Dead => {
                tracing::error!(letter, %detail, "a letter was given up");
                ended(attempts, State::Dead, now, Some(detail))
            }
            Next::SkippedLate => ended(attempts, State::SkippedLate, now, Some(detail)),
        }
    }

    /// Who hears of emergencies.
    fn staff_address(&self) -> Person {
        let (mail, contact) = (&self.config.mail, &self.config.contact);
        let email = if contact.email.is_empty() { &mail.from_address } else { &contact.email };
        Person { name: mail.from_name.clone(), email: email.clone() }
    }
}

type Ends = Vec<(NoticeKey, NoticeEnd)>;

/// The kind of row that tells staff, and not the client.
const ALARM: &str = "emergency-alert";

/// Leases what is due, and reads what it is about.
fn cases(
    store: &Store,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Case>, StoreError> {
    let leased = store.letters.lease_notices(now, until, limit)?;
    let one = |notice: NoticeRecord| {
        let record = match notice.booking {
            Some(no) => store.bookings.booking_by_number(no)?,
            None => None,
        };
        let series = record.as_ref().and_then(|record| record.draft.series);
        let series = match series {
            Some((id, _)) => store.ops.series(id)?,
            None => None,
        };
        Ok(Case { notice, record, series })
    };
    leased.into_iter().map(one).collect()
}

/// Of each booking the last thing that happened: what came before would be said twice.
fn newest(cases: &[Case]) -> BTreeMap<BookingNo, NoticeKey> {
    let mut newest: BTreeMap<BookingNo, &NoticeRecord> = BTreeMap::new();
    for notice in cases.iter().map(|case| &case.notice).filter(|one| one.key.kind != ALARM) {
        let Some(no) = notice.booking else { continue };
        let known = newest.entry(no).or_insert(notice);
        if (known.at, known.key.seq) < (notice.at, notice.key.seq) {
            *known = notice;
        }
    }
    newest.into_iter().map(|(no, notice)| (no, notice.key.clone())).collect()
}

/// The end of a row that is over.
pub fn ended(attempts: u32, state: State, now: DateTime<Utc>, error: Option<String>) -> NoticeEnd {
    metrics::counter!("daybook_letters_total", "state" => state.name()).increment(1);
    NoticeEnd { state, attempts, next_attempt_at: now, error, done_at: Some(now) }
}
