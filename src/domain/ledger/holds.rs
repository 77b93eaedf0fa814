//! Places that are kept until an operation is decided.
//!
//! An operation is one change that several ledgers take part in (a series, a move to another day or
//! team), or one whose decision comes later (a client who is still typing, a payment, an offer to
//! somebody who waited). Each ledger does its part in two events, and neither waits for another:
//!
//! 1. *Take*: the place is held ([`super::Event::Held`]), and a booking that is to leave for
//!    another ledger is frozen where it is ([`super::Event::Departing`]). From here on the capacity
//!    is gone for everybody else.
//! 2. *Settle*: once the operation's one decision row says how it ended, holds become entries or
//!    are released, and what was frozen leaves or stays.
//!
//! Between the two the capacity is counted wherever the booking may end up, so it does not matter
//! when a ledger settles.

use super::{Entry, LedgerKey};
use crate::booking::Status;
use crate::ids::{HolderId, OpId};
use crate::time::Slot;

/// A place that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The operation that decides about it.
    pub op: OpId,
    /// The line it becomes when confirmed.
    pub entry: Entry,
    pub origin: Origin,
    /// Whether the booking has a row that people can see while it is held.
    pub is_visible: bool,
    /// Whether nobody knows yet who it is for. Of such holds a day takes only a share.
    pub is_unverified: bool,
}

/// What a booking had here before its place was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Prior {
    #[default]
    Nothing,
    /// This very place, kept by another operation for as long as nobody knew what it is for. It is
    /// the new operation's from now on, and has a row that people can see.
    Kept(OpId),
    /// A place that was given up, when people last saw the booking at `rev`.
    Ended { rev: u32 },
}

/// Where a held booking is until it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is a new one.
    New,
    /// In another ledger, as this line, which is frozen there.
    Elsewhere(Box<Entry>),
    /// In this ledger, as this line, which is frozen.
    Here(Box<Entry>),
}

impl Origin {
    /// The line that the booking leaves.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::New => None,
            Self::Elsewhere(entry) | Self::Here(entry) => Some(entry),
        }
    }
}

impl Hold {
    /// Units that it takes beside what the booking has in this ledger already.
    pub fn units(&self) -> u32 {
        match &self.origin {
            Origin::New | Origin::Elsewhere(_) => self.entry.units,
            Origin::Here(from) => self.entry.units.saturating_sub(from.units),
        }
    }

    /// The revision that people see while it is held, when they see it at all.
    pub fn visible_rev(&self) -> u32 {
        self.entry.rev.saturating_sub(1).max(1)
    }
}

/// A booking that is to leave for another ledger, frozen until that is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    pub op: OpId,
}

/// How an operation ended, as far as one booking in one ledger is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// What was held becomes an entry.
    Confirm,
    /// What was frozen has gone to `to`, as this line.
    Depart { to: LedgerKey, entry: Box<Entry> },
    /// What was held is free again and what was frozen stays; `Cancelled` or `Expired`.
    Release(Status),
}

/// Everyone and everything whose time `entry` takes, and when.
pub(super) fn times(entry: &Entry) -> impl Iterator<Item = (HolderId, Slot)> + '_ {
    entry.holders().map(|holder| (holder, entry.busy))
}
