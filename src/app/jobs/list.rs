//! What was ordered, and how far it has come.

use uuid::Uuid;

use super::Job;
use crate::app::{App, Failure};
use crate::auth::{Action, Caller, Resource, can};

impl App {
    /// One page of jobs, newest first, and where the next one begins.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`] for those who may not order any.
    pub async fn operations(
        &self,
        caller: &Caller,
        before: Option<Uuid>,
        limit: u16,
    ) -> Result<(Vec<Job>, Option<Uuid>), Failure> {
        may_see(caller)?;
        let mut records =
            self.blocking(move |store| store.ops.jobs(before, limit.saturating_add(1))).await?;
        let has_more = records.len() > usize::from(limit);
        records.truncate(usize::from(limit));
        let next = records.last().filter(|_| has_more).map(|record| record.id);
        let jobs = records.into_iter().map(Job::read).collect::<Result<_, _>>()?;
        Ok((jobs, next))
    }

    /// One job.
    ///
    /// # Errors
    ///
    /// As [`App::operations`]; [`Failure::NotFound`].
    pub async fn operation(&self, caller: &Caller, id: Uuid) -> Result<Job, Failure> {
        may_see(caller)?;
        let found = self.blocking(move |store| store.ops.job(id)).await?;
        Job::read(found.ok_or(Failure::NotFound)?)
    }
}

fn may_see(caller: &Caller) -> Result<(), Failure> {
    if can(caller, Action::ChangeCapacity, &Resource::Everything) {
        Ok(())
    } else {
        Err(Failure::Forbidden)
    }
}
