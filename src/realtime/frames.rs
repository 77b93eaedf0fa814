//! The messages of `daybook.v1`, as they are on the wire.
//!
//! WebSocket, SSE and long polling carry the same objects in the same order. What many listeners
//! get is encoded once and shared; what one listener gets wraps the shared part without encoding it
//! again.

use bytestring::ByteString;
use chrono::{DateTime, Utc};
use domain::ids::Epoch;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::limits::BOARD_DAYS_MAX;

/// The subprotocol, and the only one.
pub const PROTOCOL: &str = "daybook.v1";

/// An encoded message. Cloning shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The message's `type`, which SSE names on a line of its own.
    pub kind: &'static str,
    pub json: ByteString,
}

/// Where a listener is in a topic's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub epoch: Epoch,
    pub seq: u64,
}

/// How a subscription began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Right after what the listener has: whatever it missed follows.
    Resumed,
    /// With everything there is to know.
    Snapshot,
    /// With the newest page: what came before it has to be fetched, what the listener has is void.
    Reset,
}

/// Why a connection is ended, and what a client should do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Close {
    /// The ticket is unknown, used, too old or another session's. Do not reconnect.
    TicketRefused,
    /// The account may not be used. Do not reconnect.
    Banned,
    /// The session has ended. Do not reconnect.
    LoggedOut,
    /// We speak another version. Do not reconnect.
    Version,
    /// Nothing was accepted or asked for too long. Reconnect with backoff.
    DeadPeer,
    /// The session is over, or a capability is too old. Fetch a ticket, then reconnect.
    IdentityExpired,
    /// Too many connections. Reconnect with backoff.
    ServerBusy,
    /// The server stops. Reconnect within the window that `bye` named.
    Drain,
    /// A ping went unanswered. Reconnect within the usual window.
    NoPong,
}

impl Close {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::TicketRefused,
        Self::Banned,
        Self::LoggedOut,
        Self::Version,
        Self::DeadPeer,
        Self::IdentityExpired,
        Self::ServerBusy,
        Self::Drain,
        Self::NoPong,
    ];

    /// The code on the wire. Its hundreds tell a client that knows no more what to do.
    pub fn code(self) -> u16 {
        match self {
            Self::TicketRefused => 4001,
            Self::Banned => 4003,
            Self::LoggedOut => 4009,
            Self::Version => 4010,
            Self::DeadPeer => 4100,
            Self::IdentityExpired => 4101,
            Self::ServerBusy => 4110,
            Self::Drain => 4200,
            Self::NoPong => 4201,
        }
    }

    /// The reason with this code.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|close| close.code() == code)
    }
}

/// Why one topic, or one message, was refused. Never ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// Not a message of `daybook.v1`.
    Malformed,
    /// Too much at once, or not to be had at the moment.
    Rate,
    /// Not yours, or there is no such thing.
    Denied,
    TooManyTopics,
}

impl Refused {
    /// The code on the wire.
    pub fn code(self) -> u16 {
        match self {
            Self::Malformed => 4300,
            Self::Rate => 4301,
            Self::Denied => 4303,
            Self::TooManyTopics => 4304,
        }
    }

    /// Whether the same message may do better later.
    pub fn is_temporary(self) -> bool {
        self == Self::Rate
    }
}

/// What a client may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ClientMessage {
    Subscribe {
        #[serde(default)]
        id: Option<u64>,
        topics: Vec<Item>,
    },
    Unsubscribe {
        topics: Vec<String>,
    },
    Auth {
        ticket: String,
    },
    Pong {},
    Resync {
        topic: String,
    },
}

/// One thing to subscribe to: a topic, or a board of several.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Item {
    #[serde(default)]
    pub topic: Option<String>,
    /// Where the listener is.
    #[serde(default)]
    pub epoch: Option<String>,
    #[serde(default)]
    pub seq: Option<u64>,
    /// A booking's capability link.
    #[serde(default)]
    pub token: Option<String>,
    #[serde(default)]
    pub board: Option<Board>,
}

/// The availability of one team on several days, both ends included.
#[derive(Debug, Clone, Deserialize)]
pub struct Board {
    pub team: String,
    pub from: chrono::NaiveDate,
    pub to: chrono::NaiveDate,
}

impl Board {
    /// The topics this stands for. Longer boards than anybody may watch are cut one past the limit,
    /// which is enough to refuse them.
    pub fn topics(&self) -> Vec<String> {
        self.from
            .iter_days()
            .take_while(|day| *day <= self.to)
            .take(BOARD_DAYS_MAX + 1)
            .map(|day| format!("availability:{}:{day}", self.team))
            .collect()
    }
}

impl Item {
    /// The position it names, when it names one in a form we write.
    pub fn position(&self) -> Option<Position> {
        let epoch: Epoch = self.epoch.as_deref()?.parse().ok()?;
        Some(Position { epoch, seq: self.seq? })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hello<'a> {
    r#type: &'static str,
    v: u8,
    connection_id: &'a str,
    heartbeat_ms: u64,
    topics_max: usize,
    resume_token: &'a str,
    resume_for_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_in_ms: Option<u64>,
}

/// What a connection is told first.
#[derive(Debug)]
pub struct HelloParts<'a> {
    pub connection_id: &'a str,
    pub heartbeat_ms: u64,
    pub topics_max: usize,
    pub resume_token: &'a str,
    pub resume_for_ms: u64,
    /// When to send `auth` with a new ticket, for identities that end.
    pub refresh_in_ms: Option<u64>,
}

