//! Changing teams, services, members and their hours.
//!
//! No ledger decides these: a change, its audit entry and its idempotency key are one transaction
//! of the catalogue's own. A ledger that was loaded under the old catalogue finds out when it next
//! writes, because opening a day is fenced by the team's revision.

use std::sync::Arc;

use domain::audit::AuditDraft;
use domain::ids::{MemberId, UserId};
use store::batch::IdempotencyRecord;
use store::records::CatalogChange;
use store::traits::Aside;
use store::{Store, StoreError};

use super::check_change::check_change;
use super::describe::{self, Description};
use super::{Answer, App, Catalog, Failure, IdempotencyClaim, StoredResponse};
use crate::auth::{Action, Caller, Resource, can};

/// Accounts looked at in one query.
const USERS_PAGE_LEN: u16 = 500;

impl App {
    /// Makes one change of the catalogue, and gives `response` once it is durable.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`] and [`Failure::Invalid`] before anything is tried;
    /// [`Failure::Stale`], [`Failure::Taken`] and [`Failure::InUse`] when the store would not have
    /// it. In each case nothing was written.
    pub async fn edit_catalog(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        change: CatalogChange,
        response: StoredResponse,
    ) -> Result<Answer, Failure> {
        let action = match &change {
            CatalogChange::PutTeam(_)
            | CatalogChange::DeleteTeam { .. }
            | CatalogChange::PutService(_)
            | CatalogChange::DeleteService { .. }
            | CatalogChange::PutMember(_)
            | CatalogChange::DeleteMember { .. }
            | CatalogChange::PutResource(_)
            | CatalogChange::DeleteResource { .. }
            | CatalogChange::PutSurcharge(_)
            | CatalogChange::DeleteSurcharge { .. }
            | CatalogChange::SetPriceSteps(_)
            | CatalogChange::PutPromo(_)
            | CatalogChange::DeletePromo { .. }
            | CatalogChange::PutRates(_)
            | CatalogChange::DeleteRates { .. } => Action::EditCatalog,
            CatalogChange::SetWeekly { .. }
            | CatalogChange::PutException(_)
            | CatalogChange::DeleteException { .. }
            | CatalogChange::PutTimeOff(_)
            | CatalogChange::DeleteTimeOff(_) => Action::EditHours,
        };
        if !can(caller, action, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        check_change(&change, self.config.ledger.quantum())?;
        self.once(claim, caller.request_id, self.write_change(caller, claim, change, response))
            .await
    }

    async fn write_change(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        change: CatalogChange,
        response: StoredResponse,
    ) -> Result<Answer, Failure> {
        let catalog = self.catalog.current();
        refuse_second_creation(&catalog, &change)?;
        let description = describe::change(&catalog, &change);
        let moved = moved_member(&catalog, &change);
        let aside = self.aside(caller, claim, description, response.clone());
        self.blocking(move |store| store.catalog.change_catalog(&change, &aside)).await?;
        // What follows is for this process's eyes; the change stands whether or not it works.
        drop(self.refresh_catalog().await);
        if let Some(member) = moved {
            drop(self.tell_accounts_of(member).await);
        }
        Ok(Answer::new(response))
    }

    /// The audit entry and the key that are written beside a change.
    pub(super) fn aside(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        description: Description,
        response: StoredResponse,
    ) -> Aside {
        let audit = self.audit_draft(caller, description);
        let created_at = audit.at;
        let IdempotencyClaim { principal, key, fingerprint } = claim.clone();
        let idempotency =
            IdempotencyRecord { principal, key, fingerprint, response, booking: None, created_at };
        Aside { audit: Some(audit), idempotency: Some(idempotency) }
    }

    /// What the audit trail says of a change by `caller`, made now.
    pub(super) fn audit_draft(&self, caller: &Caller, description: Description) -> AuditDraft {
        let cause = caller.cause(None);
        AuditDraft {
            at: self.ambient.now(),
            actor: cause.actor,
            action: description.action,
            object: description.object,
            before: description.before.to_string(),
            after: description.after.to_string(),
            reason: cause.reason,
            request_id: cause.request_id,
            ledger: None,
        }
    }

    /// Takes over what other processes, or this one, have changed in the catalogue.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: the snapshot stays what it was.
    pub async fn refresh_catalog(&self) -> Result<Arc<Catalog>, Failure> {
        let known = self.catalog.current();
        let rev = known.rev;
        let newer = self.blocking(move |store| newer_records(store, rev)).await?;
        Ok(newer.map_or(known, |records| self.catalog.replace(records)))
    }

    /// Tells whoever keeps connections open that the teams of a member's account have changed.
    async fn tell_accounts_of(&self, member: MemberId) -> Result<(), Failure> {
        let accounts = self.blocking(move |store| accounts_of(store, member)).await?;
        for account in accounts {
            self.sessions.changed(account);
        }
        Ok(())
    }
}

fn newer_records(
    store: &Store,
    known: i64,
) -> Result<Option<store::records::CatalogRecords>, StoreError> {
    if store.catalog.catalog_rev()? <= known {
        return Ok(None);
    }
    store.catalog.load_catalog().map(Some)
}

/// Revision 1 creates a row. Nobody who edits what is there may say so, and no revision is lower.
fn refuse_second_creation(catalog: &Catalog, change: &CatalogChange) -> Result<(), Failure> {
    let (rev, known) = match change {
        CatalogChange::PutTeam(team) => (team.rev, catalog.team(team.id).map(|team| team.rev)),
        CatalogChange::PutService(service) => {
            (service.rev, catalog.service(service.id).map(|service| service.rev))
        }
        CatalogChange::PutMember(member) => {
            (member.rev, catalog.member(member.id).map(|member| member.rev))
        }
        CatalogChange::PutResource(resource) => {
            (resource.rev, catalog.resource(resource.id).map(|resource| resource.rev))
        }
        CatalogChange::PutSurcharge(rule) => {
            (rule.rev, catalog.surcharge(rule.id).map(|rule| rule.rev))
        }
        CatalogChange::PutPromo(promo) => {
            (promo.rev, catalog.promo(promo.id).map(|promo| promo.rev))
        }
        CatalogChange::PutRates(record) => {
            (record.rev, catalog.rates_record(record.id).map(|record| record.rev))
        }
        CatalogChange::DeleteTeam { .. }
        | CatalogChange::DeleteService { .. }
        | CatalogChange::DeleteMember { .. }
        | CatalogChange::DeleteResource { .. }
        | CatalogChange::SetWeekly { .. }
        | CatalogChange::PutException(_)
        | CatalogChange::DeleteException { .. }
        | CatalogChange::PutTimeOff(_)
        | CatalogChange::DeleteTimeOff(_)
        | CatalogChange::DeleteSurcharge { .. }
        | CatalogChange::SetPriceSteps(_)
        | CatalogChange::DeletePromo { .. }
        | CatalogChange::DeleteRates { .. } => return Ok(()),
    };
    match known {
        Some(current) if rev <= 1 => Err(Failure::Stale { current }),
        Some(_) | None => Ok(()),
    }
}

/// The member whose teams, or whose being there at all, `change` changes.
fn moved_member(catalog: &Catalog, change: &CatalogChange) -> Option<MemberId> {
    match change {
        CatalogChange::PutMember(member) => {
            let before = catalog.member(member.id)?;
            let is_same = before.teams == member.teams && before.is_active == member.is_active;
            (!is_same).then_some(member.id)
        }
        CatalogChange::DeleteMember { id, .. } => Some(*id),
        CatalogChange::PutTeam(_)
        | CatalogChange::DeleteTeam { .. }
        | CatalogChange::PutService(_)
        | CatalogChange::DeleteService { .. }
        | CatalogChange::PutResource(_)
        | CatalogChange::DeleteResource { .. }
        | CatalogChange::SetWeekly { .. }
        | CatalogChange::PutException(_)
        | CatalogChange::DeleteException { .. }
        | CatalogChange::PutTimeOff(_)
        | CatalogChange::DeleteTimeOff(_)
        | CatalogChange::PutSurcharge(_)
        | CatalogChange::DeleteSurcharge { .. }
        | CatalogChange::SetPriceSteps(_)
        | CatalogChange::PutPromo(_)
        | CatalogChange::DeletePromo { .. }
        | CatalogChange::PutRates(_)
        | CatalogChange::DeleteRates { .. } => None,
    }
}

fn accounts_of(store: &Store, member: MemberId) -> Result<Vec<UserId>, StoreError> {
    let (mut found, mut after): (Vec<UserId>, Option<String>) = (Vec::new(), None);
    loop {
        let page = store.users.users(after.as_deref(), USERS_PAGE_LEN)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.email.clone());
        found.extend(page.iter().filter(|user| user.member == Some(member)).map(|user| user.id));
    }
}
