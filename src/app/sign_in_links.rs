//! Signing in by a link that comes by mail: for clients, who have no password to lose.
//!
//! Asking is the same work and the same answer for every address; whether there is such an account
//! is found out when the letter is written. Looking at the link uses nothing up, because programs
//! look at every link of a mail; the button on its page does, once.

use chrono::TimeDelta;
use domain::ledger::ActorKind;
use store::records::{DirectKey, NewDirect, SignInLink, UserRecord};

use super::letters::SIGN_IN_KIND;
use super::{App, Failure};
use crate::auth::{MailLink, NewSession};

/// How long a link is good.
pub const LINK_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// Most links that are good at a time for one address: nobody's mailbox is filled by somebody else.
pub const LINKS_MAX: i64 = 3;

/// Longest mail address there is, by RFC 5321, and longest locale that is looked at.
const EMAIL_CHARS_MAX: usize = 254;
const LOCALE_CHARS_MAX: usize = 35;

impl App {
    /// Has a link sent to whoever has this address, if they may sign in by one.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`] for what is no address; [`Failure::Unavailable`] when it may be that
    /// nothing comes.
    pub async fn ask_to_sign_in(&self, email: &str, locale: Option<String>) -> Result<(), Failure> {
        let email = email.trim().to_lowercase();
        let is_address = email.len() <= EMAIL_CHARS_MAX
            && email
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
            && !email.contains(|c: char| c.is_whitespace() || c.is_control());
        if !is_address {
            return Err(Failure::invalid("/email", "must be a mail address"));
        }
        let (id, now) = (self.ambient.id(), self.ambient.now());
        let expires_at = now + LINK_LIFETIME;
        let link = SignInLink { id, email, created_at: now, expires_at, used_at: None };
        let letter = NewDirect {
            key: DirectKey { kind: SIGN_IN_KIND.to_owned(), topic: id.to_string() },
            booking: None,
            detail: locale.filter(|locale| locale.len() <= LOCALE_CHARS_MAX),
            at: now,
            not_after: expires_at,
        };
        self.blocking(move |store| store.sign_in_links.ask_to_sign_in(&link, &letter, LINKS_MAX))
            .await?;
        self.letters.wake();
        Ok(())
    }

    /// Whether a link may still be used.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when it is none of ours, [`Failure::LinkExpired`] when it is over or
    /// was used.
    pub async fn look_at_sign_in_link(&self, token: &str) -> Result<(), Failure> {
        self.usable(token).await.map(|_link| ())
    }

    /// Begins a session for whoever has the link, and uses it up.
    ///
    /// # Errors
    ///
    /// As [`App::look_at_sign_in_link`]; nobody is signed in then.
    pub async fn sign_in_by_link(&self, token: &str) -> Result<(NewSession, UserRecord), Failure> {
        let link = self.usable(token).await?;
        let (now, sessions) = (self.ambient.now(), std::sync::Arc::clone(&self.sessions));
        let begun = self.blocking(move |store| {
            let user = store.users.user_by_email(&link.email)?;
            let may = |user: &UserRecord| user.role == ActorKind::Client && !user.is_disabled;
            let Some(user) = user.filter(may) else { return Ok(None) };
            // Of two who press the button at once, one is in.
            if !store.sign_in_links.use_sign_in_link(link.id, now)? {
                return Ok(None);
            }
            Ok(Some((sessions.begin(&user)?, user)))
        });
        begun.await?.ok_or(Failure::LinkExpired)
    }

    async fn usable(&self, token: &str) -> Result<SignInLink, Failure> {
        let id = self.links.read_mail(MailLink::SignIn, token).ok_or(Failure::NotFound)?;
        let link = self.blocking(move |store| store.sign_in_links.sign_in_link(id)).await?;
        let now = self.ambient.now();
        // One that is gone was over long ago.
        link.filter(|link| link.used_at.is_none() && now < link.expires_at)
            .ok_or(Failure::LinkExpired)
    }
}
