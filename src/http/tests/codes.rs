//! Every problem code, provoked and heard. A new one does not compile until somebody says how.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use chrono::{NaiveDate, TimeDelta};
use domain::audit::AuditEntry;
use domain::ids::{BookingId, Epoch, OpId, PromoId, TeamId};
use domain::ledger::{ActorKind, LedgerKey, Rejection};
use domain::pricing::promo::LimitOf;
use domain::pricing::promo::ledger::Rejection as PromoRejection;
use serde_json::{Value, json};
use store::StoreError;
use store::records::{AuditQuery, OverrideRecord};
use store::traits::AuditStore;
use uuid::Uuid;

use super::failures::{Always, Gone, joins_in_vain};
use super::harness::{BOOKINGS, Call, Plan, Portal, Reply, token, tuesday};
use super::{money, payments, pricing, series};
use crate::actors::{Facts, Refusal};
use crate::config::Quota;
use crate::http::Shared;
use crate::http::codes::Code;
use crate::realtime::tests::{rig, world};

const JSON: &str = "application/json";
const BODY_BYTES_MAX: usize = 64 * 1024;
const ME: &str = "/api/auth/me";
const AUDIT: &str = "/api/admin/audit";

/// An audit trail that somebody has scribbled over.
struct Garbled;

impl AuditStore for Garbled {
    fn audit(&self, _: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        Err(StoreError::Corrupt("an entry without a hash".to_owned()))
    }

    fn append_audit(&self, _: &domain::audit::AuditDraft) -> Result<(), StoreError> {
        Ok(())
    }

    fn overrides(
        &self,
        _: TeamId,
        _: NaiveDate,
        _: NaiveDate,
    ) -> Result<Vec<OverrideRecord>, StoreError> {
        Ok(Vec::new())
    }
}

/// An answer that has this code.
#[expect(clippy::too_many_lines, reason = "a table with an arm for each code")]
async fn provoked(code: Code) -> Reply {
    let portal = Portal::new();
    match code {
        Code::MalformedRequest => sent(&portal, JSON, "{").await,
        Code::ValidationFailed => sent(&portal, JSON, "{}").await,
        Code::UnsupportedMediaType => sent(&portal, "text/plain", "{}").await,
        Code::PayloadTooLarge => sent(&portal, JSON, &" ".repeat(BODY_BYTES_MAX + 1)).await,
        Code::NotFound => portal.get("/api/portal/nowhere").send().await,
        Code::MethodNotAllowed => portal.call(Method::PATCH, BOOKINGS).send().await,
        Code::PreconditionRequired => cancelled(&portal, |call| call).await,
        Code::StaleRevision => cancelled(&portal, |call| call.rev(7)).await,
        Code::Unauthenticated => portal.get(ME).send().await,
        Code::SessionExpired => portal.get(ME).session("made-up").send().await,
        Code::Forbidden => as_staff(&portal, ActorKind::Member, portal.get(AUDIT)).await,
        Code::CsrfRejected => with_header(&portal, ("Sec-Fetch-Site", "cross-site")).await,
        Code::OriginRejected => socket_from_elsewhere().await,
        Code::LinkExpired => page_after(&portal, |_| portal.wait(TimeDelta::days(9))).await,
        Code::LinkRevoked => page_after(&portal, |made| revoke(&portal, made)).await,
        Code::QuotaExceeded => asked_twice_where_once_is_enough().await,
        Code::CapacityExceeded => second_on_a_day_for_one().await,
        Code::SlotTaken => booked_times(&portal, 3, Value::Null).await,
        Code::MemberUnavailable => booked_times(&portal, 2, json!(portal.members[0].0)).await,
        Code::OutsideAvailability => portal.book(22).await,
        Code::LeadTime => booked_with(&portal, "startsAt", "2026-11-20T10:00:00+01:00").await,
        // Half past two, when clocks go forward and when they go back.
        Code::NonexistentLocalTime => booked_at_wall_time(&portal, "2027-03-28T02:30:00").await,
        Code::AmbiguousLocalTime => booked_at_wall_time(&portal, "2027-10-31T02:30:00").await,
        Code::IllegalTransition => cancelled_twice(&portal).await,
        Code::CancellationWindowClosed => {
            cancelled(&portal, |call| {
                portal.wait(TimeDelta::hours(27));
                call.rev(1)
            })
            .await
        }
        Code::HoldExpired => refused(Rejection::NotHeld { booking: BookingId(Uuid::nil()) }).await,
        Code::HoldLimitReached => refused(Rejection::HoldShareReached { limit: 2, held: 2 }).await,
        Code::PromoExhausted
        | Code::PromoInvalid
        | Code::PromoNotApplicable
        | Code::QuoteExpired
        | Code::PriceChanged
        | Code::CurrencyUnavailable => about_a_price(&portal, code).await,
        Code::WaitlistFull => refused(Rejection::WaitlistFull { max: 200 }).await,
        Code::LedgerMoving => refused(Rejection::Undecided { op: OpId(Uuid::nil()) }).await,
        Code::SeriesConflict => series::on_a_full_day().await,
        Code::PreviewStale => series::from_no_preview().await,
        Code::LimitBelowBooked => limit_after_a_booking(&portal, Some("a day off")).await,
        Code::OverrideReasonRequired => limit_after_a_booking(&portal, None).await,
        Code::AlreadyExists => account_made_twice(&portal).await,
        Code::StillInUse => team_deleted(&portal).await,
        Code::RefundExceedsPayment => money_handled(&portal, "refund", false).await,
        Code::PaymentDisputed => money_handled(&portal, "refund", true).await,
        Code::NothingInDoubt => money_handled(&portal, "clear-payment", false).await,
        Code::AddressNotAllowed => endpoint_next_door(&portal).await,
        Code::IdempotencyKeyMissing => {
            portal.call(Method::POST, BOOKINGS).json(&portal.wish(10)).send().await
        }
        Code::IdempotencyKeyInvalid => {
            portal.post(BOOKINGS, &portal.wish(10)).key("a b").send().await
        }
        Code::IdempotencyKeyReused => key_used_for_two_hours(&portal).await,
        Code::IdempotencyInProgress => joins_in_vain().await,
        Code::PaymentAlreadyComplete => cash_taken_twice(&portal).await,
        Code::PaymentUnavailable => booked_with(&portal, "paymentMethod", "card").await,
        Code::PaymentRejected => payments::refused_page().await,
        Code::WebhookSignatureInvalid => {
            portal.call(Method::POST, "/api/payments/webhook").json(&json!({})).send().await
        }
        Code::TemporaryReducedCapacity => {
            told(Refusal::Busy { retry_after: Duration::from_secs(1) }).await
        }
        Code::StorageUnavailable => told(Refusal::Unavailable).await,
        Code::Draining => told(Refusal::Draining).await,
        Code::NotReady => {
            let portal = portal.stored_in(|store| store.health = Arc::new(Gone));
            portal.get("/readyz").send().await
        }
        Code::DeadlineExceeded => told(Refusal::DeadlineExceeded).await,
        Code::Internal => {
            let portal = portal.stored_in(|store| store.audit = Arc::new(Garbled));
            as_staff(&portal, ActorKind::Admin, portal.get(AUDIT)).await
        }
    }
}

