//! Why a use case did not do what was asked.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::availability::NotOffered;
use domain::booking::{Status, Step};
use domain::ids::{Epoch, MemberId, TeamId};
use domain::ledger::{LedgerKey, Rejection};
use domain::payment::refund;
use domain::pricing::Unavailable;
use domain::pricing::promo::ledger::Rejection as PromoRejection;
use domain::pricing::promo::{InvalidPromo, LimitOf, PromoRefusal};
use store::StoreError;
use uuid::Uuid;

use super::pricing::Quoted;
use super::series::{Difference, OccurrenceConflict, StaleReason};
use crate::actors::{Conflict, Facts, OperationRefusal, Refusal};
use crate::auth::LinkError;

/// Why not, in terms of what the caller now knows. Unless a variant says otherwise, nothing was
/// written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// Values that are not allowed.
    #[error("some values are not valid")]
    Invalid(Vec<Invalid>),
    /// Neither a session nor a link came with the request, or the password was wrong.
    #[error("not signed in")]
    Unauthenticated,
    #[error("the address or the password is wrong")]
    BadCredentials,
    #[error("the session has ended")]
    SessionExpired,
    #[error("this account may not do that")]
    Forbidden,
    /// There is no such thing, or it is none of the caller's business.
    #[error("there is no such thing")]
    NotFound,
    #[error("the link has expired")]
    LinkExpired,
    #[error("the link was replaced or revoked")]
    LinkRevoked,
    #[error("it has changed: it is at revision {current} now")]
    Stale { current: i64 },
    /// A change of the limit without a reason.
    #[error("a reason of 3 to 500 characters is needed")]
    ReasonRequired,
    /// The wall-clock time does not exist: the instants before and after the gap.
    #[error("the clock skips that time")]
    LocalTimeSkipped { before: DateTime<Utc>, after: DateTime<Utc>, zone: Tz },
    /// The wall-clock time exists twice.
    #[error("the clock shows that time twice")]
    LocalTimeTwice { earlier: DateTime<Utc>, later: DateTime<Utc>, zone: Tz },
    /// The service cannot start then, whatever is booked.
    #[error("{why}")]
    NotOffered { why: NotOffered, zone: Tz, alternatives: Vec<Alternative> },
    /// The member asked for cannot do it then, whatever is booked.
    #[error("the team member does not do this, or does not work then")]
    MemberNotEligible { member: MemberId, alternatives: Vec<Alternative> },
    /// A ledger said no.
    #[error("{}", .0.rejection)]
    Rejected(Box<Rejected>),
    /// The place is no longer held, and cannot be had without.
    #[error("the place is no longer held")]
    HoldExpired { alternatives: Vec<Alternative> },
    /// The client keeps too many places.
    #[error("{held} places are held already, and no more than {limit} may be")]
    TooManyHolds { limit: u32, held: u32 },
    /// The promo cannot be taken off this price.
    #[error("{refusal}")]
    Promo {
        refusal: PromoRefusal,
        /// Which of the promos it is, when that is known: the code as it is written, or as it was
        /// typed when it is none.
        code: Option<String>,
    },
    /// The quote that came along is over; this is a new one.
    #[error("the quote held for some time, which is over")]
    QuoteExpired(Box<Quoted>),
    /// It costs something else than the quote that came along says; this is a new one.
    #[error("the price is not the one of the quote")]
    PriceChanged(Box<Quoted>),
    /// The price cannot be told in the currency that was asked for.
    #[error("{0}")]
    CurrencyUnavailable(Unavailable),
    /// The client waits for that day often enough.
    #[error("one client may wait for {max} places on a day")]
    WaitingTooOften { max: u8 },
    /// Some occurrences of a series cannot be had: all of those are here.
    #[error("{} of the dates cannot be booked", .0.len())]
    SeriesConflict(Vec<OccurrenceConflict>),
    /// A series is not what its preview has shown.
    #[error("{reason}")]
    PreviewStale { reason: StaleReason, zone: Tz, differences: Vec<Difference> },
    /// The booking's state does not allow it.
    #[error("a booking that is {state} cannot {}", step.name())]
    IllegalTransition { state: Status, step: Step },
    /// It is too late for the client: only the team may still change it.
    #[error("clients could change this visit until {}", until.format("%F %R UTC"))]
    WindowClosed { until: DateTime<Utc>, zone: Tz, contact: Box<Contact> },
    /// It is paid, costs nothing, or has ended without a fee.
    #[error("nothing is left to pay")]
    NothingDue,
    /// There is no gateway for card payments.
    #[error("card payments are not set up")]
    PaymentUnavailable,
    /// The payment provider did not answer, or not usefully. What it was asked for may have
    /// happened: asking again is safe.
    #[error("the payment provider gave no answer")]
    ProviderUnreachable,
    /// The payment provider said no for good. Nothing happened there.
    #[error("the payment provider refused")]
    ProviderRefused,
    /// So much cannot be given back.
    #[error("{0}")]
    RefundRefused(refund::Refusal),
    #[error("nothing about the money is in doubt")]
    NothingInDoubt,
    /// It is this machine, or one of its neighbours.
    #[error("{host} is not an address in the public network")]
    AddressNotAllowed { host: String },
    /// What claims to be the payment provider's is not, or not any more.
    #[error("{why}")]
    Forged { why: String },
    #[error("{what} is taken")]
    Taken { what: &'static str },
    #[error("{what} does not exist or is still in use")]
    InUse { what: &'static str },
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Another request with the key is being worked on, and may yet be done.
    #[error("the same request is being worked on")]
    KeyInProgress,
    #[error("too much is waiting")]
    Busy { retry_after: Duration },
    #[error("the server is stopping")]
    Draining,
    #[error("no decision in time")]
    DeadlineExceeded,
    #[error("storage is unavailable")]
    Unavailable,
    /// It may have been written: ask again with the same key.
    #[error("the outcome is unknown")]
    Unknown,
    #[error("something broke on our side")]
    Internal,
    /// The same key was refused before, with the answer of request `request_id`.
    #[error("{first}")]
    Repeated { first: Box<Failure>, request_id: Uuid },
}

/// Who can help where clients cannot help themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The team's name.
    pub team: String,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// One value that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// JSON pointer into the body, or the name of a query parameter.
    pub pointer: String,
    pub detail: String,
}

