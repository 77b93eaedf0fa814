//! Calling off several bookings of a series.
//!
//! Each is ended in its own ledger, and nothing can keep that from happening in the end; so what is
//! going to be done is written down first, as a job, and then done. Dies this process in between,
//! another one goes on. The job's id follows from the idempotency key: whoever sends the request
//! again finds the job, and with it the answer.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::booking::{Party, Status, Step, next};
use domain::ids::{BookingId, BookingNo, SeriesId};
use domain::ledger::{Command, Event, Rejection};
use domain::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::batch::{IdempotencyRecord, StoredResponse};
use store::records::JobRecord;
use store::traits::Aside;
use tokio::time::Instant;
use uuid::Uuid;

use super::reach::{ChangeKeyed, ChangedOccurrence, ChangedSeries, KeptReason, Scope, is_over};
use crate::app::cancel::party;
use crate::app::jobs::{
    ItemOutcome, Job, JobCause, JobItem, JobKind, StepOrder, Stepped, not_begun,
};
use crate::app::override_capacity::required_reason;
use crate::app::{Answer, App, BookingName, Cancellation, Failure, IdempotencyClaim};
use crate::auth::Caller;

/// How often a request looks whether its job is done.
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// What is going to be done, as the job keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeriesCancelOrder {
    pub series_id: Uuid,
    rule: String,
    zone: String,
    scope: String,
    /// Of the request, in base 64.
    fingerprint: String,
    cause: JobCause,
    occurrences: Vec<OrderedEnd>,
}

/// One booking that the change reaches.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderedEnd {
    index: u16,
    service_request_id: Uuid,
    no: i64,
    starts_at: DateTime<Utc>,
    status: String,
    rev: u32,
    /// Whether it must still be at `rev`: the one that was asked for by revision.
    is_strict: bool,
    fee: Option<OrderedFee>,
    /// Why it is left alone, when it is.
    kept: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct OrderedFee {
    amount: i64,
    currency: String,
}

impl App {
    /// Cancels several bookings of a series, returning once all of them are.
    ///
    /// Those that are over, have begun, or can no longer be cancelled by the caller are left alone;
    /// the answer says so of each.
    ///
    /// # Errors
    ///
    /// What would keep the one that was asked of from being cancelled alone: nothing was written.
    /// [`Failure::DeadlineExceeded`] when not all are cancelled in time: they will be.
    pub async fn cancel_series(
        &self,
        caller: &Caller,
        (name, scope): (BookingName, Scope),
        cancellation: Cancellation,
        keyed: ChangeKeyed,
    ) -> Result<Answer, Failure> {
        let claim = &keyed.claim;
        let work = async {
            let id = job_id(claim);
            let found = self.blocking(move |store| store.ops.job(id)).await?;
            if let Some(record) = found {
                let done = self.finish_series_cancel(record, claim).await?;
                return Ok(Answer::replay((keyed.present)(&done)));
            }
            let order = self.order_series_cancel(caller, (name, scope), cancellation, claim);
            let order = order.await?;
            let record = self.write_series_cancel(caller, &order, claim).await?;
            let done = self.finish_series_cancel(record, claim).await?;
            Ok(Answer::new((keyed.present)(&done)))
        };
        self.once(claim, caller.request_id, work).await
    }

    /// Finds out what is to be done.
    async fn order_series_cancel(
        &self,
        caller: &Caller,
        (name, scope): (BookingName, Scope),
        cancellation: Cancellation,
        claim: &IdempotencyClaim,
    ) -> Result<SeriesCancelOrder, Failure> {
        let Cancellation { change, charges_fee } = cancellation;
        let reach = self.reach(caller, (name, change.rev), scope, Step::Cancel).await?;
        let party = party(caller, charges_fee);
        let reason = match party {
            Party::Client => change.reason,
            Party::Team { .. } => Some(required_reason(change.reason.as_deref())?),
        };
        let now = self.ambient.now();
        // What speaks against the one that was asked for speaks against all.
        self.judge(Step::Cancel, party, &reach.asked_of)?;
        let occurrences = reach.reached.iter().map(|(index, record)| {
            let is_strict = record.id == reach.asked_of.id;
            let judged = match is_over(record, now).filter(|_| !is_strict) {
                Some(reason) => Err(reason),
                None => {
                    self.judge(Step::Cancel, party, record).map_err(|_late| KeptReason::TooLate)
                }
            };
            OrderedEnd {
                index: *index,
                service_request_id: record.id.0,
                no: record.entry.no.0,
                starts_at: record.entry.slot.starts_at,
                status: record.entry.status.name().to_owned(),
                rev: record.entry.rev,
                is_strict,
                kept: judged.as_ref().err().map(|reason| reason.name().to_owned()),
                fee: judged.ok().flatten().map(OrderedFee::of),
            }
        });
        Ok(SeriesCancelOrder {
            series_id: reach.id.0,
            scope: scope.name().to_owned(),
            fingerprint: fingerprint(claim),
            cause: JobCause::of(&caller.cause(reason)),
            occurrences: occurrences.collect(),
            zone: reach.zone.name().to_owned(),
            rule: reach.rule,
        })
    }

