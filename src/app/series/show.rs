//! Reading the series that a booking is one of.

use store::records::BookingRecord;

use super::SeriesInfo;
use crate::app::{App, Failure};

impl App {
    /// The series that `record` is one of, if it is.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when the database cannot be reached in time.
    pub async fn series_of(&self, record: &BookingRecord) -> Result<Option<SeriesInfo>, Failure> {
        let Some((id, index)) = record.draft.series else { return Ok(None) };
        let found = self.blocking(move |store| store.ops.series(id)).await?;
        Ok(found.map(|(series, bookings)| SeriesInfo { id, rule: series.rule, index, bookings }))
    }
}
