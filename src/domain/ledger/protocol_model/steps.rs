//! What each step of the world does.

use super::image::depart;
use super::{Booking, Fate, Kind, Op, Outcome, Part, Place, Plan, Row, Stage, State, Step, World};
use crate::booking::Status;
use crate::ledger::Settlement;

/// Times an operation is tried.
const TRIES_MAX: u8 = 2;

impl World {
    pub(super) fn take(&self, state: &mut State, step: Step) {
        match step {
            Step::Begin(work) => self.begin(state, work),
            Step::Land(work, part) => self.land(state, work, part, None),
            Step::Decide(work) => self.decide(state, work),
            Step::Retry(work) => {
                state.works[work].tries_count += 1;
                self.begin(state, work);
            }
            Step::Abandon(work) => state.works[work].stage = Stage::Done,
            Step::GhostLands(op, part) => {
                state.ghosts.remove(&(op, part));
                if state.ops.get(&op).is_some_and(|outcome| *outcome != Outcome::Pending) {
                    state.seen.insert("a request that comes after the decision");
                }
                // Nobody hears the answer.
                let _nobody_hears = self.ask(state, op, part);
            }
            Step::GhostVanishes(op, part) => {
                state.ghosts.remove(&(op, part));
            }
            Step::Expire(op) => {
                if self.write(state, op, Outcome::Expired) {
                    state.seen.insert("an operation that expires");
                }
            }
            Step::Settle(place, booking) => self.settle(state, place, booking),
            Step::Crash(_)
            | Step::Lose(..)
            | Step::Delay(..)
            | Step::Double(..)
            | Step::Unheard(..)
            | Step::Misheard(..) => {
                state.faults_left -= 1;
                self.fail(state, step);
            }
        }
    }

    /// The operation that plan number `work` is at its present try.
    pub(super) fn op(state: &State, work: usize) -> Op {
        let tries_count = state.works[work].tries_count;
        Op::try_from(work).unwrap() * TRIES_MAX + tries_count
    }

    /// Asks for everything at once, and at the second try for one after the other.
    fn begin(&self, state: &mut State, work: usize) {
        let is_at_once = state.works[work].tries_count == 0 || !self.safeguards.retries_in_order;
        let parts = self.parts(state, work).into_iter().enumerate();
        let fate = |at| if is_at_once || at == 0 { Fate::Asked } else { Fate::Todo };
        let parts: Vec<_> = parts.map(|(at, part)| (part, fate(at))).collect();
        let next = if parts.is_empty() { Stage::Done } else { Stage::Taking };
        (state.works[work].parts, state.works[work].stage) = (parts, next);
    }

    /// What `plan` takes, given what the rows say now.
    fn parts(&self, state: &State, work: usize) -> Vec<Part> {
        let row = |booking: &Booking| state.rows.get(booking).filter(|row| row.is_ahead);
        match &self.plans[work] {
            Plan::Series(places) => {
                let new = |(place, booking): &(Place, Booking)| Part {
                    place: *place,
                    booking: *booking,
                    kind: Kind::New,
                };
                let mut parts: Vec<Part> = places.iter().map(new).collect();
                parts.sort_unstable();
                parts
            }
            Plan::Move { booking, to } => {
                let Some(Row { place: from, rev, .. }) = row(booking).copied() else {
                    return Vec::new();
                };
                let part = |place, kind| Part { place, booking: *booking, kind };
                if from == *to {
                    return vec![part(from, Kind::Shift { rev })];
                }
                vec![part(*to, Kind::Arrive { rev }), part(from, Kind::Leave { rev })]
            }
            Plan::Hold { place, booking } => {
                vec![Part { place: *place, booking: *booking, kind: Kind::New }]
            }
            Plan::Book { place, booking } => {
                vec![Part { place: *place, booking: *booking, kind: Kind::Book }]
            }
            Plan::Cancel { booking } => row(booking)
                .map(|row| Part { place: row.place, booking: *booking, kind: Kind::End })
                .into_iter()
                .collect(),
        }
    }

    /// Has the ledger decide about a request, and writes what comes of it.
    fn ask(&self, state: &mut State, op: Op, part: Part) -> Result<(), bool> {
        state.ledgers[part.place].ask(part.place, self.limits[part.place], op, part)?;
        match part.kind {
            Kind::Book => {
                let row = Row { place: part.place, rev: 1, is_ahead: true };
                state.rows.insert(part.booking, row);
            }
            Kind::End => {
                if let Some(row) = state.rows.get_mut(&part.booking) {
                    row.is_ahead = false;
                }
            }
            Kind::Leave { .. } if !self.safeguards.writes_row => {}
            _ => {
                state.ops.entry(op).or_insert(Outcome::Pending);
            }
        }
        Ok(())
    }

    /// Has a ledger decide, and notes its answer, or `instead` of it what is heard.
    fn land(&self, state: &mut State, work: usize, part: usize, instead: Option<Fate>) {
        let op = Self::op(state, work);
        let asked = self.ask(state, op, state.works[work].parts[part].0);
        let parts = &mut state.works[work].parts;
        parts[part].1 = instead.unwrap_or(match asked {
            Ok(()) => Fate::Got,
            Err(is_temporary) => Fate::Refused { is_temporary },
        });
        if parts[part].1 == Fate::Got
            && let Some((_, next)) = parts.get_mut(part + 1)
            && *next == Fate::Todo
        {
            *next = Fate::Asked;
        }
        if matches!(self.plans[work], Plan::Book { .. } | Plan::Cancel { .. }) {
            state.works[work].stage = Stage::Done;
        }
    }

