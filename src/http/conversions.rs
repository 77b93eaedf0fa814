//! From a use case's failure to the problem that a client sees. No `_` arm anywhere: what is new
//! does not compile until somebody has thought of its code.

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use domain::availability::NotOffered;
use domain::booking::{Status, Step, next};
use domain::ledger::{CapacityScope, Rejection};
use domain::payment::refund;
use domain::pricing::{PromoRefusal, Unavailable};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::codes::Code;
use super::portal::pricing::QuoteView;
use super::problem::Problem;
use crate::app::{
    Alternative, Contact, Difference, Failure, Invalid, OccurrenceConflict, Quoted, Rejected,
    StaleReason,
};
use crate::auth::csrf::CsrfRefusal;

/// An instant as the wire has it: in the team's zone, with its offset.
pub fn local_time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

impl From<Failure> for Problem {
    #[expect(clippy::too_many_lines, reason = "a table with an arm for each failure")]
    fn from(failure: Failure) -> Self {
        let detail = failure.to_string();
        match failure {
            Failure::Invalid(errors) => validation(&errors),
            Failure::Unauthenticated => Self::new(Code::Unauthenticated),
            Failure::BadCredentials => Self::new(Code::Unauthenticated).detail(detail),
            Failure::SessionExpired => Self::new(Code::SessionExpired),
            Failure::Forbidden => Self::new(Code::Forbidden),
            Failure::NotFound => Self::new(Code::NotFound),
            Failure::LinkExpired => Self::new(Code::LinkExpired),
            Failure::LinkRevoked => Self::new(Code::LinkRevoked),
            Failure::Stale { current } => {
                Self::new(Code::StaleRevision).detail(detail).with("rev", current)
            }
            Failure::ReasonRequired => Self::new(Code::OverrideReasonRequired).detail(detail),
            Failure::LocalTimeSkipped { before, after, zone } => {
                instants(Code::NonexistentLocalTime, [before, after], zone)
            }
            Failure::LocalTimeTwice { earlier, later, zone } => {
                instants(Code::AmbiguousLocalTime, [earlier, later], zone)
            }
            Failure::NotOffered { why, zone, alternatives: others } => {
                not_offered(why, zone).detail(detail).with("alternatives", alternatives(&others))
            }
            Failure::MemberNotEligible { member, alternatives: others } => {
                Self::new(Code::MemberUnavailable)
                    .detail(detail)
                    .with("teamMemberId", member.to_string())
                    .with("alternatives", alternatives(&others))
            }
            Failure::Rejected(rejected) => Self::from(*rejected),
            Failure::HoldExpired { alternatives: others } => Self::new(Code::HoldExpired)
                .detail(detail)
                .with("alternatives", alternatives(&others)),
            Failure::TooManyHolds { limit, held } => Self::new(Code::HoldLimitReached)
                .detail(detail)
                .with("limit", limit)
                .with("held", held),
            Failure::Promo { refusal, code } => promo_refused(refusal, code).detail(detail),
            Failure::QuoteExpired(quote) => {
                Self::new(Code::QuoteExpired).detail(detail).with("quote", fresh(&quote))
            }
            Failure::PriceChanged(quote) => {
                Self::new(Code::PriceChanged).detail(detail).with("quote", fresh(&quote))
            }
            Failure::CurrencyUnavailable(why) => currency_unavailable(why).detail(detail),
            Failure::WaitingTooOften { max } => {
                Self::new(Code::WaitlistFull).detail(detail).with("limit", max)
            }
            Failure::SeriesConflict(conflicts) => series_conflict(&conflicts).detail(detail),
            Failure::PreviewStale { reason, zone, differences } => {
                preview_stale(reason, zone, &differences).detail(detail)
            }
            Failure::IllegalTransition { state, step } => illegal(state, step),
            Failure::WindowClosed { until, zone, contact } => {
                Self::new(Code::CancellationWindowClosed)
                    .detail(detail)
                    .with("until", local_time(until, zone))
                    .with("contact", contact_view(*contact))
            }
            Failure::NothingDue => Self::new(Code::PaymentAlreadyComplete).detail(detail),
            Failure::RefundRefused(refusal) => refund_refused(&refusal).detail(detail),
            Failure::NothingInDoubt => Self::new(Code::NothingInDoubt),
            Failure::AddressNotAllowed { .. } => Self::new(Code::AddressNotAllowed).detail(detail),
            Failure::PaymentUnavailable | Failure::ProviderUnreachable => {
                Self::new(Code::PaymentUnavailable).detail(detail)
            }
            Failure::ProviderRefused => Self::new(Code::PaymentRejected).detail(detail),
            Failure::Forged { .. } => Self::new(Code::WebhookSignatureInvalid).detail(detail),
            Failure::Taken { .. } => Self::new(Code::AlreadyExists).detail(detail),
            Failure::InUse { .. } => Self::new(Code::StillInUse).detail(detail),
            Failure::KeyReused => Self::new(Code::IdempotencyKeyReused),
            Failure::KeyInProgress => Self::new(Code::IdempotencyInProgress),
            Failure::Busy { retry_after } => {
                let seconds = retry_after.as_secs().max(1);
                let problem = Self::new(Code::TemporaryReducedCapacity);
                Self { retry_after_seconds: Some(seconds), ..problem }
            }
            Failure::Draining => Self::new(Code::Draining),
            Failure::DeadlineExceeded => Self::new(Code::DeadlineExceeded),
            // What broke was logged where it broke. Clients learn only what to do.
            Failure::Unavailable | Failure::Unknown => Self::new(Code::StorageUnavailable),
            Failure::Internal => Self::new(Code::Internal),
            Failure::Repeated { first, request_id } => {
                Self { request_id: Some(request_id), ..Self::from(*first) }
            }
        }
    }
}

