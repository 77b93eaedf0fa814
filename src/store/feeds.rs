//! Calendars that programs subscribe to by an address that nobody can guess.
//!
//! **Invariant:** a team or member has one at most; a new address makes the old one void.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use domain::ids::{MemberId, TeamId};
use uuid::Uuid;

use crate::aside::change_with;
use crate::database::Database;
use crate::error::StoreError;
use crate::rows::{stamp, uuid};
use crate::schema::calendar_feeds;
use crate::traits::Aside;

/// Whose visits a feed shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedOwner {
    Team(TeamId),
    Member(MemberId),
}

impl FeedOwner {
    /// The name of its kind, in the database and in the audit trail.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Team(_) => "team",
            Self::Member(_) => "member",
        }
    }

    /// Its id.
    pub fn id(self) -> Uuid {
        match self {
            Self::Team(team) => team.0,
            Self::Member(member) => member.0,
        }
    }
}

/// Calendars that programs subscribe to.
pub trait FeedStore: Send + Sync + 'static {
    /// Whose feed has the secret with this hash.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn feed_by_token(&self, token_hash: [u8; 32]) -> Result<Option<FeedOwner>, StoreError>;

    /// Since when somebody's feed has the address it has; nothing when there is none.
    ///
    /// # Errors
    ///
    /// As [`FeedStore::feed_by_token`].
    fn feed_since(&self, owner: FeedOwner) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Gives a feed the secret with this hash from `at` on, whether or not it had another; without
    /// one, ends the feed.
    ///
    /// # Errors
    ///
    /// As [`FeedStore::feed_by_token`].
    fn put_feed(
        &self,
        owner: FeedOwner,
        token: Option<([u8; 32], DateTime<Utc>)>,
        aside: &Aside,
    ) -> Result<(), StoreError>;
}

/// Reads and writes feeds.
pub(crate) struct Feeds {
    database: Arc<Database>,
}

impl Feeds {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

fn key(owner: FeedOwner) -> (&'static str, Vec<u8>) {
    (owner.kind(), owner.id().as_bytes().to_vec())
}

impl FeedStore for Feeds {
    fn feed_by_token(&self, token_hash: [u8; 32]) -> Result<Option<FeedOwner>, StoreError> {
        let found: Option<(String, Vec<u8>)> = self.database.read(|conn| {
            Ok(calendar_feeds::table
                .filter(calendar_feeds::token_hash.eq(token_hash.to_vec()))
                .select((calendar_feeds::owner_kind, calendar_feeds::owner_id))
                .first(conn)
                .optional()?)
        })?;
        let owner = |(kind, id): (String, Vec<u8>)| match kind.as_str() {
            "team" => Ok(FeedOwner::Team(TeamId(uuid(&id)?))),
            "member" => Ok(FeedOwner::Member(MemberId(uuid(&id)?))),
            other => Err(StoreError::Corrupt(format!("{other:?} owns a calendar"))),
        };
        found.map(owner).transpose()
    }

    fn feed_since(&self, owner: FeedOwner) -> Result<Option<DateTime<Utc>>, StoreError> {
        let found: Option<NaiveDateTime> = self.database.read(|conn| {
            Ok(calendar_feeds::table
                .find(key(owner))
                .select(calendar_feeds::created_at)
                .first(conn)
                .optional()?)
        })?;
        Ok(found.map(|at| at.and_utc()))
    }

    fn put_feed(
        &self,
        owner: FeedOwner,
        token: Option<([u8; 32], DateTime<Utc>)>,
        aside: &Aside,
    ) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| {
            diesel::delete(calendar_feeds::table.find(key(owner))).execute(conn)?;
            let Some((hash, at)) = token else { return Ok(()) };
            let (kind, id) = key(owner);
            let row = (
                calendar_feeds::owner_kind.eq(kind),
                calendar_feeds::owner_id.eq(id),
                calendar_feeds::token_hash.eq(hash.to_vec()),
                calendar_feeds::created_at.eq(stamp(at)),
            );
            diesel::insert_into(calendar_feeds::table).values(row).execute(conn)?;
            Ok(())
        })
    }
}
