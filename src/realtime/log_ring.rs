//! The last events of one log, shared by everybody who follows it.
//!
//! The ring covers every event after its *floor*: a listener who is at or past the floor misses
//! nothing by reading on from here, and anybody else begins anew.

use std::collections::VecDeque;
use std::time::Duration;

use domain::ids::Epoch;

use super::frames::Frame;
use super::limits::{RING_AGE_MAX, RING_EVENTS_MAX};
use super::topics::View;

/// An event, encoded for each view that may hear it.
#[derive(Debug, Clone)]
pub struct LogEvent {
    /// The hub's counter, which orders everything that was published.
    pub n: u64,
    pub seq: u64,
    pub public: Option<Frame>,
    pub staff: Option<Frame>,
}

impl LogEvent {
    /// What a listener with that view gets.
    pub fn frame(&self, view: View) -> Option<&Frame> {
        match view {
            View::Public => self.public.as_ref(),
            View::Staff => self.staff.as_ref(),
        }
    }
}

/// The last events of a log.
#[derive(Debug)]
pub struct LogRing {
    pub epoch: Epoch,
    /// Sequence number of the newest event, kept or not.
    pub newest: u64,
    floor: u64,
    /// The hub's counter up to which nothing is kept any more.
    floor_n: u64,
    events: VecDeque<(u64, LogEvent)>,
}

impl LogRing {
    /// A ring that begins after `seq`, at a time when the hub had counted to `n`.
    pub fn new(epoch: Epoch, seq: u64, n: u64) -> Self {
        Self { epoch, newest: seq, floor: seq, floor_n: n, events: VecDeque::new() }
    }

    /// Adds an event that is newer than all before it; the oldest make room.
    pub fn push(&mut self, event: LogEvent, now_ms: u64) {
        self.newest = event.seq;
        self.events.push_back((now_ms, event));
        let age_max_ms = ms(RING_AGE_MAX);
        while let Some((at_ms, _)) = self.events.front() {
            let is_over = self.events.len() > RING_EVENTS_MAX;
            if !is_over && now_ms.saturating_sub(*at_ms) <= age_max_ms {
                break;
            }
            if let Some((_, gone)) = self.events.pop_front() {
                (self.floor, self.floor_n) = (gone.seq, gone.n);
            }
        }
    }

    /// The events after `seq`, or nothing when that is not all of them.
    pub fn after(&self, seq: u64) -> Option<impl Iterator<Item = &LogEvent>> {
        let is_covered = (self.floor..=self.newest).contains(&seq);
        let events = self.events.iter().map(|(_, event)| event);
        is_covered.then(|| events.skip_while(move |event| event.seq <= seq))
    }

    /// The sequence number from which to read on so as to miss nothing that the hub published after
    /// `n`; nothing when the ring does not reach back so far.
    pub fn seq_at(&self, n: u64) -> Option<u64> {
        if n < self.floor_n {
            return None;
        }
        let seen = self.events.iter().rev().find(|(_, event)| event.n <= n);
        Some(seen.map_or(self.floor, |(_, event)| event.seq))
    }
}

/// A duration in the unit of the hub's clock.
pub fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
