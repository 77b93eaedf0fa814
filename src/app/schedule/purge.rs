//! Removes what nobody needs any more: a bounded number of rows at a time.

use std::time::Duration;

use chrono::TimeDelta;
use store::purge::Purgeable;

use crate::app::{App, Failure};
use crate::config::RetentionConfig;

/// Most rows that one transaction removes: bookings wait for no more.
const PURGE_ROWS_MAX: u32 = 500;
/// Most transactions for one kind of rows in one run; the next run goes on.
const PURGE_BATCHES_MAX: u32 = 1_000;
/// How long others have the database to themselves between two transactions.
const PURGE_PAUSE: Duration = Duration::from_millis(20);

impl App {
    /// Removes what is older than the settings say. Answers with one line on what that was.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached; what was removed before is gone.
    pub async fn purge(&self) -> Result<String, Failure> {
        let now = self.ambient.now();
        let mut said = Vec::new();
        for what in Purgeable::ALL {
            let age = TimeDelta::from_std(age(&self.config.retention, what));
            let before = now - age.unwrap_or(TimeDelta::MAX);
            let mut removed_count = 0;
            for _ in 0..PURGE_BATCHES_MAX {
                let purge =
                    move |store: &store::Store| store.purges.purge(what, before, PURGE_ROWS_MAX);
                let removed = self.blocking(purge).await?;
                removed_count += removed;
                if removed < usize::try_from(PURGE_ROWS_MAX).unwrap_or(usize::MAX) {
                    break;
                }
                tokio::time::sleep(PURGE_PAUSE).await;
            }
            if removed_count > 0 {
                said.push(format!("{removed_count} {}", what.name()));
            }
        }
        Ok(if said.is_empty() {
            "nothing is that old".to_owned()
        } else {
            format!("removed {}", said.join(", "))
        })
    }
}

fn age(retention: &RetentionConfig, what: Purgeable) -> Duration {
    match what {
        Purgeable::Letters
        | Purgeable::Reminders
        | Purgeable::DirectLetters
        | Purgeable::Deliveries => retention.letters,
        Purgeable::DeadLetters | Purgeable::DeadReminders | Purgeable::DeadDirectLetters => {
            retention.dead_letters
        }
        Purgeable::ProviderEvents => retention.provider_events,
        Purgeable::Sessions => retention.sessions,
        Purgeable::Runs => retention.runs,
    }
}
