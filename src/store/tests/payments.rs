//! What is known about money: read back as it was written, and never written over blindly.

use domain::ids::{BookingId, UserId};
use domain::payment::{Collected, Status};

use super::samples::{at, audit, id};
use crate::audit::Audit;
use crate::error::StoreError;
use crate::payments::Payments;
use crate::records::{AuditQuery, PaymentRecord};
use crate::scratch::Scratch;
use crate::traits::{Aside, AuditStore, PaymentStore};

fn known(version: i64, amount: i64) -> PaymentRecord {
    let cash = Collected {
        correction_no: 0,
        at: at("2026-11-22T09:00:00.000001Z"),
        by: UserId(id(7)),
        amount,
    };
    PaymentRecord {
        booking: BookingId(id(1)),
        version,
        status: Status::CodCollected,
        collected: Some(cash),
        updated_at: at("2026-11-22T09:00:00.000001Z"),
    }
}

#[test]
fn of_two_who_know_different_things_the_second_looks_again() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let trail = Audit::new(std::sync::Arc::clone(&database));
        let payments = Payments::new(database);
        let aside = Aside { audit: Some(audit("cash-collected", "request:1")), idempotency: None };

        payments.put_payment(&known(1, 100), &aside).unwrap();
        let same = payments.put_payment(&known(1, 200), &aside);
        let skipping = payments.put_payment(&known(3, 200), &aside);
        payments.put_payment(&known(2, 300), &aside).unwrap();

        assert!(matches!(same, Err(StoreError::Taken { .. })), "{same:?}");
        assert!(matches!(skipping, Err(StoreError::Taken { .. })), "{skipping:?}");
        let wanted = [BookingId(id(1)), BookingId(id(2))];
        assert_eq!(payments.payments(&wanted).unwrap(), [known(2, 300)]);
        assert_eq!(payments.payments(&[]).unwrap(), []);
        let entries = trail.audit(&AuditQuery { limit: 10, ..Default::default() }).unwrap();
        assert_eq!(entries.len(), 2);
    }
}
