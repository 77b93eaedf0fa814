//! Accounts, and the browsers that are signed in to them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{MemberId, UserId};

use crate::aside::{change_with, reference, taken};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::records::{SessionRecord, UserRecord};
use crate::rows::stamp;
use crate::rows::user::{SessionRow, UserRow};
use crate::schema::{members, sessions, users};
use crate::traits::{Aside, EndSession, UserStore};

/// Reads and writes accounts and sessions.
pub(crate) struct Users {
    database: Arc<Database>,
}

impl Users {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

/// A row and the id of its member.
type Found = (UserRow, Option<Vec<u8>>);

fn record((row, member): Found) -> Result<UserRecord, StoreError> {
    row.record(member.as_deref())
}

impl UserStore for Users {
    fn user(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        let wanted = id.0.as_bytes().to_vec();
        self.database.read(|conn| {
            let found: Option<Found> = users::table
                .left_join(members::table)
                .filter(users::id.eq(wanted))
                .select((UserRow::as_select(), members::id.nullable()))
                .first(conn)
                .optional()?;
            found.map(record).transpose()
        })
    }

    fn user_by_email(&self, email: &str) -> Result<Option<UserRecord>, StoreError> {
        self.database.read(|conn| {
            let found: Option<Found> = users::table
                .left_join(members::table)
                .filter(users::email.eq(email))
                .select((UserRow::as_select(), members::id.nullable()))
                .first(conn)
                .optional()?;
            found.map(record).transpose()
        })
    }

    fn users(&self, after: Option<&str>, limit: u16) -> Result<Vec<UserRecord>, StoreError> {
        self.database.read(|conn| {
            let found: Vec<Found> = users::table
                .left_join(members::table)
                .filter(users::email.gt(after.unwrap_or("")))
                .order(users::email)
                .limit(i64::from(limit))
                .select((UserRow::as_select(), members::id.nullable()))
                .load(conn)?;
            found.into_iter().map(record).collect()
        })
    }

    fn put_user(
        &self,
        user: &UserRecord,
        expected_rev: Option<i64>,
        aside: &Aside,
    ) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| put(conn, user, expected_rev))
    }

    fn insert_session(&self, session: &SessionRecord) -> Result<(), StoreError> {
        let row = SessionRow::from(session);
        self.database.write(|conn| {
            let inserted = diesel::insert_into(sessions::table).values(row).execute(conn);
            inserted.map(|_one| ()).map_err(reference("user"))
        })
    }

    fn session(
        &self,
        token_hash: &[u8; 32],
    ) -> Result<Option<(SessionRecord, UserRecord)>, StoreError> {
        self.database.read(|conn| {
            let found: Option<(SessionRow, UserRow, Option<Vec<u8>>)> = sessions::table
                .inner_join(users::table.left_join(members::table))
                .filter(sessions::token_hash.eq(token_hash.to_vec()))
                .select((SessionRow::as_select(), UserRow::as_select(), members::id.nullable()))
                .first(conn)
                .optional()?;
            let Some((session, user, member)) = found else { return Ok(None) };
            Ok(Some((session.try_into()?, user.record(member.as_deref())?)))
        })
    }

    fn touch_session(&self, token_hash: &[u8; 32], at: DateTime<Utc>) -> Result<(), StoreError> {
        self.database.write(|conn| {
            diesel::update(sessions::table.find(token_hash.to_vec()))
                .set(sessions::last_seen_at.eq(stamp(at)))
                .execute(conn)?;
            Ok(())
        })
    }

    fn end_session(&self, which: EndSession, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.database.write(|conn| {
            match which {
                EndSession::One(token_hash) => {
                    diesel::delete(sessions::table.find(token_hash.to_vec())).execute(conn)?;
                }
                EndSession::AllOf(user) => {
                    let theirs = sessions::user_id.eq(user.0.as_bytes().to_vec());
                    diesel::delete(sessions::table.filter(theirs)).execute(conn)?;
                }
            }
            let expired = sessions::expires_at.lt(stamp(now));
            diesel::delete(sessions::table.filter(expired)).execute(conn)?;
            Ok(())
        })
    }
}

fn put(
    conn: &mut AnyConnection,
    user: &UserRecord,
    expected_rev: Option<i64>,
) -> Result<(), StoreError> {
    let member_no = user.member.map(|member| member_no(conn, member)).transpose()?;
    let row = UserRow::of(user, member_no);
    let Some(expected_rev) = expected_rev else {
        let inserted = diesel::insert_into(users::table).values(row).execute(conn);
        return inserted.map(|_one| ()).map_err(taken("email"));
    };
    let unchanged = users::table
        .filter(users::id.eq(user.id.0.as_bytes().to_vec()))
        .filter(users::rev.eq(expected_rev));
    let replaced = diesel::update(unchanged).set(row).execute(conn).map_err(taken("email"))?;
    if replaced == 1 {
        return Ok(());
    }
    let by_id = users::table.filter(users::id.eq(user.id.0.as_bytes().to_vec()));
    match by_id.select(users::rev).first(conn).optional()? {
        Some(current) => Err(StoreError::Stale { current }),
        None => Err(StoreError::Reference { what: "user" }),
    }
}

fn member_no(conn: &mut AnyConnection, member: MemberId) -> Result<i32, StoreError> {
    let by_id = members::table.filter(members::id.eq(member.0.as_bytes().to_vec()));
    let found = by_id.select(members::no).first(conn).optional()?;
    found.ok_or(StoreError::Reference { what: "team member" })
}
