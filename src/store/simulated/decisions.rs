//! How operations are decided in the simulated store.

use domain::booking::Status;

use super::Weakness;
use super::world::{World, pending};
use crate::batch::{
    DecidedBooking, Decision, DecisionOutcome, IdempotencyRecord, OpStatus, Violation,
};
use crate::decisions::promo_uses;
use crate::records::BookingRecord;
use crate::rows::LINK_NO_FIRST;

impl World {
    /// Writes one decision, or nothing.
    pub(super) fn decide(&mut self, decision: &Decision) -> DecisionOutcome {
        let id = decision.op.op;
        let mut op = self.ops.get(&id).cloned().unwrap_or_else(|| pending(&decision.op));
        if op.status != OpStatus::Pending && !self.has(Weakness::TwoDecisions) {
            return DecisionOutcome::Already(op.status);
        }
        if decision.to == OpStatus::Expired && op.expires_at > self.now {
            return DecisionOutcome::NotYet;
        }
        let stale = decision.bookings.iter().find(|booking| !self.stands_as_decided(booking));
        if let Some(stale) = stale {
            return DecisionOutcome::Stale(stale.booking);
        }
        let key_of = |record: &IdempotencyRecord| (record.principal.clone(), record.key.clone());
        if let Some(record) = &decision.idempotency {
            let stored = self.keys.get(&key_of(record)).filter(|_| !self.has(Weakness::NoKeys));
            if let Some(stored) = stored {
                return DecisionOutcome::Key(Box::new(stored.clone()));
            }
        }
        let uses = promo_uses(decision);
        match self.grant_promos(&uses, &[]) {
            Ok(granted) => self.use_promos(&granted),
            Err(refused) => {
                if let [Violation::Promo { booking, promo, why }, ..] = refused.as_slice() {
                    return DecisionOutcome::Promo { booking: *booking, promo: *promo, why: *why };
                }
            }
        }
        if let Some(record) = &decision.idempotency {
            self.keys.insert(key_of(record), record.clone());
        }
        let all = decision.bookings.len();
        let written = if self.has(Weakness::HalfDecisions) { all.max(2) - 1 } else { all };
        for booking in decision.bookings.iter().take(written) {
            self.put_decided(booking, decision);
        }
        if let Some(draft) = &decision.series {
            self.series.entry(draft.id).or_insert_with(|| draft.clone());
        }
        (op.status, op.decided_at) = (decision.to, Some(decision.at));
        if decision.to == OpStatus::Confirmed {
            op.bookings = decision.bookings.iter().map(|booking| booking.booking).collect();
        }
        self.ops.insert(id, op);
        DecisionOutcome::Decided
    }

    /// Whether the booking's row is what the decision takes it for, and everybody it names exists.
    fn stands_as_decided(&self, decided: &DecidedBooking) -> bool {
        let stored = self.bookings.get(&decided.booking);
        let stored = stored.map(|stored| (stored, self.number(stored.key)));
        let is_known =
            decided.entry.member.is_none_or(|who| self.directory.holders.contains_key(&who.into()));
        let stands = match (&decided.draft, decided.from, stored) {
            (Some(_), _, stored) => stored.is_none(),
            (None, Some(from), Some((stored, no))) => {
                no == Some(from) && stored.entry.rev + 1 == decided.entry.rev
            }
            (None, None, Some((stored, no))) => {
                no == Some(decided.no) && stored.entry.status == Status::Held
            }
            (None, _, None) => false,
        };
        is_known && stands
    }

    fn put_decided(&mut self, decided: &DecidedBooking, decision: &Decision) {
        if let Some(draft) = &decided.draft {
            let record = BookingRecord {
                id: decided.booking,
                key: decided.key,
                entry: decided.entry.clone(),
                draft: draft.as_ref().clone(),
                seq: decided.seq,
                fee: None,
                payment: None,
                is_displaced: false,
                link_no: LINK_NO_FIRST,
                created_at: decision.at,
                updated_at: decision.at,
            };
            self.bookings.insert(decided.booking, record);
        } else if let Some(stored) = self.bookings.get_mut(&decided.booking) {
            (stored.key, stored.seq) = (decided.key, decided.seq);
            stored.entry = decided.entry.clone();
            stored.is_displaced = false;
            stored.updated_at = decision.at;
        }
    }
}
