//! The tables a booking writes, as the baselines see them.
//!
//! Typed queries rather than SQL text, because Diesel prepares those once for each connection: the
//! baselines must not pay a round trip that a careful author would not.

use chrono::NaiveDateTime;
use diesel::prelude::*;
diesel::table! {
    ledgers (id) {
        id -> BigInt,
        version -> BigInt,
        epoch -> BigInt,
        limit_units -> Integer,
        is_inherited -> Bool,
        reserve_units -> Integer,
        is_closed -> Bool,
        used -> Integer,
        held -> Integer,
        hard_limit -> Integer,
        opening -> Text,
        last_batch_id -> Binary,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    bookings (no) {
        no -> BigInt,
        id -> Binary,
        ledger_id -> BigInt,
        seq -> BigInt,
        rev -> Integer,
        status -> Text,
        service_id -> Binary,
        units -> Integer,
        units_past_limit -> Integer,
        class -> Text,
        member_no -> Nullable<Integer>,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        busy_from -> Timestamp,
        busy_to -> Timestamp,
        client_user_id -> Nullable<Binary>,
        client_name -> Text,
        client_email -> Text,
        client_phone -> Nullable<Text>,
        price_amount -> BigInt,
        price_currency -> Text,
        payment_method -> Text,
        details -> Text,
        link_no -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    events (ledger_id, seq) {
        ledger_id -> BigInt,
        seq -> BigInt,
        at -> Timestamp,
        kind -> Text,
        booking_no -> Nullable<BigInt>,
        payload -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Binary>,
        reason -> Nullable<Text>,
        request_id -> Binary,
    }
}

diesel::table! {
    idempotency (principal, key) {
        principal -> Text,
        key -> Text,
        fingerprint -> Binary,
        status -> SmallInt,
        body -> Binary,
        etag -> Nullable<Text>,
        location -> Nullable<Text>,
        booking_id -> Nullable<Binary>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    claims (resource_no, quantum) {
        resource_no -> Integer,
        quantum -> Integer,
        booking_no -> BigInt,
    }
}

diesel::table! {
    outbox (ledger_id, seq, kind) {
        ledger_id -> BigInt,
        seq -> BigInt,
        kind -> Text,
        next_attempt_at -> Timestamp,
    }
}

diesel::table! {
    teams (no) {
        no -> Integer,
        id -> Binary,
        default_limit -> Integer,
    }
}

diesel::table! {
    members (no) {
        no -> Integer,
        id -> Binary,
    }
}

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

#[expect(clippy::too_many_arguments, reason = "one round trip takes everything along")]
mod function {
    use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text, Timestamp};

    diesel::define_sql_function! {
        /// Books in one round trip: see `BOOK_FUNCTION`. Answers what happened (0 booked, 1 full,
        /// 2 taken, 3 key known), then the ledger's sequence number, limit and units booked.
        fn bench_book(
            ledger: BigInt,
            epoch: BigInt,
            default_limit: Integer,
            opening: Text,
            no: BigInt,
            id: Binary,
            service: Binary,
            member_no: Nullable<Integer>,
            quantum: Integer,
            starts_at: Timestamp,
            ends_at: Timestamp,
            client: Array<Text>,
            price_amount: BigInt,
            payload: Text,
            actor_kind: Text,
            request_id: Binary,
            principal: Text,
            key: Text,
            fingerprint: Binary,
            response: Array<Text>,
            at: Timestamp,
        ) -> Array<BigInt>;
    }
}

pub use function::bench_book;

/// Stands in a rendered answer where the sequence number belongs, which only the function knows.
pub const SEQ_PLACEHOLDER: u64 = 987_654_321;
/// Likewise for what remains of the day.
pub const REMAINING_PLACEHOLDER: u32 = 987_654_322;

/// Everything a booking writes, decided and written inside the database.
///
/// `client` is name, mail, details, currency, payment method; `response` is status, body, etag,
/// location. Numbers the function finds out are put into the body in place of the placeholders.
pub const BOOK_FUNCTION: &str = "
CREATE OR REPLACE FUNCTION bench_book(
    p_ledger BIGINT, p_epoch BIGINT, p_limit INTEGER, p_opening TEXT, p_no BIGINT, p_id BYTEA,
    p_service BYTEA, p_member INTEGER, p_quantum INTEGER, p_starts TIMESTAMP, p_ends TIMESTAMP,
    p_client TEXT[], p_price BIGINT, p_payload TEXT, p_actor TEXT, p_request BYTEA,
    p_principal TEXT, p_key TEXT, p_fingerprint BYTEA, p_response TEXT[], p_at TIMESTAMP
) RETURNS BIGINT[] LANGUAGE plpgsql AS $$
DECLARE
    v_version BIGINT; v_limit INTEGER; v_used INTEGER; v_constraint TEXT;
BEGIN
    SELECT version, limit_units, used INTO v_version, v_limit, v_used
    FROM ledgers WHERE id = p_ledger FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO ledgers VALUES (p_ledger, 0, p_epoch, p_limit, true, 0, false, 0, 0, p_limit,
            p_opening, p_id, p_at) ON CONFLICT (id) DO NOTHING;
        SELECT version, limit_units, used INTO v_version, v_limit, v_used
        FROM ledgers WHERE id = p_ledger FOR UPDATE;
    END IF;
    IF v_used + 1 > v_limit THEN
        RETURN ARRAY[1, v_version, v_limit, v_used];
    END IF;
    v_version := v_version + 1;
    v_used := v_used + 1;
    IF p_member IS NOT NULL THEN
        INSERT INTO claims VALUES (p_member, p_quantum, p_no);
    END IF;
    INSERT INTO bookings VALUES (p_no, p_id, p_ledger, v_version, 1, 'confirmed', p_service, 1, 0,
        'standard', p_member, p_starts, p_ends, p_starts, p_ends, NULL, p_client[1], p_client[2],
        NULL, p_price, p_client[4], p_client[5], p_client[3], 1, p_at, p_at);
    INSERT INTO events VALUES (p_ledger, v_version, p_at, 'booked', p_no, p_payload, p_actor, NULL,
        NULL, p_request);
    INSERT INTO idempotency VALUES (p_principal, p_key, p_fingerprint, p_response[1]::SMALLINT,
        convert_to(replace(replace(p_response[2], '987654321', v_version::TEXT),
            '987654322', (v_limit - v_used)::TEXT), 'UTF8'),
        p_response[3], p_response[4], p_id, p_at);
    INSERT INTO outbox (ledger_id, seq, kind, next_attempt_at)
    VALUES (p_ledger, v_version, 'booking-confirmed', p_at);
    UPDATE ledgers SET version = v_version, used = v_used, last_batch_id = p_id, updated_at = p_at
    WHERE id = p_ledger;
    RETURN ARRAY[0, v_version, v_limit, v_used];
EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    RETURN ARRAY[CASE v_constraint WHEN 'idempotency_pkey' THEN 3 ELSE 2 END, 0, 0, 0];
END
$$";

/// A booking's row as it is inserted.
#[derive(Insertable)]
#[diesel(table_name = bookings)]
pub struct NewBooking<'a> {
    pub no: i64,
    pub id: &'a [u8],
    pub ledger_id: i64,
    pub seq: i64,
    pub rev: i32,
    pub status: &'a str,
    pub service_id: &'a [u8],
    pub units: i32,
    pub units_past_limit: i32,
    pub class: &'a str,
    pub member_no: Option<i32>,
    pub starts_at: NaiveDateTime,
    pub ends_at: NaiveDateTime,
    pub busy_from: NaiveDateTime,
    pub busy_to: NaiveDateTime,
    pub client_name: &'a str,
    pub client_email: &'a str,
    pub price_amount: i64,
    pub price_currency: &'a str,
    pub payment_method: &'a str,
    pub details: &'a str,
    pub link_no: i32,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}
