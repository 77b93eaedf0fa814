//! What people are told without an event, and what they want to be told.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::delivery::State;
use domain::ids::{BookingId, BookingNo, MemberId, ReminderRuleId, TeamId};
use domain::reminder::Plan;

use super::samples::{at, id};
use crate::direct_letters::DirectLetters;
use crate::error::StoreError;
use crate::feeds::Feeds;
use crate::records::{DirectKey, FeedOwner, NewDirect, NoticeEnd, ReminderKey, SignInLink};
use crate::reminder_refusals::ReminderRefusals;
use crate::reminders::Reminders;
use crate::scratch::Scratch;
use crate::sign_in_links::SignInLinks;
use crate::traits::{
    Aside, DirectLetterStore, FeedStore, ReminderRefusalStore, ReminderStore, SignInLinkStore,
};

const NOW: &str = "2026-11-22T09:00:00.000001Z";

fn letter(topic: &str) -> NewDirect {
    NewDirect {
        key: DirectKey { kind: "payment-received".to_owned(), topic: topic.to_owned() },
        booking: Some(BookingId(id(1))),
        detail: Some("129.50 EUR".to_owned()),
        at: at(NOW),
        not_after: at("2026-11-25T09:00:00Z"),
    }
}

fn end(state: State, error: Option<&str>) -> NoticeEnd {
    NoticeEnd {
        state,
        attempts: 1,
        next_attempt_at: at(NOW),
        error: error.map(str::to_owned),
        done_at: Some(at(NOW)),
    }
}

#[test]
fn a_letter_is_asked_for_once_and_leaves_by_one_hand() {
    for scratch in Scratch::migrated() {
        let letters = DirectLetters::new(scratch.connect());
        let (now, until) = (at(NOW), at(NOW) + TimeDelta::minutes(1));
        assert!(letters.ask_for(&letter("1")).unwrap());
        assert!(!letters.ask_for(&letter("1")).unwrap());

        let leased = letters.lease_direct(now, until, 10).unwrap();
        let nobody = letters.lease_direct(now, until, 10).unwrap();
        let keys = [letter("1").key];
        let begun = letters.begin_direct(&keys, until).unwrap();
        let by_somebody_else = letters.begin_direct(&keys, until + TimeDelta::seconds(1)).unwrap();

        let [row] = leased.try_into().unwrap();
        assert_eq!((&row.letter, row.attempts), (&letter("1"), 1));
        assert_eq!((nobody.len(), begun, by_somebody_else), (0, vec![true], vec![false]));
        let late = until + TimeDelta::seconds(1);
        assert_eq!(letters.lease_direct(until, late, 10).unwrap().len(), 1, "its hand was lost");
        letters.end_direct(&[(letter("1").key, end(State::Sent, None))], until).unwrap();
        assert!(letters.direct_letters(State::Sent, 10).unwrap().is_empty(), "not its any more");
        letters.end_direct(&[(letter("1").key, end(State::Sent, None))], late).unwrap();
        assert_eq!(letters.direct_letters(State::Sent, 10).unwrap().len(), 1);
    }
}

#[test]
fn a_letter_that_was_given_up_is_tried_again_and_no_other() {
    for scratch in Scratch::migrated() {
        let letters = DirectLetters::new(scratch.connect());
        let (now, until) = (at(NOW), at(NOW) + TimeDelta::minutes(1));
        let key = letter("1").key;
        letters.ask_for(&letter("1")).unwrap();
        assert!(!letters.retry_direct(&key, now).unwrap(), "it was not given up");
        letters.lease_direct(now, until, 10).unwrap();
        letters.end_direct(&[(key.clone(), end(State::Dead, Some("550 no")))], until).unwrap();

        let [dead] = letters.direct_letters(State::Dead, 10).unwrap().try_into().unwrap();
        let revived = letters.retry_direct(&key, now).unwrap();
        let again = letters.lease_direct(now, until, 10).unwrap();
        let unknown = letters.retry_direct(&letter("2").key, now);

        assert_eq!(dead.last_error.as_deref(), Some("550 no"));
        assert!(revived);
        assert_eq!(again.len(), 1);
        assert!(matches!(unknown, Err(StoreError::Reference { .. })), "{unknown:?}");
    }
}

