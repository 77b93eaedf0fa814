//! Moving several bookings of a series: one operation, all or nothing.
//!
//! Whoever moves one visit from Tuesday at ten to Wednesday at eleven, and those that follow with
//! it, wants each of them a day later at eleven by the clock on the wall, whatever the clock does
//! in between. Every booking has its new place before it gives up the old one, so two of a series
//! that would change places stand in each other's way.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use domain::booking::Step;
use domain::catalog::{Service, Team};
use domain::ids::OpId;
use domain::ledger::{Assignment, Book, Origin, Prior, Rejection, Take};
use domain::time::{LocalTime, resolve_local};
use store::batch::{OpDraft, OpKind};
use store::records::BookingRecord;
use tokio::time::Instant;
use uuid::Uuid;

use super::forecast::Tentative;
use super::reach::{
    ChangeKeyed, ChangedOccurrence, ChangedSeries, KeptReason, Reach, Scope, is_over,
};
use crate::actors::{
    Agreed, Conflict, OPERATION_LIFETIME, OnConflict, Operation, OperationOutcome,
    OperationRefusal, Place, Placed, Priority,
};
use crate::app::book::{Offer, Plan, Wish, plan};
use crate::app::cancel::party;
use crate::app::moving::UNDECIDED_TRIES_MAX;
use crate::app::{Answer, App, BookingName, Catalog, Failure, StartsAt, Target};
use crate::auth::Caller;

/// Where all of them go.
struct Shift<'a> {
    catalog: &'a Arc<Catalog>,
    service: &'a Service,
    team: &'a Team,
    days: TimeDelta,
    wall_time: NaiveTime,
    target: &'a Target,
    now: DateTime<Utc>,
}

/// One booking that moves, or is left alone.
struct Line {
    index: u16,
    record: BookingRecord,
    fate: Fate,
}

enum Fate {
    Kept(KeptReason),
    /// Which of the places.
    Moves(usize),
}

