//! What listening needs from the rest of the application. `boot` plugs in what does it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::availability::TeamDay;
use domain::ids::{BookingId, TeamId, UserId};
use domain::ledger::{Entry, Ledger, LedgerKey, LedgerNo, Recorded};

use super::identity::{SessionKey, Standing};

/// What is asked for cannot be had now; later perhaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored state cannot be read now")]
pub struct Unavailable;

/// The catalogue, as far as boards show it. Answers from memory.
pub trait Boards: Send + Sync + 'static {
    /// A team's day without its bookings. `None` when there is no such team.
    fn team_day(&self, team: TeamId, day: NaiveDate) -> Option<Arc<TeamDay>>;

    /// Minutes between two starts on the team's board.
    fn interval_minutes(&self, team: TeamId) -> u32;

    /// Whether clients may see the team. `None` when there is no such team.
    fn is_published(&self, team: TeamId) -> Option<bool>;

    /// The zone in which the team's times are written.
    fn zone(&self, team: TeamId) -> Option<Tz>;
}

/// A booking as listeners hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestState {
    pub id: BookingId,
    pub key: LedgerKey,
    pub no: LedgerNo,
    /// For a cancelled booking, as it was when it was cancelled.
    pub entry: Entry,
    /// What was said when it was booked (JSON), when it is an emergency.
    pub said: Option<Arc<str>>,
    /// The account that booked.
    pub owner: Option<UserId>,
    /// Number of the capability link that is valid.
    pub link_no: i32,
    pub updated_at: DateTime<Utc>,
    pub payment: PaymentState,
}

/// What is known of the payment for a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentState {
    /// Grows with everything that is learned; 0 when nothing is.
    pub version: u64,
    /// When something was learned.
    pub learned_at: DateTime<Utc>,
    /// How it stands; nothing while that may have changed with the booking.
    pub standing: Option<PaymentStanding>,
}

/// How a payment stands, in the words of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentStanding {
    pub status: &'static str,
    pub method: &'static str,
}

/// Whose bookings to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Team(TeamId),
    Account(UserId),
    Everybody,
}

/// Stored state. Blocking; called on threads that may wait.
pub trait Snapshots: Send + Sync + 'static {
    /// A ledger as stored. `None` when there is no such team.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the database cannot be reached in time.
    fn ledger(&self, key: LedgerKey) -> Result<Option<(Arc<Ledger>, LedgerNo)>, Unavailable>;

    /// The stored version of each ledger, 0 when it has none.
    ///
    /// # Errors
    ///
    /// As [`Snapshots::ledger`].
    fn versions(&self, ledgers: &[LedgerNo]) -> Result<Vec<u64>, Unavailable>;

    /// The events of a ledger after sequence number `after`, in order.
    ///
    /// # Errors
    ///
    /// As [`Snapshots::ledger`].
    fn events_after(&self, key: LedgerKey, after: u64) -> Result<Vec<Recorded>, Unavailable>;

    /// Ledgers written since then by whatever node, with their versions; none when no other node
    /// can write.
    ///
    /// # Errors
    ///
    /// As [`Snapshots::ledger`].
    fn changed_since(&self, since: DateTime<Utc>) -> Result<Vec<(LedgerKey, u64)>, Unavailable>;

    /// A booking as stored.
    ///
    /// # Errors
    ///
    /// As [`Snapshots::ledger`].
    fn request(&self, booking: BookingId) -> Result<Option<RequestState>, Unavailable>;

    /// The newest bookings, newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`Snapshots::ledger`].
    fn requests(&self, whose: Whose, limit: u16) -> Result<Vec<RequestState>, Unavailable>;

    /// Bookings of whose payment something was learned since then by whatever node, with the time
    /// of the last; none when no other node can write.
    ///
    /// # Errors
    ///
    /// As [`Snapshots::ledger`].
    fn payments_since(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(BookingId, DateTime<Utc>)>, Unavailable>;

    /// Whether other nodes write to the same database.
    fn is_shared(&self) -> bool;
}

/// Who somebody is.
pub trait Identities: Send + Sync + 'static {
    /// What has become of a session. Blocking.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the database cannot be reached in time.
    fn of_session(&self, session: &SessionKey) -> Result<Standing, Unavailable>;

    /// Whether `token` is the capability link number `link_no` of `booking`. Answers from memory.
    fn opens(&self, token: &str, booking: BookingId, link_no: i32) -> bool;
}

/// Everything that listening needs from the rest.
#[derive(Clone)]
pub struct Ports {
    pub boards: Arc<dyn Boards>,
    pub snapshots: Arc<dyn Snapshots>,
    pub identities: Arc<dyn Identities>,
}
