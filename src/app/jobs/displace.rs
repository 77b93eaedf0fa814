//! A day that cannot take place as planned: it is closed, or a member is ill. Everybody who is
//! booked is told at once, and what they could have instead.
//!
//! Nothing is called off for anybody. The booking stands until its client has chosen, and choosing
//! is an ordinary reschedule.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::audit::AuditDraft;
use domain::catalog::TimeOff;
use domain::ids::{BookingId, MemberId, TeamId, TimeOffId};
use domain::ledger::{self, Assignment, Command, Event, Ledger, LedgerKey, Rejection};
use domain::time::day_bounds;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::batch::{IdempotencyRecord, OpKind, OpRecord, OpStatus};
use store::records::{BookingRecord, CatalogChange, JobRecord};
use store::traits::Aside;
use store::{Store, StoreError};
use uuid::Uuid;

use super::step::StepOrder;
use super::{ItemOutcome, Job, JobCause, JobKind, Stepped, not_begun};
use crate::app::book::Wish;
use crate::app::describe;
use crate::app::override_capacity::required_reason;
use crate::app::{Alternative, Answer, App, Failure, IdempotencyClaim, StoredResponse};
use crate::auth::{Action, Caller, Resource, can};

/// What a displacement was asked to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DisplaceOrder {
    pub team_id: Uuid,
    pub date: NaiveDate,
    /// The member who will not be there. Without one, nobody will: the day is closed.
    pub team_member_id: Option<Uuid>,
    cause: JobCause,
}

impl DisplaceOrder {
    fn key(&self) -> LedgerKey {
        LedgerKey { team: TeamId(self.team_id), day: self.date }
    }

    fn member(&self) -> Option<MemberId> {
        self.team_member_id.map(MemberId)
    }
}

/// What is to be displaced, and why.
#[derive(Debug, Clone)]
pub struct Displacement {
    pub key: LedgerKey,
    /// As in [`DisplaceOrder`].
    pub member: Option<MemberId>,
    pub reason: Option<String>,
}

/// A booking as far as a displacement looks at it.
struct Found {
    record: Option<BookingRecord>,
    /// The operation that holds a place for it on the day, or has it frozen there.
    undecided: Option<OpRecord>,
}

impl App {
    /// Orders a displacement, returning once the order is durable; `show` makes the answer.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`], [`Failure::ReasonRequired`], [`Failure::NotFound`],
    /// [`Failure::MemberNotEligible`] for a member of another team. In each case nothing was
    /// written.
    pub async fn displace(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        wanted: Displacement,
        show: impl Fn(&Job) -> StoredResponse,
    ) -> Result<Answer, Failure> {
        let Displacement { key, member, reason } = wanted;
        if !can(caller, Action::ChangeCapacity, &Resource::Team(key.team)) {
            return Err(Failure::Forbidden);
        }
        let catalog = self.catalog.current();
        catalog.team(key.team).ok_or(Failure::NotFound)?;
        if let Some(id) = member {
            let member = catalog.member(id).ok_or(Failure::NotFound)?;
            if !member.teams.contains(&key.team) {
                return Err(Failure::MemberNotEligible { member: id, alternatives: Vec::new() });
            }
        }
        let cause = caller.cause(Some(required_reason(reason.as_deref())?));
        let order = DisplaceOrder {
            team_id: key.team.0,
            date: key.day,
            team_member_id: member.map(|member| member.0),
            cause: JobCause::of(&cause),
        };
        let work = async {
            let now = self.ambient.now();
            let record = JobRecord {
                id: self.ambient.id(),
                kind: JobKind::Displace.name().to_owned(),
                order: serde_json::to_string(&order).unwrap_or_default(),
                created_by: cause.actor.id,
                created_at: now,
                progress: not_begun(now),
            };
            let response = show(&Job::read(record.clone())?);
            let IdempotencyClaim { principal, key, fingerprint } = claim.clone();
            let idempotency = IdempotencyRecord {
                principal,
                key,
                fingerprint,
                response: response.clone(),
                booking: None,
                created_at: now,
            };
            let audit = ordered(&order, record.id, now);
            let aside = Aside { audit: Some(audit), idempotency: Some(idempotency) };
            self.start_job(record, aside).await?;
            Ok(Answer::new(response))
        };
        self.once(claim, caller.request_id, work).await
    }

    /// Sees to it that nothing new comes, and finds out who has to be told.
    ///
    /// # Errors
    ///
    /// Why it cannot be done for now.
    pub(super) async fn begin_displacing(&self, job: &Job) -> Result<Vec<Uuid>, Failure> {
        let order: DisplaceOrder = job.order()?;
        match order.member() {
            Some(member) => self.take_off(job, &order, member).await?,
            None => self.close_day(job, &order).await?,
        }
        let key = order.key();
        let loaded = self.blocking(move |store| store.ledgers.load(key)).await?;
        let ledger = loaded.ok_or(Failure::NotFound)?.ledger;
        let now = self.ambient.now();
        let concerned = concerned(&ledger, order.member(), now);
        Ok(concerned.into_iter().map(|booking| booking.0).collect())
    }

