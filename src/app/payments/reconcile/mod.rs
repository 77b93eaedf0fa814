//! The reconciliation: our books beside the provider's, every night and whenever somebody asks.
//!
//! First the provider's pages are listed, for those that we do not know; then every attempt of ours
//! that is not over, or was touched of late, is read there. What differs is put right by what
//! everybody else uses who hears of money, and told in the run's report. Something that cannot be
//! read is one line of that report and holds up nothing else.
//!
//! **Invariants:** a run goes on where it was interrupted; a night has one run; a run after which
//! nothing has happened finds everything matched and changes nothing.

mod compare;
mod run;

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use domain::payment::Status;
use store::reconciliation::{RunCounts, RunItem, RunPhase, RunRecord};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::app::{App, Failure};
use crate::auth::{Action, Caller, Resource, can};

/// How far back attempts and pages are looked at: as long as most banks let clients dispute.
const LOOK_BACK: TimeDelta = TimeDelta::days(35);

/// How often a run that was interrupted is carried on.
const RESUME_INTERVAL: Duration = Duration::from_mins(1);

/// Most runs that are listed.
const RUNS_LISTED_MAX: u32 = 60;

/// Most lines of a report that are shown.
const ITEMS_SHOWN_MAX: u32 = 1_000;

/// What wakes whoever carries runs on.
#[derive(Debug, Default)]
pub struct Books {
    wake: Notify,
}

impl App {
    /// Carries interrupted runs on for as long as the process lives.
    pub async fn carry_reconciliations_on(&self) {
        loop {
            // What fails here was logged, and is in the run's report.
            drop(self.finish_reconciliations().await);
            tokio::select! {
                () = self.books.wake.notified() => {}
                () = tokio::time::sleep(RESUME_INTERVAL) => {}
            }
        }
    }

    /// Carries on every run that is not done.
    ///
    /// # Errors
    ///
    /// Why one does not get on. It will be carried on later.
    pub async fn finish_reconciliations(&self) -> Result<(), Failure> {
        if !self.takes_cards() {
            return Ok(());
        }
        let known = self.blocking(|store| store.reconciliation.runs(RUNS_LISTED_MAX)).await?;
        for run in known.into_iter().rev().filter(|run| run.phase != RunPhase::Done) {
            self.carry_run(run).await?;
        }
        Ok(())
    }

    /// Makes the run of the night of `day`, unless there is one: then that is finished.
    ///
    /// # Errors
    ///
    /// As [`App::finish_reconciliations`].
    pub async fn reconcile_night(&self, day: NaiveDate) -> Result<(), Failure> {
        if !self.takes_cards() {
            return Ok(());
        }
        let run = self.new_run(day, true);
        self.blocking(move |store| store.reconciliation.begin_run(&run)).await?;
        self.finish_reconciliations().await
    }

    /// Begins a run for whoever asks, or names the one that is under way.
    ///
    /// # Errors
    ///
    /// [`Failure::PaymentUnavailable`] when there is no provider to compare with.
    pub async fn begin_reconciliation(&self, caller: &Caller) -> Result<RunRecord, Failure> {
        require_books(caller)?;
        if !self.takes_cards() {
            return Err(Failure::PaymentUnavailable);
        }
        let known = self.blocking(|store| store.reconciliation.runs(RUNS_LISTED_MAX)).await?;
        let open = known.into_iter().find(|run| run.phase != RunPhase::Done);
        let run = if let Some(run) = open {
            run
        } else {
            let run = self.new_run(self.ambient.now().date_naive(), false);
            let written = run.clone();
            self.blocking(move |store| store.reconciliation.begin_run(&written)).await?;
            run
        };
        self.books.wake.notify_one();
        Ok(run)
    }

    /// Runs, newest first.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`] for whoever does not look after money.
    pub async fn reconciliations(&self, caller: &Caller) -> Result<Vec<RunRecord>, Failure> {
        require_books(caller)?;
        self.blocking(|store| store.reconciliation.runs(RUNS_LISTED_MAX)).await
    }

    /// One run, and what it has found.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is none; as [`App::reconciliations`].
    pub async fn reconciliation(
        &self,
        caller: &Caller,
        id: Uuid,
    ) -> Result<(RunRecord, Vec<RunItem>), Failure> {
        require_books(caller)?;
        let found = self
            .blocking(move |store| {
                let Some(run) = store.reconciliation.run(id)? else { return Ok(None) };
                Ok(Some((run, store.reconciliation.run_items(id, ITEMS_SHOWN_MAX)?)))
            })
            .await?;
        found.ok_or(Failure::NotFound)
    }

    /// How many payments of which anything is known stand how.
    ///
    /// # Errors
    ///
    /// As [`App::reconciliations`].
    pub async fn payment_counts(&self, caller: &Caller) -> Result<Vec<(Status, i64)>, Failure> {
        require_books(caller)?;
        self.blocking(|store| store.reconciliation.payment_counts()).await
    }

    fn new_run(&self, day: NaiveDate, is_nightly: bool) -> RunRecord {
        let now = self.ambient.now();
        RunRecord {
            id: self.ambient.id(),
            day,
            is_nightly,
            since: now - LOOK_BACK,
            phase: RunPhase::Theirs,
            position: None,
            counts: RunCounts::default(),
            last_error: None,
            version: 1,
            started_at: now,
            finished_at: None,
        }
    }
}

fn require_books(caller: &Caller) -> Result<(), Failure> {
    let may = can(caller, Action::HandleMoney, &Resource::Everything);
    if may { Ok(()) } else { Err(Failure::Forbidden) }
}
