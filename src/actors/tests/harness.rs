//! A node or two over one simulated store, and commands to throw at them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::Arbiter;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::booking::{Status, Step};
use domain::catalog::Team;
use domain::history::{Violation, check_histories};
use domain::ids::{BookingId, BookingNo, Epoch, MemberId, ResourceNo, ServiceId, TeamId, TeamNo};
use domain::ledger::{
    Actor, ActorKind, Assignment, Book, Cause, Class, Command, Ledger, LedgerKey,
};
use domain::money::{Currency, Money};
use domain::time::{Quantum, Slot};
use futures_util::future::join_all;
use store::batch::{AgreedPrice, BookingDraft, ClientDetails, StoredResponse};
use store::simulated::Simulated;
use store::traits::LedgerStore;
use tokio::time::Instant;
use uuid::Uuid;

use crate::actors::{
    Committed, CommittedSink, IdempotencyClaim, Ledgers, Limits, Outcome, Parts, Priority, Refusal,
    Runtime, Submission, Submit,
};
use crate::ambient::Ambient;

const PATIENCE: Duration = Duration::from_secs(10);

/// What a client hears, short enough to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    Done { booking: BookingId, seq: u64 },
    Replayed(StoredResponse),
    Refused(String),
}

/// A world with one store and as many nodes as a test starts.
pub(super) struct Scene {
    pub(super) store: Simulated,
    pub(super) team: TeamId,
    next_no: AtomicI64,
}

/// Notes every committed sequence number.
#[derive(Default)]
pub(super) struct Listener(pub(super) Mutex<Vec<(LedgerKey, u64)>>);

impl CommittedSink for Listener {
    fn committed(&self, committed: &Committed) {
        let key = committed.ledger.key;
        let seqs = committed.events.iter().map(|event| (key, event.seq));
        self.0.lock().unwrap().extend(seqs);
    }
}

pub(super) fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()
}

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// The slot that begins `quarters` quarters of an hour after midnight and lasts an hour.
pub(super) fn slot(quarters: i64) -> Slot {
    let starts_at =
        day().and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::minutes(15 * quarters);
    Slot { starts_at, ends_at: starts_at + TimeDelta::hours(1) }
}

pub(super) fn member(number: i32) -> MemberId {
    MemberId(Uuid::from_u128(1_000 + u128::from(number.unsigned_abs())))
}

impl Scene {
    /// One team that takes `limit` units a day, and four members.
    pub(super) fn with_limit(limit: u32) -> Self {
        let store = Simulated::new(Quantum::DEFAULT, Epoch(7));
        let team = TeamId(Uuid::from_u128(1));
        for number in 1..=4 {
            store.put_member(member(number), ResourceNo(number));
        }
        let scene = Self { store, team, next_no: AtomicI64::new(1) };
        scene.put_team(limit, 1);
        scene
    }

    /// Lets the team's days take `limit` units, from its revision `rev` on.
    pub(super) fn put_team(&self, limit: u32, rev: i64) {
        self.store.put_team(Team {
            id: self.team,
            no: TeamNo(1),
            name: "Team".to_owned(),
            zone: chrono_tz::UTC,
            default_limit: limit,
            emergency_reserve: 0,
            published: true,
            rev,
        });
    }

    pub(super) fn key(&self) -> LedgerKey {
        LedgerKey { team: self.team, day: day() }
    }

    /// A node with a lane and a thread of its own.
    pub(super) fn node(&self) -> Ledgers {
        self.node_with(limits(), Vec::new())
    }

    pub(super) fn node_with(&self, limits: Limits, sinks: Vec<Arc<dyn CommittedSink>>) -> Ledgers {
        Ledgers::start(Parts {
            store: Arc::new(self.store.clone()),
            lanes: vec![Box::new(self.store.lane())],
            sinks,
            limits,
            ambient: Ambient::system(),
            runtime: threads(),
        })
        .unwrap()
    }

    /// A booking of one unit that takes nobody's time.
    pub(super) fn book(&self) -> Submission {
        self.book_with(Assignment::Nobody, slot(0))
    }

