//! Which steps there are.

use std::collections::{BTreeMap, BTreeSet};

use stateright::{Model, Property};

use super::image::Image;
use super::{Fate, Outcome, Plan, Row, Stage, State, Step, Work, World, promises};

impl Model for World {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let mut ledgers = vec![Image::default(); self.limits.len()];
        let mut rows = BTreeMap::new();
        for (place, booking) in &self.booked {
            ledgers[*place].entries.insert(*booking, 1);
            rows.insert(*booking, Row { place: *place, rev: 1, is_ahead: true });
        }
        let work = Work { tries_count: 0, stage: Stage::Idle, parts: Vec::new() };
        vec![State {
            ledgers,
            ops: BTreeMap::new(),
            rows,
            works: vec![work; self.plans.len()],
            ghosts: BTreeSet::new(),
            faults_left: self.faults_max,
            seen: BTreeSet::new(),
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        self.progress(state, steps);
        if state.faults_left > 0 {
            self.faults(state, steps);
        }
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut next = state.clone();
        self.take(&mut next, step);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = promises::promises();
        all.extend(promises::sights().into_iter().filter(|sight| self.seen.contains(&sight.name)));
        all
    }
}

impl World {
    /// Steps that are taken sooner or later when nothing goes wrong any more.
    pub(super) fn progress(&self, state: &State, steps: &mut Vec<Step>) {
        for (work, one) in state.works.iter().enumerate() {
            match one.stage {
                Stage::Idle => steps.push(Step::Begin(work)),
                Stage::Taking => self.taking(work, one, steps),
                Stage::Pausing if self.may_retry(state) => steps.push(Step::Retry(work)),
                Stage::Pausing | Stage::Done => {}
            }
        }
        for (op, part) in &state.ghosts {
            steps.extend([Step::GhostLands(*op, *part), Step::GhostVanishes(*op, *part)]);
        }
        for (op, outcome) in &state.ops {
            let may_expire = *outcome == Outcome::Pending || !self.safeguards.decides_once;
            let is_left = !state
                .works
                .iter()
                .enumerate()
                .any(|(work, one)| one.stage == Stage::Taking && Self::op(state, work) == *op);
            if may_expire && *outcome != Outcome::Expired && (is_left || self.may_expire) {
                steps.push(Step::Expire(*op));
            }
        }
        self.settling(state, steps);
    }

    fn taking(&self, work: usize, one: &Work, steps: &mut Vec<Step>) {
        let asked = |at: &usize| one.parts[*at].1 == Fate::Asked;
        steps.extend((0..one.parts.len()).filter(asked).map(|part| Step::Land(work, part)));
        if !one.parts.iter().any(|(_, fate)| *fate == Fate::Asked) {
            steps.push(Step::Decide(work));
        }
        if matches!(self.plans[work], Plan::Hold { .. }) {
            steps.push(Step::Abandon(work));
        }
    }

    fn settling(&self, state: &State, steps: &mut Vec<Step>) {
        for (place, image) in state.ledgers.iter().enumerate() {
            for booking in image.holds.keys().chain(image.departing.keys()) {
                let is_known = self.settlement(state, place, *booking).is_some();
                let is_late = image.undecided(*booking).is_some_and(|op| {
                    let is_own = |(work, one): (usize, &Work)| {
                        one.parts.iter().any(|(part, _)| part.booking == *booking)
                            && Self::op(state, work) == op
                    };
                    !state.works.iter().enumerate().any(is_own)
                });
                if is_known && (self.safeguards.sweeps || !is_late) {
                    steps.push(Step::Settle(place, *booking));
                }
            }
        }
    }

    /// Whether a pause is over.
    fn may_retry(&self, state: &State) -> bool {
        let is_at_first =
            |one: &Work| one.tries_count == 0 && matches!(one.stage, Stage::Idle | Stage::Taking);
        let is_kept = |image: &Image| {
            let keeps = image.holds.values().map(|(op, _)| op).chain(image.departing.values());
            let mut outcomes = keeps.filter_map(|op| state.ops.get(op));
            outcomes.any(|outcome| *outcome != Outcome::Pending)
        };
        let is_over = !state.works.iter().any(is_at_first) && !state.ledgers.iter().any(is_kept);
        is_over || !self.is_patient
    }

    fn faults(&self, state: &State, steps: &mut Vec<Step>) {
        for (work, one) in state.works.iter().enumerate() {
            let is_operation = !matches!(self.plans[work], Plan::Book { .. } | Plan::Cancel { .. });
            if one.stage != Stage::Taking || !is_operation {
                continue;
            }
            steps.push(Step::Crash(work));
            for part in (0..one.parts.len()).filter(|part| one.parts[*part].1 == Fate::Asked) {
                steps.extend([
                    Step::Lose(work, part),
                    Step::Delay(work, part),
                    Step::Unheard(work, part),
                    Step::Misheard(work, part),
                ]);
                if !self.safeguards.asks_once {
                    steps.push(Step::Double(work, part));
                }
            }
        }
    }
}
