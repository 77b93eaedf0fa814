//! One team's day of an answer, made once for each state of the ledgers it depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::availability::{OpenSlot, TeamDay, slots};
use domain::catalog::Service;
use domain::ids::{BookingNo, HolderId, MemberId, ServiceId, TeamId};
use domain::ledger::{Class, Foreign, Ledger, LedgerKey};
use domain::money::Money;
use domain::pricing::Exchange;
use domain::time::{Quantum, Slot, day_bounds};
use serde::Serialize;
use store::{Store, StoreError};

use super::body::{Body, Piece};
use super::prices::{PriceQuery, Prices, earlier};
use super::{Basis, Query, around, dates, sum, teams_of};
use crate::app::Catalog;
use crate::app::views::{DayView, Views};

/// When a question is asked.
#[derive(Debug, Clone)]
pub struct Moment {
    pub now: DateTime<Utc>,
    pub bucket: i64,
    /// What prices are converted with, where another currency is asked for.
    pub exchange: Option<Exchange>,
}

/// Names one day of one kind of answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FragmentKey {
    service: ServiceId,
    ledger: LedgerKey,
    member: Option<MemberId>,
    class: Class,
    prices: Option<PriceQuery>,
}

/// What a fragment was made from.
#[derive(Debug, PartialEq, Eq)]
struct Signature {
    catalog_rev: i64,
    /// Set for days whose slots come and go with the time.
    bucket: Option<i64>,
    /// Epoch and version of every ledger looked at, in order.
    versions: Vec<(i64, u64)>,
}

/// A rendered day.
#[derive(Debug)]
pub struct Fragment {
    signature: Signature,
    piece: Arc<Piece>,
    /// The last moment at which its prices are what they were when it was made.
    prices_until: Option<DateTime<Utc>>,
}

type DayViews = BTreeMap<LedgerKey, Arc<DayView>>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DayJson<'a> {
    date: String,
    team_id: String,
    time_zone: &'a str,
    seq: u64,
    epoch: String,
    limit: u32,
    remaining: u32,
    closed: bool,
    slots: Vec<SlotJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SlotJson {
    starts_at: String,
    ends_at: String,
    remaining: u32,
    team_member_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<PriceJson>,
    /// Why the promo that was asked for is not taken off this price.
    #[serde(skip_serializing_if = "Option::is_none")]
    promo_refused: Option<&'static str>,
}

#[derive(Serialize)]
struct PriceJson {
    amount: i64,
    currency: String,
}

impl Views {
    /// Makes the answer to `query`. Blocks.
    pub(super) fn make(
        &self,
        store: &Store,
        catalog: &Catalog,
        query: &Query,
        moment: &Moment,
    ) -> Result<Arc<Body>, StoreError> {
        let Some(service) = catalog.service(query.service) else {
            return Err(StoreError::Reference { what: "service" });
        };
        let teams: Vec<TeamId> = teams_of(catalog, service, query).map(|team| team.id).collect();
        let circle: Vec<TeamId> = teams
            .iter()
            .flat_map(|team| sharing(catalog, service, *team))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        // Counted before anything is read: a commit in between makes the answer stale, not wrong.
        let generations: Vec<_> = circle.iter().map(|team| self.generation(*team)).collect();
        let generation = sum(&generations);
        let keys: std::collections::BTreeSet<LedgerKey> = dates(query)
            .flat_map(|day| circle.iter().flat_map(move |team| around(*team, day)))
            .collect();
        let keys: Vec<LedgerKey> = keys.into_iter().collect();
        let days = self.fresh_days(store, catalog, &keys)?;
        // As old as the oldest day in it, so that the second of freshness is not counted twice.
        let checked_at = days.values().map(|view| view.checked_at).min();
        let checked_at = checked_at.unwrap_or_else(std::time::Instant::now);
        let mut pieces = Vec::with_capacity(usize::from(query.days) * teams.len());
        let mut prices_until = None;
        for day in dates(query) {
            for team in &teams {
                let ledger = LedgerKey { team: *team, day };
                let Some((piece, until)) =
                    self.piece(catalog, service, ledger, query, &days, moment)
                else {
                    continue;
                };
                pieces.push(piece);
                prices_until = earlier(prices_until, until);
            }
        }
        let basis = Basis {
            catalog_rev: catalog.rev,
            bucket: moment.bucket,
            generations,
            generation,
            checked_at,
            prices_until,
        };
        Ok(Arc::new(Body::assemble(basis, query, &pieces)))
    }