async fn sent(portal: &Portal, kind: &str, body: &str) -> Reply {
    portal.call(Method::POST, BOOKINGS).key("k").bytes(kind, body).send().await
}

async fn as_staff(portal: &Portal, role: ActorKind, call: Call<'_>) -> Reply {
    call.session(&portal.account(role)).send().await
}

async fn with_header(portal: &Portal, (name, value): (&str, &str)) -> Reply {
    portal.post(BOOKINGS, &portal.wish(10)).header(name, value).send().await
}

/// What can be wrong with a price, or with what is to be taken off it.
async fn about_a_price(portal: &Portal, code: Code) -> Reply {
    match code {
        Code::PromoNotApplicable => pricing::promo_for_another_weekday(portal).await,
        Code::QuoteExpired => pricing::booked_too_late(portal).await,
        Code::PriceChanged => pricing::booked_after_a_change(portal).await,
        Code::CurrencyUnavailable => pricing::in_dollars_by_old_rates(portal).await,
        Code::PromoExhausted => {
            let (of, limit) = (LimitOf::Everybody, 10);
            promo_refused(PromoRejection::Exhausted { of, limit }).await
        }
        Code::PromoInvalid => promo_refused(PromoRejection::Ended).await,
        other => unreachable!("{} is not about a price", other.name()),
    }
}

/// Told by a promo's ledger.
async fn promo_refused(why: PromoRejection) -> Reply {
    told(Refusal::Promo { promo: PromoId(Uuid::nil()), why }).await
}

/// Told by a desk that refuses everything.
async fn told(refusal: Refusal) -> Reply {
    Portal::new().decided_by(Arc::new(Always(refusal))).book(10).await
}

/// Told by a ledger that refuses everything.
async fn refused(rejection: Rejection) -> Reply {
    let team = TeamId(Uuid::nil());
    let key = LedgerKey { team, day: NaiveDate::default() };
    let (epoch, facts) = (Epoch(7), Facts::default());
    told(Refusal::Rejected { rejection, key, epoch, seq: 3, facts }).await
}

async fn booked_with(portal: &Portal, name: &str, value: &str) -> Reply {
    let mut wish = portal.wish(10);
    wish[name] = json!(value);
    portal.post(BOOKINGS, &wish).send().await
}

async fn booked_at_wall_time(portal: &Portal, local: &str) -> Reply {
    let mut wish = portal.wish(10);
    wish["startsAt"] = json!(local);
    wish["timeZone"] = json!("Europe/Berlin");
    portal.post(BOOKINGS, &wish).send().await
}

