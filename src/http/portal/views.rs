//! A booking as its client sees it.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::booking::{Status, Terms};
use domain::ids::{MemberId, Reference, TeamId};
use domain::ledger::{ActorKind, Class, Event, Recorded};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use super::pricing::{Price, price};

use super::payments::Payment;
use super::pricing::PriceLines;
use super::series::SeriesView;
use crate::app::{
    App, BookingRecord, Catalog, Changed, Ending, Facts, LedgerPoint, MadeSeries, SeriesInfo,
    Standing, StoredResponse, kind_told, terms,
};
use crate::auth::{Grant, LinkPurpose, Links};
use crate::http::conversions::local_time;

/// Where a booking lives on the wire.
pub const BOOKINGS_PATH: &str = "/api/portal/service-requests";

/// A booking, as answers to changes and lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRequest {
    id: String,
    /// What people read out on the telephone.
    #[schema(example = "DB-7K3M-Q2")]
    reference: String,
    /// Grows with every visible change; also the `ETag`.
    rev: u32,
    #[schema(example = "confirmed")]
    status: &'static str,
    booking_type: &'static str,
    /// RFC 3339, with the offset of the team's zone.
    starts_at: String,
    ends_at: String,
    time_zone: &'static str,
    service: Named,
    team: Named,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_member: Option<Named>,
    price: Price,
    /// How the price came about, as it was agreed. Left out of bookings from before there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<PriceLines>,
    payment: Payment,
    /// Until when its client may change it; of a visit that lies ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Policy>,
    /// How it ended before it took place, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation: Option<Cancellation>,
    /// Of one that waits: place in the day's line for its service, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u32>,
    /// Of one that is held for somebody who waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<Offer>,
    /// Of one whose place is kept until it is paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Offer>,
    /// Set when the visit cannot take place as planned and the client has not chosen another time.
    #[serde(skip_serializing_if = "Option::is_none")]
    displaced: Option<Displaced>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<LedgerState>,
    /// Set in the answer to a new series, and in details: the visits that it is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<SeriesView>,
    links: RequestLinks,
    created_at: String,
    updated_at: String,
}

/// Somebody or something, by id and display name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    id: String,
    name: String,
}

/// What a client may still do, and what it costs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// From then on only the team moves it or calls it off. Left out: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    change_until: Option<String>,
    /// From then on calling it off costs `cancelFee`.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_cancel_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_fee: Option<Price>,
}

/// How a booking was called off, declined, or expired.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Cancellation {
    /// `client`, `staff` or `system`; with the booking's history only.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What the client owes for it.
    fee: Option<Price>,
}