    /// Writes down what is going to be done. From here on it will be.
    async fn write_series_cancel(
        &self,
        caller: &Caller,
        order: &SeriesCancelOrder,
        claim: &IdempotencyClaim,
    ) -> Result<JobRecord, Failure> {
        let (id, now) = (job_id(claim), self.ambient.now());
        let record = JobRecord {
            id,
            kind: JobKind::SeriesCancel.name().to_owned(),
            order: serde_json::to_string(order).unwrap_or_default(),
            created_by: caller.user.as_ref().map(|user| user.id),
            created_at: now,
            progress: not_begun(now),
        };
        // Says to other requests that the key is taken; this one's answer is made from the job.
        let response = StoredResponse {
            status: 202,
            body: json!({ "operationId": id }).to_string().into_bytes(),
            etag: None,
            location: None,
        };
        let key = IdempotencyRecord {
            principal: claim.principal.clone(),
            key: claim.key.clone(),
            fingerprint: claim.fingerprint,
            response,
            booking: None,
            created_at: now,
        };
        let aside = Aside { audit: None, idempotency: Some(key) };
        let job = record.clone();
        let written = self.blocking(move |store| store.ops.put_job(&job, &aside)).await;
        match written {
            Ok(()) => Ok(record),
            // The same request was quicker in another process, or the key is another request's.
            Err(Failure::Taken { .. }) => {
                let found = self.blocking(move |store| store.ops.job(id)).await?;
                found.ok_or(Failure::KeyReused)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Does what is left of a job, and says what came of all of it.
    async fn finish_series_cancel(
        &self,
        record: JobRecord,
        claim: &IdempotencyClaim,
    ) -> Result<ChangedSeries, Failure> {
        let order: SeriesCancelOrder = Job::read(record.clone())?.order()?;
        if order.fingerprint != fingerprint(claim) {
            return Err(Failure::KeyReused);
        }
        let patience = Instant::now() + self.config.ledger.deadline;
        loop {
            let job = self.run_job(record.clone(), &|_job| Aside::default()).await?;
            if job.record.progress.is_done {
                return order.outcome(&job);
            }
            if Instant::now() >= patience {
                return Err(Failure::DeadlineExceeded);
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// Ends one booking of a job.
    ///
    /// # Errors
    ///
    /// Why it cannot be done for now.
    pub(in crate::app) async fn cancel_one_of_series(
        &self,
        job: &Job,
        booking: BookingId,
    ) -> Result<Stepped, Failure> {
        let name = booking.to_string();
        if let Some(taken) = self.step_taken(job.record.id, &name).await? {
            return Ok(taken);
        }
        let order: SeriesCancelOrder = job.order()?;
        let ordered = order.occurrences.iter().find(|one| one.service_request_id == booking.0);
        let ordered = ordered.ok_or(Failure::Internal)?;
        let found = self.blocking(move |store| store.bookings.booking(booking)).await?;
        let record = found.ok_or(Failure::NotFound)?;
        let (rev, status) = (record.entry.rev, record.entry.status);
        let kept = |reason: KeptReason| {
            let facts = json!({ "reason": reason.name(), "rev": rev, "status": status.name() });
            Ok(Stepped::told(ItemOutcome::Skipped, facts))
        };
        if next(status, Step::Cancel).is_none() {
            return kept(KeptReason::Ended);
        }
        if ordered.is_strict && ordered.rev != rev {
            return kept(KeptReason::Changed);
        }
        let fee = ordered.fee.as_ref().and_then(OrderedFee::money);
        let command = Command::End { booking, rev: Some(rev), step: Step::Cancel, fee };
        let step = StepOrder {
            job: job.record.id,
            name,
            key: record.key,
            command,
            cause: order.cause.cause(),
        };
        let stepped = self.step(step, |receipt| {
            let facts = match &receipt.recorded.event {
                Event::Ended { rev, to, .. } => json!({ "rev": rev, "status": to.name() }),
                _ => Value::Null,
            };
            Stepped::told(ItemOutcome::Cancelled, facts)
        });
        match stepped.await? {
            Ok(stepped) => Ok(stepped),
            // It was moved, or somebody else has ended it: its row will say which.
            Err(rejection @ Rejection::UnknownBooking { .. }) => {
                Ok(Stepped::Later(rejection.to_string()))
            }
            Err(_illegal) => kept(KeptReason::Changed),
        }
    }
}

/// The bookings that a job is to end.
///
/// # Errors
///
/// As [`Job::order`].
pub(in crate::app) fn to_be_cancelled(job: &Job) -> Result<Vec<Uuid>, Failure> {
    let order: SeriesCancelOrder = job.order()?;
    let ends = order.occurrences.into_iter().filter(|one| one.kept.is_none());
    Ok(ends.map(|one| one.service_request_id).collect())
}

impl SeriesCancelOrder {
    /// What came of all that the change reaches.
    fn outcome(&self, job: &Job) -> Result<ChangedSeries, Failure> {
        let items = job.items.as_deref().unwrap_or_default();
        let occurrences = self.occurrences.iter().map(|ordered| {
            let id = ordered.service_request_id;
            ordered.outcome(items.iter().find(|item| item.service_request_id == id))
        });
        Ok(ChangedSeries {
            id: SeriesId(self.series_id),
            rule: self.rule.clone(),
            zone: self.zone.parse().unwrap_or(chrono_tz::UTC),
            scope: Scope::parse(&self.scope).ok_or(Failure::Internal)?,
            step: Step::Cancel,
            occurrences: occurrences.collect::<Result<_, _>>()?,
        })
    }
}

impl OrderedEnd {
    /// What came of it, if it was not to be left alone.
    fn outcome(&self, item: Option<&JobItem>) -> Result<ChangedOccurrence, Failure> {
        let fact = |name: &str| item.and_then(|item| item.facts.get(name));
        let is_done = item.and_then(|item| item.outcome) == Some(ItemOutcome::Cancelled);
        let status = fact("status").and_then(Value::as_str).unwrap_or(&self.status);
        let rev = fact("rev").and_then(Value::as_u64);
        let reason = fact("reason").and_then(Value::as_str).or(self.kept.as_deref());
        let reason = reason.and_then(KeptReason::parse).unwrap_or(KeptReason::Changed);
        Ok(ChangedOccurrence {
            index: self.index,
            booking: BookingId(self.service_request_id),
            no: BookingNo(self.no),
            starts_at: self.starts_at,
            status: Status::parse(status).ok_or(Failure::Internal)?,
            rev: rev.and_then(|rev| u32::try_from(rev).ok()).unwrap_or(self.rev),
            fee: self.fee.as_ref().and_then(OrderedFee::money).filter(|_| is_done),
            kept: (!is_done).then_some(reason),
        })
    }
}

impl OrderedFee {
    fn of(fee: Money) -> Self {
        Self { amount: fee.amount, currency: fee.currency.to_string() }
    }

    fn money(&self) -> Option<Money> {
        let currency = Currency::parse(&self.currency)?;
        Some(Money { amount: self.amount, currency })
    }
}

/// The job that a key orders.
fn job_id(claim: &IdempotencyClaim) -> Uuid {
    let mut hash = Sha256::new();
    for part in ["series-cancel", &claim.principal, &claim.key] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (half, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    Uuid::from_bytes(*half)
}

/// What the request was, as text.
fn fingerprint(claim: &IdempotencyClaim) -> String {
    URL_SAFE_NO_PAD.encode(claim.fingerprint)
}
