//! Which slots are open: many days of one service in one answer.
//!
//! The answer is asked for far more often than it changes, so it is kept finished, as bytes. What
//! is kept is valid while the catalogue, every ledger it was made from and the current half minute
//! are the same. Ledgers that this process commits to announce themselves by a counter; those of
//! other processes are found by version within a second. When something did change, only the days
//! it touched are made again. Prices are part of a day, and good until one of them may change
//! ([`prices`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::catalog::{BookableBy, Service, Team};
use domain::ids::{MemberId, ServiceId, TeamId};
use domain::ledger::{Class, LedgerKey};
use domain::money::Currency;
use domain::pricing::Exchange;
use domain::time::day_of;

use super::book::Offer;
use super::views::FRESH;
use super::{App, Catalog, Failure};
use crate::auth::Caller;

mod body;
mod fragment;
mod prices;

pub use body::Body;
use fragment::Moment;
pub(super) use fragment::{Fragment, FragmentKey, Search, day_slots, neighbours, sharing};
use prices::PriceQuery;

/// Most days in one answer.
pub const DAYS_MAX: u16 = 62;
/// Days in an answer when nobody says how many.
const DAYS_DEFAULT: u16 = 7;
/// Furthest first day, before or after today: beyond every service's horizon.
const FROM_DAYS_MAX: u64 = 800;
/// How long notice and horizon are taken to stand still, in seconds.
const BUCKET_SECONDS: i64 = 30;

/// What is asked for, as it came.
#[derive(Debug, Clone, Default)]
pub struct AvailabilityRequest {
    pub service: Option<ServiceId>,
    pub from: Option<NaiveDate>,
    pub days: Option<u16>,
    pub team: Option<TeamId>,
    pub member: Option<MemberId>,
    pub is_emergency: bool,
    pub currency: Option<String>,
    pub promo_code: Option<String>,
    pub with_price: bool,
}

/// What is asked for, put so that the same question is always the same value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    pub(super) service: ServiceId,
    pub(super) from: NaiveDate,
    pub(super) days: u16,
    pub(super) team: Option<TeamId>,
    pub(super) member: Option<MemberId>,
    pub(super) class: Class,
    /// Set when each slot is to have its price.
    pub(super) prices: Option<PriceQuery>,
    /// The currency that the answer names.
    pub(super) currency: Currency,
    /// Staff also see teams that are not published.
    pub(super) is_staff: bool,
}

/// Everything that an answer was made from.
#[derive(Debug)]
pub struct Basis {
    catalog_rev: i64,
    bucket: i64,
    /// Counters of the teams concerned, and their sum when the answer was made.
    generations: Vec<Arc<AtomicU64>>,
    generation: u64,
    checked_at: Instant,
    /// The last moment at which its prices are what they were when it was made.
    prices_until: Option<DateTime<Utc>>,
}

impl Basis {
    /// Whether nothing that this process knows of has changed.
    fn holds(&self, catalog_rev: i64, now: DateTime<Utc>) -> bool {
        self.catalog_rev == catalog_rev
            && self.bucket == bucket(now)
            && self.prices_until.is_none_or(|until| now <= until)
            && self.checked_at.elapsed() < FRESH
            && self.generation == sum(&self.generations)
    }
}

fn bucket(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(BUCKET_SECONDS)
}

fn sum(generations: &[Arc<AtomicU64>]) -> u64 {
    generations.iter().map(|one| one.load(Ordering::Acquire)).fold(0, u64::wrapping_add)
}

impl App {
    /// The open slots of a service.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] for a service, team or member that the caller cannot see,
    /// [`Failure::Invalid`] for a range that is too long or what is no currency,
    /// [`Failure::CurrencyUnavailable`] for one without a current rate, [`Failure::Promo`] for a
    /// code that nobody can use now.
    pub async fn availability(
        &self,
        caller: &Caller,
        request: AvailabilityRequest,
    ) -> Result<Arc<Body>, Failure> {
        let catalog = self.catalog.current();
        let now = self.ambient.now();
        let (query, exchange) = self.normalise(&catalog, caller, &request, now)?;
        if let Some(body) = self.views.bodies.get(&query)
            && body.basis.holds(catalog.rev, now)
        {
            return Ok(body);
        }
        let views = Arc::clone(&self.views);
        self.blocking(move |store| {
            let moment = Moment { now, bucket: bucket(now), exchange };
            // Those who ask the same question at the same time wait for one answer: the entry's
            // lock is theirs.
            let entry = views.bodies.entry_by_ref(&query);
            let made = entry.and_try_compute_with(|current| {
                let current = current.map(moka::Entry::into_value);
                match current {
                    Some(body) if body.basis.holds(catalog.rev, now) => {
                        Ok(moka::ops::compute::Op::Nop)
                    }
                    _ => views
                        .make(store, &catalog, &query, &moment)
                        .map(moka::ops::compute::Op::Put),
                }
            })?;
            Ok(made.into_entry().map(moka::Entry::into_value))
        })
        .await?
        .ok_or(Failure::Internal)
    }
}

