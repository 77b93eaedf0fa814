//! A full day with people who wait for it, so that there is a line to look at.

use std::sync::Arc;

use chrono::Days;
use domain::availability::{candidates, grid, needs};
use domain::booking::Status;
use domain::catalog::{Service, Team};
use domain::ids::{BookingId, BookingNo, OpId, UserId};
use domain::ledger::{
    Assignment, Book, Class, Command, Ledger, LedgerKey, WAITING_OPTIONS_MAX, Waiting,
};
use domain::time::day_of;
use store::StoreError;
use store::batch::ClientDetails;

use super::bookings::draft;
use super::ids::{id_of, team_id};
use super::{Seed, SeedError};
use crate::actors::Refusal;
use crate::app::catalog::Catalog;

/// Whose day it is.
const TEAM: &str = "Berlin South";
/// The first day with bookings from so far ahead on.
const DAYS_AHEAD: u64 = 10;
/// Days looked through for one.
const DAYS_MAX: u64 = 14;
/// How many wait.
const WAITING_COUNT: u32 = 2;
/// How long an offer to them would stand.
const OFFER_MINUTES: u32 = 30;

impl Seed {
    /// Fills a day to what is booked on it, and puts two people in line for it.
    pub(super) async fn add_waiting(
        self: &Arc<Self>,
        catalog: &Catalog,
        client: &(UserId, ClientDetails),
    ) -> Result<(), SeedError> {
        let team = catalog.team(team_id(TEAM)).ok_or(SeedError::Changed("a team is missing"))?;
        let missing = self.blocking(Self::missing_waiters).await?;
        let Some(ledger) = self.busy_day(team).await?.filter(|_| !missing.is_empty()) else {
            return Ok(());
        };
        let key = ledger.key;
        let reserve = ledger.capacity.reserve.min(ledger.used);
        let limit = Command::SetLimit { limit: ledger.used, is_inherited: false, reserve };
        let reason = Some("Two vans are at the garage".to_owned());
        self.ask(self.submission(key, limit, None, reason)).await?;
        let numbers = u32::try_from(missing.len()).unwrap_or(WAITING_COUNT);
        let first_no =
            self.blocking(move |seed| seed.store.ledgers.reserve_booking_numbers(numbers)).await?;
        for (no, number) in (first_no..).zip(missing) {
            let seed = format!("waiting {number}");
            let Some(waiting) = waiting(catalog, key, BookingNo(no), &seed) else { continue };
            let service = waiting.options.first().and_then(|book| catalog.service(book.service));
            let Some(service) = service else { continue };
            let mut draft = draft(service, &seed, client);
            if number == 0 {
                // So that whoever signs in as the demo's client finds a place in line.
                (draft.client_user, draft.client) = (Some(client.0), client.1.clone());
            }
            let command = Command::Join(Box::new(waiting));
            self.ask(self.submission(key, command, Some(Arc::new(draft)), None)).await?;
        }
        Ok(())
    }

    /// Those who are not in line yet, by number.
    fn missing_waiters(&self) -> Result<Vec<u32>, StoreError> {
        let mut missing = Vec::new();
        for number in 0..WAITING_COUNT {
            if self.store.bookings.booking(booking_of(&format!("waiting {number}")))?.is_none() {
                missing.push(number);
            }
        }
        Ok(missing)
    }

    async fn busy_day(self: &Arc<Self>, team: &Team) -> Result<Option<Ledger>, SeedError> {
        let first = day_of(self.ambient.now(), team.zone) + Days::new(DAYS_AHEAD);
        let days = u16::try_from(DAYS_MAX).unwrap_or(u16::MAX);
        let team = team.id;
        let loaded =
            self.blocking(move |seed| seed.store.ledgers.load_range(team, first, days)).await?;
        Ok(loaded.into_iter().map(|loaded| loaded.ledger).find(|ledger| ledger.used > 0))
    }

    /// Has a ledger decide something that it may refuse.
    async fn ask(&self, submission: crate::actors::Submission) -> Result<(), SeedError> {
        match self.desk.submit(submission).await {
            Ok(_) | Err(Refusal::Rejected { .. }) => Ok(()),
            Err(refusal) => Err(SeedError::Refused(refusal)),
        }
    }
}

fn booking_of(seed: &str) -> BookingId {
    BookingId(id_of("booking", seed))
}

/// Somebody who would come at any time of the day for the team's first service.
fn waiting(catalog: &Catalog, key: LedgerKey, no: BookingNo, seed: &str) -> Option<Waiting> {
    let day = catalog.team_day(key.team, key.day)?;
    let is_offered = |service: &&Service| service.is_active && service.teams.contains(&key.team);
    let service = catalog.services().iter().find(is_offered)?;
    let needs = needs(&day, service)?;
    let booking = booking_of(seed);
    let option = |slot| Book {
        booking,
        no,
        service: service.id,
        units: service.units,
        class: Class::Standard,
        slot,
        busy: service.busy(slot),
        assignment: Assignment::Anyone {
            candidates: candidates(&day, service, slot, Class::Standard),
            preferred: None,
        },
        needs: needs.clone(),
        status: Status::Confirmed,
        service_units_max: service.daily_units_max,
        may_pass_limit: false,
    };
    let options = grid(&day, service).into_iter().take(WAITING_OPTIONS_MAX).map(option).collect();
    let op = OpId(id_of("offer", seed));
    Some(Waiting { booking, op, options, offer_minutes: OFFER_MINUTES })
}
