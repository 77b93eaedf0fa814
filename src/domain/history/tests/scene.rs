//! A small world of several ledgers and of operations over them, one step at a time in random
//! order: places are taken, decided about, and settled, while others book and call off.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::run::{Dice, EPOCH, cause, instant, slot};
use crate::booking::{Status, Step};
use crate::history::{LedgerHistory, OpFact, Outcome};
use crate::ids::{BookingId, BookingNo, OpId, ServiceId, TeamId};
use crate::ledger::{
    Assignment, Book, Capacity, Class, Command, Event, Foreign, Ledger, LedgerKey, Origin, Prior,
    Recorded, Settlement, Take, Waiting, decide, next_offer,
};

const LEDGERS_COUNT: usize = 3;
const STEPS_COUNT: u32 = 150;

/// What there is to check.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) histories: Vec<LedgerHistory>,
    pub(super) ops: Vec<OpFact>,
}

/// An operation under way.
struct Running {
    op: OpId,
    /// What is yet to be taken, and where.
    wanted: Vec<(usize, Command)>,
    /// What was taken, and where: held, or frozen.
    taken: Vec<(usize, BookingId)>,
    outcome: Outcome,
    /// Bookings it is about.
    bookings: Vec<BookingId>,
}

struct World {
    dice: Dice,
    seconds: u64,
    ids_count: u128,
    ledgers: Vec<Ledger>,
    histories: Vec<LedgerHistory>,
    running: Vec<Running>,
    facts: BTreeMap<OpId, OpFact>,
}

/// Plays a run, and looks at it in the middle and when everything has come to rest.
pub(super) fn play(seed: u64) -> [Scene; 2] {
    let opening = Capacity { limit: 6, is_inherited: true, reserve: 1, is_closed: false };
    let history = |team| LedgerHistory {
        key: LedgerKey { team: TeamId(Uuid::from_u128(team)), day: instant(0).date_naive() },
        epoch: EPOCH,
        opening,
        events: Vec::new(),
    };
    let histories: Vec<_> = (1..).map(history).take(LEDGERS_COUNT).collect();
    let mut world = World {
        dice: Dice::new(seed),
        seconds: 0,
        ids_count: 100,
        ledgers: histories.iter().map(|one| Ledger::open(one.key, EPOCH, opening)).collect(),
        histories,
        running: Vec::new(),
        facts: BTreeMap::new(),
    };
    for _ in 0..STEPS_COUNT {
        world.step();
    }
    let middle = world.scene();
    while !world.running.is_empty() {
        world.go_on(0);
    }
    [middle, world.scene()]
}

impl World {
    fn scene(&self) -> Scene {
        Scene { histories: self.histories.clone(), ops: self.facts.values().cloned().collect() }
    }

    fn id(&mut self) -> Uuid {
        self.ids_count += 1;
        Uuid::from_u128(self.ids_count)
    }

    fn step(&mut self) {
        self.seconds += 1;
        match self.dice.roll(20) {
            0..=2 => self.begin_series(),
            3..=5 => self.begin_move(),
            6 => self.begin_hold(),
            7 => self.join(),
            8 => self.call_off(),
            9..=10 => {
                let (ledger, book) = (self.dice.index(LEDGERS_COUNT), self.book());
                self.submit(ledger, &Command::Book(Box::new(book)));
            }
            _ if self.running.is_empty() => {}
            _ => {
                let running = self.dice.index(self.running.len());
                self.go_on(running);
            }
        }
    }

    fn book(&mut self) -> Book {
        let time = slot(8 + self.dice.roll(9));
        Book {
            booking: BookingId(self.id()),
            no: BookingNo(i64::try_from(self.ids_count).unwrap()),
            service: ServiceId(Uuid::nil()),
            units: u32::try_from(1 + self.dice.roll(2)).unwrap(),
            class: Class::Standard,
            slot: time,
            busy: time,
            assignment: Assignment::Nobody,
            needs: Vec::new(),
            status: Status::Confirmed,
            service_units_max: None,
            may_pass_limit: false,
        }
    }