fn refund_refused(refusal: &refund::Refusal) -> Problem {
    use refund::Refusal;
    match refusal {
        Refusal::NotPositive { .. } => Problem::invalid("/amount/amount", refusal.to_string()),
        Refusal::CurrencyDiffers { .. } => {
            Problem::invalid("/amount/currency", refusal.to_string())
        }
        Refusal::Disputed => Problem::new(Code::PaymentDisputed),
        Refusal::NothingPaid => Problem::new(Code::RefundExceedsPayment),
        Refusal::ExceedsPayment { refundable, .. } => Problem::new(Code::RefundExceedsPayment)
            .with("refundable", refundable.amount)
            .with("currency", refundable.currency.as_str()),
    }
}

impl From<Rejected> for Problem {
    fn from(rejected: Rejected) -> Self {
        let Rejected { rejection, at, facts, alternatives: others } = rejected;
        let detail = rejection.to_string();
        let problem = match rejection {
            Rejection::AlreadyBooked { .. } | Rejection::OverrideExists { .. } => {
                return Self::new(Code::AlreadyExists).detail(detail);
            }
            Rejection::UnknownBooking { .. } | Rejection::UnknownOverride { .. } => {
                return Self::new(Code::NotFound);
            }
            Rejection::StaleRevision { current } => {
                return Self::new(Code::StaleRevision).detail(detail).with("rev", current);
            }
            Rejection::OutOfRange { what } => {
                return Self::invalid(&format!("/{what}"), detail);
            }
            Rejection::IllegalTransition { state, step, .. } => return illegal(state, step),
            Rejection::Undecided { .. } => return Self::new(Code::LedgerMoving).detail(detail),
            Rejection::NotHeld { .. } => return Self::new(Code::HoldExpired).detail(detail),
            Rejection::HoldShareReached { limit, held } => {
                Self::new(Code::HoldLimitReached).with("limit", limit).with("held", held)
            }
            Rejection::WaitlistFull { max } => Self::new(Code::WaitlistFull).with("limit", max),
            Rejection::LimitBelowBooked { limit, used } => {
                Self::new(Code::LimitBelowBooked).with("limit", limit).with("used", used)
            }
            Rejection::DayClosed => Self::new(Code::CapacityExceeded)
                .with("closed", true)
                .with("limit", facts.limit)
                .with("used", facts.used)
                .with("held", facts.held),
            Rejection::MemberUnavailable { member } => {
                Self::new(Code::MemberUnavailable).with("teamMemberId", member.to_string())
            }
            Rejection::SlotTaken => Self::new(Code::SlotTaken),
            Rejection::CapacityExceeded { scope, limit, used, held, requested } => {
                let scope = match scope {
                    CapacityScope::TeamDay => "team-day",
                    CapacityScope::Service => "service",
                };
                Self::new(Code::CapacityExceeded)
                    .with("scope", scope)
                    .with("limit", limit)
                    .with("used", used)
                    .with("held", held)
                    .with("requested", requested)
            }
        };
        let ledger = json!({
            "teamId": at.key.team.to_string(),
            "date": at.key.day.to_string(),
            "seq": at.seq,
            "epoch": at.epoch.to_string(),
        });
        problem.detail(detail).with("ledger", ledger).with("alternatives", alternatives(&others))
    }
}

impl From<CsrfRefusal> for Problem {
    fn from(refusal: CsrfRefusal) -> Self {
        Self::new(Code::CsrfRejected).detail(refusal.to_string())
    }
}

fn validation(errors: &[Invalid]) -> Problem {
    let errors: Vec<Value> = errors
        .iter()
        .map(|error| json!({ "pointer": error.pointer, "detail": error.detail }))
        .collect();
    Problem::new(Code::ValidationFailed).with("errors", errors)
}

