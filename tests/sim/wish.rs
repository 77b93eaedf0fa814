//! What clients want of a node, and what they hear.

use domain::history::Asked;
use domain::ids::{BookingId, Epoch, OpId};
use domain::ledger::{Assignment, Book, Class, Command, LedgerKey, Take, Waiting};
use domain::time::Slot;

use crate::city::City;

/// Something a client wants.
#[derive(Debug, Clone)]
pub enum Wish {
    /// One command; what is about a booking goes wherever that is by now.
    Command { key: LedgerKey, command: Command },
    /// Several bookings, all of them or, if `may_skip`, as many as there is room for.
    Together { places: Vec<(LedgerKey, Book)>, may_skip: bool },
    /// Bookings that move, perhaps to other ledgers, all of them or none.
    Move { to: Vec<Target> },
    /// A place that is kept while the client makes up its mind.
    Hold { key: LedgerKey, take: Box<Take> },
    /// What was held for `op` after all.
    Confirm { op: OpId, booking: BookingId },
    /// More time to make up its mind.
    Extend { op: OpId },
    /// What was held is not wanted any more.
    Release { op: OpId },
    /// To be told when there is room.
    Join { key: LedgerKey, waiting: Box<Waiting> },
    /// What was offered to somebody who waited.
    Accept { booking: BookingId },
}

/// Where a booking shall go.
#[derive(Debug, Clone)]
pub struct Target {
    pub booking: BookingId,
    pub key: LedgerKey,
    pub slot: Slot,
    pub assignment: Assignment,
}

impl Wish {
    /// The bookings that would be made, and only by this.
    pub fn new_bookings(&self) -> Vec<BookingId> {
        match self {
            Self::Command { command: Command::Book(book), .. } => vec![book.booking],
            Self::Together { places, .. } => places.iter().map(|(_, book)| book.booking).collect(),
            _ => Vec::new(),
        }
    }

    /// A ledger it is about.
    pub fn key(&self) -> LedgerKey {
        match self {
            Self::Command { key, .. } | Self::Hold { key, .. } | Self::Join { key, .. } => *key,
            Self::Together { places, .. } => places[0].0,
            Self::Move { to } => to[0].key,
            Self::Confirm { .. }
            | Self::Extend { .. }
            | Self::Release { .. }
            | Self::Accept { .. } => City::keys()[0],
        }
    }

    /// How many places it is about.
    pub fn places_count(&self) -> usize {
        match self {
            Self::Together { places, .. } => places.len(),
            Self::Move { to } => to.len(),
            _ => 1,
        }
    }

    /// What the checker knows it as.
    pub fn asked(&self) -> Asked {
        match self {
            Self::Command { command: Command::Book(book), .. } => {
                Asked::Book { units: book.units, class: book.class }
            }
            _ => Asked::Change,
        }
    }
}

/// What a client sends to a node.
#[derive(Debug, Clone)]
pub struct Request {
    pub wish: Wish,
    pub is_urgent: bool,
    pub idempotency_key: String,
}

/// What a node answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Durable: one spot for each thing wanted; nothing where there was no room.
    Done(Vec<Option<Spot>>),
    /// Nothing was written, and these did not fit.
    Full(Vec<Full>),
    /// Nothing was written, says the node.
    Refused(String),
    Unknown,
}

/// Where in a ledger's history something was done. `booking` is the one it is about, if it is about
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub key: LedgerKey,
    pub booking: Option<BookingId>,
    pub seq: u64,
    pub epoch: Epoch,
}

/// A place that a team's day had no room for when it stood at `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Full {
    pub key: LedgerKey,
    pub seq: u64,
    pub requested: u32,
    pub class: Class,
    pub epoch: Epoch,
}
