use std::sync::Arc;
use std::time::Duration;

use actix::Arbiter;
use domain::ids::Epoch;
use domain::time::Quantum;
use store::records::{BookingQuery, CatalogChange};
use store::{Store, StoreOptions};
use tempfile::TempDir;

use super::*;
use crate::actors::{Ledgers, Limits, Parts};
use crate::app::verify::{Finding, verify};

/// A database with ledgers over it, gone when dropped.
struct Node {
    store: Store,
    desk: Arc<dyn Submit>,
    _folder: TempDir,
}

fn node() -> Node {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        url: format!("sqlite://{}", folder.path().join("daybook.db").display()),
        readers_max: 4,
        lanes: 1,
        timeout: Duration::from_secs(10),
        quantum: Quantum::DEFAULT,
    };
    store::migrate(&options, Epoch(7)).unwrap();
    let opened = store::open(&options).unwrap();
    let ledgers = Ledgers::start(Parts {
        store: Arc::clone(&opened.store.ledgers),
        lanes: opened.lanes,
        sinks: Vec::new(),
        limits: Limits {
            node_permits_max: 1024,
            ledger_permits_max: 256,
            batch_items_max: 64,
            active_max: 1024,
            idle_timeout: Duration::from_mins(1),
        },
        arbiters: vec![Arbiter::new().handle()],
    });
    Node { store: opened.store, desk: Arc::new(ledgers.unwrap()), _folder: folder }
}

async fn seed(node: &Node) -> SeedReport {
    let (store, desk) = (node.store.clone(), Arc::clone(&node.desk));
    let ambient = Ambient::system();
    Seed { store, desk, ambient, password_hash: "not a hash".to_owned() }.run().await.unwrap()
}

fn findings(store: &Store) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |finding: &Finding| found.push(finding.to_string());
    let report = verify(store, &mut note).unwrap();
    assert!(report.ledgers_count > 100 && report.audit.is_intact, "{report:?}");
    found
}

#[actix_web::test]
async fn the_demo_is_worth_looking_at_and_holds_together() {
    let node = node();

    let report = seed(&node).await;

    assert_eq!((report.teams_count, report.services_count), (5, 6));
    assert!(report.bookings_count > 400, "{report:?}");
    assert_eq!(findings(&node.store), Vec::<String>::new());
    let admin = node.store.users.user_by_email("admin@daybook.example").unwrap().unwrap();
    assert_eq!(admin.role, ActorKind::Admin);
    let client = node.store.users.user_by_email(CLIENT_EMAIL).unwrap().unwrap();
    let own = BookingQuery { client_user: Some(client.id), limit: 10, ..BookingQuery::default() };
    assert!(!node.store.bookings.bookings(&own).unwrap().items.is_empty());
}

#[actix_web::test]
async fn seeding_again_adds_nothing_and_undoes_nothing() {
    let node = node();
    let first = seed(&node).await;
    let team = node.store.catalog.load_catalog().unwrap().teams.remove(0);
    let renamed = Team { name: "Berlin".to_owned(), rev: team.rev + 1, ..team };
    let change = CatalogChange::PutTeam(renamed.clone());
    node.store.catalog.change_catalog(&change, &Aside::default()).unwrap();

    let second = seed(&node).await;

    assert!(first.bookings_count > 0);
    let added = (second.teams_count, second.members_count, second.services_count);
    assert_eq!((added, second.bookings_count), ((0, 0, 0), 0));
    assert_eq!(node.store.catalog.load_catalog().unwrap().teams[0].name, "Berlin");
}
