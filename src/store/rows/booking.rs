//! Rows of bookings: what the ledger knows of each, and what else was agreed.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::booking::Status;
use domain::ids::{BookingId, BookingNo, MemberId, SeriesId, ServiceId, TeamId, UserId};
use domain::ledger::{Entry, LedgerKey, LedgerNo};
use domain::money::{Currency, Money};
use domain::time::Slot;

use super::json::{decode_resources, decode_terms};
use super::{count, parse_class, sequence_number, uuid};
use crate::batch::{AgreedPrice, BookingDraft, ClientDetails};
use crate::error::StoreError;
use crate::records::BookingRecord;
use crate::schema::bookings;

/// Ids of teams by their numbers.
pub(crate) type TeamIds = BTreeMap<i32, TeamId>;
/// Ids of members by their numbers.
pub(crate) type MemberIds = BTreeMap<i32, MemberId>;

/// The part of a row that its ledger is loaded from.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub(crate) struct EntryRow {
    pub no: i64,
    pub id: Vec<u8>,
    pub ledger_id: i64,
    rev: i32,
    status: String,
    service_id: Vec<u8>,
    units: i32,
    units_past_limit: i32,
    class: String,
    pub member_no: Option<i32>,
    resources: String,
    starts_at: NaiveDateTime,
    ends_at: NaiveDateTime,
    busy_from: NaiveDateTime,
    busy_to: NaiveDateTime,
}

impl EntryRow {
    /// The booking and its line in the ledger.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write, or its member is not in
    /// `members`.
    pub(crate) fn entry(&self, members: &MemberIds) -> Result<(BookingId, Entry), StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("booking {}: {what}", self.no));
        let member = match self.member_no {
            Some(no) => Some(*members.get(&no).ok_or_else(|| corrupt("its member is not there"))?),
            None => None,
        };
        let entry = Entry {
            no: BookingNo(self.no),
            service: ServiceId(uuid(&self.service_id)?),
            units: count(self.units)?,
            class: parse_class(&self.class).ok_or_else(|| corrupt("its class"))?,
            member,
            resources: decode_resources(&self.resources)?,
            slot: slot(self.starts_at, self.ends_at),
            busy: slot(self.busy_from, self.busy_to),
            status: Status::parse(&self.status).ok_or_else(|| corrupt("its status"))?,
            rev: count(self.rev)?,
            units_past_limit: count(self.units_past_limit)?,
        };
        Ok((BookingId(uuid(&self.id)?), entry))
    }
}

fn slot(starts_at: NaiveDateTime, ends_at: NaiveDateTime) -> Slot {
    Slot { starts_at: starts_at.and_utc(), ends_at: ends_at.and_utc() }
}

/// A whole row.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub(crate) struct BookingRow {
    #[diesel(embed)]
    pub entry: EntryRow,
    seq: i64,
    client_user_id: Option<Vec<u8>>,
    client_name: String,
    client_email: String,
    client_phone: Option<String>,
    price_amount: i64,
    price_currency: String,
    payment_method: String,
    details: String,
    link_no: i32,
    series_id: Option<Vec<u8>>,
    series_index: Option<i32>,
    fee_amount: Option<i64>,
    is_displaced: bool,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    price_terms: Option<String>,
}

impl BookingRow {
    /// The booking of this row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write, or names a team or member that is
    /// not among those given.
    pub(crate) fn record(
        self,
        teams: &TeamIds,
        members: &MemberIds,
    ) -> Result<BookingRecord, StoreError> {
        let no = LedgerNo(self.entry.ledger_id);
        let corrupt =
            |what: &str| StoreError::Corrupt(format!("booking {}: {what}", self.entry.no));
        let team = *teams.get(&no.team().0).ok_or_else(|| corrupt("its team is not there"))?;
        let (id, entry) = self.entry.entry(members)?;
        let currency =
            Currency::parse(&self.price_currency).ok_or_else(|| corrupt("its currency"))?;
        let series = match (&self.series_id, self.series_index) {
            (Some(id), Some(index)) => {
                let index = u16::try_from(index).map_err(|_negative| corrupt("its place"))?;
                Some((SeriesId(uuid(id)?), index))
            }
            _ => None,
        };
        let (quote, redeems) = decode_terms(self.price_terms.as_deref())?;
        let total = Money { amount: self.price_amount, currency };
        let client = ClientDetails {
            name: self.client_name,
            email: self.client_email,
            phone: self.client_phone,
        };
        let draft = BookingDraft {
            client,
            client_user: self.client_user_id.as_deref().map(uuid).transpose()?.map(UserId),
            price: AgreedPrice { total, quote, redeems },
            payment_method: self.payment_method,
            details: self.details,
            series,
        };
        Ok(BookingRecord {
            id,
            key: LedgerKey { team, day: no.day() },
            entry,
            draft,
            seq: sequence_number(self.seq)?,
            fee: self.fee_amount.map(|amount| Money { amount, currency }),
            // Looked up beside the row.
            payment: None,
            is_displaced: self.is_displaced,
            link_no: self.link_no,
            created_at: self.created_at.and_utc(),
            updated_at: self.updated_at.and_utc(),
        })
    }

    /// When the visit starts, as a cursor of a listing remembers it.
    pub(crate) fn starts_at(&self) -> NaiveDateTime {
        self.entry.starts_at
    }
}
