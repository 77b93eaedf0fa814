//! Money that comes when the place is gone: the ledger is asked for it like by anybody else.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::ids::OpId;
use domain::ledger::{Assignment, Book, Cause, LedgerKey, Origin, Prior, Take};
use store::batch::{OpDraft, OpKind, StoredResponse};
use store::records::BookingRecord;
use tokio::time::Instant;

use super::look::Stepped;
use crate::actors::{OnConflict, Operation, OperationOutcome, OperationRefusal, Place, Priority};
use crate::app::{App, Failure};

/// The revision at which a booking has expired that was held and never anything else. Whatever the
/// team had agreed to, or let lapse, is not undone by money.
const EXPIRED_REV: u32 = 2;

/// How long the place is held until that is decided, should this process die in between.
const TAKEN_FOR: TimeDelta = TimeDelta::seconds(30);

impl App {
    /// Takes the place again of a booking that is paid for and has expired, where there is room.
    /// No day is overbooked for money: where there is none, all of it goes back.
    pub(super) async fn readmit(&self, record: &BookingRecord) -> Result<Stepped, Failure> {
        let is_ahead = record.entry.slot.starts_at > self.ambient.now();
        if !is_ahead || record.entry.rev != EXPIRED_REV {
            return self.refuse_readmission(record).await;
        }
        match self.coordinator.operate(self.readmission(record)).await {
            Ok(OperationOutcome::Done { .. } | OperationOutcome::Replayed(_)) => {
                tracing::info!(booking.id = %record.id, "late money has its place again");
                Ok(Stepped::Again)
            }
            Err(OperationRefusal::Conflicts(_)) => self.refuse_readmission(record).await,
            Err(OperationRefusal::Refused(refusal)) => Err(refusal.into()),
        }
    }

    async fn refuse_readmission(&self, record: &BookingRecord) -> Result<Stepped, Failure> {
        self.change_payment(record.id, |known| {
            known.is_readmission_refused = true;
            Ok(())
        })
        .await?;
        Ok(Stepped::Again)
    }

    fn readmission(&self, record: &BookingRecord) -> Operation {
        let (now, op) = (self.ambient.now(), OpId(self.ambient.id()));
        let catalog = self.catalog.current();
        let entry = &record.entry;
        let service = catalog.service(entry.service);
        // Exactly what it was: the same time of the same people and things.
        let book = Book {
            booking: record.id,
            no: entry.no,
            service: entry.service,
            units: entry.units,
            class: entry.class,
            slot: entry.slot,
            busy: entry.busy,
            assignment: entry.member.map_or(Assignment::Nobody, Assignment::Exactly),
            needs: entry.resources.iter().map(|resource| vec![*resource]).collect(),
            status: if service.is_some_and(|service| service.is_approval_required) {
                domain::booking::Status::Pending
            } else {
                domain::booking::Status::Confirmed
            },
            service_units_max: service.and_then(|service| service.daily_units_max),
            may_pass_limit: false,
        };
        let expires_at = now + TAKEN_FOR;
        let take = Take {
            op,
            expires_at,
            book,
            origin: Origin::New,
            is_visible: false,
            unverified_units_max: None,
            prior: Prior::Ended { rev: entry.rev },
        };
        let key: LedgerKey = record.key;
        Operation {
            op: OpDraft {
                op,
                kind: OpKind::Hold,
                owner: "late-payment".to_owned(),
                expires_at,
                created_at: now,
            },
            places: vec![Place { key, take, leaves: None, draft: None }],
            on_conflict: OnConflict::Fail,
            cause: Cause::system(self.ambient.id()),
            received_at: now,
            deadline: Instant::now() + self.config.ledger.deadline,
            priority: Priority::Ordinary,
            series: None,
            idempotency: None,
            render: Arc::new(|_agreed| StoredResponse::nothing()),
        }
    }
}
