//! One step of a job: one command, once.

use std::sync::Arc;

use domain::ids::UserId;
use domain::ledger::{Actor, ActorKind, Cause, Command, LedgerKey, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::batch::StoredResponse;
use tokio::time::Instant;
use uuid::Uuid;

use super::ItemOutcome;
use crate::actors::{Outcome, Priority, Receipt, Refusal, Submission};
use crate::app::{App, Failure, IdempotencyClaim};

/// Who ordered a job, and why, as its order keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobCause {
    kind: String,
    user: Option<Uuid>,
    pub reason: Option<String>,
    request_id: Uuid,
}

impl JobCause {
    /// Keeps `cause`.
    pub fn of(cause: &Cause) -> Self {
        Self {
            kind: cause.actor.kind.name().to_owned(),
            user: cause.actor.id.map(|id| id.0),
            reason: cause.reason.clone(),
            request_id: cause.request_id,
        }
    }

    /// The cause that was kept.
    pub fn cause(&self) -> Cause {
        let kind = ActorKind::parse(&self.kind).unwrap_or(ActorKind::System);
        Cause {
            actor: Actor { kind, id: self.user.map(UserId) },
            reason: self.reason.clone(),
            request_id: self.request_id,
        }
    }
}

/// What came of trying an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stepped {
    /// It is done, with what there is to say of it.
    Done(ItemOutcome, Map<String, Value>),
    /// Nothing happened: something is in the way that will be gone.
    Later(String),
}

impl Stepped {
    /// Done, with nothing to say.
    pub fn done(outcome: ItemOutcome) -> Self {
        Self::Done(outcome, Map::new())
    }

    /// Done, with one thing to say.
    pub fn with(outcome: ItemOutcome, name: &str, fact: Value) -> Self {
        Self::Done(outcome, Map::from_iter([(name.to_owned(), fact)]))
    }

    /// Done, with the members of `facts` to say.
    pub fn told(outcome: ItemOutcome, facts: Value) -> Self {
        let facts = match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        };
        Self::Done(outcome, facts)
    }

    /// There was nothing to do, and why.
    pub fn skipped(why: &str) -> Self {
        Self::with(ItemOutcome::Skipped, "detail", why.into())
    }

    fn body(&self) -> Vec<u8> {
        let value = match self {
            Self::Done(outcome, facts) => json!({ "outcome": outcome, "facts": facts }),
            Self::Later(why) => json!({ "later": why }),
        };
        value.to_string().into_bytes()
    }

    fn read(body: &[u8]) -> Option<Self> {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        let outcome = serde_json::from_value(value.get_mut("outcome")?.take()).ok()?;
        let facts = serde_json::from_value(value.get_mut("facts")?.take()).ok()?;
        Some(Self::Done(outcome, facts))
    }
}

/// A command that is one step of a job, by name: a booking's id, or what comes before all of them.
pub struct StepOrder {
    pub job: Uuid,
    pub name: String,
    pub key: LedgerKey,
    pub command: Command,
    pub cause: Cause,
}

impl App {
    /// What an earlier try of this step came to.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when the store cannot be asked.
    pub(in crate::app) async fn step_taken(
        &self,
        job: Uuid,
        name: &str,
    ) -> Result<Option<Stepped>, Failure> {
        let stored = self.stored_answer(&claim(job, name)).await?;
        Ok(stored.and_then(|answer| Stepped::read(&answer.response.body)))
    }

    /// Has a ledger do a step, and says what came of it: `describe` tells it from the receipt. A
    /// rejection is for the job to make something of.
    ///
    /// # Errors
    ///
    /// Why there is no decision: the job cannot go on for now.
    pub(in crate::app) async fn step(
        &self,
        order: StepOrder,
        describe: impl Fn(&Receipt) -> Stepped + Send + Sync + 'static,
    ) -> Result<Result<Stepped, Rejection>, Failure> {
        let StepOrder { job, name, key, command, cause } = order;
        let render = Arc::new(move |receipt: &Receipt| StoredResponse {
            status: 200,
            body: describe(receipt).body(),
            etag: None,
            location: None,
        });
        let submission = Submission {
            key,
            command,
            cause,
            received_at: self.ambient.now(),
            deadline: Instant::now() + self.config.ledger.deadline,
            priority: Priority::First,
            draft: None,
            op: None,
            idempotency: Some(claim(job, &name)),
            render,
        };
        let response = match self.desk.submit(submission).await {
            Ok(Outcome::Done(done)) => done.response,
            Ok(Outcome::Replayed(response)) => response,
            Err(Refusal::Rejected { rejection, .. }) if is_passing(&rejection) => {
                return Ok(Ok(Stepped::Later(rejection.to_string())));
            }
            Err(Refusal::Rejected { rejection, .. }) => return Ok(Err(rejection)),
            Err(refusal @ (Refusal::Busy { .. } | Refusal::DeadlineExceeded)) => {
                return Ok(Ok(Stepped::Later(refusal.to_string())));
            }
            Err(refusal) => return Err(refusal.into()),
        };
        Stepped::read(&response.body).map(Ok).ok_or(Failure::Internal)
    }
}

/// The key of a step: each job has one of each name.
fn claim(job: Uuid, name: &str) -> IdempotencyClaim {
    let (principal, key) = (format!("job:{job}"), name.to_owned());
    let fingerprint = Sha256::digest(format!("{principal}/{key}")).into();
    IdempotencyClaim { principal, key, fingerprint }
}

/// Whether the same step will get another answer soon.
fn is_passing(rejection: &Rejection) -> bool {
    matches!(rejection, Rejection::Undecided { .. } | Rejection::StaleRevision { .. })
}
