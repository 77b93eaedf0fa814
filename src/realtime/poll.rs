//! Long polling, for proxies that hold streams back: one answer with everything since a cursor.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::value::RawValue;

use super::door::{self, NotOpened, Visitor};
use super::feed::Feed;
use super::frames::{self, Frame};
use super::hub::Hub;
use super::limits::POLL_WAIT;
use super::outlet::{Transport, Wakes};
use super::sse;

/// Most writes' worth of news in one answer; the rest follows in the next.
const ROUNDS_MAX: usize = 64;

/// What a poll answers.
#[derive(Debug, Serialize)]
pub struct PollAnswer {
    /// To be sent with the next poll. Missing when there is more than fits: ask anew without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    pub messages: Vec<Box<RawValue>>,
}

/// Waits until there is news for `visitor`, at most 25 seconds, and answers all of it.
///
/// # Errors
///
/// [`NotOpened`]: nothing was waited for.
pub async fn poll(
    hub: Arc<Hub>,
    visitor: Visitor,
    request: &HttpRequest,
) -> Result<PollAnswer, NotOpened> {
    poll_for(hub, visitor, request, POLL_WAIT).await
}

/// As [`poll`], waiting at most `wait`.
pub(super) async fn poll_for(
    hub: Arc<Hub>,
    visitor: Visitor,
    request: &HttpRequest,
    wait: Duration,
) -> Result<PollAnswer, NotOpened> {
    door::check_origin(&hub, &visitor, request.headers())?;
    let (mut feed, mut frames) =
        sse::feed(&hub, &visitor, (request, Transport::Poll), None).await?;
    let mut wakes = Wakes(Arc::clone(&feed.seat.outlet));
    let (mut cursor, news) = take_all(&mut feed).await;
    frames.extend(news);
    let deadline = tokio::time::Instant::now() + wait;
    while frames.iter().all(is_no_news) && cursor.is_some() {
        if tokio::time::timeout_at(deadline, wakes.next()).await.is_err() {
            break;
        }
        let outlet = &feed.seat.outlet;
        if let Some(close) = outlet.closing() {
            frames.push(frames::bye(close, Some(hub.return_window_ms())));
            break;
        }
        let orders = outlet.take_orders();
        match sse::obey(&mut feed, orders).await {
            Ok(changed) => frames.extend(changed),
            Err(close) => frames.push(frames::bye(close, None)),
        }
        let (newest, news) = take_all(&mut feed).await;
        cursor = newest;
        frames.extend(news);
    }
    let messages =
        frames.iter().filter_map(|frame| serde_json::from_str::<Box<RawValue>>(&frame.json).ok());
    let cursor = cursor.map(|number| sse::cursor(&hub, number));
    Ok(PollAnswer { cursor, messages: messages.collect() })
}

/// Whether a frame says no more than that nothing was missed.
fn is_no_news(frame: &Frame) -> bool {
    frame.kind == "subscribed" && frame.json.contains(r#""how":"resumed""#)
}

/// Everything there is to say, and the cursor after it.
async fn take_all(feed: &mut Feed) -> (Option<u64>, Vec<Frame>) {
    let mut frames = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let drained = feed.drain();
        frames.extend(drained.frames);
        if !drained.behind.is_empty() {
            let hub = Arc::clone(&feed.hub);
            let prepared = hub.prepare(drained.behind).await;
            frames.extend(feed.attach(prepared));
            continue;
        }
        if !drained.has_more {
            return (drained.cursor, frames);
        }
    }
    (None, frames)
}
