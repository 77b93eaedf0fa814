//! From what waits to one batch: decide each against the image as the ones before it leave it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use domain::ledger::{Assignment, Class, Command, Ledger, Recorded, decide};
use store::batch::{BatchItem, IdempotencyRecord, LedgerBatch, LedgerRow};
use uuid::Uuid;

use super::{Image, LedgerActor, Refused, Waiting};
use crate::actors::{Facts, Receipt, Refusal, Submission};

/// Most bytes of stored answers in one batch of one ledger.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// What a flush found to do.
pub(super) enum Staged {
    /// Everything that waited had run out of time.
    Nothing,
    /// A rule panicked half-way; the image is not to be trusted.
    Broken,
    /// Something to write. The refusals are true if it is written.
    Batch { batch: Box<LedgerBatch>, accepted: Vec<Accepted>, refused: Vec<Refused> },
    /// Only refusals: they are true if the stored version is the image's.
    Refusals { refused: Vec<Refused> },
}

/// An accepted submission and what its client will be told once it is durable.
pub(super) struct Accepted {
    pub(super) waiting: Waiting,
    pub(super) receipt: Receipt,
    pub(super) response: store::batch::StoredResponse,
}

/// A batch while it is put together.
#[derive(Default)]
struct Draft {
    items: Vec<BatchItem>,
    accepted: Vec<Accepted>,
    refused: Vec<Refused>,
    /// Submissions whose key is already in this batch: they are decided after it, as replays.
    later: Vec<Waiting>,
    keys: BTreeSet<(String, String)>,
    bytes: usize,
}

impl LedgerActor {
    /// Decides what waits, up to the limits of one batch.
    pub(super) fn stage(&mut self) -> Staged {
        let Some(mut image) = self.image.take() else { return Staged::Nothing };
        let before = LedgerRow::of(&image.ledger, image.ledger.capacity);
        let mut draft = Draft::default();
        let now = Instant::now();
        let mut is_broken = false;
        while draft.items.len() < self.shared.limits.batch_items_max
            && draft.bytes < BATCH_BYTES_MAX
        {
            let Some(waiting) = self.pop() else { break };
            if waiting.submission.deadline <= now {
                waiting.answer(Err(Refusal::DeadlineExceeded));
                continue;
            }
            let decided =
                catch_unwind(AssertUnwindSafe(|| draft.take(&mut image, waiting, &self.foreign)));
            if decided.is_err() {
                // The submission that did it went down with its reply channel, which tells its
                // client that the outcome is unknown; nothing of this batch was sent.
                is_broken = true;
                break;
            }
        }
        let Draft { items, accepted, refused, later, .. } = draft;
        self.requeue(later);
        if is_broken {
            metrics::counter!("daybook_ledger_panics_total").increment(1);
            tracing::error!(team.id = %self.key.team, day = %self.key.day, "a rule panicked");
            self.requeue(accepted.into_iter().map(|one| one.waiting).collect());
            self.requeue(refused.into_iter().map(|one| one.waiting).collect());
            return Staged::Broken;
        }
        let staged = if !items.is_empty() {
            let batch = Box::new(LedgerBatch {
                key: self.key,
                no: image.no,
                batch_id: Uuid::new_v4(),
                expected_version: before.version,
                opening: image.opening,
                after: LedgerRow::of(&image.ledger, before.opening),
                items,
            });
            Staged::Batch { batch, accepted, refused }
        } else if refused.is_empty() {
            Staged::Nothing
        } else {
            Staged::Refusals { refused }
        };
        self.image = Some(image);
        staged
    }
}

impl Draft {
    /// Decides one submission and, if it is accepted, moves the image on.
    fn take(&mut self, image: &mut Image, waiting: Waiting, foreign: &domain::ledger::Foreign) {
        let submission = &waiting.submission;
        if let Some(claim) = &submission.idempotency
            && !self.keys.insert((claim.principal.clone(), claim.key.clone()))
        {
            self.later.push(waiting);
            return;
        }
        let at = submission.received_at;
        match decide(&image.ledger, &submission.command, foreign, at) {
            Err(rejection) => {
                let facts = facts(&image.ledger, submission);
                let seq = image.ledger.version;
                self.refused.push(Refused { waiting, rejection, seq, facts });
            }
            Ok(event) => {
                let ledger = Arc::make_mut(&mut image.ledger);
                ledger.apply(&event);
                let cause = submission.cause.clone();
                let recorded = Recorded { seq: ledger.version, at, cause, event };
                let receipt = Receipt {
                    key: ledger.key,
                    no: image.no,
                    epoch: ledger.epoch,
                    recorded: recorded.clone(),
                    facts: facts(ledger, submission),
                };
                let response = (submission.render)(&receipt);
                self.bytes += response.body.len();
                let idempotency = submission.idempotency.as_ref().map(|claim| IdempotencyRecord {
                    principal: claim.principal.clone(),
                    key: claim.key.clone(),
                    fingerprint: claim.fingerprint,
                    response: response.clone(),
                    booking: recorded.event.booking(),
                    created_at: at,
                });
                let draft = submission.draft.clone();
                self.items.push(BatchItem { recorded, draft, idempotency });
                self.accepted.push(Accepted { waiting, receipt, response });
            }
        }
    }
}

fn facts(ledger: &Ledger, submission: &Submission) -> Facts {
    let now = submission.received_at;
    Facts {
        limit: ledger.limit_at(now),
        used: ledger.used,
        held: ledger.held,
        remaining: ledger.remaining(Class::Standard, now),
        is_closed: ledger.capacity.is_closed,
    }
}

/// The members whose time a command may take.
pub(super) fn members_of(command: &Command) -> Vec<domain::ids::MemberId> {
    let assignment = match command {
        Command::Book(book) => &book.assignment,
        Command::Reschedule(to) => &to.assignment,
        Command::Assign { assignment, .. } => assignment,
        Command::Cancel { .. }
        | Command::Progress { .. }
        | Command::SetLimit { .. }
        | Command::Close
        | Command::Open
        | Command::CreateOverride { .. }
        | Command::RevokeOverride { .. } => return Vec::new(),
    };
    match assignment {
        Assignment::Nobody => Vec::new(),
        Assignment::Exactly(member) => vec![*member],
        Assignment::Anyone { candidates, .. } => candidates.clone(),
    }
}
