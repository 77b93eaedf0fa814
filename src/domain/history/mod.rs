//! The history checker: from what was written and what clients saw, was every promise kept?
//!
//! One module for tests, `daybook verify` and the running auditor. It replays a ledger's events
//! through a model of its own that shares no code with [`crate::ledger`], so that a mistake in the
//! rules cannot hide behind itself.
//!
//! Every answer names the sequence number at which it is true. That number is a witness: instead of
//! searching for an order in which the answers make sense, the checker looks whether the one they
//! claim does, in O(n log n).

use std::collections::BTreeMap;

use crate::ids::{BookingId, Epoch};
use crate::ledger::{Capacity, Class, LedgerKey, Recorded};

mod day;
mod kept;
mod operations;
mod order;
mod people;
mod replay;
mod seen;
#[cfg(test)]
mod tests;

pub use operations::{OpFact, Outcome};

/// Most violations reported in one check. One is enough to stop a release; a broken database must
/// not fill the memory of whoever looks at it.
pub const VIOLATIONS_MAX: usize = 1_000;

/// A ledger as stored: what it began with and everything that happened.
#[derive(Debug, Clone)]
pub struct LedgerHistory {
    pub key: LedgerKey,
    pub epoch: Epoch,
    pub opening: Capacity,
    pub events: Vec<Recorded>,
}

/// What a client was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The change is durable and has this sequence number.
    Done { booking: BookingId, seq: u64 },
    /// The team's day was full when it stood at `seq`: `requested` units did not fit. A service's
    /// own limit is not in the events, so a refusal for that is [`Answer::Refused`] here.
    Full { seq: u64, requested: u32 },
    /// Refused for another reason.
    Refused,
    /// The connection died, or the server did not know.
    Unknown,
}

/// What a client wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A new booking.
    Book { units: u32, class: Class },
    /// A change of a booking or of the day.
    Change,
}

/// One request as its client saw it. Times are nanoseconds of one monotonic clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub key: LedgerKey,
    pub asked: Asked,
    /// The idempotency key it carried, made unique among principals. A retry is a second
    /// observation with the same key.
    pub idempotency_key: String,
    /// The epoch that the answer named, when it named one.
    pub epoch: Option<Epoch>,
    pub invoked_ns: u64,
    pub responded_ns: u64,
    pub answer: Answer,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{promise}: {detail}")]
pub struct Violation {
    /// `P1` … `P9` of docs/ARCHITECTURE.md.
    pub promise: &'static str,
    pub detail: String,
}

/// Checks histories on their own: sequence, limits, people. Needs no clients.
pub fn check_histories(histories: &[LedgerHistory]) -> Vec<Violation> {
    let mut findings = Findings::default();
    let days: Vec<_> =
        histories.iter().map(|history| replay::replay(history, &mut findings)).collect();
    people::check(&days, &mut findings);
    findings.list
}

/// Checks that operations were carried out as decided: all of it or nothing, a place for everybody
/// who had one, and never two. Needs the histories of all ledgers and all operations, as they stood
/// at one moment; what is decided need not be settled at that moment, see [`check_settled`].
pub fn check_operations(histories: &[LedgerHistory], ops: &[OpFact]) -> Vec<Violation> {
    let mut findings = Findings::default();
    operations::check(histories, ops, &mut findings);
    findings.list
}

/// Checks that nothing is held or frozen for an operation that is decided. True once everything has
/// come to rest and been swept, and only then.
pub fn check_settled(histories: &[LedgerHistory], ops: &[OpFact]) -> Vec<Violation> {
    let mut findings = Findings::default();
    operations::check_settled(histories, ops, &mut findings);
    findings.list
}

/// Checks what clients saw against what is stored: order, durability, refusals, keys. Other clients
/// may have been at work as well; when there were none, see also [`check_asked`].
pub fn check_observations(
    histories: &[LedgerHistory],
    observations: &[Observation],
) -> Vec<Violation> {
    let mut findings = Findings::default();
    let logs = logs(histories);
    seen::check(&logs, observations, &mut findings);
    order::check(&logs, observations, &mut findings);
    findings.list
}

/// Checks that every booking in `histories` was asked for, given that `observations` tell of every
/// request that was ever made: what nobody was told about can only come from a request whose answer
/// was lost, and each of those made one booking at most.
pub fn check_asked(histories: &[LedgerHistory], observations: &[Observation]) -> Vec<Violation> {
    let mut findings = Findings::default();
    seen::check_asked(&logs(histories), observations, &mut findings);
    findings.list
}

/// What was found, up to [`VIOLATIONS_MAX`].
#[derive(Debug, Default)]
struct Findings {
    list: Vec<Violation>,
}

impl Findings {
    fn add(&mut self, promise: &'static str, detail: impl FnOnce() -> String) {
        if self.list.len() < VIOLATIONS_MAX {
            self.list.push(Violation { promise, detail: detail() });
        }
    }
}

/// A history laid out for looking up what a client was told.
struct Log<'a> {
    epoch: Epoch,
    events: BTreeMap<u64, &'a Recorded>,
    /// By sequence number, from 0: the room there was after that event.
    rooms: BTreeMap<u64, day::Room>,
}

fn logs(histories: &[LedgerHistory]) -> BTreeMap<LedgerKey, Log<'_>> {
    let log = |history| {
        // What is wrong with the history itself is for `check_histories` to say.
        let rooms = replay::rooms(history);
        let events = history.events.iter().map(|recorded| (recorded.seq, recorded)).collect();
        (history.key, Log { epoch: history.epoch, events, rooms })
    };
    histories.iter().map(log).collect()
}
