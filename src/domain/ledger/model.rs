//! Every interleaving of a small world: two nodes with images of one ledger, one store, commits
//! whose answers are lost and that land later or never, nodes that crash, clients that send again.
//!
//! The rules are the real ones ([`decide`] and [`Ledger::apply`]); what is modelled is the protocol
//! around them. Nothing is random: all states that can be reached are visited, so a promise that
//! holds here holds for every order of these steps. Taking one safeguard away must break a promise,
//! otherwise the model would prove nothing.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Assignment, Book, Capacity, Class, Command, Foreign, Ledger, LedgerKey, decide};
use crate::booking::{Status, Step};
use crate::ids::{BookingId, BookingNo, Epoch, ServiceId, TeamId};
use crate::time::Slot;

/// More states than this and the world is not small any more.
const STATES_MAX: usize = 2_000_000;

/// Times a client sends one request.
const ATTEMPTS_MAX: u8 = 2;

/// What a client wants: a place, or to give it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    Book(u8),
    Cancel(u8),
}

/// The index of a wish; also its idempotency key.
type Key = usize;

/// What keeps the promises, and can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Safeguards {
    /// A commit compares versions.
    fence: bool,
    /// A refusal waits until its version is known to be current.
    validation: bool,
    /// A node looks whether a key has been used.
    keys: bool,
}

const ALL: Safeguards = Safeguards { fence: true, validation: true, keys: true };

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Decide,
    Commit {
        expected: usize,
    },
    /// Was the commit written? The answer was lost.
    Doubt {
        expected: usize,
    },
    Validate,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    /// What the node believes has happened: the wishes that were fulfilled, in order.
    image: Vec<Key>,
    work: Option<(Key, Phase)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Client {
    /// Has not asked, or does not know what came of it.
    Idle {
        attempts_count: u8,
    },
    /// Has asked when the store stood at `invoked`.
    Waiting {
        attempts_count: u8,
        invoked: usize,
    },
    Done {
        seq: usize,
    },
    Refused,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    log: Vec<Key>,
    /// In no particular order: the nodes are alike.
    nodes: Vec<Node>,
    /// Commits under way that nobody waits for any more.
    ghosts: BTreeSet<(Key, usize)>,
    clients: Vec<Client>,
    faults_left: u8,
}

/// A promise that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Broken {
    Oversold,
    Lost,
    Twice,
    FalseRefusal,
}

struct World {
    wishes: Vec<Wish>,
    limit: u32,
    safeguards: Safeguards,
    broken: BTreeSet<Broken>,
}

impl World {
    /// Visits every state that can be reached, and answers the promises broken on the way.
    fn explore(wishes: &[Wish], limit: u32, faults_max: u8, safeguards: Safeguards) -> Explored {
        let wishes = wishes.to_vec();
        let start = State {
            log: Vec::new(),
            nodes: vec![Node { image: Vec::new(), work: None }; 2],
            ghosts: BTreeSet::new(),
            clients: vec![Client::Idle { attempts_count: 0 }; wishes.len()],
            faults_left: faults_max,
        };
        let mut world = Self { wishes, limit, safeguards, broken: BTreeSet::new() };
        let mut seen = BTreeSet::from([start.clone()]);
        let mut open = vec![start];
        while let Some(state) = open.pop() {
            for mut next in world.successors(&state) {
                next.nodes.sort_unstable();
                world.judge(&next);
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
            assert!(seen.len() < STATES_MAX, "the world is too large to be explored");
        }
        Explored { broken: world.broken.into_iter().collect(), states_count: seen.len() }
    }

    fn successors(&mut self, state: &State) -> Vec<State> {
        let mut all = Vec::new();
        for (key, client) in state.clients.iter().enumerate() {
            let Client::Idle { attempts_count } = *client else { continue };
            for node in (0..state.nodes.len()).filter(|_| attempts_count < ATTEMPTS_MAX) {
                if state.nodes[node].work.is_none() {
                    let mut next = state.clone();
                    let (attempts_count, invoked) = (attempts_count + 1, state.log.len());
                    next.clients[key] = Client::Waiting { attempts_count, invoked };
                    next.nodes[node].work = Some((key, Phase::Decide));
                    all.push(next);
                }
            }
        }
        for (node, key, phase) in state
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(node, one)| one.work.map(|(key, phase)| (node, key, phase)))
        {
            let mut next = state.clone();
            self.step(&mut next, node, key, phase);
            all.push(next);
            if state.faults_left > 0 {
                all.extend(self.failures(state, node, key, phase));
            }
        }
        for ghost in &state.ghosts {
            let mut vanished = state.clone();
            vanished.ghosts.remove(ghost);
            let mut landed = vanished.clone();
            self.write(&mut landed, *ghost);
            all.extend([vanished, landed]);
        }
        all
    }

