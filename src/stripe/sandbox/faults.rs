//! Answers that go wrong on demand.

use std::collections::VecDeque;

use serde::Deserialize;

/// Most faults that are planned at a time.
const PLANNED_MAX: usize = 1_000;

/// How an answer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Too many requests: nothing happens.
    Busy,
    /// An internal error: nothing happens.
    Broken,
    /// It happens, and the answer is an internal error.
    Lost,
    /// It happens, and the answer ends in the middle.
    Truncated,
    /// It happens, and the answer takes half a minute.
    Hanging,
}

/// The next `times` answers to requests whose path contains `path` go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub path: String,
    pub kind: FaultKind,
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// What is planned.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: VecDeque<Fault>,
}

impl Faults {
    pub fn plan(&mut self, fault: Fault) {
        if self.planned.len() < PLANNED_MAX {
            self.planned.push_back(fault);
        }
    }

    /// The fault that befalls this request, if any.
    pub fn befall(&mut self, path: &str) -> Option<FaultKind> {
        let found = self
            .planned
            .iter_mut()
            .find(|fault| fault.times > 0 && path.contains(&fault.path))
            .map(|fault| {
                fault.times -= 1;
                fault.kind
            });
        self.planned.retain(|fault| fault.times > 0);
        found
    }
}