/// The teams whose slots are asked for.
fn teams_of<'a>(
    catalog: &'a Catalog,
    service: &'a Service,
    query: &'a Query,
) -> impl Iterator<Item = &'a Team> {
    service
        .teams
        .iter()
        .filter_map(|team| catalog.team(*team))
        .filter(|team| team.published || query.is_staff)
        .filter(|team| query.team.is_none_or(|wanted| wanted == team.id))
}

/// The days of `query`, in order.
fn dates(query: &Query) -> impl Iterator<Item = NaiveDate> {
    (0..u64::from(query.days)).filter_map(|ahead| query.from.checked_add_days(Days::new(ahead)))
}

/// The ledger of `team` on `day`, with those before and after it: people work past midnight.
fn around(team: TeamId, day: NaiveDate) -> impl Iterator<Item = LedgerKey> {
    let days = [day.pred_opt(), Some(day), day.succ_opt()];
    days.into_iter().flatten().map(move |day| LedgerKey { team, day })
}

impl App {
    /// The question behind `request`, and what its prices are converted with.
    fn normalise(
        &self,
        catalog: &Catalog,
        caller: &Caller,
        request: &AvailabilityRequest,
        now: DateTime<Utc>,
    ) -> Result<(Query, Option<Exchange>), Failure> {
        let id = request.service.ok_or_else(|| Failure::invalid("serviceId", "is needed"))?;
        let service = visible_service(catalog, caller, id)?;
        if request.is_emergency && !service.is_emergency_eligible {
            let detail = "this service takes no emergencies";
            return Err(Failure::invalid("bookingType", detail));
        }
        let offer = Offer { catalog, service, now };
        let (prices, currency, exchange) = self.price_query(offer, request)?;
        let is_known = request.member.is_none_or(|member| service.members.contains(&member));
        let mut query = Query {
            service: id,
            from: NaiveDate::MIN,
            days: range(request)?,
            team: request.team,
            member: request.member,
            class: if request.is_emergency { Class::Emergency } else { Class::Standard },
            prices,
            currency,
            is_staff: caller.is_staff(),
        };
        let first = teams_of(catalog, service, &query).next().map(|team| team.zone);
        // A team that does not offer the service, and one that is hidden, are as good as none.
        let is_answerable = is_known && (first.is_some() || query.team.is_none());
        if !is_answerable {
            return Err(Failure::NotFound);
        }
        let today = day_of(now, first.unwrap_or(chrono_tz::UTC));
        query.from = first_day(request, today)?;
        Ok((query, exchange))
    }
}

/// How many days are asked for.
fn range(request: &AvailabilityRequest) -> Result<u16, Failure> {
    let days = request.days.unwrap_or(DAYS_DEFAULT);
    if (1..=DAYS_MAX).contains(&days) {
        Ok(days)
    } else {
        Err(Failure::invalid("days", format!("must lie between 1 and {DAYS_MAX}")))
    }
}

/// The first day that is asked for.
fn first_day(request: &AvailabilityRequest, today: NaiveDate) -> Result<NaiveDate, Failure> {
    let from = request.from.unwrap_or(today);
    let reach = Days::new(FROM_DAYS_MAX);
    let earliest = today.checked_sub_days(reach).unwrap_or(today);
    let latest = today.checked_add_days(reach).unwrap_or(today);
    if (earliest..=latest).contains(&from) {
        Ok(from)
    } else {
        Err(Failure::invalid("from", format!("must lie between {earliest} and {latest}")))
    }
}

/// The service with this id, if the caller may see it.
///
/// # Errors
///
/// [`Failure::NotFound`] also for what is switched off or for staff alone.
pub fn visible_service<'a>(
    catalog: &'a Catalog,
    caller: &Caller,
    id: ServiceId,
) -> Result<&'a Service, Failure> {
    let service = catalog.service(id).ok_or(Failure::NotFound)?;
    if is_visible(service, caller) { Ok(service) } else { Err(Failure::NotFound) }
}

/// Whether `caller` may know of `service`. Those for clients are shown to guests as well, who learn
/// that they have to sign in when they book.
pub fn is_visible(service: &Service, caller: &Caller) -> bool {
    caller.is_staff() || (service.is_active && service.bookable_by != BookableBy::Staff)
}
