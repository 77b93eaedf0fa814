//! Finding bookings, and turning pages while more are made.

use domain::booking::Status;
use domain::ids::{BookingId, BookingNo, MemberId};
use domain::ledger::{Assignment, Origin, Settlement};

use super::samples::{Booked, at, business, day, id, member, service, team, write};
use crate::batch::{DecidedBooking, OpStatus};
use crate::bookings::Bookings;
use crate::conformance::Fixture;
use crate::conformance::author::{self, Author};
use crate::conformance::sql::{postgres, sqlite};
use crate::error::StoreError;
use crate::records::{BookingQuery, BookingSort};
use crate::scratch::Scratch;
use crate::traits::BookingStore;

fn query() -> BookingQuery {
    BookingQuery { limit: 100, ..Default::default() }
}

fn numbers(bookings: &Bookings, query: &BookingQuery) -> Vec<i64> {
    let page = bookings.bookings(query).unwrap();
    page.items.iter().map(|one| one.entry.no.0).collect()
}

/// Two teams, two days, six bookings.
fn days() -> Vec<Booked> {
    let mut all = vec![
        Booked::new(1, 1, "2026-12-01T09:00:00Z"),
        Booked::new(2, 1, "2026-12-01T11:00:00Z"),
        Booked::new(3, 2, "2026-12-01T13:00:00Z"),
        Booked::new(4, 2, "2026-12-02T07:00:00Z"),
        Booked::new(5, 1, "2026-12-02T09:00:00Z"),
        Booked::new(6, 1, "2026-12-02T09:00:00Z"),
    ];
    (all[1].client_name, all[4].status) = ("Grace_Hopper", "cancelled");
    all
}

#[test]
fn a_booking_is_found_by_its_id_and_by_its_number() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        write(&database, &days());
        let bookings = Bookings::new(database);

        let found = bookings.booking_by_number(BookingNo(4)).unwrap().unwrap();

        assert_eq!(found.id, BookingId(id(1_004)));
        assert_eq!((found.key.team, found.key.day), (team(2).id, day("2026-12-02")));
        assert_eq!(found.entry.member, Some(member(11, &[]).id));
        assert_eq!(found.entry.slot.starts_at, at("2026-12-02T07:00:00Z"));
        assert_eq!((found.entry.rev, found.seq, found.link_no), (1, 1, 1));
        assert_eq!(bookings.booking(found.id).unwrap(), Some(found));
        assert_eq!(bookings.booking(BookingId(id(5))).unwrap(), None);
        assert_eq!(bookings.booking_by_number(BookingNo(99)).unwrap(), None);
    }
}

#[test]
fn a_listing_holds_what_every_filter_lets_through() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        write(&database, &days());
        let reference = days()[3].reference().to_lowercase();
        let bookings = Bookings::new(database);
        let text = |text: &str| BookingQuery { text: Some(text.to_owned()), ..query() };

        for (wanted, expected) in [
            (query(), vec![6, 5, 4, 3, 2, 1]),
            (BookingQuery { teams: Some(vec![team(2).id]), ..query() }, vec![4, 3]),
            (BookingQuery { teams: Some(Vec::new()), ..query() }, vec![]),
            (BookingQuery { from: Some(day("2026-12-02")), ..query() }, vec![6, 5, 4]),
            (BookingQuery { to: Some(day("2026-12-01")), ..query() }, vec![3, 2, 1]),
            (BookingQuery { from: Some(day("9000-01-01")), ..query() }, vec![]),
            (BookingQuery { statuses: vec![Status::Cancelled], ..query() }, vec![5]),
            (
                BookingQuery { service: Some(service(21, &[], &[]).id), ..query() }.clone(),
                (1..=6).rev().collect(),
            ),
            (BookingQuery { service: Some(service(22, &[], &[]).id), ..query() }, vec![]),
            (BookingQuery { member: Some(MemberId(id(99))), ..query() }, vec![]),
            (BookingQuery { client_user: Some(domain::ids::UserId(id(41))), ..query() }, vec![]),
            (text(&reference), vec![4]),
            (text("grace_"), vec![2]),
            (text("ADA@"), vec![6, 5, 4, 3, 2, 1]),
            (text("100%"), vec![6, 5, 4, 3, 2, 1]),
            (text("a%a"), vec![]),
        ] {
            assert_eq!(numbers(&bookings, &wanted), expected, "{wanted:?}");
        }
    }
}

