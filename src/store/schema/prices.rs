//! Tables of what changes prices.

diesel::table! {
    surcharges (id) {
        id -> Binary,
        name -> Text,
        kind -> Text,
        rule -> Text,
        position -> Integer,
        stacking -> Text,
        is_active -> Bool,
        rev -> BigInt,
    }
}

diesel::table! {
    price_steps (currency) {
        currency -> Text,
        step -> Integer,
    }
}

diesel::table! {
    promos (id) {
        id -> Binary,
        code -> Text,
        name -> Text,
        rule -> Text,
        is_first_booking_only -> Bool,
        limit_total -> Nullable<Integer>,
        limit_per_client -> Nullable<Integer>,
        is_stackable -> Bool,
        position -> Integer,
        state -> Text,
        used_count -> Integer,
        rev -> BigInt,
    }
}

diesel::table! {
    redemptions (booking_id, promo_id) {
        booking_id -> Binary,
        promo_id -> Binary,
        client -> Binary,
        redeemed_at -> Timestamp,
        released_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    exchange_rates (id) {
        id -> Binary,
        day -> Date,
        source -> Text,
        rates -> Text,
        created_at -> Timestamp,
        rev -> BigInt,
    }
}
