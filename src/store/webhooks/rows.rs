//! Endpoints and deliveries as their tables have them.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::delivery::State;
use domain::ids::{BookingNo, DeliveryId, EndpointId};
use domain::ledger::LedgerNo;
use domain::webhook::Endpoint;
use uuid::Uuid;

use crate::error::StoreError;
use crate::records::{DeliveryPlan, DeliveryRecord, NewsKey, NoticeKey};
use crate::rows::{count, number, sequence, sequence_number, stamp, uuid};
use crate::schema::{webhook_deliveries, webhook_endpoints};

pub(super) fn key(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhook_endpoints, treat_none_as_null = true)]
pub(super) struct EndpointRow {
    id: Vec<u8>,
    url: String,
    description: String,
    events: String,
    is_active: bool,
    stopped_because: Option<String>,
    secret_no: i32,
    former_until: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    rev: i64,
}

impl From<&Endpoint> for EndpointRow {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: key(endpoint.id.0),
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            events: endpoint.events.join(","),
            is_active: endpoint.is_active,
            stopped_because: endpoint.stopped_because.clone(),
            secret_no: number(endpoint.secret_no),
            former_until: endpoint.former_until.map(stamp),
            created_at: stamp(endpoint.created_at),
            rev: endpoint.rev,
        }
    }
}

impl EndpointRow {
    pub(super) fn endpoint(self) -> Result<Endpoint, StoreError> {
        let events = self.events.split(',').filter(|event| !event.is_empty());
        Ok(Endpoint {
            id: EndpointId(uuid(&self.id)?),
            events: events.map(str::to_owned).collect(),
            url: self.url,
            description: self.description,
            is_active: self.is_active,
            stopped_because: self.stopped_because,
            secret_no: count(self.secret_no)?,
            former_until: self.former_until.map(|at| at.and_utc()),
            created_at: self.created_at.and_utc(),
            rev: self.rev,
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_deliveries)]
pub(super) struct DeliveryRow {
    pub id: Vec<u8>,
    pub endpoint_id: Vec<u8>,
    /// Of news of a payment, the number of the booking below zero: ledgers count above it.
    pub ledger_id: i64,
    /// Of news of a payment, the version of what is known of it.
    pub seq: i64,
    pub kind: String,
    pub body: String,
    pub at: NaiveDateTime,
    pub state: String,
    pub attempts: i32,
    pub next_attempt_at: NaiveDateTime,
    pub last_status: Option<i32>,
    pub last_ms: Option<i32>,
    pub last_error: Option<String>,
    pub done_at: Option<NaiveDateTime>,
}

impl DeliveryRow {
    pub(super) fn planned(news: &NewsKey, plan: &DeliveryPlan) -> Self {
        let (ledger_id, seq) = match news {
            NewsKey::Notice(notice) => (notice.ledger.0, sequence(notice.seq)),
            NewsKey::Payment { booking, version, .. } => (-booking.0, *version),
        };
        Self {
            id: key(plan.id.0),
            endpoint_id: key(plan.endpoint.0),
            ledger_id,
            seq,
            kind: news.kind().to_owned(),
            body: plan.body.clone(),
            at: stamp(plan.at),
            state: State::Planned.name().to_owned(),
            attempts: 0,
            next_attempt_at: stamp(plan.at),
            last_status: None,
            last_ms: None,
            last_error: None,
            done_at: None,
        }
    }

    pub(super) fn record(self) -> Result<DeliveryRecord, StoreError> {
        let unknown = || StoreError::Corrupt(format!("the state of a delivery: {}", self.state));
        let status = self.last_status.map(u16::try_from).transpose();
        let news = if self.ledger_id < 0 {
            let (booking, version) = (BookingNo(-self.ledger_id), self.seq);
            NewsKey::Payment { booking, version, kind: self.kind }
        } else {
            let (ledger, seq) = (LedgerNo(self.ledger_id), sequence_number(self.seq)?);
            NewsKey::Notice(NoticeKey { ledger, seq, kind: self.kind })
        };
        Ok(DeliveryRecord {
            id: DeliveryId(uuid(&self.id)?),
            endpoint: EndpointId(uuid(&self.endpoint_id)?),
            news,
            tries: Vec::new(),
            at: self.at.and_utc(),
            state: State::parse(&self.state).ok_or_else(unknown)?,
            attempts: count(self.attempts)?,
            next_attempt_at: self.next_attempt_at.and_utc(),
            last_status: status
                .map_err(|_out_of_range| StoreError::Corrupt("the status of an answer".into()))?,
            last_ms: self.last_ms.map(count).transpose()?,
            last_error: self.last_error,
            done_at: self.done_at.map(|at| at.and_utc()),
            body: self.body,
        })
    }
}
