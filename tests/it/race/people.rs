//! People: nobody is in two places at once, and nobody stands idle while somebody is refused.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{CLIENTS_COUNT, rush, won};
use crate::harness::clerk::tally;
use crate::harness::{Clerk, Plan, Said, Server, Site, Wish, on_every_engine};

/// A stretch of somebody's time that was given away.
type Span = (DateTime<Utc>, DateTime<Utc>);

fn span(made: &Value) -> Span {
    let at = |name: &str| made[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    (at("startsAt"), at("endsAt"))
}

fn overlap(a: Span, b: Span) -> bool {
    a.0 < b.1 && b.0 < a.1
}

/// Asserts that nobody was given away twice; answers each person's spans.
fn expect_no_overlap(all: &[Said]) -> BTreeMap<String, Vec<Span>> {
    let mut busy: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for made in all.iter().filter(|said| said.is_yes()).map(Said::done) {
        let member = made["teamMember"]["id"].as_str().unwrap().to_owned();
        let (taken, new) = (busy.entry(member.clone()).or_default(), span(&made));
        assert!(!taken.iter().any(|one| overlap(*one, new)), "{member} twice at {new:?}");
        taken.push(new);
    }
    busy
}

#[test]
fn any_member_means_every_member_once_and_then_nobody() {
    const MEMBERS: usize = 6;
    on_every_engine(|database| {
        let plan = Plan { limit: 1000, members_count: MEMBERS, ..Plan::default() };
        let site = Site::lay_out(database, &plan);
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(9), 600);

        let all = rush(&clerk, &server, |_| wish);

        let shown = tally(&all);
        assert_eq!(shown.get("201"), Some(&MEMBERS), "{shown:?}");
        assert_eq!(shown.get("409 slot-taken"), Some(&(CLIENTS_COUNT - MEMBERS)), "{shown:?}");
        assert_eq!(expect_no_overlap(&all).len(), MEMBERS);
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn staggered_bookings_of_one_member_never_overlap_and_are_refused_only_for_a_reason() {
    on_every_engine(|database| {
        let plan = Plan { limit: 1000, members_count: 1, ..Plan::default() };
        let site = Site::lay_out(database, &plan);
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let day = site.day(9);
        // Every quarter of an hour from midnight to 23:00, in an order that nobody chose.
        let wish_of = |index: usize| {
            let quarter = u32::try_from((index * 37) % 92).unwrap();
            Wish { member: Some(site.members[0]), ..site.wish(day, quarter * 15) }
        };

        let all = rush(&clerk, &server, wish_of);

        let busy = expect_no_overlap(&all).into_values().next().unwrap();
        for (index, said) in all.iter().enumerate().filter(|(_, said)| !said.is_yes()) {
            assert_eq!(said.code(), "member-unavailable", "{said:?}");
            let starts_at = wish_of(index).starts_at;
            let wanted = (starts_at, starts_at + chrono::TimeDelta::minutes(60));
            assert!(busy.iter().any(|one| overlap(*one, wanted)), "{wanted:?} was free");
        }
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn two_services_of_two_teams_never_share_one_person() {
    on_every_engine(|database| {
        let plan = Plan {
            teams_count: 2,
            limit: 1000,
            members_count: 1,
            services_minutes: vec![60, 45],
            ..Plan::default()
        };
        let site = Site::lay_out(database, &plan);
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let day = site.day(9);

        let all = rush(&clerk, &server, |index| Wish {
            service: site.services[index % 2],
            team: site.teams[index % 2],
            member: Some(site.members[0]),
            ..site.wish(day, 480 + u32::try_from((index * 7) % 32).unwrap() * 15)
        });

        let shown = tally(&all);
        assert!(won(&all) >= 5, "eight hours hold more than {shown:?}");
        assert!(
            shown.keys().all(|key| key == "201" || key == "409 member-unavailable"),
            "{shown:?}"
        );
        expect_no_overlap(&all);
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}
