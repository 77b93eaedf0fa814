//! The resume capability: what a lost connection shows instead of a ticket.
//!
//! After a network change thousands come back at once. A capability says, under our seal, who its
//! holder was minutes ago, so that nobody has to be looked up; what was revoked since is known in
//! memory. It says nothing about topics: each of them is authorised again.
//!
//! One that this process has not made itself (it restarted, or there are several) proves a session
//! but not that it still stands: its holder is looked up.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::ids::{MemberId, TeamId, UserId};
use domain::ledger::ActorKind;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::identity::{Identity, SessionKey};

/// What tells a capability from a ticket.
const PREFIX: &str = "r1.";

/// Longest capability that is looked at: room for an account in forty teams.
const CAPABILITY_CHARS_MAX: usize = 3_072;

/// Makes and reads capabilities.
pub struct Resume {
    key: [u8; 32],
    /// This process, among all that ever held the key.
    node: u64,
    lifetime: Duration,
}

/// What a capability says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    pub identity: Identity,
    pub issued_at: DateTime<Utc>,
    /// Whether this process made it, and so knows of everything that was revoked since.
    pub is_own: bool,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    n: u64,
    /// Milliseconds since 1970, as is `x`.
    t: i64,
    k: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    u: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    m: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    g: Vec<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    s: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<i64>,
}

impl Resume {
    /// Capabilities sealed with `key` by the process that calls itself `node`.
    pub fn new(key: [u8; 32], node: u64, lifetime: Duration) -> Self {
        Self { key, node, lifetime }
    }

    /// Whether `text` claims to be a capability rather than a ticket.
    pub fn is_capability(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    fn mac(&self) -> Option<Hmac<Sha256>> {
        Hmac::<Sha256>::new_from_slice(&self.key).ok()
    }

    /// A capability for `identity`.
    pub fn issue(&self, identity: &Identity, now: DateTime<Utc>) -> String {
        let claims = Claims {
            n: self.node,
            t: now.timestamp_millis(),
            k: identity.kind.name().to_owned(),
            u: identity.user.map(|user| user.0),
            m: identity.member.map(|member| member.0),
            g: identity.teams.iter().map(|team| team.0).collect(),
            s: identity.session.map(|session| URL_SAFE_NO_PAD.encode(session.0)),
            x: identity.expires_at.map(|at| at.timestamp_millis()),
        };
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
        let seal = self.mac().map(|mut mac| {
            mac.update(body.as_bytes());
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        });
        format!("{PREFIX}{body}.{}", seal.unwrap_or_default())
    }

    /// Reads a capability. Nothing when it is not ours, was changed, or is too old.
    pub fn read(&self, text: &str, now: DateTime<Utc>) -> Option<Resumed> {
        if text.len() > CAPABILITY_CHARS_MAX {
            return None;
        }
        let (body, seal) = text.strip_prefix(PREFIX)?.split_once('.')?;
        let mut mac = self.mac()?;
        mac.update(body.as_bytes());
        mac.verify_slice(&URL_SAFE_NO_PAD.decode(seal).ok()?).ok()?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        let issued_at = DateTime::from_timestamp_millis(claims.t)?;
        // A clock that went back must not make one good for longer.
        let is_fresh = issued_at <= now + self.lifetime && now < issued_at + self.lifetime;
        let identity = claims.identity()?;
        let is_over = identity.expires_at.is_some_and(|at| at <= now);
        let is_own = claims.n == self.node;
        (is_fresh && !is_over).then_some(Resumed { identity, issued_at, is_own })
    }
}

impl Claims {
    fn identity(&self) -> Option<Identity> {
        let session = match &self.s {
            Some(text) => {
                let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
                Some(SessionKey(<[u8; 32]>::try_from(bytes).ok()?))
            }
            None => None,
        };
        Some(Identity {
            kind: ActorKind::parse(&self.k)?,
            user: self.u.map(UserId),
            member: self.m.map(MemberId),
            teams: self.g.iter().copied().map(TeamId).collect(),
            session,
            expires_at: self.x.and_then(DateTime::from_timestamp_millis),
        })
    }
}
