//! Rows of accounts and sessions.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::{MemberId, UserId};
use domain::ledger::ActorKind;

use super::audit::digest;
use super::{stamp, uuid};
use crate::error::StoreError;
use crate::records::{SessionRecord, UserRecord};
use crate::schema::{sessions, users};

/// A row of `users`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub(crate) struct UserRow {
    id: Vec<u8>,
    email: String,
    name: String,
    role: String,
    member_no: Option<i32>,
    password_hash: Option<String>,
    phone: Option<String>,
    is_disabled: bool,
    rev: i64,
    created_at: NaiveDateTime,
}

impl UserRow {
    /// The row of `user`, whose member has the number `member_no`.
    pub(crate) fn of(user: &UserRecord, member_no: Option<i32>) -> Self {
        Self {
            id: user.id.0.as_bytes().to_vec(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role.name().to_owned(),
            member_no,
            password_hash: user.password_hash.clone(),
            phone: user.phone.clone(),
            is_disabled: user.is_disabled,
            rev: user.rev,
            created_at: stamp(user.created_at),
        }
    }

    /// The account of this row, whose member has the id `member`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn record(self, member: Option<&[u8]>) -> Result<UserRecord, StoreError> {
        let role = ActorKind::parse(&self.role)
            .ok_or_else(|| StoreError::Corrupt(format!("role {}", self.role)))?;
        Ok(UserRecord {
            id: UserId(uuid(&self.id)?),
            email: self.email,
            name: self.name,
            role,
            member: member.map(uuid).transpose()?.map(MemberId),
            password_hash: self.password_hash,
            phone: self.phone,
            is_disabled: self.is_disabled,
            rev: self.rev,
            created_at: self.created_at.and_utc(),
        })
    }
}

/// A row of `sessions`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub(crate) struct SessionRow {
    token_hash: Vec<u8>,
    user_id: Vec<u8>,
    created_at: NaiveDateTime,
    last_seen_at: NaiveDateTime,
    expires_at: NaiveDateTime,
}

impl From<&SessionRecord> for SessionRow {
    fn from(session: &SessionRecord) -> Self {
        Self {
            token_hash: session.token_hash.to_vec(),
            user_id: session.user.0.as_bytes().to_vec(),
            created_at: stamp(session.created_at),
            last_seen_at: stamp(session.last_seen_at),
            expires_at: stamp(session.expires_at),
        }
    }
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            token_hash: digest(&row.token_hash)?,
            user: UserId(uuid(&row.user_id)?),
            created_at: row.created_at.and_utc(),
            last_seen_at: row.last_seen_at.and_utc(),
            expires_at: row.expires_at.and_utc(),
        })
    }
}
