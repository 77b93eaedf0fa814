//! Accounts: who can sign in, and as what.
//!
//! **Invariant:** there is always an admin who can sign in; the last one can be neither disabled
//! nor given another role.

use std::sync::Arc;

use domain::ids::{MemberId, UserId};
use domain::ledger::{Actor, ActorKind};
use store::records::UserRecord;
use store::traits::Aside;
use store::{Store, StoreError};

use super::{Answer, App, Failure, IdempotencyClaim, StoredResponse, describe};
use crate::auth::{Action, Caller, Resource, can};

/// Longest address there is, by RFC 5321.
const EMAIL_CHARS_MAX: usize = 254;
/// Longest name and telephone number.
const NAME_CHARS_MAX: usize = 120;
const PHONE_CHARS_MAX: usize = 40;
/// Accounts looked at in one query.
const USERS_PAGE_LEN: u16 = 500;

/// Everything about an account that may be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFields {
    pub email: String,
    pub name: String,
    pub role: ActorKind,
    /// The member this account belongs to; required for role `Member`, and only allowed there.
    pub member: Option<MemberId>,
    pub phone: Option<String>,
    pub is_disabled: bool,
}

impl UserFields {
    /// What may be edited about `user`.
    pub fn of(user: &UserRecord) -> Self {
        Self {
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role,
            member: user.member,
            phone: user.phone.clone(),
            is_disabled: user.is_disabled,
        }
    }
}

/// A change of an account that is ready to be written.
#[derive(Debug)]
pub struct UserChange {
    before: Option<UserRecord>,
    pub after: UserRecord,
}

impl App {
    /// One account, for those who may see accounts.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`], [`Failure::NotFound`].
    pub async fn user(&self, caller: &Caller, id: UserId) -> Result<UserRecord, Failure> {
        allow(caller, Action::ViewUsers)?;
        let user = self.blocking(move |store| store.users.user(id)).await?;
        user.ok_or(Failure::NotFound)
    }

    /// Accounts in order of address, at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`].
    pub async fn users(
        &self,
        caller: &Caller,
        after: Option<String>,
        limit: u16,
    ) -> Result<Vec<UserRecord>, Failure> {
        allow(caller, Action::ViewUsers)?;
        self.blocking(move |store| store.users.users(after.as_deref(), limit)).await
    }

    /// Makes a new account ready: checks the fields and hashes the password. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`], [`Failure::Invalid`].
    pub async fn new_user(
        &self,
        caller: &Caller,
        fields: UserFields,
        password: Option<String>,
    ) -> Result<UserChange, Failure> {
        allow(caller, Action::ManageUsers)?;
        let after = self.user_of(UserId(self.ambient.id()), fields, password).await?;
        Ok(UserChange { before: None, after })
    }

    /// Makes a change of `before` ready. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`], [`Failure::Invalid`]; also for what would leave no admin.
    pub async fn changed_user(
        &self,
        caller: &Caller,
        before: UserRecord,
        fields: UserFields,
        password: Option<String>,
    ) -> Result<UserChange, Failure> {
        allow(caller, Action::ManageUsers)?;
        let stays_admin = fields.role == ActorKind::Admin && !fields.is_disabled;
        if is_working_admin(&before) && !stays_admin {
            let id = before.id;
            if !self.blocking(move |store| has_other_admin(store, id)).await? {
                let detail = "this is the last admin who can sign in";
                return Err(Failure::invalid("/role", detail));
            }
        }
        let fresh = self.user_of(before.id, fields, password).await?;
        let after = UserRecord {
            password_hash: fresh.password_hash.clone().or_else(|| before.password_hash.clone()),
            rev: before.rev.saturating_add(1),
            created_at: before.created_at,
            ..fresh
        };
        Ok(UserChange { before: Some(before), after })
    }

    /// Writes a change, and gives `response` once it is durable. Sessions of an account that was
    /// disabled, or has another password, end at once.
    ///
    /// # Errors
    ///
    /// [`Failure::Stale`] and [`Failure::Taken`]: nothing was written.
    pub async fn put_user(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        change: UserChange,
        response: StoredResponse,
    ) -> Result<Answer, Failure> {
        allow(caller, Action::ManageUsers)?;
        let work = async {
            let UserChange { before, after } = change;
            let description = describe::user(before.as_ref(), &after);
            let aside = self.aside(caller, claim, description, response.clone());
            let (expected, user) = (before.as_ref().map(|before| before.rev), after.clone());
            self.blocking(move |store| store.users.put_user(&user, expected, &aside)).await?;
            if let Some(before) = before {
                self.end_sessions_after(&before, &after).await?;
            }
            Ok(Answer::new(response))
        };
        self.once(claim, caller.request_id, work).await
    }

