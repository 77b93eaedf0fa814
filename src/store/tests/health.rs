//! What verify looks for, found when it is planted.

use diesel::connection::SimpleConnection;

use super::samples::{Booked, business, write};
use crate::error::StoreError;
use crate::health::{Health, look};
use crate::scratch::Scratch;
use crate::traits::HealthStore;

/// The version of the last folder of migrations, by its name.
fn newest_migration() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.max().unwrap().split('_').next().unwrap().replace('-', "")
}

#[test]
fn a_database_says_which_migration_it_is_at() {
    for scratch in Scratch::migrated() {
        let version = Health::new(scratch.connect()).probe().unwrap();

        assert_eq!(version, newest_migration());
    }
}

/// Damage that no transaction of ours does, and what must be said of it.
const DAMAGES: &[(&str, &str)] = &[
    ("UPDATE ledgers SET used = 1", "counts 1 units, its bookings take 2"),
    ("UPDATE ledgers SET version = 9", "is at version 9, it has 3 events up to 3"),
    ("DELETE FROM events WHERE seq = 2", "is at version 3, it has 2 events up to 3"),
    ("DELETE FROM ledgers", "event 1 belongs to ledger"),
    ("DELETE FROM ledgers", "booking 2 belongs to ledger"),
    ("UPDATE bookings SET seq = 1 WHERE no = 2", "booking 2 was changed by event 1"),
    ("DELETE FROM bookings WHERE no = 2", "is about booking 2, which is not there"),
    ("DELETE FROM bookings WHERE no = 2", "is claimed by booking 2, which does not take it"),
    ("UPDATE bookings SET status = 'cancelled' WHERE no = 2", "claimed by booking 2"),
    ("UPDATE bookings SET member_no = NULL WHERE no = 2", "claimed by booking 2"),
    ("UPDATE claims SET quantum = quantum + 8 WHERE booking_no = 2", "claimed by booking 2"),
    (
        "DELETE FROM claims WHERE booking_no = 2 AND quantum % 4 = 1",
        "booking 2 does not claim all the time it takes of member or resource 1",
    ),
    ("UPDATE claims SET resource_no = 2", "booking 1 does not claim all the time"),
    ("DELETE FROM outbox WHERE seq = 1", "event 1 of ledger"),
    (
        "INSERT INTO outbox (ledger_id, seq, kind, next_attempt_at)
         VALUES (5, 7, 'booking-changed', '2026-11-22 09:00:00')",
        "the outbox speaks of event 7 of ledger 5",
    ),
    (
        "INSERT INTO idempotency
           (principal, key, fingerprint, status, body, booking_id, created_at)
         SELECT 'guest', 'k1', hash, 201, hash, hash, '2026-11-22 09:00:00'
         FROM (SELECT CAST('0123456789abcdef0123456789abcdef' AS BYTES) AS hash) AS one",
        "key k1 of guest made a booking that is not there",
    ),
    ("UPDATE ledgers SET held = 1", "counts 1 units held, its holds take 0"),
    ("FREEZE", "keeps booking 2 for an operation that is not there"),
    (
        "FREEZE; DELETE FROM claims WHERE booking_no = 2",
        "booking 2 is held or frozen: of its time, 4 quanta are not claimed",
    ),
    (
        "FREEZE; INSERT INTO ops (id, kind, status, owner, expires_at, created_at, decided_at)
         SELECT id, 'move', 'cancelled', 'guest', created_at, created_at, '2026-11-22 07:59:59'
         FROM bookings WHERE no = 2",
        "keeps booking 2 for an operation that was cancelled long ago",
    ),
    (
        "INSERT INTO ops (id, kind, status, owner, expires_at, created_at, decided_at, bookings)
         SELECT id, 'hold', 'confirmed', 'guest', created_at, created_at, created_at,
                '[\"01900000-0000-7000-8000-000000000999\"]' FROM bookings WHERE no = 2",
        "was confirmed, and booking 01900000-0000-7000-8000-000000000999 is not there",
    ),
    ("UPDATE bookings SET status = 'held' WHERE no = 2", "booking 2 is held, and ledger"),
    ("UPDATE bookings SET status = 'waitlisted' WHERE no = 2", "booking 2 waits, and is not in"),
    (
        "INSERT INTO waiting SELECT ledger_id, 1, id, created_at, '{}' FROM bookings WHERE no = 2",
        "number 1 in line in ledger",
    ),
    ("UPDATE bookings SET series_id = id WHERE no = 2", "booking 2 is one of a series"),
    (
        // A room that bears the booking's own id: any other would do.
        "INSERT INTO resources (no, id, kind, name, is_active, rev)
         SELECT 9, id, 'room', 'Blue', TRUE, 1 FROM bookings WHERE no = 2;
         UPDATE bookings SET resources = '[\"01900000-0000-7000-8000-0000000003ea\"]' WHERE no = 2",
        "booking 2 does not claim all the time it takes of member or resource 9",
    ),
    ("USE; UPDATE promos SET used_count = 2", "SPRING counts 2 uses, and 1 are written down"),
    ("USE; UPDATE promos SET limit_per_client = 0", "SPRING is used 1 times by one client"),
    ("USE; DELETE FROM promos", "a promo that is not there is used"),
    (
        "USE; UPDATE bookings SET status = 'cancelled' WHERE no = 2",
        "a promo is used by booking 2, which is cancelled",
    ),
    (
        "USE; UPDATE redemptions SET released_at = redeemed_at",
        "a promo is used by booking 2, which is confirmed, and was given back",
    ),
    ("USE; DELETE FROM redemptions", "booking 2 says that it uses promo 01900000-0000-7000"),
    (
        "USE; UPDATE bookings SET price_terms = NULL",
        "booking 2 uses a promo that its price says nothing of",
    ),
];