/// A place that is held for somebody who waited, or who is to pay.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Offer {
    /// Until then it can be accepted, or paid for.
    expires_at: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct Displaced {
    /// What would do instead, as far as it was known when the client was told. Choosing is an
    /// ordinary reschedule.
    alternatives: Vec<OtherTime>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OtherTime {
    starts_at: String,
    team_id: String,
    team_member_id: Option<String>,
}

/// The day's ledger right after the change.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerState {
    team_id: String,
    date: String,
    /// Sequence number of the change: it is part of the ledger's history from here on.
    seq: u64,
    epoch: String,
    /// Units that a standard booking could still take.
    remaining: u32,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct RequestLinks {
    #[serde(rename = "self")]
    itself: String,
    /// A page from which the booking can be cancelled, for whoever has this link.
    manage: String,
    /// The visit, or its series, as a file for calendars. Left out while it waits for a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    ics: Option<String>,
}

/// A booking in full.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRequestDetail {
    #[serde(flatten)]
    request: ServiceRequest,
    client: Client,
    /// What was said when booking: notes, answers, address, locale, zone, emergency.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    details: Map<String, Value>,
    history: Vec<HistoryEntry>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Client {
    name: String,
    email: String,
    phone: Option<String>,
    #[schema(value_type = Option<String>)]
    address: Option<Value>,
}

/// Something that happened to a booking.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HistoryEntry {
    /// Place in the history of the day's ledger.
    seq: u64,
    at: String,
    #[schema(example = "booked")]
    kind: &'static str,
    /// `client`, `staff` or `system`.
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Shows bookings to those concerned. Cheap to make, and safe to keep: it sees one revision of the
/// catalogue.
#[derive(Clone)]
pub struct Presenter {
    catalog: Arc<Catalog>,
    links: Arc<Links>,
    link_grace: TimeDelta,
}

impl Presenter {
    /// A presenter over the newest catalogue.
    pub fn new(app: &App) -> Self {
        let link_grace = TimeDelta::from_std(app.config.auth.link_grace).unwrap_or_default();
        Self { catalog: app.catalog.current(), links: Arc::clone(&app.links), link_grace }
    }

    /// The answer to a new booking.
    pub fn created(&self, changed: &Changed) -> StoredResponse {
        let view = self.changed_view(changed);
        let location = Some(view.links.itself.clone());
        StoredResponse { status: 201, location, ..answer(&view) }
    }

    /// The answer to somebody who joined a waiting list.
    pub fn waiting(&self, changed: &Changed, standing: &Standing) -> StoredResponse {
        let view = self.standing(&changed.record, standing);
        let view =
            ServiceRequest { ledger: Some(LedgerState::of(&changed.at, &changed.facts)), ..view };
        let location = Some(view.links.itself.clone());
        StoredResponse { status: 201, location, ..answer(&view) }
    }

    /// The answer to a new series: its first booking, and all of it.
    pub fn created_series(&self, made: &MadeSeries) -> StoredResponse {
        let Some(first) = made.first() else { return StoredResponse::nothing() };
        let view =
            ServiceRequest { series: Some(SeriesView::made(made)), ..self.changed_view(first) };
        let location = Some(view.links.itself.clone());
        StoredResponse { status: 201, location, ..answer(&view) }
    }

    /// The answer to a change of a booking.
    pub fn updated(&self, changed: &Changed) -> StoredResponse {
        answer(&self.changed_view(changed))
    }

    fn changed_view(&self, changed: &Changed) -> ServiceRequest {
        let Changed { record, at, facts, ending } = changed;
        let ledger = LedgerState::of(at, facts);
        let cancellation = self.cancellation(record, ending.as_ref());
        ServiceRequest { ledger: Some(ledger), cancellation, ..self.request(record) }
    }

    /// A booking as lists show it, with where it stands.
    pub fn standing(&self, record: &BookingRecord, standing: &Standing) -> ServiceRequest {
        let zone = self.zone(record);
        let offer = standing.offer_expires_at;
        let displaced = standing.displaced.as_ref().map(|others| {
            let others = others.iter().map(|other| OtherTime {
                starts_at: local_time(other.starts_at, zone),
                team_id: other.team.to_string(),
                team_member_id: other.member.map(|member| member.to_string()),
            });
            Displaced { alternatives: others.collect() }
        });
        ServiceRequest {
            position: standing.position,
            offer: offer.map(|at| Offer { expires_at: local_time(at, zone) }),
            hold: standing.kept_until.map(|at| Offer { expires_at: local_time(at, zone) }),
            displaced,
            ..self.request(record)
        }
    }

    /// A booking as lists show it.
    pub fn request(&self, record: &BookingRecord) -> ServiceRequest {
        let zone = self.zone(record);
        let (entry, draft) = (&record.entry, &record.draft);
        ServiceRequest {
            id: record.id.to_string(),
            reference: Reference::of(entry.no).to_string(),
            rev: entry.rev,
            status: entry.status.name(),
            booking_type: match entry.class {
                Class::Standard => "standard",
                Class::Emergency => "emergency",
            },
            starts_at: local_time(entry.slot.starts_at, zone),
            ends_at: local_time(entry.slot.ends_at, zone),
            time_zone: zone.name(),
            service: self.service(record),
            team: self.team(record.key.team),
            team_member: entry.member.map(|id| self.member(id)),
            price: price(draft.price.total),
            quote: draft.price.quote.as_deref().and_then(PriceLines::stored),
            payment: Payment::of(record),
            policy: terms(&self.catalog, record).map(|terms| policy(&terms, zone)),
            cancellation: self.cancellation(record, None),
            position: None,
            offer: None,
            hold: None,
            displaced: None,
            ledger: None,
            series: None,
            links: self.links(record),
            created_at: local_time(record.created_at, zone),
            updated_at: local_time(record.updated_at, zone),
        }
    }

    /// A booking in full, with what happened to it.
    pub fn detail(
        &self,
        record: &BookingRecord,
        (standing, series): (&Standing, Option<&SeriesInfo>),
        history: &[Recorded],
    ) -> ServiceRequestDetail {
        let zone = self.zone(record);
        let details = serde_json::from_str(&record.draft.details);
        let mut details: Map<String, Value> = details.unwrap_or_default();
        let client = &record.draft.client;
        let cancellation = self.cancellation(record, Ending::among(history).as_ref());
        ServiceRequestDetail {
            request: ServiceRequest {
                series: series.map(|series| SeriesView::of(&self.catalog, series)),
                cancellation,
                ..self.standing(record, standing)
            },
            client: Client {
                name: client.name.clone(),
                email: client.email.clone(),
                phone: client.phone.clone(),
                address: details.remove("address"),
            },
            details,
            history: history.iter().map(|recorded| history_entry(recorded, zone)).collect(),
        }
    }

    /// How the booking ended before it took place, if it did.
    fn cancellation(
        &self,
        record: &BookingRecord,
        ending: Option<&Ending>,
    ) -> Option<Cancellation> {
        let ended = [Status::Cancelled, Status::Declined, Status::Expired];
        ended.contains(&record.entry.status).then(|| Cancellation {
            by: ending.map(|ending| side(ending.by)),
            at: local_time(ending.map_or(record.updated_at, |ending| ending.at), self.zone(record)),
            reason: ending.and_then(|ending| ending.reason.clone()),
            fee: record.fee.map(price),
        })
    }

    /// The name of the booked service.
    pub fn service(&self, record: &BookingRecord) -> Named {
        let id = record.entry.service;
        let name = self.catalog.service(id).map(|service| service.name.clone());
        Named { id: id.to_string(), name: name.unwrap_or_default() }
    }

    /// The name of a member.
    pub fn member(&self, id: MemberId) -> Named {
        let name = self.catalog.member(id).map(|member| member.name.clone());
        Named { id: id.to_string(), name: name.unwrap_or_default() }
    }

    /// The name of a team.
    pub fn team(&self, id: TeamId) -> Named {
        let name = self.catalog.team(id).map(|team| team.name.clone());
        Named { id: id.to_string(), name: name.unwrap_or_default() }
    }

    /// The zone that the booking's times are shown in.
    pub fn zone(&self, record: &BookingRecord) -> Tz {
        self.zone_of(record.key.team)
    }

    /// A time, as people see it where the booking is.
    pub fn time_of(&self, record: &BookingRecord, at: DateTime<Utc>) -> String {
        local_time(at, self.zone(record))
    }

    /// The zone of a team.
    pub fn zone_of(&self, team: TeamId) -> Tz {
        self.catalog.team(team).map_or(chrono_tz::UTC, |team| team.zone)
    }

    fn links(&self, record: &BookingRecord) -> RequestLinks {
        let purpose = LinkPurpose::Manage;
        let grant = Grant { booking: record.id, purpose, link_no: record.link_no };
        let token = self.links.issue(grant, record.entry.slot.ends_at + self.link_grace);
        RequestLinks {
            itself: format!("{BOOKINGS_PATH}/{}", record.id),
            manage: format!("/c/{token}"),
            ics: (record.entry.status != Status::Waitlisted)
                .then(|| format!("{BOOKINGS_PATH}/{}/invite.ics", record.id)),
        }
    }
}

impl LedgerState {
    /// The day's numbers at one moment of its history.
    pub fn of(at: &LedgerPoint, facts: &Facts) -> Self {
        Self {
            team_id: at.key.team.to_string(),
            date: at.key.day.to_string(),
            seq: at.seq,
            epoch: at.epoch.to_string(),
            remaining: facts.remaining,
        }
    }
}

impl Named {
    /// The display name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn policy(terms: &Terms, zone: Tz) -> Policy {
    let is_limited = terms.change_until < DateTime::<Utc>::MAX_UTC;
    Policy {
        change_until: is_limited.then(|| local_time(terms.change_until, zone)),
        free_cancel_until: terms.fee.map(|_| local_time(terms.free_until, zone)),
        cancel_fee: terms.fee.map(price),
    }
}

/// On whose side somebody stands.
fn side(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Guest | ActorKind::Client => "client",
        ActorKind::Member | ActorKind::Dispatcher | ActorKind::Admin => "staff",
        ActorKind::System => "system",
    }
}

