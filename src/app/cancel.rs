//! Calling a booking off.

use domain::booking::{Party, Standing, Status, Step, Terms};
use domain::ledger::{ActorKind, Command};
use domain::money::Money;
use store::records::BookingRecord;

use super::override_capacity::required_reason;
use super::{Answer, App, BookingName, Catalog, Contact, Deed, Failure, Keyed, Order};
use crate::actors::Priority;
use crate::auth::{Action, Caller};

/// Which revision a change was made from, and why, in the words of whoever makes it.
#[derive(Debug, Clone)]
pub struct Change {
    pub rev: u32,
    pub reason: Option<String>,
}

/// A booking to be called off.
#[derive(Debug, Clone)]
pub struct Cancellation {
    pub change: Change,
    /// Whether staff want the client to pay the fee. What clients pay is not theirs to say.
    pub charges_fee: bool,
}

impl App {
    /// Cancels a booking, returning once its capacity is free again.
    ///
    /// # Errors
    ///
    /// As [`App::booking_for`] and [`App::change_booking`]; [`Failure::WindowClosed`] when a client
    /// asks too late, [`Failure::ReasonRequired`] when staff do not say why.
    pub async fn cancel(
        &self,
        caller: &Caller,
        name: BookingName,
        cancellation: Cancellation,
        keyed: Keyed,
    ) -> Result<Answer, Failure> {
        let Cancellation { change, charges_fee } = cancellation;
        let work = async {
            let action = Action::Take(Step::Cancel);
            let record = self.booking_for(caller, name, action).await?;
            if matches!(record.entry.status, Status::Waitlisted | Status::Held) {
                if change.rev == record.entry.rev && self.payment_hold(record.id).await?.is_some() {
                    Box::pin(self.close_pages(record.id)).await?;
                }
                return Box::pin(self.call_off_waiting(caller, record, change, &keyed)).await;
            }
            let party = party(caller, charges_fee);
            let reason = match party {
                Party::Client => change.reason,
                Party::Team { .. } => Some(required_reason(change.reason.as_deref())?),
            };
            let plan = |record: &BookingRecord| {
                let fee = self.judge(Step::Cancel, party, record)?;
                let (booking, rev) = (record.id, Some(change.rev));
                let command = Command::End { booking, rev, step: Step::Cancel, fee };
                // Whatever gives capacity back goes first: somebody is waiting for it.
                Ok(Deed::Here(Order { command, reason: reason.clone(), priority: Priority::First }))
            };
            self.change_booking(caller, record, plan, &keyed).await
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }

    /// What the client owes for `step`, when `party` may take it now.
    ///
    /// # Errors
    ///
    /// [`Failure::WindowClosed`] with whom to ask.
    pub(super) fn judge(
        &self,
        step: Step,
        party: Party,
        record: &BookingRecord,
    ) -> Result<Option<Money>, Failure> {
        let catalog = self.catalog.current();
        // A visit in any other state is refused by the booking's own rules, which say more.
        let Some(terms) = terms(&catalog, record) else { return Ok(None) };
        terms.judge(step, party, self.ambient.now()).map_err(|late| {
            let team = catalog.team(record.key.team);
            let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
            let contact = Contact {
                team: team.map(|team| team.name.clone()).unwrap_or_default(),
                phone: said(&self.config.contact.phone),
                email: said(&self.config.contact.email),
            };
            let zone = team.map_or(chrono_tz::UTC, |team| team.zone);
            Failure::WindowClosed { until: late.until, zone, contact: Box::new(contact) }
        })
    }
}

/// Until when the client may change a booking, and what calling it off costs. Nothing for one that
/// has begun or ended.
pub fn terms(catalog: &Catalog, record: &BookingRecord) -> Option<Terms> {
    let status = record.entry.status;
    let service = catalog.service(record.entry.service).filter(|_| status.is_ahead())?;
    let starts_at = record.entry.slot.starts_at;
    Some(Terms::of(service, Standing { status, starts_at, is_displaced: record.is_displaced }))
}

/// On whose side somebody stands who may change a booking.
pub(super) fn party(caller: &Caller, charges_fee: bool) -> Party {
    match caller.kind {
        ActorKind::Dispatcher | ActorKind::Admin => Party::Team { charges_fee },
        ActorKind::Guest | ActorKind::Client | ActorKind::Member | ActorKind::System => {
            Party::Client
        }
    }
}
