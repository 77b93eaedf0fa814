//! Whose time a booking takes, and which rooms and vehicles it uses.

use super::Ledger;
use super::command::{Assignment, Choice, Foreign};
use super::rejection::Rejection;
use crate::ids::{BookingId, BookingNo, HolderId, MemberId, ResourceId};
use crate::time::Slot;

/// A booking that is looked at again: what it has must not speak against it.
pub(super) type Own = (BookingId, BookingNo);

/// Whether `holder` has nothing else to do during `busy`.
fn is_free(
    ledger: &Ledger,
    holder: HolderId,
    busy: Slot,
    own: Option<Own>,
    foreign: &Foreign,
) -> bool {
    let (booking, no) = own.unzip();
    ledger.occupancy().clash(holder, busy, booking).is_none() && !foreign.is_busy(holder, busy, no)
}

/// Chooses whose time a booking takes and what it uses.
pub(super) fn choose_all(
    ledger: &Ledger,
    (assignment, needs): (&Assignment, &[Vec<ResourceId>]),
    busy: Slot,
    own: Option<Own>,
    foreign: &Foreign,
) -> Result<Choice, Rejection> {
    let member = choose(ledger, assignment, busy, own, foreign)?;
    let mut resources: Vec<ResourceId> = Vec::with_capacity(needs.len());
    for candidates in needs {
        let free = candidates
            .iter()
            .copied()
            .filter(|one| !resources.contains(one))
            .find(|one| is_free(ledger, (*one).into(), busy, own, foreign));
        resources.push(free.ok_or(Rejection::SlotTaken)?);
    }
    Ok(Choice { member, resources })
}

/// Chooses whose time a booking takes: the preferred member, else the one with least to do that
/// day, else the one whose turn it is.
pub(super) fn choose(
    ledger: &Ledger,
    assignment: &Assignment,
    busy: Slot,
    own: Option<Own>,
    foreign: &Foreign,
) -> Result<Option<MemberId>, Rejection> {
    let is_free = |member: MemberId| is_free(ledger, member.into(), busy, own, foreign);
    match assignment {
        Assignment::Nobody => Ok(None),
        Assignment::Exactly(member) if is_free(*member) => Ok(Some(*member)),
        Assignment::Exactly(member) => Err(Rejection::MemberUnavailable { member: *member }),
        Assignment::Anyone { candidates, preferred } => {
            let wanted = preferred.filter(|member| candidates.contains(member) && is_free(*member));
            if wanted.is_some() {
                return Ok(wanted);
            }
            // Round robin without a counter of its own: the version moves with every event, so
            // whoever stands first among equals moves with it.
            let turns = u64::try_from(candidates.len()).unwrap_or(1).max(1);
            let turn = usize::try_from(ledger.version % turns).unwrap_or(0);
            let (before, from) = candidates.split_at_checked(turn).unwrap_or((&[], candidates));
            from.iter()
                .chain(before)
                .copied()
                .filter(|member| is_free(*member))
                .min_by_key(|member| minutes_without(ledger, *member, own))
                .map(Some)
                .ok_or(Rejection::SlotTaken)
        }
    }
}

/// Minutes for which `member` is busy in this ledger, leaving the booking `own` aside: what is
/// being moved must not speak against whoever has it.
fn minutes_without(ledger: &Ledger, member: MemberId, own: Option<Own>) -> i64 {
    let own = own.and_then(|(booking, _)| ledger.entries.get(&booking));
    let own_minutes = own
        .filter(|entry| entry.member == Some(member))
        .map_or(0, |entry| (entry.busy.ends_at - entry.busy.starts_at).num_minutes());
    ledger.occupancy().minutes(member.into()) - own_minutes
}