    pub(super) fn book_with(&self, assignment: Assignment, slot: Slot) -> Submission {
        let no = BookingNo(self.next_no.fetch_add(1, Ordering::Relaxed));
        let command = Command::Book(Box::new(Book {
            booking: BookingId(Uuid::new_v4()),
            no,
            service: ServiceId(Uuid::from_u128(2)),
            units: 1,
            class: Class::Standard,
            slot,
            busy: slot,
            assignment,
            needs: Vec::new(),
            status: Status::Confirmed,
            service_units_max: None,
            may_pass_limit: false,
        }));
        let draft = Arc::new(BookingDraft {
            client: ClientDetails::default(),
            client_user: None,
            price: AgreedPrice::of(Money { amount: 0, currency: Currency::parse("EUR").unwrap() }),
            payment_method: "cod".to_owned(),
            details: "{}".to_owned(),
            series: None,
        });
        Submission { draft: Some(draft), ..self.submission(command) }
    }

    pub(super) fn submission(&self, command: Command) -> Submission {
        Submission {
            key: self.key(),
            command,
            cause: Cause {
                actor: Actor { kind: ActorKind::System, id: None },
                reason: Some("a test".to_owned()),
                request_id: Uuid::new_v4(),
            },
            received_at: now(),
            deadline: Instant::now() + PATIENCE,
            priority: Priority::Ordinary,
            draft: None,
            op: None,
            idempotency: Some(IdempotencyClaim {
                principal: "guest".to_owned(),
                key: Uuid::new_v4().to_string(),
                fingerprint: [0; 32],
            }),
            render: Arc::new(|receipt| StoredResponse {
                status: 201,
                body: format!("{:?} at {}", receipt.recorded.event.booking(), receipt.recorded.seq)
                    .into_bytes(),
                etag: None,
                location: None,
            }),
        }
    }

    /// The ledger as stored.
    pub(super) fn stored(&self) -> Ledger {
        self.store.load(self.key()).unwrap().unwrap().ledger
    }

    /// Which promises the stored history breaks.
    pub(super) fn violations(&self) -> Vec<Violation> {
        let history = self.store.history(self.key()).unwrap();
        check_histories(&history.into_iter().collect::<Vec<_>>())
    }
}

/// One thread for all ledgers of a node.
pub(super) fn threads() -> Runtime {
    Runtime::Threads(vec![Arbiter::new().handle()])
}

pub(super) fn limits() -> Limits {
    Limits {
        node_permits_max: 4_096,
        ledger_permits_max: 2_048,
        batch_items_max: 64,
        active_max: 16,
        idle_timeout: Duration::from_mins(1),
    }
}

pub(super) fn heard(answer: Result<Outcome, Refusal>) -> Heard {
    match answer {
        Ok(Outcome::Done(done)) => Heard::Done {
            booking: done.receipt.recorded.event.booking().unwrap_or(BookingId(Uuid::nil())),
            seq: done.receipt.recorded.seq,
        },
        Ok(Outcome::Replayed(response)) => Heard::Replayed(response),
        Err(Refusal::Rejected { rejection, .. }) => {
            Heard::Refused(format!("{rejection:?}").split([' ', '{']).next().unwrap().to_owned())
        }
        Err(refusal) => {
            Heard::Refused(format!("{refusal:?}").split([' ', '{']).next().unwrap().to_owned())
        }
    }
}

/// Sends everything at once and waits for all answers, in the order sent.
pub(super) async fn all(node: &Ledgers, submissions: Vec<Submission>) -> Vec<Heard> {
    join_all(submissions.into_iter().map(|one| node.submit(one)))
        .await
        .into_iter()
        .map(heard)
        .collect()
}

pub(super) async fn one(node: &Ledgers, submission: Submission) -> Heard {
    heard(node.submit(submission).await)
}

pub(super) fn is_done(heard: &Heard) -> bool {
    matches!(heard, Heard::Done { .. })
}

pub(super) fn is_refused(heard: &Heard, why: &str) -> bool {
    matches!(heard, Heard::Refused(refusal) if refusal == why)
}

/// Calls a booking off, whatever its revision is.
pub(super) fn cancel(booking: BookingId) -> Command {
    Command::End { booking, rev: None, step: Step::Cancel, fee: None }
}
