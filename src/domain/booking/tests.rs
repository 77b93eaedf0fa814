//! Every edge of the state diagram, and every edge that it lacks.

use super::{Status, Step, next};

/// A row for each state, a column for each step in the order of [`Step::ALL`].
const EDGES: &str = "
                start        complete   no-show  correct    cancel     reschedule  assign
    confirmed   in_progress  completed  no_show  -          cancelled  confirmed   confirmed
    in_progress -            completed  -        -          -          -           in_progress
    completed   -            -          -        confirmed  -          -           -
    no_show     -            -          -        confirmed  -          -           -
    cancelled   -            -          -        -          -          -           -
";

#[test]
fn a_booking_moves_along_the_edges_of_the_diagram_and_no_others() {
    let mut rows = EDGES.trim().lines().map(|row| row.split_whitespace().collect::<Vec<_>>());

    let steps: Vec<&str> = Step::ALL.iter().map(|step| step.name()).collect();
    assert_eq!(rows.next(), Some(steps));
    for from in Status::ALL {
        let mut expected = vec![from.name()];
        expected.extend(Step::ALL.map(|step| next(from, step).map_or("-", Status::name)));
        assert_eq!(rows.next(), Some(expected));
    }
    assert_eq!(rows.next(), None);
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
fn only_a_cancelled_booking_gives_its_capacity_back() {
    let free: Vec<Status> =
        Status::ALL.into_iter().filter(|status| !status.takes_capacity()).collect();

    assert_eq!(free, [Status::Cancelled]);
}

#[test]
fn nothing_leads_out_of_a_cancelled_booking() {
    // Its capacity may have been given away since.
    assert!(Step::ALL.iter().all(|step| next(Status::Cancelled, *step).is_none()));
}
