//! What was revoked lately: checked against resume capabilities, which nobody can call back.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ids::UserId;
use domain::ledger::ActorKind;

use super::identity::{Identity, Revocation, SessionKey};
use super::limits::REVOCATIONS_MAX;

/// Moments of revocation, kept for as long as a capability from before could be shown.
#[derive(Debug)]
pub struct Revocations {
    keep: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: HashMap<SessionKey, DateTime<Utc>>,
    users: HashMap<UserId, DateTime<Utc>>,
    members: Option<DateTime<Utc>>,
    everybody: Option<DateTime<Utc>>,
}

impl Revocations {
    /// Remembers for `keep`.
    pub fn new(keep: Duration) -> Self {
        Self { keep, inner: Mutex::default() }
    }

    /// Notes a revocation.
    pub fn note(&self, revocation: Revocation, now: DateTime<Utc>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match revocation {
            Revocation::Session(session) => {
                inner.sessions.insert(session, now);
            }
            Revocation::User(user) | Revocation::Changed(user) => {
                inner.users.insert(user, now);
            }
            Revocation::Teams => inner.members = Some(now),
            Revocation::Everybody => inner.everybody = Some(now),
        }
        if inner.sessions.len() + inner.users.len() > REVOCATIONS_MAX {
            let oldest = now - self.keep;
            inner.sessions.retain(|_, at| *at > oldest);
            inner.users.retain(|_, at| *at > oldest);
        }
        if inner.sessions.len() + inner.users.len() > REVOCATIONS_MAX {
            // Too many to remember one by one: everybody who comes back is looked up.
            *inner = Inner { everybody: Some(now), ..Inner::default() };
        }
    }

    /// Whether what was said of `identity` at `issued_at` may be out of date.
    pub fn concern(&self, identity: &Identity, issued_at: DateTime<Utc>) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let session = identity.session.and_then(|session| inner.sessions.get(&session));
        let user = identity.user.and_then(|user| inner.users.get(&user));
        let members = inner.members.as_ref().filter(|_| identity.kind == ActorKind::Member);
        let noted = [session, user, members, inner.everybody.as_ref()];
        noted.into_iter().flatten().any(|at| issued_at <= *at)
    }
}
