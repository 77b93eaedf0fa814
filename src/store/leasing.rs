//! How rows that somebody works off change hands: the outbox, reminders, direct letters, deliveries
//! of webhooks. Their tables have `state`, `attempts`, `next_attempt_at`, `last_error`, `done_at`.
//!
//! Macros, because Diesel knows each table by types of its own.
//!
//! **Invariant:** a row changes hands by compare-and-set on its state and its time, so of two
//! processes that look at once only one has it, and whoever was so slow that somebody else has it
//! now does not speak for it.

/// States in which somebody is still to do something. The indexes of open rows name the same.
pub(crate) const OPEN: [&str; 4] = ["planned", "leased", "sending", "retry"];

/// Leases the row `$row`, which `$found` names, until `$until`; false when it has changed since.
macro_rules! take {
    ($conn:expr, $table:ident, $found:expr, $row:expr, $until:expr) => {
        diesel::update($found)
            .filter($table::state.eq(&$row.state))
            .filter($table::next_attempt_at.eq($row.next_attempt_at))
            .set((
                $table::state.eq(State::Leased.name()),
                $table::attempts.eq($row.attempts + 1),
                $table::next_attempt_at.eq(stamp($until)),
            ))
            .execute($conn)?
            == 1
    };
}

/// Notes of a row leased `$until` then that it may leave; false when somebody else has it by now.
macro_rules! begin {
    ($conn:expr, $table:ident, $found:expr, $until:expr) => {
        diesel::update($found)
            .filter($table::state.eq(State::Leased.name()))
            .filter($table::next_attempt_at.eq(stamp($until)))
            .set($table::state.eq(State::Sending.name()))
            .execute($conn)?
            == 1
    };
}

/// Notes what came of a row leased `$until` then, unless somebody else has it by now.
macro_rules! end {
    ($conn:expr, $table:ident, $found:expr, $end:expr, $until:expr) => {
        diesel::update($found)
            .filter($table::state.eq_any([State::Leased.name(), State::Sending.name()]))
            .filter($table::next_attempt_at.eq(stamp($until)))
            .set((
                $table::state.eq($end.state.name()),
                $table::attempts.eq(number($end.attempts)),
                $table::next_attempt_at.eq(stamp($end.next_attempt_at)),
                $table::last_error.eq(&$end.error),
                $table::done_at.eq($end.done_at.map(stamp)),
            ))
            .execute($conn)?
    };
}

/// Lets a row that was given up be tried again, from the first attempt; false when it was not.
macro_rules! revive {
    ($conn:expr, $table:ident, $found:expr, $now:expr) => {
        diesel::update($found)
            .filter($table::state.eq(State::Dead.name()))
            .set((
                $table::state.eq(State::Retry.name()),
                $table::attempts.eq(0),
                $table::next_attempt_at.eq(stamp($now)),
                $table::done_at.eq(None::<NaiveDateTime>),
            ))
            .execute($conn)?
            == 1
    };
}

pub(crate) use {begin, end, revive, take};
