//! The audit trail: gapless whatever happens at once, and nobody's to change.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use domain::audit::{AuditEntry, ChainCheck};
use domain::ids::UserId;

use super::samples::{at, audit, business, id, member, tamper, team};
use crate::audit::Audit;
use crate::connection::Role;
use crate::database::Database;
use crate::error::StoreError;
use crate::records::{AuditQuery, CatalogChange};
use crate::scratch::Scratch;
use crate::traits::{Aside, AuditStore, CatalogStore};

fn everything(audit: &Audit) -> Vec<AuditEntry> {
    audit.audit(&AuditQuery { limit: 10_000, ..Default::default() }).unwrap()
}

#[test]
fn changes_made_at_once_leave_one_gapless_chain() {
    const THREADS_COUNT: u128 = 8;
    const CHANGES_COUNT: u128 = 12;
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let trail = Audit::new(Arc::clone(&database));

        std::thread::scope(|threads| {
            for thread in 0..THREADS_COUNT {
                let (catalog, trail) = (&catalog, &trail);
                threads.spawn(move || {
                    for number in 0..CHANGES_COUNT {
                        let number = 100 + thread * CHANGES_COUNT + number;
                        let draft = audit("member-created", &format!("member:{number}"));
                        let aside = Aside { audit: Some(draft), idempotency: None };
                        let change = CatalogChange::PutMember(member(number, &[team(1).id]));
                        catalog.change_catalog(&change, &aside).unwrap();
                        // Refused, so its entry must not be there, nor its number be missing.
                        assert!(catalog.change_catalog(&change, &aside).is_err());
                        trail.append_audit(&audit("signed-in", "user:1")).unwrap();
                    }
                });
            }
        });

        let entries = everything(&trail);
        let mut check = ChainCheck::default();
        for entry in &entries {
            check.push(entry).unwrap();
        }
        assert_eq!(u128::from(check.count), 2 * THREADS_COUNT * CHANGES_COUNT);
    }
}

#[test]
fn an_entry_reads_back_as_it_was_sealed() {
    for scratch in Scratch::migrated() {
        let trail = Audit::new(scratch.connect());
        let draft = audit("override-created", "ledger:1:2026-12-01");

        trail.append_audit(&draft).unwrap();

        let [entry] = everything(&trail).try_into().unwrap();
        assert_eq!(entry.draft.at, at("2026-11-22T10:00:00.123456Z"));
        assert_eq!((&entry.draft.before, &entry.draft.after), (&draft.before, &draft.after));
        assert_eq!(entry.draft.ledger, draft.ledger);
        assert_eq!(ChainCheck::default().push(&entry), Ok(()));
    }
}

#[test]
fn the_database_refuses_to_change_an_entry() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let trail = Audit::new(Arc::clone(&database));
        trail.append_audit(&audit("signed-in", "user:1")).unwrap();
        let before = everything(&trail);

        for sql in ["UPDATE audit SET reason = 'none'", "DELETE FROM audit"] {
            let refused = tamper(&database, sql).unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{refused}");
        }
        assert_eq!(everything(&trail), before);
    }
}

#[test]
fn a_trail_is_read_by_object_by_actor_by_time_and_page_by_page() {
    for scratch in Scratch::migrated() {
        let trail = Audit::new(scratch.connect());
        for (number, object) in (1_u32..).zip(["team:1", "team:12", "team:2", "user:1", "te_m:1"]) {
            let mut draft = audit("changed", object);
            draft.at = at("2026-11-22T10:00:00Z") + chrono::TimeDelta::minutes(number.into());
            draft.actor.id = (number == 4).then(|| UserId(id(904)));
            trail.append_audit(&draft).unwrap();
        }
        let seqs = |query: AuditQuery| -> Vec<u64> {
            trail.audit(&query).unwrap().iter().map(|entry| entry.seq).collect()
        };
        let all = || AuditQuery { limit: 10, ..Default::default() };

        assert_eq!(seqs(AuditQuery { object: Some("team:1".to_owned()), ..all() }), [1, 2]);
        assert_eq!(seqs(AuditQuery { object: Some("te_m".to_owned()), ..all() }), [5]);
        assert_eq!(seqs(AuditQuery { actor: Some(UserId(id(904))), ..all() }), [4]);
        let (from, to) = (at("2026-11-22T10:02:00Z"), at("2026-11-22T10:04:00Z"));
        assert_eq!(seqs(AuditQuery { from: Some(from), to: Some(to), ..all() }), [2, 3]);
        assert_eq!(seqs(AuditQuery { after: 3, limit: 1, ..Default::default() }), [4]);
        assert_eq!(seqs(AuditQuery { newest_first: true, limit: 2, ..Default::default() }), [5, 4]);
        assert_eq!(seqs(AuditQuery { newest_first: true, after: 4, ..all() }), [3, 2, 1]);
    }
}

#[test]
fn overrides_of_a_teams_days_are_told_newest_first() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        let no = |team_no, day: &str| {
            domain::ledger::LedgerNo::of(domain::ids::TeamNo(team_no), day.parse().unwrap())
        };
        for (number, (team_no, day)) in (1_u128..).zip([
            (1, "2026-12-01"),
            (1, "2026-12-02"),
            (1, "2026-12-03"),
            (2, "2026-12-01"),
        ]) {
            let (id, ledger) = (id(number).simple().to_string(), no(team_no, day).0);
            database
                .write(|conn| {
                    let id = match conn {
                        crate::connection::AnyConnection::Sqlite(_) => format!("X'{id}'"),
                        crate::connection::AnyConnection::Postgres(_) => format!("'\\x{id}'"),
                    };
                    Ok(conn.batch_execute(&format!(
                        "INSERT INTO overrides (id, ledger_id, delta, reason, created_at) VALUES
                         ({id}, {ledger}, {number}, 'more hands', '2026-11-22 0{number}:00:00')"
                    ))?)
                })
                .unwrap();
        }
        let trail = Audit::new(database);
        let (from, to) = (super::samples::day("2026-12-01"), super::samples::day("2026-12-02"));

        let found = trail.overrides(team(1).id, from, to).unwrap();

        assert_eq!(found.iter().map(|one| one.delta).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((found[0].key.team, found[0].key.day), (team(1).id, to));
        assert_eq!(trail.overrides(team(98).id, from, to).unwrap(), []);
    }
}

#[test]
fn a_database_opened_for_reading_is_not_written() {
    for scratch in Scratch::migrated() {
        let _server = scratch.connect();
        let reader = Arc::new(Database::open(&scratch.options, Role::Reader).unwrap());
        let trail = Audit::new(Arc::clone(&reader));

        let refused = trail.append_audit(&audit("signed-in", "user:1"));
        let smuggled = reader.read(|conn| Ok(conn.batch_execute("DELETE FROM counters")?));

        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        assert!(matches!(smuggled, Err(StoreError::Unavailable(_))), "{smuggled:?}");
        assert_eq!(everything(&trail), []);
    }
}
