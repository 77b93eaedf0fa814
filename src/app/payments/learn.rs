//! Learning about money: what was heard is joined to what was known.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::audit::AuditDraft;
use domain::ids::BookingId;
use domain::ledger::Cause;
use domain::payment::news::news;
use domain::payment::reconcile::AttemptKey;
use domain::payment::{AttemptNo, Facts, SessionRef, Status};
use futures_util::future::join_all;
use gateway::{GatewayError, Page};
use serde_json::json;
use store::records::{BookingRecord, PaymentRecord};
use store::traits::Aside;

use super::{payment_of, payment_with};
use crate::app::{App, Failure};

/// How often somebody who learned something looks again, because somebody else did meanwhile.
const LEARN_TRIES_MAX: u32 = 32;

/// How long whoever learned something has for doing what follows, before somebody else does.
const FOLLOWED_WITHIN: TimeDelta = TimeDelta::seconds(10);

/// What was heard of one attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Heard {
    pub facts: Facts,
    pub session: Option<SessionRef>,
    pub url: Option<String>,
    pub closes_at: Option<DateTime<Utc>>,
    pub payment: Option<String>,
}

impl Heard {
    /// What `page` says about the attempt `of`, which was read at `at`.
    pub fn on(page: &Page, of: AttemptKey, at: DateTime<Utc>) -> Self {
        let is_misbound = page.bound_to.is_some_and(|bound_to| bound_to != of);
        let facts = Facts { read_at: Some(at), is_misbound, ..page.facts.clone() };
        Self {
            facts,
            session: Some(page.session.clone()),
            url: page.url.clone(),
            closes_at: page.expires_at,
            payment: page.payment.as_ref().map(|payment| payment.0.clone()),
        }
    }

    /// Facts alone.
    pub fn of(facts: Facts) -> Self {
        Self { facts, ..Self::default() }
    }
}

impl App {
    /// Joins what `page` says to what is known of an attempt, and does what follows from it.
    /// Saying it again changes nothing.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such attempt. [`Failure::Unavailable`] and
    /// [`Failure::Busy`]: nothing was learned. What follows and fails now is tried again later,
    /// and is no failure here.
    pub async fn learn(
        &self,
        booking: BookingId,
        attempt: AttemptNo,
        page: &Page,
    ) -> Result<Status, Failure> {
        let key = AttemptKey { booking, attempt };
        let heard = Heard::on(page, key, self.ambient.now());
        self.note_heard(key, &heard).await?;
        self.follow(booking).await
    }

    /// As [`App::learn`], for what was told without anybody having asked.
    ///
    /// # Errors
    ///
    /// As [`App::learn`].
    pub async fn learn_told(&self, key: AttemptKey, facts: Facts) -> Result<Status, Failure> {
        self.note_heard(key, &Heard::of(facts)).await?;
        self.follow(key.booking).await
    }

    /// Asks the provider about every attempt to pay for `booking` of which it may know more than
    /// we do, and learns what it answers.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when nobody tried to pay for it; [`Failure::ProviderUnreachable`] when
    /// the provider did not answer for some attempt: what it said of others is learned.
    pub async fn refresh_payment(&self, booking: BookingId) -> Result<Status, Failure> {
        let record = self.booking_record(booking).await?;
        let known = record.payment.as_ref().ok_or(Failure::NotFound)?;
        let gateway = self.till.gateway()?;
        let sessions = known.attempts.iter().filter_map(|(no, attempt)| {
            Some((AttemptKey { booking, attempt: *no }, attempt.session.clone()?))
        });
        let reads = join_all(sessions.map(|(key, session)| {
            let gateway = Arc::clone(&gateway);
            async move { (key, gateway.read(&session).await) }
        }));
        let mut missed = None;
        for (key, read) in reads.await {
            match read {
                Ok(page) => {
                    let heard = Heard::on(&page, key, self.ambient.now());
                    self.note_heard(key, &heard).await?;
                }
                Err(error) => missed = Some(error),
            }
        }
        let status = self.follow(booking).await?;
        match missed {
            // A page that is gone there is for the reconciliation to find.
            None | Some(GatewayError::NotFound) => Ok(status),
            Some(error) => Err(error.into()),
        }
    }

