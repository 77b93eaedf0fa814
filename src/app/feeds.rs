//! Calendars that teams and members subscribe to, each under an address that nobody can guess.
//!
//! Whoever has the address sees who is visited, when and where, so it is made by admins, shown
//! once, and void as soon as they make another. It opens nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::booking::Status;
use domain::invite::{Calendar, Event, Method, write};
use serde_json::{Value, json};
use store::records::{BookingQuery, BookingRecord, BookingSort, FeedOwner};
use store::traits::Aside;
use store::{Store, StoreError};

use super::describe::Description;
use super::{App, Failure, Inviter};
use crate::auth::{Action, Caller, Resource, can, token_hash};

/// How far back a feed shows visits, and how far ahead.
const PAST: TimeDelta = TimeDelta::days(30);
const AHEAD: TimeDelta = TimeDelta::days(180);

/// Most visits that a feed shows, the soonest first.
pub const FEED_VISITS_MAX: usize = 2_000;

/// Most visits that are read at a time.
const PAGE_MAX: u16 = 500;

const TOKEN_BYTES: usize = 32;

/// A feed's address, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedFeed {
    pub url: String,
    pub since: DateTime<Utc>,
}

impl App {
    /// Since when a feed has the address it has; nothing when there is none.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`] for whoever does not edit the catalogue, [`Failure::NotFound`] when
    /// there is no such team or member.
    pub async fn feed_since(
        &self,
        caller: &Caller,
        owner: FeedOwner,
    ) -> Result<Option<DateTime<Utc>>, Failure> {
        self.name_of_feed(caller, owner)?;
        self.blocking(move |store| store.feeds.feed_since(owner)).await
    }

    /// Gives a feed an address; one that it had is void from now on.
    ///
    /// # Errors
    ///
    /// As [`App::feed_since`].
    pub async fn open_feed(
        &self,
        caller: &Caller,
        owner: FeedOwner,
    ) -> Result<OpenedFeed, Failure> {
        self.name_of_feed(caller, owner)?;
        let token = URL_SAFE_NO_PAD.encode(self.ambient.secret::<TOKEN_BYTES>());
        let since = self.ambient.now();
        let hash = token_hash(&token);
        let aside = self.feed_aside(caller, owner, "calendar-feed-opened", json!({ "at": since }));
        let put = move |store: &Store| store.feeds.put_feed(owner, Some((hash, since)), &aside);
        self.blocking(put).await?;
        Ok(OpenedFeed { url: format!("{}/api/calendar/{token}.ics", self.origin()), since })
    }

    /// Ends a feed: its address opens nothing from now on.
    ///
    /// # Errors
    ///
    /// As [`App::feed_since`].
    pub async fn close_feed(&self, caller: &Caller, owner: FeedOwner) -> Result<(), Failure> {
        self.name_of_feed(caller, owner)?;
        let aside = self.feed_aside(caller, owner, "calendar-feed-closed", Value::Null);
        self.blocking(move |store| store.feeds.put_feed(owner, None, &aside)).await
    }

    /// The calendar behind an address, as it stands.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the address is nobody's, or is no longer.
    pub async fn feed(&self, token: &str) -> Result<String, Failure> {
        let (hash, now) = (token_hash(token), self.ambient.now());
        let found = self.blocking(move |store| {
            let Some(owner) = store.feeds.feed_by_token(hash)? else { return Ok(None) };
            Ok(Some((owner, visits(store, owner, now)?)))
        });
        let (owner, visits) = found.await?.ok_or(Failure::NotFound)?;
        let name = self.owner_name(owner).ok_or(Failure::NotFound)?;
        let inviter = Inviter::new(self);
        let events: Vec<Event> = visits.iter().map(|record| inviter.staff_event(record)).collect();
        Ok(write(&Calendar { method: Method::Publish, name: Some(name), events }))
    }

    fn name_of_feed(&self, caller: &Caller, owner: FeedOwner) -> Result<String, Failure> {
        if !can(caller, Action::EditCatalog, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        self.owner_name(owner).ok_or(Failure::NotFound)
    }

    fn owner_name(&self, owner: FeedOwner) -> Option<String> {
        let catalog = self.catalog.current();
        match owner {
            FeedOwner::Team(team) => catalog.team(team).map(|team| team.name.clone()),
            FeedOwner::Member(member) => catalog.member(member).map(|member| member.name.clone()),
        }
    }

    /// The address itself is no answer that is kept for whoever asks again, so there is no key.
    fn feed_aside(&self, caller: &Caller, owner: FeedOwner, action: &str, after: Value) -> Aside {
        let object = format!("{}:{}", owner.kind(), owner.id());
        let action = action.to_owned();
        let description = Description { action, object, before: Value::Null, after };
        Aside { audit: Some(self.audit_draft(caller, description)), idempotency: None }
    }
}

/// The visits that a feed shows, the soonest first.
fn visits(
    store: &Store,
    owner: FeedOwner,
    now: DateTime<Utc>,
) -> Result<Vec<BookingRecord>, StoreError> {
    let (team, member) = match owner {
        FeedOwner::Team(team) => (Some(vec![team]), None),
        FeedOwner::Member(member) => (None, Some(member)),
    };
    let mut query = BookingQuery {
        statuses: vec![Status::Pending, Status::Confirmed, Status::InProgress, Status::Completed],
        teams: team,
        member,
        from: Some((now - PAST).date_naive()),
        to: Some((now + AHEAD).date_naive()),
        sort: BookingSort::StartsSoonest,
        limit: PAGE_MAX,
        ..BookingQuery::default()
    };
    let mut found = Vec::new();
    while found.len() < FEED_VISITS_MAX {
        let page = store.bookings.bookings(&query)?;
        found.extend(page.items);
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    found.truncate(FEED_VISITS_MAX);
    Ok(found)
}
