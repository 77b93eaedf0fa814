//! Reading the audit trail.

use domain::audit::AuditEntry;
use store::records::AuditQuery;

use super::verify::{AuditReport, Finding, verify_audit};
use super::{App, Failure};
use crate::auth::{Action, Caller, Resource, can};

/// Most entries on one page.
pub const AUDIT_PAGE_MAX: u32 = 500;

impl App {
    /// One page of the trail, and the position to go on from when there may be more.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`].
    pub async fn audit(
        &self,
        caller: &Caller,
        query: AuditQuery,
    ) -> Result<(Vec<AuditEntry>, Option<u64>), Failure> {
        if !can(caller, Action::ViewAudit, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        let limit = query.limit.clamp(1, AUDIT_PAGE_MAX);
        let query = AuditQuery { limit, ..query };
        let entries = self.blocking(move |store| store.audit.audit(&query)).await?;
        let is_full = u32::try_from(entries.len()).is_ok_and(|count| count == limit);
        let next = entries.last().filter(|_| is_full).map(|last| last.seq);
        Ok((entries, next))
    }

    /// Follows the whole trail, and says where it breaks if it does.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`].
    pub async fn audit_verified(
        &self,
        caller: &Caller,
    ) -> Result<(AuditReport, Option<Finding>), Failure> {
        if !can(caller, Action::ViewAudit, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        self.blocking(|store| {
            let mut first = None;
            let report = verify_audit(store, &mut |finding| {
                first.get_or_insert_with(|| finding.clone());
            })?;
            Ok((report, first))
        })
        .await
    }
}
