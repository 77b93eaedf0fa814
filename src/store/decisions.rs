//! Writing how operations are decided, as part of a commit.
//!
//! **Invariant:** a decision is written once. The operation's row is moved away from `pending` by
//! one statement that matches it only there, and all that the decision makes is written in the same
//! transaction, so whoever comes second finds how it was decided and changes nothing.

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;
use diesel::sqlite::SqliteConnection;
use domain::booking::Status;
use domain::ids::BookingId;

use crate::batch::{BookingDraft, DecidedBooking, Decision, DecisionOutcome, OpStatus, Violation};
use crate::error::StoreError;
use crate::lane::Refused;
use crate::promos::commit::UsePromos;
use crate::rows::batch::{BookedRow, Directory, Place, Use, uses_of};
use crate::rows::idempotency::{IdempotencyRow, NewKey};
use crate::rows::json::encode_bookings;
use crate::rows::new_booking::{DecidedChange, NewBooking};
use crate::rows::op::NewOp;
use crate::rows::{number, stamp};
use crate::schema::{bookings, former_ledgers, idempotency, ops, series};

/// A connection on which operations can be decided.
pub(crate) trait Decide {
    /// Writes `decision`, inside the caller's transaction.
    ///
    /// # Errors
    ///
    /// [`Refused`]. After any answer but [`DecisionOutcome::Decided`], and after a refusal, part of
    /// it may be written: the caller must undo it.
    fn decide(
        &mut self,
        decision: &Decision,
        directory: &Directory,
    ) -> Result<DecisionOutcome, Refused>;

    /// Writes what becomes of the row of one booking. False when it is not what the decision takes
    /// it for, or names somebody who is not in the catalogue.
    ///
    /// # Errors
    ///
    /// [`Refused`].
    fn put_decided(
        &mut self,
        booking: &DecidedBooking,
        decision: &Decision,
        directory: &Directory,
    ) -> Result<bool, Refused>;

    /// What stood in the way of a decision that a key refused.
    ///
    /// # Errors
    ///
    /// As any statement.
    fn decided_before(&mut self, decision: &Decision) -> Result<DecisionOutcome, StoreError>;
}

