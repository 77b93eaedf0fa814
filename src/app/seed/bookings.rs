//! A month of bookings for the demo, decided by its ledgers like any other.
//!
//! Which bookings are tried is a function of the catalogue and the day; which of them fit is for
//! the ledgers to say, and a refusal is part of the game. Days behind us get some as well, so that
//! there is something to look back on.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::availability::{self, TeamDay};
use domain::booking::{Status, Step};
use domain::catalog::{Service, Team};
use domain::ids::{BookingId, ResourceId, UserId};
use domain::ledger::{Assignment, Class};
use domain::time::{Slot, day_of};
use store::batch::{AgreedPrice, BookingDraft, ClientDetails};

use super::ids::id_of;
use crate::app::catalog::Catalog;

/// Days behind today that have bookings.
const DAYS_BEHIND: u64 = 7;
/// Days from today on that have bookings.
const DAYS_AHEAD: u64 = 30;

const GIVEN_NAMES: [&str; 12] = [
    "Lena", "Noah", "Sofia", "Elias", "Clara", "Omar", "Ivy", "Rohan", "Nora", "Leo", "Zoe", "Amir",
];
const FAMILY_NAMES: [&str; 10] = [
    "Becker", "Nguyen", "Rossi", "Carter", "Mehta", "Novak", "Silva", "Fischer", "Young",
    "Banerjee",
];
const NOTES: [&str; 5] = [
    "Please ring twice, the bell is quiet.",
    "There is a dog, and it is friendly.",
    "Parking in the yard.",
    "Third floor, no lift.",
    "",
];

/// A booking to try.
#[derive(Debug)]
pub struct Attempt {
    pub booking: BookingId,
    pub service: Service,
    pub slot: Slot,
    pub busy: Slot,
    pub assignment: Assignment,
    pub needs: Vec<Vec<ResourceId>>,
    pub draft: Arc<BookingDraft>,
    /// How it begins: some of those that a team has to agree to still wait for that.
    pub status: Status,
    /// What has become of it since, when its day is behind us.
    pub steps: Vec<Step>,
}

/// The days of `team` that get bookings, as seen at `now`.
pub fn days(team: &Team, now: DateTime<Utc>) -> impl Iterator<Item = NaiveDate> {
    let first = day_of(now, team.zone) - Days::new(DAYS_BEHIND);
    first.iter_days().take(usize::try_from(DAYS_BEHIND + DAYS_AHEAD).unwrap_or(usize::MAX))
}

/// What to try on one day of one team. `client` gets some of it as their own.
pub fn attempts(
    catalog: &Catalog,
    team: &Team,
    day: NaiveDate,
    client: &(UserId, ClientDetails),
    now: DateTime<Utc>,
) -> Vec<Attempt> {
    let Some(team_day) = catalog.team_day(team.id, day) else { return Vec::new() };
    let services: Vec<&Service> =
        catalog.services().iter().filter(|service| service.teams.contains(&team.id)).collect();
    let seed = format!("{} {day}", team.name);
    // Between a third and all of what the day takes.
    let count = team.default_limit / 3 + roll(&seed, 1 + team.default_limit * 2 / 3);
    (0..count)
        .filter_map(|number| attempt(&services, &team_day, &format!("{seed} {number}"), client))
        .map(|attempt| Attempt {
            status: first_status(&attempt, now),
            steps: steps(&attempt, now),
            ..attempt
        })
        .collect()
}

/// One booking, chosen by `seed`, when there is anybody to carry it out.
fn attempt(
    services: &[&Service],
    day: &TeamDay,
    seed: &str,
    client: &(UserId, ClientDetails),
) -> Option<Attempt> {
    let service = pick(services, &format!("{seed} service"))?;
    let starts = availability::grid(day, service);
    let slot = *pick(&starts, &format!("{seed} start"))?;
    let busy = service.busy(slot);
    let assignment = if service.members.is_empty() {
        Assignment::Nobody
    } else {
        let candidates = availability::candidates(day, service, slot, Class::Standard);
        if candidates.is_empty() {
            return None;
        }
        Assignment::Anyone { candidates, preferred: None }
    };
    let needs = availability::needs(day, service)?;
    Some(Attempt {
        booking: BookingId(id_of("booking", seed)),
        service: (*service).clone(),
        slot,
        busy,
        assignment,
        needs,
        draft: Arc::new(draft(service, seed, client)),
        status: Status::Confirmed,
        steps: Vec::new(),
    })
}

/// Who books, and what they say. One in twelve is the demo's client.
pub fn draft(service: &Service, seed: &str, client: &(UserId, ClientDetails)) -> BookingDraft {
    let notes = pick(&NOTES, &format!("{seed} notes")).copied().unwrap_or_default();
    let (client_user, client) = if roll(&format!("{seed} client"), 12) == 0 {
        (Some(client.0), client.1.clone())
    } else {
        (None, stranger(seed))
    };
    BookingDraft {
        series: None,
        client,
        client_user,
        price: AgreedPrice::of(service.price_from()),
        payment_method: "cod".to_owned(),
        details: serde_json::json!({ "notes": notes, "locale": "en" }).to_string(),
    }
}

fn stranger(seed: &str) -> ClientDetails {
    let given = pick(&GIVEN_NAMES, &format!("{seed} given")).copied().unwrap_or_default();
    let family = pick(&FAMILY_NAMES, &format!("{seed} family")).copied().unwrap_or_default();
    let email = format!("{given}.{family}@example.com").to_lowercase();
    ClientDetails { name: format!("{given} {family}"), email, phone: None }
}

/// Whether a booking still waits for its team: every other one that lies ahead, where teams agree.
fn first_status(attempt: &Attempt, now: DateTime<Utc>) -> Status {
    let is_asked = attempt.service.is_approval_required && attempt.slot.starts_at > now;
    let is_answered = roll(&format!("{} answer", attempt.booking), 2) == 0;
    if is_asked && !is_answered { Status::Pending } else { Status::Confirmed }
}

/// What happened to a booking by `now`: most were done, a few clients did not come.
fn steps(attempt: &Attempt, now: DateTime<Utc>) -> Vec<Step> {
    if attempt.slot.ends_at < now {
        if roll(&format!("{} outcome", attempt.booking), 12) == 0 {
            return vec![Step::NoShow];
        }
        return vec![Step::Start, Step::Complete];
    }
    if attempt.slot.starts_at <= now { vec![Step::Start] } else { Vec::new() }
}

/// A number below `sides` that `seed` always gives.
pub fn roll(seed: &str, sides: u32) -> u32 {
    let (high, _) = id_of("roll", seed).as_u64_pair();
    u32::try_from(high % u64::from(sides.max(1))).unwrap_or(0)
}

/// The one among `all` that `seed` always gives.
fn pick<'a, T>(all: &'a [T], seed: &str) -> Option<&'a T> {
    let sides = u32::try_from(all.len()).unwrap_or(u32::MAX);
    all.get(usize::try_from(roll(seed, sides)).unwrap_or(0))
}
