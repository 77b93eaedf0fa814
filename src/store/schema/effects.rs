//! Tables of what happens outside because of bookings: letters, money, webhooks.

diesel::table! {
    reminder_rules (id) {
        id -> Binary,
        service_id -> Nullable<Binary>,
        lead_minutes -> Nullable<Integer>,
        lead_days -> Nullable<Integer>,
        at_minute -> Nullable<Integer>,
        quiet_from -> Nullable<Integer>,
        quiet_to -> Nullable<Integer>,
        is_active -> Bool,
        rev -> BigInt,
    }
}

diesel::table! {
    reminders (booking_no, rev, rule_id) {
        booking_no -> BigInt,
        rev -> Integer,
        rule_id -> Binary,
        due_at -> Timestamp,
        not_after -> Timestamp,
        state -> Text,
        attempts -> Integer,
        next_attempt_at -> Timestamp,
        last_error -> Nullable<Text>,
        done_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    payments (booking_id) {
        booking_id -> Binary,
        version -> BigInt,
        status -> Text,
        facts -> Text,
        updated_at -> Timestamp,
        next_look_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    payment_sessions (session_id) {
        session_id -> Text,
        booking_id -> Binary,
        attempt -> Integer,
    }
}

diesel::table! {
    provider_events (event_id) {
        event_id -> Text,
        kind -> Text,
        body -> Text,
        received_at -> Timestamp,
        state -> Text,
        tries -> Integer,
        next_try_at -> Timestamp,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    webhook_endpoints (id) {
        id -> Binary,
        url -> Text,
        description -> Text,
        events -> Text,
        is_active -> Bool,
        stopped_because -> Nullable<Text>,
        secret_no -> Integer,
        former_until -> Nullable<Timestamp>,
        created_at -> Timestamp,
        rev -> BigInt,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> Binary,
        endpoint_id -> Binary,
        ledger_id -> BigInt,
        seq -> BigInt,
        kind -> Text,
        body -> Text,
        at -> Timestamp,
        state -> Text,
        attempts -> Integer,
        next_attempt_at -> Timestamp,
        last_status -> Nullable<Integer>,
        last_ms -> Nullable<Integer>,
        last_error -> Nullable<Text>,
        done_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    reconciliation_runs (id) {
        id -> Binary,
        day -> Date,
        is_nightly -> Bool,
        since -> Timestamp,
        phase -> Text,
        position -> Nullable<Text>,
        matched -> Integer,
        fixed -> Integer,
        review -> Integer,
        failed -> Integer,
        last_error -> Nullable<Text>,
        version -> BigInt,
        started_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    reconciliation_items (run_id, key) {
        run_id -> Binary,
        key -> Text,
        booking_id -> Nullable<Binary>,
        attempt -> Nullable<Integer>,
        session_id -> Nullable<Text>,
        verdict -> Text,
        fix -> Text,
        outcome -> Text,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    cron_jobs (name) {
        name -> Text,
        schedule -> Text,
        zone -> Text,
        is_active -> Bool,
        is_edited -> Bool,
        decided_until -> Timestamp,
        rev -> BigInt,
    }
}

diesel::table! {
    cron_runs (job, scheduled_for) {
        job -> Text,
        scheduled_for -> Timestamp,
        decision -> Text,
        is_manual -> Bool,
        term -> BigInt,
        state -> Text,
        tries -> Integer,
        holder -> Nullable<Binary>,
        next_look_at -> Timestamp,
        started_at -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Binary,
        term -> BigInt,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    purges (what) {
        what -> Text,
        purged_until -> Timestamp,
    }
}

diesel::table! {
    direct_letters (kind, topic) {
        kind -> Text,
        topic -> Text,
        booking_id -> Nullable<Binary>,
        detail -> Nullable<Text>,
        at -> Timestamp,
        not_after -> Timestamp,
        state -> Text,
        attempts -> Integer,
        next_attempt_at -> Timestamp,
        last_error -> Nullable<Text>,
        done_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sign_in_links (id) {
        id -> Binary,
        email -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    reminder_refusals (address_hash) {
        address_hash -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    calendar_feeds (owner_kind, owner_id) {
        owner_kind -> Text,
        owner_id -> Binary,
        token_hash -> Binary,
        created_at -> Timestamp,
    }
}

diesel::table! {
    payment_news (booking_no, version, kind) {
        booking_no -> BigInt,
        version -> BigInt,
        kind -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    webhook_tries (delivery_id, no) {
        delivery_id -> Binary,
        no -> Integer,
        at -> Timestamp,
        status -> Nullable<Integer>,
        ms -> Integer,
        error -> Nullable<Text>,
    }
}
