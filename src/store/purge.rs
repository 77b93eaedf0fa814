//! Removing rows that nobody needs any more.
//!
//! **Invariant:** only what is over is removed: a letter that somebody has, a session that has
//! ended. Up to when is written down in the same transaction, so that whoever checks the database
//! knows what cannot be there any more.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::rows::stamp;
use crate::schema::purges;

/// A kind of rows that grows old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purgeable {
    /// Letters that were sent, or that nobody was to get any more, and of which other systems know.
    Letters,
    /// Letters that were given up.
    DeadLetters,
    /// Reminders, whatever became of them but for those that were given up.
    Reminders,
    /// Reminders that were given up.
    DeadReminders,
    /// Letters without an event that were sent, or that nobody was to get any more.
    DirectLetters,
    /// Those of them that were given up.
    DeadDirectLetters,
    /// What became of telling other systems.
    Deliveries,
    /// What the payment provider told of its own accord and somebody has acted on.
    ProviderEvents,
    /// Sessions that have expired.
    Sessions,
    /// Decisions about the times of jobs.
    Runs,
}

impl Purgeable {
    /// Every kind, in the order in which they are purged.
    pub const ALL: [Self; 10] = [
        Self::Letters,
        Self::DeadLetters,
        Self::Reminders,
        Self::DeadReminders,
        Self::DirectLetters,
        Self::DeadDirectLetters,
        Self::Deliveries,
        Self::ProviderEvents,
        Self::Sessions,
        Self::Runs,
    ];

    /// The name in the database and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::DeadLetters => "dead-letters",
            Self::Reminders => "reminders",
            Self::DeadReminders => "dead-reminders",
            Self::DirectLetters => "direct-letters",
            Self::DeadDirectLetters => "dead-direct-letters",
            Self::Deliveries => "deliveries",
            Self::ProviderEvents => "provider-events",
            Self::Sessions => "sessions",
            Self::Runs => "runs",
        }
    }

    /// Deletes at most `$2` rows that were over before `$1`. Keys and not row numbers, because both
    /// engines read it.
    fn sql(self) -> &'static str {
        match self {
            Self::Letters => {
                "DELETE FROM outbox WHERE (ledger_id, seq, kind) IN
                   (SELECT ledger_id, seq, kind FROM outbox
                    WHERE done_at < $1 AND is_announced
                      AND state IN ('sent', 'superseded', 'skipped-late')
                    ORDER BY done_at LIMIT $2)"
            }
            Self::DeadLetters => {
                "DELETE FROM outbox WHERE (ledger_id, seq, kind) IN
                   (SELECT ledger_id, seq, kind FROM outbox
                    WHERE done_at < $1 AND is_announced AND state = 'dead'
                    ORDER BY done_at LIMIT $2)"
            }
            Self::Reminders => {
                "DELETE FROM reminders WHERE (booking_no, rev, rule_id) IN
                   (SELECT booking_no, rev, rule_id FROM reminders
                    WHERE done_at < $1 AND not_after < $1
                      AND state IN ('sent', 'superseded', 'skipped-late')
                    ORDER BY done_at LIMIT $2)"
            }
            Self::DeadReminders => {
                "DELETE FROM reminders WHERE (booking_no, rev, rule_id) IN
                   (SELECT booking_no, rev, rule_id FROM reminders
                    WHERE done_at < $1 AND not_after < $1 AND state = 'dead'
                    ORDER BY done_at LIMIT $2)"
            }
            Self::DirectLetters => {
                "DELETE FROM direct_letters WHERE (kind, topic) IN
                   (SELECT kind, topic FROM direct_letters
                    WHERE done_at < $1 AND not_after < $1
                      AND state IN ('sent', 'superseded', 'skipped-late')
                    ORDER BY done_at LIMIT $2)"
            }
            Self::DeadDirectLetters => {
                "DELETE FROM direct_letters WHERE (kind, topic) IN
                   (SELECT kind, topic FROM direct_letters
                    WHERE done_at < $1 AND not_after < $1 AND state = 'dead'
                    ORDER BY done_at LIMIT $2)"
            }
            Self::Deliveries => {
                "DELETE FROM webhook_deliveries WHERE id IN
                   (SELECT id FROM webhook_deliveries WHERE done_at < $1
                    ORDER BY done_at LIMIT $2)"
            }
            Self::ProviderEvents => {
                "DELETE FROM provider_events WHERE event_id IN
                   (SELECT event_id FROM provider_events
                    WHERE received_at < $1 AND state <> 'received'
                    ORDER BY received_at LIMIT $2)"
            }
            Self::Sessions => {
                "DELETE FROM sessions WHERE token_hash IN
                   (SELECT token_hash FROM sessions WHERE expires_at < $1
                    ORDER BY expires_at LIMIT $2)"
            }
            Self::Runs => {
                "DELETE FROM cron_runs WHERE (job, scheduled_for) IN
                   (SELECT job, scheduled_for FROM cron_runs
                    WHERE scheduled_for < $1 AND state IN ('done', 'failed', 'passed')
                    ORDER BY scheduled_for LIMIT $2)"
            }
        }
    }
}

/// Removes what is old.
pub trait PurgeStore: Send + Sync + 'static {
    /// Removes rows of one kind that were over before `before`, the oldest first, at most `limit`.
    /// Answers how many it were.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn purge(
        &self,
        what: Purgeable,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<usize, StoreError>;
}

/// Removes rows.
pub(crate) struct Purges {
    database: Arc<Database>,
}

impl Purges {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl PurgeStore for Purges {
    fn purge(
        &self,
        what: Purgeable,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<usize, StoreError> {
        let before = stamp(before);
        self.database.write(|conn| {
            let removed = diesel::sql_query(what.sql())
                .bind::<Timestamp, _>(before)
                .bind::<BigInt, _>(i64::from(limit))
                .execute(conn)?;
            if removed > 0 {
                note(conn, what, before)?;
            }
            Ok(removed)
        })
    }
}

/// Notes up to when rows are gone. It never goes back, whatever the age that is set.
fn note(conn: &mut AnyConnection, what: Purgeable, until: NaiveDateTime) -> Result<(), StoreError> {
    let row = purges::table.find(what.name());
    let known: Option<NaiveDateTime> = row.select(purges::purged_until).first(conn).optional()?;
    match known {
        None => {
            diesel::insert_into(purges::table)
                .values((purges::what.eq(what.name()), purges::purged_until.eq(until)))
                .execute(conn)?;
        }
        Some(known) if known < until => {
            diesel::update(row).set(purges::purged_until.eq(until)).execute(conn)?;
        }
        Some(_) => {}
    }
    Ok(())
}