    /// One day, from memory when nothing it depends on has changed, and until when its prices hold.
    #[expect(clippy::too_many_arguments, reason = "what is asked, and everything it is made from")]
    fn piece(
        &self,
        catalog: &Catalog,
        service: &Service,
        ledger: LedgerKey,
        query: &Query,
        days: &DayViews,
        moment: &Moment,
    ) -> Option<(Arc<Piece>, Option<DateTime<Utc>>)> {
        let day = catalog.team_day(ledger.team, ledger.day)?;
        let view = days.get(&ledger)?;
        let key = FragmentKey {
            service: service.id,
            ledger,
            member: query.member,
            class: query.class,
            prices: query.prices.clone(),
        };
        let neighbours = neighbours(catalog, service, ledger);
        let is_moving = is_moving(&day, service, &view.ledger, moment.now);
        let signature = Signature {
            catalog_rev: catalog.rev,
            bucket: is_moving.then_some(moment.bucket),
            versions: std::iter::once(&ledger)
                .chain(&neighbours)
                .filter_map(|key| days.get(key))
                .map(|view| (view.ledger.epoch.0, view.ledger.version))
                .collect(),
        };
        if let Some(kept) = self.fragments.get(&key)
            && kept.signature == signature
            && kept.prices_until.is_none_or(|until| moment.now <= until)
        {
            return Some((Arc::clone(&kept.piece), kept.prices_until));
        }
        let foreign = foreign(catalog, service, &neighbours, days);
        let open = slots(&day, service, &view.ledger, &foreign, query.class, moment.now);
        let mut prices = Prices::new((catalog, service), ledger.team, query, moment);
        let json = render(&day, &view.ledger, open, query, (moment.now, prices.as_mut()));
        let prices_until = prices.and_then(|prices| prices.until());
        let piece = Arc::new(Piece::new(json));
        let fragment = Fragment { signature, piece: Arc::clone(&piece), prices_until };
        self.fragments.insert(key, Arc::new(fragment));
        Some((piece, prices_until))
    }
}

/// What somebody looks for slots of.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    pub catalog: &'a Catalog,
    pub service: &'a Service,
    pub class: Class,
    pub now: DateTime<Utc>,
}

/// The open slots of one day, for whoever looks for alternatives.
pub fn day_slots(search: &Search<'_>, ledger: LedgerKey, days: &DayViews) -> Vec<OpenSlot> {
    let Search { catalog, service, class, now } = *search;
    let (Some(day), Some(view)) = (catalog.team_day(ledger.team, ledger.day), days.get(&ledger))
    else {
        return Vec::new();
    };
    let foreign = foreign(catalog, service, &neighbours(catalog, service, ledger), days);
    slots(&day, service, &view.ledger, &foreign, class, now)
}

/// Teams whose bookings may take the time of members who do `service` in `team`, or of what it
/// needs: itself, and those it shares them with.
pub fn sharing<'a>(
    catalog: &'a Catalog,
    service: &'a Service,
    team: TeamId,
) -> impl Iterator<Item = TeamId> + 'a {
    let members = service.members.iter().filter_map(|member| catalog.member(*member));
    let shared = members.filter(move |member| member.teams.contains(&team));
    let things = catalog.resources().iter().filter(move |one| {
        service.needs.contains(&one.kind) && one.is_active && one.teams.contains(&team)
    });
    std::iter::once(team)
        .chain(shared.flat_map(|member| member.teams.iter().copied()))
        .chain(things.flat_map(|one| one.teams.iter().copied()))
}

