//! Who is at the other end of a connection.

use chrono::{DateTime, Utc};
use domain::ids::{MemberId, TeamId, UserId};
use domain::ledger::ActorKind;

use crate::auth::Caller;

/// Names a signed-in browser without opening anything: a hash of its cookie. Guests have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub [u8; 32]);

/// What somebody is, as far as listening is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub kind: ActorKind,
    /// The account; none for guests.
    pub user: Option<UserId>,
    /// The member this account belongs to, for members.
    pub member: Option<MemberId>,
    /// The teams of that member.
    pub teams: Vec<TeamId>,
    pub session: Option<SessionKey>,
    /// When the session ends in any case.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Identity {
    /// Somebody nobody knows.
    pub fn guest() -> Self {
        Self {
            kind: ActorKind::Guest,
            user: None,
            member: None,
            teams: Vec::new(),
            session: None,
            expires_at: None,
        }
    }

    /// Whether this is one of us: a share of all connections is kept for staff.
    pub fn is_staff(&self) -> bool {
        matches!(self.kind, ActorKind::Member | ActorKind::Dispatcher | ActorKind::Admin)
    }
}

impl From<&Caller> for Identity {
    fn from(caller: &Caller) -> Self {
        Self {
            kind: caller.kind,
            user: caller.user.as_ref().map(|user| user.id),
            member: caller.user.as_ref().and_then(|user| user.member),
            teams: caller.teams.clone(),
            session: caller.session.map(|session| SessionKey(session.token_hash)),
            expires_at: caller.session.map(|session| session.expires_at),
        }
    }
}

/// What has become of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is in force, and this is whose it is now.
    Known(Identity),
    /// It has ended.
    LoggedOut,
    /// Its account may not be used any more.
    Banned,
}

/// Something happened to sessions that are perhaps connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// One browser logged out.
    Session(SessionKey),
    /// Every browser of an account was logged out.
    User(UserId),
    /// An account's role, member or standing changed: ask again who it is.
    Changed(UserId),
    /// Teams have other members, or are shown to other people: ask again who members are, and
    /// decide again what everybody may hear.
    Teams,
    /// News were missed: ask again who everybody is.
    Everybody,
}
