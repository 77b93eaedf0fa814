//! A way out of every no: what could be booked instead.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::ledger::{LedgerKey, Rejection};
use domain::time::day_of;
use store::{Store, StoreError};

use super::availability::{Search, day_slots, sharing};
use super::book::Wish;
use super::views::Views;
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

fn is_mendable(failure: &Failure) -> bool {
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

fn add(failure: Failure, found: &[Alternative]) -> Failure {
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

/// The open slots nearest to the one wished for: with the same member first, then with anybody.
fn search(
    views: &Views,
    store: &Store,
    catalog: &Catalog,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Arc<[Alternative]>, StoreError> {
    let (Some(service), Some(team)) = (catalog.service(wish.service), catalog.team(wish.team))
    else {
        return Ok(Arc::from([]));
    };
    // Neither what has passed nor what lies beyond the horizon can be had.
    let last_week = i64::from(service.horizon_days_max) - SEARCH_DAYS + 1;
    let latest = now + TimeDelta::days(last_week);
    let first = day_of(wish.starts_at.min(latest).max(now), team.zone);
    let days: Vec<_> = (0..SEARCH_DAYS)
        .filter_map(|ahead| first.checked_add_signed(TimeDelta::days(ahead)))
        .collect();
    let neighbourhood = std::iter::once(first.pred_opt()).chain(days.iter().map(|day| Some(*day)));
    let last = days.last().and_then(chrono::NaiveDate::succ_opt);
    let all_days: Vec<_> = neighbourhood.chain([last]).flatten().collect();
    let circle: std::collections::BTreeSet<_> = sharing(catalog, service, team.id).collect();
    let keys: Vec<LedgerKey> = circle
        .iter()
        .flat_map(|team| all_days.iter().map(|day| LedgerKey { team: *team, day: *day }))
        .collect();
    let views = views.fresh_days(store, catalog, &keys)?;
    let looked_for = Search { catalog, service, class: wish.class, now };
    let mut found = Vec::new();
    for day in days {
        let key = LedgerKey { team: team.id, day };
        let mut open = day_slots(&looked_for, key, &views);
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
    Ok(found.into())
}