    fn take(&mut self, op: OpId, book: Book, origin: Origin) -> Command {
        let is_visible = origin != Origin::New || self.dice.roll(2) == 0;
        let (expires_at, unverified_units_max) = (instant(80_000), None);
        let prior = Prior::Nothing;
        let take = Take { op, expires_at, book, origin, is_visible, unverified_units_max, prior };
        Command::Hold(Box::new(take))
    }

    fn begin(&mut self, op: OpId, wanted: Vec<(usize, Command)>, bookings: Vec<BookingId>) {
        let outcome = Outcome::Pending;
        self.facts.insert(op, OpFact { op, outcome, bookings: Vec::new() });
        self.running.push(Running { op, wanted, taken: Vec::new(), outcome, bookings });
    }

    fn begin_series(&mut self) {
        let op = OpId(self.id());
        let books: Vec<Book> = (0..=1 + self.dice.roll(2)).map(|_| self.book()).collect();
        let bookings = books.iter().map(|book| book.booking).collect();
        let mut wanted = Vec::new();
        for book in books {
            wanted.push((self.dice.index(LEDGERS_COUNT), self.take(op, book, Origin::New)));
        }
        self.begin(op, wanted, bookings);
    }

    fn begin_hold(&mut self) {
        let (op, book) = (OpId(self.id()), self.book());
        let booking = book.booking;
        let wanted = vec![(self.dice.index(LEDGERS_COUNT), self.take(op, book, Origin::New))];
        self.begin(op, wanted, vec![booking]);
    }

    fn begin_move(&mut self) {
        let from = self.dice.index(LEDGERS_COUNT);
        let Some((booking, entry)) = self.any_entry(from) else { return };
        let op = OpId(self.id());
        let to = self.dice.index(LEDGERS_COUNT);
        let (rev, entry) = (entry.rev, Box::new(entry));
        let book = Book { booking, ..self.book() };
        let wanted = if from == to {
            vec![(from, self.take(op, book, Origin::Here(entry)))]
        } else {
            let hold = self.take(op, book, Origin::Elsewhere(entry));
            vec![(to, hold), (from, Command::Depart { op, booking, rev })]
        };
        self.begin(op, wanted, vec![booking]);
    }

    fn any_entry(&mut self, ledger: usize) -> Option<(BookingId, crate::ledger::Entry)> {
        let count = self.ledgers[ledger].entries.len();
        let nth = (count > 0).then(|| self.dice.index(count))?;
        let (booking, entry) = self.ledgers[ledger].entries.iter().nth(nth)?;
        Some((*booking, entry.clone()))
    }

    fn call_off(&mut self) {
        let ledger = self.dice.index(LEDGERS_COUNT);
        let Some((booking, _)) = self.any_entry(ledger) else { return };
        let step = Step::Cancel;
        self.submit(ledger, &Command::End { booking, rev: None, step, fee: None });
    }

    fn join(&mut self) {
        let ledger = self.dice.index(LEDGERS_COUNT);
        let (op, book) = (OpId(self.id()), self.book());
        let (booking, options) = (book.booking, vec![book]);
        let waiting = Waiting { booking, op, options, offer_minutes: 30 };
        self.submit(ledger, &Command::Join(Box::new(waiting)));
    }

    /// Takes, decides or settles one thing.
    fn go_on(&mut self, running: usize) {
        let luck = self.dice.roll(10);
        let one = &mut self.running[running];
        if one.outcome != Outcome::Pending {
            return self.settle(running);
        }
        let Some((ledger, command)) = one.wanted.pop() else {
            let outcome = match luck {
                0 => Outcome::Cancelled,
                1 => Outcome::Expired,
                _ => Outcome::Confirmed,
            };
            return self.decide(running, outcome);
        };
        let booking = match &command {
            Command::Hold(take) => take.book.booking,
            Command::Depart { booking, .. } => *booking,
            other => panic!("nothing to be taken: {other:?}"),
        };
        if self.submit(ledger, &command) {
            self.running[running].taken.push((ledger, booking));
        } else {
            self.decide(running, Outcome::Cancelled);
        }
    }

