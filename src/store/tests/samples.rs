//! A small business to test with, and days that look as a commit lane leaves them.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use domain::audit::AuditDraft;
use domain::catalog::{
    BookableBy, DateException, HoursOwner, Member, OpenMinutes, Resource, ResourceKind, Service,
    Team, TimeOff, WeeklyHours,
};
use domain::ids::{
    BookingNo, MemberId, ResourceId, ResourceNo, ServiceId, TeamId, TeamNo, TimeOffId, UserId,
};
use domain::ledger::{Actor, ActorKind, LedgerNo};
use domain::money::{Currency, Money};
use domain::pricing::ServicePrice;
use domain::time::Slot;
use uuid::Uuid;

use crate::catalog::Catalog;
use crate::database::Database;
use crate::records::CatalogChange;
use crate::rows::stamp;
use crate::schema::{bookings, claims, events, ledgers, outbox};
use crate::traits::{Aside, CatalogStore};

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn team(number: u128) -> Team {
    Team {
        id: TeamId(id(number)),
        no: TeamNo(0),
        name: format!("Team {number}"),
        zone: chrono_tz::Europe::Berlin,
        default_limit: 8,
        emergency_reserve: 1,
        published: true,
        rev: 1,
    }
}

pub(super) fn member(number: u128, teams: &[TeamId]) -> Member {
    Member {
        id: MemberId(id(number)),
        no: ResourceNo(0),
        name: format!("Member {number}"),
        skills: vec!["boilers".to_owned(), "\"quotes\"".to_owned()],
        photo_url: None,
        is_active: true,
        teams: teams.to_vec(),
        rev: 1,
    }
}

pub(super) fn resource(number: u128, teams: &[TeamId]) -> Resource {
    Resource {
        id: ResourceId(id(number)),
        no: ResourceNo(0),
        kind: ResourceKind::Vehicle,
        name: format!("Van {number}"),
        is_active: true,
        teams: teams.to_vec(),
        rev: 1,
    }
}

pub(super) fn service(number: u128, teams: &[TeamId], members: &[MemberId]) -> Service {
    Service {
        id: ServiceId(id(number)),
        slug: format!("service-{number}"),
        name: "Boiler service".to_owned(),
        description: "Once a year.".to_owned(),
        duration_minutes: 60,
        buffer_before_minutes: 15,
        buffer_after_minutes: 15,
        units: 1,
        slot_interval_minutes: 30,
        notice_minutes_min: 120,
        horizon_days_max: 60,
        price: ServicePrice::per_visit(Money {
            amount: 12_950,
            currency: Currency::parse("EUR").unwrap(),
        }),
        daily_units_max: Some(4),
        bookable_by: BookableBy::Clients,
        is_emergency_eligible: true,
        is_recurrence_allowed: false,
        is_approval_required: true,
        change_notice_minutes_min: 240,
        free_cancel_minutes_min: 1_440,
        cancel_fee: Money { amount: 2_500, currency: Currency::parse("EUR").unwrap() },
        needs: vec![ResourceKind::Vehicle, ResourceKind::Room],
        is_active: true,
        teams: teams.to_vec(),
        members: members.to_vec(),
        rev: 1,
    }
}

pub(super) fn weekly(owner: HoursOwner, weekday: Weekday) -> WeeklyHours {
    WeeklyHours { owner, weekday, open: OpenMinutes { from: 540, to: 1440 } }
}

pub(super) fn exception(owner: HoursOwner, note: &str) -> DateException {
    let open = vec![OpenMinutes { from: 0, to: 60 }, OpenMinutes { from: 120, to: 180 }];
    DateException { owner, day: day("2026-12-24"), open, note: note.to_owned() }
}

pub(super) fn time_off(number: u128, member: MemberId) -> TimeOff {
    let away = Slot { starts_at: at("2026-12-01T08:00:00Z"), ends_at: at("2026-12-02T08:00:00Z") };
    TimeOff { id: TimeOffId(id(number)), member, away, note: "dentist".to_owned() }
}

pub(super) fn audit(action: &str, object: &str) -> AuditDraft {
    AuditDraft {
        // More digits than the engines keep.
        at: at("2026-11-22T10:00:00.123456789Z"),
        actor: Actor { kind: ActorKind::Admin, id: Some(UserId(id(900))) },
        action: action.to_owned(),
        object: object.to_owned(),
        before: "null".to_owned(),
        after: r#"{"limit":9}"#.to_owned(),
        reason: Some("asked by telephone".to_owned()),
        request_id: id(901),
        ledger: Some((LedgerNo(7), 3)),
    }
}

/// Makes the changes, each with nothing beside it.
pub(super) fn change_all(catalog: &Catalog, changes: impl IntoIterator<Item = CatalogChange>) {
    for change in changes {
        catalog.change_catalog(&change, &Aside::default()).unwrap();
    }
}

/// Two teams (numbers 1 and 2) and one member (number 1) of both, who does one service.
pub(super) fn business(database: &Arc<Database>) -> Catalog {
    let catalog = Catalog::new(Arc::clone(database));
    let (one, two) = (team(1), team(2));
    let both = [one.id, two.id];
    let anna = member(11, &both);
    let boiler = service(21, &both, &[anna.id]);
    change_all(
        &catalog,
        [
            CatalogChange::PutTeam(one),
            CatalogChange::PutTeam(two),
            CatalogChange::PutMember(anna),
            CatalogChange::PutService(boiler),
        ],
    );
    catalog
}

/// A booking as a commit lane writes it: an hour with the member, in the team's zone.
pub(super) struct Booked {
    pub no: i64,
    pub team_no: i32,
    pub starts_at: DateTime<Utc>,
    pub client_name: &'static str,
    pub status: &'static str,
}