#[test]
fn a_reminder_that_was_given_up_is_listed_and_tried_again() {
    for scratch in Scratch::migrated() {
        let reminders = Reminders::new(scratch.connect());
        let (now, until) = (at(NOW), at(NOW) + TimeDelta::minutes(1));
        let rule = ReminderRuleId(id(9));
        let plan = Plan { rule, rev: 1, due_at: now, not_after: until };
        reminders.plan_reminders(&[(BookingNo(7), 1, vec![plan])], now).unwrap();
        reminders.lease_reminders(now, until, 10).unwrap();
        let key = ReminderKey { booking: BookingNo(7), rev: 1, rule };
        reminders.end_reminders(&[(key, end(State::Dead, Some("550 no")))], until).unwrap();

        let [dead] = reminders.reminders_in(State::Dead, 10).unwrap().try_into().unwrap();
        assert_eq!((dead.key(), dead.last_error.as_deref()), (key, Some("550 no")));
        assert!(reminders.retry_reminder(&key, now).unwrap());
        assert!(!reminders.retry_reminder(&key, now).unwrap());
        assert_eq!(reminders.lease_reminders(now, until, 10).unwrap().len(), 1);
        let unknown = reminders.retry_reminder(&ReminderKey { rev: 2, ..key }, now);
        assert!(matches!(unknown, Err(StoreError::Reference { .. })), "{unknown:?}");
    }
}

#[test]
fn a_link_to_sign_in_is_used_once_and_an_address_has_a_few_at_a_time() {
    for scratch in Scratch::migrated() {
        let links = SignInLinks::new(scratch.connect());
        let expires_at = at(NOW) + TimeDelta::minutes(15);
        let link = |number: u128| SignInLink {
            id: id(number),
            email: "ada@example.com".to_owned(),
            created_at: at(NOW),
            expires_at,
            used_at: None,
        };
        let ask = |link: &SignInLink| {
            links.ask_to_sign_in(link, &letter(&link.id.to_string()), 2).unwrap()
        };

        let asked = [1, 2, 3].map(|number| ask(&link(number)));
        let other = ask(&SignInLink { email: "bea@example.com".to_owned(), ..link(4) });
        let read = links.sign_in_link(id(1)).unwrap();
        let used = [1, 2].map(|_| links.use_sign_in_link(id(1), at(NOW)).unwrap());
        let over = links.use_sign_in_link(id(2), expires_at).unwrap();
        let later = SignInLink {
            created_at: expires_at,
            expires_at: expires_at + TimeDelta::minutes(15),
            ..link(5)
        };

        assert_eq!((asked, other), ([true, true, false], true));
        assert_eq!(read, Some(link(1)));
        assert_eq!((used, over), ([true, false], false));
        assert!(ask(&later), "those before it are over");
        assert_eq!(links.sign_in_link(id(1)).unwrap(), None, "and forgotten");
    }
}

#[test]
fn who_refuses_reminders_is_known_by_a_hash_until_they_want_them_again() {
    for scratch in Scratch::migrated() {
        let refusals = ReminderRefusals::new(scratch.connect());
        let (ada, bea) = ([1; 32], [2; 32]);
        let refusing = || refusals.refusing(&[ada, bea]).unwrap();

        assert_eq!(refusing(), BTreeSet::new());
        refusals.refuse_reminders(ada, Some(at(NOW))).unwrap();
        refusals.refuse_reminders(ada, Some(at(NOW))).unwrap();
        assert_eq!(refusing(), BTreeSet::from([ada]));
        refusals.refuse_reminders(ada, None).unwrap();
        refusals.refuse_reminders(bea, None).unwrap();
        assert_eq!(refusing(), BTreeSet::new());
        assert_eq!(refusals.refusing(&[]).unwrap(), BTreeSet::new());
    }
}

#[test]
fn a_feed_has_one_secret_at_a_time() {
    for scratch in Scratch::migrated() {
        let feeds = Feeds::new(scratch.connect());
        let (team, member) = (FeedOwner::Team(TeamId(id(1))), FeedOwner::Member(MemberId(id(1))));
        let put = |owner, token| feeds.put_feed(owner, token, &Aside::default()).unwrap();

        put(team, Some(([1; 32], at(NOW))));
        put(member, Some(([2; 32], at(NOW))));
        put(team, Some(([3; 32], at("2026-11-23T09:00:00Z"))));

        let found = [[1; 32], [2; 32], [3; 32]].map(|hash| feeds.feed_by_token(hash).unwrap());
        assert_eq!(found, [None, Some(member), Some(team)]);
        assert_eq!(feeds.feed_since(team).unwrap(), Some(at("2026-11-23T09:00:00Z")));
        put(team, None);
        assert_eq!(feeds.feed_by_token([3; 32]).unwrap(), None);
        assert_eq!(feeds.feed_since(team).unwrap(), None);
        assert_eq!(feeds.feed_since(member).unwrap(), Some(at(NOW)));
    }
}
