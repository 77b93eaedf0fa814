//! Nobody is reminded of a visit that is off or that was moved, and nobody twice: at any
//! interleaving of two processes that send with clients who change their minds.
//!
//! The stores of the senders ask the test at every step what happens next: nothing, a client calls
//! off or moves, time passes, or the database does not answer. A seed says which.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Europe::Berlin;
use domain::delivery::State;
use domain::ids::{BookingNo, ReminderRuleId};
use domain::reminder::{Plan as Planned, Rule};
use serde_json::{Value, json};
use store::StoreError;
use store::records::{NoticeEnd, ReminderKey, ReminderRecord};
use store::traits::{Aside, ReminderStore};
use tokio::sync::{mpsc, oneshot};

use super::harness::{BOOKINGS, Portal, token};
use crate::app::App;

/// Walks that are taken.
const SEEDS: u64 = 1_000;

/// Numbers that look random and are the same for every run of a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn seconds(&mut self, max: u64) -> TimeDelta {
        TimeDelta::seconds(i64::try_from(self.roll(max + 1)).unwrap())
    }
}

/// Which process asks what happens now; the answer says whether the database fails.
type Ask = (usize, oneshot::Sender<bool>);

/// The store of one process, which asks before each step.
struct Asking {
    process: usize,
    store: Arc<dyn ReminderStore>,
    ask: mpsc::UnboundedSender<Ask>,
}

impl Asking {
    fn step(&self) -> Result<&dyn ReminderStore, StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.ask.send((self.process, answer)).is_ok() && answered.blocking_recv() == Ok(true) {
            return Err(StoreError::Unavailable("the seed says so".to_owned()));
        }
        Ok(self.store.as_ref())
    }
}

impl ReminderStore for Asking {
    fn reminder_rules(&self) -> Result<Vec<Rule>, StoreError> {
        self.step()?.reminder_rules()
    }

    fn put_reminder_rule(&self, rule: &Rule, aside: &Aside) -> Result<(), StoreError> {
        self.store.put_reminder_rule(rule, aside)
    }

    fn delete_reminder_rule(
        &self,
        id: ReminderRuleId,
        rev: i64,
        aside: &Aside,
    ) -> Result<(), StoreError> {
        self.store.delete_reminder_rule(id, rev, aside)
    }