impl Invalid {
    /// What is wrong with the value at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// A ledger's no, with the numbers and a way out.
#[derive(Debug, Clone)]
pub struct Rejected {
    pub rejection: Rejection,
    pub at: LedgerPoint,
    pub facts: Facts,
    pub alternatives: Vec<Alternative>,
}

/// A moment in a ledger's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerPoint {
    pub key: LedgerKey,
    pub epoch: Epoch,
    pub seq: u64,
}

/// Something that could be booked instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    pub starts_at: DateTime<Utc>,
    pub zone: Tz,
    pub team: TeamId,
    pub member: Option<MemberId>,
}

impl Failure {
    /// One value that is not allowed.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Invalid::new(pointer, detail)])
    }

    /// The same, for somebody whose hold is over: the place has gone with it.
    #[must_use]
    pub fn after_hold(self) -> Self {
        match self {
            Self::NotOffered { alternatives, .. }
            | Self::MemberNotEligible { alternatives, .. } => Self::HoldExpired { alternatives },
            Self::Rejected(rejected) => Self::HoldExpired { alternatives: rejected.alternatives },
            other => other,
        }
    }

    /// What speaks against making a series from its preview, apart from single occurrences.
    pub(super) fn stale(reason: StaleReason) -> Self {
        Self::PreviewStale { reason, zone: Tz::UTC, differences: Vec::new() }
    }

    /// Whether the rules decided it, so that the same request under the same key is owed the same
    /// answer.
    pub fn is_decision(&self) -> bool {
        match self {
            Self::NotOffered { .. }
            | Self::MemberNotEligible { .. }
            | Self::HoldExpired { .. }
            | Self::SeriesConflict(_)
            | Self::QuoteExpired(_)
            | Self::PriceChanged(_)
            | Self::PreviewStale { .. } => true,
            // The same request may go through in a moment.
            Self::Rejected(rejected) => !matches!(
                rejected.rejection,
                Rejection::HoldShareReached { .. } | Rejection::Undecided { .. }
            ),
            Self::Invalid(_)
            | Self::Unauthenticated
            | Self::BadCredentials
            | Self::SessionExpired
            | Self::Forbidden
            | Self::NotFound
            | Self::LinkExpired
            | Self::LinkRevoked
            | Self::Stale { .. }
            | Self::ReasonRequired
            | Self::LocalTimeSkipped { .. }
            | Self::LocalTimeTwice { .. }
            | Self::TooManyHolds { .. }
            | Self::Promo { .. }
            | Self::CurrencyUnavailable(_)
            | Self::WaitingTooOften { .. }
            | Self::IllegalTransition { .. }
            | Self::WindowClosed { .. }
            | Self::NothingDue
            | Self::PaymentUnavailable
            | Self::ProviderUnreachable
            | Self::ProviderRefused
            | Self::RefundRefused(_)
            | Self::NothingInDoubt
            | Self::AddressNotAllowed { .. }
            | Self::Forged { .. }
            | Self::Taken { .. }
            | Self::InUse { .. }
            | Self::KeyReused
            | Self::KeyInProgress
            | Self::Busy { .. }
            | Self::Draining
            | Self::DeadlineExceeded
            | Self::Unavailable
            | Self::Unknown
            | Self::Internal
            | Self::Repeated { .. } => false,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected { rejection, key, epoch, seq, facts } => {
                let at = LedgerPoint { key, epoch, seq };
                Self::Rejected(Box::new(Rejected {
                    rejection,
                    at,
                    facts,
                    alternatives: Vec::new(),
                }))
            }
            Refusal::Promo { why, .. } => Self::from(why),
            Refusal::UnknownTeam => Self::NotFound,
            Refusal::KeyReused => Self::KeyReused,
            Refusal::Busy { retry_after } => Self::Busy { retry_after },
            Refusal::Draining => Self::Draining,
            Refusal::DeadlineExceeded => Self::DeadlineExceeded,
            Refusal::Unavailable => Self::Unavailable,
            Refusal::Unknown => Self::Unknown,
            Refusal::Internal => Self::Internal,
        }
    }
}

