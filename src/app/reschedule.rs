//! Moving a booking to another time, day or team.
//!
//! A day of a team is one ledger. Within it a move is one event; to another one, the booking is
//! given its new place before it gives up the old one, and one decision makes both true.

use chrono::{DateTime, Utc};
use domain::availability::admit;
use domain::booking::Step;
use domain::catalog::{Service, Team};
use domain::ids::{MemberId, OpId, TeamId};
use domain::ledger::{Book, Command, LedgerKey, Move, Origin, Prior, Take};
use domain::time::day_of;
use store::records::BookingRecord;

use super::book::{Wish, assign, needed};
use super::bookings::require_open;
use super::cancel::party;
use super::moving::{Deed, Journey};
use super::{Answer, App, BookingName, Catalog, Change, Failure, Keyed, Order, StartsAt};
use crate::actors::{Place, Priority};
use crate::auth::{Action, Caller};

/// Where a booking shall go.
#[derive(Debug, Clone)]
pub struct Target {
    pub starts_at: StartsAt,
    /// Nobody named: the team that has it keeps it.
    pub team: Option<TeamId>,
    /// Nobody named: whoever has it keeps it when free, else somebody else takes it.
    pub member: Option<MemberId>,
    pub change: Change,
}

/// A move as one revision of the catalogue sees it.
struct Route<'a> {
    catalog: &'a Catalog,
    service: &'a Service,
    team: &'a Team,
    wish: Wish,
    change: &'a Change,
    now: DateTime<Utc>,
}

impl App {
    /// Moves a booking, returning once the new time is durable and the old one free.
    ///
    /// # Errors
    ///
    /// As [`App::cancel`]; [`Failure::NotOffered`] and [`Failure::Rejected`] with alternatives when
    /// the new time does not fit: the booking stays where it was.
    pub async fn reschedule(
        &self,
        caller: &Caller,
        name: BookingName,
        target: Target,
        keyed: Keyed,
    ) -> Result<Answer, Failure> {
        let work = async {
            let action = Action::Take(Step::Reschedule);
            let record = self.booking_for(caller, name, action).await?;
            // Before anything about the new time, which would not matter any more.
            require_open(&record, Some((Step::Reschedule, Some(target.change.rev))))?;
            let catalog = self.catalog.current();
            let route = self.route(caller, &catalog, &record, &target)?;
            let party = party(caller, false);
            let plan = |record: &BookingRecord| {
                self.judge(Step::Reschedule, party, record)?;
                route.deed(record)
            };
            let wish = route.wish;
            match self.change_booking(caller, record, plan, &keyed).await {
                Ok(answer) => Ok(answer),
                Err(failure) => Err(self.with_alternatives(failure, &wish).await),
            }
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }

    /// What is asked for, in terms of the catalogue.
    fn route<'a>(
        &self,
        caller: &Caller,
        catalog: &'a Catalog,
        record: &BookingRecord,
        target: &'a Target,
    ) -> Result<Route<'a>, Failure> {
        let service = catalog.service(record.entry.service).ok_or(Failure::NotFound)?;
        let team = catalog.team(target.team.unwrap_or(record.key.team)).ok_or(Failure::NotFound)?;
        let is_new = team.id != record.key.team;
        let is_offered = service.teams.contains(&team.id) && (team.published || caller.is_staff());
        if is_new && !is_offered {
            return Err(Failure::NotFound);
        }
        let wish = Wish {
            service: service.id,
            team: team.id,
            member: target.member,
            class: record.entry.class,
            starts_at: target.starts_at.resolve(team.zone)?,
        };
        let (change, now) = (&target.change, self.ambient.now());
        Ok(Route { catalog, service, team, wish, change, now })
    }
}

impl Route<'_> {
    /// How `record` gets there from where it is.
    fn deed(&self, record: &BookingRecord) -> Result<Deed, Failure> {
        let Route { service, team, wish, .. } = self;
        let entry = &record.entry;
        if entry.rev != self.change.rev {
            return Err(Failure::Stale { current: i64::from(entry.rev) });
        }
        let key = LedgerKey { team: team.id, day: day_of(wish.starts_at, team.zone) };
        let day = self.catalog.team_day(team.id, key.day).ok_or(Failure::NotFound)?;
        let slot = admit(&day, service, wish.starts_at, wish.class, self.now).map_err(|why| {
            Failure::NotOffered { why, zone: team.zone, alternatives: Vec::new() }
        })?;
        let to = Move {
            booking: record.id,
            rev: Some(self.change.rev),
            slot,
            busy: service.busy(slot),
            assignment: assign(&day, service, slot, wish, entry.member)?,
            needs: needed(&day, service)?,
        };
        let (reason, priority) = (self.change.reason.clone(), Priority::Ordinary);
        if key == record.key {
            let command = Command::Reschedule(Box::new(to));
            return Ok(Deed::Here(Order { command, reason, priority }));
        }
        let place = self.place(record, key, to);
        Ok(Deed::Away(Box::new(Journey { place, reason, priority })))
    }

    /// The place in ledger `key` that a booking of another ledger wants.
    fn place(&self, record: &BookingRecord, key: LedgerKey, to: Move) -> Place {
        let entry = &record.entry;
        let Move { booking, slot, busy, assignment, needs, .. } = to;
        let book = Book {
            booking,
            no: entry.no,
            service: entry.service,
            units: entry.units,
            class: entry.class,
            slot,
            busy,
            assignment,
            needs,
            status: entry.status,
            service_units_max: self.service.daily_units_max,
            may_pass_limit: false,
        };
        let take = Take {
            // Both are the operation's, which knows them better.
            op: OpId(booking.0),
            expires_at: self.now,
            book,
            origin: Origin::Elsewhere(Box::new(entry.clone())),
            is_visible: false,
            unverified_units_max: None,
            prior: Prior::Nothing,
        };
        Place { key, take, leaves: Some(record.key), draft: None }
    }
}
