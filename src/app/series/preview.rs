//! Showing a series before it is made.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};
use chrono_tz::Tz;
use domain::ids::{ServiceId, TeamId};
use domain::ledger::Class;
use domain::money::Money;

use super::occurrences::occurrences;
use super::token::{PREVIEW_LIFETIME, Shown, digest};
use super::{OccurrenceConflict, SeriesRule};
use crate::app::book::{Asked, Offer};
use crate::app::pricing::Visits;
use crate::app::{App, Failure, visible_service};
use crate::auth::Caller;

/// Every occurrence of a rule, with what would come of it.
#[derive(Debug, Clone)]
pub struct SeriesPreview {
    pub service: ServiceId,
    pub team: TeamId,
    pub zone: Tz,
    pub rule: String,
    pub occurrences: Vec<PreviewedOccurrence>,
    /// Of all that fit.
    pub total: Money,
    pub token: String,
    pub expires_at: DateTime<Utc>,
}

/// One occurrence, and why it cannot be booked if it cannot.
#[derive(Debug, Clone)]
pub struct PreviewedOccurrence {
    pub index: u16,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub price: Money,
    pub conflict: Option<OccurrenceConflict>,
}

impl App {
    /// Shows what would come of a series. Nothing is held: the token only tells, when the series is
    /// made, whether the same still holds.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] for what the caller cannot see, [`Failure::Invalid`] for a rule that
    /// cannot be this series', and what speaks against its first start in any case.
    pub async fn preview_series(
        &self,
        caller: &Caller,
        asked: Asked,
        rule: SeriesRule,
    ) -> Result<SeriesPreview, Failure> {
        let catalog = self.catalog.current();
        let service = visible_service(&catalog, caller, asked.service)?;
        if asked.class == Class::Emergency && !service.is_emergency_eligible {
            return Err(Failure::invalid("/bookingType", "this service takes no emergencies"));
        }
        let now = self.ambient.now();
        let offer = Offer { catalog: &catalog, service, now };
        let (team, first) = self.wish(caller, offer, asked).await?;
        let planned = occurrences(offer, team, &first, &rule)?;
        let tentative: Vec<_> = planned.iter().map(|one| one.tentative(service)).collect();
        let conflicts = self.forecast(&catalog, &tentative, now).await?;
        let mut conflicts: BTreeMap<u16, OccurrenceConflict> =
            conflicts.into_iter().map(|conflict| (conflict.index, conflict)).collect();
        let fits = planned.iter().map(|one| one.index);
        let fits = fits.filter(|index| !conflicts.contains_key(index)).collect();
        // The token has room for seconds.
        let expires_at = (now + PREVIEW_LIFETIME).trunc_subsecs(0);
        let starts = planned.iter().map(|one| one.starts_at).collect();
        let visits = Visits { offer, team, class: asked.class, starts, is_series: true };
        let prices = visits.price(&[], expires_at - PREVIEW_LIFETIME, None)?;
        let digest = digest(team, &first, &rule, &planned, &prices);
        let token = Shown { team: team.id, digest, fits, expires_at }.sign(&self.links);
        let visits = planned.into_iter().zip(&prices.quotes);
        let occurrences: Vec<PreviewedOccurrence> = visits
            .map(|(one, quote)| PreviewedOccurrence {
                index: one.index,
                starts_at: one.starts_at,
                ends_at: service.slot(one.starts_at).ends_at,
                price: quote.total,
                conflict: conflicts.remove(&one.index),
            })
            .collect();
        let fitting = occurrences.iter().filter(|one| one.conflict.is_none());
        // All of them together come to what can be written down.
        let amount = fitting.map(|one| one.price.amount).sum();
        Ok(SeriesPreview {
            service: service.id,
            team: team.id,
            zone: team.zone,
            rule: rule.recurrence.text().to_owned(),
            occurrences,
            total: Money { amount, ..prices.total },
            token,
            expires_at,
        })
    }
}
