//! What the provider told of its own accord: each thing once, until somebody has acted on it.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::records::{EventEnd, EventRecord, EventState};
use crate::aside::taken;
use crate::database::Database;
use crate::error::StoreError;
use crate::rows::{count, number, stamp};
use crate::schema::provider_events;

/// A row of `provider_events`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = provider_events)]
struct EventRow {
    event_id: String,
    kind: String,
    body: String,
    received_at: NaiveDateTime,
    state: String,
    tries: i32,
    next_try_at: NaiveDateTime,
    last_error: Option<String>,
}

impl EventRow {
    fn of(event: &EventRecord) -> Self {
        Self {
            event_id: event.id.clone(),
            kind: event.kind.clone(),
            body: event.body.clone(),
            received_at: stamp(event.received_at),
            state: event.state.name().to_owned(),
            tries: number(event.tries_count),
            next_try_at: stamp(event.next_try_at),
            last_error: event.last_error.clone(),
        }
    }

    fn record(self) -> Result<EventRecord, StoreError> {
        let unknown = || StoreError::Corrupt(format!("an event of the provider: {}", self.state));
        Ok(EventRecord {
            state: EventState::parse(&self.state).ok_or_else(unknown)?,
            id: self.event_id,
            kind: self.kind,
            body: self.body,
            received_at: self.received_at.and_utc(),
            tries_count: count(self.tries)?,
            next_try_at: self.next_try_at.and_utc(),
            last_error: self.last_error,
        })
    }
}

pub(super) fn put(database: &Database, event: &EventRecord) -> Result<bool, StoreError> {
    let row = EventRow::of(event);
    let written = database.write(|conn| {
        let inserted = diesel::insert_into(provider_events::table).values(row).execute(conn);
        inserted.map(|_one| ()).map_err(taken("event"))
    });
    match written {
        Ok(()) => Ok(true),
        Err(StoreError::Taken { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn due(
    database: &Database,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<EventRecord>, StoreError> {
    database.read(|conn| {
        let rows: Vec<EventRow> = provider_events::table
            // A literal, since an engine uses the index only where it can read that off.
            .filter(sql::<Bool>("provider_events.state = 'received'"))
            .filter(provider_events::next_try_at.le(stamp(now)))
            .order((provider_events::next_try_at, provider_events::event_id))
            .limit(i64::from(limit))
            .select(EventRow::as_select())
            .load(conn)?;
        rows.into_iter().map(EventRow::record).collect()
    })
}

pub(super) fn end(database: &Database, id: &str, end: &EventEnd) -> Result<(), StoreError> {
    database.write(|conn| {
        // What somebody else has brought to an end stays there.
        let open = provider_events::table
            .find(id)
            .filter(provider_events::state.eq(EventState::Received.name()));
        diesel::update(open)
            .set((
                provider_events::state.eq(end.state.name()),
                provider_events::tries.eq(number(end.tries_count)),
                provider_events::next_try_at.eq(stamp(end.next_try_at)),
                provider_events::last_error.eq(end.error.as_deref()),
            ))
            .execute(conn)?;
        Ok(())
    })
}
