//! What one attempt or one page comes to, and what is done about it.

use std::collections::BTreeMap;

use domain::audit::AuditDraft;
use domain::ids::BookingId;
use domain::ledger::Cause;
use domain::payment::reconcile::{AttemptKey, Finding, Fix, Theirs, Verdict, compare};
use domain::payment::{Checkout, Facts, SessionRef};
use gateway::{GatewayError, Page};
use serde_json::json;
use store::reconciliation::RunItem;
use store::records::BookingRecord;
use uuid::Uuid;

use super::run::ask;
use crate::app::payments::learn::Heard;
use crate::app::payments::payment_of;
use crate::app::payments::refunds::stuck;
use crate::app::{App, Failure};

/// What it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Matched,
    Fixed,
    /// A person has to look.
    Review,
    Failed(String),
}

/// One attempt, or a page that none of ours is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    pub ours: Option<AttemptKey>,
    pub session: Option<SessionRef>,
    /// Nothing when the page could not even be read.
    pub finding: Option<(Verdict, Fix)>,
    pub outcome: Outcome,
}

impl Compared {
    fn unread(ours: Option<AttemptKey>, session: SessionRef, error: &GatewayError) -> Self {
        let outcome = Outcome::Failed(error.to_string());
        Self { ours, session: Some(session), finding: None, outcome }
    }

    /// The line of the report; nothing for what matched.
    pub fn item(&self) -> Option<RunItem> {
        let (outcome, error) = match &self.outcome {
            Outcome::Matched => return None,
            Outcome::Fixed => ("fixed", None),
            Outcome::Review => ("review", None),
            Outcome::Failed(error) => ("failed", Some(error.clone())),
        };
        let session = self.session.as_ref().map(|session| session.0.clone());
        let attempt = self.ours.map(|key| format!("{}.{}", key.booking, key.attempt.0));
        Some(RunItem {
            key: attempt.or_else(|| session.clone()).unwrap_or_default(),
            booking: self.ours.map(|key| key.booking),
            attempt: self.ours.map(|key| key.attempt),
            session,
            verdict: self.finding.map_or("unreadable", |(verdict, _)| verdict.name()).to_owned(),
            fix: self.finding.map_or("nothing", |(_, fix)| fix.name()).to_owned(),
            outcome: outcome.to_owned(),
            error,
        })
    }
}

impl App {
    /// Compares a listed page that no attempt is known to be about.
    pub(super) async fn compare_stray(&self, run: Uuid, listed: Page) -> Compared {
        let session = listed.session.clone();
        let Ok(gateway) = self.till.gateway() else {
            let error = GatewayError::Unknown { detail: "no provider".to_owned() };
            return Compared::unread(None, session, &error);
        };
        let page = match ask(|| gateway.read(&session)).await {
            Ok(page) => page,
            Err(error) => return Compared::unread(None, session, &error),
        };
        let bound = match page.bound_to {
            Some(key) => self.booking_record(key.booking).await.ok().map(|record| (key, record)),
            None => None,
        };
        // The attempt that lost its answer: the page is its own. One that has a page keeps that.
        let mut ours = BTreeMap::new();
        if let Some((key, record)) = &bound {
            let attempt = payment_of(record).attempts.remove(&key.attempt);
            ours.extend(attempt.filter(|known| known.session.is_none()).map(|it| (*key, it)));
        }
        let theirs = BTreeMap::from([(session.clone(), theirs_of(&page, None))]);
        let pages = BTreeMap::from([(session.clone(), page)]);
        let mut compared = None;
        for finding in compare(&ours, &theirs) {
            let record = bound.as_ref().map(|(_, record)| record);
            compared = Some(self.put_right(run, finding, record, &pages).await);
        }
        compared.unwrap_or(Compared {
            ours: None,
            session: Some(session),
            finding: None,
            outcome: Outcome::Matched,
        })
    }

    /// Compares every attempt to pay for `booking` with what the provider says of it.
    pub(super) async fn compare_booking(
        &self,
        run: Uuid,
        booking: BookingId,
    ) -> Result<Vec<Compared>, Failure> {
        let record = self.booking_record(booking).await?;
        let gateway = self.till.gateway()?;
        let (mut ours, mut theirs, mut pages) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut compared = Vec::new();
        for (attempt, known) in payment_of(&record).attempts {
            let key = AttemptKey { booking, attempt };
            if let Some(session) = known.session.clone() {
                match ask(|| gateway.read(&session)).await {
                    Ok(page) => {
                        theirs.insert(session.clone(), theirs_of(&page, Some(key)));
                        pages.insert(session, page);
                    }
                    Err(GatewayError::NotFound) => {}
                    Err(error) => {
                        compared.push(Compared::unread(Some(key), session, &error));
                        continue;
                    }
                }
            }
            ours.insert(key, known);
        }
        for finding in compare(&ours, &theirs) {
            compared.push(self.put_right(run, finding, Some(&record), &pages).await);
        }
        // Who called a paid visit off may have died before anybody looked at its money.
        self.follow(booking).await?;
        let record = self.booking_record(booking).await?;
        // What the provider does not give back is told every night until somebody has.
        for part in stuck(&record, &payment_of(&record)) {
            let key = AttemptKey { booking, attempt: part.attempt };
            for line in compared.iter_mut().filter(|line| line.ours == Some(key)) {
                line.finding = Some((Verdict::AmountDiffers, Fix::Review));
                line.outcome = Outcome::Review;
            }
        }
        Ok(compared)
    }