    /// Adds an account at the operator's word, without a caller: `daybook admin create-user`.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`], [`Failure::Taken`]: nothing was written.
    pub async fn add_user(
        &self,
        fields: UserFields,
        password: String,
    ) -> Result<UserRecord, Failure> {
        let user = self.user_of(UserId(self.ambient.id()), fields, Some(password)).await?;
        let description = describe::user(None, &user);
        let audit = domain::audit::AuditDraft {
            at: self.ambient.now(),
            actor: Actor { kind: ActorKind::System, id: None },
            action: description.action,
            object: description.object,
            before: description.before.to_string(),
            after: description.after.to_string(),
            reason: None,
            request_id: self.ambient.id(),
            ledger: None,
        };
        let aside = Aside { audit: Some(audit), idempotency: None };
        let added = user.clone();
        self.blocking(move |store| store.users.put_user(&user, None, &aside)).await?;
        Ok(added)
    }

    async fn end_sessions_after(
        &self,
        before: &UserRecord,
        after: &UserRecord,
    ) -> Result<(), Failure> {
        let id = after.id;
        if after.is_disabled || before.password_hash != after.password_hash {
            let sessions = Arc::clone(&self.sessions);
            return self.blocking(move |_| sessions.end_all_of(id)).await;
        }
        if before.role != after.role || before.member != after.member {
            self.sessions.changed(id);
        }
        Ok(())
    }

    /// The record that `fields` describe, at revision 1.
    async fn user_of(
        &self,
        id: UserId,
        fields: UserFields,
        password: Option<String>,
    ) -> Result<UserRecord, Failure> {
        let email = fields.email.trim().to_lowercase();
        check_fields(&fields, &email)?;
        self.check_member_of(&fields)?;
        let password_hash = match password {
            Some(password) => Some(self.hash_password(password).await?),
            None => None,
        };
        Ok(UserRecord {
            id,
            email,
            name: fields.name,
            role: fields.role,
            member: fields.member,
            password_hash,
            phone: fields.phone,
            is_disabled: fields.is_disabled,
            rev: 1,
            created_at: self.ambient.now(),
        })
    }

    fn check_member_of(&self, fields: &UserFields) -> Result<(), Failure> {
        match (fields.role, fields.member) {
            (ActorKind::Member, None) => {
                Err(Failure::invalid("/teamMemberId", "is required for role member"))
            }
            (ActorKind::Member, Some(member)) => {
                let is_known = self.catalog.current().member(member).is_some();
                let unknown = || Failure::invalid("/teamMemberId", "is no member's id");
                is_known.then_some(()).ok_or_else(unknown)
            }
            (_, Some(_)) => Err(Failure::invalid("/teamMemberId", "is for role member only")),
            (_, None) => Ok(()),
        }
    }
}

fn allow(caller: &Caller, action: Action) -> Result<(), Failure> {
    can(caller, action, &Resource::Everything).then_some(()).ok_or(Failure::Forbidden)
}

fn check_fields(fields: &UserFields, email: &str) -> Result<(), Failure> {
    let is_address = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && host.contains('.') && !host.contains('@')
    });
    let is_plain = !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if !is_address || !is_plain || email.len() > EMAIL_CHARS_MAX {
        return Err(Failure::invalid("/email", "must be a mail address"));
    }
    if fields.name.trim().is_empty() || fields.name.chars().count() > NAME_CHARS_MAX {
        let detail = format!("must have between 1 and {NAME_CHARS_MAX} characters");
        return Err(Failure::invalid("/name", detail));
    }
    if fields.phone.as_ref().is_some_and(|phone| phone.chars().count() > PHONE_CHARS_MAX) {
        let detail = format!("must have at most {PHONE_CHARS_MAX} characters");
        return Err(Failure::invalid("/phone", detail));
    }
    match fields.role {
        ActorKind::Client | ActorKind::Member | ActorKind::Dispatcher | ActorKind::Admin => Ok(()),
        ActorKind::Guest | ActorKind::System => {
            Err(Failure::invalid("/role", "must be client, member, dispatcher or admin"))
        }
    }
}

fn is_working_admin(user: &UserRecord) -> bool {
    user.role == ActorKind::Admin && !user.is_disabled && user.password_hash.is_some()
}

fn has_other_admin(store: &Store, except: UserId) -> Result<bool, StoreError> {
    let mut after: Option<String> = None;
    loop {
        let page = store.users.users(after.as_deref(), USERS_PAGE_LEN)?;
        let Some(last) = page.last() else { return Ok(false) };
        after = Some(last.email.clone());
        if page.iter().any(|user| user.id != except && is_working_admin(user)) {
            return Ok(true);
        }
    }
}
