//! What a process holds after opening a database.

use super::samples::{audit, member};
use crate::error::StoreError;
use crate::records::CatalogChange;
use crate::scratch::Scratch;
use crate::traits::Aside;
use crate::{Opened, StoreOptions, open, open_readonly};

#[test]
fn postgres_has_as_many_lanes_as_asked_for_and_sqlite_one() {
    for scratch in Scratch::migrated() {
        let options = StoreOptions { lanes: 3, ..scratch.options.clone() };

        let Opened { lanes, .. } = open(&options).unwrap();

        assert_eq!(lanes.len(), if scratch.is_sqlite() { 1 } else { 3 });
    }
}

#[test]
fn who_only_looks_sees_what_is_written_and_writes_nothing() {
    for scratch in Scratch::migrated() {
        let server = open(&scratch.options).unwrap();
        let onlooker = open_readonly(&scratch.options).unwrap();
        let anna = CatalogChange::PutMember(member(11, &[]));

        server.store.catalog.change_catalog(&anna, &Aside::default()).unwrap();

        assert_eq!(onlooker.catalog.load_catalog().unwrap().members.len(), 1);
        assert!(onlooker.ledgers.history(ledger_of_nobody()).unwrap().is_none());
        let refused = onlooker.audit.append_audit(&audit("signed-in", "user:1"));
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
}

#[test]
fn the_file_is_held_for_as_long_as_a_lane_may_write_it() {
    let scratch = Scratch::migrated().remove(0);
    let Opened { store, lanes } = open(&scratch.options).unwrap();

    drop(store);
    assert!(matches!(open(&scratch.options), Err(StoreError::Unusable(_))));
    drop(lanes);
    assert!(open(&scratch.options).is_ok());
}

fn ledger_of_nobody() -> domain::ledger::LedgerKey {
    let team = super::samples::team(98).id;
    domain::ledger::LedgerKey { team, day: super::samples::day("2026-12-01") }
}
