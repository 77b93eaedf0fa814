//! Signing in and out, and finding out who came.

use std::sync::Arc;

use store::records::UserRecord;

use super::{App, Failure};
use crate::auth::{NewSession, SignedIn, password, token_hash};

/// Longest mail address there is, by RFC 5321.
const EMAIL_CHARS_MAX: usize = 254;

impl App {
    /// Begins a session for whoever has this address and password.
    ///
    /// # Errors
    ///
    /// [`Failure::BadCredentials`], after the same work, whether the address is unknown, the
    /// password wrong, or the account disabled.
    pub async fn sign_in(
        &self,
        email: &str,
        password: String,
    ) -> Result<(NewSession, UserRecord), Failure> {
        if email.len() > EMAIL_CHARS_MAX {
            return Err(Failure::BadCredentials);
        }
        let email = email.trim().to_lowercase();
        let user = self.blocking(move |store| store.users.user_by_email(&email)).await?;
        let stored = user.as_ref().and_then(|user| user.password_hash.clone());
        let cost = self.config.auth.argon2;
        let is_right = self
            .run(&self.password_permits, move || {
                password::verify(&password, stored.as_deref(), cost)
            })
            .await?;
        let user = user.filter(|user| is_right && !user.is_disabled);
        let user = user.ok_or(Failure::BadCredentials)?;
        let (sessions, owner) = (Arc::clone(&self.sessions), user.clone());
        let session = self.blocking(move |_| sessions.begin(&owner)).await?;
        Ok((session, user))
    }

    /// Ends the session that a token stands for; doing so twice is as good as once.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: the session may still be in force.
    pub async fn sign_out(&self, token_hash: [u8; 32]) -> Result<(), Failure> {
        let sessions = Arc::clone(&self.sessions);
        self.blocking(move |_| sessions.end(token_hash)).await
    }

    /// The session in force behind a token.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when the store had to be asked and could not be.
    pub async fn signed_in(&self, token: &str) -> Result<Option<Arc<SignedIn>>, Failure> {
        let hash = token_hash(token);
        if let Some(known) = self.sessions.remembered(&hash) {
            return Ok(known);
        }
        let sessions = Arc::clone(&self.sessions);
        self.blocking(move |_| sessions.load(&hash)).await
    }

    /// The hash of a new password.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`] when it is too short or too long.
    pub async fn hash_password(&self, text: String) -> Result<String, Failure> {
        let chars_min = self.config.auth.password_chars_min;
        if text.chars().count() < chars_min {
            let detail = format!("must have at least {chars_min} characters");
            return Err(Failure::invalid("/password", detail));
        }
        let (cost, ambient) = (self.config.auth.argon2, self.ambient.clone());
        self.run(&self.password_permits, move || password::hash(&text, cost, &ambient))
            .await?
            .map_err(|error| Failure::invalid("/password", error.to_string()))
    }
}