/// An answer that can be stored, with the revision as its tag.
fn answer(view: &ServiceRequest) -> StoredResponse {
    // Text and numbers only: there is nothing in it that could fail to be written.
    let body = serde_json::to_vec(view).unwrap_or_default();
    StoredResponse { status: 200, body, etag: Some(view.rev.to_string()), location: None }
}

fn history_entry(recorded: &Recorded, zone: Tz) -> HistoryEntry {
    let (status, starts_at, tells_reason) = match &recorded.event {
        Event::Booked { entry, .. } => (Some(entry.status), Some(entry.slot.starts_at), false),
        Event::Rescheduled { to, .. } => (None, Some(to.slot.starts_at), true),
        Event::Ended { to, .. } => (Some(*to), None, true),
        Event::Held { hold, .. } | Event::Offered { hold, .. } => {
            (Some(Status::Held), Some(hold.entry.slot.starts_at), false)
        }
        Event::HoldConfirmed { hold, .. } => {
            (Some(hold.entry.status), Some(hold.entry.slot.starts_at), true)
        }
        Event::HoldReleased { to, .. }
        | Event::WaitEnded { to, .. }
        | Event::Progressed { to, .. } => (Some(*to), None, false),
        Event::WaitJoined { .. } => (Some(Status::Waitlisted), None, false),
        Event::Displaced { .. } => (None, None, true),
        Event::Assigned { .. }
        | Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. }
        | Event::Departing { .. }
        | Event::Departed { .. }
        | Event::Stayed { .. } => (None, None, false),
    };
    HistoryEntry {
        seq: recorded.seq,
        at: recorded.at.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::AutoSi, true),
        kind: kind_told(&recorded.event),
        by: side(recorded.cause.actor.kind),
        status: status.map(Status::name),
        starts_at: starts_at.map(|at| local_time(at, zone)),
        // Why staff passed a limit or sent somebody else is the team's own business.
        reason: recorded.cause.reason.clone().filter(|_| tells_reason),
    }
}