impl Booked {
    pub(super) fn new(no: i64, team_no: i32, starts_at: &str) -> Self {
        Self { no, team_no, starts_at: at(starts_at), client_name: "Ada", status: "confirmed" }
    }

    pub(super) fn reference(&self) -> String {
        domain::ids::Reference::of(BookingNo(self.no)).to_string()
    }

    pub(super) fn ledger(&self) -> LedgerNo {
        LedgerNo::of(TeamNo(self.team_no), self.starts_at.date_naive())
    }
}

/// Writes bookings of days that had none, with all that belongs to them.
pub(super) fn write(database: &Database, booked: &[Booked]) {
    database
        .write(|conn| {
            let mut seqs = std::collections::BTreeMap::new();
            for one in booked {
                let seq: &mut i64 = seqs.entry(one.ledger()).or_default();
                *seq += 1;
                write_booking(conn, one, *seq)?;
                write_event(conn, one, *seq)?;
            }
            for (ledger, seq) in seqs {
                let used = booked
                    .iter()
                    .filter(|one| one.ledger() == ledger && one.status != "cancelled")
                    .count();
                write_ledger(conn, ledger, seq, i32::try_from(used).unwrap())?;
            }
            Ok(())
        })
        .unwrap();
}

type Conn = crate::connection::AnyConnection;

fn write_booking(conn: &mut Conn, one: &Booked, seq: i64) -> QueryResult<()> {
    let ends_at = one.starts_at + TimeDelta::hours(1);
    let row = (
        bookings::no.eq(one.no),
        bookings::id.eq(id(1_000 + u128::try_from(one.no).unwrap()).as_bytes().to_vec()),
        bookings::ledger_id.eq(one.ledger().0),
        bookings::seq.eq(seq),
        bookings::rev.eq(1),
        bookings::status.eq(one.status),
        bookings::service_id.eq(id(21).as_bytes().to_vec()),
        bookings::units.eq(1),
        bookings::units_past_limit.eq(0),
        bookings::class.eq("standard"),
        bookings::member_no.eq(Some(1)),
        bookings::starts_at.eq(stamp(one.starts_at)),
        bookings::ends_at.eq(stamp(ends_at)),
    );
    let rest = (
        bookings::busy_from.eq(stamp(one.starts_at)),
        bookings::busy_to.eq(stamp(ends_at)),
        bookings::client_name.eq(one.client_name),
        bookings::client_email.eq("ada@example.org"),
        bookings::client_phone.eq(Some("+49 30 100% sure")),
        bookings::price_amount.eq(12_950_i64),
        bookings::price_currency.eq("EUR"),
        bookings::payment_method.eq("cod"),
        bookings::details.eq("{}"),
        bookings::link_no.eq(1),
        bookings::created_at.eq(stamp(at("2026-11-22T09:00:00Z"))),
        bookings::updated_at.eq(stamp(at("2026-11-22T09:00:00Z"))),
    );
    diesel::insert_into(bookings::table).values((row, rest)).execute(conn)?;
    if one.status == "cancelled" {
        return Ok(());
    }
    let first = i32::try_from(one.starts_at.timestamp() / 900).unwrap();
    for quantum in first..first + 4 {
        let claim = (
            claims::resource_no.eq(1),
            claims::quantum.eq(quantum),
            claims::booking_no.eq(one.no),
            claims::ledger_id.eq(one.ledger().0),
        );
        diesel::insert_into(claims::table).values(claim).execute(conn)?;
    }
    Ok(())
}

fn write_event(conn: &mut Conn, one: &Booked, seq: i64) -> QueryResult<()> {
    let event = (
        events::ledger_id.eq(one.ledger().0),
        events::seq.eq(seq),
        events::at.eq(stamp(at("2026-11-22T09:00:00Z"))),
        events::kind.eq("booked"),
        events::booking_no.eq(Some(one.no)),
        events::payload.eq("{}"),
        events::actor_kind.eq("guest"),
        events::request_id.eq(id(902).as_bytes().to_vec()),
    );
    diesel::insert_into(events::table).values(event).execute(conn)?;
    let notice = (
        outbox::ledger_id.eq(one.ledger().0),
        outbox::seq.eq(seq),
        outbox::kind.eq("booking-confirmed"),
        outbox::next_attempt_at.eq(stamp(at("2026-11-22T09:00:00Z"))),
    );
    diesel::insert_into(outbox::table).values(notice).execute(conn)?;
    Ok(())
}

fn write_ledger(conn: &mut Conn, no: LedgerNo, version: i64, used: i32) -> QueryResult<()> {
    let row = (
        ledgers::id.eq(no.0),
        ledgers::version.eq(version),
        ledgers::epoch.eq(1_i64),
        ledgers::limit_units.eq(8),
        ledgers::is_inherited.eq(true),
        ledgers::reserve_units.eq(1),
        ledgers::is_closed.eq(false),
        ledgers::used.eq(used),
        ledgers::held.eq(0),
        ledgers::hard_limit.eq(8),
        ledgers::opening.eq("{}"),
        ledgers::last_batch_id.eq(id(903).as_bytes().to_vec()),
        ledgers::updated_at.eq(stamp(at("2026-11-22T09:00:00Z"))),
    );
    diesel::insert_into(ledgers::table).values(row).execute(conn).map(|_one| ())
}

/// Runs SQL that no code of ours would.
pub(super) fn tamper(database: &Database, sql: &str) -> Result<(), crate::StoreError> {
    database.write(|conn| Ok(conn.batch_execute(sql)?))
}
