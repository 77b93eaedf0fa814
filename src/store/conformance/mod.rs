//! What every store must do, run on each: simulated, SQLite and, when `DAYBOOK_TEST_POSTGRES` names
//! a server, PostgreSQL.
//!
//! A case knows nothing of the engine: it writes through lanes, and looks through the traits and
//! the few questions of [`Fixture`]. A case that only one store can pass is a bug in the others.

pub(crate) mod author;
mod fence;
mod merged;
mod net;
mod random;
mod read;
mod simulated;
pub(crate) mod sql;

use std::sync::Arc;

use domain::audit::AuditEntry;
use domain::catalog::Team;
use domain::ids::{BookingId, BookingNo, MemberId, ResourceId, ResourceNo};
use domain::ledger::{LedgerKey, LedgerNo};

use crate::records::{BookingRecord, OverrideRecord};
use crate::traits::{CommitLane, LedgerStore, OpStore};

/// An empty store of some kind.
pub(crate) trait Fixture: Sync {
    fn ledgers(&self) -> Arc<dyn LedgerStore>;

    fn ops(&self) -> Arc<dyn OpStore>;

    /// One more lane, as another thread or another node has it.
    fn lane(&self) -> Box<dyn CommitLane>;

    /// Creates or replaces a team.
    fn put_team(&self, team: &Team);

    fn put_member(&self, member: MemberId, no: ResourceNo);

    fn put_resource(&self, resource: ResourceId, no: ResourceNo);

    fn booking(&self, id: BookingId) -> Option<BookingRecord>;

    fn claims(&self) -> Vec<(ResourceNo, i32, BookingNo)>;

    /// Sequence number and kind of what somebody outside must hear, in order.
    fn outbox(&self, ledger: LedgerNo) -> Vec<(u64, String)>;

    fn audit(&self) -> Vec<AuditEntry>;

    fn overrides(&self, key: LedgerKey) -> Vec<OverrideRecord>;
}

macro_rules! on_every_store {
    ($($module:ident :: $case:ident;)*) => {
        mod on_simulated {
            $(#[test] fn $case() { super::$module::$case(&super::simulated::fixture()); })*
        }

        mod on_sqlite {
            $(#[test] fn $case() { super::$module::$case(&super::sql::sqlite()); })*
        }

        mod on_postgres {
            $(#[test] fn $case() {
                if let Some(fixture) = super::sql::postgres() {
                    super::$module::$case(&fixture);
                }
            })*
        }
    };
}

on_every_store! {
    fence::a_ledger_is_opened_by_the_first_who_writes_it;
    fence::a_ledger_is_opened_only_while_its_team_stands_as_it_was_read;
    fence::a_batch_behind_the_stored_version_writes_nothing;
    fence::a_batch_sent_again_is_fenced_and_the_row_names_it;
    fence::two_lanes_that_duel_on_one_ledger_sell_exactly_its_limit;
    fence::checks_answer_the_version_after_the_commit;
    merged::of_merged_ledgers_only_the_fenced_and_the_poisoned_are_left_out;
    merged::a_key_sent_to_two_ledgers_at_once_is_kept_by_one;
    merged::a_person_wanted_by_two_ledgers_at_once_goes_to_one;
    merged::a_booking_that_exists_elsewhere_is_named;
    merged::a_key_twice_in_one_batch_leaves_nothing_of_it;
    merged::a_booking_for_somebody_unknown_leaves_nothing_of_its_batch;
    merged::every_culprit_is_named_not_only_the_first;
    net::a_booking_made_and_called_off_in_one_batch_is_one_cancelled_row;
    net::time_freed_in_a_batch_can_be_taken_in_it;
    net::a_booking_moved_across_its_own_old_time_keeps_what_it_shares;
    net::bookings_that_swap_places_in_one_batch_hold_each_others_time;
    net::a_step_alone_changes_status_and_revision_and_nothing_else;
    net::an_override_made_and_revoked_in_one_batch_is_one_ended_row;
    read::what_is_loaded_is_what_replaying_the_history_gives;
    read::a_stored_answer_reads_back_to_the_byte;
    read::a_booking_reads_back_with_everything_that_was_agreed;
    read::foreign_claims_leave_out_the_ledgers_that_are_asked_for;
    read::a_change_of_capacity_is_audited_in_the_commit_that_makes_it;
    read::an_override_is_in_force_until_it_is_revoked;
    read::the_outbox_has_a_row_for_what_somebody_must_hear_and_no_other;
    read::booking_numbers_are_never_given_twice;
    read::ledgers_are_listed_page_by_page_from_the_time_they_were_written;
    read::a_range_is_loaded_day_by_day_opened_or_not;
    read::nothing_is_known_of_a_team_that_does_not_exist;
    random::lanes_that_write_at_random_leave_rows_that_match_their_history;
}
