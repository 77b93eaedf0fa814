//! Links that clients sign in by, from when somebody asked for one until it was used or is over.
//!
//! **Invariant:** a link is used once: by compare-and-set on its not having been.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::database::Database;
use crate::direct_letters::{NewDirect, ask_for};
use crate::error::StoreError;
use crate::rows::{stamp, uuid};
use crate::schema::sign_in_links;

/// A link that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    pub id: Uuid,
    /// The address that was typed, in lower case; perhaps nobody's.
    pub email: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// Links that clients sign in by.
pub trait SignInLinkStore: Send + Sync + 'static {
    /// Writes a link down, and has the letter with it written; false when `open_max` that are good
    /// still were asked for by this address. Forgets those of everybody that are over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn ask_to_sign_in(
        &self,
        link: &SignInLink,
        letter: &NewDirect,
        open_max: i64,
    ) -> Result<bool, StoreError>;

    /// A link.
    ///
    /// # Errors
    ///
    /// As [`SignInLinkStore::ask_to_sign_in`].
    fn sign_in_link(&self, id: Uuid) -> Result<Option<SignInLink>, StoreError>;

    /// Uses a link up; false when it was used, is over, or never was.
    ///
    /// # Errors
    ///
    /// As [`SignInLinkStore::ask_to_sign_in`].
    fn use_sign_in_link(&self, id: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError>;
}

/// Reads and writes such links.
pub(crate) struct SignInLinks {
    database: Arc<Database>,
}

impl SignInLinks {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_in_links)]
struct LinkRow {
    id: Vec<u8>,
    email: String,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    used_at: Option<NaiveDateTime>,
}

impl SignInLinkStore for SignInLinks {
    fn ask_to_sign_in(
        &self,
        link: &SignInLink,
        letter: &NewDirect,
        open_max: i64,
    ) -> Result<bool, StoreError> {
        let now = stamp(link.created_at);
        let row = LinkRow {
            id: link.id.as_bytes().to_vec(),
            email: link.email.clone(),
            created_at: now,
            expires_at: stamp(link.expires_at),
            used_at: link.used_at.map(stamp),
        };
        self.database.write(|conn| {
            let over = sign_in_links::table.filter(sign_in_links::expires_at.le(now));
            diesel::delete(over).execute(conn)?;
            let open: i64 = sign_in_links::table
                .filter(sign_in_links::email.eq(&row.email))
                .count()
                .get_result(conn)?;
            if open >= open_max {
                return Ok(false);
            }
            diesel::insert_into(sign_in_links::table).values(&row).execute(conn)?;
            ask_for(conn, letter)
        })
    }

    fn sign_in_link(&self, id: Uuid) -> Result<Option<SignInLink>, StoreError> {
        let found: Option<LinkRow> = self.database.read(|conn| {
            Ok(sign_in_links::table
                .find(id.as_bytes().to_vec())
                .select(LinkRow::as_select())
                .first(conn)
                .optional()?)
        })?;
        let link = |row: LinkRow| {
            Ok(SignInLink {
                id: uuid(&row.id)?,
                email: row.email,
                created_at: row.created_at.and_utc(),
                expires_at: row.expires_at.and_utc(),
                used_at: row.used_at.map(|at| at.and_utc()),
            })
        };
        found.map(link).transpose()
    }

    fn use_sign_in_link(&self, id: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.database.write(|conn| {
            let used = diesel::update(sign_in_links::table.find(id.as_bytes().to_vec()))
                .filter(sign_in_links::used_at.is_null())
                .filter(sign_in_links::expires_at.gt(stamp(now)))
                .set(sign_in_links::used_at.eq(stamp(now)))
                .execute(conn)?;
            Ok(used == 1)
        })
    }
}