    fn decide(&mut self, running: usize, outcome: Outcome) {
        let one = &mut self.running[running];
        one.outcome = outcome;
        let is_confirmed = outcome == Outcome::Confirmed;
        let bookings = if is_confirmed { one.bookings.clone() } else { Vec::new() };
        self.facts.insert(one.op, OpFact { op: one.op, outcome, bookings });
    }

    fn settle(&mut self, running: usize) {
        let one = &mut self.running[running];
        let Some((ledger, booking)) = one.taken.pop() else {
            return drop(self.running.swap_remove(running));
        };
        let (op, outcome) = (one.op, one.outcome);
        let place = |at: &Ledger| at.holds.get(&booking).filter(|hold| hold.op == op).cloned();
        let is_held = place(&self.ledgers[ledger]).is_some();
        let moved = self.ledgers.iter().find_map(|at| Some((at.key, place(at)?.entry)));
        // What left may find itself at its new place already.
        let stands = |at: &Ledger| Some((at.key, at.entries.get(&booking)?.clone()));
        let here = self.ledgers[ledger].key;
        let moved = moved.or_else(|| {
            let mut elsewhere = self.ledgers.iter().filter(|at| at.key != here);
            elsewhere.find_map(stands)
        });
        let settlement = match outcome {
            Outcome::Confirmed if is_held => Settlement::Confirm,
            Outcome::Confirmed => {
                // Called off at its new place meanwhile: where it went is all that is left to say.
                let other = self.ledgers.iter().find(|at| self.has_known(at.key, op, booking));
                let entry = self.ledgers[ledger].entries[&booking].clone();
                let (to, entry) = moved.unwrap_or((other.unwrap().key, entry));
                Settlement::Depart { to, entry: Box::new(entry) }
            }
            Outcome::Expired => Settlement::Release(Status::Expired),
            Outcome::Cancelled | Outcome::Pending => Settlement::Release(Status::Cancelled),
        };
        let is_done = self.submit(ledger, &Command::Settle { op, booking, settlement });
        assert!(is_done, "what is decided can be settled");
    }

    fn has_known(&self, key: LedgerKey, op: OpId, booking: BookingId) -> bool {
        let is_hold = |event: &Event| match event {
            Event::Held { booking: one, hold, .. } => *one == booking && hold.op == op,
            _ => false,
        };
        let history = self.histories.iter().find(|history| history.key == key);
        history.is_some_and(|history| history.events.iter().any(|one| is_hold(&one.event)))
    }

    /// Has a ledger do something, and offer what comes of it; false when it refuses.
    fn submit(&mut self, ledger: usize, command: &Command) -> bool {
        let (now, nobody) = (instant(self.seconds), Foreign::default());
        let Ok(event) = decide(&self.ledgers[ledger], command, &nobody, now) else { return false };
        self.write(ledger, event);
        while let Some(event) = next_offer(&self.ledgers[ledger], &nobody, now) {
            if let Event::Offered { booking, hold, .. } = &event {
                let (op, booking) = (hold.op, *booking);
                self.begin(op, Vec::new(), vec![booking]);
                self.running.last_mut().unwrap().taken.push((ledger, booking));
            }
            self.write(ledger, event);
        }
        true
    }

    fn write(&mut self, ledger: usize, event: Event) {
        self.ledgers[ledger].apply(&event);
        let (seq, at) = (self.ledgers[ledger].version, instant(self.seconds));
        self.histories[ledger].events.push(Recorded { seq, at, cause: cause(), event });
    }
}
