//! What comes to clients' minds.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use domain::booking::{Status, Step};
use domain::ids::{BookingId, MemberId, OpId, OverrideId, ServiceId};
use domain::ledger::{
    Assignment, Book, Class, Command, LedgerKey, Move, Origin, Prior, Take, Waiting,
};
use uuid::Uuid;

use crate::chance::Chance;
use crate::city::{City, HOURS, MEMBERS, RESOURCES, hour, member, resource};
use crate::wish::{Request, Target, Wish};

/// Makes wishes, and remembers them, since most are about earlier ones.
pub struct Wishes {
    city: Arc<City>,
    memory: Mutex<Memory>,
}

/// What was wished for; whether it was got is another question.
#[derive(Default)]
struct Memory {
    bookings: Vec<(LedgerKey, BookingId)>,
    overrides: Vec<(LedgerKey, OverrideId)>,
    holds: Vec<(OpId, BookingId)>,
    waiting: Vec<(LedgerKey, BookingId)>,
}

impl Wishes {
    pub fn of(city: &Arc<City>) -> Self {
        Self { city: Arc::clone(city), memory: Mutex::default() }
    }

    /// Something to want.
    pub fn next(&self, chance: &Chance) -> Request {
        let wish = match chance.within(0..100) {
            0..60 => self.place(chance),
            60..85 => self.change(chance),
            _ => self.day(chance),
        };
        self.remember(&wish);
        let idempotency_key = format!("{:06x}", chance.next() >> 40);
        Request { wish, is_urgent: chance.hits(30), idempotency_key }
    }

    /// The same request as its retry arrives: handlers make new booking ids for every try, and only
    /// the key says that it is the same.
    pub fn again(&self, request: &Request, chance: &Chance) -> Request {
        let mut again = request.clone();
        if chance.hits(50) {
            let anew = |book: &mut Book| {
                (book.booking, book.no) = (BookingId(chance.id()), self.city.booking_no());
            };
            match &mut again.wish {
                Wish::Command { command: Command::Book(book), .. } => anew(book),
                Wish::Together { places, .. } => {
                    for (_, book) in places {
                        anew(book);
                    }
                }
                _ => {}
            }
            self.remember(&again.wish);
        }
        again
    }

    fn remember(&self, wish: &Wish) {
        let mut memory = self.memory.lock().unwrap();
        match wish {
            Wish::Command { key, command: Command::Book(book) } => {
                memory.bookings.push((*key, book.booking));
            }
            Wish::Command { key, command: Command::CreateOverride { id, .. } } => {
                memory.overrides.push((*key, *id));
            }
            Wish::Together { places, .. } => {
                memory.bookings.extend(places.iter().map(|(key, book)| (*key, book.booking)));
            }
            Wish::Hold { key, take } => {
                memory.holds.push((take.op, take.book.booking));
                memory.bookings.push((*key, take.book.booking));
            }
            Wish::Join { key, waiting } => {
                memory.waiting.push((*key, waiting.booking));
                memory.bookings.push((*key, waiting.booking));
            }
            _ => {}
        }
    }

    /// A wish for a place, or several, now or later.
    fn place(&self, chance: &Chance) -> Wish {
        let key = chance.pick(&City::keys());
        match chance.within(0..60) {
            0..28 => Wish::Command { key, command: Command::Book(Box::new(self.book(chance))) },
            28..38 => {
                let count = chance.within(2..5);
                let place = |_| (chance.pick(&City::keys()), self.book(chance));
                let places = (0..count).map(place).collect();
                Wish::Together { places, may_skip: chance.hits(40) }
            }
            38..48 => {
                let seconds = i64::try_from(chance.within(5..90)).unwrap();
                let take = Take {
                    op: OpId(chance.id()),
                    expires_at: self.city.now(0) + TimeDelta::seconds(seconds),
                    book: self.book(chance),
                    origin: Origin::New,
                    is_visible: false,
                    unverified_units_max: chance.hits(60).then_some(3),
                    prior: Prior::Nothing,
                };
                Wish::Hold { key, take: Box::new(take) }
            }
            48..53 => {
                let (op, booking) = self.some_hold(chance);
                Wish::Confirm { op, booking }
            }
            53..54 => Wish::Extend { op: self.some_hold(chance).0 },
            54..56 => Wish::Release { op: self.some_hold(chance).0 },
            _ => {
                let first = Book { may_pass_limit: false, ..self.book(chance) };
                let other = hour(chance.within(0..HOURS));
                let second = Book { slot: other, busy: other, ..first.clone() };
                let waiting = Waiting {
                    booking: first.booking,
                    op: OpId(chance.id()),
                    options: vec![first, second],
                    offer_minutes: u32::try_from(chance.within(1..3)).unwrap(),
                };
                Wish::Join { key, waiting: Box::new(waiting) }
            }
        }
    }

