//! Booking numbers, taken from the store in blocks so that a booking does not wait for one.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use domain::ids::BookingNo;

use super::{App, Failure};

/// Numbers taken at a time: more than any one request needs. A stop loses what is left of a block:
/// gaps are normal.
const BLOCK: u16 = 1024;

/// The block in use.
#[derive(Debug, Default)]
pub struct References {
    left: Mutex<Range<i64>>,
    /// Held by whoever fetches the next block, so that a rush fetches one.
    fetching: tokio::sync::Mutex<()>,
}

impl References {
    /// So many numbers in a row, if that many are left.
    fn take(&self, count: u16) -> Option<Range<i64>> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let end = left.start + i64::from(count);
        (end <= left.end).then(|| std::mem::replace(&mut left.start, end)..end)
    }
}

impl App {
    /// A booking number that nobody else will ever get.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when a block was needed and the store did not give one.
    pub async fn next_booking_number(&self) -> Result<BookingNo, Failure> {
        self.next_booking_numbers(1).await.map(|numbers| BookingNo(numbers.start))
    }

    /// As [`App::next_booking_number`], several in a row.
    ///
    /// # Errors
    ///
    /// As [`App::next_booking_number`]; [`Failure::Internal`] for more than a block holds.
    pub async fn next_booking_numbers(&self, count: u16) -> Result<Range<i64>, Failure> {
        if let Some(numbers) = self.references.take(count) {
            return Ok(numbers);
        }
        let _fetching = self.references.fetching.lock().await;
        if let Some(numbers) = self.references.take(count) {
            return Ok(numbers);
        }
        let first =
            self.blocking(|store| store.ledgers.reserve_booking_numbers(u32::from(BLOCK))).await?;
        let (own, end) = (first + i64::from(count), first + i64::from(BLOCK));
        *self.references.left.lock().unwrap_or_else(PoisonError::into_inner) = own..end;
        if own <= end { Ok(first..own) } else { Err(Failure::Internal) }
    }
}
