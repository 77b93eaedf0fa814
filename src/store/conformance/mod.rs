//! What every store must do, run on each: simulated, SQLite and, when `DAYBOOK_TEST_POSTGRES` names
//! a server, PostgreSQL.
//!
//! A case knows nothing of the engine: it writes through lanes, and looks through the traits and
//! the few questions of [`Fixture`]. A case that only one store can pass is a bug in the others.

pub(crate) mod author;
mod decided;
mod fence;
mod kept;
mod merged;
mod moved;
mod net;
mod promos;
mod random;
mod random_ops;
mod read;
mod simulated;
pub(crate) mod sql;
mod work;

use std::sync::Arc;

use domain::audit::AuditEntry;
use domain::catalog::Team;
use domain::ids::{BookingId, BookingNo, MemberId, ResourceId, ResourceNo};
use domain::ledger::{LedgerKey, LedgerNo};
use domain::pricing::Promo;

use crate::records::{BookingRecord, OverrideRecord};
use crate::traits::{CommitLane, LedgerStore, OpStore, PromoStore};

/// An empty store of some kind.
pub(crate) trait Fixture: Sync {
    fn ledgers(&self) -> Arc<dyn LedgerStore>;

    fn ops(&self) -> Arc<dyn OpStore>;

    fn promos(&self) -> Arc<dyn PromoStore>;

    /// One more lane, as another thread or another node has it.
    fn lane(&self) -> Box<dyn CommitLane>;

    /// Creates or replaces a team.
    fn put_team(&self, team: &Team);

    fn put_member(&self, member: MemberId, no: ResourceNo);

    fn put_resource(&self, resource: ResourceId, no: ResourceNo);

    /// Creates a promo.
    fn put_promo(&self, promo: &Promo);

    fn booking(&self, id: BookingId) -> Option<BookingRecord>;

    fn claims(&self) -> Vec<(ResourceNo, i32, BookingNo)>;

    /// Sequence number and kind of what somebody outside must hear, in order.
    fn outbox(&self, ledger: LedgerNo) -> Vec<(u64, String)>;

    fn audit(&self) -> Vec<AuditEntry>;

    fn overrides(&self, key: LedgerKey) -> Vec<OverrideRecord>;

    /// What of the rows does not hold together, where somebody can look at them.
    fn findings(&self) -> Vec<String> {
        Vec::new()
    }
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
    decided::an_operation_is_decided_once;
    decided::lanes_that_decide_one_operation_at_once_agree_on_how;
    decided::an_operation_expires_only_when_its_time_is_over;
    decided::an_operation_called_off_before_its_holds_landed_stays_called_off;
    decided::a_place_that_people_see_is_theirs_once_confirmed;
    decided::a_key_that_is_used_leaves_the_operation_undecided;
    decided::a_decision_about_a_booking_that_changed_meanwhile_writes_nothing;
    decided::decisions_are_written_beside_ledgers_that_are_left_out;
    decided::a_series_is_read_with_its_bookings_in_order;
    kept::what_is_kept_is_loaded_as_it_was_taken;
    kept::a_place_held_and_let_go_in_one_batch_leaves_no_trace_but_events;
    kept::whoever_joins_and_is_offered_a_place_in_one_batch_is_one_held_row;
    kept::an_offer_that_lapses_goes_to_the_next_in_the_same_batch;
    kept::who_leaves_the_line_is_out_of_it_and_keeps_a_row;
    kept::a_booking_that_is_frozen_again_in_the_batch_that_thaws_it_is_frozen;
    kept::every_way_a_booking_ends_is_written_with_what_it_costs;
    kept::a_booking_is_displaced_until_it_moves;
    kept::a_room_wanted_by_two_ledgers_goes_to_one;
    kept::an_emergency_alarms_somebody_beside_its_confirmation;
    moved::a_move_is_true_from_its_decision_on_however_late_the_ledgers_settle;
    moved::a_booking_that_has_left_takes_the_time_it_keeps_along;
    moved::a_booking_that_ends_before_its_old_ledger_settles_leaves_no_claim;
    moved::time_that_has_just_left_cannot_be_taken_where_it_was;
    moved::a_move_that_is_called_off_leaves_the_booking_where_it_was;
    moved::a_move_within_the_day_holds_its_new_time_beside_the_old;
    promos::the_last_use_goes_to_one_of_two_ledgers_in_one_commit;
    promos::lanes_that_want_one_promo_at_once_use_it_as_often_as_it_may_be;
    promos::everybody_whom_a_promo_refuses_is_named_at_once;
    promos::a_decision_that_a_promo_refuses_writes_nothing;
    promos::a_use_is_given_back_once_whichever_way_its_booking_ends;
    promos::what_is_given_back_can_be_used_in_the_commit_that_gives_it_back;
    promos::whoever_asks_again_hears_of_the_key_and_not_of_the_promo;
    promos::a_promo_that_is_ended_or_unknown_is_used_by_nobody;
    promos::who_has_booked_is_known_by_address_and_by_account;
    work::operations_are_counted_until_their_time_is_over_and_found_then;
    work::what_nobody_confirmed_in_time_and_who_waits_in_vain_is_found;
    work::what_a_process_left_behind_is_found_by_its_rows;
    work::work_is_found_again_until_it_is_done;
    random::lanes_that_write_at_random_leave_rows_that_match_their_history;
    random_ops::operations_taken_decided_and_settled_at_random_leave_rows_that_match;
}
