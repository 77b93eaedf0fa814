//! How promos are used in the simulated store.

use std::collections::BTreeMap;

use domain::ids::{BookingId, PromoId, UserId};
use domain::pricing::promo::PromoState;
use domain::pricing::promo::ledger::{ClientKey, PromoLedger};

use super::world::World;
use super::{Simulated, Weakness};
use crate::batch::Violation;
use crate::error::StoreError;
use crate::promos::commit::{grant, promos_of};
use crate::records::{PromoTally, PromoUseRecord};
use crate::rows::batch::{Ended, Use};
use crate::traits::PromoStore;

impl World {
    /// Those of `uses` that are granted, once the bookings `ended` have given back theirs.
    ///
    /// # Errors
    ///
    /// Every use that is refused, when there are any.
    pub(super) fn grant_promos<'u>(
        &self,
        uses: &'u [Use],
        ended: &[Ended],
    ) -> Result<Vec<&'u Use>, Vec<Violation>> {
        let ends = |booking: BookingId| ended.iter().any(|one| one.booking == booking);
        let ledger = |id: PromoId| {
            let promo = self.promos.get(&id)?;
            let live = self
                .redemptions
                .iter()
                .filter(|((_, promo), one)| *promo == id && one.released_at.is_none());
            let limits = promo.limits_in_force();
            // As databases do: clients are counted only where that matters.
            let is_counted = limits.per_client.is_some();
            let (mut by_client, mut given_back) = (BTreeMap::new(), 0);
            for ((booking, _), one) in live {
                if ends(*booking) {
                    given_back += 1;
                } else if is_counted {
                    *by_client.entry(one.client).or_default() += 1;
                }
            }
            let counted =
                if self.has(Weakness::StalePromos) { &self.used_before } else { &self.used_counts };
            let used_count = counted.get(&id).copied().unwrap_or(0).saturating_sub(given_back);
            let is_ended = promo.state == PromoState::Ended;
            Some((id, PromoLedger::excerpt(limits, is_ended, used_count, by_client)))
        };
        grant(promos_of(uses).into_iter().filter_map(ledger).collect(), uses)
    }

    /// Writes what was granted.
    pub(super) fn use_promos(&mut self, granted: &[&Use]) {
        for one in granted {
            let Use { booking, promo, client, at } = **one;
            let record = PromoUseRecord { booking, client, redeemed_at: at, released_at: None };
            self.redemptions.insert((booking, promo), record);
            *self.used_counts.entry(promo).or_default() += 1;
        }
    }

    /// Gives back what the bookings `ended` use.
    pub(super) fn give_back(&mut self, ended: &[Ended]) {
        let freed = if self.has(Weakness::DoubleReleases) { 2 } else { 1 };
        for Ended { booking, at } in ended {
            let of_booking = self.redemptions.iter_mut().filter(|((owner, _), _)| owner == booking);
            for ((_, promo), one) in of_booking.filter(|(_, one)| one.released_at.is_none()) {
                one.released_at = Some(*at);
                let used = self.used_counts.entry(*promo).or_default();
                *used = used.saturating_sub(freed);
            }
        }
    }
}

impl PromoStore for Simulated {
    fn tally(&self, promo: PromoId, client: Option<ClientKey>) -> Result<PromoTally, StoreError> {
        let world = self.readable()?;
        let own = world.redemptions.iter().filter(|((_, id), one)| {
            *id == promo && one.released_at.is_none() && Some(one.client) == client
        });
        Ok(PromoTally {
            used_count: world.used_counts.get(&promo).copied().unwrap_or(0),
            used_by_client: u32::try_from(own.count()).unwrap_or(u32::MAX),
        })
    }

    fn has_booked(&self, email: &str, user: Option<UserId>) -> Result<bool, StoreError> {
        let email = email.trim().to_lowercase();
        let world = self.readable()?;
        Ok(world.bookings.values().any(|booking| {
            let draft = &booking.draft;
            let is_own = draft.client.email.to_lowercase() == email
                || user.is_some_and(|user| draft.client_user == Some(user));
            is_own && !booking.entry.status.is_off()
        }))
    }

    fn uses(
        &self,
        promo: PromoId,
        after: Option<BookingId>,
        limit: u16,
    ) -> Result<Vec<PromoUseRecord>, StoreError> {
        let world = self.readable()?;
        let of_promo = world.redemptions.iter().filter(|((booking, id), _)| {
            *id == promo && after.is_none_or(|after| *booking > after)
        });
        Ok(of_promo.map(|(_, one)| *one).take(usize::from(limit)).collect())
    }
}
