//! How many places one client may keep at a time.
//!
//! A client is an account, or an address for those without one, as rate limits have it. Its
//! requests are counted one after the other, so that no number of them at the same moment passes
//! the limit in one process. What accounts keep is counted where it is stored; what guests keep is
//! stored under secrets that only they know, so the process remembers which of it is whose.

use std::net::IpAddr;
use std::sync::Arc;

use domain::ids::{OpId, UserId};
use moka::sync::Cache;
use store::batch::{OpKind, OpRecord, OpStatus};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::actors::{Outcome, Refusal, Submission};
use crate::app::{App, Failure};
use crate::auth::Caller;
use crate::config::Config;

/// Whose holds are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    Account(UserId),
    Address(IpAddr),
}

/// What a guest has taken and not been seen to give back.
type Taken = Vec<OpId>;

/// Clients that have taken something of late.
pub struct HoldQuotas {
    clients: Cache<Client, Arc<Mutex<Taken>>>,
}

impl HoldQuotas {
    /// Nobody has taken anything yet.
    pub fn new(config: &Config) -> Self {
        let clients_max = u64::try_from(config.rate_limit.clients_max).unwrap_or(u64::MAX);
        // By then whatever was taken last is over.
        let idle = config.holds.lifetime_max.saturating_add(config.ledger.deadline);
        let clients = Cache::builder().max_capacity(clients_max).time_to_idle(idle);
        Self { clients: clients.build() }
    }

    /// Waits until nobody else counts what `client` keeps.
    async fn turn(&self, client: Client) -> OwnedMutexGuard<Taken> {
        self.clients.get_with(client, Arc::default).lock_owned().await
    }
}

impl App {
    /// Submits a hold if the client may keep one more.
    ///
    /// # Errors
    ///
    /// [`Failure::TooManyHolds`]; otherwise why there is no decision.
    pub(super) async fn submit_within_quota(
        &self,
        caller: &Caller,
        submission: Submission,
    ) -> Result<Outcome, Failure> {
        let (true, Some(op)) = (self.config.rate_limit.enabled, &submission.op) else {
            return Ok(self.desk.submit(submission).await?);
        };
        let op = op.op;
        let client = match &caller.user {
            Some(user) => Client::Account(user.id),
            None => Client::Address(caller.network()),
        };
        let mut taken = self.hold_quotas.turn(client).await;
        let limit = self.config.holds.open_max;
        let held = self.open_holds(caller, client, &mut taken).await?;
        if held >= limit {
            return Err(Failure::TooManyHolds { limit, held });
        }
        let desk = Arc::clone(&self.desk);
        // Goes on when the client has gone: its next request must count what this one takes.
        let submitted = tokio::spawn(async move {
            let outcome = desk.submit(submission).await;
            let may_be_taken = matches!(outcome, Ok(Outcome::Done(_)) | Err(Refusal::Unknown));
            if may_be_taken && matches!(client, Client::Address(_)) {
                taken.push(op);
            }
            outcome
        });
        Ok(submitted.await.unwrap_or(Err(Refusal::Unknown))?)
    }

    /// How many places a client keeps now. Of those of guests, forgets what is over.
    async fn open_holds(
        &self,
        caller: &Caller,
        client: Client,
        taken: &mut Taken,
    ) -> Result<u32, Failure> {
        if let Client::Account(_) = client {
            let owner = caller.principal();
            return self.blocking(move |store| store.ops.open_ops(&owner, OpKind::Hold)).await;
        }
        let (asked, now) = (taken.clone(), self.ambient.now());
        let open = self.blocking(move |store| {
            let mut open = Taken::new();
            for id in asked {
                let found = store.ops.op(id)?;
                let is_open = |op: &OpRecord| op.status == OpStatus::Pending && now < op.expires_at;
                if found.as_ref().is_some_and(is_open) {
                    open.push(id);
                }
            }
            Ok(open)
        });
        *taken = open.await?;
        Ok(u32::try_from(taken.len()).unwrap_or(u32::MAX))
    }
}
