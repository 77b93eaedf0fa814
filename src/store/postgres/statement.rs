//! A whole commit as one statement, and so as one round trip and one transaction.
//!
//! The ledgers are locked in order of their numbers, moved where they have the version that was
//! expected, and everything else is inserted only for those that moved. All parts see the database
//! as it was when the statement began, which is why a batch is reduced to one write per row before
//! (see [`crate::rows::batch`]).
//!
//! It needs READ COMMITTED: an UPDATE that waited for another transaction looks at `version` again
//! in the row as that one left it.

use diesel::RunQueryDsl;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;

use super::columns::{
    AskedColumns, AskedRow, BookingColumns, ChangeColumns, ChangeRow, ClaimColumns, ClaimOf,
    EndedColumns, EndedRow, EventColumns, KeyColumns, KeyRow, MoveColumns, MoveRow, OutboxColumns,
    OutboxRow,
};
use crate::error::StoreError;
use crate::rows::batch::{BatchRows, ClaimRow};
use crate::rows::idempotency::NewKey;
use crate::rows::new_booking::NewBooking;

/// Answers the numbers of the ledgers that moved.
#[derive(Default)]
pub(super) struct Commit<'a> {
    asked: AskedColumns<'a>,
    booked: BookingColumns<'a>,
    changed: ChangeColumns<'a>,
    events: EventColumns<'a>,
    keys: KeyColumns<'a>,
    freed: ClaimColumns<'a>,
    moved: MoveColumns<'a>,
    taken: ClaimColumns<'a>,
    outbox: OutboxColumns<'a>,
    ended: EndedColumns<'a>,
}

impl<'a> Commit<'a> {
    /// Puts `batches` together, each kind of row in order of its key: two lanes that want the same
    /// rows then wait for each other in the same order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when something cannot be written as JSON.
    pub(super) fn of(batches: &[&'a BatchRows<'a>]) -> Result<Self, StoreError> {
        let mut commit = Self::default();
        let mut ordered = batches.to_vec();
        ordered.sort_unstable_by_key(|rows| rows.batch.no);
        let (mut keys, mut claims) = (Vec::new(), Vec::new());
        for rows in ordered {
            let ledger = rows.batch.no.0;
            let claim = |row: &ClaimRow| ClaimOf::of(ledger, *row);
            commit.asked.push(AskedRow::of(rows.batch)?);
            for row in &rows.booked {
                commit.booked.push(NewBooking::of(rows.batch.no, row));
            }
            for changed in &rows.changed {
                commit.changed.push(ChangeRow::of(ledger, changed.into()));
            }
            for event in &rows.events {
                commit.events.push(event.clone());
            }
            rows.claims.freed.iter().for_each(|row| commit.freed.push(claim(row)));
            rows.claims.moved.iter().for_each(|row| commit.moved.push(MoveRow::of(ledger, *row)));
            claims.extend(rows.claims.taken.iter().map(claim));
            keys.extend(rows.keys().map(|key| KeyRow::of(ledger, &NewKey::from(key))));
            rows.ended.iter().for_each(|row| commit.ended.push(EndedRow::of(ledger, row)));
            for notice in &rows.outbox {
                commit.outbox.push(OutboxRow::of(ledger, *notice));
            }
        }
        claims.sort_unstable_by_key(ClaimOf::primary_key);
        for row in claims {
            commit.taken.push(row);
        }
        keys.sort_unstable_by_key(KeyRow::primary_key);
        for row in keys {
            commit.keys.push(row);
        }
        Ok(commit)
    }
}

/// Only what belongs to a ledger that moved is written.
const IF_PASSED: &str = " WHERE new.ledger_id IN (SELECT id FROM passed)";