fn illegal(state: Status, step: Step) -> Problem {
    let allowed = Step::ALL.into_iter().filter(|step| next(state, *step).is_some());
    let allowed: Vec<&str> = allowed.map(Step::name).collect();
    Problem::new(Code::IllegalTransition)
        .detail(format!("a booking that is {state} cannot {}", step.name()))
        .with("state", state.name())
        .with("allowed", allowed)
}

fn instants(code: Code, instants: [DateTime<Utc>; 2], zone: Tz) -> Problem {
    Problem::new(code).with("instants", instants.map(|at| local_time(at, zone)).to_vec())
}

fn not_offered(why: NotOffered, zone: Tz) -> Problem {
    match why {
        NotOffered::Passed { .. } => Problem::new(Code::LeadTime),
        NotOffered::TooSoon { earliest } => {
            Problem::new(Code::LeadTime).with("earliest", local_time(earliest, zone))
        }
        NotOffered::TooFar { latest } => {
            Problem::new(Code::OutsideAvailability).with("latest", local_time(latest, zone))
        }
        NotOffered::OutsideHours | NotOffered::OffGrid => Problem::new(Code::OutsideAvailability),
    }
}

/// Something that could be booked instead.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlternativeView {
    starts_at: String,
    team_id: String,
    team_member_id: Option<String>,
}

impl AlternativeView {
    /// One of them, in its team's zone.
    pub fn of(other: &Alternative) -> Self {
        Self {
            starts_at: local_time(other.starts_at, other.zone),
            team_id: other.team.to_string(),
            team_member_id: other.member.map(|member| member.to_string()),
        }
    }
}

fn alternatives(others: &[Alternative]) -> Vec<Value> {
    others.iter().map(|other| json!(AlternativeView::of(other))).collect()
}

/// The code of a problem, and what it says of itself.
pub fn conflict_code(why: &Failure) -> (&'static str, String) {
    let problem = Problem::from(why.clone());
    let detail = problem.detail.unwrap_or_else(|| problem.code.title().to_owned());
    (problem.code.name(), detail)
}

fn series_conflict(conflicts: &[OccurrenceConflict]) -> Problem {
    let conflicts: Vec<Value> = conflicts.iter().map(conflict).collect();
    Problem::new(Code::SeriesConflict).with("occurrences", conflicts)
}

fn preview_stale(reason: StaleReason, zone: Tz, differences: &[Difference]) -> Problem {
    let differences: Vec<Value> = differences.iter().map(|one| difference(one, zone)).collect();
    Problem::new(Code::PreviewStale).with("reason", reason.name()).with("differences", differences)
}

fn conflict(conflict: &OccurrenceConflict) -> Value {
    let (code, detail) = conflict_code(&conflict.why);
    json!({
        "index": conflict.index,
        "startsAt": local_time(conflict.starts_at, conflict.zone),
        "code": code,
        "detail": detail,
        "alternatives": alternatives(&conflict.alternatives),
    })
}

fn difference(one: &Difference, zone: Tz) -> Value {
    json!({
        "index": one.index,
        "startsAt": local_time(one.starts_at, zone),
        "was": if one.was_ok { "ok" } else { "conflict" },
        "now": one.now.as_ref().map_or("ok", |why| conflict_code(why).0),
    })
}

/// Whom to call or to write to, as far as the operator says.
fn contact_view(contact: Contact) -> Value {
    let Contact { team, phone, email } = contact;
    json!({ "team": team, "phone": phone, "email": email })
}

/// A quote that may be booked with instead.
fn fresh(quote: &Quoted) -> Value {
    json!(QuoteView::of(quote))
}

fn currency_unavailable(why: Unavailable) -> Problem {
    let problem = Problem::new(Code::CurrencyUnavailable);
    match why {
        Unavailable::Unknown { currency } | Unavailable::NoRate { currency } => {
            problem.with("currency", currency.as_str())
        }
        Unavailable::NotYet { day } => problem.with("rateDay", day.to_string()),
        Unavailable::Stale { day, age_days, .. } => {
            problem.with("rateDay", day.to_string()).with("ageDays", age_days)
        }
    }
}

/// Why a promo is not taken off, with what a client can tell people.
fn promo_refused(refusal: PromoRefusal, code: Option<String>) -> Problem {
    let problem = match refusal {
        PromoRefusal::Invalid(why) => Problem::new(Code::PromoInvalid).with("reason", why.name()),
        PromoRefusal::NotApplicable(why) => {
            Problem::new(Code::PromoNotApplicable).with("reason", why.name())
        }
        PromoRefusal::Exhausted { of, limit } => {
            Problem::new(Code::PromoExhausted).with("limitOf", of.name()).with("limit", limit)
        }
    };
    match code {
        Some(code) => problem.with("promoCode", code),
        None => problem,
    }
}
