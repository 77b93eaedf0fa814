//! The door: which requests become connections, and whose they are.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::connections::Seat;
use super::frames::{Close, PROTOCOL, Refused};
use super::hub::Hub;
use super::identity::{Identity, SessionKey, Standing};
use super::limits::SEND_BUFFER_BYTES;
use super::outlet::{SocketHandle, Transport};
use super::resume::Resume;
use super::tickets::TICKET_BYTES;
use super::{sse, ws_session};

/// What a ticket or a capability begins with among the offered subprotocols.
const TICKET_PREFIX: &str = "t.";

/// Seconds after which somebody who found no room may try again, at least.
const BUSY_SECONDS: u64 = 1;
/// And at most so many more, so that they do not come back together.
const BUSY_SPREAD_SECONDS: u64 = 4;

/// Whoever sent a request.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// By the request's session, if it has one.
    pub identity: Identity,
    pub address: IpAddr,
    /// Whether the request's `Origin` is ours, as the host it was sent to tells.
    pub is_own_origin: bool,
    /// A booking's capability link that came with the request.
    pub link: Option<String>,
}

/// Why a request did not become a connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    #[error("pages of this origin may not open connections")]
    Origin,
    #[error("the ticket is not good, or not any more")]
    Ticket,
    #[error("the session's account may not be used")]
    Banned,
    #[error("there are too many connections")]
    Busy { retry_after_seconds: u64 },
    #[error("{0}")]
    Topics(String),
    #[error("not a proper WebSocket handshake")]
    Handshake,
}

/// A ticket, given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTicket {
    pub ticket: String,
    pub expires_in_ms: u64,
}

/// Makes a ticket for whoever asks, guests included: it opens a connection, not a topic.
///
/// # Errors
///
/// [`NotOpened::Busy`] when too many are out.
pub fn issue_ticket(hub: &Hub, identity: Identity) -> Result<NewTicket, NotOpened> {
    let ambient = &hub.renderer.ambient;
    let issued = hub.tickets.issue(identity, ambient.secret::<TICKET_BYTES>(), ambient.now());
    let ticket = issued.map_err(|_too_many| hub.busy())?;
    Ok(NewTicket { ticket, expires_in_ms: super::log_ring::ms(hub.tickets.lifetime()) })
}

/// Opens a WebSocket when the request asks to upgrade, and an event stream otherwise.
///
/// # Errors
///
/// [`NotOpened`]: there is no connection.
pub async fn open(
    hub: Arc<Hub>,
    visitor: Visitor,
    request: &HttpRequest,
    body: Payload,
) -> Result<HttpResponse, NotOpened> {
    check_origin(&hub, &visitor, request.headers())?;
    if !is_upgrade(request.headers()) {
        return sse::open(hub, visitor, request).await;
    }
    let (shown, is_other_version) = offered(request.headers());
    let seat = take_seat(&hub, &visitor, request, Transport::WebSocket)?;
    let cookie_session = visitor.identity.session;
    let handshake = ws_session::Handshake { seat, cookie_session, shown, is_other_version };
    ws_session::start(hub, handshake, request, body).map_err(|_improper| NotOpened::Handshake)
}

/// Takes a place for a connection, and makes its socket hold back little for a slow reader.
pub fn take_seat(
    hub: &Hub,
    visitor: &Visitor,
    request: &HttpRequest,
    transport: Transport,
) -> Result<Seat, NotOpened> {
    if !hub.may_accept() {
        return Err(hub.busy());
    }
    let socket = request.conn_data::<SocketHandle>().map(|handle| &handle.0);
    if let Some(socket) = socket
        && let Err(error) = socket.set_send_buffer_size(SEND_BUFFER_BYTES)
    {
        tracing::debug!(%error, "a connection keeps the system's send buffer");
    }
    hub.seat(transport, visitor.address, socket.map(Arc::downgrade)).ok_or_else(|| hub.busy())
}

impl Hub {
    /// There is no room; when to try again.
    pub(super) fn busy(&self) -> NotOpened {
        let spread = u64::from(self.renderer.ambient.secret::<1>()[0]) % BUSY_SPREAD_SECONDS;
        NotOpened::Busy { retry_after_seconds: BUSY_SECONDS + spread }
    }
}

/// Refuses pages of other origins. Who sends no origin is no page, and has no cookie to misuse.
pub fn check_origin(hub: &Hub, visitor: &Visitor, headers: &HeaderMap) -> Result<(), NotOpened> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let is_listed =
        hub.settings.origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes());
    if is_listed || visitor.is_own_origin { Ok(()) } else { Err(NotOpened::Origin) }
}

/// Whether a request that carries a cookie was made by one of our own pages, or by no page at all.
pub fn is_own_page(headers: &HeaderMap) -> bool {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    // A listed origin was checked before; what says neither is not a browser.
    headers.contains_key(header::ORIGIN)
        || site.is_none_or(|site| matches!(site.as_bytes(), b"same-origin" | b"none"))
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.to_ascii_lowercase().contains("websocket"))
}

/// What the offered subprotocols show, and whether ours is missing among them.
fn offered(headers: &HeaderMap) -> (Option<String>, bool) {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let offered: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .collect();
    let shown = offered.iter().find_map(|one| one.strip_prefix(TICKET_PREFIX));
    let is_other_version = !offered.is_empty() && !offered.contains(&PROTOCOL);
    (shown.map(str::to_owned), is_other_version)
}

/// A ticket or a capability, and the session whose cookie came with it.
pub struct Shown {
    pub text: String,
    pub cookie_session: Option<SessionKey>,
}

/// Whose connection it is that shows this.
///
/// # Errors
///
/// The reason to close it.
pub async fn identify(hub: Arc<Hub>, shown: Shown) -> Result<Identity, Close> {
    let now = hub.renderer.ambient.now();
    let Shown { text, cookie_session } = shown;
    if !Resume::is_capability(&text) {
        let identity = hub.tickets.redeem(&text, cookie_session, now);
        return identity.ok_or(Close::TicketRefused);
    }
    // Too old, or sealed before the key was lost: a ticket is what helps.
    let resumed = hub.resume.read(&text, now).ok_or(Close::IdentityExpired)?;
    let session = resumed.identity.session;
    if session.is_some() && cookie_session.is_some() && session != cookie_session {
        return Err(Close::TicketRefused);
    }
    let is_doubtful = hub.revocations.concern(&resumed.identity, resumed.issued_at);
    if resumed.is_own && !is_doubtful {
        return Ok(resumed.identity);
    }
    standing(hub, Arc::new(resumed.identity)).await
}

/// Who somebody is now. Guests are who they were.
///
/// # Errors
///
/// The reason to close their connections.
pub async fn standing(hub: Arc<Hub>, identity: Arc<Identity>) -> Result<Identity, Close> {
    let Some(session) = identity.session else { return Ok(Identity::clone(&identity)) };
    let identities = Arc::clone(&hub.renderer.ports.identities);
    match hub.waiting(move || identities.of_session(&session)).await {
        Ok(Standing::Known(identity)) => Ok(identity),
        Ok(Standing::LoggedOut) => Err(Close::LoggedOut),
        Ok(Standing::Banned) => Err(Close::Banned),
        // Who cannot be looked up is not let in, and may try again.
        Err(Refused::Malformed | Refused::Rate | Refused::Denied | Refused::TooManyTopics) => {
            Err(Close::ServerBusy)
        }
    }
}
