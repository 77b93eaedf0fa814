//! Booking numbers, taken from the store in blocks so that a booking does not wait for one.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use domain::ids::BookingNo;

use super::{App, Failure};

/// Numbers taken at a time. A stop loses what is left of a block: gaps are normal.
const BLOCK: u16 = 1024;

/// The block in use.
#[derive(Debug, Default)]
pub struct References {
    left: Mutex<Range<i64>>,
    /// Held by whoever fetches the next block, so that a rush fetches one.
    fetching: tokio::sync::Mutex<()>,
}

impl References {
    fn take(&self) -> Option<BookingNo> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).next().map(BookingNo)
    }
}

impl App {
    /// A booking number that nobody else will ever get.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when a block was needed and the store did not give one.
    pub async fn next_booking_number(&self) -> Result<BookingNo, Failure> {
        if let Some(number) = self.references.take() {
            return Ok(number);
        }
        let _fetching = self.references.fetching.lock().await;
        if let Some(number) = self.references.take() {
            return Ok(number);
        }
        let first =
            self.blocking(|store| store.ledgers.reserve_booking_numbers(u32::from(BLOCK))).await?;
        let mut left = self.references.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = first + 1..first + i64::from(BLOCK);
        Ok(BookingNo(first))
    }
}
