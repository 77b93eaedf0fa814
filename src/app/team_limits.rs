//! A team's usual limit, and the days that follow it.
//!
//! A day has its limit from its first booking on, so that nobody can change it behind the ledger's
//! back. When the usual limit changes, days that are open already and still follow it are told, one
//! ledger command each. A day on which more is booked than the new limit allows keeps the one it
//! has: an ordinary edit must not strand what was promised.

use chrono::{Days, NaiveDate};
use domain::catalog::Team;
use domain::catalog::check::HORIZON_DAYS_MAX;
use domain::ids::TeamId;
use domain::ledger::{Command, Ledger};
use domain::time::day_of;
use futures_util::{StreamExt, stream};
use store::batch::{Loaded, StoredResponse};
use store::records::CatalogChange;
use store::{Store, StoreError};
use tokio::time::Instant;

use super::override_capacity::CAPACITY_DAYS_MAX;
use super::{Answer, App, Failure, IdempotencyClaim};
use crate::actors::{Refusal, Submission};
use crate::auth::{Action, Caller, Resource, can};

/// Days told at a time.
const DAYS_AT_ONCE: usize = 16;

/// What the audit trail says of a day that followed.
const REASON: &str = "the team's usual limit has changed";

impl App {
    /// Creates or changes a team; days that follow its usual limit follow it to the new one.
    ///
    /// `render` is given the days that keep the limit they have, as far as they are known before.
    ///
    /// # Errors
    ///
    /// As [`App::edit_catalog`].
    pub async fn put_team(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        team: Team,
        render: impl FnOnce(&[NaiveDate]) -> StoredResponse,
    ) -> Result<Answer, Failure> {
        if !can(caller, Action::EditCatalog, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        let id = team.id;
        let kept = self.days_that_keep(&team).await?;
        let response = render(&kept);
        let change = CatalogChange::PutTeam(team);
        let answer = self.edit_catalog(caller, claim, change, response).await?;
        // Also after a replay: whoever asks again may do so because we died half way.
        self.follow_limit(caller, id).await?;
        Ok(answer)
    }

    /// Open days of `team`, as it is about to be, that cannot follow its limit.
    async fn days_that_keep(&self, team: &Team) -> Result<Vec<NaiveDate>, Failure> {
        let is_same = self.catalog.current().team(team.id).is_none_or(|before| {
            before.default_limit == team.default_limit
                && before.emergency_reserve == team.emergency_reserve
        });
        if is_same {
            return Ok(Vec::new());
        }
        let now = self.ambient.now();
        let (limit, following) = (team.default_limit, self.following(team).await?);
        let strands = |ledger: &&Ledger| {
            let overrides = i64::from(ledger.limit_at(now)) - i64::from(ledger.capacity.limit);
            let promised = i64::from(ledger.used) + i64::from(ledger.held);
            limit < ledger.capacity.limit && i64::from(limit) + overrides < promised
        };
        Ok(following.iter().filter(strands).map(|ledger| ledger.key.day).collect())
    }

    /// Tells every open day that follows the team's usual limit, and differs from it, to follow.
    async fn follow_limit(&self, caller: &Caller, team: TeamId) -> Result<(), Failure> {
        let catalog = self.catalog.current();
        let Some(team) = catalog.team(team) else { return Ok(()) };
        let ledgers = self.following(team).await?;
        let told = stream::iter(ledgers)
            .map(|ledger| self.desk.submit(self.following_submission(caller, team, &ledger)))
            .buffer_unordered(DAYS_AT_ONCE)
            .collect::<Vec<_>>();
        for outcome in told.await {
            match outcome {
                Ok(_) | Err(Refusal::Rejected { .. }) => {}
                // Asking again with the same key tells the days that are left.
                Err(refusal) => return Err(Failure::from(refusal)),
            }
        }
        Ok(())
    }

    fn following_submission(&self, caller: &Caller, team: &Team, ledger: &Ledger) -> Submission {
        let (limit, reserve) = (team.default_limit, team.emergency_reserve);
        let command = Command::SetLimit { limit, is_inherited: true, reserve };
        let cause = caller.cause(Some(REASON.to_owned()));
        Submission {
            deadline: Instant::now() + self.config.ledger.deadline,
            ..Submission::unanswered(ledger.key, command, cause, self.ambient.now())
        }
    }

    /// Days from today on that are open, follow the usual limit, and have another one than `team`.
    async fn following(&self, team: &Team) -> Result<Vec<Ledger>, Failure> {
        let (id, limit, reserve) = (team.id, team.default_limit, team.emergency_reserve);
        let today = day_of(self.ambient.now(), team.zone);
        let loaded = self.blocking(move |store| load_horizon(store, id, today)).await?;
        let follows = |loaded: &Loaded| {
            let capacity = loaded.ledger.capacity;
            loaded.opening.is_none()
                && capacity.is_inherited
                && (capacity.limit != limit || capacity.reserve != reserve)
        };
        Ok(loaded.into_iter().filter(follows).map(|loaded| loaded.ledger).collect())
    }
}

/// Every day of a team on which anybody can have booked, from `today` on.
fn load_horizon(store: &Store, team: TeamId, today: NaiveDate) -> Result<Vec<Loaded>, StoreError> {
    let mut loaded = Vec::new();
    let (mut from, last) = (today, today + Days::new(u64::from(HORIZON_DAYS_MAX)));
    while from <= last {
        let page = store.ledgers.load_range(team, from, CAPACITY_DAYS_MAX)?;
        loaded.extend(page.into_iter().filter(|loaded| loaded.opening.is_none()));
        from = from + Days::new(u64::from(CAPACITY_DAYS_MAX));
    }
    Ok(loaded)
}