    async fn close_day(&self, job: &Job, order: &DisplaceOrder) -> Result<(), Failure> {
        let step = StepOrder {
            job: job.record.id,
            name: "close".to_owned(),
            key: order.key(),
            command: Command::Close,
            cause: order.cause.cause(),
        };
        match self.step(step, |_receipt| Stepped::done(ItemOutcome::Skipped)).await? {
            Ok(Stepped::Done(..)) => Ok(()),
            // The whole job is tried again.
            Ok(Stepped::Later(_)) | Err(_) => Err(Failure::Unavailable),
        }
    }

    /// Gives the member that day off, with every team.
    async fn take_off(
        &self,
        job: &Job,
        order: &DisplaceOrder,
        member: MemberId,
    ) -> Result<(), Failure> {
        // Of the job's own id, so that a repeat finds it there.
        let id = TimeOffId(job.record.id);
        let catalog = self.refresh_catalog().await?;
        if catalog.time_off().iter().any(|off| off.id == id) {
            return Ok(());
        }
        let team = catalog.team(order.key().team).ok_or(Failure::NotFound)?;
        let away = day_bounds(order.date, team.zone);
        let change = CatalogChange::PutTimeOff(TimeOff { id, member, away, note: String::new() });
        let description = describe::change(&catalog, &change);
        let cause = order.cause.cause();
        let audit = AuditDraft {
            at: self.ambient.now(),
            actor: cause.actor,
            action: description.action,
            object: description.object,
            before: description.before.to_string(),
            after: description.after.to_string(),
            reason: cause.reason,
            request_id: cause.request_id,
            ledger: None,
        };
        let aside = Aside { audit: Some(audit), idempotency: None };
        let written =
            self.blocking(move |store| store.catalog.change_catalog(&change, &aside)).await;
        self.refresh_catalog().await?;
        match written {
            // Another process was quicker.
            Ok(()) | Err(Failure::Taken { .. } | Failure::Stale { .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Finds another member for one booking, or tells its client.
    ///
    /// # Errors
    ///
    /// Why it cannot be done for now.
    pub(super) async fn displace_one(
        &self,
        job: &Job,
        booking: BookingId,
    ) -> Result<Stepped, Failure> {
        let order: DisplaceOrder = job.order()?;
        if let Some(taken) = self.step_taken(job.record.id, &booking.to_string()).await? {
            return Ok(taken);
        }
        let key = order.key();
        let found = self.blocking(move |store| find(store, booking, key)).await?;
        if let Some(op) = found.undecided {
            return Ok(self.release(&op).await);
        }
        let Some(record) = found.record else { return Ok(Stepped::skipped("it is gone")) };
        let is_ahead = record.entry.status.is_ahead()
            && record.key == key
            && record.entry.slot.starts_at > self.ambient.now();
        if !is_ahead {
            return Ok(Stepped::skipped("it was moved, was called off or has begun"));
        }
        if let Some(member) = order.member() {
            if record.entry.member != Some(member) {
                return Ok(Stepped::skipped("somebody else has it"));
            }
            if let Some(stepped) = self.give_to_another(job, &order, &record).await? {
                return Ok(stepped);
            }
        }
        self.tell(job, &order, &record).await
    }

    /// Takes back a place that somebody holds or was offered.
    async fn release(&self, op: &OpRecord) -> Stepped {
        if op.status == OpStatus::Pending && op.waits_for_payment() {
            return self.take_back_unpaid(op).await;
        }
        let is_patient = matches!(op.kind, OpKind::Hold | OpKind::Offer);
        if op.status != OpStatus::Pending || !is_patient {
            return Stepped::Later("it is part of a change that is not settled yet".to_owned());
        }
        if self.coordinator.call_off(&op.draft(), self.ambient.now()).await {
            Stepped::done(ItemOutcome::Released)
        } else {
            Stepped::Later("it was decided a moment ago".to_owned())
        }
    }

    /// Takes back a place that somebody may be paying for, once its page is closed.
    async fn take_back_unpaid(&self, op: &OpRecord) -> Stepped {
        let id = op.op;
        let holds = self.blocking(move |store| store.ops.holds_of(id)).await;
        let booking = holds.ok().and_then(|holds| holds.first().map(|hold| hold.booking));
        let Some(booking) = booking else {
            return Stepped::Later("it was decided a moment ago".to_owned());
        };
        match Box::pin(self.close_pages(booking)).await {
            Ok(()) if self.coordinator.call_off(&op.draft(), self.ambient.now()).await => {
                Stepped::done(ItemOutcome::Released)
            }
            Ok(()) => Stepped::Later("it was decided a moment ago".to_owned()),
            Err(failure) => Stepped::Later(failure.to_string()),
        }
    }

    /// Nothing when nobody else can take it.
    async fn give_to_another(
        &self,
        job: &Job,
        order: &DisplaceOrder,
        record: &BookingRecord,
    ) -> Result<Option<Stepped>, Failure> {
        let assignment = self.assignment(record, None)?;
        let is_hopeless = match &assignment {
            Assignment::Nobody => true,
            Assignment::Exactly(_) => false,
            Assignment::Anyone { candidates, .. } => candidates.is_empty(),
        };
        if is_hopeless {
            return Ok(None);
        }
        let (booking, rev) = (record.id, Some(record.entry.rev));
        let step = StepOrder {
            job: job.record.id,
            name: booking.to_string(),
            key: record.key,
            command: Command::Assign { booking, rev, assignment },
            cause: order.cause.cause(),
        };
        let stepped = self.step(step, |receipt| match &receipt.recorded.event {
            Event::Assigned { to, .. } => {
                let member = to.member.map(|member| member.to_string());
                Stepped::with(ItemOutcome::Reassigned, "teamMemberId", member.into())
            }
            _ => Stepped::done(ItemOutcome::Reassigned),
        });
        match stepped.await? {
            Ok(stepped) => Ok(Some(stepped)),
            Err(Rejection::SlotTaken | Rejection::MemberUnavailable { .. }) => Ok(None),
            Err(rejection) => Ok(Some(rejected(&rejection))),
        }
    }

    /// Tells the client, with what it may have instead.
    async fn tell(
        &self,
        job: &Job,
        order: &DisplaceOrder,
        record: &BookingRecord,
    ) -> Result<Stepped, Failure> {
        let entry = &record.entry;
        let wish = Wish {
            service: entry.service,
            team: record.key.team,
            // Whoever is ill cannot be had, and the others may have been chosen by name.
            member: entry.member.filter(|_| order.member().is_none()),
            class: entry.class,
            starts_at: entry.slot.starts_at,
        };
        let found = self.alternatives(wish).await;
        let alternatives: Vec<ledger::Alternative> = found.iter().map(offered).collect();
        let step = StepOrder {
            job: job.record.id,
            name: record.id.to_string(),
            key: record.key,
            command: Command::Displace { booking: record.id, alternatives: alternatives.clone() },
            cause: order.cause.cause(),
        };
        let shown: Value = found.iter().map(show).collect();
        let stepped = self.step(step, move |_receipt| {
            Stepped::with(ItemOutcome::Displaced, "alternatives", shown.clone())
        });
        Ok(stepped.await?.unwrap_or_else(|rejection| rejected(&rejection)))
    }
}

/// What the audit trail says of an order.
fn ordered(order: &DisplaceOrder, operation: Uuid, at: DateTime<Utc>) -> AuditDraft {
    let (cause, key) = (order.cause.cause(), order.key());
    AuditDraft {
        at,
        actor: cause.actor,
        action: "displacement-ordered".to_owned(),
        object: format!("ledger:{}:{}", key.team, key.day),
        before: "null".to_owned(),
        after: json!({ "operation": operation, "teamMemberId": order.team_member_id }).to_string(),
        reason: cause.reason,
        request_id: cause.request_id,
        ledger: None,
    }
}

/// Who has to be told: what is ahead on that day, and with `member` if it is about one.
fn concerned(ledger: &Ledger, member: Option<MemberId>, now: DateTime<Utc>) -> BTreeSet<BookingId> {
    let entries = ledger.entries.iter().map(|(booking, entry)| (*booking, entry));
    let holds = ledger.holds.iter().map(|(booking, hold)| (*booking, &hold.entry));
    entries
        .chain(holds)
        .filter(|(_, entry)| entry.status.is_ahead() && entry.slot.starts_at > now)
        .filter(|(_, entry)| member.is_none() || entry.member == member)
        .map(|(booking, _)| booking)
        .collect()
}

fn find(store: &Store, booking: BookingId, key: LedgerKey) -> Result<Found, StoreError> {
    let record = store.bookings.booking(booking)?;
    let here = store.ops.holds_for(booking)?.into_iter().find(|kept| kept.key == key);
    let undecided = match here {
        Some(kept) => store.ops.op(kept.op)?,
        None => None,
    };
    Ok(Found { record, undecided })
}

/// What a ledger's no means for an item.
fn rejected(rejection: &Rejection) -> Stepped {
    match rejection {
        Rejection::UnknownBooking { .. } | Rejection::IllegalTransition { .. } => {
            Stepped::skipped("it was moved, was called off or has begun")
        }
        other => Stepped::with(ItemOutcome::Failed, "detail", other.to_string().into()),
    }
}

fn offered(other: &Alternative) -> ledger::Alternative {
    let Alternative { starts_at, team, member, .. } = *other;
    ledger::Alternative { team, starts_at, member }
}

fn show(other: &Alternative) -> Value {
    json!({
        "startsAt": other.starts_at.with_timezone(&other.zone).to_rfc3339(),
        "teamId": other.team.to_string(),
        "teamMemberId": other.member.map(|member| member.to_string()),
    })
}
