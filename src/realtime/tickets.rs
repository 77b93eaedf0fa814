//! Tickets: what a page shows instead of its cookie when it opens a connection.
//!
//! A browser sends cookies with every WebSocket handshake, whoever started it, so a cookie opens
//! nothing here. A ticket is fetched by a request that only our own pages can make, is good once
//! and for seconds, and opens a connection for the session it was made for and for no other.
//!
//! **Invariant:** never more than [`TICKETS_MAX`] tickets are out.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use super::identity::{Identity, SessionKey};
use super::limits::TICKETS_MAX;

/// Random bits of a ticket, in bytes.
pub const TICKET_BYTES: usize = 16;

type Key = [u8; TICKET_BYTES];

/// The tickets that are out.
#[derive(Debug)]
pub struct Tickets {
    lifetime: Duration,
    out: Mutex<Out>,
}

#[derive(Debug, Default)]
struct Out {
    tickets: HashMap<Key, Ticket>,
    /// In order of making, and so of expiry.
    order: VecDeque<(DateTime<Utc>, Key)>,
}

#[derive(Debug)]
struct Ticket {
    identity: Identity,
    expires_at: DateTime<Utc>,
}

/// Too many tickets are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tickets are out")]
pub struct TooManyTickets;

impl Tickets {
    /// Nothing is out yet; what will be is good for `lifetime`.
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, out: Mutex::default() }
    }

    /// How long a ticket is good.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    fn lock(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a ticket for `identity` out of `secret`.
    ///
    /// # Errors
    ///
    /// [`TooManyTickets`] when the limit is reached and none has expired.
    pub fn issue(
        &self,
        identity: Identity,
        secret: Key,
        now: DateTime<Utc>,
    ) -> Result<String, TooManyTickets> {
        let mut out = self.lock();
        while let Some((expires_at, key)) = out.order.front().copied() {
            if now < expires_at {
                break;
            }
            out.order.pop_front();
            out.tickets.remove(&key);
        }
        if out.order.len() >= TICKETS_MAX {
            return Err(TooManyTickets);
        }
        let expires_at = now + self.lifetime;
        out.order.push_back((expires_at, secret));
        out.tickets.insert(secret, Ticket { identity, expires_at });
        Ok(URL_SAFE_NO_PAD.encode(secret))
    }

    /// Uses a ticket up. Nothing when it is unknown, used, too old, or made for another session
    /// than the one that shows it: `shown_by` is that session, when the request names one.
    pub fn redeem(
        &self,
        ticket: &str,
        shown_by: Option<SessionKey>,
        now: DateTime<Utc>,
    ) -> Option<Identity> {
        let key = Key::try_from(URL_SAFE_NO_PAD.decode(ticket).ok()?).ok()?;
        // Taken out whatever comes of it: a ticket that was shown in the wrong place is burnt.
        let found = self.lock().tickets.remove(&key)?;
        let is_right_session = shown_by.is_none() || shown_by == found.identity.session;
        (now < found.expires_at && is_right_session).then_some(found.identity)
    }

    /// Voids the tickets for which `is_revoked` holds.
    pub fn revoke(&self, is_revoked: impl Fn(&Identity) -> bool) {
        self.lock().tickets.retain(|_, ticket| !is_revoked(&ticket.identity));
    }
}
