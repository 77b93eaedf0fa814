//! Opening a connection: tickets, streams and polls. What travels on them is `realtime`'s.

use std::sync::Arc;

use actix_web::http::{Method, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::app::App;
use crate::http::codes::Code;
use crate::http::extract::CallerContext;
use crate::http::middleware::csrf::is_own;
use crate::http::problem::Problem;
use crate::realtime::{self, Hub, Identity, NotOpened, Visitor};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TicketView {
    ticket: String,
    expires_in_ms: u64,
}

/// Gives whoever asks a ticket for one connection.
pub async fn ticket(caller: CallerContext, hub: Data<Hub>) -> Result<HttpResponse, Problem> {
    let new = realtime::issue_ticket(&hub, Identity::from(&*caller))?;
    let view = TicketView { ticket: new.ticket, expires_in_ms: new.expires_in_ms };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(view))
}

/// Opens a WebSocket or an event stream.
pub async fn open(
    request: HttpRequest,
    body: Payload,
    caller: CallerContext,
    (app, hub): (Data<App>, Data<Hub>),
) -> Result<HttpResponse, Problem> {
    if request.method() == Method::HEAD {
        return Ok(HttpResponse::Ok().content_type("text/event-stream").finish());
    }
    let visitor = visitor(&app, &request, &caller);
    let opened = realtime::open(Arc::clone(&hub), visitor, &request, body).await;
    opened.map_err(Problem::from)
}

/// Waits for news and answers it.
pub async fn poll(
    request: HttpRequest,
    caller: CallerContext,
    (app, hub): (Data<App>, Data<Hub>),
) -> Result<HttpResponse, Problem> {
    let visitor = visitor(&app, &request, &caller);
    let answer = realtime::poll(Arc::clone(&hub), visitor, &request).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(answer))
}

fn visitor(app: &App, request: &HttpRequest, caller: &CallerContext) -> Visitor {
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let bearer = request.headers().get(header::AUTHORIZATION);
    let bearer = bearer.and_then(|value| value.to_str().ok()?.split_once(' '));
    let link = bearer
        .map(|(_, token)| token.trim())
        .or_else(|| request.query_string().split('&').find_map(|pair| pair.strip_prefix("token=")));
    Visitor {
        identity: Identity::from(&**caller),
        address: caller.address,
        is_own_origin: origin.is_some_and(|origin| is_own(app, request.headers(), origin)),
        link: link.map(str::to_owned),
    }
}

impl From<NotOpened> for Problem {
    fn from(refused: NotOpened) -> Self {
        let detail = refused.to_string();
        let problem = match refused {
            NotOpened::Origin => Self::new(Code::OriginRejected),
            NotOpened::Ticket => Self::new(Code::Unauthenticated),
            NotOpened::Banned => Self::new(Code::Forbidden),
            NotOpened::Busy { retry_after_seconds } => Self {
                retry_after_seconds: Some(retry_after_seconds),
                ..Self::new(Code::TemporaryReducedCapacity)
            },
            NotOpened::Topics(detail) => return Self::invalid("/topics", detail),
            NotOpened::Handshake => Self::new(Code::MalformedRequest),
        };
        problem.detail(detail)
    }
}
