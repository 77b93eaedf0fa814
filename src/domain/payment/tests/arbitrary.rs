//! Facts and payments of every shape, few enough values that they meet.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, btree_set};
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use super::{at, euros};
use crate::ids::UserId;
use crate::money::Currency;
use crate::payment::{
    Attempt, AttemptNo, Checkout, Collected, DisputeKey, DisputeState, Doubt, Facts, Intent,
    Method, Payment, Refund, RefundKey, RefundState, SessionRef,
};

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![Just(Currency::EUR), Just(Currency::parse("USD").unwrap())]
}

fn refund() -> impl Strategy<Value = Refund> {
    let state = prop_oneof![
        Just(RefundState::Asked),
        Just(RefundState::Pending),
        Just(RefundState::Succeeded),
        Just(RefundState::Failed),
        Just(RefundState::Canceled),
    ];
    (state, 1_i64..4, currency()).prop_map(|(state, amount, currency)| Refund {
        state,
        amount,
        currency,
    })
}

pub fn facts() -> impl Strategy<Value = Facts> {
    let checkout = prop_oneof![
        Just(Checkout::Asked),
        Just(Checkout::Refused),
        Just(Checkout::Open),
        Just(Checkout::Expired),
        Just(Checkout::CompleteUnpaid),
        Just(Checkout::CompletePaid),
    ];
    let intent = prop_oneof![
        Just(Intent::None),
        Just(Intent::Processing),
        Just(Intent::Failed),
        Just(Intent::Succeeded),
    ];
    let dispute = prop_oneof![
        Just(DisputeState::NeedsResponse),
        Just(DisputeState::UnderReview),
        Just(DisputeState::Won),
        Just(DisputeState::Lost),
    ];
    let key = |prefix: &'static str| (0..3_u8).prop_map(move |no| format!("{prefix}_{no}"));
    (
        (checkout, intent, any::<bool>()),
        btree_map(currency(), 0_i64..5, 0..2),
        btree_map(key("re").prop_map(RefundKey), refund(), 0..3),
        btree_map(key("dp").prop_map(DisputeKey), dispute, 0..2),
        (option::of((0..9_u32).prop_map(at)), option::of((0..9_u32).prop_map(at))),
    )
        .prop_map(|((checkout, intent, is_misbound), received, refunds, disputes, times)| {
            let (read_at, told_at) = times;
            Facts { checkout, intent, received, refunds, disputes, is_misbound, read_at, told_at }
        })
}

fn collected() -> impl Strategy<Value = Collected> {
    (0..2_u32, 0..3_u32, 0..2_u128, 1_i64..3).prop_map(|(correction_no, minute, by, amount)| {
        Collected { correction_no, at: at(minute), by: UserId(Uuid::from_u128(by)), amount }
    })
}

fn cleared() -> impl Strategy<Value = BTreeSet<Doubt>> {
    btree_set((1..3_u32).prop_map(|paid_count| Doubt::SeveralPaid { paid_count }), 0..2)
}

/// Payments of one booking, as different people may know them.
pub fn payment() -> impl Strategy<Value = Payment> {
    let session = option::of((0..2_u8).prop_map(|no| SessionRef(format!("cs_{no}"))));
    let attempt =
        (session, facts()).prop_map(|(session, facts)| Attempt { asked: euros(3), session, facts });
    (btree_map((1..4_u32).prop_map(AttemptNo), attempt, 0..3), option::of(collected()), cleared())
        .prop_map(|(attempts, collected, cleared)| {
            let payment = Payment::new(Method::Card, euros(3));
            Payment { attempts, collected, cleared, ..payment }
        })
}
