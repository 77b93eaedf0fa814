//! One run, from page to page and from booking to booking.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ids::BookingId;
use domain::payment::SessionRef;
use gateway::{GatewayError, Listing, Pages, Reply};
use store::reconciliation::{RunItem, RunPhase, RunRecord};

use super::compare::{Compared, Outcome};
use crate::app::{App, Failure};

/// Pages listed at a time: as many as the provider gives.
const PAGES_LISTED: u8 = 100;

/// Bookings looked up at a time.
const BOOKINGS_READ: u32 = 100;

/// How often one thing is asked for.
const ASKS_MAX: u32 = 3;

/// How long to wait after the first time in vain; it doubles.
const ASK_WAIT: Duration = Duration::from_millis(100);

/// After so many failures in a row the provider is taken to be away, and the run waits.
const FAILURES_IN_A_ROW_MAX: u32 = 5;

impl App {
    /// Carries a run on until it is done, or the provider is away, or somebody else does.
    pub(super) async fn carry_run(&self, mut run: RunRecord) -> Result<(), Failure> {
        let carried = self.carry_phases(&mut run).await;
        match carried {
            Ok(()) => {
                let counts = run.counts;
                tracing::info!(
                    run.id = %run.id, counts.matched, counts.fixed, counts.review, counts.failed,
                    "the books were compared with the payment provider's"
                );
                Ok(())
            }
            // Somebody else carries it on.
            Err(Failure::Taken { what: "reconciliation" }) => Ok(()),
            Err(failure) => {
                tracing::warn!(run.id = %run.id, %failure, "a reconciliation waits");
                run.last_error = Some(failure.to_string());
                self.note_progress(&mut run, &[]).await?;
                Err(failure)
            }
        }
    }

    async fn carry_phases(&self, run: &mut RunRecord) -> Result<(), Failure> {
        if run.phase == RunPhase::Theirs {
            self.look_at_their_pages(run).await?;
            (run.phase, run.position) = (RunPhase::Ours, None);
            self.note_progress(run, &[]).await?;
        }
        if run.phase == RunPhase::Ours {
            self.look_at_our_attempts(run).await?;
            (run.phase, run.finished_at) = (RunPhase::Done, Some(self.ambient.now()));
            run.last_error = None;
            self.note_progress(run, &[]).await?;
        }
        Ok(())
    }

    /// Looks for pages at the provider that we do not know.
    async fn look_at_their_pages(&self, run: &mut RunRecord) -> Result<(), Failure> {
        let mut failures = InARow::default();
        loop {
            let Pages { items, has_more } = self.list(run.since, run.position.clone()).await?;
            let mut found = Vec::new();
            let last = items.last().map(|page| page.session.0.clone());
            for page in items {
                let session = page.session.0.clone();
                let known = self.blocking(move |store| store.payments.attempt_of(&session)).await?;
                // Those that are known are read from our side.
                if known.is_none() {
                    let compared = self.compare_stray(run.id, page).await;
                    failures.note(&compared)?;
                    count(run, &compared, &mut found);
                }
            }
            let is_over = !has_more || last.is_none();
            run.position = last.or(run.position.take());
            self.note_progress(run, &found).await?;
            if is_over {
                return Ok(());
            }
        }
    }

    /// Reads every attempt of ours that matters at the provider.
    async fn look_at_our_attempts(&self, run: &mut RunRecord) -> Result<(), Failure> {
        let mut failures = InARow::default();
        loop {
            let position = run.position.as_deref().and_then(|id| id.parse::<BookingId>().ok());
            let since = run.since;
            let bookings = self
                .blocking(move |store| {
                    store.reconciliation.payments_to_check(since, position, BOOKINGS_READ)
                })
                .await?;
            if bookings.is_empty() {
                return Ok(());
            }
            for booking in bookings {
                let compared = self.compare_booking(run.id, booking).await?;
                let mut found = Vec::new();
                for one in &compared {
                    failures.note(one)?;
                    count(run, one, &mut found);
                }
                run.position = Some(booking.to_string());
                // What matched is noted with the next thing that did not: reading it again is no
                // harm, and most of it matches.
                if !found.is_empty() {
                    self.note_progress(run, &found).await?;
                }
            }
            self.note_progress(run, &[]).await?;
        }
    }

    async fn list(&self, since: DateTime<Utc>, after: Option<String>) -> Result<Pages, Failure> {
        let gateway = self.till.gateway()?;
        let listing =
            Listing { created_from: since, after: after.map(SessionRef), limit: PAGES_LISTED };
        Ok(ask(|| gateway.list(&listing)).await?)
    }

    async fn note_progress(&self, run: &mut RunRecord, found: &[RunItem]) -> Result<(), Failure> {
        run.version += 1;
        let (written, found) = (run.clone(), found.to_vec());
        self.blocking(move |store| store.reconciliation.advance_run(&written, &found)).await
    }
}

/// Asks the provider for the same thing until it answers, a few times.
pub(super) async fn ask<'a, T>(question: impl Fn() -> Reply<'a, T>) -> Result<T, GatewayError> {
    let mut wait = ASK_WAIT;
    for _ in 1..ASKS_MAX {
        match question().await {
            Err(GatewayError::Unknown { .. }) => tokio::time::sleep(wait).await,
            answered => return answered,
        }
        wait *= 2;
    }
    question().await
}

/// Failures without a success between them.
#[derive(Debug, Default)]
struct InARow {
    failures_count: u32,
}

impl InARow {
    fn note(&mut self, compared: &Compared) -> Result<(), Failure> {
        self.failures_count = match compared.outcome {
            Outcome::Failed(_) => self.failures_count + 1,
            Outcome::Matched | Outcome::Fixed | Outcome::Review => 0,
        };
        let is_away = self.failures_count >= FAILURES_IN_A_ROW_MAX;
        if is_away { Err(Failure::ProviderUnreachable) } else { Ok(()) }
    }
}

fn count(run: &mut RunRecord, compared: &Compared, found: &mut Vec<RunItem>) {
    let counted = match compared.outcome {
        Outcome::Matched => &mut run.counts.matched,
        Outcome::Fixed => &mut run.counts.fixed,
        Outcome::Review => &mut run.counts.review,
        Outcome::Failed(_) => &mut run.counts.failed,
    };
    *counted = counted.saturating_add(1);
    found.extend(compared.item());
}
