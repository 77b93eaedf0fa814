//! The audit trail, page by page, and whether it is unbroken.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use chrono::{DateTime, Utc};
use domain::audit::AuditEntry;
use domain::ids::UserId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{App, AuditQuery, Failure};
use crate::http::extract::{Page, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    object: Option<String>,
    actor: Option<Uuid>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    limit: Option<u16>,
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub struct EntryView {
    seq: u64,
    at: DateTime<Utc>,
    actor: ActorView,
    action: String,
    object: String,
    before: Value,
    after: Value,
    reason: Option<String>,
    request_id: Uuid,
    ledger_seq: Option<u64>,
    prev_hash: String,
    hash: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct ActorView {
    kind: &'static str,
    id: Option<Uuid>,
}

impl EntryView {
    fn of(entry: AuditEntry) -> Self {
        let draft = entry.draft;
        Self {
            seq: entry.seq,
            at: draft.at,
            actor: ActorView {
                kind: draft.actor.kind.name(),
                id: draft.actor.id.map(|user| user.0),
            },
            action: draft.action,
            object: draft.object,
            before: value(draft.before),
            after: value(draft.after),
            reason: draft.reason,
            request_id: draft.request_id,
            ledger_seq: draft.ledger.map(|(_, seq)| seq),
            prev_hash: hex(&entry.prev_hash),
            hash: hex(&entry.hash),
        }
    }
}

/// What an entry holds as JSON; should it ever hold something else, that as text.
fn value(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn hex(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Entries, newest first.
pub async fn list(
    app: Data<App>,
    caller: Signed,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let ListQuery { object, actor, from, to, limit, cursor } = query.into_inner();
    let page = Page::new(limit, cursor)?;
    let after = match page.cursor.as_deref().map(str::parse::<u64>) {
        None => 0,
        Some(Ok(seq)) if seq > 0 => seq,
        Some(_) => return Err(Failure::invalid("cursor", "is not one of ours").into()),
    };
    let query = AuditQuery {
        object,
        actor: actor.map(UserId),
        from,
        to,
        after,
        newest_first: true,
        limit: u32::from(page.limit),
    };
    let (entries, next) = app.audit(&caller, query).await?;
    let items: Vec<EntryView> = entries.into_iter().map(EntryView::of).collect();
    Ok(reply::page(&items, next.map(|seq| seq.to_string()).as_deref()))
}

/// Follows the whole trail. `200` either way: the answer is whether it holds together.
pub async fn verify(app: Data<App>, caller: Signed) -> Result<HttpResponse, Problem> {
    let (report, first) = app.audit_verified(&caller).await?;
    Ok(HttpResponse::Ok().json(json!({
        "ok": report.is_intact,
        "entries": report.entries_count,
        "head": hex(&report.head),
        "firstProblem": first.map(|finding| finding.detail),
    })))
}
