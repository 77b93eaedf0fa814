//! The audit trail as people read it, and the overrides that it tells of.

use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;
use domain::audit::{AuditDraft, AuditEntry};
use domain::ids::TeamId;
use domain::ledger::LedgerNo;

use crate::chain::AppendAudit;
use crate::database::Database;
use crate::error::StoreError;
use crate::like::{ESCAPE, beginning_with};
use crate::records::{AuditQuery, OverrideRecord};
use crate::rows::audit::AuditRow;
use crate::rows::overrides::OverrideRow;
use crate::rows::{sequence, stamp};
use crate::schema::{audit, overrides, teams};
use crate::traits::AuditStore;

/// Most entries read at once: a longer trail is read page by page.
const PAGE_ENTRIES_MAX: u32 = 10_000;

/// Reads the trail, and appends what no other write is part of.
pub(crate) struct Audit {
    database: Arc<Database>,
}

impl Audit {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl AuditStore for Audit {
    fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let mut entries = audit::table.into_boxed();
        if let Some(object) = &query.object {
            let pattern = beginning_with(object);
            entries = entries.filter(audit::object.like(pattern).escape(ESCAPE));
        }
        if let Some(actor) = query.actor {
            entries = entries.filter(audit::actor_id.eq(actor.0.as_bytes().to_vec()));
        }
        if let Some(from) = query.from {
            entries = entries.filter(audit::at.ge(stamp(from)));
        }
        if let Some(to) = query.to {
            entries = entries.filter(audit::at.lt(stamp(to)));
        }
        let after = sequence(query.after);
        entries = match query.newest_first {
            false => entries.filter(audit::seq.gt(after)).order(audit::seq.asc()),
            true if after == 0 => entries.order(audit::seq.desc()),
            true => entries.filter(audit::seq.lt(after)).order(audit::seq.desc()),
        };
        let limit = i64::from(query.limit.min(PAGE_ENTRIES_MAX));
        let rows: Vec<AuditRow> = self
            .database
            .read(|conn| Ok(entries.limit(limit).select(AuditRow::as_select()).load(conn)?))?;
        rows.into_iter().map(AuditEntry::try_from).collect()
    }

    fn append_audit(&self, draft: &AuditDraft) -> Result<(), StoreError> {
        self.database.write(|conn| conn.append_audit(std::slice::from_ref(draft)))
    }

    fn overrides(
        &self,
        team: TeamId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<OverrideRecord>, StoreError> {
        self.database.read(|conn| {
            let by_id = teams::table.filter(teams::id.eq(team.0.as_bytes().to_vec()));
            let found: Option<i32> = by_id.select(teams::no).first(conn).optional()?;
            let Some(no) = found.map(domain::ids::TeamNo) else { return Ok(Vec::new()) };
            let rows: Vec<OverrideRow> = overrides::table
                .filter(overrides::ledger_id.ge(LedgerNo::of(no, from).0))
                .filter(overrides::ledger_id.le(LedgerNo::of(no, to).0))
                .order((overrides::created_at.desc(), overrides::id.desc()))
                .select(OverrideRow::as_select())
                .load(conn)?;
            rows.into_iter().map(|row| row.record(team)).collect()
        })
    }
}