/// Greets a connection that has shown who it is.
pub fn hello(parts: &HelloParts<'_>) -> Frame {
    encode(
        "hello",
        &Hello {
            r#type: "hello",
            v: 1,
            connection_id: parts.connection_id,
            heartbeat_ms: parts.heartbeat_ms,
            topics_max: parts.topics_max,
            resume_token: parts.resume_token,
            resume_for_ms: parts.resume_for_ms,
            refresh_in_ms: parts.refresh_in_ms,
        },
    )
}

#[derive(Serialize)]
struct Subscribed<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    topic: &'a str,
    epoch: String,
    seq: u64,
    how: How,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

/// Says how a subscription begins; `id` is that of the request, none when it begins anew by itself.
pub fn subscribed(
    id: Option<u64>,
    topic: &str,
    position: Position,
    how: How,
    data: Option<&RawValue>,
) -> Frame {
    let Position { epoch, seq } = position;
    let epoch = epoch.to_string();
    encode("subscribed", &Subscribed { r#type: "subscribed", id, topic, epoch, seq, how, data })
}

#[derive(Serialize)]
struct Updated<'a> {
    r#type: &'static str,
    topic: &'a str,
    epoch: String,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<u64>,
    at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    data: &'a RawValue,
}

/// A new state of a topic.
pub fn state(
    kind: &'static str,
    topic: &str,
    position: Position,
    (at, cause): (DateTime<Utc>, Option<&'static str>),
    data: &RawValue,
) -> Frame {
    let Position { epoch, seq } = position;
    let epoch = epoch.to_string();
    encode(kind, &Updated { r#type: kind, topic, epoch, seq, prev: None, at, cause, data })
}

/// An event of a log: applies to a listener who is at `prev`.
pub fn event(
    kind: &'static str,
    topic: &str,
    (position, prev): (Position, u64),
    at: DateTime<Utc>,
    data: &RawValue,
) -> Frame {
    let Position { epoch, seq } = position;
    let (epoch, prev) = (epoch.to_string(), Some(prev));
    encode(kind, &Updated { r#type: kind, topic, epoch, seq, prev, at, cause: None, data })
}

#[derive(Serialize)]
struct ErrorMessage<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    code: u16,
    temporary: bool,
}

/// Refuses a message, or one topic of it.
pub fn error(id: Option<u64>, topic: Option<&str>, refused: Refused) -> Frame {
    let (code, temporary) = (refused.code(), refused.is_temporary());
    encode("error", &ErrorMessage { r#type: "error", id, topic, code, temporary })
}

#[derive(Serialize)]
struct Unsubscribed<'a> {
    r#type: &'static str,
    topic: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
}

/// Ends a subscription; with a reason when it was not asked for.
pub fn unsubscribed(topic: &str, refused: Option<Refused>) -> Frame {
    let code = refused.map(Refused::code);
    encode("unsubscribed", &Unsubscribed { r#type: "unsubscribed", topic, code })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ping<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resume_token: Option<&'a str>,
}

/// Asks for a sign of life, and renews what a lost connection resumes with.
pub fn ping(resume_token: Option<&str>) -> Frame {
    encode("ping", &Ping { r#type: "ping", resume_token })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bye {
    r#type: &'static str,
    code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    reconnect_after_ms: Option<[u64; 2]>,
}

/// Announces the end of a connection and when to come back.
pub fn bye(close: Close, window_ms: Option<u64>) -> Frame {
    let reconnect_after_ms = window_ms.map(|window_ms| [0, window_ms]);
    encode("bye", &Bye { r#type: "bye", code: close.code(), reconnect_after_ms })
}

fn encode(kind: &'static str, message: &impl Serialize) -> Frame {
    // These types hold nothing that JSON cannot say; an empty object is ignored by every client.
    let json = serde_json::to_string(message).unwrap_or_else(|_unsayable| "{}".to_owned());
    Frame { kind, json: ByteString::from(json) }
}

/// Encodes the part of a message that many listeners share.
pub fn raw(data: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(data).unwrap_or_else(|_unsayable| RawValue::NULL.to_owned())
}

/// Most bytes and messages that one write carries.
pub const WRITE_BYTES_MAX: usize = 64 * 1024;
/// See [`WRITE_BYTES_MAX`].
pub const WRITE_MESSAGES_MAX: usize = 64;

/// Puts frames into as few texts as possible: one object alone, several as an array.
pub fn pack(frames: &[Frame]) -> Vec<ByteString> {
    let mut packed = Vec::new();
    let mut rest = frames;
    while let Some(first) = rest.first() {
        let mut bytes = first.json.len() + 2;
        let mut count = 1;
        for frame in rest.iter().skip(1).take(WRITE_MESSAGES_MAX - 1) {
            bytes += frame.json.len() + 1;
            if bytes > WRITE_BYTES_MAX {
                break;
            }
            count += 1;
        }
        let (batch, later) = rest.split_at(count);
        packed.push(pack_one(batch));
        rest = later;
    }
    packed
}

fn pack_one(batch: &[Frame]) -> ByteString {
    if let [only] = batch {
        return only.json.clone();
    }
    let length: usize = batch.iter().map(|frame| frame.json.len() + 1).sum();
    let mut text = String::with_capacity(length + 1);
    for frame in batch {
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(&frame.json);
    }
    text.push(']');
    ByteString::from(text)
}
