//! Operations of staff on work that comes back by the clock.

use super::operation::{Access, Operation};
use super::schemas::{list, object, one};
use crate::http::admin::schedule::{DetailView, Fields, View};
use crate::http::codes::Code;

const TAG: &str = "operations";

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/api/admin/schedule", TAG, "Lists jobs, with their next and last times")
        .by(Access::Desk)
        .answers(200, list::<View>),
    Operation::get("/api/admin/schedule/{job}", TAG, "Shows what became of the times of a job")
        .by(Access::Desk)
        .answers(200, one::<DetailView>),
    Operation::change("PUT", "/api/admin/schedule/{job}", TAG, "Says when a job runs, from now on")
        .by(Access::Admin)
        .at_rev()
        .takes(one::<Fields>)
        .answers(200, one::<View>),
    Operation::change("POST", "/api/admin/schedule/{job}/run", TAG, "Has a job run now")
        .by(Access::Admin)
        .answers(202, object)
        .fails(&[Code::AlreadyExists]),
];
