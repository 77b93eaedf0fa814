//! A database that holds together, looked at through handles that show something else.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::audit::{AuditDraft, AuditEntry};
use domain::catalog::Team;
use domain::history::LedgerHistory;
use domain::ids::{HolderId, TeamId, TeamNo};
use domain::ledger::{Actor, ActorKind, Cause, Command, Event, Foreign, LedgerKey, LedgerNo};
use domain::time::Slot;
use store::batch::{IdempotencyRecord, Loaded, StoredResponse};
use store::records::{AuditQuery, CatalogChange, OverrideRecord};
use store::traits::{Aside, AuditStore, LedgerStore};
use store::{Store, StoreError};
use tokio::time::Instant;
use uuid::Uuid;

use super::*;
use crate::actors::{Priority, Submission};
use crate::app::tests::scratch::Scratch;

pub type Twist<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// Ledgers whose histories read as `twist` leaves them.
pub struct TwistedLedgers {
    pub real: Arc<dyn LedgerStore>,
    pub twist: Twist<LedgerHistory>,
}

impl LedgerStore for TwistedLedgers {
    fn load(&self, key: LedgerKey) -> Result<Option<Loaded>, StoreError> {
        self.real.load(key)
    }

    fn load_range(
        &self,
        team: TeamId,
        from: NaiveDate,
        days: u16,
    ) -> Result<Vec<Loaded>, StoreError> {
        self.real.load_range(team, from, days)
    }

    fn versions(&self, ledgers: &[LedgerNo]) -> Result<Vec<u64>, StoreError> {
        self.real.versions(ledgers)
    }

    fn foreign_claims(
        &self,
        holders: &[HolderId],
        within: Slot,
        except: &[LedgerNo],
    ) -> Result<Foreign, StoreError> {
        self.real.foreign_claims(holders, within, except)
    }

    fn find_key(
        &self,
        principal: &str,
        key: &str,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.real.find_key(principal, key)
    }

    fn history(&self, key: LedgerKey) -> Result<Option<LedgerHistory>, StoreError> {
        let mut history = self.real.history(key)?;
        if let Some(history) = &mut history {
            (self.twist)(history);
        }
        Ok(history)
    }

    fn ledgers_since(
        &self,
        since: DateTime<Utc>,
        after: Option<LedgerNo>,
        limit: u32,
    ) -> Result<Vec<LedgerKey>, StoreError> {
        self.real.ledgers_since(since, after, limit)
    }

    fn reserve_booking_numbers(&self, count: u32) -> Result<i64, StoreError> {
        self.real.reserve_booking_numbers(count)
    }
}

/// An audit trail that reads as `twist` leaves it.
struct TwistedAudit {
    real: Arc<dyn AuditStore>,
    twist: Twist<Vec<AuditEntry>>,
}

impl AuditStore for TwistedAudit {
    fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let mut entries = self.real.audit(query)?;
        (self.twist)(&mut entries);
        Ok(entries)
    }

    fn append_audit(&self, draft: &AuditDraft) -> Result<(), StoreError> {
        self.real.append_audit(draft)
    }

    fn overrides(
        &self,
        team: TeamId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<OverrideRecord>, StoreError> {
        self.real.overrides(team, from, to)
    }
}

fn submission(key: LedgerKey, command: Command) -> Submission {
    let response = || StoredResponse { status: 204, body: Vec::new(), etag: None, location: None };
    Submission {
        key,
        command,
        cause: Cause {
            actor: Actor { kind: ActorKind::Admin, id: None },
            reason: Some("for the test".to_owned()),
            request_id: Uuid::nil(),
        },
        received_at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        deadline: Instant::now() + Duration::from_secs(10),
        priority: Priority::First,
        draft: None,
        op: None,
        idempotency: None,
        render: Arc::new(move |_| response()),
    }
}

/// A store with one ledger that has had its limit set twice, and been closed.
async fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let team = Team {
        id: TeamId(Uuid::from_u128(1)),
        no: TeamNo(0),
        name: "Team".to_owned(),
        zone: Tz::Europe__Berlin,
        default_limit: 8,
        emergency_reserve: 0,
        published: true,
        rev: 1,
    };
    let key = LedgerKey { team: team.id, day: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap() };
    let added = CatalogChange::PutTeam(team);
    scratch.store.catalog.change_catalog(&added, &Aside::default()).unwrap();
    for limit in [5, 6] {
        let command = Command::SetLimit { limit, is_inherited: false, reserve: 0 };
        scratch.desk.submit(submission(key, command)).await.unwrap();
    }
    scratch.desk.submit(submission(key, Command::Close)).await.unwrap();
    scratch
}

pub fn findings(store: &Store) -> Vec<&'static str> {
    let mut found = Vec::new();
    let report = verify(store, &mut |finding| found.push(finding.check)).unwrap();
    assert_eq!(report.findings_count, u64::try_from(found.len()).unwrap());
    found.dedup();
    found
}

/// What is found when histories read as `twist` leaves them.
async fn found_in_history(
    twist: impl Fn(&mut LedgerHistory) + Send + Sync + 'static,
) -> Vec<&'static str> {
    let scratch = scratch().await;
    let store = scratch.store.clone();
    let real = Arc::clone(&store.ledgers);
    let ledgers = Arc::new(TwistedLedgers { real, twist: Box::new(twist) });
    findings(&Store { ledgers, ..store })
}

/// What is found when the audit trail reads as `twist` leaves it.
async fn found_in_audit(
    twist: impl Fn(&mut Vec<AuditEntry>) + Send + Sync + 'static,
) -> Vec<&'static str> {
    let scratch = scratch().await;
    let store = scratch.store.clone();
    let real = Arc::clone(&store.audit);
    let audit = Arc::new(TwistedAudit { real, twist: Box::new(twist) });
    findings(&Store { audit, ..store })
}

#[actix_web::test]
async fn what_was_written_as_it_should_be_has_nothing_to_find() {
    assert!(found_in_history(|_| {}).await.is_empty());
}

#[actix_web::test]
async fn an_event_that_is_missing_in_the_middle_is_found() {
    let found = found_in_history(|history| drop(history.events.remove(1))).await;

    assert!(found.contains(&"history"), "{found:?}");
}

#[actix_web::test]
async fn a_tail_that_is_missing_is_found() {
    let found = found_in_history(|history| drop(history.events.pop())).await;

    assert!(found.contains(&"replay"), "{found:?}");
}

#[actix_web::test]
async fn an_event_that_says_something_else_than_its_row_is_found() {
    let found = found_in_history(|history| {
        history.events[1].event = Event::LimitSet { limit: 7, is_inherited: false, reserve: 0 };
    });

    assert_eq!(found.await, ["replay"]);
}

#[actix_web::test]
async fn an_entry_of_the_trail_that_was_changed_is_found() {
    let found = found_in_audit(|entries| {
        for entry in entries {
            entry.draft.reason = Some("something nicer".to_owned());
        }
    });

    assert_eq!(found.await, ["audit"]);
}

#[actix_web::test]
async fn an_event_without_its_entry_in_the_trail_is_found() {
    let found = found_in_audit(|entries| entries.retain(|entry| entry.seq < 3)).await;

    assert_eq!(found, ["audit"]);
}