impl From<PromoRejection> for Failure {
    fn from(rejection: PromoRejection) -> Self {
        match rejection {
            PromoRejection::Ended => {
                let refusal = PromoRefusal::Invalid(InvalidPromo::Ended);
                Self::Promo { refusal, code: None }
            }
            PromoRejection::Exhausted { of, limit } => {
                Self::Promo { refusal: PromoRefusal::Exhausted { of, limit }, code: None }
            }
            PromoRejection::LimitBelowUsed { of, .. } => {
                let pointer = match of {
                    LimitOf::Everybody => "/limitTotal",
                    LimitOf::Client => "/limitPerClient",
                };
                Self::Invalid(vec![Invalid::new(pointer, rejection.to_string())])
            }
            // Bookings do not change hands.
            PromoRejection::OtherClient { .. } => Self::Internal,
        }
    }
}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        let Conflict { rejection, key, epoch, seq, facts } = conflict;
        let at = LedgerPoint { key, epoch, seq };
        Self::Rejected(Box::new(Rejected { rejection, at, facts, alternatives: Vec::new() }))
    }
}

impl From<OperationRefusal> for Failure {
    fn from(refusal: OperationRefusal) -> Self {
        match refusal {
            OperationRefusal::Refused(refusal) => refusal.into(),
            OperationRefusal::Conflicts(places) => {
                // Where nothing stood in the way, its time was over before it was decided.
                let conflict = places.into_iter().find_map(Result::err);
                conflict.map_or(Self::DeadlineExceeded, Self::from)
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable,
            StoreError::Unknown(_) | StoreError::DurabilityLost(_) => Self::Unknown,
            StoreError::Taken { what } => Self::Taken { what },
            StoreError::Stale { current } => Self::Stale { current },
            StoreError::Reference { what } => Self::InUse { what },
            StoreError::Promo(rejection) => rejection.into(),
            StoreError::Corrupt(_) | StoreError::Unusable(_) => Self::Internal,
        }
    }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Unknown => Self::NotFound,
            LinkError::Expired => Self::LinkExpired,
        }
    }
}