    /// A wish about a booking, or what might be one.
    fn change(&self, chance: &Chance) -> Wish {
        let (key, booking) = self.some_booking(chance);
        let rev = if chance.hits(20) { Some(1) } else { None };
        let slot = hour(chance.within(0..HOURS));
        let command = match chance.within(0..25) {
            0..6 => {
                let target = || Target {
                    booking: self.some_booking(chance).1,
                    key: chance.pick(&City::keys()),
                    slot: hour(chance.within(0..HOURS)),
                    assignment: assignment(chance),
                };
                let mut to = vec![target()];
                if chance.hits(30) {
                    to.push(target());
                    to.dedup_by_key(|target| target.booking);
                }
                return Wish::Move { to };
            }
            6..10 => {
                let (_, booking) = self.some(chance, |memory| &memory.waiting);
                return Wish::Accept { booking };
            }
            10..17 => {
                let step = chance.pick(&[Step::Cancel, Step::Cancel, Step::Decline]);
                Command::End { booking, rev, step, fee: None }
            }
            17..19 => {
                let assignment = assignment(chance);
                let to = Move { booking, rev, slot, busy: slot, assignment, needs: needs(chance) };
                Command::Reschedule(Box::new(to))
            }
            19..21 => Command::Assign { booking, rev, assignment: assignment(chance) },
            21..23 => {
                let steps = [Step::Confirm, Step::Start, Step::Complete, Step::NoShow];
                Command::Progress { booking, rev, step: chance.pick(&steps) }
            }
            23..24 => Command::Displace { booking, alternatives: Vec::new() },
            _ => {
                let (_, booking) = self.some(chance, |memory| &memory.waiting);
                Command::Leave { booking, to: Status::Cancelled }
            }
        };
        Wish::Command { key, command }
    }

    /// A wish about what a day takes.
    fn day(&self, chance: &Chance) -> Wish {
        let key = chance.pick(&City::keys());
        let command = match chance.within(0..15) {
            0..5 => {
                let limit = u32::try_from(chance.within(1..12)).unwrap();
                Command::SetLimit { limit, is_inherited: false, reserve: limit.min(1) }
            }
            5..7 => Command::Close,
            7..10 => Command::Open,
            10..13 => {
                let delta = i32::try_from(chance.within(0..5)).unwrap() - 1;
                let in_a_while = self.city.now(0) + TimeDelta::minutes(2);
                let expires_at = chance.hits(50).then_some(in_a_while);
                Command::CreateOverride { id: OverrideId(chance.id()), delta, expires_at }
            }
            _ => {
                let (key, id) = self.some_override(chance).unwrap_or((key, nobody_override()));
                return Wish::Command { key, command: Command::RevokeOverride { id } };
            }
        };
        Wish::Command { key, command }
    }

    fn some(
        &self,
        chance: &Chance,
        what: impl Fn(&Memory) -> &Vec<(LedgerKey, BookingId)>,
    ) -> (LedgerKey, BookingId) {
        let memory = self.memory.lock().unwrap();
        let known = what(&memory);
        if known.is_empty() {
            (chance.pick(&City::keys()), BookingId(Uuid::nil()))
        } else {
            // Mostly of late: what is long over only says no.
            chance.pick(&known[known.len().saturating_sub(12)..])
        }
    }

    fn some_booking(&self, chance: &Chance) -> (LedgerKey, BookingId) {
        self.some(chance, |memory| &memory.bookings)
    }

    fn some_hold(&self, chance: &Chance) -> (OpId, BookingId) {
        let memory = self.memory.lock().unwrap();
        let late = &memory.holds[memory.holds.len().saturating_sub(3)..];
        if late.is_empty() {
            (OpId(Uuid::nil()), BookingId(Uuid::nil()))
        } else {
            chance.pick(late)
        }
    }

    fn some_override(&self, chance: &Chance) -> Option<(LedgerKey, OverrideId)> {
        let memory = self.memory.lock().unwrap();
        (!memory.overrides.is_empty()).then(|| chance.pick(&memory.overrides))
    }

    fn book(&self, chance: &Chance) -> Book {
        let slot = hour(chance.within(0..HOURS));
        Book {
            booking: BookingId(chance.id()),
            no: self.city.booking_no(),
            service: ServiceId(Uuid::from_u128(2)),
            units: u32::try_from(chance.within(1..3)).unwrap(),
            class: if chance.hits(20) { Class::Emergency } else { Class::Standard },
            slot,
            busy: slot,
            assignment: assignment(chance),
            needs: needs(chance),
            status: if chance.hits(15) { Status::Pending } else { Status::Confirmed },
            service_units_max: chance.hits(20).then_some(4),
            may_pass_limit: chance.hits(3),
        }
    }
}

fn nobody_override() -> OverrideId {
    OverrideId(Uuid::nil())
}

fn assignment(chance: &Chance) -> Assignment {
    let someone =
        || -> MemberId { member(i32::try_from(chance.within(1..4)).unwrap().min(MEMBERS)) };
    match chance.within(0..10) {
        0..4 => Assignment::Nobody,
        4..7 => Assignment::Exactly(someone()),
        _ => {
            let preferred = chance.hits(50).then(someone);
            Assignment::Anyone { candidates: (1..=MEMBERS).map(member).collect(), preferred }
        }
    }
}

fn needs(chance: &Chance) -> Vec<Vec<domain::ids::ResourceId>> {
    if chance.hits(15) { vec![(1..=RESOURCES).map(resource).collect()] } else { Vec::new() }
}