impl App {
    /// Moves several bookings of a series, returning once all of them are where they go.
    ///
    /// # Errors
    ///
    /// What would keep the one that was asked of from being moved; [`Failure::SeriesConflict`] with
    /// every occurrence that cannot be moved. In each case all of them are where they were.
    pub async fn reschedule_series(
        &self,
        caller: &Caller,
        (name, scope): (BookingName, Scope),
        target: Target,
        keyed: ChangeKeyed,
    ) -> Result<Answer, Failure> {
        let work = async {
            let mut tries = 1;
            loop {
                let moved = self.try_to_move(caller, (name, scope), &target, &keyed).await;
                let undecided = moved.as_ref().err().and_then(undecided);
                match undecided.filter(|_| tries < UNDECIDED_TRIES_MAX) {
                    Some(op) => self.wait_for(op).await,
                    None => return moved,
                }
                tries += 1;
            }
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }

    async fn try_to_move(
        &self,
        caller: &Caller,
        (name, scope): (BookingName, Scope),
        target: &Target,
        keyed: &ChangeKeyed,
    ) -> Result<Answer, Failure> {
        let reach = self.reach(caller, (name, target.change.rev), scope, Step::Reschedule).await?;
        let catalog = self.catalog.current();
        let shift = self.shift(caller, &catalog, &reach, target)?;
        let (lines, tentative) = self.plan_moves(caller, &shift, &reach)?;
        if tentative.iter().any(|one| one.take.is_err()) {
            let conflicts = self.forecast(&catalog, &tentative, shift.now).await?;
            return Err(Failure::SeriesConflict(conflicts));
        }
        self.move_all(caller, (&shift, &reach, scope), (lines, tentative), keyed).await
    }

    /// What the new time of one booking means for all.
    fn shift<'a>(
        &self,
        caller: &Caller,
        catalog: &'a Arc<Catalog>,
        reach: &Reach,
        target: &'a Target,
    ) -> Result<Shift<'a>, Failure> {
        let record = &reach.asked_of;
        let service = catalog.service(record.entry.service).ok_or(Failure::NotFound)?;
        let team = catalog.team(target.team.unwrap_or(record.key.team)).ok_or(Failure::NotFound)?;
        let is_offered = service.teams.contains(&team.id) && (team.published || caller.is_staff());
        if team.id != record.key.team && !is_offered {
            return Err(Failure::NotFound);
        }
        let old_zone = catalog.team(record.key.team).map_or(team.zone, |team| team.zone);
        let before = record.entry.slot.starts_at.with_timezone(&old_zone).naive_local();
        let after = target.starts_at.resolve(team.zone)?.with_timezone(&team.zone).naive_local();
        let days = after.date() - before.date();
        let (wall_time, now) = (after.time(), self.ambient.now());
        Ok(Shift { catalog, service, team, days, wall_time, target, now })
    }

    /// Which bookings move where, and which are left alone.
    fn plan_moves(
        &self,
        caller: &Caller,
        shift: &Shift<'_>,
        reach: &Reach,
    ) -> Result<(Vec<Line>, Vec<Tentative>), Failure> {
        let party = party(caller, false);
        // What speaks against the one that was asked for speaks against all.
        self.judge(Step::Reschedule, party, &reach.asked_of)?;
        let (mut lines, mut tentative) = (Vec::new(), Vec::new());
        for (index, record) in &reach.reached {
            let is_asked_of = record.id == reach.asked_of.id;
            let judge = || self.judge(Step::Reschedule, party, record);
            let kept = match is_over(record, shift.now) {
                _ if is_asked_of => None,
                Some(reason) => Some(reason),
                None => judge().is_err().then_some(KeptReason::TooLate),
            };
            let fate = if let Some(reason) = kept {
                Fate::Kept(reason)
            } else {
                tentative.push(shift.tentative(*index, record));
                Fate::Moves(tentative.len() - 1)
            };
            lines.push(Line { index: *index, record: record.clone(), fate });
        }
        Ok((lines, tentative))
    }

    async fn move_all(
        &self,
        caller: &Caller,
        (shift, reach, scope): (&Shift<'_>, &Reach, Scope),
        (lines, tentative): (Vec<Line>, Vec<Tentative>),
        keyed: &ChangeKeyed,
    ) -> Result<Answer, Failure> {
        let now = shift.now;
        let moving = lines.iter().filter(|line| matches!(line.fate, Fate::Moves(_)));
        let places = moving.zip(&tentative).filter_map(|(line, one)| {
            let (key, take) = one.take.clone().ok()?;
            let leaves = Some(line.record.key).filter(|old| *old != key);
            Some(Place { key, take, leaves, draft: None })
        });
        let op = OpDraft {
            op: OpId(self.ambient.id()),
            kind: OpKind::Move,
            owner: keyed.claim.principal.clone(),
            expires_at: now + OPERATION_LIFETIME,
            created_at: now,
        };
        let before = ChangedSeries {
            id: reach.id,
            rule: reach.rule.clone(),
            zone: shift.team.zone,
            scope,
            step: Step::Reschedule,
            occurrences: Vec::new(),
        };
        let present = Arc::clone(&keyed.present);
        let operation = Operation {
            op,
            places: places.collect(),
            on_conflict: OnConflict::Fail,
            cause: caller.cause(shift.target.change.reason.clone()),
            received_at: now,
            deadline: Instant::now() + self.config.ledger.deadline,
            priority: Priority::Ordinary,
            series: None,
            idempotency: Some(keyed.claim.clone()),
            render: Arc::new(move |agreed| {
                let occurrences = lines.iter().map(|line| line.after(agreed)).collect();
                present(&ChangedSeries { occurrences, ..before.clone() })
            }),
        };
        match self.coordinator.operate(operation).await {
            Ok(OperationOutcome::Done { response, .. }) => Ok(Answer::new(response)),
            Ok(OperationOutcome::Replayed(response)) => Ok(Answer::replay(response)),
            Err(OperationRefusal::Refused(refusal)) => Err(refusal.into()),
            // It took so long that it expired meanwhile.
            Err(OperationRefusal::Conflicts(got)) if got.is_empty() => {
                Err(Failure::DeadlineExceeded)
            }
            Err(OperationRefusal::Conflicts(got)) => {
                let refused = tentative.iter().zip(&got).filter_map(|(one, got)| one.refused(got));
                let mended = self.mend(shift.catalog, refused.collect(), now).await;
                Err(Failure::SeriesConflict(mended))
            }
        }
    }
}

