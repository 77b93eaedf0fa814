//! Clients: what they want, whom they ask, how often they try, and what they remember of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use daybook::actors::Priority;
use domain::booking::Step;
use domain::history::{Answer, Asked, Observation};
use domain::ids::{BookingId, MemberId, OverrideId, ServiceId};
use domain::ledger::{Assignment, Book, Class, Command, LedgerKey, Move};
use domain::money::{Currency, Money};
use store::batch::{BookingDraft, ClientDetails};
use uuid::Uuid;

use crate::chance::Chance;
use crate::city::{City, MEMBERS, NODES, first_day, hour, member};
use crate::network::Caller;
use crate::node::{Request, Said};

/// How long a client waits for a node: longer than most answers take, shorter than a bad day.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a client rests between two requests, at most.
const PAUSE_MS_MAX: u64 = 250;

/// How often a client sends one request before it leaves it to [`Crowd::settle`].
const TRIES_MAX: usize = 3;

/// How often everybody who still does not know asks again in the end, when all is well.
const SETTLING_TRIES_MAX: usize = 40;

/// Everybody who wants something, and what they saw.
pub struct Crowd {
    city: Arc<City>,
    caller: Caller<Request, Said>,
    ops_left: AtomicUsize,
    pub seen: Arc<Mutex<Seen>>,
}

/// What all clients together remember.
#[derive(Default)]
pub struct Seen {
    pub observations: Vec<Observation>,
    /// Bookings that were asked for, and where: whether they were made is another question.
    bookings: Vec<(LedgerKey, BookingId)>,
    overrides: Vec<(LedgerKey, OverrideId)>,
    /// Requests whose last word was that nobody knows.
    in_doubt: BTreeMap<String, Request>,
    /// What was answered under each key that something was done under.
    pub done: BTreeMap<String, (LedgerKey, Said)>,
    pub answers: BTreeMap<&'static str, usize>,
}

impl Crowd {
    pub async fn start(
        city: Arc<City>,
        ops: usize,
        seen: Arc<Mutex<Seen>>,
    ) -> std::io::Result<Arc<Self>> {
        let caller = Caller::start(Arc::clone(&city.requests)).await?;
        Ok(Arc::new(Self { city, caller, ops_left: AtomicUsize::new(ops), seen }))
    }

    /// One client: does one thing after the other until there is nothing left to do.
    pub async fn live(self: Arc<Self>, chance: Chance) {
        loop {
            let pause = Duration::from_millis(chance.within(0..PAUSE_MS_MAX));
            tokio::time::sleep(pause).await;
            let take = |left: usize| left.checked_sub(1);
            let taken = self.ops_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
            if taken.is_err() {
                return;
            }
            let request = self.wish(&chance);
            if chance.hits(8) {
                // As when a browser is told to send twice: both may be decided at the same time.
                let again = self.retry_of(&request, &chance);
                let (one, other) = (self.node(&chance), self.node(&chance));
                tokio::join!(self.ask(one, request), self.ask(other, again));
            } else {
                self.insist(request, &chance).await;
            }
        }
    }

    /// Asks until the answer is one, at most [`TRIES_MAX`] times, perhaps elsewhere.
    async fn insist(&self, mut request: Request, chance: &Chance) {
        let mut node = self.node(chance);
        for _ in 0..TRIES_MAX {
            if self.ask(node, request.clone()).await != Answer::Unknown {
                return;
            }
            if chance.hits(50) {
                node = self.node(chance);
            }
            request = self.retry_of(&request, chance);
        }
    }

    /// The same request as its retry arrives: handlers make a new booking id for every try, and
    /// only the key says that it is the same.
    fn retry_of(&self, request: &Request, chance: &Chance) -> Request {
        let mut again = request.clone();
        if let Command::Book(book) = &mut again.command
            && chance.hits(50)
        {
            (book.booking, book.no) = (BookingId(chance.id()), self.city.booking_no());
            self.seen.lock().unwrap().bookings.push((request.key, book.booking));
        }
        again
    }

    /// Asks one node once, and remembers what was asked, when, and what came back.
    async fn ask(&self, node: &'static str, request: Request) -> Answer {
        let invoked_ns = self.city.tick();
        let trace = &self.city.trace;
        let name = request.idempotency_key.clone();
        trace.note(format_args!("{name} asks {node}: {}", brief(&request.command)));
        let said = self.caller.ask(node, request.clone(), PATIENCE).await;
        let responded_ns = self.city.tick();
        trace.note(format_args!("{name} hears {said:?}"));
        let (answer, epoch, word) = match said.clone() {
            Some(Said::Done { booking: Some(booking), seq, epoch }) => {
                (Answer::Done { booking, seq }, Some(epoch), "done")
            }
            // The checker knows no change of a day that is about no booking.
            Some(Said::Done { booking: None, .. }) => (Answer::Refused, None, "done"),
            Some(Said::Full { seq, requested, epoch }) => {
                (Answer::Full { seq, requested }, Some(epoch), "full")
            }
            Some(Said::Refused(_)) => (Answer::Refused, None, "refused"),
            Some(Said::Unknown) | None => (Answer::Unknown, None, "unknown"),
        };
        let asked = match &request.command {
            Command::Book(book) => Asked::Book { units: book.units, class: book.class },
            _ => Asked::Change,
        };
        let (key, idempotency_key) = (request.key, request.idempotency_key.clone());
        let mut seen = self.seen.lock().unwrap();
        if let Some(said @ Said::Done { .. }) = said {
            let first = seen.done.entry(name.clone()).or_insert((key, said.clone()));
            if first.1 != said {
                self.city.trace.found(format!("P4: {name} was told {first:?} and {said:?}"));
            }
        }
        *seen.answers.entry(word).or_default() += 1;
        let is_doubtful = answer == Answer::Unknown;
        if is_doubtful {
            seen.in_doubt.insert(idempotency_key.clone(), request);
        } else if matches!(answer, Answer::Done { .. }) {
            seen.in_doubt.remove(&idempotency_key);
        }
        let observation = Observation {
            key,
            asked,
            idempotency_key,
            epoch,
            invoked_ns,
            responded_ns,
            answer: answer.clone(),
        };
        seen.observations.push(observation);
        answer
    }

