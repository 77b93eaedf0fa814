//! What a batch changes, reduced to one write per row.
//!
//! Events that follow one another may touch the same row: a booking is made and called off, a
//! quarter of somebody's hour is freed and taken again. A store that writes a batch in one
//! statement sees all of them at once and could not tell which came first, so the net effect is
//! worked out here.

mod claims;
mod directory;
mod kept;
mod outbox;
mod touched;
mod uses;

use chrono::{DateTime, Utc};
use domain::audit::AuditDraft;
use domain::ids::{HolderId, OverrideId, UserId};
use domain::ledger::{Event, Hold, Origin, Recorded};
use domain::time::Quantum;

pub(crate) use claims::{ClaimChanges, ClaimRow, MovedClaim};
pub(crate) use directory::Directory;
pub(crate) use kept::{Kept, KeptChanges, KeptRow};
pub(crate) use outbox::Notice;
pub(crate) use touched::{BookedRow, ChangedRow, Place};
pub(crate) use uses::{Ended, Use, uses_of};

use super::recorded::NewEvent;
use crate::batch::{IdempotencyRecord, LedgerBatch};
use crate::error::StoreError;
use claims::Claiming;
use kept::Keeping;
use touched::Touched;

/// Everything that one batch writes.
#[derive(Debug)]
pub(crate) struct BatchRows<'a> {
    pub batch: &'a LedgerBatch,
    pub events: Vec<NewEvent<'a>>,
    /// Bookings that have no row yet, as the batch leaves them.
    pub booked: Vec<BookedRow<'a>>,
    /// Bookings that have a row, as the batch leaves them.
    pub changed: Vec<ChangedRow>,
    /// Promos that those who have no row yet use.
    pub uses: Vec<Use>,
    /// Bookings that give back the promos they use.
    pub ended: Vec<Ended>,
    pub claims: ClaimChanges,
    pub kept: KeptChanges<'a>,
    pub outbox: Vec<Notice>,
    pub created: Vec<CreatedOverride<'a>>,
    /// Overrides that have a row and end with this batch.
    pub revoked: Vec<RevokedOverride<'a>>,
    pub audit: Vec<AuditDraft>,
}

/// An override that has no row yet.
#[derive(Debug)]
pub(crate) struct CreatedOverride<'a> {
    pub id: OverrideId,
    pub delta: i32,
    pub expires_at: Option<DateTime<Utc>>,
    pub reason: &'a str,
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    /// Set when the same batch ends it.
    pub revoked: Option<RevokedOverride<'a>>,
}

/// The end of an override.
#[derive(Debug)]
pub(crate) struct RevokedOverride<'a> {
    pub id: OverrideId,
    pub by: Option<UserId>,
    pub at: DateTime<Utc>,
    pub reason: Option<&'a str>,
}

/// Why a batch cannot be written.
#[derive(Debug)]
pub(crate) enum Untranslatable {
    /// It gives work to somebody, or uses something, that is not, or no longer, in the catalogue:
    /// whoever decided it must look again.
    UnknownHolder(HolderId),
    /// Events, drafts and the ledger after them contradict each other.
    Broken(&'static str),
}

impl From<Untranslatable> for StoreError {
    fn from(untranslatable: Untranslatable) -> Self {
        match untranslatable {
            Untranslatable::UnknownHolder(holder) => {
                Self::Corrupt(format!("a booking takes the time of {holder}, who does not exist"))
            }
            Untranslatable::Broken(what) => Self::Corrupt(what.to_owned()),
        }
    }
}

/// Whether the booking behind `hold` has a row of its own while it is held, and only because of
/// that.
fn has_row(hold: &Hold) -> bool {
    hold.is_visible && hold.origin == Origin::New
}

impl<'a> BatchRows<'a> {
    /// Works out what `batch` writes.
    ///
    /// # Errors
    ///
    /// [`Untranslatable`], and then none of it may be written.
    pub(crate) fn of(
        batch: &'a LedgerBatch,
        directory: &Directory,
        quantum: Quantum,
    ) -> Result<Self, Untranslatable> {
        let mut claims = Claiming::new(directory, quantum, batch.no);
        let (mut bookings, mut kept) = (Touched::default(), Keeping::default());
        let (mut created, mut revoked) = (Vec::new(), Vec::new());
        let mut outbox = Vec::with_capacity(batch.items.len());
        let mut events = Vec::with_capacity(batch.items.len());
        for item in &batch.items {
            let recorded = &item.recorded;
            let about = directory.booking_of(&recorded.event);
            let about = about.or_else(|| bookings.number_of(&recorded.event));
            let event = NewEvent::of(batch.no, recorded, about);
            events.push(event.map_err(|_no_json| Untranslatable::Broken("an event has no JSON"))?);
            claims.note(&recorded.event)?;
            bookings.note(recorded, item.draft.as_deref())?;
            kept.note(recorded, item.op.as_ref());
            outbox.extend(outbox::notices(recorded, directory));
            match &recorded.event {
                Event::OverrideCreated { id, delta, expires_at } => {
                    created.push(new_override(*id, *delta, *expires_at, recorded));
                }
                Event::OverrideRevoked { id, .. } => {
                    end_override(&mut created, &mut revoked, *id, recorded);
                }
                _ => {}
            }
        }
        let audit = batch
            .items
            .iter()
            .filter_map(|item| domain::audit::draft_for(batch.key, batch.no, &item.recorded))
            .collect();
        let (booked, changed) = bookings.settle(directory)?;
        let (uses, ended) = (uses::wanted(&booked), uses::ended(&changed));
        let (claims, kept) = (claims.net(), kept.net());
        Ok(Self {
            batch,
            events,
            booked,
            changed,
            uses,
            ended,
            claims,
            kept,
            outbox,
            created,
            revoked,
            audit,
        })
    }

    /// The keys that the batch stores.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a IdempotencyRecord> + use<'a> {
        self.batch.items.iter().filter_map(|item| item.idempotency.as_ref())
    }

    /// Whether it only writes what every booking writes: no override, nothing that is kept, no use
    /// of a promo, nothing for the audit trail.
    pub(crate) fn is_plain(&self) -> bool {
        self.created.is_empty()
            && self.revoked.is_empty()
            && self.kept.is_empty()
            && self.uses.is_empty()
            && self.audit.is_empty()
    }
}

fn new_override(
    id: OverrideId,
    delta: i32,
    expires_at: Option<DateTime<Utc>>,
    recorded: &Recorded,
) -> CreatedOverride<'_> {
    CreatedOverride {
        id,
        delta,
        expires_at,
        reason: recorded.cause.reason.as_deref().unwrap_or_default(),
        created_by: recorded.cause.actor.id,
        created_at: recorded.at,
        revoked: None,
    }
}

fn end_override<'a>(
    created: &mut [CreatedOverride<'a>],
    revoked: &mut Vec<RevokedOverride<'a>>,
    id: OverrideId,
    recorded: &'a Recorded,
) {
    let end = RevokedOverride {
        id,
        by: recorded.cause.actor.id,
        at: recorded.at,
        reason: recorded.cause.reason.as_deref(),
    };
    match created.iter_mut().find(|one| one.id == id) {
        Some(one) => one.revoked = Some(end),
        None => revoked.push(end),
    }
}
