//! Every limit of this folder that is not a setting, and the settings as the hub takes them.

use std::time::Duration;

use crate::config::RealtimeConfig;

/// Most topics one connection may follow, whatever the settings say: one bit each.
pub const SLOTS_MAX: usize = 64;

/// Most days of one board.
pub const BOARD_DAYS_MAX: usize = 62;

/// Events of one log that are kept for those who fall behind or come back.
pub const RING_EVENTS_MAX: usize = 256;

/// How long such an event is kept.
pub const RING_AGE_MAX: Duration = Duration::from_mins(10);

/// Most topics in memory that nobody follows at the moment.
pub const IDLE_CHANNELS_MAX: usize = 4096;

/// How long a topic that nobody follows any more is kept for those who come back.
pub const IDLE_CHANNEL_AGE_MAX: Duration = Duration::from_mins(2);

/// Most loads from storage at the same time.
pub const LOADS_MAX: usize = 16;

/// Bookings on the newest page of a log.
pub const PAGE_ITEMS_MAX: u16 = 50;

/// An account's newest bookings whose changes reach its inbox.
pub const INBOX_BOOKINGS_MAX: u16 = 500;

/// Bookings in memory whose owner is known, over all inboxes.
pub const OWNERS_MAX: usize = 262_144;

/// Ledgers in memory whose last published version is known.
pub const HEARD_LEDGERS_MAX: usize = 65_536;

/// Bookings in memory of whose payment it is known what was told last.
pub const HEARD_PAYMENTS_MAX: usize = 65_536;

/// Bookings of whose payment something is to be told that could not be read yet. What is beyond it
/// is told with the next that is learned.
pub const PAYMENTS_BEHIND_MAX: usize = 4096;

/// Tickets given out and not used yet.
pub const TICKETS_MAX: usize = 65_536;

/// Revocations remembered. When there are more, all resume tokens given out so far are void.
pub const REVOCATIONS_MAX: usize = 65_536;

/// How often storage is asked whether somebody else has written what is watched here.
pub const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How often the reaper looks at every connection.
pub const REAP_EVERY: Duration = Duration::from_millis(500);

/// How long after a session's end its client may still show a new ticket.
pub const EXPIRY_GRACE: Duration = Duration::from_secs(25);

/// How long before its session's end a client is asked to show a new ticket.
pub const REFRESH_BEFORE: Duration = Duration::from_mins(1);

/// How long a client may take to show its ticket.
pub const AUTH_WITHIN: Duration = Duration::from_secs(5);

/// How often an event stream gets a comment, so that proxies keep it.
pub const SSE_COMMENT_EVERY: Duration = Duration::from_secs(15);

/// How long a poll waits for news.
pub const POLL_WAIT: Duration = Duration::from_secs(25);

/// New connections per second and core.
pub const ACCEPTS_PER_SECOND_AND_CORE_MAX: u32 = 2_000;

/// What the kernel may hold for a listener who does not read, in bytes. More would only make what a
/// slow listener gets older.
pub const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// Connections that are told to leave at once; the next lot follows after [`DRAIN_PAUSE`].
pub const DRAIN_BATCH: usize = 256;
/// See [`DRAIN_BATCH`].
pub const DRAIN_PAUSE: Duration = Duration::from_millis(5);

/// How exact the public's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicNumbers {
    Exact,
    /// Rounded down to a few sizes, so that nobody reads our volume from a board.
    Bucketed,
}

/// What the hub is told by the operator.
#[derive(Debug, Clone)]
pub struct Settings {
    pub config: RealtimeConfig,
    /// Scheme, host and port of pages that may open connections.
    pub origins: Vec<String>,
    /// Seals resume tokens.
    pub resume_key: [u8; 32],
    pub public_numbers: PublicNumbers,
    /// Off for load tests: limits that keep one client from taking what belongs to all.
    pub has_client_limits: bool,
}
