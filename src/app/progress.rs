//! The steps that staff take in a booking's life: the team agrees or does not, it starts, is
//! completed, the client did not come, one of these was a mistake, or somebody else takes it.

use domain::availability::candidates;
use domain::booking::Step;
use domain::ids::MemberId;
use domain::ledger::{Assignment, Command};
use store::records::BookingRecord;

use super::override_capacity::required_reason;
use super::{Answer, App, BookingName, Change, Deed, Failure, Keyed, Order, REASON_CHARS};
use crate::actors::Priority;
use crate::auth::{Action, Caller};

/// A step that staff take.
#[derive(Debug, Clone)]
pub struct StaffStep {
    pub name: BookingName,
    pub step: Step,
    pub change: Change,
}

/// Who shall have a booking: this member, or whoever is free.
#[derive(Debug, Clone)]
pub struct Reassignment {
    pub name: BookingName,
    pub member: Option<MemberId>,
    pub change: Change,
}

impl App {
    /// Confirms or declines a booking, starts or completes it, notes that the client did not come,
    /// or corrects one of these.
    ///
    /// # Errors
    ///
    /// As [`App::booking_for`] and [`App::change_booking`]; [`Failure::ReasonRequired`] for saying
    /// no, or correcting somebody, without one. In each case nothing was written.
    pub async fn progress(
        &self,
        caller: &Caller,
        StaffStep { name, step, change }: StaffStep,
        keyed: Keyed,
    ) -> Result<Answer, Failure> {
        let reason = match step {
            Step::Correct | Step::Decline => Some(required_reason(change.reason.as_deref())?),
            _ => optional_reason(change.reason)?,
        };
        let work = async {
            let record = self.booking_for(caller, name, Action::Take(step)).await?;
            let plan = |record: &BookingRecord| {
                let (booking, rev) = (record.id, Some(change.rev));
                let command = if step.is_end() {
                    Command::End { booking, rev, step, fee: None }
                } else {
                    Command::Progress { booking, rev, step }
                };
                Ok(Deed::Here(Order { command, reason: reason.clone(), priority: Priority::First }))
            };
            self.change_booking(caller, record, plan, &keyed).await
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }

    /// Gives a booking to another member.
    ///
    /// # Errors
    ///
    /// As [`App::progress`]; [`Failure::MemberNotEligible`] for a member who does not do the
    /// service or does not work then.
    pub async fn assign(
        &self,
        caller: &Caller,
        Reassignment { name, member, change }: Reassignment,
        keyed: Keyed,
    ) -> Result<Answer, Failure> {
        let reason = optional_reason(change.reason)?;
        let work = async {
            let record = self.booking_for(caller, name, Action::Take(Step::Assign)).await?;
            let plan = |record: &BookingRecord| {
                let (booking, rev) = (record.id, Some(change.rev));
                let assignment = self.assignment(record, member)?;
                let command = Command::Assign { booking, rev, assignment };
                Ok(Deed::Here(Order { command, reason: reason.clone(), priority: Priority::First }))
            };
            self.change_booking(caller, record, plan, &keyed).await
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }

    /// Who could take a booking, as an assignment.
    pub(super) fn assignment(
        &self,
        record: &BookingRecord,
        wanted: Option<MemberId>,
    ) -> Result<Assignment, Failure> {
        let (catalog, entry) = (self.catalog.current(), &record.entry);
        let service = catalog.service(entry.service).ok_or(Failure::NotFound)?;
        let day = catalog.team_day(record.key.team, record.key.day).ok_or(Failure::NotFound)?;
        let candidates = candidates(&day, service, entry.slot, entry.class);
        match wanted {
            Some(member) if candidates.contains(&member) => Ok(Assignment::Exactly(member)),
            Some(member) => Err(Failure::MemberNotEligible { member, alternatives: Vec::new() }),
            None if service.members.is_empty() => Ok(Assignment::Nobody),
            None => Ok(Assignment::Anyone { candidates, preferred: None }),
        }
    }
}

/// What the person chose to say, if anything.
fn optional_reason(reason: Option<String>) -> Result<Option<String>, Failure> {
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let chars_max = *REASON_CHARS.end();
    if reason.as_ref().is_some_and(|text| text.chars().count() > chars_max) {
        let detail = format!("must have at most {chars_max} characters");
        return Err(Failure::invalid("/reason", detail));
    }
    Ok(reason)
}