    /// All was got, or it is called off; then it may be tried again.
    fn decide(&self, state: &mut State, work: usize) {
        let op = Self::op(state, work);
        let fates: Vec<Fate> = state.works[work].parts.iter().map(|(_, fate)| *fate).collect();
        state.works[work].stage = Stage::Done;
        if fates.iter().all(|fate| *fate == Fate::Got) {
            self.confirm(state, work, op);
            return;
        }
        if fates.iter().any(|fate| matches!(fate, Fate::Got | Fate::Lost)) {
            self.write(state, op, Outcome::Cancelled);
        }
        let is_temporary =
            fates.iter().any(|fate| matches!(fate, Fate::Refused { is_temporary: true }));
        let is_series = matches!(self.plans[work], Plan::Series(_));
        if is_series && is_temporary && state.works[work].tries_count + 1 < TRIES_MAX {
            state.works[work].stage = Stage::Pausing;
        }
    }

    /// The one transaction that makes all of it true. The store compares revisions as well: a
    /// second net, since what is to move is frozen by then.
    fn confirm(&self, state: &mut State, work: usize, op: Op) {
        if !self.write(state, op, Outcome::Confirmed) {
            state.seen.insert("a confirmation that comes too late");
            return;
        }
        for (part, _) in state.works[work].parts.clone() {
            let rev = match part.kind {
                Kind::New => 1,
                Kind::Arrive { rev } | Kind::Shift { rev } => rev + 1,
                Kind::Leave { .. } | Kind::Book | Kind::End => continue,
            };
            let row = Row { place: part.place, rev, is_ahead: true };
            state.rows.insert(part.booking, row);
        }
    }

    /// Compares and sets the operation's row; whether this decided it.
    fn write(&self, state: &mut State, op: Op, outcome: Outcome) -> bool {
        let before = state.ops.get(&op).copied().unwrap_or(Outcome::Pending);
        if before != Outcome::Pending && self.safeguards.decides_once {
            return false;
        }
        if before != Outcome::Pending && before != outcome {
            state.seen.insert("a decision that is undone");
        }
        state.ops.insert(op, outcome);
        true
    }

    /// How what `place` keeps for `booking` is to be settled, when that is known.
    pub(super) fn settlement(
        &self,
        state: &State,
        place: Place,
        booking: Booking,
    ) -> Option<(Op, Settlement)> {
        let op = state.ledgers[place].undecided(booking)?;
        let outcome = *state.ops.get(&op)?;
        let work = usize::from(op / TRIES_MAX);
        let is_at_it = state.works[work].stage == Stage::Taking && Self::op(state, work) == op;
        let has_all = state.works[work].parts.iter().all(|(_, fate)| *fate == Fate::Got);
        let is_hasty = !self.safeguards.decides_first && is_at_it && has_all;
        let is_held = state.ledgers[place].holds.contains_key(&booking);
        let settlement = match outcome {
            Outcome::Pending if !is_hasty => return None,
            Outcome::Cancelled => Settlement::Release(Status::Cancelled),
            Outcome::Expired => Settlement::Release(Status::Expired),
            Outcome::Confirmed | Outcome::Pending if is_held => Settlement::Confirm,
            Outcome::Confirmed | Outcome::Pending => {
                let row = state.rows.get(&booking)?;
                depart(row.place, booking, row.rev)
            }
        };
        Some((op, settlement))
    }

    fn settle(&self, state: &mut State, place: Place, booking: Booking) {
        let Some((op, settlement)) = self.settlement(state, place, booking) else { return };
        let limit = self.limits[place];
        let is_done = state.ledgers[place].settle((place, limit), (op, booking), settlement);
        assert!(is_done, "what is decided can be settled");
    }

    fn fail(&self, state: &mut State, step: Step) {
        match step {
            Step::Crash(work) => {
                let op = Self::op(state, work);
                for (part, fate) in std::mem::take(&mut state.works[work].parts) {
                    if fate == Fate::Asked {
                        state.ghosts.insert((op, part));
                    }
                }
                state.works[work].stage = Stage::Done;
            }
            Step::Lose(work, part) => state.works[work].parts[part].1 = Fate::Lost,
            Step::Delay(work, part) => {
                let ghost = (Self::op(state, work), state.works[work].parts[part].0);
                state.ghosts.insert(ghost);
                state.works[work].parts[part].1 = Fate::Lost;
            }
            Step::Double(work, part) => {
                let ghost = (Self::op(state, work), state.works[work].parts[part].0);
                state.ghosts.insert(ghost);
                self.land(state, work, part, None);
            }
            Step::Unheard(work, part) => self.land(state, work, part, Some(Fate::Lost)),
            Step::Misheard(work, part) => {
                let refused = Fate::Refused { is_temporary: true };
                self.land(state, work, part, Some(refused));
            }
            _ => {}
        }
    }
}
