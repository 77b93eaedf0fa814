//! Server-sent events: the same objects in the same order, for whatever cannot open a WebSocket.
//!
//! A stream carries its topics in the address and its position in the cursor, `<node>.<number>`:
//! the number up to which the hub had published everything that the stream has sent. With a cursor
//! of this process that the rings still reach, a stream goes on exactly; otherwise states are sent
//! anew and logs begin with `reset`, which is correct as well, only less cheap.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;

use super::door::{self, NotOpened, Shown, Visitor};
use super::feed::Feed;
use super::frames::{self, Board, Close, Frame, Item};
use super::hub::Hub;
use super::identity::Identity;
use super::load::Wanted;
use super::outlet::{Chunk, PING, REAUTHORISE, REIDENTIFY, Transport, Wakes};

/// Carries a ticket, for pages that fetch their stream.
const TICKET_HEADER: &str = "daybook-ticket";

/// Milliseconds a client waits before it comes back, at least.
const RETRY_MS: u64 = 1_000;
/// And at most so many more, so that those who were cut off together do not return together.
const RETRY_SPREAD_MS: u64 = 4_000;

/// What a stream is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Topics, separated by commas, each with `@epoch.seq` where the position is known.
    #[serde(default)]
    pub topics: String,
    /// A board: `team:from:to`.
    #[serde(default)]
    pub board: Option<String>,
    #[serde(default)]
    pub last_event_id: Option<String>,
    /// As `last_event_id`, by the name polls use.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Read by whoever finds out who asks.
    #[serde(default)]
    #[expect(dead_code, reason = "known, so that it is not refused as unknown")]
    token: Option<String>,
}

impl Query {
    /// Reads the address of `request`.
    ///
    /// # Errors
    ///
    /// [`NotOpened::Topics`] when it does not say what to follow.
    pub fn read(request: &HttpRequest) -> Result<Self, NotOpened> {
        let query = actix_web::web::Query::<Self>::from_query(request.query_string());
        let query = query.map_err(|error| NotOpened::Topics(error.to_string()))?.into_inner();
        if query.topics.is_empty() && query.board.is_none() {
            return Err(NotOpened::Topics("topics names nothing to follow".to_owned()));
        }
        Ok(query)
    }

    /// What it asks for, each with the request's capability link.
    ///
    /// # Errors
    ///
    /// [`NotOpened::Topics`] when the board cannot be read.
    pub fn items(&self, link: Option<&str>) -> Result<Vec<Item>, NotOpened> {
        let names = self.topics.split(',').filter(|name| !name.is_empty());
        let mut items: Vec<Item> = names.map(|name| item(name, link)).collect();
        if let Some(text) = &self.board {
            let board = board(text).ok_or_else(|| {
                NotOpened::Topics("board must be team:from:to with days as YYYY-MM-DD".to_owned())
            })?;
            items.push(Item { board: Some(board), ..Item::default() });
        }
        Ok(items)
    }
}

fn item(name: &str, link: Option<&str>) -> Item {
    let (topic, position) = match name.split_once('@') {
        Some((topic, position)) => (topic, position.split_once('.')),
        None => (name, None),
    };
    Item {
        topic: Some(topic.to_owned()),
        epoch: position.map(|(epoch, _)| epoch.to_owned()),
        seq: position.and_then(|(_, seq)| seq.parse().ok()),
        token: link.map(str::to_owned),
        board: None,
    }
}

fn board(text: &str) -> Option<Board> {
    let mut parts = text.split(':');
    let (team, from, to) = (parts.next()?, parts.next()?, parts.next()?);
    let board = Board { team: team.to_owned(), from: from.parse().ok()?, to: to.parse().ok()? };
    parts.next().is_none().then_some(board)
}

/// A cursor as it is written.
pub fn cursor(hub: &Hub, number: u64) -> String {
    format!("{}.{number}", hub.epoch)
}

/// Has `wanted` begin where `cursor` says, or anew when this process does not know it.
pub fn begin_at(hub: &Hub, cursor: Option<&str>, wanted: &mut [Wanted]) {
    let Some(cursor) = cursor else { return };
    let node = hub.epoch.to_string();
    let number = cursor.split_once('.').filter(|(of, _)| *of == node);
    let number = number.and_then(|(_, number)| number.parse::<u64>().ok());
    for one in wanted.iter_mut().filter(|one| one.start.position.is_none()) {
        one.start.cursor = number;
        one.start.is_reset = number.is_none();
    }
}

