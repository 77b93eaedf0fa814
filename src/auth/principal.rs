//! The one who makes a request.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use domain::ids::TeamId;
use domain::ledger::{Actor, ActorKind, Cause};
use store::records::UserRecord;
use uuid::Uuid;

use super::hold_token::HoldToken;
use super::links::Grant;

/// Whoever sent a request, with everything that may follow from who it is.
#[derive(Debug, Clone)]
pub struct Caller {
    pub kind: ActorKind,
    pub user: Option<UserRecord>,
    pub session: Option<SessionRef>,
    /// The booking that a capability link gives access to, beside what `kind` may do.
    pub grant: Option<Grant>,
    /// The secret of a held place, which gives access to that place alone.
    pub hold_token: Option<HoldToken>,
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
            hold_token: None,
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

    /// The part of the address that one customer of a provider has: of IPv6 a whole /64.
    pub fn network(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(_) => self.address,
            IpAddr::V6(long) => {
                let [a, b, c, d, ..] = long.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        }
    }

    /// Whether this is somebody who works for the operator.
    pub fn is_staff(&self) -> bool {
        matches!(self.kind, ActorKind::Member | ActorKind::Dispatcher | ActorKind::Admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_cannot_change_address_to_escape() {
        let network = |address: &str| {
            Caller::guest(Uuid::nil(), address.parse().unwrap()).network().to_string()
        };

        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
