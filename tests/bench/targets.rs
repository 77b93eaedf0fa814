//! What clients ask for in each scenario. Every request names another person's quarter of an hour,
//! so that bookings are refused for lack of room and for nothing else.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{NaiveDate, SecondsFormat, TimeDelta};
use domain::ids::{MemberId, TeamId};
use domain::ledger::LedgerKey;

use crate::generator::{Requests, Wanted};
use crate::harness::Site;

/// Quarters of an hour in a day: starts that one person can be booked at.
const QUARTERS: u64 = 96;
/// Teams over which load is spread.
pub const SPREAD_TEAMS: usize = 10;
/// Days over which load is spread: with the teams, 1,000 ledgers.
pub const SPREAD_DAYS: u64 = 100;
/// People: enough for the hottest day.
pub const MEMBERS: usize = 200;
/// Days ahead at which each scenario's days begin.
const HOT_FROM: i64 = 10;
const PROMO_FROM: i64 = 135;
const SPREAD_FROM: i64 = 260;

/// All clients want the same team's same day. When everybody is booked all day, the next day is the
/// one that all want.
pub struct Hot<'a> {
    host: &'a str,
    site: &'a Site,
    next: &'a AtomicU64,
    /// The first of its days, and the code that everybody uses.
    from: i64,
    promo: Option<&'static str>,
}

impl<'a> Hot<'a> {
    pub fn new(host: &'a str, site: &'a Site, next: &'a AtomicU64) -> Self {
        Self { host, site, next, from: HOT_FROM, promo: None }
    }

    /// Everybody uses the promo that a priced site has.
    pub fn with_promo(host: &'a str, site: &'a Site, next: &'a AtomicU64) -> Self {
        Self { host, site, next, from: PROMO_FROM, promo: Some("everybody") }
    }
}

impl Requests for Hot<'_> {
    fn next(&self, out: &mut Vec<u8>) -> Option<Wanted> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let people = u64::try_from(self.site.members.len()).unwrap();
        let (day, within) = (number / (people * QUARTERS), number % (people * QUARTERS));
        let booking = Booking {
            scenario: if self.promo.is_some() { "hot-promo" } else { "hot" },
            promo: self.promo,
            team: self.site.teams[0],
            day: self.site.day(self.from + i64::try_from(day).unwrap()),
            member: Some(self.site.members[index(within % people)]),
            quarter: within / people,
        };
        Some(booking.write(self.host, self.site, number, out))
    }
}

/// Each client's next booking is on another of 1,000 ledgers.
pub struct Spread<'a> {
    pub host: &'a str,
    pub site: &'a Site,
    pub next: &'a AtomicU64,
}

impl Requests for Spread<'_> {
    fn next(&self, out: &mut Vec<u8>) -> Option<Wanted> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let teams = u64::try_from(SPREAD_TEAMS).unwrap();
        let (team, day) = (number % teams, number / teams % SPREAD_DAYS);
        let turn = number / teams / SPREAD_DAYS;
        // People serve every team, but on these days each only one.
        let own = u64::try_from(self.site.members.len()).unwrap() / teams;
        let booking = Booking {
            scenario: "spread",
            promo: None,
            team: self.site.teams[index(team)],
            day: self.site.day(SPREAD_FROM + i64::try_from(day).unwrap()),
            member: Some(self.site.members[index(team * own + turn % own)]),
            quarter: turn / own % QUARTERS,
        };
        Some(booking.write(self.host, self.site, number, out))
    }
}

/// Each request opens another ledger.
pub struct Wide<'a> {
    pub host: &'a str,
    pub site: &'a Site,
    pub next: &'a AtomicU64,
}

impl Requests for Wide<'_> {
    fn next(&self, out: &mut Vec<u8>) -> Option<Wanted> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let teams = u64::try_from(self.site.teams.len()).unwrap();
        let booking = Booking {
            scenario: "wide",
            promo: None,
            team: self.site.teams[index(number % teams)],
            day: self.site.day(HOT_FROM + i64::try_from(number / teams).unwrap()),
            member: None,
            quarter: 40,
        };
        Some(booking.write(self.host, self.site, number, out))
    }
}

/// All clients want a day that is full.
pub struct SoldOut<'a> {
    pub host: &'a str,
    pub site: &'a Site,
    pub next: &'a AtomicU64,
}

impl Requests for SoldOut<'_> {
    fn next(&self, out: &mut Vec<u8>) -> Option<Wanted> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let booking = Booking {
            scenario: "sold-out",
            promo: None,
            team: self.site.teams[0],
            day: self.site.day(HOT_FROM),
            member: None,
            quarter: number % QUARTERS,
        };
        Some(booking.write(self.host, self.site, number, out))
    }
}

/// All clients read the same page.
pub struct Page {
    pub request: Vec<u8>,
}

impl Page {
    pub fn get(host: &str, path: &str) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        Self { request: request.into_bytes() }
    }

    /// As every browser asks.
    pub fn get_compressed(host: &str, path: &str) -> Self {
        let accept = "accept-encoding: gzip, deflate, br";
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{accept}\r\n\r\n");
        Self { request: request.into_bytes() }
    }
}

impl Requests for Page {
    fn next(&self, out: &mut Vec<u8>) -> Option<Wanted> {
        out.extend_from_slice(&self.request);
        None
    }
}

struct Booking {
    /// Keeps the keys of scenarios apart.
    scenario: &'static str,
    promo: Option<&'static str>,
    team: TeamId,
    day: NaiveDate,
    member: Option<MemberId>,
    quarter: u64,
}

impl Booking {
    fn write(&self, host: &str, site: &Site, number: u64, out: &mut Vec<u8>) -> Wanted {
        let midnight = self.day.and_time(chrono::NaiveTime::MIN).and_utc();
        let minutes = i64::try_from(self.quarter * 15).unwrap();
        let starts_at = midnight + TimeDelta::minutes(minutes);
        let member = match self.member {
            Some(member) => format!("\"teamMemberId\":\"{member}\","),
            None => String::new(),
        };
        let promo =
            self.promo.map_or_else(String::new, |code| format!("\"promoCode\":\"{code}\","));
        let body = format!(
            "{{\"serviceId\":\"{}\",\"teamId\":\"{}\",\"startsAt\":\"{}\",{member}{promo}\
             \"bookingType\":\"standard\",\"paymentMethod\":\"cod\",\
             \"client\":{{\"name\":\"Ada Example\",\"email\":\"ada@example.org\"}}}}",
            site.services[0],
            self.team,
            starts_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        );
        let idempotency_key = format!("bench-{}-{number}", self.scenario);
        write!(
            out,
            "POST /api/portal/service-requests HTTP/1.1\r\nhost: {host}\r\n\
             content-type: application/json\r\nidempotency-key: {idempotency_key}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len(),
        )
        .unwrap();
        Wanted { ledger: LedgerKey { team: self.team, day: self.day }, idempotency_key }
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap()
}
