//! Sets of instants, kept as lists of slots in order that neither overlap nor touch.

use crate::time::Slot;

/// The set of all instants in `slots`, which may come in any order and overlap.
pub(super) fn union(mut slots: Vec<Slot>) -> Vec<Slot> {
    slots.retain(|slot| slot.starts_at < slot.ends_at);
    slots.sort_unstable();
    let mut merged: Vec<Slot> = Vec::with_capacity(slots.len());
    for slot in slots {
        match merged.last_mut() {
            Some(last) if slot.starts_at <= last.ends_at => {
                last.ends_at = last.ends_at.max(slot.ends_at);
            }
            _ => merged.push(slot),
        }
    }
    merged
}

/// What is in both of two sets. A set has a handful of slots, so every pair is looked at.
pub(super) fn intersection(ones: &[Slot], others: &[Slot]) -> Vec<Slot> {
    let shared = |one: &Slot, other: &Slot| Slot {
        starts_at: one.starts_at.max(other.starts_at),
        ends_at: one.ends_at.min(other.ends_at),
    };
    union(ones.iter().flat_map(|one| others.iter().map(move |other| shared(one, other))).collect())
}

/// What is in `set` and not in `away`.
pub(super) fn difference(mut set: Vec<Slot>, away: Slot) -> Vec<Slot> {
    if away.starts_at >= away.ends_at || !set.iter().any(|slot| slot.overlaps(away)) {
        return set;
    }
    let before = |slot: Slot| Slot { ends_at: slot.ends_at.min(away.starts_at), ..slot };
    let after = |slot: Slot| Slot { starts_at: slot.starts_at.max(away.ends_at), ..slot };
    set = set.into_iter().flat_map(|slot| [before(slot), after(slot)]).collect();
    union(set)
}
