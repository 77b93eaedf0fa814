//! A way out of every no: what could be booked instead.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::ledger::{LedgerKey, Rejection};
use domain::time::day_of;
use store::{Store, StoreError};

use super::availability::{Search, day_slots, sharing};
use super::book::Wish;
use super::views::{DayView, Views};
use super::{Alternative, App, Catalog, Failure};

/// Most alternatives offered.
const ALTERNATIVES_MAX: usize = 3;
/// Days looked through, from the one asked for.
const SEARCH_DAYS: i64 = 7;

impl App {
    /// Adds up to three alternatives to a refusal that another time would mend.
    pub(super) async fn with_alternatives(&self, failure: Failure, wish: &Wish) -> Failure {
        if !is_mendable(&failure) {
            return failure;
        }
        let found = self.alternatives(*wish).await;
        add(failure, &found)
    }

    /// What could be booked instead of `wish`. None when the store does not answer: the refusal
    /// stands without them.
    pub(super) async fn alternatives(&self, wish: Wish) -> Arc<[Alternative]> {
        if let Some(known) = self.views.alternatives.get(&wish) {
            return known;
        }
        let (views, catalog) = (Arc::clone(&self.views), self.catalog.current());
        let now = self.ambient.now();
        let found = self.blocking(move |store| {
            views
                .alternatives
                .try_get_with(wish, || search(&views, store, &catalog, &wish, now))
                .map_err(|error| StoreError::Unavailable(error.to_string()))
        });
        found.await.unwrap_or_else(|_without| Arc::from([]))
    }
}

/// Whether another time would mend it.
pub(super) fn is_mendable(failure: &Failure) -> bool {
    match failure {
        Failure::NotOffered { .. } | Failure::MemberNotEligible { .. } => true,
        Failure::Rejected(rejected) => matches!(
            rejected.rejection,
            Rejection::DayClosed
                | Rejection::MemberUnavailable { .. }
                | Rejection::SlotTaken
                | Rejection::CapacityExceeded { .. }
        ),
        _ => false,
    }
}

/// `failure` with what could be had instead.
pub(super) fn add(failure: Failure, found: &[Alternative]) -> Failure {
    match failure {
        Failure::NotOffered { why, zone, .. } => {
            Failure::NotOffered { why, zone, alternatives: found.to_vec() }
        }
        Failure::MemberNotEligible { member, .. } => {
            Failure::MemberNotEligible { member, alternatives: found.to_vec() }
        }
        Failure::Rejected(mut rejected) => {
            rejected.alternatives = found.to_vec();
            Failure::Rejected(rejected)
        }
        other => other,
    }
}

/// Where alternatives to one wish are looked for.
pub(super) struct Neighbourhood {
    days: Vec<NaiveDate>,
    /// The ledgers that say what is open on these days.
    pub keys: BTreeSet<LedgerKey>,
}

impl Neighbourhood {
    /// The days around `wish`. None when its service or team is gone.
    pub fn of(catalog: &Catalog, wish: &Wish, now: DateTime<Utc>) -> Option<Self> {
        let (service, team) = (catalog.service(wish.service)?, catalog.team(wish.team)?);
        // Neither what has passed nor what lies beyond the horizon can be had.
        let last_week = i64::from(service.horizon_days_max) - SEARCH_DAYS + 1;
        let latest = now + TimeDelta::days(last_week);
        let first = day_of(wish.starts_at.min(latest).max(now), team.zone);
        let days: Vec<_> = (0..SEARCH_DAYS)
            .filter_map(|ahead| first.checked_add_signed(TimeDelta::days(ahead)))
            .collect();
        let last = days.last().and_then(NaiveDate::succ_opt);
        let before_and_after = [first.pred_opt(), last].into_iter().flatten();
        let all_days: Vec<_> = before_and_after.chain(days.iter().copied()).collect();
        let keys = sharing(catalog, service, team.id)
            .flat_map(|team| all_days.iter().map(move |day| LedgerKey { team, day: *day }))
            .collect();
        Some(Self { days, keys })
    }

    /// The open slots nearest to the one wished for: with the same member first, then with anybody.
    pub fn nearest(
        &self,
        catalog: &Catalog,
        wish: &Wish,
        now: DateTime<Utc>,
        views: &BTreeMap<LedgerKey, Arc<DayView>>,
    ) -> Vec<Alternative> {
        let (Some(service), Some(team)) = (catalog.service(wish.service), catalog.team(wish.team))
        else {
            return Vec::new();
        };
        let looked_for = Search { catalog, service, class: wish.class, now };
        let mut found = Vec::new();
        for day in &self.days {
            let mut open = day_slots(&looked_for, LedgerKey { team: team.id, day: *day }, views);
            open.retain(|open| open.slot.starts_at != wish.starts_at || wish.member.is_some());
            open.sort_by_key(|open| {
                let has_member = wish.member.is_none_or(|member| open.members.contains(&member));
                (!has_member, (open.slot.starts_at - wish.starts_at).abs())
            });
            found.extend(open.into_iter().take(ALTERNATIVES_MAX - found.len()).map(|open| {
                let same = wish.member.filter(|member| open.members.contains(member));
                Alternative {
                    starts_at: open.slot.starts_at,
                    zone: team.zone,
                    team: team.id,
                    member: same.or_else(|| open.members.first().copied()),
                }
            }));
            if found.len() >= ALTERNATIVES_MAX {
                break;
            }
        }
        found
    }
}

/// Looks for alternatives to one wish.
fn search(
    views: &Views,
    store: &Store,
    catalog: &Catalog,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Arc<[Alternative]>, StoreError> {
    let Some(around) = Neighbourhood::of(catalog, wish, now) else { return Ok(Arc::from([])) };
    let keys: Vec<LedgerKey> = around.keys.iter().copied().collect();
    let days = views.fresh_days(store, catalog, &keys)?;
    Ok(around.nearest(catalog, wish, now, &days).into())
}
