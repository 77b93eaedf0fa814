//! When a place that waits for money may be given up.
//!
//! A page at the provider can be paid until the provider itself says that it cannot. So a place is
//! given up in steps, each of which starts from what is known: learn whether there is a page, have
//! it expired, and only once the provider says that it did, release. When an answer does not come,
//! nothing is released.

use chrono::{DateTime, TimeDelta, Utc};

use super::{AttemptNo, Checkout, Intent, Payment};

/// How long a client has for paying. Stripe allows no less than 30 min by its own clock, so there
/// is a minute for the way.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::minutes(31);

/// How much longer the place is held, so that it outlives the page.
pub const GRACE: TimeDelta = TimeDelta::minutes(5);

/// Longest wait between two tries to have a page expired.
const BACKOFF_MAX: TimeDelta = TimeDelta::minutes(10);

/// What to do about a place that is to be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet: the client still has time.
    Keep { until: DateTime<Utc> },
    /// The money has come or is on its way: see [`super::late`].
    Settle,
    /// Nobody knows whether the provider made a page: ask again, under the same key.
    Recover { attempt: AttemptNo },
    /// Ask the provider to close the page, and look at what it answers.
    Expire { attempt: AttemptNo },
    /// No page can be paid any more.
    Release,
}

/// Until when a place is held for a page that closes at `session_expires_at`.
pub fn hold_expires_at(session_expires_at: DateTime<Utc>) -> DateTime<Utc> {
    session_expires_at + GRACE
}

/// Decides the next step towards giving up a place that is held until `held_until`; the client may
/// have said already that it is not wanted any more.
pub fn step(
    payment: &Payment,
    held_until: DateTime<Utc>,
    now: DateTime<Utc>,
    is_unwanted: bool,
) -> Step {
    let is_under_way = |checkout, intent| {
        matches!(checkout, Checkout::CompletePaid | Checkout::CompleteUnpaid)
            && intent != Intent::Failed
    };
    let attempts = &payment.attempts;
    if payment.is_paid()
        || attempts.values().any(|it| is_under_way(it.facts.checkout, it.facts.intent))
    {
        return Step::Settle;
    }
    if now < held_until && !is_unwanted {
        return Step::Keep { until: held_until };
    }
    for (attempt, known) in attempts {
        match known.facts.checkout {
            Checkout::Asked => return Step::Recover { attempt: *attempt },
            Checkout::Open => return Step::Expire { attempt: *attempt },
            Checkout::Refused
            | Checkout::Expired
            | Checkout::CompleteUnpaid
            | Checkout::CompletePaid => {}
        }
    }
    Step::Release
}

/// How long to wait before the next try, after `tries_count` that gave no answer: 10 s, doubling.
pub fn backoff(tries_count: u32) -> TimeDelta {
    let seconds = 10_i64.saturating_mul(1 << tries_count.min(10));
    TimeDelta::seconds(seconds).min(BACKOFF_MAX)
}
