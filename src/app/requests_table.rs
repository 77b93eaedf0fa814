//! The desk's table of service requests, one of them in detail, and the table as a file.

use domain::audit::AuditDraft;
use domain::ledger::{ActorKind, Ledger, Recorded};
use store::records::{BookingPage, BookingQuery, BookingRecord};
use store::{Store, StoreError};

use super::{App, BookingName, Facts, Failure, SeriesInfo};
use crate::auth::{Action, Caller, Resource, can};

/// Most rows of a file. Whoever needs more narrows the dates.
pub const EXPORT_ROWS_MAX: usize = 10_000;

/// Rows read in one query while making a file.
const EXPORT_PAGE_LEN: u16 = 500;

/// A service request with its story and its day.
#[derive(Debug, Clone)]
pub struct RequestDetail {
    pub record: BookingRecord,
    /// What happened to it, in order.
    pub history: Vec<Recorded>,
    /// The series that it is one of.
    pub series: Option<SeriesInfo>,
    /// How its ledger stands now.
    pub ledger: Ledger,
    pub facts: Facts,
}

impl App {
    /// One page of the table, as far as the caller's teams reach.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`] for those who have no table; [`Failure::Invalid`] for a cursor that
    /// is none of ours.
    pub async fn requests(
        &self,
        caller: &Caller,
        query: BookingQuery,
    ) -> Result<BookingPage, Failure> {
        let query = within_reach(caller, query)?;
        let page = self.blocking(move |store| read_page(store, &query)).await?;
        page.ok_or_else(|| Failure::invalid("cursor", "is not one that this sort has given out"))
    }

    /// The whole table as `query` filters it, at most [`EXPORT_ROWS_MAX`] rows, and whether there
    /// are more. Leaves a trace in the audit trail: a file of clients is easily carried away.
    ///
    /// # Errors
    ///
    /// As [`App::requests`].
    pub async fn requests_export(
        &self,
        caller: &Caller,
        query: BookingQuery,
    ) -> Result<(Vec<BookingRecord>, bool), Failure> {
        let query = within_reach(caller, query)?;
        let draft = AuditDraft {
            at: self.ambient.now(),
            actor: caller.actor(),
            action: "requests-exported".to_owned(),
            object: "requests".to_owned(),
            before: "null".to_owned(),
            after: "null".to_owned(),
            reason: None,
            request_id: caller.request_id,
            ledger: None,
        };
        self.blocking(move |store| {
            store.audit.append_audit(&draft)?;
            read_all(store, query)
        })
        .await
    }

    /// One service request in detail.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] also for one that is none of the caller's business.
    pub async fn request_detail(
        &self,
        caller: &Caller,
        name: BookingName,
    ) -> Result<RequestDetail, Failure> {
        let record = self.booking_for(caller, name, Action::ViewBooking).await?;
        let key = record.key;
        // Clients see their bookings elsewhere, without what staff say to each other.
        if !can(caller, Action::ViewTeam, &Resource::Team(key.team)) {
            return Err(Failure::NotFound);
        }
        let history = self.booking_history(&record).await?;
        let series = self.series_of(&record).await?;
        let loaded = self.blocking(move |store| store.ledgers.load(key)).await?;
        let (ledger, now) = (loaded.ok_or(Failure::NotFound)?.ledger, self.ambient.now());
        let facts = Facts::of(&ledger, now);
        Ok(RequestDetail { record, history, series, ledger, facts })
    }
}

/// Narrows `query` to what the caller may see: everything for the desk, their teams for members.
fn within_reach(caller: &Caller, query: BookingQuery) -> Result<BookingQuery, Failure> {
    if can(caller, Action::ViewTeam, &Resource::Everything) {
        return Ok(query);
    }
    if caller.kind != ActorKind::Member {
        return Err(Failure::Forbidden);
    }
    let own = caller.teams.iter().copied();
    let teams = match &query.teams {
        Some(wanted) => own.filter(|team| wanted.contains(team)).collect(),
        None => own.collect(),
    };
    Ok(BookingQuery { teams: Some(teams), ..query })
}

/// A page, or nothing when the cursor is none that was given out.
pub(super) fn read_page(
    store: &Store,
    query: &BookingQuery,
) -> Result<Option<BookingPage>, StoreError> {
    match store.bookings.bookings(query) {
        Err(StoreError::Reference { what: "cursor" }) => Ok(None),
        other => other.map(Some),
    }
}

fn read_all(store: &Store, query: BookingQuery) -> Result<(Vec<BookingRecord>, bool), StoreError> {
    let mut query = BookingQuery { limit: EXPORT_PAGE_LEN, cursor: None, ..query };
    let mut rows = Vec::new();
    loop {
        let page = store.bookings.bookings(&query)?;
        rows.extend(page.items);
        query.cursor = page.next;
        if query.cursor.is_none() || rows.len() >= EXPORT_ROWS_MAX {
            let has_more = query.cursor.is_some() || rows.len() > EXPORT_ROWS_MAX;
            rows.truncate(EXPORT_ROWS_MAX);
            return Ok((rows, has_more));
        }
    }
}