    fn plan_reminders(
        &self,
        bookings: &[(BookingNo, u32, Vec<Planned>)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.step()?.plan_reminders(bookings, now)
    }

    fn lease_reminders(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<ReminderRecord>, StoreError> {
        let leased = self.step()?.lease_reminders(now, until, limit)?;
        self.step()?;
        Ok(leased)
    }

    fn begin_reminders(
        &self,
        reminders: &[ReminderKey],
        until: DateTime<Utc>,
    ) -> Result<Vec<bool>, StoreError> {
        let begun = self.step()?.begin_reminders(reminders, until)?;
        self.step()?;
        Ok(begun)
    }

    fn end_reminders(
        &self,
        ends: &[(ReminderKey, NoticeEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.step()?.end_reminders(ends, until)
    }

    fn reminders_of(&self, booking: BookingNo) -> Result<Vec<ReminderRecord>, StoreError> {
        self.store.reminders_of(booking)
    }

    fn reminders_in(&self, state: State, limit: u32) -> Result<Vec<ReminderRecord>, StoreError> {
        self.store.reminders_in(state, limit)
    }

    fn retry_reminder(&self, key: &ReminderKey, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.store.retry_reminder(key, now)
    }
}

/// A booking as its client knows it.
struct Booked {
    made: Value,
    no: BookingNo,
    rev: u32,
    is_on: bool,
    starts_at: DateTime<Utc>,
    was_touched: bool,
    /// Whether its reminder was still to come when it was booked or moved the last time.
    is_due_later: bool,
}

/// A portal, the processes that send, and what has happened so far in one seed.
struct World {
    portal: Portal,
    senders: [Arc<App>; 2],
    asks: mpsc::UnboundedReceiver<Ask>,
    dice: Dice,
    booked: Vec<Booked>,
    /// How often each reminder has left.
    left: BTreeMap<ReminderKey, u32>,
    /// Whether the database fails and time jumps while somebody sends.
    is_rough: bool,
    is_calm: bool,
}

impl World {
    fn new() -> Self {
        let (ask, asks) = mpsc::unbounded_channel();
        let mut portal = Portal::new();
        let known = Arc::clone(&portal.scratch.store.reminders);
        let senders = [0, 1].map(|process| {
            let (store, ask) = (Arc::clone(&known), ask.clone());
            portal.scratch.store.reminders = Arc::new(Asking { process, store, ask });
            Arc::new(portal.scratch.app(portal.app.ambient.clone()))
        });
        portal.scratch.store.reminders = known;
        Self {
            portal,
            senders,
            asks,
            dice: Dice(0),
            booked: Vec::new(),
            left: BTreeMap::new(),
            is_rough: false,
            is_calm: false,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.portal.app.ambient.now()
    }

    /// Looks at the letters that have left since the last look: each must say what was true then.
    fn collect(&mut self) {
        let folder = self.portal.scratch.config.data_dir.join("mail");
        let Ok(letters) = std::fs::read_dir(folder) else { return };
        for entry in letters {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.starts_with('.') {
                continue;
            }
            std::fs::remove_file(entry.path()).unwrap();
            let Some(key) = name.strip_prefix('r') else { continue };
            let mut parts = key.strip_suffix(".eml").unwrap().splitn(3, '-');
            let mut part = || parts.next().unwrap();
            let (booking, rev) = (BookingNo(part().parse().unwrap()), part().parse().unwrap());
            let rule = ReminderRuleId(part().parse().unwrap());
            let now = self.now();
            let of = self.booked.iter().find(|one| one.no == booking).unwrap();
            assert!(of.is_on, "{name}: the visit is off");
            assert_eq!(of.rev, rev, "{name}: the visit was moved");
            assert!(now < of.starts_at + TimeDelta::minutes(5), "{name}: the visit has begun");
            *self.left.entry(ReminderKey { booking, rev, rule }).or_default() += 1;
        }
    }

    /// Lets happen what the dice say. Answers whether the database fails.
    async fn act(&mut self) -> bool {
        self.collect();
        if self.is_calm || self.booked.is_empty() {
            return false;
        }
        let which = usize::try_from(self.dice.roll(8)).unwrap() % self.booked.len();
        match self.dice.roll(16) {
            0 | 1 => self.call_off(which).await,
            2 | 3 => self.reschedule(which).await,
            4 => {
                let jump = self.dice.seconds(if self.is_rough { 120 } else { 2 });
                self.portal.wait(jump);
            }
            5 => return self.is_rough,
            _ => {}
        }
        false
    }

    async fn change(&mut self, which: usize, what: &str, body: Value) -> bool {
        let one = &self.booked[which];
        let id = one.made["id"].as_str().unwrap();
        let path = format!("{BOOKINGS}/{id}/{what}");
        let call = self.portal.post(&path, &body).link(token(&one.made)).rev(one.rev);
        let reply = call.send().await;
        assert!(reply.status < 500, "{}", reply.text());
        if reply.status == 200 {
            let one = &mut self.booked[which];
            (one.rev, one.was_touched) = (one.rev + 1, true);
        }
        reply.status == 200
    }

    async fn call_off(&mut self, which: usize) {
        if self.change(which, "cancel", json!({})).await {
            self.booked[which].is_on = false;
        }
    }

    async fn reschedule(&mut self, which: usize) {
        let day = self.booked[which].starts_at.date_naive();
        let starts_at = starts_at(day, 9 + self.dice.roll(8));
        if self.change(which, "reschedule", json!({ "startsAt": starts_at })).await {
            let due_at = starts_at - TimeDelta::days(1);
            let is_due_later = due_at > self.now() + TimeDelta::minutes(1);
            let one = &mut self.booked[which];
            (one.starts_at, one.is_due_later) = (starts_at, is_due_later);
        }
    }

    async fn book(&mut self, day: NaiveDate) {
        let starts_at = starts_at(day, 9 + self.dice.roll(8));
        let mut wish = self.portal.wish(10);
        wish["startsAt"] = json!(starts_at);
        let reply = self.portal.post(BOOKINGS, &wish).send().await;
        if reply.status == 201 {
            let made = reply.body;
            let no = self.portal.record(&made).entry.no;
            self.booked.push(Booked {
                made,
                no,
                rev: 1,
                is_on: true,
                starts_at,
                was_touched: false,
                is_due_later: true,
            });
        }
    }

    /// Both processes send what is due. Something happens only while each of them waits to be
    /// told, so that no letter is under way meanwhile.
    async fn round(&mut self) -> usize {
        let [one, other] = self.senders.clone();
        let (mut one, mut other) = (pin!(one.send_due()), pin!(other.send_due()));
        let mut rounds = [None, None];
        let mut waiting: Vec<Ask> = Vec::new();
        loop {
            let [first, second] = &mut rounds;
            while waiting.len() + first.iter().len() + second.iter().len() < 2 {
                tokio::select! {
                    Some(ask) = self.asks.recv() => waiting.push(ask),
                    round = &mut one, if first.is_none() => *first = Some(round),
                    round = &mut other, if second.is_none() => *second = Some(round),
                }
            }
            waiting.sort_by_key(|(process, _)| *process);
            let Some(last) = waiting.len().checked_sub(1) else { break };
            let turn = usize::try_from(self.dice.roll(2)).unwrap().min(last);
            let (_, answer) = waiting.remove(turn);
            let fails = self.act().await;
            // Whoever asked waits for it.
            answer.send(fails).unwrap();
        }
        self.collect();
        // Who failed may have leased something.
        rounds.into_iter().flatten().map(|one| one.map_or(1, |one| one.leased_count)).sum()
    }

    /// One walk, in a week of its own.
    async fn walk(&mut self, seed: u64) {
        self.dice = Dice(seed);
        self.booked.clear();
        self.left.clear();
        self.is_rough = seed % 2 == 1;
        let monday = self.now().date_naive();
        let tuesday = monday.succ_opt().unwrap();
        self.book(tuesday).await;
        self.book(tuesday).await;
        self.is_calm = true;
        self.round().await;
        self.is_calm = false;
        for _ in 0..3 {
            let due = self.booked[0].starts_at - TimeDelta::days(1);
            let around = due - TimeDelta::seconds(2) + self.dice.seconds(4);
            self.portal.wait((around - self.now()).max(TimeDelta::zero()));
            self.round().await;
            // Where nothing fails, what was changed is planned at once.
            self.is_calm = true;
            if !self.is_rough {
                self.round().await;
            }
            self.is_calm = false;
        }
        // What nobody disturbs any more comes to its end, and a client sleeps over it.
        self.is_calm = true;
        for wait in [TimeDelta::hours(10), TimeDelta::hours(2), TimeDelta::hours(2)] {
            self.portal.wait(wait);
            while self.round().await > 0 {
                self.portal.wait(TimeDelta::seconds(61));
            }
        }
        self.verdict(seed);
        let next = monday.checked_add_days(Days::new(7)).unwrap().and_time(MORNING).and_utc();
        self.portal.wait(next - self.now());
    }

    /// What became of every reminder.
    fn verdict(&self, seed: u64) {
        for one in &self.booked {
            let all = self.portal.scratch.store.reminders.reminders_of(one.no).unwrap();
            for reminder in &all {
                let left = self.left.get(&reminder.key()).copied().unwrap_or(0);
                let told = format!("seed {seed}: {reminder:?} has left {left} times");
                assert!(reminder.state.is_final(), "{told}");
                if !self.is_rough {
                    assert_eq!(left, u32::from(reminder.state == State::Sent), "{told}");
                } else if reminder.state == State::Sent {
                    assert!(left >= 1, "{told}");
                }
            }
            let is_told = one.is_on && one.is_due_later && !(self.is_rough && one.was_touched);
            if is_told {
                let is_sent =
                    |it: &&ReminderRecord| (it.plan.rev, it.state) == (one.rev, State::Sent);
                assert_eq!(all.iter().filter(is_sent).count(), 1, "seed {seed}: {all:?}");
            }
        }
    }
}

/// Before anybody works in Berlin, in summer as in winter.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(5, 0, 0).unwrap();

fn starts_at(day: NaiveDate, hour: u64) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(u32::try_from(hour).unwrap(), 0, 0).unwrap();
    Berlin.from_local_datetime(&day.and_time(time)).single().unwrap().to_utc()
}

#[actix_web::test]
async fn no_reminder_is_untrue_or_comes_twice_at_any_interleaving() {
    let mut world = World::new();
    let (mut sent_count, mut touched_count) = (0, 0);
    for seed in 0..SEEDS {
        world.walk(seed).await;
        sent_count += world.left.len();
        touched_count += world.booked.iter().filter(|one| one.was_touched).count();
    }

    println!("{SEEDS} seeds: {sent_count} reminders left, {touched_count} bookings were changed");
    assert!(sent_count > 500 && touched_count > 500, "{sent_count} {touched_count}");
}
