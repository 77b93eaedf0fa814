//! A service request as staff see it: with people's names, and everything that happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::booking::Status;
use domain::ids::{Reference, ResourceId};
use domain::ledger::{Class, Entry, Event, Recorded};
use domain::money::Money;
use domain::payment::{Checkout, DisputeState, Doubt, RefundState};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{
    AttemptRecord, BookingRecord, Catalog, Changed, Ending, Facts, Present, RequestDetail,
    StoredResponse, kind_told, payment_of, payment_status,
};
use crate::http::conversions::local_time;
use crate::http::portal::pricing::PriceLines;
use crate::http::portal::series::SeriesView;
use crate::http::reply;

/// One row of the table.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffServiceRequest)]
pub struct RequestView {
    pub id: Uuid,
    pub reference: String,
    pub rev: u32,
    pub status: &'static str,
    pub starts_at: String,
    pub ends_at: String,
    pub time_zone: &'static str,
    pub booking_type: &'static str,
    pub service: Named,
    pub team: Named,
    pub team_member: Option<Named>,
    /// Rooms and vehicles that it has.
    pub resources: Vec<Named>,
    pub client: ClientView,
    pub units: u32,
    pub units_past_limit: u32,
    pub price: PriceView,
    /// How the price came about, as it was agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<PriceLines>,
    pub payment_status: &'static str,
    pub payment_method: String,
    pub payment_session_id: Option<String>,
    pub cancellation: Option<CancellationView>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Something, and what people call it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffNamed)]
pub struct Named {
    pub id: Uuid,
    pub name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffClient)]
pub struct ClientView {
    pub user_id: Option<Uuid>,
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffPrice)]
pub struct PriceView {
    pub amount: i64,
    pub currency: String,
}

/// How a request was called off, declined, or expired.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffCancellation)]
pub struct CancellationView {
    /// The kind of account, or `system`; with the request's history only.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    at: DateTime<Utc>,
    reason: Option<String>,
    /// What the client owes for it.
    fee: Option<PriceView>,
}

impl CancellationView {
    fn of(record: &BookingRecord, ending: Option<&Ending>) -> Option<Self> {
        let ended = [Status::Cancelled, Status::Declined, Status::Expired];
        ended.contains(&record.entry.status).then(|| Self {
            by: ending.map(|ending| ending.by.name()),
            at: ending.map_or(record.updated_at, |ending| ending.at),
            reason: ending.and_then(|ending| ending.reason.clone()),
            fee: record.fee.map(PriceView::of),
        })
    }
}

impl PriceView {
    fn of(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency.to_string() }
    }
}

/// The row and the numbers of its day, as an answer to a change.
#[derive(Debug, Serialize)]
struct ChangedView<'a> {
    #[serde(flatten)]
    request: RequestView,
    ledger: &'a Value,
}

/// The whole story.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffServiceRequestDetail)]
pub struct DetailView {
    #[serde(flatten)]
    request: RequestView,
    /// What the client said: notes, answers, address.
    details: Value,
    ledger: Value,
    /// The visits that it is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<SeriesView>,
    history: Vec<EventView>,
    /// What is known of its payment, in order.
    facts: Vec<Value>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffEvent)]
pub struct EventView {
    seq: u64,
    at: DateTime<Utc>,
    kind: &'static str,
    actor: Value,
    reason: Option<String>,
    request_id: Uuid,
    /// What differs between the event kinds.
    #[serde(flatten)]
    change: Map<String, Value>,
}