    /// Writes down what was heard of an attempt. Whether anything of it is new.
    ///
    /// # Errors
    ///
    /// As [`App::learn`].
    pub(super) async fn note_heard(&self, key: AttemptKey, heard: &Heard) -> Result<bool, Failure> {
        let AttemptKey { booking, attempt } = key;
        self.change_payment(booking, |known| {
            let attempt = known.attempts.get_mut(&attempt).ok_or(Failure::NotFound)?;
            attempt.session = attempt.session.take().or_else(|| heard.session.clone());
            if heard.session.is_none() || attempt.session == heard.session {
                attempt.url = heard.url.clone().or(attempt.url.take());
                attempt.closes_at = heard.closes_at.or(attempt.closes_at);
                attempt.payment = attempt.payment.take().or_else(|| heard.payment.clone());
            }
            attempt.facts = std::mem::take(&mut attempt.facts).join(&heard.facts);
            Ok(())
        })
        .await
    }

    /// Changes what is known of the money for `booking`, however many others do at the same time.
    /// Somebody will look at it soon. Whether it was changed at all.
    ///
    /// # Errors
    ///
    /// As [`App::learn`], and whatever `change` says.
    pub(super) async fn change_payment(
        &self,
        booking: BookingId,
        change: impl Fn(&mut PaymentRecord) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        for _ in 0..LEARN_TRIES_MAX {
            let record = self.booking_record(booking).await?;
            let now = self.ambient.now();
            let before = payment_of(&record).status();
            let first = || PaymentRecord::first(booking, before, now);
            let known = record.payment.as_deref().cloned().unwrap_or_else(first);
            let mut next = known.clone();
            change(&mut next)?;
            if is_old(&next, &known) {
                return Ok(false);
            }
            let learned = payment_with(&record, Some(&next));
            next.status = learned.status();
            let news = news(&payment_of(&record), &learned);
            next.version = known.version + 1;
            next.updated_at = now;
            next.looks_count = 0;
            next.next_look_at = Some(now + FOLLOWED_WITHIN);
            let audit =
                (next.status != before).then(|| self.turn(&record, (before, next.status), now));
            let aside = Aside { audit, idempotency: None };
            let written =
                self.blocking(move |store| store.payments.learn_payment(&next, &news, &aside));
            match written.await {
                Ok(()) => {
                    self.tell_learned(booking);
                    return Ok(true);
                }
                Err(Failure::Taken { .. }) => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::Busy { retry_after: self.config.database.timeout })
    }

    /// The booking called `id`, with what is known of its money.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is none.
    pub async fn booking_record(&self, id: BookingId) -> Result<BookingRecord, Failure> {
        let found = self.blocking(move |store| store.bookings.booking(id)).await;
        found?.ok_or(Failure::NotFound)
    }

    /// What the audit trail says of a payment that stands differently now.
    fn turn(
        &self,
        record: &BookingRecord,
        (before, after): (Status, Status),
        at: DateTime<Utc>,
    ) -> AuditDraft {
        let cause = Cause::system(self.ambient.id());
        let told = |status: Status| json!({ "status": status.name() }).to_string();
        AuditDraft {
            at,
            actor: cause.actor,
            action: "payment-changed".to_owned(),
            object: format!("request:{}", record.id),
            before: told(before),
            after: told(after),
            reason: None,
            request_id: cause.request_id,
            ledger: None,
        }
    }
}

/// Whether `next` says nothing that `known` does not, but for when the provider was last asked. An
/// answer to what was only told is news.
fn is_old(next: &PaymentRecord, known: &PaymentRecord) -> bool {
    if known.version == 0 {
        return next.attempts.is_empty() && next == known;
    }
    let mut next = next.clone();
    for (no, attempt) in &mut next.attempts {
        let Some(before) = known.attempts.get(no) else { return false };
        if !before.facts.is_unconfirmed() {
            attempt.facts.read_at = before.facts.read_at;
        }
    }
    next == *known
}
