//! The one who makes a request.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use domain::ids::TeamId;
use domain::ledger::{Actor, ActorKind, Cause};
use store::records::UserRecord;
use uuid::Uuid;

use super::links::Grant;

/// Whoever sent a request, with everything that may follow from who it is.
#[derive(Debug, Clone)]
pub struct Caller {
    pub kind: ActorKind,
    pub user: Option<UserRecord>,
    pub session: Option<SessionRef>,
    /// The booking that a capability link gives access to, beside what `kind` may do.
    pub grant: Option<Grant>,
    /// Teams of the member that the account belongs to.
    pub teams: Vec<TeamId>,
    pub request_id: Uuid,
    pub address: IpAddr,
}

/// The session a request came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRef {
    /// SHA-256 of the cookie's value.
    pub token_hash: [u8; 32],
    pub expires_at: DateTime<Utc>,
}

impl Caller {
    /// Somebody without any credential.
    pub fn guest(request_id: Uuid, address: IpAddr) -> Self {
        Self {
            kind: ActorKind::Guest,
            user: None,
            session: None,
            grant: None,
            teams: Vec::new(),
            request_id,
            address,
        }
    }

    /// Who an event's record names.
    pub fn actor(&self) -> Actor {
        Actor { kind: self.kind, id: self.user.as_ref().map(|user| user.id) }
    }

    /// Who, why, and in which request.
    pub fn cause(&self, reason: Option<String>) -> Cause {
        Cause { actor: self.actor(), reason, request_id: self.request_id }
    }

    /// The owner of this caller's idempotency keys: keys of different principals never meet.
    pub fn principal(&self) -> String {
        match (&self.user, &self.grant) {
            (Some(user), _) => format!("user:{}", user.id),
            (None, Some(grant)) => format!("link:{}", grant.booking),
            (None, None) => "guest".to_owned(),
        }
    }

    /// Whether this is somebody who works for the operator.
    pub fn is_staff(&self) -> bool {
        matches!(self.kind, ActorKind::Member | ActorKind::Dispatcher | ActorKind::Admin)
    }
}
