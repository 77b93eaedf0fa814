//! Rows of bookings as a commit writes them.

#![expect(clippy::ref_option_ref, reason = "in what Diesel derives")]

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ledger::LedgerNo;

use super::batch::{BookedRow, ChangedRow};
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
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
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
            starts_at: stamp(entry.slot.starts_at),
            ends_at: stamp(entry.slot.ends_at),
            busy_from: stamp(entry.busy.starts_at),
            busy_to: stamp(entry.busy.ends_at),
            client_user_id: draft.client_user.as_ref().map(|id| id.0.as_bytes().as_slice()),
            client_name: &draft.client.name,
            client_email: &draft.client.email,
            client_phone: draft.client.phone.as_deref(),
            price_amount: draft.price.amount,
            price_currency: draft.price.currency.as_str(),
            payment_method: &draft.payment_method,
            details: &draft.details,
            link_no: LINK_NO_FIRST,
            created_at: stamp(booked.created_at),
            updated_at: stamp(booked.updated_at),
        }
    }
}

/// What every change of a booking changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatusChange<'a> {
    pub id: &'a [u8],
    pub seq: i64,
    pub rev: i32,
    pub status: &'static str,
    pub updated_at: NaiveDateTime,
}

/// What a change changes that is more than a step: who comes, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlaceChange {
    pub units: i32,
    pub units_past_limit: i32,
    pub member_no: Option<i32>,
    pub starts_at: NaiveDateTime,
    pub ends_at: NaiveDateTime,
    pub busy_from: NaiveDateTime,
    pub busy_to: NaiveDateTime,
}

impl<'a> From<&'a ChangedRow> for (StatusChange<'a>, Option<PlaceChange>) {
    fn from(changed: &'a ChangedRow) -> Self {
        let status = StatusChange {
            id: changed.id.0.as_bytes(),
            seq: sequence(changed.seq),
            rev: number(changed.rev),
            status: changed.status.name(),
            updated_at: stamp(changed.updated_at),
        };
        let place = changed.place.as_ref().map(|place| PlaceChange {
            units: number(place.entry.units),
            units_past_limit: number(place.entry.units_past_limit),
            member_no: place.member_no.map(|no| no.0),
            starts_at: stamp(place.entry.slot.starts_at),
            ends_at: stamp(place.entry.slot.ends_at),
            busy_from: stamp(place.entry.busy.starts_at),
            busy_to: stamp(place.entry.busy.ends_at),
        });
        (status, place)
    }
}