impl RequestView {
    /// `record`, with the names that `catalog` has for what it refers to.
    pub fn of(catalog: &Catalog, record: &BookingRecord) -> Self {
        let entry = &record.entry;
        let team = catalog.team(record.key.team);
        let zone = team.map_or(Tz::UTC, |team| team.zone);
        let service = catalog.service(entry.service);
        let member = entry.member.and_then(|id| catalog.member(id));
        let name = |name: Option<&String>| name.cloned().unwrap_or_default();
        let draft = &record.draft;
        Self {
            id: record.id.0,
            reference: Reference::of(entry.no).to_string(),
            rev: entry.rev,
            status: entry.status.name(),
            starts_at: local_time(entry.slot.starts_at, zone),
            ends_at: local_time(entry.slot.ends_at, zone),
            time_zone: zone.name(),
            booking_type: match entry.class {
                Class::Standard => "standard",
                Class::Emergency => "emergency",
            },
            service: Named { id: entry.service.0, name: name(service.map(|one| &one.name)) },
            team: Named { id: record.key.team.0, name: name(team.map(|one| &one.name)) },
            team_member: entry
                .member
                .map(|id| Named { id: id.0, name: name(member.map(|one| &one.name)) }),
            resources: entry.resources.iter().map(|id| resource(catalog, *id)).collect(),
            client: ClientView {
                user_id: draft.client_user.map(|user| user.0),
                name: draft.client.name.clone(),
                email: draft.client.email.clone(),
                phone: draft.client.phone.clone(),
            },
            units: entry.units,
            units_past_limit: entry.units_past_limit,
            price: PriceView::of(draft.price.total),
            quote: draft.price.quote.as_deref().and_then(PriceLines::stored),
            payment_status: payment_status(record),
            payment_method: draft.payment_method.clone(),
            payment_session_id: session_of(record),
            cancellation: CancellationView::of(record, None),
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

fn resource(catalog: &Catalog, id: ResourceId) -> Named {
    let name = catalog.resource(id).map(|resource| resource.name.clone());
    Named { id: id.0, name: name.unwrap_or_default() }
}

/// Makes the answer to a change of a service request.
pub fn presenter(catalog: Arc<Catalog>) -> Present {
    Arc::new(move |changed: &Changed| {
        let cancellation = CancellationView::of(&changed.record, changed.ending.as_ref());
        let request = RequestView { cancellation, ..RequestView::of(&catalog, &changed.record) };
        let (key, at) = (changed.at.key, changed.at);
        let ledger = ledger_view(key, (at.seq, at.epoch), changed.facts);
        let etag = Some(changed.record.entry.rev.to_string());
        let view = ChangedView { request, ledger: &ledger };
        StoredResponse { etag, ..reply::done(&view) }
    })
}

/// Shows one service request in full.
pub fn show_detail(catalog: &Catalog, detail: &RequestDetail) -> actix_web::HttpResponse {
    let (record, ledger) = (&detail.record, &detail.ledger);
    let cancellation = CancellationView::of(record, Ending::among(&detail.history).as_ref());
    let request = RequestView { cancellation, ..RequestView::of(catalog, record) };
    let view = DetailView {
        details: serde_json::from_str(&record.draft.details).unwrap_or_default(),
        ledger: ledger_view(ledger.key, (ledger.version, ledger.epoch), detail.facts),
        series: detail.series.as_ref().map(|series| SeriesView::of(catalog, series)),
        history: detail.history.iter().map(event_view).collect(),
        facts: facts(record),
        request,
    };
    reply::show(i64::from(record.entry.rev), &view)
}

fn ledger_view(
    key: domain::ledger::LedgerKey,
    (seq, epoch): (u64, domain::ids::Epoch),
    facts: Facts,
) -> Value {
    json!({
        "teamId": key.team.to_string(),
        "date": key.day,
        "seq": seq,
        "epoch": epoch.to_string(),
        "limit": facts.limit,
        "used": facts.used,
        "held": facts.held,
        "remaining": facts.remaining,
        "closed": facts.is_closed,
    })
}

/// What is known about the money for a booking, in order.
pub fn facts(record: &BookingRecord) -> Vec<Value> {
    let price = record.draft.price.total;
    let agreed = (price.amount > 0).then(|| {
        json!({
            "kind": "agreed",
            "at": record.created_at,
            "method": record.draft.payment_method,
            "amount": price.amount,
            "currency": price.currency.as_str(),
        })
    });
    let known = record.payment.as_deref();
    let collected = known.and_then(|known| known.collected).map(|cash| {
        json!({
            "kind": "collected",
            "at": cash.at,
            "by": cash.by.0,
            "correctionNo": cash.correction_no,
            "amount": cash.amount,
            "currency": price.currency.as_str(),
        })
    });
    let attempts = known.map(|known| &known.attempts).into_iter().flatten();
    let paid = attempts.flat_map(|(no, attempt)| attempt_facts(no.0, attempt));
    let doubts = payment_of(record).doubts().map(|doubt| doubt_fact(&doubt)).collect::<Vec<_>>();
    agreed.into_iter().chain(collected).chain(paid).chain(doubts).collect()
}

/// The page of the newest attempt to pay.
fn session_of(record: &BookingRecord) -> Option<String> {
    let known = record.payment.as_deref()?;
    let named = known.attempts.values().rev().find_map(|attempt| attempt.session.as_ref());
    named.map(|session| session.0.clone())
}

/// What is known of one attempt to pay: the page, what came, what went back, what is disputed.
fn attempt_facts(no: u32, attempt: &AttemptRecord) -> Vec<Value> {
    let (asked, facts) = (attempt.order.amount, &attempt.facts);
    let page = json!({
        "kind": "attempt",
        "attempt": no,
        "sessionId": attempt.session.as_ref().map(|session| &session.0),
        "page": match facts.checkout {
            Checkout::Asked => "asked",
            Checkout::Refused => "refused",
            Checkout::Open => "open",
            Checkout::Expired => "expired",
            Checkout::CompleteUnpaid => "complete-unpaid",
            Checkout::CompletePaid => "complete-paid",
        },
        "amount": asked.amount,
        "currency": asked.currency.as_str(),
        "readAt": facts.read_at,
        "isConfirmed": !facts.is_unconfirmed(),
    });
    let received = facts.received.iter().map(|(currency, amount)| {
        let currency = currency.as_str();
        json!({ "kind": "received", "attempt": no, "amount": amount, "currency": currency })
    });
    let refunds = facts.refunds.iter().map(|(key, refund)| {
        json!({
            "kind": "refund",
            "attempt": no,
            "id": key.0,
            "state": match refund.state {
                RefundState::Asked => "asked",
                RefundState::Pending => "pending",
                RefundState::Succeeded => "succeeded",
                RefundState::Failed => "failed",
                RefundState::Canceled => "canceled",
            },
            "amount": refund.amount,
            "currency": refund.currency.as_str(),
        })
    });
    let disputes = facts.disputes.iter().map(|(key, state)| {
        let state = match state {
            DisputeState::NeedsResponse => "needs-response",
            DisputeState::UnderReview => "under-review",
            DisputeState::Won => "won",
            DisputeState::Lost => "lost",
        };
        json!({ "kind": "dispute", "attempt": no, "id": key.0, "state": state })
    });
    std::iter::once(page).chain(received).chain(refunds).chain(disputes).collect()
}

/// A question about the money that nobody has answered.
fn doubt_fact(doubt: &Doubt) -> Value {
    match doubt {
        Doubt::AmountDiffers { attempt, currency, received } => json!({
            "kind": "doubt", "question": "amount-differs", "attempt": attempt.0,
            "amount": received, "currency": currency.as_str(),
        }),
        Doubt::Misbound { attempt } => {
            json!({ "kind": "doubt", "question": "names-another-booking", "attempt": attempt.0 })
        }
        Doubt::SeveralPaid { paid_count } => {
            json!({ "kind": "doubt", "question": "paid-more-than-once", "count": paid_count })
        }
    }
}

fn event_view(recorded: &Recorded) -> EventView {
    let cause = &recorded.cause;
    EventView {
        seq: recorded.seq,
        at: recorded.at,
        kind: kind_told(&recorded.event),
        actor: json!({ "kind": cause.actor.kind.name(), "id": cause.actor.id.map(|id| id.0) }),
        reason: cause.reason.clone(),
        request_id: cause.request_id,
        change: change_view(&recorded.event),
    }
}

/// What an event changed about its booking.
fn change_view(event: &Event) -> Map<String, Value> {
    let members: BTreeMap<&str, Value> = match event {
        Event::Booked { entry, .. } => [("to", place(entry))].into(),
        Event::Held { hold, .. } | Event::Offered { hold, .. } => {
            [("to", place(&Entry { status: Status::Held, ..hold.entry.clone() }))].into()
        }
        Event::HoldConfirmed { hold, .. } => match hold.origin.entry() {
            Some(from) => [("from", place(from)), ("to", place(&hold.entry))].into(),
            None => [("to", place(&hold.entry))].into(),
        },
        Event::HoldReleased { hold, to, .. } => {
            [("from", place(&Entry { status: *to, ..hold.entry.clone() }))].into()
        }
        Event::Departed { from, to, .. } => {
            let to = json!({ "teamId": to.team.0, "date": to.day });
            [("from", place(from)), ("to", to)].into()
        }
        Event::WaitJoined { waiting } => {
            waiting.line().map(|line| ("to", place(&line))).into_iter().collect()
        }
        Event::WaitEnded { to, .. } => [("to", json!({ "status": to.name() }))].into(),
        Event::Displaced { alternatives, .. } => {
            let list = alternatives.iter().map(|one| {
                json!({
                    "startsAt": one.starts_at,
                    "teamId": one.team.0,
                    "teamMemberId": one.member.map(|member| member.0),
                })
            });
            [("alternatives", list.collect())].into()
        }
        Event::Rescheduled { from, to, .. } | Event::Assigned { from, to, .. } => {
            [("from", place(from)), ("to", place(to))].into()
        }
        Event::Ended { entry, to, .. } => {
            [("from", place(entry)), ("to", json!({ "status": to.name() }))].into()
        }
        Event::Progressed { step, from, to, .. } => [
            ("step", step.name().into()),
            ("from", json!({ "status": from.name() })),
            ("to", json!({ "status": to.name() })),
        ]
        .into(),
        // These are about the day, or between ledgers, and no part of a booking's story.
        Event::Departing { .. }
        | Event::Stayed { .. }
        | Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. } => BTreeMap::new(),
    };
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn place(entry: &Entry) -> Value {
    json!({
        "startsAt": entry.slot.starts_at,
        "endsAt": entry.slot.ends_at,
        "teamMemberId": entry.member.map(|member| member.0),
        "resourceIds": entry.resources.iter().map(|resource| resource.0).collect::<Vec<_>>(),
        "status": entry.status.name(),
    })
}
