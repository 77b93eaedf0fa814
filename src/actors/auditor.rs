//! Checks, beside the bookings, that what is stored is what the events say and that every promise
//! was kept: the same checker that tests and `daybook verify` use.
//!
//! It looks at ledgers written since its last pass, a bounded number at a time, and only reads.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use chrono::{DateTime, Utc};
use domain::history::{LedgerHistory, check_histories};
use domain::ledger::{Ledger, LedgerKey, LedgerNo, invariants};
use store::StoreError;
use store::traits::LedgerStore;

use crate::ambient::Ambient;

/// A pass looks this far back before its predecessor, because a commit may become visible a little
/// after its time.
const OVERLAP: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// The background checker.
pub struct Auditor {
    store: Arc<dyn LedgerStore>,
    ambient: Ambient,
    interval: Duration,
    ledgers_max: u32,
    cursor: Cursor,
    is_running: bool,
}

/// Where the next pass goes on.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    since: DateTime<Utc>,
    after: Option<LedgerNo>,
}

impl Auditor {
    /// A checker that looks at `ledgers_max` ledgers every `interval`, beginning with those written
    /// after it was made.
    pub fn new(
        store: Arc<dyn LedgerStore>,
        ambient: Ambient,
        interval: Duration,
        ledgers_max: u32,
    ) -> Self {
        let cursor = Cursor { since: ambient.now() - OVERLAP, after: None };
        Self { store, ambient, interval, ledgers_max, cursor, is_running: false }
    }

    fn pass(&mut self, ctx: &mut Context<Self>) {
        if self.is_running {
            return;
        }
        self.is_running = true;
        let (store, cursor, limit) = (Arc::clone(&self.store), self.cursor, self.ledgers_max);
        let started_at = self.ambient.now();
        let pass =
            tokio::task::spawn_blocking(move || look(store.as_ref(), cursor, started_at, limit));
        ctx.spawn(pass.into_actor(self).map(|done, actor, _| {
            actor.is_running = false;
            match done {
                Ok(Ok(next)) => actor.cursor = next,
                Ok(Err(error)) => tracing::warn!(%error, "the auditor could not read"),
                Err(error) => tracing::error!(%error, "the auditor panicked"),
            }
        }));
    }
}

impl Actor for Auditor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(self.interval, Self::pass);
    }
}

/// One pass: answers where the next one begins.
fn look(
    store: &dyn LedgerStore,
    cursor: Cursor,
    started_at: DateTime<Utc>,
    limit: u32,
) -> Result<Cursor, StoreError> {
    let ledgers = store.ledgers_since(cursor.since, cursor.after, limit)?;
    let mut last = None;
    for key in &ledgers {
        if let Some((no, findings)) = findings(store, *key)? {
            last = Some(no);
            for finding in findings {
                metrics::counter!("daybook_invariant_broken_total").increment(1);
                tracing::error!(team.id = %key.team, day = %key.day, %finding, "audit finding");
            }
        }
        metrics::counter!("daybook_audited_ledgers_total").increment(1);
    }
    let is_full = u32::try_from(ledgers.len()).is_ok_and(|count| count >= limit);
    Ok(if is_full {
        Cursor { since: cursor.since, after: last }
    } else {
        Cursor { since: started_at - OVERLAP, after: None }
    })
}

/// What is wrong with a ledger; `None` when it was never written.
fn findings(
    store: &dyn LedgerStore,
    key: LedgerKey,
) -> Result<Option<(LedgerNo, Vec<String>)>, StoreError> {
    let Some(history) = store.history(key)? else { return Ok(None) };
    let Some(loaded) = store.load(key)? else { return Ok(None) };
    Ok(Some((loaded.no, compare(&history, &loaded.ledger))))
}

/// What is wrong with a ledger that is `stored` like this and has this history.
pub(super) fn compare(history: &LedgerHistory, stored: &Ledger) -> Vec<String> {
    let violations = check_histories(std::slice::from_ref(history));
    let mut findings: Vec<String> = violations.iter().map(ToString::to_string).collect();
    // The rules trust what they fold: of events that break a promise they make nothing to compare.
    if violations.is_empty() {
        let replayed = Ledger::replay(history.key, history.epoch, history.opening, &history.events);
        // Two reads, so a commit may lie between them; then the next pass will compare.
        if replayed.version == stored.version
            && let Some(part) = replayed.difference(stored)
        {
            findings.push(format!("the stored {part} is not what the events make it"));
        }
    }
    findings.extend(invariants::broken(stored).map(ToOwned::to_owned));
    findings
}