    async fn put_right(
        &self,
        run: Uuid,
        finding: Finding,
        record: Option<&BookingRecord>,
        pages: &BTreeMap<SessionRef, Page>,
    ) -> Compared {
        let outcome = match self.fix(&finding, record, pages).await {
            Ok(Outcome::Fixed) => match self.note_fix(run, &finding).await {
                Ok(()) => Outcome::Fixed,
                Err(failure) => Outcome::Failed(failure.to_string()),
            },
            Ok(outcome) => outcome,
            Err(failure) => Outcome::Failed(failure.to_string()),
        };
        let Finding { ours, session, verdict, fix } = finding;
        Compared { ours, session, finding: Some((verdict, fix)), outcome }
    }

    /// Does what puts a difference right.
    async fn fix(
        &self,
        finding: &Finding,
        record: Option<&BookingRecord>,
        pages: &BTreeMap<SessionRef, Page>,
    ) -> Result<Outcome, Failure> {
        let page = finding.session.as_ref().and_then(|session| pages.get(session));
        match (finding.fix, finding.ours) {
            (Fix::Nothing, _) => Ok(Outcome::Matched),
            (Fix::Review, _) => Ok(Outcome::Review),
            (Fix::Adopt(key), _) | (Fix::Apply, Some(key)) => {
                let page = page.ok_or(Failure::Internal)?;
                let heard = Heard::on(page, key, self.ambient.now());
                let is_new = self.note_heard(key, &heard).await?;
                self.follow(key.booking).await?;
                // Where we know more than the provider says, hearing it again changes nothing.
                Ok(if is_new { Outcome::Fixed } else { Outcome::Review })
            }
            (Fix::AskAgain, Some(key)) => {
                self.ask_again(record.ok_or(Failure::Internal)?, key.attempt).await?;
                self.follow(key.booking).await?;
                Ok(Outcome::Fixed)
            }
            (Fix::GiveUp, Some(key)) => {
                let over = Facts { checkout: Checkout::Expired, ..Facts::default() };
                self.note_heard(key, &Heard::of(over)).await?;
                self.follow(key.booking).await?;
                Ok(Outcome::Fixed)
            }
            (Fix::Close, _) => {
                let gateway = self.till.gateway()?;
                let session = finding.session.clone().ok_or(Failure::Internal)?;
                match ask(|| gateway.expire(&session)).await {
                    Ok(_closed) => Ok(Outcome::Fixed),
                    // It was completed meanwhile.
                    Err(GatewayError::Refused { .. }) => Ok(Outcome::Review),
                    Err(error) => Err(error.into()),
                }
            }
            (Fix::Apply | Fix::AskAgain | Fix::GiveUp, None) => Err(Failure::Internal),
        }
    }

    /// Says in the audit trail what was put right.
    async fn note_fix(&self, run: Uuid, finding: &Finding) -> Result<(), Failure> {
        let cause = Cause::system(run);
        let object = match (finding.ours, &finding.session) {
            (Some(key), _) => format!("request:{}", key.booking),
            (None, Some(session)) => format!("checkout-session:{}", session.0),
            (None, None) => return Ok(()),
        };
        let session = finding.session.as_ref().map(|session| session.0.clone());
        let draft = AuditDraft {
            at: self.ambient.now(),
            actor: cause.actor,
            action: "payment-reconciled".to_owned(),
            object,
            before: json!({ "verdict": finding.verdict.name(), "session": session }).to_string(),
            after: json!({ "fix": finding.fix.name(), "run": run }).to_string(),
            reason: None,
            request_id: cause.request_id,
            ledger: None,
        };
        self.blocking(move |store| store.audit.append_audit(&draft)).await
    }
}

/// A page as the comparison wants it: as `key` would learn of it.
fn theirs_of(page: &Page, key: Option<AttemptKey>) -> Theirs {
    let is_misbound = page.bound_to.is_some_and(|bound_to| Some(bound_to) != key) && key.is_some();
    Theirs { bound_to: page.bound_to, facts: Facts { is_misbound, ..page.facts.clone() } }
}