/// Who a stream is for: a ticket where one is shown, else the request's session, which only a page
/// of ours may use.
pub async fn identity(
    hub: &Arc<Hub>,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<Identity, NotOpened> {
    let cookie_session = visitor.identity.session;
    if let Some(ticket) = headers.get(TICKET_HEADER) {
        let text = ticket.to_str().map_err(|_not_text| NotOpened::Ticket)?.to_owned();
        let shown = Shown { text, cookie_session };
        return door::identify(Arc::clone(hub), shown).await.map_err(|close| match close {
            Close::Banned => NotOpened::Banned,
            _ => NotOpened::Ticket,
        });
    }
    if cookie_session.is_some() && !door::is_own_page(headers) {
        return Err(NotOpened::Origin);
    }
    Ok(visitor.identity.clone())
}

/// A feed without WebSocket, with what it has to say first.
pub async fn feed(
    hub: &Arc<Hub>,
    visitor: &Visitor,
    (request, transport): (&HttpRequest, Transport),
    last_id: Option<&str>,
) -> Result<(Feed, Vec<Frame>), NotOpened> {
    let query = Query::read(request)?;
    let items = query.items(visitor.link.as_deref())?;
    let identity = Arc::new(identity(hub, visitor, request.headers()).await?);
    let mut seat = door::take_seat(hub, visitor, request, transport)?;
    seat.claim(&identity).map_err(|_busy| hub.busy())?;
    let mut feed = Feed::new(Arc::clone(hub), seat, identity);
    let (mut frames, mut wanted) = feed.plan(None, items);
    let last_id = last_id.or(query.last_event_id.as_deref()).or(query.cursor.as_deref());
    begin_at(hub, last_id, &mut wanted);
    let prepared = hub.prepare(wanted).await;
    frames.extend(feed.attach(prepared));
    Ok((feed, frames))
}

/// Opens a stream.
pub async fn open(
    hub: Arc<Hub>,
    visitor: Visitor,
    request: &HttpRequest,
) -> Result<HttpResponse, NotOpened> {
    let last_id = request.headers().get(HeaderName::from_static("last-event-id"));
    let last_id = last_id.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let followed = (request, Transport::Sse);
    let (feed, frames) = feed(&hub, &visitor, followed, last_id.as_deref()).await?;
    let jitter = u64::from_le_bytes(hub.renderer.ambient.secret()) % RETRY_SPREAD_MS;
    let mut first = format!("retry: {}\n\n", RETRY_MS + jitter);
    write_frame(&mut first, &feed.hello(), None);
    for frame in &frames {
        write_frame(&mut first, frame, None);
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ))
        .streaming(events(feed, first)))
}

fn write_frame(text: &mut String, frame: &Frame, id: Option<&str>) {
    let Frame { kind, json } = frame;
    text.extend(["event: ", kind, "\ndata: ", json, "\n"]);
    if let Some(id) = id {
        text.extend(["id: ", id, "\n"]);
    }
    text.push('\n');
}

struct EventStream {
    feed: Feed,
    wakes: Wakes,
    /// What is to be sent before anything else.
    first: Option<String>,
    is_over: bool,
}

/// The body of a stream. Like a session it looks at what waits only when its socket has room.
fn events(feed: Feed, first: String) -> impl Stream<Item = Chunk> {
    let wakes = Wakes(Arc::clone(&feed.seat.outlet));
    let state = EventStream { feed, wakes, first: Some(first), is_over: false };
    stream::unfold(state, |mut state| async move {
        let chunk = state.next().await?;
        Some((Ok(Bytes::from(chunk)), state))
    })
}

impl EventStream {
    /// The next chunk that is not empty.
    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            if self.is_over {
                return None;
            }
            self.wakes.next().await?;
            let chunk = self.serve().await;
            if !chunk.is_empty() {
                self.feed.seat.outlet.note_told(self.feed.hub.now_ms());
                return Some(chunk);
            }
        }
    }

    async fn serve(&mut self) -> String {
        let hub = Arc::clone(&self.feed.hub);
        let outlet = Arc::clone(&self.feed.seat.outlet);
        if let Some(close) = outlet.closing() {
            return self.bye(close);
        }
        let orders = outlet.take_orders();
        let mut frames = match obey(&mut self.feed, orders).await {
            Ok(frames) => frames,
            Err(close) => return self.bye(close),
        };
        let mut drained = self.feed.drain();
        frames.append(&mut drained.frames);
        if drained.has_more {
            outlet.wake(hub.now_ms());
        }
        if !drained.behind.is_empty() {
            let prepared = hub.prepare(drained.behind).await;
            frames.extend(self.feed.attach(prepared));
        }
        let mut text = String::new();
        let id = drained.cursor.map(|number| cursor(&hub, number));
        let last = frames.len().saturating_sub(1);
        for (at, frame) in frames.iter().enumerate() {
            write_frame(&mut text, frame, id.as_deref().filter(|_| at == last));
        }
        if orders & PING != 0 && text.is_empty() {
            text.push_str(": alive\n\n");
        }
        text
    }

    fn bye(&mut self, close: Close) -> String {
        self.is_over = true;
        let window = (close == Close::Drain).then(|| self.feed.hub.return_window_ms());
        let mut text = String::new();
        write_frame(&mut text, &frames::bye(close, window), None);
        text
    }
}

/// Carries out orders to look again at who this is and what may be heard.
///
/// # Errors
///
/// The reason to end the connection.
pub async fn obey(feed: &mut Feed, orders: u8) -> Result<Vec<Frame>, Close> {
    if orders & REIDENTIFY != 0 {
        let known = Arc::clone(&feed.identity);
        let identity = door::standing(Arc::clone(&feed.hub), known).await?;
        return feed.identify(Arc::new(identity));
    }
    Ok(if orders & REAUTHORISE == 0 { Vec::new() } else { feed.reauthorise() })
}
