//! Sessions: an opaque token in the browser, its hash in the store, and a short memory between.
//!
//! The memory holds what the store said for one second, so that a page that loads ten things asks
//! once; and it is told of every end of a session, so that signing out bites at once here and
//! within a second on other nodes. Whoever keeps a connection open listens to the same news.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::UserId;
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use store::StoreError;
use store::records::{SessionRecord, UserRecord};
use store::traits::{EndSession, UserStore};
use tokio::sync::broadcast;

use crate::ambient::Ambient;
use crate::config::AuthConfig;

/// How long an answer of the store is believed.
const MEMORY: Duration = Duration::from_secs(1);
/// Most answers remembered.
const REMEMBERED_MAX: u64 = 50_000;
/// A session's last use is noted this often, not on every request: it only ends idle ones.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);
/// News that a slow listener may be behind before it has to look at everything again.
const NEWS_MAX: usize = 1024;
const TOKEN_BYTES: usize = 32;

/// A session in force and its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub session: SessionRecord,
    pub user: UserRecord,
}

/// A session that has just begun. The token is shown once and kept nowhere.
pub struct NewSession {
    pub token: String,
    pub expires_at: DateTime<Utc>,
}

/// What has ended. A listener that lags must treat every session as changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// This session was signed out.
    Session([u8; 32]),
    /// The account's role, teams or password changed, or it was disabled.
    User(UserId),
}

/// Every session of this process.
pub struct Sessions {
    users: Arc<dyn UserStore>,
    limits: AuthConfig,
    ambient: Ambient,
    memory: Cache<[u8; 32], Option<Arc<SignedIn>>>,
    news: broadcast::Sender<Revoked>,
}

/// What a token is stored as.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl Sessions {
    /// No session remembered yet.
    pub fn new(users: Arc<dyn UserStore>, limits: AuthConfig, ambient: Ambient) -> Self {
        let memory = Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(MEMORY).build();
        let (news, _) = broadcast::channel(NEWS_MAX);
        Self { users, limits, ambient, memory, news }
    }

    /// News of sessions that end from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Revoked> {
        self.news.subscribe()
    }

    /// The session behind a token, when the answer is fresh in memory: `Some(None)` when it is
    /// known that there is none.
    pub fn remembered(&self, token_hash: &[u8; 32]) -> Option<Option<Arc<SignedIn>>> {
        self.memory.get(token_hash)
    }

    /// The session behind a token, by asking the store. Blocks.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    pub fn load(&self, token_hash: &[u8; 32]) -> Result<Option<Arc<SignedIn>>, StoreError> {
        let now = self.ambient.now();
        let found = self.users.session(token_hash)?.filter(|(session, user)| {
            !user.is_disabled && now < session.expires_at && !self.is_idle(session, user, now)
        });
        let Some((session, user)) = found else {
            self.memory.insert(*token_hash, None);
            return Ok(None);
        };
        if now - session.last_seen_at >= TOUCH_EVERY {
            self.users.touch_session(token_hash, now)?;
        }
        let signed_in = Arc::new(SignedIn { session, user });
        self.memory.insert(*token_hash, Some(Arc::clone(&signed_in)));
        Ok(Some(signed_in))
    }

    /// Begins a session for `user`. Blocks.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]: there is no session then.
    pub fn begin(&self, user: &UserRecord) -> Result<NewSession, StoreError> {
        let token = URL_SAFE_NO_PAD.encode(self.ambient.secret::<TOKEN_BYTES>());
        let now = self.ambient.now();
        let expires_at = now + self.limits.session_limits(user.role).lifetime;
        self.users.insert_session(&SessionRecord {
            token_hash: token_hash(&token),
            user: user.id,
            created_at: now,
            last_seen_at: now,
            expires_at,
        })?;
        Ok(NewSession { token, expires_at })
    }

    /// Ends one session, here at once. Blocks.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]: the session may still be in force.
    pub fn end(&self, token_hash: [u8; 32]) -> Result<(), StoreError> {
        self.users.end_session(EndSession::One(token_hash), self.ambient.now())?;
        self.memory.insert(token_hash, None);
        self.tell(Revoked::Session(token_hash));
        Ok(())
    }

    /// Ends every session of an account, here at once. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Sessions::end`].
    pub fn end_all_of(&self, user: UserId) -> Result<(), StoreError> {
        self.users.end_session(EndSession::AllOf(user), self.ambient.now())?;
        self.changed(user);
        Ok(())
    }

    /// Forgets what is remembered of an account whose role, teams or state has changed, and tells
    /// those who keep connections open. Its sessions go on.
    pub fn changed(&self, user: UserId) {
        // Sessions are not remembered by account; forgetting all costs each a single read.
        self.memory.invalidate_all();
        self.tell(Revoked::User(user));
    }

    fn tell(&self, news: Revoked) {
        // Nobody listening is no failure: connections are optional.
        drop(self.news.send(news));
    }

    fn is_idle(&self, session: &SessionRecord, user: &UserRecord, now: DateTime<Utc>) -> bool {
        now >= session.last_seen_at + self.limits.session_limits(user.role).idle
    }
}