    /// The node does what comes next.
    fn step(&mut self, state: &mut State, node: usize, key: Key, phase: Phase) {
        match phase {
            Phase::Decide => {
                let known = state.log.iter().position(|one| *one == key);
                if let Some(place) = known.filter(|_| self.safeguards.keys) {
                    return answer(state, node, key, Client::Done { seq: place + 1 });
                }
                let image = &state.nodes[node].image;
                let phase = if self.accepts(image, key) {
                    Phase::Commit { expected: image.len() }
                } else if self.safeguards.validation {
                    Phase::Validate
                } else {
                    return self.refuse(state, node, key);
                };
                state.nodes[node].work = Some((key, phase));
            }
            Phase::Commit { expected } => {
                if self.write(state, (key, expected)) {
                    state.nodes[node].image.push(key);
                    answer(state, node, key, Client::Done { seq: expected + 1 });
                } else {
                    reload(state, node, key);
                }
            }
            Phase::Doubt { expected } => {
                if state.log.len() == expected {
                    // Not written yet. The same again: whichever of the two comes first fences the
                    // other.
                    state.nodes[node].work = Some((key, Phase::Commit { expected }));
                } else {
                    reload(state, node, key);
                }
            }
            Phase::Validate if state.nodes[node].image.len() == state.log.len() => {
                self.refuse(state, node, key);
            }
            Phase::Validate => reload(state, node, key),
        }
    }

    /// What can go wrong instead.
    fn failures(&self, state: &State, node: usize, key: Key, phase: Phase) -> Vec<State> {
        let mut base = state.clone();
        base.faults_left -= 1;
        let mut all = Vec::new();
        if let Phase::Commit { expected } = phase {
            let mut unanswered = base.clone();
            unanswered.nodes[node].work = Some((key, Phase::Doubt { expected }));
            let mut delayed = unanswered.clone();
            delayed.ghosts.insert((key, expected));
            self.write(&mut unanswered, (key, expected));
            all.extend([unanswered, delayed]);
        }
        let mut crashed = base;
        let Client::Waiting { attempts_count, .. } = crashed.clients[key] else { return all };
        crashed.nodes[node] = Node { image: crashed.log.clone(), work: None };
        crashed.clients[key] = Client::Idle { attempts_count };
        all.push(crashed);
        all
    }

    /// Writes a commit, unless the store stands elsewhere.
    fn write(&self, state: &mut State, (key, expected): (Key, usize)) -> bool {
        let is_current = state.log.len() == expected || !self.safeguards.fence;
        if is_current {
            state.log.push(key);
        }
        is_current
    }

    fn refuse(&mut self, state: &mut State, node: usize, key: Key) {
        let Client::Waiting { invoked, .. } = state.clients[key] else { return };
        let version = state.nodes[node].image.len();
        let was_current = (invoked..=state.log.len()).contains(&version);
        let was_true = state.log.get(..version).is_some_and(|past| self.is_impossible(past, key));
        if !was_current || !was_true {
            self.broken.insert(Broken::FalseRefusal);
        }
        answer(state, node, key, Client::Refused);
    }

    /// What the real rules say to a wish after `past`.
    fn accepts(&self, past: &[Key], key: Key) -> bool {
        let opening =
            Capacity { limit: self.limit, is_inherited: true, reserve: 0, is_closed: false };
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let key_of_day = LedgerKey { team: TeamId(Uuid::nil()), day: now.date_naive() };
        let mut ledger = Ledger::open(key_of_day, Epoch(1), opening);
        for earlier in past {
            // Without a fence an image may hold what was never possible; it is skipped there.
            if let Ok(event) = decide(&ledger, &self.command(*earlier), &Foreign::default(), now) {
                ledger.apply(&event);
            }
        }
        decide(&ledger, &self.command(key), &Foreign::default(), now).is_ok()
    }

    fn command(&self, key: Key) -> Command {
        match self.wishes[key] {
            Wish::Book(place) => Command::Book(Box::new(book(booking(place)))),
            Wish::Cancel(place) => {
                let (booking, step) = (booking(place), Step::Cancel);
                Command::End { booking, rev: None, step, fee: None }
            }
        }
    }

