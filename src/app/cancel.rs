//! Calling a booking off.

use chrono::{DateTime, Utc};
use domain::booking::{Status, Step};
use domain::ledger::{ActorKind, Command};
use store::records::BookingRecord;

use super::{Answer, App, BookingName, Failure, Keyed, Order};
use crate::actors::Priority;
use crate::auth::{Action, Caller};

impl App {
    /// Cancels a booking that is at revision `rev`, returning once its capacity is free again.
    ///
    /// # Errors
    ///
    /// As [`App::booking_for`] and [`App::change_booking`]; [`Failure::WindowClosed`] when a client
    /// asks after the visit has begun.
    pub async fn cancel(
        &self,
        caller: &Caller,
        name: BookingName,
        change: Change,
        keyed: Keyed,
    ) -> Result<Answer, Failure> {
        let work = async {
            let action = Action::Take(Step::Cancel);
            let record = self.booking_for(caller, name, action).await?;
            within_window(caller, &record, self.ambient.now())?;
            let command = Command::End {
                booking: record.id,
                rev: Some(change.rev),
                step: Step::Cancel,
                fee: None,
            };
            // Whatever gives capacity back goes first: somebody is waiting for it.
            let order = Order { command, reason: change.reason, priority: Priority::First };
            self.change_booking(caller, record, order, &keyed).await
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }
}

/// Which revision a change was made from, and why, in the words of whoever makes it.
#[derive(Debug, Clone)]
pub struct Change {
    pub rev: u32,
    pub reason: Option<String>,
}

/// Clients may change a visit until it begins; staff may any time.
pub(super) fn within_window(
    caller: &Caller,
    record: &BookingRecord,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let is_desk = matches!(caller.kind, ActorKind::Dispatcher | ActorKind::Admin);
    let has_begun = record.entry.slot.starts_at <= now;
    // A visit in any other state is refused by the booking's own rules, which say more.
    if has_begun && !is_desk && record.entry.status == Status::Confirmed {
        return Err(Failure::WindowClosed);
    }
    Ok(())
}