/// Lets booking 2 use a promo, which bears the id of booking 1: any other would do.
const USE: &str = r#"
    INSERT INTO promos (id, code, name, rule, is_first_booking_only, is_stackable, position, state,
                        used_count, rev)
    SELECT id, 'SPRING', 'Spring', '{}', FALSE, TRUE, 0, 'active', 1, 1 FROM bookings WHERE no = 1;
    UPDATE bookings SET price_terms = '{"redeems":[{"promo":"01900000-0000-7000-8000-0000000003e9",
        "client":"01900000-0000-7000-8000-000000000001"}],"quote":null}' WHERE no = 2;
    INSERT INTO redemptions (booking_id, promo_id, client, redeemed_at)
    SELECT b.id, p.id, p.id, b.created_at FROM bookings b, promos p WHERE b.no = 2"#;

/// Freezes booking 2 where it is.
const FREEZE: &str = r#"
    INSERT INTO holds (ledger_id, booking_id, op_id, booking_no, role, units, seq, payload)
    SELECT ledger_id, id, id, no, 'departing', 1, seq,
           '{"no":2,"service":"01900000-0000-7000-8000-000000000015","units":1,"class":"standard",
             "member":"01900000-0000-7000-8000-00000000000b",
             "slot":{"startsAt":"2026-12-01T12:00:00Z","endsAt":"2026-12-01T13:00:00Z"},
             "busy":{"startsAt":"2026-12-01T12:00:00Z","endsAt":"2026-12-01T13:00:00Z"},
             "status":"confirmed","rev":1}'
    FROM bookings WHERE no = 2"#;

#[test]
fn every_damage_is_found_and_a_sound_database_has_none() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        let mut cancelled = Booked::new(3, 1, "2026-12-01T15:00:00Z");
        cancelled.status = "cancelled";
        let (first, second) = ("2026-12-01T09:00:00Z", "2026-12-01T12:00:00Z");
        write(&database, &[Booked::new(1, 1, first), Booked::new(2, 1, second), cancelled]);
        let bytes = if scratch.is_sqlite() { "BLOB" } else { "BYTEA" };

        for (sql, expected) in DAMAGES {
            let sql = sql.replace("BYTES", bytes).replace("FREEZE", FREEZE);
            let sql = sql.replace("USE;", &format!("{USE};"));
            let (mut found, mut first) = (Vec::new(), Vec::new());
            let undone = database.write(|conn| -> Result<(), StoreError> {
                conn.batch_execute(&sql)?;
                found = look(conn, database.meta.quantum, 100)?;
                first = look(conn, database.meta.quantum, 1)?;
                Err(StoreError::Unavailable("enough seen".to_owned()))
            });

            assert!(found.iter().any(|one| one.contains(expected)), "{sql}: {undone:?} {found:?}");
            assert_eq!(first, found[..1]);
        }
        let sound = Health::new(database).inconsistencies(100).unwrap();
        assert_eq!(sound, Vec::<String>::new());
    }
}
