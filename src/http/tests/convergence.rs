//! Whatever is lost, doubled, late or cut off on the way: after one reconciliation our books say
//! what the provider's say, and no day holds more than it takes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use domain::booking::Status as Booking;
use domain::ids::BookingId;
use domain::money::Currency;
use gateway::sandbox::{Fault, FaultKind, Means};
use gateway::{Gateway as _, signature};
use serde_json::json;
use store::traits::Aside;

use super::harness::{BOOKINGS, token};
use super::money::{SECRET, Till, killed_after};
use crate::actors::{Runtime, Sweeper};

/// Seeds that run unless the environment says otherwise.
const SEEDS_COUNT: u64 = 100;

/// Says how many seeds are to run: `DAYBOOK_CONVERGENCE_SEEDS=1000`.
const SEEDS_VARIABLE: &str = "DAYBOOK_CONVERGENCE_SEEDS";

/// Seeds that share a database, a day each.
const SEEDS_OF_A_WORLD: u64 = 10;

/// What a day takes, and how many want it.
const LIMIT: u32 = 2;
const CLIENTS_COUNT: u64 = 4;

/// Things that happen before everything calms down.
const STEPS_COUNT: u32 = 14;

/// SplitMix64: the same seed, the same story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(from.len()).unwrap();
        (count > 0).then(|| &from[usize::try_from(self.roll(count)).unwrap()])
    }
}

