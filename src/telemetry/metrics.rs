//! Numbers in Prometheus' text form.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the buckets for durations, in seconds: from a fast flush to a request's
/// deadline.
const SECONDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Upper bounds of the buckets for sizes of batches.
const ITEMS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 512.0];

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting. A second call changes nothing.
///
/// # Errors
///
/// When something else in this process records metrics already.
pub fn start_metrics() -> anyhow::Result<()> {
    if HANDLE.get().is_some() {
        return Ok(());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_items".to_owned()), &ITEMS)?
        .install_recorder()?;
    describe();
    drop(HANDLE.set(handle));
    Ok(())
}

/// Everything counted so far; empty before [`start_metrics`].
pub fn render_metrics() -> String {
    let Some(handle) = HANDLE.get() else { return String::new() };
    handle.run_upkeep();
    handle.render()
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_gauge!("daybook_realtime_connections", "WebSockets, event streams and polls.");
    describe_gauge!("daybook_realtime_topics", "Topics in memory, followed or not.");
    describe_counter!("daybook_realtime_conflated_total", "News that met older news unsent.");
    describe_counter!("daybook_realtime_reaped_total", "Jammed connections that were cut.");
    describe_histogram!("daybook_commit_seconds", "From taking batches to their durable commit.");
    describe_histogram!("daybook_commit_items", "Events in one transaction of a commit lane.");
    describe_counter!("daybook_commits_total", "Transactions of the commit lanes.");
    describe_counter!(
        "daybook_fenced_total",
        "Batches that met a ledger somebody else had written."
    );
    describe_counter!("daybook_constraint_total", "Batches in which a key or a claim was taken.");
    describe_counter!("daybook_unknown_commits_total", "Commits whose answer was lost.");
    describe_counter!("daybook_refusals_revalidated_total", "Refusals decided again: stale image.");
    describe_counter!("daybook_shed_total", "Submissions refused by admission.");
    describe_counter!("daybook_ledger_panics_total", "Submissions that broke a rule's code.");
    describe_counter!(
        "daybook_timeline_regressions_total",
        "Ledgers whose history went backwards."
    );
    describe_counter!("daybook_invariant_broken_total", "Findings of the running auditor.");
    describe_counter!("daybook_audited_ledgers_total", "Ledgers the running auditor has checked.");
    describe_gauge!("daybook_ledgers_active", "Ledgers in memory.");
    describe_counter!("daybook_schedule_decisions_total", "Times of jobs, by what became of them.");
    describe_counter!("daybook_schedule_runs_total", "Runs of jobs, by how they ended.");
}
