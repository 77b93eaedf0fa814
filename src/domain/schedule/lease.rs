//! Who decides what is due, of several processes that could.
//!
//! Leading only spares the others work. Everything that a leader writes would be refused were it
//! written twice, so two who both believe that they lead do no harm.
//!
//! **Invariant:** a term has one holder, and whoever takes a lease over has a higher term than all
//! before.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long a lease lasts unless it is renewed.
pub const LEASE_LIFETIME: TimeDelta = TimeDelta::seconds(30);
/// How long before its end a holder no longer trusts in a lease: clocks differ, and so does the
/// time that a statement takes.
pub const MARGIN: TimeDelta = TimeDelta::seconds(5);

/// A lease as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Drawn anew whenever a process starts.
    pub holder: Uuid,
    pub term: i64,
    pub expires_at: DateTime<Utc>,
}

impl Lease {
    /// Until when its holder may act on it.
    pub fn trusted_until(&self) -> DateTime<Utc> {
        self.expires_at - MARGIN
    }
}

/// What somebody who would lead finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may put this in the place of what it has read.
    Take(Lease),
    /// Somebody else leads, at least until then.
    Follow { until: DateTime<Utc> },
}

/// What `holder` may do at `now` about a lease that stands like this: renew its own, under the same
/// term, or take over one that is over or was never had, under the next.
pub fn stand(known: Option<&Lease>, holder: Uuid, now: DateTime<Utc>) -> Standing {
    let expires_at = now + LEASE_LIFETIME;
    match known {
        None => Standing::Take(Lease { holder, term: 1, expires_at }),
        Some(own) if own.holder == holder && now < own.expires_at => {
            Standing::Take(Lease { expires_at, ..*own })
        }
        Some(other) if now < other.expires_at => Standing::Follow { until: other.expires_at },
        Some(over) => Standing::Take(Lease { holder, term: over.term + 1, expires_at }),
    }
}
