//! Work in many steps that the desk has ordered, and how far it has come.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{App, DisplaceOrder, Failure, Job, JobItem, JobKind, StoredResponse};
use crate::http::extract::{Page, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// Where operations live on the wire.
const OPERATIONS_PATH: &str = "/api/admin/operations";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    limit: Option<u16>,
    cursor: Option<String>,
}

/// An operation and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operation)]
pub struct OperationView {
    id: Uuid,
    #[schema(example = "displace")]
    kind: &'static str,
    /// `running` or `done`.
    state: &'static str,
    total: u32,
    done: u32,
    failed: u32,
    #[serde(flatten)]
    subject: Option<Subject>,
    created_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    links: OperationLinks,
    /// Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ItemView>>,
}

/// What a displacement is about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Subject {
    team_id: Uuid,
    date: NaiveDate,
    team_member_id: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OperationLinks {
    #[serde(rename = "self")]
    itself: String,
}

/// One service request of an operation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OperationItem)]
pub struct ItemView {
    service_request_id: Uuid,
    /// `displaced`, `reassigned`, `released`, `cancelled`, `skipped` or `failed`; null until it is
    /// done.
    #[schema(value_type = Option<String>)]
    outcome: Option<crate::app::ItemOutcome>,
    /// What else there is to say: alternatives, who has it now, why not.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    facts: serde_json::Map<String, serde_json::Value>,
}

impl OperationView {
    fn of(job: &Job) -> Self {
        let (record, progress) = (&job.record, &job.record.progress);
        let subject = match job.kind {
            JobKind::Displace => job.order::<DisplaceOrder>().ok().map(|order| Subject {
                team_id: order.team_id,
                date: order.date,
                team_member_id: order.team_member_id,
            }),
            JobKind::SeriesCancel => None,
        };
        Self {
            id: record.id,
            kind: job.kind.name(),
            state: if progress.is_done { "done" } else { "running" },
            total: progress.total_count,
            done: progress.done_count,
            failed: progress.failed_count,
            subject,
            created_by: record.created_by.map(|user| user.0),
            created_at: record.created_at,
            updated_at: progress.updated_at,
            links: OperationLinks { itself: format!("{OPERATIONS_PATH}/{}", record.id) },
            items: None,
        }
    }
}

fn item_view(item: &JobItem) -> ItemView {
    ItemView {
        service_request_id: item.service_request_id,
        outcome: item.outcome,
        facts: item.facts.clone(),
    }
}

/// `202`: it is written down, and will be carried out.
pub fn accepted(job: &Job) -> StoredResponse {
    let view = OperationView::of(job);
    let location = Some(view.links.itself.clone());
    StoredResponse { status: 202, location, ..reply::done(&view) }
}

/// The newest operations first.
pub async fn list(
    app: Data<App>,
    caller: Signed,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let ListQuery { limit, cursor } = query.into_inner();
    let Page { limit, cursor } = Page::new(limit, cursor)?;
    let before = cursor.map(|cursor| cursor.parse::<Uuid>()).transpose();
    let before = before.map_err(|_none| Problem::invalid("cursor", "is not one of ours"))?;
    let (jobs, next) = app.operations(&caller, before, limit).await?;
    let items: Vec<OperationView> = jobs.iter().map(OperationView::of).collect();
    Ok(reply::page(&items, next.map(|id| id.to_string()).as_deref()))
}

/// One operation with what came of each service request.
pub async fn get(
    app: Data<App>,
    caller: Signed,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse().map_err(|_no_id| Failure::NotFound)?;
    let job = app.operation(&caller, id).await?;
    let items = job.items.iter().flatten().map(item_view).collect();
    let view = OperationView { items: Some(items), ..OperationView::of(&job) };
    Ok(HttpResponse::Ok().json(view))
}
