//! Looking up many idempotency keys at once, by a statement that stays prepared.
//!
//! Diesel prepares a list of any length anew each time, and in a rush on a full day that costs more
//! than looking. Here the lengths are powers of two: a connection soon has a statement for each.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, Text};

use crate::schema::idempotency;

/// Whether a row of `idempotency` has one of these names: its principal and its key.
#[derive(Debug)]
pub(crate) struct Named<'a>(pub &'a [(String, String)]);

impl Named<'_> {
    /// The names, the last one as often as makes them a power of two.
    fn slots(&self) -> impl Iterator<Item = &(String, String)> {
        let padding = self.0.len().next_power_of_two() - self.0.len();
        self.0.iter().chain(self.0.last().into_iter().cycle().take(padding))
    }
}

impl Expression for Named<'_> {
    type SqlType = Bool;
}

impl AppearsOnTable<idempotency::table> for Named<'_> {}

impl ValidGrouping<()> for Named<'_> {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Named<'_> {
    type QueryId = ();
    // The statement is known by its text, which depends on the number of slots.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB> QueryFragment<DB> for Named<'_>
where
    DB: Backend + HasSqlType<Text>,
    str: ToSql<Text, DB>,
    idempotency::principal: QueryFragment<DB>,
    idempotency::key: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        idempotency::principal.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        idempotency::key.walk_ast(out.reborrow())?;
        out.push_sql(") IN (VALUES ");
        for (number, (principal, key)) in self.slots().enumerate() {
            out.push_sql(if number == 0 { "(" } else { ", (" });
            out.push_bind_param::<Text, str>(principal)?;
            out.push_sql(", ");
            out.push_bind_param::<Text, str>(key)?;
            out.push_sql(")");
        }
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use diesel::connection::InstrumentationEvent;
    use diesel::prelude::*;

    use super::*;
    use crate::conformance::sql::{postgres, sqlite};

    fn names(count: usize) -> Vec<(String, String)> {
        (0..count).map(|number| ("guest".to_owned(), format!("key {number}"))).collect()
    }

    #[test]
    fn keys_are_looked_up_by_few_statements_that_stay_prepared() {
        for fixture in [Some(sqlite()), postgres()].into_iter().flatten() {
            let mut conn = fixture.database.dedicated().unwrap();
            let cached_count = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&cached_count);
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
            let mut cached_after = |count| {
                let names = names(count);
                let found = idempotency::table.filter(Named(&names)).select(idempotency::key);
                assert_eq!(found.load::<String>(&mut conn).unwrap(), Vec::<String>::new());
                cached_count.load(Ordering::Relaxed)
            };

            assert_eq!([3, 4, 3, 5, 8, 6].map(&mut cached_after), [1, 1, 1, 2, 2, 2]);
            assert_eq!(cached_after(256), 3);
        }
    }

    #[test]
    fn sqlite_finds_them_by_the_primary_key() {
        #[derive(QueryableByName)]
        struct Step {
            #[diesel(sql_type = Text)]
            detail: String,
        }
        let fixture = sqlite();
        let names = names(4);
        let select = idempotency::table.filter(Named(&names)).select(idempotency::key);
        let sql = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&select).to_string();
        let sql = sql.split(" -- ").next().unwrap();
        let mut conn = fixture.database.dedicated().unwrap();

        let plan = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
        let steps: Vec<Step> = plan.load(&mut conn).unwrap();

        let uses_key = |step: &Step| step.detail.contains("(principal=? AND key=?)");
        assert!(
            steps.iter().any(uses_key),
            "{:?}",
            steps.iter().map(|s| &s.detail).collect::<Vec<_>>()
        );
    }
}
