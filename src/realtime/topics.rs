//! What can be listened to, and by whom.
//!
//! A topic is `kind(:part){0,3}`, without wildcards. Who may hear it is one pure function,
//! [`allow`], called when somebody subscribes, when a connection resumes, and whenever an identity
//! or a fact behind an earlier answer has changed.
//!
//! **Invariant:** "not yours" and "does not exist" are the same answer. The view is chosen from the
//! identity, never from the request.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use domain::ids::{BookingId, MemberId, TeamId, UserId};
use domain::ledger::ActorKind;

use super::identity::Identity;

/// Longest topic, in bytes.
const TOPIC_BYTES_MAX: usize = 160;

/// Longest part of a topic, in bytes.
const PART_BYTES_MAX: usize = 64;

/// Most parts after the kind.
const PARTS_MAX: usize = 3;

/// Something that can be listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Free slots and what is left of a team's day. A state: the newest replaces all before it.
    Availability { team: TeamId, day: NaiveDate },
    /// What happens to one booking. A log.
    Request(BookingId),
    /// What happens to an account's own bookings. A log.
    Inbox(UserId),
    /// What happens to a team's bookings and limits. A log.
    Team(TeamId),
    /// What happens everywhere. A log.
    Admin(AdminTopic),
    /// Maintenance and version. A state.
    Notice,
}

/// The tables of the admin board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdminTopic {
    Bookings,
    Overrides,
    /// Emergencies.
    Queue,
}

impl AdminTopic {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Bookings, Self::Overrides, Self::Queue];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bookings => "bookings",
            Self::Overrides => "overrides",
            Self::Queue => "queue",
        }
    }
}

impl Topic {
    /// Whether the newest state replaces all before it; otherwise events follow on each other.
    pub fn is_state(self) -> bool {
        matches!(self, Self::Availability { .. } | Self::Notice)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Availability { team, day } => write!(f, "availability:{team}:{day}"),
            Self::Request(booking) => write!(f, "request:{booking}"),
            Self::Inbox(user) => write!(f, "inbox:{user}"),
            Self::Team(team) => write!(f, "team:{team}"),
            Self::Admin(table) => write!(f, "admin:{}", table.name()),
            Self::Notice => f.write_str("ops:notice"),
        }
    }
}

/// The text names no topic of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a topic")]
pub struct NotATopic;

impl FromStr for Topic {
    type Err = NotATopic;

    /// Reads exactly what [`Topic`] writes: two spellings of one topic would be two subscriptions.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > TOPIC_BYTES_MAX {
            return Err(NotATopic);
        }
        let parts: Vec<&str> = text.splitn(PARTS_MAX + 2, ':').collect();
        if parts.len() > PARTS_MAX + 1 || !parts.iter().all(|part| is_part(part)) {
            return Err(NotATopic);
        }
        let topic = match parts.as_slice() {
            ["availability", team, day] => {
                Self::Availability { team: read(team)?, day: read::<NaiveDate>(day)? }
            }
            ["request", booking] => Self::Request(read(booking)?),
            ["inbox", user] => Self::Inbox(read(user)?),
            ["team", team] => Self::Team(read(team)?),
            ["admin", name] => {
                let table = AdminTopic::ALL.into_iter().find(|table| table.name() == *name);
                Self::Admin(table.ok_or(NotATopic)?)
            }
            ["ops", "notice"] => Self::Notice,
            _ => return Err(NotATopic),
        };
        if topic.to_string() == text { Ok(topic) } else { Err(NotATopic) }
    }
}

fn is_part(part: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=PART_BYTES_MAX).contains(&part.len()) && part.bytes().all(is_known)
}

fn read<T: FromStr>(part: &str) -> Result<T, NotATopic> {
    part.parse().map_err(|_unreadable| NotATopic)
}

/// Which of two serialisations somebody gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Numbers and slots, or one's own booking; never names.
    Public,
    /// What staff need to act.
    Staff,
}

impl View {
    /// Every view, the most careful first.
    pub const ALL: [Self; 2] = [Self::Public, Self::Staff];
}

/// What [`allow`] answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    View(View),
    Deny,
}

/// What has to be known about a topic's object before anybody may be let near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facts {
    /// The object does not exist, or the topic has none.
    Nothing,
    Team {
        is_published: bool,
    },
    Request {
        /// The account that booked.
        owner: Option<UserId>,
        /// Who is to carry it out.
        member: Option<MemberId>,
        /// Whether the listener showed the booking's capability link.
        has_link: bool,
    },
}

/// Decides what `identity` may hear of `topic`. Default: nothing.
pub fn allow(identity: &Identity, topic: Topic, facts: Facts) -> Access {
    let access = match (topic, facts) {
        (Topic::Notice, _) => (identity.kind != ActorKind::System).then_some(View::Public),
        (Topic::Admin(_), _) => is_desk(identity).then_some(View::Staff),
        (Topic::Inbox(subject), _) => {
            (has_account(identity) && identity.user == Some(subject)).then_some(View::Public)
        }
        (Topic::Team(team), Facts::Team { .. }) => works_in(identity, team).then_some(View::Staff),
        (Topic::Availability { team, .. }, Facts::Team { is_published }) => {
            let is_shown = is_published && identity.kind != ActorKind::System;
            if works_in(identity, team) {
                Some(View::Staff)
            } else {
                is_shown.then_some(View::Public)
            }
        }
        (Topic::Request(_), Facts::Request { owner, member, has_link }) => {
            request(identity, (owner, member), has_link)
        }
        (Topic::Availability { .. } | Topic::Request(_) | Topic::Team(_), _) => None,
    };
    access.map_or(Access::Deny, Access::View)
}

fn request(
    identity: &Identity,
    (owner, member): (Option<UserId>, Option<MemberId>),
    has_link: bool,
) -> Option<View> {
    let is_assigned =
        identity.kind == ActorKind::Member && member.is_some() && identity.member == member;
    if is_desk(identity) || is_assigned {
        return Some(View::Staff);
    }
    let is_own = has_account(identity) && owner.is_some() && identity.user == owner;
    (is_own || (has_link && identity.kind != ActorKind::System)).then_some(View::Public)
}

/// Dispatchers and admins: those who see every team.
fn is_desk(identity: &Identity) -> bool {
    matches!(identity.kind, ActorKind::Dispatcher | ActorKind::Admin)
}

fn works_in(identity: &Identity, team: TeamId) -> bool {
    is_desk(identity) || (identity.kind == ActorKind::Member && identity.teams.contains(&team))
}

fn has_account(identity: &Identity) -> bool {
    match identity.kind {
        ActorKind::Client | ActorKind::Member | ActorKind::Dispatcher | ActorKind::Admin => true,
        // Daybook itself listens to nobody.
        ActorKind::Guest | ActorKind::System => false,
    }
}
