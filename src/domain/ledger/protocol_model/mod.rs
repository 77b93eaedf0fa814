//! Every interleaving of a small world in which operations take places in several ledgers, decide
//! and settle, while coordinators die, messages are lost, doubled or come late, and the sweeper
//! expires whatever it can.
//!
//! The rules are the real ones ([`decide`](super::decide()) and [`Ledger::apply`](super::Ledger));
//! what is modelled is the protocol around them. All states that can be reached are visited, so a
//! promise that holds here holds for every order of these steps. Taking one safeguard away must
//! break a promise, otherwise the model would prove nothing.

mod image;
mod promises;
mod scenarios;
mod steps;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use image::Image;

/// Indices into the world's ledgers; numbers of bookings and operations.
type Place = usize;
type Booking = u8;
type Op = u8;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plan {
    /// New bookings in several ledgers, all or none. Tried twice when somebody merely held what was
    /// wanted.
    Series(Vec<(Place, Booking)>),
    /// A booking goes to another ledger, or to another time in its own.
    Move { booking: Booking, to: Place },
    /// A place is kept while a client thinks, who may never come back.
    Hold { place: Place, booking: Booking },
    /// A new booking in one ledger, without an operation.
    Book { place: Place, booking: Booking },
    /// A booking is called off, wherever it is.
    Cancel { booking: Booking },
}

/// What keeps the promises, and can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each can be taken away on its own")]
struct Safeguards {
    /// A decision is taken only while there is none.
    decides_once: bool,
    /// Ledgers settle what is decided, and not what looks as if it will be.
    decides_first: bool,
    /// Whatever is frozen or held writes the operation's row if there is none.
    writes_row: bool,
    /// Nothing sends a request twice: what is tried again is another operation. A ledger does not
    /// look at the operation's row, so it could not tell.
    asks_once: bool,
    /// Somebody settles what a coordinator left.
    sweeps: bool,
    /// A second try asks one ledger after the other, everybody in the same order.
    retries_in_order: bool,
}

const ALL: Safeguards = Safeguards {
    decides_once: true,
    decides_first: true,
    writes_row: true,
    asks_once: true,
    sweeps: true,
    retries_in_order: true,
};

/// What happens, and to whom.
#[derive(Debug, Clone)]
struct World {
    /// Units each ledger takes.
    limits: Vec<u32>,
    /// Bookings that are there from the beginning.
    booked: Vec<(Place, Booking)>,
    plans: Vec<Plan>,
    /// Things that may go wrong in one run.
    faults_max: u8,
    /// Whether a second try waits until the first ones are over, as a pause makes it.
    is_patient: bool,
    /// Whether an operation may expire while its coordinator is at work.
    may_expire: bool,
    safeguards: Safeguards,
    /// What is to be seen at least once.
    seen: &'static [&'static str],
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    ledgers: Vec<Image>,
    /// The decision rows.
    ops: BTreeMap<Op, Outcome>,
    /// The rows of bookings: the truth that clients are told.
    rows: BTreeMap<Booking, Row>,
    works: Vec<Work>,
    /// Requests on their way that nobody waits for any more.
    ghosts: BTreeSet<(Op, Part)>,
    faults_left: u8,
    /// What has happened that the rest of the state does not show.
    seen: BTreeSet<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Outcome {
    Pending,
    Confirmed,
    Cancelled,
    Expired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Row {
    place: Place,
    rev: u32,
    /// Called off otherwise.
    is_ahead: bool,
}

/// Somebody who carries out a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Work {
    tries_count: u8,
    stage: Stage,
    parts: Vec<(Part, Fate)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    Idle,
    Taking,
    /// Called off, and to be tried again.
    Pausing,
    Done,
}

/// What one ledger is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Part {
    place: Place,
    booking: Booking,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    /// Hold a place for a new booking.
    New,
    /// Hold a place for one that stands in another ledger.
    Arrive { rev: u32 },
    /// Hold another time for one that stands here.
    Shift { rev: u32 },
    /// Freeze one that is to leave.
    Leave { rev: u32 },
    /// Book without an operation.
    Book,
    /// Call off.
    End,
}

/// What is known of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Fate {
    /// Not sent: an earlier one must be got first.
    Todo,
    Asked,
    Got,
    /// Temporarily, when somebody holds what was wanted.
    Refused {
        is_temporary: bool,
    },
    /// No answer came.
    Lost,
}

/// One step of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Begin(usize),
    /// A ledger gets round to a request, and the answer arrives.
    Land(usize, usize),
    Decide(usize),
    Retry(usize),
    /// The client never comes back.
    Abandon(usize),
    GhostLands(Op, Part),
    GhostVanishes(Op, Part),
    /// The clock has passed the operation's time.
    Expire(Op),
    /// A ledger does what is decided about what it keeps for a booking.
    Settle(Place, Booking),
    // From here on: what can go wrong.
    Crash(usize),
    /// The request never arrives.
    Lose(usize, usize),
    /// The request arrives when nobody waits for it any more.
    Delay(usize, usize),
    /// The request arrives, and again later.
    Double(usize, usize),
    /// The request arrives, and its answer does not.
    Unheard(usize, usize),
    /// The ledger did not hear that it was written, looked again, and found itself in the way.
    Misheard(usize, usize),
}
