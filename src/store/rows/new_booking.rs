//! Rows of bookings as a commit writes them.

#![expect(clippy::ref_option_ref, reason = "in what Diesel derives")]

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use domain::ledger::LedgerNo;

use super::batch::{BookedRow, ChangedRow, Place};
use super::json::{encode_resources, encode_terms};
use super::{LINK_NO_FIRST, class_name, number, sequence, stamp};
use crate::schema::bookings;

/// A whole row.
#[derive(Debug, Insertable)]
#[diesel(table_name = bookings, treat_none_as_default_value = false)]
pub(crate) struct NewBooking<'a> {
    pub no: i64,
    pub id: &'a [u8],
    pub ledger_id: i64,
    pub seq: i64,
    pub rev: i32,
    pub status: &'static str,
    pub service_id: &'a [u8],
    pub units: i32,
    pub units_past_limit: i32,
    pub class: &'static str,
    pub member_no: Option<i32>,
    pub resources: String,
    pub starts_at: NaiveDateTime,
    pub ends_at: NaiveDateTime,
    pub busy_from: NaiveDateTime,
    pub busy_to: NaiveDateTime,
    pub client_user_id: Option<&'a [u8]>,
    pub client_name: &'a str,
    pub client_email: &'a str,
    pub client_phone: Option<&'a str>,
    pub price_amount: i64,
    pub price_currency: &'a str,
    pub payment_method: &'a str,
    pub details: &'a str,
    pub link_no: i32,
    pub series_id: Option<&'a [u8]>,
    pub series_index: Option<i32>,
    pub fee_amount: Option<i64>,
    pub is_displaced: bool,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub price_terms: Option<String>,
}

impl<'a> NewBooking<'a> {
    pub(crate) fn of(ledger: LedgerNo, booked: &'a BookedRow<'a>) -> Self {
        let (entry, draft) = (&booked.place.entry, booked.draft);
        Self {
            no: entry.no.0,
            id: booked.id.0.as_bytes(),
            ledger_id: ledger.0,
            seq: sequence(booked.seq),
            rev: number(entry.rev),
            status: entry.status.name(),
            service_id: entry.service.0.as_bytes(),
            units: number(entry.units),
            units_past_limit: number(entry.units_past_limit),
            class: class_name(entry.class),
            member_no: booked.place.member_no.map(|no| no.0),
            resources: encode_resources(&entry.resources),
            starts_at: stamp(entry.slot.starts_at),
            ends_at: stamp(entry.slot.ends_at),
            busy_from: stamp(entry.busy.starts_at),
            busy_to: stamp(entry.busy.ends_at),
            client_user_id: draft.client_user.as_ref().map(|id| id.0.as_bytes().as_slice()),
            client_name: &draft.client.name,
            client_email: &draft.client.email,
            client_phone: draft.client.phone.as_deref(),
            price_amount: draft.price.total.amount,
            price_currency: draft.price.total.currency.as_str(),
            payment_method: &draft.payment_method,
            details: &draft.details,
            link_no: LINK_NO_FIRST,
            series_id: draft.series.as_ref().map(|(id, _)| id.0.as_bytes().as_slice()),
            series_index: draft.series.map(|(_, index)| i32::from(index)),
            fee_amount: booked.fee.map(|fee| fee.amount),
            is_displaced: booked.is_displaced,
            created_at: stamp(booked.created_at),
            updated_at: stamp(booked.updated_at),
            price_terms: encode_terms(draft.price.quote.as_deref(), &draft.price.redeems),
        }
    }
}

/// A booking that was there before, as a batch leaves it.
#[derive(Debug, Clone)]
pub(crate) struct BookingChange<'a> {
    pub id: &'a [u8],
    pub seq: i64,
    pub updated_at: NaiveDateTime,
    /// Unless they are as before.
    pub status: Option<&'static str>,
    pub rev: Option<i32>,
    pub place: Option<PlaceChange>,
    pub is_displaced: Option<bool>,
}

/// What a change changes that is more than a step: who comes, when, and what it costs not to.
#[derive(Debug, Clone)]
pub(crate) struct PlaceChange {
    pub units: i32,
    pub units_past_limit: i32,
    pub member_no: Option<i32>,
    pub resources: String,
    pub starts_at: NaiveDateTime,
    pub ends_at: NaiveDateTime,
    pub busy_from: NaiveDateTime,
    pub busy_to: NaiveDateTime,
    pub fee_amount: Option<i64>,
}

impl PlaceChange {
    /// What becomes of a row that is at `place` from now on.
    pub(crate) fn of(place: &Place, fee_amount: Option<i64>) -> Self {
        let Place { entry, member_no } = place;
        Self {
            units: number(entry.units),
            units_past_limit: number(entry.units_past_limit),
            member_no: member_no.map(|no| no.0),
            resources: encode_resources(&entry.resources),
            starts_at: stamp(entry.slot.starts_at),
            ends_at: stamp(entry.slot.ends_at),
            busy_from: stamp(entry.busy.starts_at),
            busy_to: stamp(entry.busy.ends_at),
            fee_amount,
        }
    }
}

impl<'a> From<&'a ChangedRow> for BookingChange<'a> {
    fn from(changed: &'a ChangedRow) -> Self {
        let fee_amount = changed.fee.map(|fee| fee.amount);
        Self {
            id: changed.id.0.as_bytes(),
            seq: sequence(changed.seq),
            updated_at: stamp(changed.updated_at),
            status: changed.step.map(|(status, _)| status.name()),
            rev: changed.step.map(|(_, rev)| number(rev)),
            place: changed.place.as_ref().map(|place| PlaceChange::of(place, fee_amount)),
            is_displaced: changed.is_displaced,
        }
    }
}

/// A booking that was there before, as a decision leaves it.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = bookings, treat_none_as_null = true)]
pub(crate) struct DecidedChange {
    ledger_id: i64,
    seq: i64,
    rev: i32,
    status: &'static str,
    units: i32,
    units_past_limit: i32,
    member_no: Option<i32>,
    resources: String,
    starts_at: NaiveDateTime,
    ends_at: NaiveDateTime,
    busy_from: NaiveDateTime,
    busy_to: NaiveDateTime,
    is_displaced: bool,
    updated_at: NaiveDateTime,
}

impl DecidedChange {
    /// What becomes of a row that is at `place` of `ledger` from now on.
    pub(crate) fn of(ledger: LedgerNo, seq: u64, place: &Place, at: DateTime<Utc>) -> Self {
        let to = PlaceChange::of(place, None);
        Self {
            ledger_id: ledger.0,
            seq: sequence(seq),
            rev: number(place.entry.rev),
            status: place.entry.status.name(),
            units: to.units,
            units_past_limit: to.units_past_limit,
            member_no: to.member_no,
            resources: to.resources,
            starts_at: to.starts_at,
            ends_at: to.ends_at,
            busy_from: to.busy_from,
            busy_to: to.busy_to,
            is_displaced: false,
            updated_at: stamp(at),
        }
    }
}
