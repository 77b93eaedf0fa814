//! A small world that produces histories and what its clients saw: two nodes that each keep images
//! of two ledgers, one store, clients that retry, answers that are lost. A [`Fault`] takes away one
//! of the things that keep the promises.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::booking::{Status, Step};
use crate::history::{Answer, Asked, LedgerHistory, Observation};
use crate::ids::{BookingId, BookingNo, Epoch, MemberId, OverrideId, ServiceId, TeamId};
use crate::ledger::{
    Actor, ActorKind, Assignment, Book, Capacity, CapacityScope, Cause, Class, Command, Foreign,
    Ledger, LedgerKey, Recorded, Rejection, decide,
};
use crate::time::Slot;

const STEPS_COUNT: u32 = 400;
const NODES_COUNT: usize = 2;
const LEDGERS_COUNT: usize = 2;
pub(super) const EPOCH: Epoch = Epoch(7);

/// What has been taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Nothing,
    /// Nodes write without comparing versions.
    Fence,
    /// Nodes refuse from their image without asking whether it is current.
    Validation,
    /// Answers do not wait for the commit, and some commits fail.
    Patience,
    /// Nobody looks whether a key was used.
    Keys,
}

/// What there is to check at the end.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) histories: Vec<LedgerHistory>,
    pub(super) observations: Vec<Observation>,
}

/// SplitMix64: a seed names a run for ever, whatever libraries do.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.roll(u64::try_from(len).unwrap())).unwrap()
    }
}

/// A request between the moment it was sent and the moment it was answered.
struct Flight {
    ledger: usize,
    command: Command,
    idempotency_key: String,
    invoked_ns: u64,
    answer: Option<Answer>,
}

struct World {
    dice: Dice,
    fault: Fault,
    now_ns: u64,
    store: Vec<LedgerHistory>,
    /// By node, then ledger.
    images: Vec<Vec<Ledger>>,
    answers: BTreeMap<String, Answer>,
    flights: Vec<Flight>,
    observations: Vec<Observation>,
    ids_count: u64,
}

pub(super) fn run(seed: u64, fault: Fault) -> Run {
    let opening = Capacity { limit: 9, is_inherited: true, reserve: 2, is_closed: false };
    let history = |team| LedgerHistory {
        key: LedgerKey { team: TeamId(Uuid::from_u128(team)), day: day() },
        epoch: EPOCH,
        opening,
        events: Vec::new(),
    };
    let store: Vec<_> = [1, 2].map(history).into();
    let image = |history: &LedgerHistory| Ledger::open(history.key, EPOCH, opening);
    let images = vec![store.iter().map(image).collect(); NODES_COUNT];
    let mut world = World {
        dice: Dice(seed),
        fault,
        now_ns: 0,
        store,
        images,
        answers: BTreeMap::new(),
        flights: Vec::new(),
        observations: Vec::new(),
        ids_count: 100,
    };
    for _ in 0..STEPS_COUNT {
        world.step();
    }
    while !world.flights.is_empty() {
        world.work(0);
        world.answer(0);
    }
    Run { histories: world.store, observations: world.observations }
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 8).unwrap()
}

pub(super) fn instant(second: u64) -> DateTime<Utc> {
    day().and_hms_opt(0, 0, 0).unwrap().and_utc()
        + TimeDelta::seconds(i64::try_from(second).unwrap())
}

pub(super) fn slot(hour: u64) -> Slot {
    Slot { starts_at: instant(hour * 3_600), ends_at: instant((hour + 1) * 3_600) }
}

pub(super) fn cause() -> Cause {
    let actor = Actor { kind: ActorKind::System, id: None };
    Cause { actor, reason: None, request_id: Uuid::nil() }
}

impl World {
    fn id(&mut self) -> Uuid {
        self.ids_count += 1;
        Uuid::from_u128(u128::from(self.ids_count))
    }

    /// One nanosecond of the clients' clock is one second of the day.
    fn step(&mut self) {
        self.now_ns += 1 + self.dice.roll(3);
        match self.dice.roll(10) {
            0..=3 => self.send(),
            choice => {
                if self.flights.is_empty() {
                    return;
                }
                let flight = self.dice.index(self.flights.len());
                if choice < 8 { self.work(flight) } else { self.answer(flight) }
            }
        }
    }

    fn send(&mut self) {
        let ledger = self.dice.index(LEDGERS_COUNT);
        let command = self.command(ledger);
        let idempotency_key = format!("key-{}", self.id());
        let invoked_ns = self.now_ns;
        let flight = Flight { ledger, command, idempotency_key, invoked_ns, answer: None };
        self.flights.push(flight);
    }

    fn command(&mut self, ledger: usize) -> Command {
        let last = self.store[ledger].events.iter().rev().find_map(|one| one.event.booking());
        match self.dice.roll(40) {
            0..=9 if last.is_some() => {
                let (booking, step) = (last.unwrap(), Step::Cancel);
                Command::End { booking, rev: None, step, fee: None }
            }
            10 => {
                let limit = u32::try_from(6 + self.dice.roll(8)).unwrap();
                Command::SetLimit { limit, is_inherited: false, reserve: 2 }
            }
            11 => Command::Close,
            12..=14 => Command::Open,
            15..=17 => {
                let delta = i32::try_from(self.dice.roll(6)).unwrap() - 2;
                let expires_at = match self.dice.roll(2) {
                    0 => None,
                    _ => Some(instant(self.now_ns + 20)),
                };
                Command::CreateOverride { id: OverrideId(self.id()), delta, expires_at }
            }
            18 => match self.images[0][ledger].overrides.keys().next() {
                Some(id) => Command::RevokeOverride { id: *id },
                None => Command::Open,
            },
            _ => Command::Book(Box::new(self.book(ledger))),
        }
    }

