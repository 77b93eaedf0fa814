//! Rows of what is known about the money for a booking.

mod facts;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::{BookingId, UserId};
use domain::payment::{AttemptNo, Collected, Doubt, SessionRef, Status};
use serde::{Deserialize, Serialize};

use super::json::{At, StoredCurrency, StoredMoney, Text, decode, encode};
use super::{stamp, to_the_microsecond, uuid};
use crate::error::StoreError;
use crate::records::{AttemptOrder, AttemptRecord, PaymentRecord};
use crate::schema::payments;
use facts::StoredFacts;

/// A row of `payments`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments, treat_none_as_null = true)]
pub(crate) struct PaymentRow {
    booking_id: Vec<u8>,
    version: i64,
    status: String,
    facts: String,
    updated_at: NaiveDateTime,
    next_look_at: Option<NaiveDateTime>,
}

/// The JSON of `facts`: kept for ever, so members may be added and none renamed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collected: Option<StoredCollected>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<StoredAttempt>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cleared: Vec<StoredDoubt>,
    #[serde(default, skip_serializing_if = "is_false")]
    is_readmission_refused: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    is_unwanted: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    looks_count: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredCollected {
    correction_no: u32,
    at: At,
    by: Text<UserId>,
    amount: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredAttempt {
    no: u32,
    order: StoredOrder,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closes_at: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment: Option<String>,
    facts: StoredFacts,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredOrder {
    amount: StoredMoney,
    label: String,
    reference: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    expires_at: At,
    success_url: String,
    cancel_url: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum StoredDoubt {
    AmountDiffers { attempt: u32, currency: StoredCurrency, received: i64 },
    Misbound { attempt: u32 },
    SeveralPaid { paid_count: u32 },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks it of a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks it of a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl PaymentRow {
    /// The row of `record`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it cannot be written as JSON, which nothing of ours can cause.
    pub(crate) fn of(record: &PaymentRecord) -> Result<Self, StoreError> {
        let stored = Stored {
            collected: record.collected.map(StoredCollected::from),
            attempts: record.attempts.iter().map(StoredAttempt::of).collect(),
            cleared: record.cleared.iter().copied().map(StoredDoubt::from).collect(),
            is_readmission_refused: record.is_readmission_refused,
            is_unwanted: record.is_unwanted,
            looks_count: record.looks_count,
        };
        Ok(Self {
            booking_id: record.booking.0.as_bytes().to_vec(),
            version: record.version,
            status: record.status.name().to_owned(),
            facts: encode(&stored, "facts of a payment")?,
            updated_at: stamp(record.updated_at),
            next_look_at: record.next_look_at.map(stamp),
        })
    }

    /// What the row says.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn record(self) -> Result<PaymentRecord, StoreError> {
        let unknown = || StoreError::Corrupt(format!("{:?} is no payment status", self.status));
        let stored: Stored = decode(&self.facts, "facts of a payment")?;
        Ok(PaymentRecord {
            booking: BookingId(uuid(&self.booking_id)?),
            version: self.version,
            status: Status::parse(&self.status).ok_or_else(unknown)?,
            collected: stored.collected.map(Collected::from),
            attempts: stored.attempts.into_iter().map(StoredAttempt::record).collect(),
            cleared: stored.cleared.into_iter().map(Doubt::from).collect(),
            is_readmission_refused: stored.is_readmission_refused,
            is_unwanted: stored.is_unwanted,
            looks_count: stored.looks_count,
            next_look_at: self.next_look_at.map(|at| at.and_utc()),
            updated_at: self.updated_at.and_utc(),
        })
    }
}

impl From<Collected> for StoredCollected {
    fn from(cash: Collected) -> Self {
        Self {
            correction_no: cash.correction_no,
            at: At(to_the_microsecond(cash.at)),
            by: Text(cash.by),
            amount: cash.amount,
        }
    }
}

impl From<StoredCollected> for Collected {
    fn from(stored: StoredCollected) -> Self {
        let StoredCollected { correction_no, at, by, amount } = stored;
        Self { correction_no, at: at.0, by: by.0, amount }
    }
}

impl StoredAttempt {
    fn of((no, attempt): (&AttemptNo, &AttemptRecord)) -> Self {
        let order = attempt.order.clone();
        Self {
            no: no.0,
            order: StoredOrder {
                amount: order.amount.into(),
                label: order.label,
                reference: order.reference,
                email: order.email,
                expires_at: At(to_the_microsecond(order.expires_at)),
                success_url: order.success_url,
                cancel_url: order.cancel_url,
            },
            session: attempt.session.as_ref().map(|session| session.0.clone()),
            url: attempt.url.clone(),
            closes_at: attempt.closes_at.map(|at| At(to_the_microsecond(at))),
            payment: attempt.payment.clone(),
            facts: StoredFacts::from(&attempt.facts),
        }
    }

    fn record(self) -> (AttemptNo, AttemptRecord) {
        let order = AttemptOrder {
            amount: self.order.amount.into(),
            label: self.order.label,
            reference: self.order.reference,
            email: self.order.email,
            expires_at: self.order.expires_at.0,
            success_url: self.order.success_url,
            cancel_url: self.order.cancel_url,
        };
        let attempt = AttemptRecord {
            order,
            session: self.session.map(SessionRef),
            url: self.url,
            closes_at: self.closes_at.map(|at| at.0),
            payment: self.payment,
            facts: self.facts.into(),
        };
        (AttemptNo(self.no), attempt)
    }
}

impl From<Doubt> for StoredDoubt {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::AmountDiffers { attempt, currency, received } => {
                let currency = StoredCurrency(currency);
                Self::AmountDiffers { attempt: attempt.0, currency, received }
            }
            Doubt::Misbound { attempt } => Self::Misbound { attempt: attempt.0 },
            Doubt::SeveralPaid { paid_count } => Self::SeveralPaid { paid_count },
        }
    }
}

impl From<StoredDoubt> for Doubt {
    fn from(stored: StoredDoubt) -> Self {
        match stored {
            StoredDoubt::AmountDiffers { attempt, currency, received } => {
                Self::AmountDiffers { attempt: AttemptNo(attempt), currency: currency.0, received }
            }
            StoredDoubt::Misbound { attempt } => Self::Misbound { attempt: AttemptNo(attempt) },
            StoredDoubt::SeveralPaid { paid_count } => Self::SeveralPaid { paid_count },
        }
    }
}
