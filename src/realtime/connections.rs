//! Who is connected, and how many may be.
//!
//! **Invariant:** a connection is counted from its admission until its [`Seat`] is dropped, on
//! whatever way it ends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::frames::Close;
use super::identity::{Identity, SessionKey};
use super::outlet::Outlet;

/// Most connections there may be.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// In all; a tenth is kept for staff.
    pub all: usize,
    pub per_session: usize,
    pub per_guest_address: usize,
}

/// All connections.
#[derive(Debug)]
pub struct Connections {
    limits: ConnectionLimits,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    outlets: HashMap<u64, Arc<Outlet>>,
    sessions: HashMap<SessionKey, usize>,
    guests: HashMap<IpAddr, usize>,
}

/// What a connection is counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    Session(SessionKey),
    Guest(IpAddr),
}

/// A connection's place among all; free again when dropped.
#[derive(Debug)]
pub struct Seat {
    connections: Arc<Connections>,
    pub outlet: Arc<Outlet>,
    share: Option<Share>,
}

impl Connections {
    /// Nobody is connected.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self { limits, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection in, before it is known whose it is. `None` when there is no room at all.
    pub fn seat(self: &Arc<Self>, outlet: Arc<Outlet>) -> Option<Seat> {
        let mut inner = self.lock();
        if inner.outlets.len() >= self.limits.all {
            return None;
        }
        inner.outlets.insert(outlet.no, Arc::clone(&outlet));
        Some(Seat { connections: Arc::clone(self), outlet, share: None })
    }

    /// How many are connected.
    pub fn count(&self) -> usize {
        self.lock().outlets.len()
    }

    /// Everybody who is connected.
    pub fn all(&self) -> Vec<Arc<Outlet>> {
        self.lock().outlets.values().cloned().collect()
    }
}

impl Seat {
    /// Notes whose connection this is, and counts it as theirs.
    ///
    /// # Errors
    ///
    /// [`Close::ServerBusy`] when they have too many, or the rest is kept for staff. The connection
    /// stays counted as it was.
    pub fn claim(&mut self, identity: &Arc<Identity>) -> Result<(), Close> {
        let limits = self.connections.limits;
        let wanted = match identity.session {
            Some(session) => Share::Session(session),
            None => Share::Guest(self.outlet.address),
        };
        let mut inner = self.connections.lock();
        let is_over_public_share = inner.outlets.len() > limits.all - limits.all / 10;
        if is_over_public_share && !identity.is_staff() {
            return Err(Close::ServerBusy);
        }
        if self.share != Some(wanted) {
            let (count, count_max) = match wanted {
                Share::Session(session) => {
                    (inner.sessions.entry(session).or_default(), limits.per_session)
                }
                Share::Guest(address) => {
                    (inner.guests.entry(address).or_default(), limits.per_guest_address)
                }
            };
            if *count >= count_max {
                return Err(Close::ServerBusy);
            }
            *count += 1;
            if let Some(old) = self.share.replace(wanted) {
                inner.release(old);
            }
        }
        drop(inner);
        self.outlet.set_identity(Arc::clone(identity));
        Ok(())
    }
}

impl Inner {
    fn release(&mut self, share: Share) {
        let is_last = match share {
            Share::Session(session) => decrement(self.sessions.get_mut(&session)),
            Share::Guest(address) => decrement(self.guests.get_mut(&address)),
        };
        if is_last {
            match share {
                Share::Session(session) => drop(self.sessions.remove(&session)),
                Share::Guest(address) => drop(self.guests.remove(&address)),
            }
        }
    }
}

/// Counts one less, and answers whether none is left.
fn decrement(count: Option<&mut usize>) -> bool {
    count.is_some_and(|count| {
        *count = count.saturating_sub(1);
        *count == 0
    })
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inner = self.connections.lock();
        inner.outlets.remove(&self.outlet.no);
        if let Some(share) = self.share.take() {
            inner.release(share);
        }
    }
}