    /// Counts by itself, without the ledger.
    fn booked(&self, past: &[Key]) -> Vec<u8> {
        let mut booked = Vec::new();
        for key in past {
            match self.wishes[*key] {
                Wish::Book(place) => booked.push(place),
                Wish::Cancel(place) => booked.retain(|one| *one != place),
            }
        }
        booked
    }

    fn is_impossible(&self, past: &[Key], key: Key) -> bool {
        let booked = self.booked(past);
        match self.wishes[key] {
            Wish::Book(_) => booked.len() >= usize::try_from(self.limit).unwrap(),
            Wish::Cancel(place) => !booked.contains(&place),
        }
    }

    fn judge(&mut self, state: &State) {
        let limit = usize::try_from(self.limit).unwrap();
        if self.booked(&state.log).len() > limit {
            self.broken.insert(Broken::Oversold);
        }
        let mut keys = state.log.clone();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            self.broken.insert(Broken::Twice);
        }
        for (key, client) in state.clients.iter().enumerate() {
            if let Client::Done { seq } = client
                && state.log.get(*seq - 1) != Some(&key)
            {
                self.broken.insert(Broken::Lost);
            }
        }
    }
}

fn booking(place: u8) -> BookingId {
    BookingId(Uuid::from_u128(u128::from(place)))
}

fn book(booking: BookingId) -> Book {
    let starts_at = DateTime::UNIX_EPOCH;
    let slot = Slot { starts_at, ends_at: starts_at + TimeDelta::hours(1) };
    Book {
        booking,
        no: BookingNo(1),
        service: ServiceId(Uuid::nil()),
        units: 1,
        class: Class::Standard,
        slot,
        busy: slot,
        assignment: Assignment::Nobody,
        needs: Vec::new(),
        status: Status::Confirmed,
        service_units_max: None,
        may_pass_limit: false,
    }
}

fn answer(state: &mut State, node: usize, key: Key, told: Client) {
    state.nodes[node].work = None;
    state.clients[key] = told;
}

fn reload(state: &mut State, node: usize, key: Key) {
    state.nodes[node] = Node { image: state.log.clone(), work: Some((key, Phase::Decide)) };
}

#[derive(Debug, PartialEq, Eq)]
struct Explored {
    broken: Vec<Broken>,
    states_count: usize,
}

/// Two want one place, and one of them gives it back.
const GIVEN_BACK: [Wish; 3] = [Wish::Book(1), Wish::Book(2), Wish::Cancel(1)];

/// Three want two places.
const RUSH: [Wish; 3] = [Wish::Book(1), Wish::Book(2), Wish::Book(3)];

/// A place is given back while its booking is sent again, and somebody else waits for it.
const SENT_AGAIN: [Wish; 4] = [Wish::Book(1), Wish::Cancel(1), Wish::Book(2), Wish::Cancel(2)];

#[test]
fn with_every_safeguard_no_order_of_steps_breaks_a_promise() {
    for (wishes, limit, faults_max) in
        [(&GIVEN_BACK[..], 1, 3), (&RUSH[..], 2, 3), (&RUSH[..], 1, 3), (&SENT_AGAIN[..], 1, 2)]
    {
        let explored = World::explore(wishes, limit, faults_max, ALL);
        println!("{wishes:?}: {} states", explored.states_count);
        assert_eq!(explored.broken, []);
        // A world in which nothing can happen keeps every promise.
        assert!(explored.states_count > 10_000, "{explored:?}");
    }
}

#[test]
fn without_the_fence_a_place_is_sold_twice_and_a_confirmed_booking_is_lost() {
    let without = Safeguards { fence: false, ..ALL };

    let explored = World::explore(&RUSH, 2, 0, without);

    assert!(explored.broken.contains(&Broken::Oversold), "{explored:?}");
    assert!(explored.broken.contains(&Broken::Lost), "{explored:?}");
}

#[test]
fn without_validation_a_free_place_is_refused_and_nothing_else_breaks() {
    let without = Safeguards { validation: false, ..ALL };

    let explored = World::explore(&GIVEN_BACK, 1, 0, without);

    assert_eq!(explored.broken, [Broken::FalseRefusal]);
}

#[test]
fn without_a_look_at_the_keys_a_lost_answer_books_twice() {
    let without = Safeguards { keys: false, ..ALL };

    let explored = World::explore(&GIVEN_BACK, 1, 2, without);

    assert!(explored.broken.contains(&Broken::Twice), "{explored:?}");
}