/// The last of so many bookings of one hour.
async fn booked_times(portal: &Portal, count: u32, member: Value) -> Reply {
    let mut wish = portal.wish(10);
    wish["teamMemberId"] = member;
    for _ in 1..count {
        let made = portal.post(BOOKINGS, &wish).send().await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    portal.post(BOOKINGS, &wish).send().await
}

async fn second_on_a_day_for_one() -> Reply {
    let portal = Portal::with(Plan { limit: 1, ..Plan::default() }, |_| {});
    portal.book(10).await;
    portal.book(11).await
}

async fn key_used_for_two_hours(portal: &Portal) -> Reply {
    portal.post(BOOKINGS, &portal.wish(10)).key("one").send().await;
    portal.post(BOOKINGS, &portal.wish(11)).key("one").send().await
}

/// A request of its client's to cancel a booking, completed by `complete`.
async fn cancelled<'a>(portal: &'a Portal, complete: impl FnOnce(Call<'a>) -> Call<'a>) -> Reply {
    let made = portal.book(10).await.body;
    let path = format!("{BOOKINGS}/{}/cancel", made["id"].as_str().unwrap());
    complete(portal.post(&path, &json!({})).link(token(&made))).send().await
}

async fn cancelled_twice(portal: &Portal) -> Reply {
    let made = portal.book(10).await.body;
    let path = format!("{BOOKINGS}/{}/cancel", made["id"].as_str().unwrap());
    let cancel = |rev| portal.post(&path, &json!({})).link(token(&made)).rev(rev).send();
    cancel(1).await;
    cancel(2).await
}

/// The page behind a booking's link after `then`.
async fn page_after(portal: &Portal, then: impl FnOnce(&Value)) -> Reply {
    let made = portal.book(10).await.body;
    then(&made);
    portal.get(made["links"]["manage"].as_str().unwrap()).send().await
}

fn revoke(portal: &Portal, made: &Value) {
    let id = made["id"].as_str().unwrap().parse().unwrap();
    portal.scratch.store.bookings.revoke_links(id).unwrap();
}

async fn limit_after_a_booking(portal: &Portal, reason: Option<&str>) -> Reply {
    portal.book(10).await;
    let path = format!("/api/admin/capacity/{}/{}", portal.team, tuesday());
    let body = json!({ "limit": 0, "reason": reason });
    let call = portal.call(Method::PUT, &path).key("k").json(&body);
    as_staff(portal, ActorKind::Dispatcher, call).await
}

async fn cash_taken_twice(portal: &Portal) -> Reply {
    let made = portal.book(10).await.body;
    let path = format!(
        "/api/admin/service-requests/{}/mark-cod-collected",
        made["id"].as_str().unwrap_or_default()
    );
    let take = || as_staff(portal, ActorKind::Admin, portal.post(&path, &json!({})).rev(1));
    take().await;
    take().await
}

async fn account_made_twice(portal: &Portal) -> Reply {
    let body = json!({ "email": "ada@daybook.example", "name": "Ada", "role": "client" });
    let create = || as_staff(portal, ActorKind::Admin, portal.post("/api/admin/users", &body));
    create().await;
    create().await
}

/// What the office hears that wants to do `what` about money that never came, or is disputed.
async fn money_handled(portal: &Portal, what: &str, is_disputed: bool) -> Reply {
    let made = portal.book(10).await.body;
    if is_disputed {
        money::asked_for(portal, &made, money::disputed());
    }
    let path = format!("/api/admin/service-requests/{}/{what}", made["id"].as_str().unwrap());
    let body = json!({ "reason": "for the test" });
    as_staff(portal, ActorKind::Admin, portal.post(&path, &body).rev(1)).await
}

async fn endpoint_next_door(portal: &Portal) -> Reply {
    let body = json!({ "url": "https://localhost/hooks" });
    as_staff(portal, ActorKind::Admin, portal.post("/api/admin/webhooks", &body)).await
}

async fn team_deleted(portal: &Portal) -> Reply {
    let path = format!("/api/admin/teams/{}", portal.team);
    as_staff(portal, ActorKind::Admin, portal.call(Method::DELETE, &path).key("k").rev(1)).await
}

async fn asked_twice_where_once_is_enough() -> Reply {
    let portal = Portal::with(Plan::default(), |config| {
        config.rate_limit.enabled = true;
        config.rate_limit.reads = Quota { per_minute: 1, burst: 1 };
    });
    let shared = Shared::new(Arc::clone(&portal.app));
    portal.get("/api/portal/services").send_to(shared.clone()).await;
    portal.get("/api/portal/services").send_to(shared).await
}

async fn socket_from_elsewhere() -> Reply {
    let portal = Portal::new().live_from(rig::hub(&world::World::new(), rig::config()));
    let socket = portal.get("/api/portal/realtime").header("Upgrade", "websocket");
    socket.header("Origin", "https://evil.example").send().await
}

#[actix_web::test]
async fn every_code_is_heard_by_whoever_provokes_it() {
    for code in Code::ALL {
        let reply = provoked(*code).await;

        assert_eq!(reply.outcome(), (code.status().as_u16(), code.name()), "{}", reply.text());
        assert_eq!(reply.header("Content-Type"), Some("application/problem+json"));
        assert!(reply.body["type"].as_str().unwrap().ends_with(code.name()), "{}", reply.text());
        assert_eq!(reply.body["retry"], code.retry().name());
        assert_eq!(reply.body["title"], code.title());
    }
}
