//! Every edge of the state diagram, and every edge that it lacks.

use std::collections::BTreeMap;

use super::{Status, Step, next};

mod policy;

/// Each state, and where each step that is allowed there leads. What is not here is not allowed.
const EDGES: &str = "
    waitlisted  expire=expired cancel=cancelled
    held        confirm=confirmed expire=expired cancel=cancelled
    pending     confirm=confirmed decline=declined expire=expired
    pending     cancel=cancelled reschedule=pending assign=pending
    confirmed   start=in_progress complete=completed no-show=no_show
    confirmed   cancel=cancelled reschedule=confirmed assign=confirmed
    in_progress complete=completed assign=in_progress
    completed   correct=confirmed
    no_show     correct=confirmed
";

#[test]
fn a_booking_moves_along_the_edges_of_the_diagram_and_no_others() {
    let mut edges = BTreeMap::new();
    for row in EDGES.trim().lines() {
        let (from, steps) = row.trim().split_once(' ').unwrap();
        for (step, to) in steps.split_whitespace().filter_map(|edge| edge.split_once('=')) {
            assert!(edges.insert((from, step), to).is_none(), "{from} {step} twice");
        }
    }
    for from in Status::ALL {
        for step in Step::ALL {
            let expected = edges.remove(&(from.name(), step.name()));
            assert_eq!(next(from, step).map(Status::name), expected, "{from} {}", step.name());
        }
    }
    assert!(edges.is_empty(), "no such state or step: {edges:?}");
}

#[test]
fn a_status_reads_back_from_its_name() {
    for status in Status::ALL {
        assert_eq!(Status::parse(&status.to_string()), Some(status));
    }
    assert_eq!(Status::parse("Confirmed"), None);
    assert_eq!(Status::parse(""), None);
}

#[test]
fn only_what_waits_or_has_ended_takes_no_capacity() {
    let free: Vec<Status> =
        Status::ALL.into_iter().filter(|status| !status.takes_capacity()).collect();

    let expected = [Status::Waitlisted, Status::Cancelled, Status::Declined, Status::Expired];
    assert_eq!(free, expected);
}

#[test]
fn nothing_leads_out_of_a_booking_that_has_ended() {
    // Its capacity may have been given away since.
    for ended in [Status::Cancelled, Status::Declined, Status::Expired] {
        assert!(Step::ALL.iter().all(|step| next(ended, *step).is_none()), "{ended}");
    }
}
