//! Comparing our books with the payment provider's.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{App, RunItem, RunPhase, RunRecord};
use crate::http::extract::Signed;
use crate::http::problem::Problem;
use crate::http::reply;

/// A run, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReconciliationRun)]
pub struct RunView {
    id: Uuid,
    /// The day that it is for.
    day: NaiveDate,
    /// Made by itself; one for each day. Others were asked for.
    is_nightly: bool,
    /// `running` or `done`. One that was interrupted goes on where it was.
    state: &'static str,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    /// Attempts and pages that agree.
    matched: u32,
    /// That did not, and were put right.
    fixed: u32,
    /// That a person has to look at.
    review: u32,
    /// That could not be read or put right. The next run tries again.
    failed: u32,
    /// Why it does not get on, when it does not.
    error: Option<String>,
    /// What did not agree. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ItemView>>,
}

/// Something that did not agree.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReconciliationItem)]
pub struct ItemView {
    service_request_id: Option<Uuid>,
    attempt: Option<u32>,
    session_id: Option<String>,
    /// `behind`, `missing_here`, `missing_there`, `amount_differs` or `unreadable`.
    #[schema(example = "missing_here")]
    verdict: String,
    /// `apply`, `adopt`, `ask_again`, `give_up`, `close`, `review` or `nothing`.
    #[schema(example = "close")]
    fix: String,
    /// `fixed`, `review` or `failed`.
    #[schema(example = "fixed")]
    outcome: String,
    error: Option<String>,
}

impl RunView {
    fn of(run: RunRecord) -> Self {
        Self {
            id: run.id,
            day: run.day,
            is_nightly: run.is_nightly,
            state: if run.phase == RunPhase::Done { "done" } else { "running" },
            started_at: run.started_at,
            finished_at: run.finished_at,
            matched: run.counts.matched,
            fixed: run.counts.fixed,
            review: run.counts.review,
            failed: run.counts.failed,
            error: run.last_error,
            items: None,
        }
    }
}

impl ItemView {
    fn of(item: RunItem) -> Self {
        Self {
            service_request_id: item.booking.map(|booking| booking.0),
            attempt: item.attempt.map(|no| no.0),
            session_id: item.session,
            verdict: item.verdict,
            fix: item.fix,
            outcome: item.outcome,
            error: item.error,
        }
    }
}

/// Runs, newest first.
pub async fn list(app: Data<App>, caller: Signed) -> Result<HttpResponse, Problem> {
    let runs = app.reconciliations(&caller).await?;
    let items: Vec<RunView> = runs.into_iter().map(RunView::of).collect();
    Ok(reply::list(&items))
}

/// Begins a run, or names the one that is under way.
pub async fn begin(app: Data<App>, caller: Signed) -> Result<HttpResponse, Problem> {
    let run = app.begin_reconciliation(&caller).await?;
    Ok(HttpResponse::Accepted().json(RunView::of(run)))
}

/// One run, and what it has found.
pub async fn get(app: Data<App>, caller: Signed, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (run, items) = app.reconciliation(&caller, *id).await?;
    let items = Some(items.into_iter().map(ItemView::of).collect());
    Ok(HttpResponse::Ok().json(RunView { items, ..RunView::of(run) }))
}