    /// When all is well again: everybody who does not know asks until they do.
    pub async fn settle(&self, chance: &Chance) {
        let in_doubt = self.seen.lock().unwrap().in_doubt.clone();
        for (name, request) in in_doubt {
            let mut tries = 0;
            while self.ask(self.node(chance), request.clone()).await == Answer::Unknown {
                tries += 1;
                if tries >= SETTLING_TRIES_MAX {
                    self.city.trace.found(format!("P8: nobody ever told {name} what became of it"));
                    break;
                }
            }
        }
    }

    fn node(&self, chance: &Chance) -> &'static str {
        chance.pick(&NODES[..self.city.climate.nodes])
    }

    /// Something to want.
    fn wish(&self, chance: &Chance) -> Request {
        let keys = City::keys();
        let key = chance.pick(&keys);
        let mut seen = self.seen.lock().unwrap();
        let some_booking = || {
            let known = &seen.bookings;
            if known.is_empty() { (key, BookingId(Uuid::nil())) } else { chance.pick(known) }
        };
        let rev = if chance.hits(20) { Some(1) } else { None };
        let slot = hour(chance.within(0..16));
        let (key, command) = match chance.within(0..100) {
            0..55 => (key, self.book(chance)),
            55..67 => {
                let (key, booking) = some_booking();
                (key, Command::Cancel { booking, rev })
            }
            67..75 => {
                let (key, booking) = some_booking();
                let assignment = assignment(chance);
                let to = Move { booking, rev, slot, busy: slot, assignment };
                (key, Command::Reschedule(Box::new(to)))
            }
            75..81 => {
                let (key, booking) = some_booking();
                (key, Command::Assign { booking, rev, assignment: assignment(chance) })
            }
            81..85 => {
                let (key, booking) = some_booking();
                let step = chance.pick(&[Step::Start, Step::Complete, Step::NoShow, Step::Correct]);
                (key, Command::Progress { booking, rev, step })
            }
            85..90 => {
                let limit = u32::try_from(chance.within(1..12)).unwrap();
                (key, Command::SetLimit { limit, is_inherited: false, reserve: limit.min(1) })
            }
            90..92 => (key, Command::Close),
            92..95 => (key, Command::Open),
            95..98 => {
                let id = OverrideId(chance.id());
                seen.overrides.push((key, id));
                let delta = i32::try_from(chance.within(0..5)).unwrap() - 1;
                let in_a_while = self.city.now(0) + TimeDelta::seconds(3);
                let expires_at = chance.hits(50).then_some(in_a_while);
                (key, Command::CreateOverride { id, delta, expires_at })
            }
            _ => {
                let nothing = [(key, OverrideId(Uuid::nil()))];
                let known = if seen.overrides.is_empty() { &nothing } else { &seen.overrides[..] };
                let (key, id) = chance.pick(known);
                (key, Command::RevokeOverride { id })
            }
        };
        if let Command::Book(book) = &command {
            seen.bookings.push((key, book.booking));
        }
        drop(seen);
        request(chance, key, command)
    }

    fn book(&self, chance: &Chance) -> Command {
        let slot = hour(chance.within(0..16));
        Command::Book(Box::new(Book {
            booking: BookingId(chance.id()),
            no: self.city.booking_no(),
            service: ServiceId(Uuid::from_u128(2)),
            units: u32::try_from(chance.within(1..3)).unwrap(),
            class: if chance.hits(20) { Class::Emergency } else { Class::Standard },
            slot,
            busy: slot,
            assignment: assignment(chance),
            service_units_max: chance.hits(20).then_some(4),
            may_pass_limit: chance.hits(3),
        }))
    }
}

fn request(chance: &Chance, key: LedgerKey, command: Command) -> Request {
    let draft = matches!(command, Command::Book(_)).then(|| Arc::new(draft()));
    let priority = if chance.hits(30) { Priority::First } else { Priority::Ordinary };
    let name = format!("{:06x}", chance.next() >> 40);
    Request { key, command, draft, priority, idempotency_key: name, fingerprint: [0; 32] }
}

fn assignment(chance: &Chance) -> Assignment {
    let someone = |chance: &Chance| -> MemberId {
        member(i32::try_from(chance.within(1..4)).unwrap().min(MEMBERS))
    };
    match chance.within(0..10) {
        0..4 => Assignment::Nobody,
        4..7 => Assignment::Exactly(someone(chance)),
        _ => {
            let preferred = chance.hits(50).then(|| someone(chance));
            Assignment::Anyone { candidates: (1..=MEMBERS).map(member).collect(), preferred }
        }
    }
}

fn draft() -> BookingDraft {
    BookingDraft {
        client: ClientDetails::default(),
        client_user: None,
        price: Money { amount: 0, currency: Currency::parse("EUR").unwrap() },
        payment_method: "cod".to_owned(),
        details: "{}".to_owned(),
    }
}

fn brief(command: &Command) -> String {
    match command {
        Command::Book(book) => {
            let minutes = (book.slot.starts_at
                - first_day().and_hms_opt(0, 0, 0).unwrap().and_utc())
            .num_minutes();
            format!("book {} x{} at {minutes} {:?}", book.booking, book.units, book.assignment)
        }
        other => format!("{other:?}"),
    }
}
