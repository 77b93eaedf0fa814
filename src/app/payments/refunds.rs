//! Money that goes back.

use domain::payment::{Payment, refund};
use store::records::BookingRecord;

use super::look::Stepped;
use crate::app::{App, Failure};

impl App {
    /// Gives back everything that was paid for `record`, but for what its client owes for having
    /// called it off late.
    pub(super) async fn give_back_all(
        &self,
        record: &BookingRecord,
        payment: &Payment,
    ) -> Result<Stepped, Failure> {
        let owed = record.fee.map_or(0, |fee| fee.amount);
        let back: i64 = refund::everything(payment).iter().map(|part| part.amount.amount).sum();
        if back <= owed {
            return Ok(Stepped::Rest(None));
        }
        tracing::warn!(booking.id = %record.id, "money waits to be given back");
        Ok(Stepped::Later)
    }
}
