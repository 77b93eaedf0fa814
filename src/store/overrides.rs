//! Writing overrides, as part of the commit of the ledger they change.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

use crate::rows::batch::{BatchRows, CreatedOverride, RevokedOverride};
use crate::rows::stamp;
use crate::schema::overrides;

/// A connection on which overrides can be written.
pub(crate) trait WriteOverrides {
    /// Writes the overrides that `rows` create and end, inside the caller's transaction.
    ///
    /// # Errors
    ///
    /// As any statement.
    fn write_overrides(&mut self, rows: &BatchRows<'_>) -> QueryResult<()>;
}

macro_rules! write_overrides_on {
    ($($connection:ty),*) => {$(
        impl WriteOverrides for $connection {
            fn write_overrides(&mut self, rows: &BatchRows<'_>) -> QueryResult<()> {
                for created in &rows.created {
                    let CreatedOverride { id, delta, expires_at, reason, .. } = created;
                    diesel::insert_into(overrides::table)
                        .values((
                            overrides::id.eq(id.0.as_bytes().as_slice()),
                            overrides::ledger_id.eq(rows.batch.no.0),
                            overrides::delta.eq(delta),
                            overrides::expires_at.eq(expires_at.map(stamp)),
                            overrides::reason.eq(reason),
                            overrides::created_by.eq(bytes(created.created_by)),
                            overrides::created_at.eq(stamp(created.created_at)),
                        ))
                        .execute(self)?;
                }
                let at_once = rows.created.iter().filter_map(|one| one.revoked.as_ref());
                for RevokedOverride { id, by, at, reason } in rows.revoked.iter().chain(at_once) {
                    diesel::update(overrides::table.find(id.0.as_bytes().as_slice()))
                        .set((
                            overrides::revoked_by.eq(bytes(*by)),
                            overrides::revoked_at.eq(Some(stamp(*at))),
                            overrides::revoke_reason.eq(reason),
                        ))
                        .execute(self)?;
                }
                Ok(())
            }
        }
    )*};
}

write_overrides_on!(SqliteConnection, PgConnection);

fn bytes(user: Option<domain::ids::UserId>) -> Option<Vec<u8>> {
    user.map(|id| id.0.as_bytes().to_vec())
}
