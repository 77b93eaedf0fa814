//! From what waits to one batch: decide each against the image as the ones before it leave it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::booking::Status;
use domain::ids::{HolderId, ResourceId};
use domain::ledger::{
    Assignment, Cause, Command, Entry, Event, Foreign, Ledger, Recorded, Rejection, decide,
    next_offer,
};
use store::batch::{
    BatchItem, IdempotencyRecord, LedgerBatch, LedgerRow, OpDraft, OpKind, StoredResponse,
};
use tokio::time::Instant;

use super::{Image, LedgerActor, Refused, Waiting};
use crate::actors::{Facts, InLine, Receipt, Refusal, Submission};

/// Most bytes of stored answers in one batch of one ledger.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// Most offers that follow from one event: what is left is offered after the next.
const OFFERS_PER_EVENT_MAX: usize = 16;

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
    pub(super) response: StoredResponse,
}

/// A batch while it is put together.
#[derive(Default)]
struct Draft {
    items: Vec<BatchItem>,
    accepted: Vec<Accepted>,
    refused: Vec<Refused>,
    /// Refused, perhaps only because it was done before: asked for with a key, and either the
    /// booking is there already or a commit of it was never answered.
    repeated: Vec<Refused>,
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
            let taken = catch_unwind(AssertUnwindSafe(|| {
                draft.take(&mut image, &waiting.submission, &self.foreign)
            }));
            match taken {
                Ok(taken) => draft.put(waiting, taken),
                Err(_panic) => {
                    // Nothing of this batch was sent, so the one that did it can be told so.
                    waiting.answer(Err(Refusal::Internal));
                    is_broken = true;
                    break;
                }
            }
        }
        let Draft { items, accepted, refused, repeated, later, .. } = draft;
        self.requeue(later);
        self.repeated.extend(repeated);
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
                batch_id: self.shared.ambient.id(),
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

/// What became of one submission.
enum Taken {
    Later,
    Refused {
        rejection: Rejection,
        seq: u64,
        facts: Facts,
    },
    Accepted {
        /// The event asked for, and the offers that follow from it.
        items: Vec<BatchItem>,
        receipt: Box<Receipt>,
        response: StoredResponse,
    },
}

impl Draft {
    /// Decides one submission and, if it is accepted, moves the image on.
    fn take(&mut self, image: &mut Image, submission: &Submission, foreign: &Foreign) -> Taken {
        if let Some(claim) = &submission.idempotency
            && !self.keys.insert((claim.principal.clone(), claim.key.clone()))
        {
            return Taken::Later;
        }
        let at = submission.received_at;
        let event = match decide(&image.ledger, &submission.command, foreign, at) {
            Ok(event) => event,
            Err(rejection) => {
                let (seq, facts) = (image.ledger.version, Facts::of(&image.ledger, at));
                return Taken::Refused { rejection, seq, facts };
            }
        };
        let ledger = Arc::make_mut(&mut image.ledger);
        ledger.apply(&event);
        let cause = submission.cause.clone();
        let mut receipt = Box::new(Receipt {
            key: ledger.key,
            no: image.no,
            epoch: ledger.epoch,
            recorded: Recorded { seq: ledger.version, at, cause, event },
            facts: Facts::of(ledger, at),
            in_line: None,
        });
        let offers = if receipt.recorded.event.gives_back() {
            offers(ledger, &submission.cause, foreign, at)
        } else {
            Vec::new()
        };
        receipt.in_line = in_line(ledger, &receipt.recorded.event, &offers);
        let response = (submission.render)(&receipt);
        let recorded = receipt.recorded.clone();
        let idempotency = submission.idempotency.as_ref().map(|claim| IdempotencyRecord {
            principal: claim.principal.clone(),
            key: claim.key.clone(),
            fingerprint: claim.fingerprint,
            response: response.clone(),
            booking: recorded.event.booking().filter(|_| leaves_a_row(&recorded.event)),
            created_at: at,
        });
        let (draft, op) = (submission.draft.clone(), submission.op.clone());
        let asked = BatchItem { recorded, draft, op, idempotency };
        let items = std::iter::once(asked).chain(offers).collect();
        Taken::Accepted { items, receipt, response }
    }

