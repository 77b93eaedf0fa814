//! The tables as Diesel sees them: the same on both engines, column for column, which a test
//! compares with what the migrations made. Order of columns is the order in the database.

mod effects;
mod prices;

pub(crate) use effects::*;
pub(crate) use prices::*;

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    counters (name) {
        name -> Text,
        next -> BigInt,
    }
}

diesel::table! {
    teams (no) {
        no -> Integer,
        id -> Binary,
        name -> Text,
        zone -> Text,
        default_limit -> Integer,
        emergency_reserve -> Integer,
        is_published -> Bool,
        rev -> BigInt,
    }
}

diesel::table! {
    services (id) {
        id -> Binary,
        slug -> Text,
        name -> Text,
        description -> Text,
        duration_minutes -> Integer,
        buffer_before_minutes -> Integer,
        buffer_after_minutes -> Integer,
        units -> Integer,
        slot_interval_minutes -> Integer,
        notice_minutes_min -> Integer,
        horizon_days_max -> Integer,
        price_amount -> BigInt,
        price_currency -> Text,
        daily_units_max -> Nullable<Integer>,
        bookable_by -> Text,
        is_emergency_eligible -> Bool,
        is_recurrence_allowed -> Bool,
        is_approval_required -> Bool,
        change_notice_minutes_min -> Integer,
        free_cancel_minutes_min -> Integer,
        cancel_fee_amount -> BigInt,
        needs -> Text,
        is_active -> Bool,
        rev -> BigInt,
        price_base -> Nullable<Text>,
        tax_rate -> Nullable<Integer>,
        tax_mode -> Nullable<Text>,
    }
}

diesel::table! {
    service_teams (service_id, team_no) {
        service_id -> Binary,
        team_no -> Integer,
    }
}

diesel::table! {
    members (no) {
        no -> Integer,
        id -> Binary,
        name -> Text,
        skills -> Text,
        photo_url -> Nullable<Text>,
        is_active -> Bool,
        rev -> BigInt,
    }
}

diesel::table! {
    team_members (team_no, member_no) {
        team_no -> Integer,
        member_no -> Integer,
    }
}

diesel::table! {
    service_members (service_id, member_no) {
        service_id -> Binary,
        member_no -> Integer,
    }
}

diesel::table! {
    weekly_hours (id) {
        id -> BigInt,
        team_no -> Integer,
        member_no -> Nullable<Integer>,
        weekday -> SmallInt,
        from_minute -> Integer,
        to_minute -> Integer,
    }
}

diesel::table! {
    date_exceptions (team_no, member_no, day) {
        team_no -> Integer,
        member_no -> Integer,
        day -> Date,
        note -> Text,
        open -> Text,
    }
}

diesel::table! {
    time_off (id) {
        id -> Binary,
        member_no -> Integer,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        note -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> Binary,
        email -> Text,
        name -> Text,
        role -> Text,
        member_no -> Nullable<Integer>,
        password_hash -> Nullable<Text>,
        phone -> Nullable<Text>,
        is_disabled -> Bool,
        rev -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Binary,
        user_id -> Binary,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

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
    overrides (id) {
        id -> Binary,
        ledger_id -> BigInt,
        delta -> Integer,
        expires_at -> Nullable<Timestamp>,
        reason -> Text,
        created_by -> Nullable<Binary>,
        created_at -> Timestamp,
        revoked_by -> Nullable<Binary>,
        revoked_at -> Nullable<Timestamp>,
        revoke_reason -> Nullable<Text>,
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
        resources -> Text,
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
        series_id -> Nullable<Binary>,
        series_index -> Nullable<Integer>,
        fee_amount -> Nullable<BigInt>,
        is_displaced -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        price_terms -> Nullable<Text>,
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
        ledger_id -> BigInt,
    }
}

diesel::table! {
    outbox (ledger_id, seq, kind) {
        ledger_id -> BigInt,
        seq -> BigInt,
        kind -> Text,
        state -> Text,
        attempts -> Integer,
        next_attempt_at -> Timestamp,
        last_error -> Nullable<Text>,
        done_at -> Nullable<Timestamp>,
        is_announced -> Bool,
    }
}

diesel::table! {
    audit (seq) {
        seq -> BigInt,
        at -> Timestamp,
        actor_kind -> Text,
        actor_id -> Nullable<Binary>,
        action -> Text,
        object -> Text,
        before -> Text,
        after -> Text,
        reason -> Nullable<Text>,
        request_id -> Binary,
        ledger_id -> Nullable<BigInt>,
        ledger_seq -> Nullable<BigInt>,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    resources (no) {
        no -> Integer,
        id -> Binary,
        kind -> Text,
        name -> Text,
        is_active -> Bool,
        rev -> BigInt,
    }
}

diesel::table! {
    resource_teams (team_no, resource_no) {
        team_no -> Integer,
        resource_no -> Integer,
    }
}

diesel::table! {
    ops (id) {
        id -> Binary,
        kind -> Text,
        status -> Text,
        owner -> Text,
        expires_at -> Timestamp,
        created_at -> Timestamp,
        decided_at -> Nullable<Timestamp>,
        bookings -> Nullable<Text>,
    }
}

diesel::table! {
    holds (ledger_id, booking_id) {
        ledger_id -> BigInt,
        booking_id -> Binary,
        op_id -> Binary,
        booking_no -> BigInt,
        role -> Text,
        units -> Integer,
        seq -> BigInt,
        payload -> Text,
    }
}

diesel::table! {
    waiting (ledger_id, seq) {
        ledger_id -> BigInt,
        seq -> BigInt,
        booking_id -> Binary,
        last_starts_at -> Timestamp,
        payload -> Text,
    }
}

diesel::table! {
    series (id) {
        id -> Binary,
        rule -> Text,
        zone -> Text,
        first_at -> Timestamp,
    }
}

diesel::table! {
    former_ledgers (booking_no, ledger_id) {
        booking_no -> BigInt,
        ledger_id -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> Binary,
        kind -> Text,
        task -> Text,
        created_by -> Nullable<Binary>,
        created_at -> Timestamp,
        is_done -> Bool,
        total_count -> Integer,
        done_count -> Integer,
        failed_count -> Integer,
        items -> Text,
        updated_at -> Timestamp,
    }
}

diesel::joinable!(users -> members (member_no));
diesel::joinable!(sessions -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    teams,
    services,
    service_teams,
    members,
    team_members,
    service_members,
    weekly_hours,
    date_exceptions,
    time_off,
    users,
    sessions,
    ledgers,
    overrides,
    bookings,
    events,
    idempotency,
    claims,
    outbox,
    resources,
    resource_teams,
    ops,
    holds,
    waiting,
    series,
    former_ledgers,
    surcharges,
    price_steps,
    promos,
    redemptions,
    exchange_rates,
    payments,
    webhook_endpoints,
    webhook_deliveries,
    reconciliation_runs,
    reconciliation_items,
);