impl Shift<'_> {
    /// Where one booking would go.
    fn tentative(&self, index: u16, record: &BookingRecord) -> Tentative {
        let entry = &record.entry;
        let old_zone = self.catalog.team(record.key.team).map_or(self.team.zone, |team| team.zone);
        let day = entry.slot.starts_at.with_timezone(&old_zone).date_naive() + self.days;
        let local = day.and_time(self.wall_time);
        let (starts_at, exists) = match resolve_local(local, self.team.zone) {
            LocalTime::Once(at) | LocalTime::Twice { earlier: at, .. } => (at, Ok(())),
            LocalTime::Skipped { next } => {
                (next, StartsAt::Local(local, None).resolve(self.team.zone).map(|_exists| ()))
            }
        };
        let wish = Wish {
            service: self.service.id,
            team: self.team.id,
            member: self.target.member,
            class: entry.class,
            starts_at,
        };
        let offer = Offer { catalog: self.catalog, service: self.service, now: self.now };
        let take = exists.and_then(|()| plan(offer, self.team, &wish));
        let take = take.map(|plan| (plan.key, self.take(record, plan)));
        Tentative { index, wish, take }
    }

    /// What a booking asks of the ledger that it goes to.
    fn take(&self, record: &BookingRecord, plan: Plan) -> Take {
        let entry = &record.entry;
        let from = Box::new(entry.clone());
        let origin =
            if plan.key == record.key { Origin::Here(from) } else { Origin::Elsewhere(from) };
        let book = plan.book(self.service, (record.id, entry.no), entry.status);
        let assignment = match book.assignment {
            // Whoever has it keeps it when free.
            Assignment::Anyone { candidates, .. } => {
                Assignment::Anyone { candidates, preferred: entry.member }
            }
            other => other,
        };
        Take {
            // The coordinator says for which operation, and until when.
            op: OpId(Uuid::nil()),
            expires_at: self.now,
            book: Book { assignment, units: entry.units, ..book },
            origin,
            is_visible: false,
            unverified_units_max: None,
            prior: Prior::Nothing,
        }
    }
}

impl Line {
    /// The booking after everything that moves has moved.
    fn after(&self, agreed: &Agreed) -> ChangedOccurrence {
        let place = match self.fate {
            Fate::Kept(reason) => return ChangedOccurrence::kept(self.index, &self.record, reason),
            Fate::Moves(at) => agreed.places.get(at),
        };
        let before = ChangedOccurrence::of(self.index, &self.record);
        match place {
            Some(Ok(Placed { entry, .. })) => {
                let (starts_at, rev, status) = (entry.slot.starts_at, entry.rev, entry.status);
                ChangedOccurrence { starts_at, status, rev, ..before }
            }
            // Nothing is agreed unless all of them are.
            Some(Err(Conflict { .. })) | None => before,
        }
    }
}

/// The operation in whose middle one of the bookings is, when that is what is in the way.
fn undecided(failure: &Failure) -> Option<OpId> {
    let Failure::SeriesConflict(conflicts) = failure else { return None };
    conflicts.iter().find_map(|conflict| match &conflict.why {
        Failure::Rejected(rejected) => match rejected.rejection {
            Rejection::Undecided { op } => Some(op),
            _ => None,
        },
        _ => None,
    })
}
