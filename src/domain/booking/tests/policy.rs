//! Every case of who comes when, as a table.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::booking::{Party, Standing, Status, Step, Terms};
use crate::catalog::{BookableBy, Service};
use crate::ids::ServiceId;
use crate::money::{Currency, Money};
use crate::pricing::ServicePrice;

const CLIENT: Party = Party::Client;
const TEAM: Party = Party::Team { charges_fee: false };
const STRICT_TEAM: Party = Party::Team { charges_fee: true };

/// Changes until two hours before, free until a day before, five euros after that.
fn service() -> Service {
    Service {
        id: ServiceId(Uuid::nil()),
        slug: "a-service".to_owned(),
        name: "A service".to_owned(),
        description: String::new(),
        duration_minutes: 60,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        units: 1,
        slot_interval_minutes: 60,
        notice_minutes_min: 0,
        horizon_days_max: 90,
        price: ServicePrice::per_visit(Money { amount: 5_000, currency: Currency::EUR }),
        daily_units_max: None,
        bookable_by: BookableBy::Public,
        is_emergency_eligible: false,
        is_recurrence_allowed: false,
        is_approval_required: false,
        change_notice_minutes_min: 120,
        free_cancel_minutes_min: 24 * 60,
        cancel_fee: Money { amount: 500, currency: Currency::EUR },
        needs: Vec::new(),
        is_active: true,
        teams: Vec::new(),
        members: Vec::new(),
        rev: 1,
    }
}

fn starts_at() -> DateTime<Utc> {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

/// What is said to `party` so many minutes before the visit: `ok`, `ok 500`, or `late`.
fn said(service: &Service, standing: Standing, step: Step, party: Party, minutes: i64) -> String {
    let now = starts_at() - TimeDelta::minutes(minutes);
    match Terms::of(service, standing).judge(step, party, now) {
        Ok(None) => "ok".to_owned(),
        Ok(Some(fee)) => format!("ok {}", fee.amount),
        Err(late) => {
            assert!(late.until <= now, "it was not too late");
            "late".to_owned()
        }
    }
}

#[test]
fn a_confirmed_booking_is_free_then_costs_a_fee_and_then_is_the_teams() {
    let standing =
        Standing { status: Status::Confirmed, starts_at: starts_at(), is_displaced: false };
    let (service, day) = (service(), 24 * 60);

    for (step, party, minutes, expected) in [
        (Step::Cancel, CLIENT, day + 1, "ok"),
        (Step::Cancel, CLIENT, day, "ok 500"),
        (Step::Cancel, CLIENT, 121, "ok 500"),
        (Step::Cancel, CLIENT, 120, "late"),
        (Step::Cancel, CLIENT, -1, "late"),
        // Moving costs nothing, and has the same cut-off.
        (Step::Reschedule, CLIENT, 121, "ok"),
        (Step::Reschedule, CLIENT, 120, "late"),
        (Step::Cancel, TEAM, 1, "ok"),
        (Step::Cancel, TEAM, -60, "ok"),
        (Step::Reschedule, TEAM, -60, "ok"),
        // Whoever charges does so whenever they say so, and never for a move.
        (Step::Cancel, STRICT_TEAM, 2 * day, "ok 500"),
        (Step::Cancel, STRICT_TEAM, 1, "ok 500"),
        (Step::Reschedule, STRICT_TEAM, 1, "ok"),
    ] {
        let heard = said(&service, standing, step, party, minutes);
        assert_eq!(heard, expected, "{step:?} by {party:?} {minutes} minutes before");
    }
}

#[test]
fn what_nobody_has_confirmed_is_given_up_freely_until_it_would_begin() {
    for status in [Status::Waitlisted, Status::Held, Status::Pending] {
        let standing = Standing { status, starts_at: starts_at(), is_displaced: false };
        for (step, minutes, expected) in [
            (Step::Cancel, 24 * 60, "ok"),
            (Step::Cancel, 1, "ok"),
            (Step::Reschedule, 1, "ok"),
            (Step::Cancel, 0, "late"),
        ] {
            let heard = said(&service(), standing, step, CLIENT, minutes);
            assert_eq!(heard, expected, "{status} {step:?} {minutes} minutes before");
        }
    }
}

#[test]
fn a_displaced_booking_is_free_and_never_too_late() {
    let standing =
        Standing { status: Status::Confirmed, starts_at: starts_at(), is_displaced: true };
    for (step, party, minutes) in [
        (Step::Cancel, CLIENT, 1),
        (Step::Cancel, CLIENT, -60),
        (Step::Reschedule, CLIENT, 0),
        (Step::Cancel, STRICT_TEAM, 1),
    ] {
        assert_eq!(said(&service(), standing, step, party, minutes), "ok", "{step:?} {party:?}");
    }
}

#[test]
fn without_rules_a_booking_is_the_clients_until_it_begins() {
    let free = Money { amount: 0, currency: Currency::EUR };
    let service = Service {
        change_notice_minutes_min: 0,
        free_cancel_minutes_min: 0,
        cancel_fee: free,
        ..service()
    };
    let standing =
        Standing { status: Status::Confirmed, starts_at: starts_at(), is_displaced: false };

    assert_eq!(said(&service, standing, Step::Cancel, CLIENT, 1), "ok");
    assert_eq!(said(&service, standing, Step::Cancel, CLIENT, 0), "late");
    assert_eq!(said(&service, standing, Step::Cancel, STRICT_TEAM, 1), "ok");
    assert_eq!(Terms::of(&service, standing).fee_at(starts_at()), None);
}