/// One story: who wants the day, and what befalls them.
struct Story {
    seed: u64,
    day: NaiveDate,
    dice: Dice,
    bookings: Vec<(BookingId, String)>,
    /// News of the provider's that somebody may still hear of, more than once.
    news: Vec<String>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let weeks = i64::try_from(seed % SEEDS_OF_A_WORLD).unwrap() + 1;
        let day = super::harness::tuesday() + TimeDelta::weeks(weeks);
        Self { seed, day, dice: Dice(seed), bookings: Vec::new(), news: Vec::new() }
    }

    async fn tell(mut self, mut till: Till) -> Till {
        for client in 0..CLIENTS_COUNT {
            self.book(&till, client).await;
        }
        for _ in 0..STEPS_COUNT {
            till = self.step(till).await;
        }
        self.calm_down(&till).await;
        self.check(&till);
        till
    }

    async fn book(&mut self, till: &Till, client: u64) {
        if self.dice.roll(4) == 0 {
            till.sandbox.plan(self.fault());
        }
        let mut wish = till.portal.wish(9);
        wish["startsAt"] = json!(format!("{}T{:02}:00:00+01:00", self.day, 9 + client));
        wish["paymentMethod"] = json!("card");
        let made = till.portal.post(BOOKINGS, &wish).send().await;
        if made.status == 201 {
            let id = made.body["id"].as_str().unwrap().parse().unwrap();
            self.bookings.push((id, token(&made.body).to_owned()));
        } else {
            assert_eq!(made.body["code"], "capacity-exceeded", "{}: {}", self.seed, made.text());
        }
    }

    fn fault(&mut self) -> Fault {
        let kinds = [FaultKind::Busy, FaultKind::Broken, FaultKind::Lost, FaultKind::Truncated];
        let kind = *self.dice.pick(&kinds).unwrap();
        let times = u32::try_from(self.dice.roll(2)).unwrap() + 1;
        Fault { path: "/v1/".to_owned(), kind, times }
    }

    /// Pages of this story's bookings, as the provider knows them.
    fn sessions(&self, till: &Till) -> Vec<String> {
        let ours: Vec<String> = self.bookings.iter().map(|(id, _)| id.to_string()).collect();
        till.sandbox.look(|books| {
            let is_ours = |metadata: &BTreeMap<String, String>| {
                metadata.values().any(|value| ours.contains(value))
            };
            let found = books.sessions.values().filter(|session| is_ours(&session.metadata));
            found.map(|session| session.id.clone()).collect()
        })
    }

    async fn step(&mut self, till: Till) -> Till {
        let sessions = self.sessions(&till);
        let session = self.dice.pick(&sessions).cloned();
        let polls_max = u32::try_from(self.dice.roll(30)).unwrap() + 1;
        let app = &till.portal.app;
        match (self.dice.roll(14), session) {
            (0..=2, Some(id)) => drop(till.sandbox.act(|it, now| it.pay(&id, Means::Card, now))),
            (3, Some(id)) => drop(till.sandbox.act(|it, now| it.pay(&id, Means::Slow, now))),
            (4, Some(id)) => drop(till.sandbox.act(|it, now| it.expire(&id, now))),
            (5, Some(id)) => drop(till.sandbox.act(|it, now| it.decline(&id, now))),
            (6, _) => killed_after(polls_max, app.look_at_due_payments()).await,
            (7, _) => killed_after(polls_max, app.act_on_due_events()).await,
            (8, _) => drop(app.look_at_due_payments().await),
            (9, _) => drop(app.act_on_due_events().await),
            (10, _) => till.portal.wait(TimeDelta::minutes(20)),
            (11, _) => till.sandbox.plan(self.fault()),
            (12, _) => self.cancel(&till).await,
            _ => return till.restarted(),
        }
        self.hear(&till).await;
        till
    }

    async fn cancel(&mut self, till: &Till) {
        let Some((id, token)) = self.dice.pick(&self.bookings).cloned() else { return };
        let path = format!("{BOOKINGS}/{id}/cancel");
        let record = till.portal.scratch.store.bookings.booking(id).unwrap().unwrap();
        let call = till.portal.post(&path, &json!({})).link(&token).rev(record.entry.rev);
        let reply = call.send().await;
        // The provider may not answer; then it is cancelled once it does.
        assert!(reply.status != 500, "seed {}: {}", self.seed, reply.text());
    }

    /// Lets some of the news arrive: in any order, some of it twice, some of it never.
    async fn hear(&mut self, till: &Till) {
        self.news.extend(till.heard.lock().unwrap().drain(..));
        while !self.news.is_empty() && self.dice.roll(3) > 0 {
            let count = u64::try_from(self.news.len()).unwrap();
            let which = usize::try_from(self.dice.roll(count)).unwrap();
            let body = self.news[which].clone();
            // Half of what came stays, and comes again or gets lost.
            if self.dice.roll(2) == 0 {
                self.news.swap_remove(which);
            }
            let now = till.portal.app.ambient.now();
            let signed = signature::sign(body.as_bytes(), SECRET, now);
            till.portal.app.receive_event(&signed, body.as_bytes()).await.unwrap();
        }
    }

    /// What was under way ends, all other news is lost, and one night comes.
    async fn calm_down(&mut self, till: &Till) {
        let listing = till.listing();
        while till.client.list(&listing).await.is_err() {}
        for session in self.sessions(till) {
            let comes = self.dice.roll(2) == 0;
            drop(till.sandbox.act(|books, now| books.arrive(&session, comes, now)));
        }
        till.portal.wait(TimeDelta::minutes(45));
        self.end_holds(till);
        let night = till.portal.app.ambient.now().date_naive();
        let story = i64::try_from(self.seed % SEEDS_OF_A_WORLD).unwrap();
        let night = night + TimeDelta::days(story);
        till.portal.app.reconcile_night(night).await.unwrap();
        for _ in 0..12 {
            till.portal.wait(TimeDelta::minutes(11));
            till.portal.app.look_at_due_payments().await.unwrap();
            sweep(till).await;
        }
    }

    /// Has every hold be over by the database's clock as well, which no test can turn.
    fn end_holds(&self, till: &Till) {
        let ops = &till.portal.scratch.store.ops;
        let past = "2020-01-01T00:00:00Z".parse().unwrap();
        for (booking, _) in &self.bookings {
            for hold in ops.holds_for(*booking).unwrap() {
                ops.extend_op(hold.op, past, &Aside::default()).unwrap();
            }
        }
    }

    fn check(&self, till: &Till) {
        let seed = self.seed;
        let ledger = till.portal.ledger(till.portal.team, self.day);
        assert!(ledger.used + ledger.held <= LIMIT, "seed {seed}: {ledger:?}");
        let mut known = Vec::new();
        for (booking, _) in &self.bookings {
            let record = till.portal.scratch.store.bookings.booking(*booking).unwrap().unwrap();
            let payment = crate::app::payment_of(&record);
            for attempt in payment.attempts.values() {
                let Some(session) = &attempt.session else { continue };
                known.push(session.0.clone());
                let theirs = till.books_of(&session.0);
                let ours = (
                    attempt.facts.received_in(Currency::EUR),
                    attempt.facts.refunded_in(Currency::EUR),
                );
                assert_eq!(ours, theirs, "seed {seed}, {booking}: {payment:?}");
            }
            let kept: i64 =
                payment.received().values().sum::<i64>() - payment.refunded().values().sum::<i64>();
            let state = record.entry.status;
            let expected = match kept {
                0 => [Booking::Expired, Booking::Cancelled].contains(&state),
                _ => state == Booking::Confirmed,
            };
            assert!(expected, "seed {seed}, {booking}: {kept} kept, {state}, {payment:?}");
        }
        let theirs = self.sessions(till);
        assert!(theirs.iter().all(|session| known.contains(session)), "seed {seed}: {theirs:?}");
    }
}

/// Settles what was decided by somebody who died before its ledger heard, as is done all the time.
async fn sweep(till: &Till) {
    let app = &till.portal.app;
    let runtime = (app.ambient.clone(), Runtime::Threads(Vec::new()));
    let (desk, ops) = (Arc::clone(&app.desk), Arc::clone(&app.store.ops));
    let expired_for = Duration::from_hours(48);
    let sweeper = Sweeper::new(app.coordinator.clone(), desk, ops, runtime, expired_for);
    sweeper.sweep().await.unwrap();
}

#[actix_web::test]
async fn after_one_reconciliation_every_request_agrees_with_the_providers_books() {
    let asked = std::env::var(SEEDS_VARIABLE).ok().and_then(|count| count.parse().ok());
    let seeds_count: u64 = asked.unwrap_or(SEEDS_COUNT);
    let mut seed = 0;
    while seed < seeds_count {
        let mut till = Till::with_limit(LIMIT);
        let last = (seed + SEEDS_OF_A_WORLD).min(seeds_count);
        for one in seed..last {
            till = Box::pin(Story::new(one).tell(till)).await;
        }
        till.is_in_order();
        till.sandbox.stop().await;
        seed = last;
    }
}