/// Everyone and everything that a booking of `service` may take the time of.
fn holders(catalog: &Catalog, service: &Service) -> Vec<HolderId> {
    let things = catalog.resources().iter().filter(|one| service.needs.contains(&one.kind));
    let members = service.members.iter().map(|member| HolderId::from(*member));
    members.chain(things.map(|one| HolderId::from(one.id))).collect()
}

/// Whose booking it is that takes somebody's time does not matter to who looks for a free start.
const NOBODYS: BookingNo = BookingNo(0);

/// The ledgers beside `ledger` whose bookings may reach into its day.
pub fn neighbours(catalog: &Catalog, service: &Service, ledger: LedgerKey) -> Vec<LedgerKey> {
    let teams: std::collections::BTreeSet<TeamId> =
        sharing(catalog, service, ledger.team).collect();
    teams
        .into_iter()
        .flat_map(|team| around(team, ledger.day))
        .filter(|key| *key != ledger)
        .collect()
}

/// What the neighbours' bookings take of the time of people and things.
fn foreign(
    catalog: &Catalog,
    service: &Service,
    neighbours: &[LedgerKey],
    days: &DayViews,
) -> Foreign {
    let holders = holders(catalog, service);
    let mut foreign = Foreign::default();
    for view in neighbours.iter().filter_map(|key| days.get(key)) {
        for holder in &holders {
            for busy in view.ledger.occupancy().busy_of(*holder) {
                for quantum in Quantum::DEFAULT.covering(busy) {
                    foreign.add(*holder, quantum, Quantum::DEFAULT, NOBODYS);
                }
            }
        }
    }
    foreign
}

/// Whether the day's slots change with the time alone: where notice or horizon pass over it, and
/// where an override is going to expire.
fn is_moving(day: &TeamDay, service: &Service, ledger: &Ledger, now: DateTime<Utc>) -> bool {
    let Slot { starts_at, ends_at } = day_bounds(day.key.day, day.zone);
    let notice = TimeDelta::minutes(i64::from(service.notice_minutes_min));
    // Two days more than either edge: local days do not end together.
    let margin = TimeDelta::days(2);
    let horizon = TimeDelta::days(i64::from(service.horizon_days_max));
    let is_near = starts_at <= now + notice + margin && ends_at >= now - margin;
    let is_at_horizon = (starts_at - margin..ends_at + margin).contains(&(now + horizon));
    let is_expiring = ledger.overrides.values().any(|one| one.expires_at.is_some());
    is_near || is_at_horizon || is_expiring
}

fn render(
    day: &TeamDay,
    ledger: &Ledger,
    open: Vec<OpenSlot>,
    query: &Query,
    (now, mut prices): (DateTime<Utc>, Option<&mut Prices<'_>>),
) -> Vec<u8> {
    let local = |at: DateTime<Utc>| {
        at.with_timezone(&day.zone).to_rfc3339_opts(SecondsFormat::AutoSi, false)
    };
    let slots = open
        .into_iter()
        .filter(|open| query.member.is_none_or(|wanted| open.members.contains(&wanted)))
        .map(|open| {
            let start = open.slot.starts_at;
            let told = prices.as_mut().and_then(|prices| prices.of(start));
            let (price, refused) = told.unzip();
            let total = |money: Money| PriceJson {
                amount: money.amount,
                currency: money.currency.to_string(),
            };
            SlotJson {
                starts_at: local(start),
                ends_at: local(open.slot.ends_at),
                remaining: match query.member {
                    Some(_) => open.remaining.min(1),
                    None => open.remaining,
                },
                team_member_ids: open.members.iter().map(ToString::to_string).collect(),
                price: price.map(total),
                promo_refused: refused.flatten(),
            }
        })
        .collect();
    let json = DayJson {
        date: day.key.day.to_string(),
        team_id: day.key.team.to_string(),
        time_zone: day.zone.name(),
        seq: ledger.version,
        epoch: ledger.epoch.to_string(),
        limit: ledger.limit_at(now),
        remaining: ledger.remaining(query.class, now),
        closed: ledger.capacity.is_closed,
        slots,
    };
    // Numbers and text only: there is nothing in it that could fail to be written.
    serde_json::to_vec(&json).unwrap_or_default()
}
