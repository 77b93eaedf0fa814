//! What money, or the lack of it, means for its booking.
//!
//! Money may come when the place is long gone. The ledger is asked whether it has room, as for
//! anybody else; when it has none, all of the money goes back. No day is overbooked for money.

use super::Status as Money;
use crate::booking::Status as Booking;

/// Whether the ledger has been asked for the place back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readmission {
    NotTried,
    /// It had no room.
    Refused,
}

/// What to do for a booking because of its money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing follows.
    Nothing,
    /// The place is held and paid for: it is the client's.
    Confirm,
    /// Ask the ledger for the place that was given up.
    Readmit,
    /// The money came and went again: the place is free.
    Release,
    /// Give all of it back that has not gone yet, and say what else could be had.
    RefundInFull,
    /// Leave everything as it is: more is to come, from the provider or from a person.
    Wait,
}

/// Decides what `money` means for a booking that stands at `booking`.
pub fn decide(booking: Booking, money: Money, readmission: Readmission) -> Action {
    match money {
        Money::Processing | Money::NeedsReview | Money::Disputed => Action::Wait,
        // Part of it may have gone back: what is left was paid for this place all the same.
        Money::Paid | Money::PartiallyRefunded | Money::RefundFailed => match booking {
            Booking::Held => Action::Confirm,
            // Nobody took it away from the client but time.
            Booking::Expired if readmission == Readmission::NotTried => Action::Readmit,
            Booking::Expired | Booking::Cancelled | Booking::Declined => Action::RefundInFull,
            Booking::Waitlisted
            | Booking::Pending
            | Booking::Confirmed
            | Booking::InProgress
            | Booking::Completed
            | Booking::NoShow => Action::Nothing,
        },
        Money::Refunded | Money::DisputeLost if booking == Booking::Held => Action::Release,
        Money::DisputeLost
        | Money::Refunded
        | Money::RefundPending
        | Money::CodCollected
        | Money::CodDue
        | Money::Expired
        | Money::Failed
        | Money::CheckoutOpen
        | Money::Creating
        | Money::NotRequired => Action::Nothing,
    }
}
