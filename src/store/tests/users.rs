//! Accounts and sessions.

use chrono::TimeDelta;
use domain::ids::UserId;
use domain::ledger::ActorKind;

use super::samples::{at, audit, business, id, member};
use crate::audit::Audit;
use crate::error::StoreError;
use crate::records::{AuditQuery, SessionRecord, UserRecord};
use crate::scratch::Scratch;
use crate::traits::{Aside, AuditStore, EndSession, UserStore};
use crate::users::Users;

pub(super) fn user(number: u128, email: &str) -> UserRecord {
    UserRecord {
        id: UserId(id(number)),
        email: email.to_owned(),
        name: "Grete".to_owned(),
        role: ActorKind::Member,
        member: Some(member(11, &[]).id),
        password_hash: Some("$argon2id$…".to_owned()),
        phone: None,
        is_disabled: false,
        rev: 1,
        created_at: at("2026-11-22T09:00:00.000001Z"),
    }
}

pub(super) fn session(token: u8, user: &UserRecord) -> SessionRecord {
    SessionRecord {
        token_hash: [token; 32],
        user: user.id,
        created_at: at("2026-11-22T09:00:00Z"),
        last_seen_at: at("2026-11-22T09:00:00Z"),
        expires_at: at("2026-11-22T21:00:00Z"),
    }
}

#[test]
fn an_account_reads_back_as_it_was_written() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        let users = Users::new(database);
        let (grete, mut hans) = (user(41, "grete@example.org"), user(42, "hans@example.org"));
        (hans.role, hans.member, hans.phone) = (ActorKind::Client, None, Some("1".to_owned()));

        users.put_user(&hans, None, &Aside::default()).unwrap();
        users.put_user(&grete, None, &Aside::default()).unwrap();

        assert_eq!(users.user(grete.id).unwrap(), Some(grete.clone()));
        assert_eq!(users.user_by_email("hans@example.org").unwrap(), Some(hans.clone()));
        assert_eq!(users.user(UserId(id(43))).unwrap(), None);
        assert_eq!(users.users(None, 9).unwrap(), [grete.clone(), hans.clone()]);
        assert_eq!(users.users(Some("grete@example.org"), 1).unwrap(), [hans]);
    }
}

#[test]
fn an_account_is_changed_only_from_the_revision_that_was_seen() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        let users = Users::new(database.clone());
        let grete = user(41, "grete@example.org");
        users.put_user(&grete, None, &Aside::default()).unwrap();
        users.put_user(&user(42, "hans@example.org"), None, &Aside::default()).unwrap();
        let mut changed = UserRecord { rev: 2, password_hash: None, ..grete.clone() };
        let aside = Aside { audit: Some(audit("user-updated", "user:41")), idempotency: None };

        users.put_user(&changed, Some(1), &aside).unwrap();
        let again = users.put_user(&changed, Some(1), &aside);
        changed.email = "hans@example.org".to_owned();
        let taken = users.put_user(&UserRecord { rev: 3, ..changed }, Some(2), &aside);
        let nobody = users.put_user(&user(44, "ida@example.org"), Some(1), &aside);
        let astray = UserRecord { member: Some(member(99, &[]).id), ..user(45, "jo@example.org") };
        let astray = users.put_user(&astray, None, &aside);

        assert!(matches!(again, Err(StoreError::Stale { current: 2 })), "{again:?}");
        assert!(matches!(taken, Err(StoreError::Taken { what: "email" })), "{taken:?}");
        assert!(matches!(nobody, Err(StoreError::Reference { what: "user" })), "{nobody:?}");
        assert!(matches!(astray, Err(StoreError::Reference { what: "team member" })));
        let found = users.user(grete.id).unwrap().unwrap();
        assert_eq!((found.rev, found.password_hash), (2, None));
        let trail = Audit::new(database).audit(&AuditQuery { limit: 9, ..Default::default() });
        assert_eq!(trail.unwrap().len(), 1);
    }
}

#[test]
fn a_session_lives_until_it_is_ended_or_expires() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        let users = Users::new(database);
        let grete = user(41, "grete@example.org");
        users.put_user(&grete, None, &Aside::default()).unwrap();
        let open: Vec<_> = (1..=3).map(|token| session(token, &grete)).collect();
        let expired = SessionRecord { expires_at: open[0].created_at, ..session(9, &grete) };
        for one in open.iter().chain([&expired]) {
            users.insert_session(one).unwrap();
        }
        let now = at("2026-11-22T10:00:00.5Z");

        users.touch_session(&[1; 32], now).unwrap();
        users.end_session(EndSession::One([2; 32]), now).unwrap();

        let touched = SessionRecord { last_seen_at: now, ..open[0].clone() };
        assert_eq!(users.session(&[1; 32]).unwrap(), Some((touched, grete.clone())));
        assert_eq!(users.session(&[2; 32]).unwrap(), None);
        assert_eq!(users.session(&[9; 32]).unwrap(), None);
        assert!(users.session(&[3; 32]).unwrap().is_some());
        users.end_session(EndSession::AllOf(grete.id), now + TimeDelta::hours(1)).unwrap();
        assert_eq!(users.session(&[1; 32]).unwrap(), None);
        assert_eq!(users.session(&[3; 32]).unwrap(), None);
    }
}

#[test]
fn nobody_is_signed_in_to_an_account_that_does_not_exist() {
    for scratch in Scratch::migrated() {
        let users = Users::new(scratch.connect());

        let refused = users.insert_session(&session(1, &user(41, "grete@example.org")));

        assert!(matches!(refused, Err(StoreError::Reference { what: "user" })), "{refused:?}");
    }
}
