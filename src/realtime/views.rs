//! What leaves in `data`, for each audience its own type: nothing is hidden by leaving it out
//! later.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::availability;
use domain::ids::{BookingId, OverrideId, Reference};
use domain::ledger::{Class, Entry, Event, Foreign, Ledger, LedgerKey, Recorded};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::frames::raw;
use super::limits::PublicNumbers;
use super::ports::{PaymentStanding, Ports, RequestState};
use super::topics::View;
use crate::ambient::Ambient;

/// Sizes that bucketed numbers are rounded down to.
const BUCKETS: [u32; 9] = [0, 1, 2, 5, 10, 20, 50, 100, 1_000];

/// Turns state into `data`, and counts how often.
pub struct Renderer {
    pub ports: Ports,
    pub ambient: Ambient,
    pub public_numbers: PublicNumbers,
    /// How much was encoded since the start: once for each version, topic and view.
    pub encoded_count: AtomicU64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BoardView {
    team_id: Uuid,
    date: NaiveDate,
    limit: u32,
    used: u32,
    held: u32,
    remaining: u32,
    closed: bool,
    slots: Vec<SlotView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SlotView {
    starts_at: DateTime<FixedOffset>,
    remaining: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StaffBoardView {
    #[serde(flatten)]
    board: BoardView,
    emergency_remaining: u32,
    reserve: u32,
    bookings_count: usize,
    overrides_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestView {
    id: Uuid,
    reference: String,
    rev: u32,
    status: &'static str,
    team_id: Uuid,
    date: NaiveDate,
    service_id: Uuid,
    starts_at: DateTime<FixedOffset>,
    ends_at: DateTime<FixedOffset>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentView>,
}

#[derive(Serialize)]
struct PaymentView {
    status: &'static str,
    method: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StaffRequestView<'a> {
    #[serde(flatten)]
    request: RequestView,
    member_id: Option<Uuid>,
    units: u32,
    units_past_limit: u32,
    emergency: bool,
    /// What happened, where, and whom to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<CallView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<ActorView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// What somebody in need has said.
#[derive(Serialize, Deserialize)]
struct CallView {
    description: String,
    address: String,
    phone: String,
}

/// The part of a booking's details that is looked at here.
#[derive(Deserialize)]
struct DetailsOfCall {
    emergency: CallView,
}

#[derive(Serialize)]
struct ActorView {
    kind: &'static str,
    id: Option<Uuid>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CapacityView<'a> {
    team_id: Uuid,
    date: NaiveDate,
    /// The ledger's sequence number after the change.
    seq: u64,
    change: &'static str,
    limit: u32,
    used: u32,
    remaining: u32,
    closed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    override_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<Uuid>,
    actor: ActorView,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Page<'a> {
    requests: Vec<&'a RawValue>,
}

/// A booking right after an event, or as stored.
#[derive(Debug, Clone, Copy)]
pub struct RequestLine<'a> {
    pub id: BookingId,
    pub key: LedgerKey,
    pub entry: &'a Entry,
    /// What has just happened.
    pub recorded: Option<&'a Recorded>,
    /// What was said when it was booked (JSON), when it is an emergency and that is at hand.
    pub said: Option<&'a str>,
    /// How its payment stands, when that is at hand.
    pub payment: Option<PaymentStanding>,
}

impl Renderer {
    fn count(&self) {
        self.encoded_count.fetch_add(1, Ordering::Relaxed);
    }

    /// A team's day. `None` when there is no such team any more.
    pub fn board(&self, ledger: &Ledger, view: View) -> Option<Box<RawValue>> {
        self.count();
        let now = self.ambient.now();
        let LedgerKey { team, day } = ledger.key;
        let team_day = self.ports.boards.team_day(team, day)?;
        let interval = self.ports.boards.interval_minutes(team).max(1);
        let open = availability::board(&team_day, interval, ledger, &Foreign::default(), now);
        let slots = open.into_iter().map(|(starts_at, remaining)| SlotView {
            starts_at: local(starts_at, team_day.zone),
            remaining,
        });
        let board = BoardView {
            team_id: team.0,
            date: day,
            limit: ledger.limit_at(now),
            used: ledger.used,
            held: ledger.held,
            remaining: ledger.remaining(Class::Standard, now),
            closed: ledger.capacity.is_closed,
            slots: slots.collect(),
        };
        Some(match view {
            View::Public => raw(&self.for_public(board)),
            View::Staff => raw(&StaffBoardView {
                board,
                emergency_remaining: ledger.remaining(Class::Emergency, now),
                reserve: ledger.capacity.reserve,
                bookings_count: ledger.entries.len(),
                overrides_count: ledger.overrides.len(),
            }),
        })
    }

    fn for_public(&self, board: BoardView) -> BoardView {
        if self.public_numbers == PublicNumbers::Exact {
            return board;
        }
        let (limit, remaining) = (bucket(board.limit), bucket(board.remaining));
        let slots = board.slots.into_iter();
        let slots =
            slots.map(|slot| SlotView { remaining: bucket(slot.remaining), ..slot }).collect();
        let used = limit.saturating_sub(remaining);
        BoardView { limit, used, held: 0, remaining, slots, ..board }
    }

    /// One booking.
    pub fn request(&self, line: RequestLine<'_>, view: View) -> Box<RawValue> {
        self.count();
        let RequestLine { id, key, entry, recorded, said, payment } = line;
        let zone = self.ports.boards.zone(key.team).unwrap_or(Tz::UTC);
        let request = RequestView {
            id: id.0,
            reference: Reference::of(entry.no).to_string(),
            rev: entry.rev,
            status: entry.status.name(),
            team_id: key.team.0,
            date: key.day,
            service_id: entry.service.0,
            starts_at: local(entry.slot.starts_at, zone),
            ends_at: local(entry.slot.ends_at, zone),
            change: recorded.map(|recorded| recorded.event.kind()),
            payment: payment
                .map(|PaymentStanding { status, method }| PaymentView { status, method }),
        };
        match view {
            View::Public => raw(&request),
            View::Staff => raw(&StaffRequestView {
                request,
                member_id: entry.member.map(|member| member.0),
                units: entry.units,
                units_past_limit: entry.units_past_limit,
                emergency: entry.class == Class::Emergency,
                call: said.and_then(call),
                actor: recorded.map(actor),
                reason: recorded.and_then(|recorded| recorded.cause.reason.as_deref()),
            }),
        }
    }

    /// The newest bookings of a log.
    pub fn page(&self, requests: &[RequestState], view: View) -> Box<RawValue> {
        let lines: Vec<Box<RawValue>> =
            requests.iter().map(|state| self.request(state.line(), view)).collect();
        raw(&Page { requests: lines.iter().map(AsRef::as_ref).collect() })
    }

    /// A change to what a day takes, or a booking that passed the limit. Staff only.
    pub fn capacity(&self, ledger: &Ledger, recorded: &Recorded) -> Box<RawValue> {
        self.count();
        let now = self.ambient.now();
        let (override_id, delta) = override_of(&recorded.event);
        raw(&CapacityView {
            team_id: ledger.key.team.0,
            date: ledger.key.day,
            seq: recorded.seq,
            change: recorded.event.kind(),
            limit: ledger.limit_at(now),
            used: ledger.used,
            remaining: ledger.remaining(Class::Standard, now),
            closed: ledger.capacity.is_closed,
            override_id: override_id.map(|id| id.0),
            delta,
            request_id: recorded.event.booking().map(|booking| booking.0),
            actor: actor(recorded),
            reason: recorded.cause.reason.as_deref(),
        })
    }
}

impl RequestState {
    /// This booking as it is shown.
    pub fn line(&self) -> RequestLine<'_> {
        let Self { id, key, entry, said, payment, .. } = self;
        let (said, payment) = (said.as_deref(), payment.standing);
        RequestLine { id: *id, key: *key, entry, recorded: None, said, payment }
    }

    /// Its revision.
    pub fn rev(&self) -> u64 {
        u64::from(self.entry.rev)
    }

    /// How often it changed, or something was learned of its payment: where its log stands.
    pub fn seq(&self) -> u64 {
        self.rev() + self.payment.version
    }
}

/// The call in a booking's details.
fn call(details: &str) -> Option<CallView> {
    serde_json::from_str::<DetailsOfCall>(details).ok().map(|details| details.emergency)
}

fn override_of(event: &Event) -> (Option<OverrideId>, Option<i64>) {
    match event {
        Event::OverrideCreated { id, delta, .. } | Event::OverrideRevoked { id, delta } => {
            (Some(*id), Some(i64::from(*delta)))
        }
        Event::Booked { entry, .. } => (None, Some(i64::from(entry.units_past_limit))),
        _ => (None, None),
    }
}

fn actor(recorded: &Recorded) -> ActorView {
    let actor = recorded.cause.actor;
    ActorView { kind: actor.kind.name(), id: actor.id.map(|user| user.0) }
}

fn local(at: DateTime<Utc>, zone: Tz) -> DateTime<FixedOffset> {
    at.with_timezone(&zone).fixed_offset()
}

fn bucket(number: u32) -> u32 {
    BUCKETS.into_iter().take_while(|size| *size <= number).last().unwrap_or(0)
}