#[test]
fn pages_neither_repeat_a_booking_nor_lose_one_while_more_are_made() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        write(&database, &days());
        let bookings = Bookings::new(database.clone());
        for (turn, (sort, expected)) in (0_i64..).zip([
            (BookingSort::NewestFirst, vec![6, 5, 4, 3, 2, 1]),
            (BookingSort::OldestFirst, vec![1, 2, 3, 4, 5, 6]),
            (BookingSort::StartsSoonest, vec![1, 2, 3, 4, 5, 6]),
            (BookingSort::StartsLatest, vec![6, 5, 4, 3, 2, 1]),
        ]) {
            let old = |no: &i64| *no <= 6;
            let mut seen = Vec::new();
            let mut page = BookingQuery { limit: 2, sort, ..query() };
            loop {
                let found = bookings.bookings(&page).unwrap();
                assert!(found.items.len() <= 2);
                seen.extend(found.items.iter().map(|one| one.entry.no.0));
                let Some(next) = found.next else { break };
                page.cursor = Some(next);
                if seen.len() == 2 {
                    // Before the beginning or after the end of what is being read, on a day apart.
                    let starts_at = format!("2026-12-0{}T09:00:00Z", 3 + turn);
                    write(&database, &[Booked::new(10 + turn, 1, &starts_at)]);
                }
            }
            seen.retain(old);
            assert_eq!(seen, expected, "{sort:?}");
        }
    }
}

#[test]
fn a_cursor_of_another_listing_is_refused() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        write(&database, &days());
        let bookings = Bookings::new(database);
        let next = bookings.bookings(&BookingQuery { limit: 1, ..query() }).unwrap().next;

        for cursor in [next.unwrap(), "nonsense".to_owned()] {
            let other =
                BookingQuery { cursor: Some(cursor), sort: BookingSort::StartsSoonest, ..query() };
            let refused = bookings.bookings(&other);
            assert!(matches!(refused, Err(StoreError::Reference { what: "cursor" })));
        }
    }
}

#[test]
fn revoking_links_raises_the_number_that_is_valid() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        write(&database, &days());
        let bookings = Bookings::new(database);
        let booking = BookingId(id(1_001));

        bookings.revoke_links(booking).unwrap();

        assert_eq!(bookings.booking(booking).unwrap().unwrap().link_no, 2);
        let missing = bookings.revoke_links(BookingId(id(5)));
        assert!(matches!(missing, Err(StoreError::Reference { what: "booking" })));
    }
}

#[test]
fn a_booking_that_moved_remembers_what_happened_to_it_before() {
    for fixture in [Some(sqlite()), postgres()].into_iter().flatten() {
        let teams = [author::team(&fixture, 1, 9), author::team(&fixture, 2, 9)];
        let [mut from, mut to] = teams.each_ref().map(|team| Author::load(&fixture, team));
        let mut lane = fixture.lane();
        let (nine, ten) = (author::hours(9.0, 10.0), author::hours(10.0, 11.0));
        let booking = from.book(1, nine);
        from.book(2, nine);
        from.commit(&mut *lane);
        let present = Box::new(from.image.entries[&booking].clone());
        let wanted = author::book(1, ten, Assignment::Nobody);
        let taken = to.take(author::take(author::op(1), wanted, Origin::Elsewhere(present)));
        from.depart(author::op(1), booking);
        from.commit(&mut *lane);
        to.commit(&mut *lane);
        let moved = DecidedBooking { from: Some(from.no), ..taken };
        let confirmed = author::decision(author::op(1), OpStatus::Confirmed, vec![moved.clone()]);
        author::decide_op(&mut *lane, &confirmed);
        let (key, entry) = (moved.key, Box::new(moved.entry));
        from.settle(author::op(1), booking, Settlement::Depart { to: key, entry });
        from.commit(&mut *lane);
        to.settle(author::op(1), booking, Settlement::Confirm);
        to.commit(&mut *lane);

        let bookings = Bookings::new(std::sync::Arc::clone(&fixture.database));
        let record = bookings.booking(booking).unwrap().unwrap();
        let events = bookings.booking_events(&record).unwrap();
        let mut kinds: Vec<_> = events.iter().map(|one| one.event.kind()).collect();
        assert_eq!(kinds.remove(0), "booked");
        kinds.sort_unstable();
        assert_eq!(kinds, ["departed", "departing", "held", "hold-confirmed"]);
    }
}
