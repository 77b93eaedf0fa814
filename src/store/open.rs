//! Opening a database: the one place that knows which engine is behind the handles.

use std::sync::Arc;

use crate::audit::Audit;
use crate::bookings::Bookings;
use crate::catalog::Catalog;
use crate::connection::{Role, Target};
use crate::database::Database;
use crate::direct_letters::DirectLetters;
use crate::error::StoreError;
use crate::feeds::Feeds;
use crate::health::Health;
use crate::ledgers::Ledgers;
use crate::letters::Letters;
use crate::ops::Ops;
use crate::payments::Payments;
use crate::postgres::PostgresLane;
use crate::promos::Promos;
use crate::purge::Purges;
use crate::reconciliation::Reconciliations;
use crate::reminder_refusals::ReminderRefusals;
use crate::reminders::Reminders;
use crate::schedule::Schedules;
use crate::sign_in_links::SignInLinks;
use crate::sqlite::SqliteLane;
use crate::traits::CommitLane;
use crate::users::Users;
use crate::webhooks::Webhooks;
use crate::{Opened, Store, StoreOptions};

/// Opens a database to work on it: handles to share, and the lanes that write bookings.
///
/// # Errors
///
/// [`StoreError::Unusable`] when there is no database, when [`crate::migrate()`] has not brought it
/// up to date or it is from a newer version, when another process holds it, or when the engine
/// would not keep our promises. [`StoreError::Unavailable`] when it cannot be reached in time.
pub fn open(options: &StoreOptions) -> Result<Opened, StoreError> {
    let database = Arc::new(Database::open(options, Role::Writer)?);
    let lane = || -> Result<Box<dyn CommitLane>, StoreError> {
        let database = Arc::clone(&database);
        Ok(match Target::parse(&options.url)? {
            Target::Sqlite(_) => Box::new(SqliteLane::open(database)?),
            Target::Postgres(_) => Box::new(PostgresLane::open(database)?),
        })
    };
    let lanes_count = match Target::parse(&options.url)? {
        // It has one writer, so a second lane could only wait for the first.
        Target::Sqlite(_) => 1,
        Target::Postgres(_) => options.lanes.max(1),
    };
    let lanes = (0..lanes_count).map(|_| lane()).collect::<Result<_, _>>()?;
    Ok(Opened { store: handles(&database), lanes })
}

/// Opens a database to look at it, beside a server that works on it or without one. Handles that
/// would write answer [`StoreError::Unavailable`].
///
/// # Errors
///
/// As [`open`], except that it does not matter who else holds the database.
pub fn open_readonly(options: &StoreOptions) -> Result<Store, StoreError> {
    Ok(handles(&Arc::new(Database::open(options, Role::Reader)?)))
}

fn handles(database: &Arc<Database>) -> Store {
    Store {
        ledgers: Arc::new(Ledgers::new(Arc::clone(database))),
        bookings: Arc::new(Bookings::new(Arc::clone(database))),
        catalog: Arc::new(Catalog::new(Arc::clone(database))),
        users: Arc::new(Users::new(Arc::clone(database))),
        audit: Arc::new(Audit::new(Arc::clone(database))),
        health: Arc::new(Health::new(Arc::clone(database))),
        ops: Arc::new(Ops::new(Arc::clone(database))),
        payments: Arc::new(Payments::new(Arc::clone(database))),
        promos: Arc::new(Promos::new(Arc::clone(database))),
        letters: Arc::new(Letters::new(Arc::clone(database))),
        reminders: Arc::new(Reminders::new(Arc::clone(database))),
        direct_letters: Arc::new(DirectLetters::new(Arc::clone(database))),
        sign_in_links: Arc::new(SignInLinks::new(Arc::clone(database))),
        reminder_refusals: Arc::new(ReminderRefusals::new(Arc::clone(database))),
        feeds: Arc::new(Feeds::new(Arc::clone(database))),
        webhooks: Arc::new(Webhooks::new(Arc::clone(database))),
        reconciliation: Arc::new(Reconciliations::new(Arc::clone(database))),
        schedule: Arc::new(Schedules::new(Arc::clone(database))),
        purges: Arc::new(Purges::new(Arc::clone(database))),
    }
}