    fn put(&mut self, waiting: Waiting, taken: Taken) {
        match taken {
            Taken::Later => self.later.push(waiting),
            Taken::Refused { rejection, seq, facts } => {
                let is_there = matches!(rejection, Rejection::AlreadyBooked { .. });
                let may_be_done = waiting.doubt.is_some_and(|needed| needed < seq);
                let has_key = waiting.submission.idempotency.is_some();
                let is_repeated = has_key && (is_there || may_be_done);
                let refused = Refused { waiting, rejection, seq, facts };
                if is_repeated { &mut self.repeated } else { &mut self.refused }.push(refused);
            }
            Taken::Accepted { items, receipt, response } => {
                self.bytes += response.body.len();
                self.items.extend(items);
                self.accepted.push(Accepted { waiting, receipt: *receipt, response });
            }
        }
    }
}

/// Offers what has come back to those who wait for it, before anybody else can ask.
fn offers(
    ledger: &mut Ledger,
    cause: &Cause,
    foreign: &Foreign,
    at: DateTime<Utc>,
) -> Vec<BatchItem> {
    let mut items = Vec::new();
    while items.len() < OFFERS_PER_EVENT_MAX
        && let Some(event) = next_offer(ledger, foreign, at)
    {
        ledger.apply(&event);
        let op = match &event {
            Event::Offered { booking, hold, expires_at } => Some(OpDraft {
                op: hold.op,
                kind: OpKind::Offer,
                owner: format!("waiting:{booking}"),
                expires_at: *expires_at,
                created_at: at,
            }),
            _ => None,
        };
        let cause = Cause::system(cause.request_id);
        let recorded = Recorded { seq: ledger.version, at, cause, event };
        items.push(BatchItem { recorded, draft: None, op, idempotency: None });
    }
    items
}

/// Whether an event leaves the booking that it is about with a row: a place that is held while
/// nobody has said for whom has none yet.
fn leaves_a_row(event: &Event) -> bool {
    !matches!(event, Event::Held { hold, .. } if !hold.is_visible)
}

/// Where somebody stands who has just joined.
fn in_line(ledger: &Ledger, event: &Event, offers: &[BatchItem]) -> Option<InLine> {
    let Event::WaitJoined { waiting } = event else { return None };
    let offered = offers.iter().find_map(|item| match &item.recorded.event {
        Event::Offered { booking, hold, expires_at } if *booking == waiting.booking => {
            let (status, rev) = (Status::Held, hold.visible_rev());
            let entry = Entry { status, rev, ..hold.entry.clone() };
            Some(InLine::Offered { entry, seq: item.recorded.seq, expires_at: *expires_at })
        }
        _ => None,
    });
    offered.or_else(|| ledger.place_in_line(waiting.booking).map(InLine::At))
}

/// Everyone and everything whose time a command may take.
pub(super) fn holders_of(command: &Command) -> Vec<HolderId> {
    let (assignment, needs): (&Assignment, &[Vec<ResourceId>]) = match command {
        Command::Book(book) => (&book.assignment, &book.needs),
        Command::Hold(take) => (&take.book.assignment, &take.book.needs),
        Command::Reschedule(to) => (&to.assignment, &to.needs),
        Command::Assign { assignment, .. } => (assignment, &[]),
        Command::End { .. }
        | Command::Progress { .. }
        | Command::SetLimit { .. }
        | Command::Close
        | Command::Open
        | Command::CreateOverride { .. }
        | Command::RevokeOverride { .. }
        | Command::Depart { .. }
        | Command::Settle { .. }
        | Command::Join(_)
        | Command::Leave { .. }
        | Command::Displace { .. } => return Vec::new(),
    };
    candidates(assignment, needs).collect()
}

/// Everyone and everything whose time an offer to somebody in line may take.
pub(super) fn holders_awaited(ledger: &Ledger) -> impl Iterator<Item = HolderId> {
    let options = ledger.waiting.values().flat_map(|waiting| &waiting.options);
    options.flat_map(|book| candidates(&book.assignment, &book.needs))
}

fn candidates(
    assignment: &Assignment,
    needs: &[Vec<ResourceId>],
) -> impl Iterator<Item = HolderId> {
    let members = match assignment {
        Assignment::Nobody => Vec::new(),
        Assignment::Exactly(member) => vec![*member],
        Assignment::Anyone { candidates, .. } => candidates.clone(),
    };
    let resources: Vec<HolderId> = needs.iter().flatten().map(|one| (*one).into()).collect();
    members.into_iter().map(HolderId::from).chain(resources)
}
