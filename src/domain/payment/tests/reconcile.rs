//! Our books beside the provider's.

use uuid::Uuid;

use super::*;
use crate::ids::BookingId;
use crate::payment::SessionRef;
use crate::payment::reconcile::{AttemptKey, Fix, Theirs, Verdict, compare};

fn key(booking: u128) -> AttemptKey {
    AttemptKey { booking: BookingId(Uuid::from_u128(booking)), attempt: AttemptNo(1) }
}

fn ours(session: Option<&str>, facts: Facts) -> Attempt {
    let session = session.map(|name| SessionRef(name.to_owned()));
    Attempt { asked: euros(ASKED), session, facts }
}

fn one(attempt: Option<Attempt>, page: Option<(&str, Option<u128>, Facts)>) -> (Verdict, Fix) {
    let books = attempt.map(|attempt| (key(1), attempt)).into_iter().collect();
    let theirs = page.map(|(name, bound_to, facts)| {
        (SessionRef(name.to_owned()), Theirs { bound_to: bound_to.map(key), facts })
    });
    let findings = compare(&books, &theirs.into_iter().collect());
    assert_eq!(findings.len(), 1, "{findings:?}");
    (findings[0].verdict, findings[0].fix)
}

#[test]
fn what_agrees_is_matched_and_what_they_know_more_is_applied() {
    let attempt = |facts| Some(ours(Some("cs_1"), facts));

    let same = one(attempt(completed(ASKED)), Some(("cs_1", Some(1), completed(ASKED))));
    let behind = one(attempt(checkout(Checkout::Open)), Some(("cs_1", Some(1), completed(ASKED))));

    assert_eq!(same, (Verdict::Matched, Fix::Nothing));
    assert_eq!(behind, (Verdict::Behind, Fix::Apply));
}

#[test]
fn money_that_differs_is_written_down_and_then_looked_at() {
    let read = completed(1);
    let page = || Some(("cs_1", Some(1), read.clone()));

    let first = one(Some(ours(Some("cs_1"), checkout(Checkout::Open))), page());
    let second = one(Some(ours(Some("cs_1"), read.clone())), page());

    assert_eq!(first, (Verdict::AmountDiffers, Fix::Apply));
    assert_eq!(second, (Verdict::AmountDiffers, Fix::Review));
}

#[test]
fn money_that_they_do_not_know_of_is_never_dropped() {
    let lost = one(
        Some(ours(Some("cs_1"), completed(ASKED))),
        Some(("cs_1", Some(1), checkout(Checkout::Open))),
    );
    let gone = one(Some(ours(Some("cs_1"), completed(ASKED))), None);

    assert_eq!(lost.0, Verdict::AmountDiffers);
    assert_eq!(gone, (Verdict::MissingThere, Fix::Review));
}

#[test]
fn an_attempt_without_a_page_is_asked_for_again_or_given_up() {
    assert_eq!(one(Some(ours(None, Facts::default())), None).1, Fix::AskAgain);
    assert_eq!(one(Some(ours(Some("cs_1"), checkout(Checkout::Open))), None).1, Fix::GiveUp);
    let refused = one(Some(ours(None, checkout(Checkout::Refused))), None);
    assert_eq!(refused, (Verdict::Matched, Fix::Nothing));
}

#[test]
fn a_page_whose_name_never_reached_us_is_adopted_by_its_attempt() {
    let (verdict, fix) =
        one(Some(ours(None, Facts::default())), Some(("cs_9", Some(1), completed(ASKED))));

    assert_eq!((verdict, fix), (Verdict::Behind, Fix::Adopt(key(1))));
}

#[test]
fn a_page_nobody_knows_is_closed_before_it_is_paid_and_reviewed_after() {
    for (facts, fix) in [
        (checkout(Checkout::Open), Fix::Close),
        (checkout(Checkout::Expired), Fix::Nothing),
        (completed(ASKED), Fix::Review),
        (checkout(Checkout::CompleteUnpaid), Fix::Review),
    ] {
        assert_eq!(one(None, Some(("cs_9", Some(7), facts))), (Verdict::MissingHere, fix));
    }
}

#[test]
fn every_attempt_and_every_page_is_reported_exactly_once() {
    let books = [
        (key(1), ours(Some("cs_1"), completed(ASKED))),
        (key(2), ours(None, Facts::default())),
        (key(3), ours(Some("cs_3"), checkout(Checkout::Open))),
    ];
    let page = |bound_to, facts| Theirs { bound_to: Some(key(bound_to)), facts };
    // Two pages claim attempt 2: one is adopted, the other is nobody's.
    let theirs = [
        ("cs_1", page(1, completed(ASKED))),
        ("cs_2a", page(2, completed(ASKED))),
        ("cs_2b", page(2, checkout(Checkout::Open))),
        ("cs_8", page(8, checkout(Checkout::Open))),
    ];
    let theirs = theirs.map(|(name, page)| (SessionRef(name.to_owned()), page));

    let findings = compare(&books.into_iter().collect(), &theirs.into_iter().collect());

    let lines: Vec<_> = findings
        .iter()
        .map(|it| (it.session.as_ref().map_or("", |it| &it.0), it.verdict.name(), it.fix.name()))
        .collect();
    assert_eq!(
        lines,
        [
            ("cs_1", "matched", "nothing"),
            ("cs_2a", "behind", "adopt"),
            ("cs_3", "missing_there", "give_up"),
            ("cs_2b", "missing_here", "close"),
            ("cs_8", "missing_here", "close"),
        ]
    );
}

#[test]
fn a_page_that_names_another_booking_is_a_difference() {
    let (verdict, _) = one(
        Some(ours(Some("cs_1"), checkout(Checkout::Open))),
        Some(("cs_1", Some(2), completed(ASKED))),
    );

    assert_eq!(verdict, Verdict::AmountDiffers);
}
