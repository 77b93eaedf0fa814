//! Work that comes back by the clock, as admins keep it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::app::{App, CronRun, JobChange, JobView, RunKey, StoredResponse};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// When a job runs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = JobFields)]
pub struct Fields {
    /// Minute, hour, day, month, weekday.
    #[schema(example = "40 3 * * *")]
    schedule: String,
    /// By whose clocks.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    #[serde(default = "yes")]
    is_active: bool,
}

fn yes() -> bool {
    true
}

/// What became of one time of a job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JobRun)]
pub struct RunView {
    scheduled_for: DateTime<Utc>,
    /// `run`, `coalesced` (a later one ran in its place), `skipped-late` or `skipped-busy`.
    #[schema(example = "run")]
    decision: &'static str,
    /// Whether somebody asked for it, and no schedule.
    is_manual: bool,
    /// `planned`, `running`, `retry`, `done`, `failed`, or `passed` where nothing was to run.
    #[schema(example = "done")]
    state: &'static str,
    tries: u32,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    /// What was done, or why it failed.
    detail: Option<String>,
}

impl RunView {
    fn of(run: &CronRun) -> Self {
        Self {
            scheduled_for: run.key.scheduled_for,
            decision: run.decision.name(),
            is_manual: run.is_manual,
            state: run.state.name(),
            tries: run.tries,
            started_at: run.started_at,
            finished_at: run.finished_at,
            detail: run.detail.clone(),
        }
    }
}

/// A job, when it runs next, and what became of it the last time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Job)]
pub struct View {
    #[schema(example = "purge")]
    name: String,
    #[serde(flatten)]
    fields: Fields,
    /// Whether somebody has set this; otherwise the settings of the server say it.
    is_edited: bool,
    rev: i64,
    /// Nothing while it is switched off.
    next_run_at: Option<DateTime<Utc>>,
    last_decision: Option<RunView>,
}

/// A job with its history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobDetail)]
pub struct DetailView {
    #[serde(flatten)]
    job: View,
    /// The latest first.
    runs: Vec<RunView>,
}

impl View {
    fn of(view: &JobView) -> Self {
        let job = view.job.clone();
        Self {
            name: job.name,
            fields: Fields {
                schedule: job.schedule,
                time_zone: job.zone,
                is_active: job.is_active,
            },
            is_edited: job.is_edited,
            rev: job.rev,
            next_run_at: view.next_at,
            last_decision: view.runs.first().map(RunView::of),
        }
    }
}

/// Every job.
pub async fn list(app: Data<App>, caller: Signed) -> Result<HttpResponse, Problem> {
    let jobs = app.cron_jobs(&caller, 1).await?;
    Ok(reply::list(&jobs.iter().map(View::of).collect::<Vec<_>>()))
}

/// One job with its history.
pub async fn get(
    app: Data<App>,
    caller: Signed,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let view = app.cron_job(&caller, &name).await?;
    let runs = view.runs.iter().map(RunView::of).collect();
    Ok(reply::show(view.job.rev, &DetailView { job: View::of(&view), runs }))
}

/// Says when a job runs, from now on.
pub async fn replace(
    app: Data<App>,
    caller: Signed,
    (name, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: Json<Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let Fields { schedule, time_zone, is_active } = body.value;
    let (name, rev) = (name.into_inner(), rev.next());
    let change = JobChange { name, schedule, zone: time_zone, is_active, rev };
    let view = JobView::of(change.job(app.ambient.now())?);
    let response = reply::updated(rev, &View::of(&view));
    Ok(reply::send(app.edit_cron_job(&caller, &claim, view.job, response).await?))
}

/// Has a job run now.
pub async fn run(
    app: Data<App>,
    caller: Signed,
    (name, key): (Path<String>, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let key = RunKey { job: name.into_inner(), scheduled_for: app.ambient.now() };
    let location = format!("/api/admin/schedule/{}", key.job);
    let body = json!({ "name": key.job, "scheduledFor": key.scheduled_for });
    let response = StoredResponse { status: 202, ..reply::created(location, &0, &body) };
    let response = StoredResponse { etag: None, ..response };
    Ok(reply::send(app.run_cron_job(&caller, &claim, key, response).await?))
}
