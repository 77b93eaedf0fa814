//! Letters that wait, that were given up, and how to try them again.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, Utc};
use domain::delivery::State;
use domain::ids::Reference;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::app::{App, Failure, LetterName, LetterRecord};
use crate::http::extract::Signed;
use crate::http::problem::Problem;
use crate::http::reply;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    state: Option<String>,
}

/// A letter on its way.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Letter)]
pub struct LetterView {
    #[schema(example = "5242881.7.booking-confirmed")]
    id: String,
    #[schema(example = "booking-confirmed")]
    kind: String,
    /// `planned`, `leased`, `sending`, `retry`, `sent`, `dead`, `superseded` or `skipped-late`.
    #[schema(example = "dead")]
    state: &'static str,
    attempts: u32,
    /// The booking that it is about.
    #[schema(example = "DB-7K3M-Q2")]
    reference: Option<String>,
    /// When what it tells of happened.
    at: DateTime<Utc>,
    next_attempt_at: DateTime<Utc>,
    /// What the mail server said, or why it could not be asked.
    error: Option<String>,
}

impl LetterView {
    fn of(letter: LetterRecord) -> Self {
        Self {
            id: letter.name.to_string(),
            kind: letter.kind,
            state: letter.state.name(),
            attempts: letter.attempts,
            reference: letter.booking.map(|no| Reference::of(no).to_string()),
            at: letter.at,
            next_attempt_at: letter.next_attempt_at,
            error: letter.last_error,
        }
    }
}

/// Letters in one state: those that were given up, unless another is asked for.
pub async fn list(
    app: Data<App>,
    caller: Signed,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let state = query.state.as_deref().unwrap_or(State::Dead.name());
    let state = State::parse(state).ok_or_else(|| Problem::invalid("state", "is no such state"))?;
    let found = app.letters_in(&caller, state).await?;
    let items: Vec<LetterView> = found.into_iter().map(LetterView::of).collect();
    Ok(reply::list(&items))
}

/// Has a letter that was given up tried again.
pub async fn retry(
    app: Data<App>,
    caller: Signed,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let name = LetterName::parse(&id).ok_or(Failure::NotFound)?;
    let is_retried = app.retry_letter(&caller, name).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id.as_str(), "isRetried": is_retried })))
}
