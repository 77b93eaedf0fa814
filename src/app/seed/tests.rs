use domain::booking::Status;
use store::records::{BookingQuery, CatalogChange};

use super::*;
use crate::app::tests::scratch::Scratch;
use crate::app::verify::{Finding, verify};

async fn seed(node: &Scratch) -> SeedReport {
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
    let node = Scratch::new();

    let report = seed(&node).await;

    assert_eq!((report.teams_count, report.resources_count, report.services_count), (5, 6, 7));
    assert_eq!((report.surcharges_count, report.promos_count), (5, 6));
    assert!(report.bookings_count > 400, "{report:?}");
    assert_eq!(findings(&node.store), Vec::<String>::new());
    let admin = node.store.users.user_by_email("admin@daybook.example").unwrap().unwrap();
    assert_eq!(admin.role, ActorKind::Admin);
    let client = node.store.users.user_by_email(CLIENT_EMAIL).unwrap().unwrap();
    let own = BookingQuery { client_user: Some(client.id), limit: 10, ..BookingQuery::default() };
    assert!(!node.store.bookings.bookings(&own).unwrap().items.is_empty());
    let statuses = vec![Status::Pending];
    let waiting = BookingQuery { statuses, limit: 10, ..BookingQuery::default() };
    assert!(!node.store.bookings.bookings(&waiting).unwrap().items.is_empty());
    let statuses = vec![Status::Completed];
    let done = BookingQuery { statuses, limit: 100, ..BookingQuery::default() };
    let done = node.store.bookings.bookings(&done).unwrap().items;
    let paid_count = done.iter().filter(|one| one.payment.is_some()).count();
    assert!(paid_count > done.len() / 2 && paid_count < done.len(), "{paid_count}");
    let statuses = vec![Status::Waitlisted];
    let query = BookingQuery { statuses, limit: 10, ..BookingQuery::default() };
    let in_line = node.store.bookings.bookings(&query).unwrap().items;
    let day = node.store.ledgers.load(in_line[0].key).unwrap().unwrap().ledger;
    assert_eq!((in_line.len(), day.waiting.len(), day.held), (2, 2, 0));
    assert_eq!(day.remaining(Class::Emergency, Ambient::system().now()), 0);
    let services = node.store.catalog.load_catalog().unwrap().services;
    assert!(services.iter().any(|one| one.is_approval_required));
    assert!(
        services.iter().any(|one| one.cancel_fee.amount > 0 && one.free_cancel_minutes_min > 0)
    );
}

#[actix_web::test]
async fn seeding_again_adds_nothing_and_undoes_nothing() {
    let node = Scratch::new();
    let first = seed(&node).await;
    let team = node.store.catalog.load_catalog().unwrap().teams.remove(0);
    let renamed = Team { name: "Berlin".to_owned(), rev: team.rev + 1, ..team };
    let change = CatalogChange::PutTeam(renamed.clone());
    node.store.catalog.change_catalog(&change, &Aside::default()).unwrap();

    let second = seed(&node).await;

    let statuses = vec![Status::Waitlisted];
    let query = BookingQuery { statuses, limit: 10, ..BookingQuery::default() };
    assert_eq!(node.store.bookings.bookings(&query).unwrap().items.len(), 2);

    assert!(first.bookings_count > 0);
    assert_eq!(second.bookings_count, 0);
    let people = (second.teams_count, second.members_count);
    assert_eq!((people, second.resources_count, second.services_count), ((0, 0), 0, 0));
    assert_eq!((second.surcharges_count, second.promos_count), (0, 0));
    assert_eq!(node.store.catalog.load_catalog().unwrap().rates.len(), 1);
    assert_eq!(node.store.catalog.load_catalog().unwrap().teams[0].name, "Berlin");
}
