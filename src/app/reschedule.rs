//! Moving a booking to another time of the same day.
//!
//! A day is one ledger, so such a move is one event. Another day is another ledger, and is refused
//! until moves over two ledgers exist.

use domain::availability::admit;
use domain::booking::Step;
use domain::ids::MemberId;
use domain::ledger::{Command, LedgerKey, Move};
use domain::time::day_of;
use store::records::BookingRecord;

use super::book::{Wish, assign, needed};
use super::bookings::require_open;
use super::cancel::{Change, within_window};
use super::{Answer, App, BookingName, Failure, Keyed, Order, StartsAt};
use crate::actors::Priority;
use crate::auth::{Action, Caller};

/// Where a booking shall go.
#[derive(Debug, Clone)]
pub struct Target {
    pub starts_at: StartsAt,
    /// Nobody named: whoever has it keeps it when free, else somebody else takes it.
    pub member: Option<MemberId>,
    pub change: Change,
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
            within_window(caller, &record, self.ambient.now())?;
            let (wish, order) = self.plan_move(&record, target)?;
            match order {
                Ok(order) => {
                    let moved = self.change_booking(caller, record, order, &keyed).await;
                    match moved {
                        Ok(answer) => Ok(answer),
                        Err(failure) => Err(self.with_alternatives(failure, &wish).await),
                    }
                }
                Err(failure) => Err(self.with_alternatives(failure, &wish).await),
            }
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }

    /// The submission that would move `record`, or why the time is not offered. The outer error is
    /// about what was asked, and no alternative would help.
    fn plan_move(
        &self,
        record: &BookingRecord,
        target: Target,
    ) -> Result<(Wish, Result<Order, Failure>), Failure> {
        let catalog = self.catalog.current();
        let (entry, key) = (&record.entry, record.key);
        let team = catalog.team(key.team).ok_or(Failure::NotFound)?;
        let service = catalog.service(entry.service).ok_or(Failure::NotFound)?;
        let starts_at = target.starts_at.resolve(team.zone)?;
        let day = day_of(starts_at, team.zone);
        if (LedgerKey { day, ..key }) != key {
            let detail = "moving to another day is not offered yet: cancel, and book that day";
            return Err(Failure::invalid("/startsAt", detail));
        }
        let wish = Wish {
            service: service.id,
            team: team.id,
            member: target.member,
            class: entry.class,
            starts_at,
        };
        let now = self.ambient.now();
        let team_day = catalog.team_day(team.id, day).ok_or(Failure::NotFound)?;
        let admitted = admit(&team_day, service, starts_at, entry.class, now);
        let planned = admitted
            .map_err(|why| Failure::NotOffered { why, zone: team.zone, alternatives: Vec::new() })
            .and_then(|slot| {
                let assignment = assign(&team_day, service, slot, &wish, entry.member)?;
                let to = Move {
                    booking: record.id,
                    rev: Some(target.change.rev),
                    slot,
                    busy: service.busy(slot),
                    assignment,
                    needs: needed(&team_day, service)?,
                };
                let command = Command::Reschedule(Box::new(to));
                let reason = target.change.reason;
                Ok(Order { command, reason, priority: Priority::Ordinary })
            });
        Ok((wish, planned))
    }
}