    fn book(&mut self, ledger: usize) -> Book {
        let time = slot(8 + self.dice.roll(9));
        let first = 50 + 10 * u128::try_from(ledger).unwrap();
        let member = |number| MemberId(Uuid::from_u128(first + number));
        let assignment = match self.dice.roll(3) {
            0 => Assignment::Nobody,
            1 => Assignment::Exactly(member(0)),
            _ => Assignment::Anyone {
                candidates: vec![member(0), member(1), member(2)],
                preferred: None,
            },
        };
        let class = if self.dice.roll(5) == 0 { Class::Emergency } else { Class::Standard };
        Book {
            booking: BookingId(self.id()),
            no: BookingNo(1),
            service: ServiceId(Uuid::nil()),
            units: u32::try_from(1 + self.dice.roll(2)).unwrap(),
            class,
            slot: time,
            busy: time,
            assignment,
            needs: Vec::new(),
            status: Status::Confirmed,
            service_units_max: None,
            may_pass_limit: self.dice.roll(20) == 0,
        }
    }

    /// A node gets round to a request, or the request is lost on the way there.
    fn work(&mut self, flight: usize) {
        if self.flights[flight].answer.is_some() {
            return;
        }
        if self.dice.roll(20) == 0 {
            self.flights[flight].answer = Some(Answer::Unknown);
            return;
        }
        let key = self.flights[flight].idempotency_key.clone();
        let answer = match self.answers.get(&key) {
            Some(known) if self.fault != Fault::Keys => known.clone(),
            _ => self.decide(flight),
        };
        if matches!(answer, Answer::Done { .. }) {
            self.answers.insert(key, answer.clone());
        }
        self.flights[flight].answer = Some(answer);
    }

    fn decide(&mut self, flight: usize) -> Answer {
        let node = self.dice.index(NODES_COUNT);
        let Flight { ledger, invoked_ns, command, .. } = &self.flights[flight];
        let (ledger, at, command) = (*ledger, instant(*invoked_ns), command.clone());
        let mut decided = decide(&self.images[node][ledger], &command, &Foreign::default(), at);
        let is_trusted = match decided {
            Ok(_) => self.fault == Fault::Fence,
            Err(_) => matches!(self.fault, Fault::Fence | Fault::Validation),
        };
        if !is_trusted && self.is_stale(node, ledger) {
            self.reload(node, ledger);
            decided = decide(&self.images[node][ledger], &command, &Foreign::default(), at);
        }
        let image = &mut self.images[node][ledger];
        let event = match decided {
            Ok(event) => event,
            Err(Rejection::CapacityExceeded {
                scope: CapacityScope::TeamDay, requested, ..
            }) => return Answer::Full { seq: image.version, requested },
            Err(_) => return Answer::Refused,
        };
        let seq = image.version + 1;
        let booking = event.booking().unwrap_or(BookingId(Uuid::nil()));
        let is_lost = self.fault == Fault::Patience && self.dice.roll(4) == 0;
        if !is_lost {
            image.apply(&event);
            self.store[ledger].events.push(Recorded { seq, at, cause: cause(), event });
        }
        Answer::Done { booking, seq }
    }

    fn is_stale(&self, node: usize, ledger: usize) -> bool {
        let stored = self.store[ledger].events.last().map_or(0, |one| one.seq);
        self.images[node][ledger].version != stored
    }

    fn reload(&mut self, node: usize, ledger: usize) {
        let LedgerHistory { key, epoch, opening, events } = &self.store[ledger];
        let mut image = Ledger::open(*key, *epoch, *opening);
        for recorded in events {
            image.apply(&recorded.event);
        }
        self.images[node][ledger] = image;
    }

    /// The client hears, or does not; either way it may send the same again.
    fn answer(&mut self, flight: usize) {
        if self.flights[flight].answer.is_none() {
            return;
        }
        let Flight { ledger, mut command, idempotency_key, invoked_ns, answer } =
            self.flights.swap_remove(flight);
        let mut answer = answer.unwrap();
        if self.dice.roll(8) == 0 {
            answer = Answer::Unknown;
        }
        self.now_ns += 1;
        let asked = match &command {
            Command::Book(book) => Asked::Book { units: book.units, class: book.class },
            _ => Asked::Change,
        };
        let is_told = match &command {
            Command::Book(_) | Command::End { .. } => true,
            // Changes of the day have no booking to name.
            _ => false,
        };
        if is_told {
            self.observations.push(Observation {
                key: self.store[ledger].key,
                asked,
                idempotency_key: idempotency_key.clone(),
                epoch: Some(EPOCH),
                invoked_ns,
                responded_ns: self.now_ns,
                answer,
            });
        }
        if self.dice.roll(4) == 0 {
            if let Command::Book(book) = &mut command {
                // A booking's id is the server's choice, made anew by whoever does not know the
                // key.
                book.booking = BookingId(self.id());
            }
            let invoked_ns = self.now_ns + 1;
            self.flights.push(Flight {
                ledger,
                command,
                idempotency_key,
                invoked_ns,
                answer: None,
            });
        }
    }
}