/// Writes `decisions`, each behind a savepoint of the caller's transaction.
///
/// # Errors
///
/// As any statement: nothing of the transaction may be committed then.
pub(crate) fn decide_all<C>(
    conn: &mut C,
    decisions: &[Decision],
    directory: &Directory,
) -> Result<Vec<DecisionOutcome>, StoreError>
where
    C: Decide + Connection<TransactionManager = AnsiTransactionManager>,
{
    let mut outcomes = Vec::with_capacity(decisions.len());
    for decision in decisions {
        AnsiTransactionManager::begin_transaction(conn)?;
        let outcome = match conn.decide(decision, directory) {
            Ok(DecisionOutcome::Decided) => {
                AnsiTransactionManager::commit_transaction(conn)?;
                DecisionOutcome::Decided
            }
            Ok(other) => {
                AnsiTransactionManager::rollback_transaction(conn)?;
                other
            }
            Err(Refused::Constraint(what)) => {
                AnsiTransactionManager::rollback_transaction(conn)?;
                tracing::debug!(op = %decision.op.op, what, "a decision was refused");
                conn.decided_before(decision)?
            }
            Err(Refused::Promo(culprits)) => {
                AnsiTransactionManager::rollback_transaction(conn)?;
                first_promo(&culprits)?
            }
            Err(Refused::Store(error)) => return Err(error),
        };
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

macro_rules! decide_on {
    ($($connection:ty, $clock:literal;)*) => {$(
        impl Decide for $connection {
            fn decide(
                &mut self,
                decision: &Decision,
                directory: &Directory,
            ) -> Result<DecisionOutcome, Refused> {
                diesel::insert_into(ops::table)
                    .values(NewOp::from(&decision.op))
                    .on_conflict_do_nothing()
                    .execute(self)?;
                let op = ops::table.find(decision.op.op.0.as_bytes().as_slice());
                let pending = op.filter(ops::status.eq(OpStatus::Pending.name()));
                let decided = (
                    ops::status.eq(decision.to.name()),
                    ops::decided_at.eq(stamp(decision.at)),
                    ops::bookings.eq(bookings_json(decision)?),
                );
                let moved_count = if decision.to == OpStatus::Expired {
                    let has_expired = ops::expires_at.le(sql::<Timestamp>($clock));
                    diesel::update(pending.filter(has_expired)).set(decided).execute(self)?
                } else {
                    diesel::update(pending).set(decided).execute(self)?
                };
                if moved_count == 0 {
                    let status: String = op.select(ops::status).first(self)?;
                    return standing(&status);
                }
                for booking in &decision.bookings {
                    if !self.put_decided(booking, decision, directory)? {
                        return Ok(DecisionOutcome::Stale(booking.booking));
                    }
                }
                if let Some(draft) = &decision.series {
                    let row = (
                        series::id.eq(draft.id.0.as_bytes().as_slice()),
                        series::rule.eq(&draft.rule),
                        series::zone.eq(&draft.zone),
                        series::first_at.eq(stamp(draft.first_at)),
                    );
                    diesel::insert_into(series::table)
                        .values(row)
                        .on_conflict_do_nothing()
                        .execute(self)?;
                }
                if let Some(record) = &decision.idempotency {
                    let row = NewKey::from(record);
                    diesel::insert_into(idempotency::table).values(row).execute(self)?;
                }
                self.use_promos(&promo_uses(decision))?;
                Ok(DecisionOutcome::Decided)
            }

            fn put_decided(
                &mut self,
                booking: &DecidedBooking,
                decision: &Decision,
                directory: &Directory,
            ) -> Result<bool, Refused> {
                let Ok(place) = Place::of(directory, booking.entry.clone()) else {
                    return Ok(false);
                };
                if let Some(draft) = booking.draft.as_deref() {
                    let row = new_row(booking, place, draft, decision);
                    let row = NewBooking::of(booking.no, &row);
                    let made = diesel::insert_into(bookings::table).values(row).execute(self)?;
                    return Ok(made == 1);
                }
                let change = DecidedChange::of(booking.no, booking.seq, &place, decision.at);
                let id = booking.booking.0.as_bytes().as_slice();
                let row = bookings::table.filter(bookings::id.eq(id));
                let Some(from) = booking.from else {
                    let held = row
                        .filter(bookings::ledger_id.eq(booking.no.0))
                        .filter(bookings::status.eq(Status::Held.name()));
                    return Ok(diesel::update(held).set(change).execute(self)? == 1);
                };
                let stands = row
                    .filter(bookings::ledger_id.eq(from.0))
                    .filter(bookings::rev.eq(number(booking.entry.rev.saturating_sub(1))));
                let moved_count = diesel::update(stands).set(change).execute(self)?;
                if from != booking.no {
                    let row = (
                        former_ledgers::booking_no.eq(booking.entry.no.0),
                        former_ledgers::ledger_id.eq(from.0),
                    );
                    diesel::insert_into(former_ledgers::table)
                        .values(row)
                        .on_conflict_do_nothing()
                        .execute(self)?;
                }
                Ok(moved_count == 1)
            }

            fn decided_before(
                &mut self,
                decision: &Decision,
            ) -> Result<DecisionOutcome, StoreError> {
                if let Some(record) = &decision.idempotency {
                    let row = idempotency::table
                        .find((&record.principal, &record.key))
                        .select(IdempotencyRow::as_select())
                        .first(self)
                        .optional()?;
                    if let Some(row) = row {
                        return Ok(DecisionOutcome::Key(Box::new(row.record()?)));
                    }
                }
                let made = decision.bookings.iter().filter(|booking| booking.draft.is_some());
                let ids: Vec<BookingId> = made.map(|booking| booking.booking).collect();
                for id in ids {
                    let row = bookings::table.filter(bookings::id.eq(id.0.as_bytes().as_slice()));
                    let found: Option<i64> = row.select(bookings::no).first(self).optional()?;
                    if found.is_some() {
                        return Ok(DecisionOutcome::Stale(id));
                    }
                }
                // Whatever it was is gone by now.
                Err(StoreError::Unavailable("a decision was refused: try again".to_owned()))
            }
        }
    )*};
}

decide_on! {
    SqliteConnection, "strftime('%Y-%m-%d %H:%M:%f', 'now')";
    PgConnection, "(clock_timestamp() AT TIME ZONE 'UTC')";
}

/// The promos that `decision` uses: those of the bookings it makes.
pub(crate) fn promo_uses(decision: &Decision) -> Vec<Use> {
    let made = decision.bookings.iter().filter_map(|one| Some((one, one.draft.as_deref()?)));
    made.flat_map(|(one, draft)| uses_of(one.booking, draft, decision.at)).collect()
}

/// The outcome of a decision that promos have no use left for.
fn first_promo(culprits: &[Violation]) -> Result<DecisionOutcome, StoreError> {
    match culprits {
        [Violation::Promo { booking, promo, why }, ..] => {
            Ok(DecisionOutcome::Promo { booking: *booking, promo: *promo, why: *why })
        }
        _ => Err(StoreError::Corrupt("a promo was refused for nobody".to_owned())),
    }
}

/// The row of a booking that a decision makes.
fn new_row<'a>(
    booking: &DecidedBooking,
    place: Place,
    draft: &'a BookingDraft,
    decision: &Decision,
) -> BookedRow<'a> {
    BookedRow {
        id: booking.booking,
        seq: booking.seq,
        place,
        draft,
        fee: None,
        is_displaced: false,
        created_at: decision.at,
        updated_at: decision.at,
    }
}

/// The bookings as the operation's row names them: only when it made or moved any.
fn bookings_json(decision: &Decision) -> Result<Option<String>, StoreError> {
    if decision.to != OpStatus::Confirmed {
        return Ok(None);
    }
    encode_bookings(decision.bookings.iter().map(|booking| booking.booking)).map(Some)
}

/// The outcome for an operation that this decision did not move.
fn standing(status: &str) -> Result<DecisionOutcome, Refused> {
    match OpStatus::parse(status) {
        Some(OpStatus::Pending) => Ok(DecisionOutcome::NotYet),
        Some(decided) => Ok(DecisionOutcome::Already(decided)),
        None => Err(StoreError::Corrupt(format!("an operation is {status}")).into()),
    }
}