/// Locks first the teams whose days are opened (nobody may change their limits meanwhile), then the
/// ledgers, each in order.
const LOCK: &str = "), team AS MATERIALIZED (
    SELECT no, rev FROM teams WHERE no IN (SELECT team_no FROM asked) ORDER BY no FOR SHARE
), locked AS MATERIALIZED (
    SELECT id FROM ledgers WHERE id IN (SELECT id FROM asked) ORDER BY id FOR UPDATE
), advanced AS (
    UPDATE ledgers SET version = asked.version, epoch = asked.epoch,
        limit_units = asked.limit_units, is_inherited = asked.is_inherited,
        reserve_units = asked.reserve_units, is_closed = asked.is_closed, used = asked.used,
        held = asked.held, hard_limit = asked.hard_limit, last_batch_id = asked.last_batch_id,
        updated_at = asked.updated_at
    FROM asked JOIN locked USING (id)
    WHERE ledgers.id = asked.id AND ledgers.version = asked.expected AND asked.team_no IS NULL
    RETURNING ledgers.id
), opened AS (
    INSERT INTO ledgers (id, version, epoch, limit_units, is_inherited, reserve_units, is_closed,
        used, held, hard_limit, opening, last_batch_id, updated_at)
    SELECT asked.id, version, epoch, limit_units, is_inherited, reserve_units, is_closed,
        used, held, hard_limit, opening, last_batch_id, updated_at
    FROM asked JOIN team ON team.no = asked.team_no AND team.rev = asked.team_rev
    ORDER BY asked.id
    ON CONFLICT (id) DO NOTHING
    RETURNING id
), passed AS MATERIALIZED (
    SELECT id FROM advanced UNION ALL SELECT id FROM opened
), booked AS (INSERT INTO bookings (";

const CHANGE_BOOKINGS: &str = "), changed AS (
    UPDATE bookings SET seq = new.seq, rev = coalesce(new.rev, bookings.rev),
        status = coalesce(new.status, bookings.status), updated_at = new.updated_at,
        is_displaced = coalesce(new.is_displaced, bookings.is_displaced),
        units = coalesce(new.units, bookings.units),
        units_past_limit = coalesce(new.units_past_limit, bookings.units_past_limit),
        member_no = CASE WHEN new.has_place THEN new.member_no ELSE bookings.member_no END,
        resources = coalesce(new.resources, bookings.resources),
        starts_at = coalesce(new.starts_at, bookings.starts_at),
        ends_at = coalesce(new.ends_at, bookings.ends_at),
        busy_from = coalesce(new.busy_from, bookings.busy_from),
        busy_to = coalesce(new.busy_to, bookings.busy_to),
        fee_amount = coalesce(new.fee_amount, bookings.fee_amount)
    FROM ";

const INSERT_KEYS: &str = "), keys AS (
    INSERT INTO idempotency (principal, key, fingerprint, status, body, etag, location, booking_id,
        created_at)
    SELECT principal, key, fingerprint, status, body, etag, location, booking_id, created_at
    FROM ";

/// Promos are taken in order of their ids, by everybody who writes them.
const GIVE_BACK: &str = " AND redemptions.booking_id = new.booking_id
        AND redemptions.released_at IS NULL
    RETURNING redemptions.promo_id
), fewer AS MATERIALIZED (
    SELECT id, (SELECT count(*) FROM released WHERE promo_id = promos.id) AS uses
    FROM promos WHERE id IN (SELECT promo_id FROM released) ORDER BY id FOR UPDATE
), given_back AS (
    UPDATE promos SET used_count = promos.used_count - fewer.uses
    FROM fewer WHERE promos.id = fewer.id
) SELECT id FROM passed";

const SAME_CLAIM: &str =
    " AND claims.resource_no = new.resource_no AND claims.quantum = new.quantum";

impl QueryFragment<Pg> for Commit<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH asked AS MATERIALIZED (SELECT * FROM ");
        self.asked.unnest(&mut out)?;
        out.push_sql(LOCK);
        BookingColumns::names(&mut out);
        out.push_sql(") SELECT new.* FROM ");
        self.booked.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql(CHANGE_BOOKINGS);
        self.changed.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql(" AND bookings.id = new.id), events AS (INSERT INTO events (");
        EventColumns::names(&mut out);
        out.push_sql(") SELECT new.* FROM ");
        self.events.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql(INSERT_KEYS);
        self.keys.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql("), freed AS (DELETE FROM claims USING ");
        self.freed.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql(SAME_CLAIM);
        out.push_sql(" AND claims.booking_no = new.booking_no), moved AS (");
        out.push_sql(
            "UPDATE claims SET booking_no = new.booking_no, ledger_id = new.to_ledger FROM ",
        );
        self.moved.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql(SAME_CLAIM);
        out.push_sql(" AND claims.booking_no = new.from_no), taken AS (");
        out.push_sql("INSERT INTO claims (resource_no, quantum, booking_no, ledger_id) ");
        out.push_sql("SELECT resource_no, quantum, booking_no, ledger_id FROM ");
        self.taken.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql("), told AS (INSERT INTO outbox (");
        OutboxColumns::names(&mut out);
        out.push_sql(") SELECT new.* FROM ");
        self.outbox.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql("), released AS (UPDATE redemptions SET released_at = new.at FROM ");
        self.ended.unnest(&mut out)?;
        out.push_sql(IF_PASSED);
        out.push_sql(GIVE_BACK);
        Ok(())
    }
}

/// The text never depends on the values, so it is prepared once per connection.
impl QueryId for Commit<'_> {
    type QueryId = Commit<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Commit<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for Commit<'_> {}

/// How the server would go about a commit of `rows`.
#[cfg(test)]
pub(super) fn explain(conn: &mut PgConnection, rows: &BatchRows<'_>) -> String {
    struct Explain<'a>(Commit<'a>);

    impl QueryFragment<Pg> for Explain<'_> {
        fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
            out.push_sql("EXPLAIN ");
            self.0.walk_ast(out)
        }
    }

    impl QueryId for Explain<'_> {
        type QueryId = Explain<'static>;
        const HAS_STATIC_QUERY_ID: bool = true;
    }

    impl Query for Explain<'_> {
        type SqlType = diesel::sql_types::Text;
    }

    impl RunQueryDsl<PgConnection> for Explain<'_> {}

    let commit = Commit::of(&[rows]).unwrap();
    Explain(commit).load::<String>(conn).unwrap().join("\n")
}
