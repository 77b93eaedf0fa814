//! Decides commands the way an actor does, and puts what comes of it into batches.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::booking::{Status, Step};
use domain::catalog::Team;
use domain::history::LedgerHistory;
use domain::ids::{
    BookingId, BookingNo, MemberId, OpId, OverrideId, ResourceId, ResourceNo, ServiceId, TeamId,
    TeamNo, UserId,
};
use domain::ledger::{
    Actor, ActorKind, Assignment, Book, Cause, Class, Command, Event, Foreign, Ledger, LedgerKey,
    LedgerNo, Move, Origin, Prior, Recorded, Rejection, Settlement, Take, Waiting, decide,
    next_offer,
};
use domain::money::{Currency, Money};
use domain::time::Slot;
use uuid::Uuid;

use super::Fixture;
use crate::batch::{
    AgreedPrice, BatchItem, BatchOutcome, BookingDraft, ClientDetails, DecidedBooking, Decision,
    DecisionOutcome, IdempotencyRecord, LedgerBatch, LedgerRow, OpDraft, OpKind, OpStatus,
    Redemption, StoredResponse, TeamRev,
};
use crate::traits::CommitLane;

/// The service that everybody books.
pub(crate) const SERVICE: ServiceId = ServiceId(Uuid::from_u128(0x5E_4F1C_E000));
/// Whoever changes capacity.
pub(crate) const ADMIN: UserId = UserId(Uuid::from_u128(0xAD));

/// When every request reaches us.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// The day that most cases are about.
pub(crate) fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 9).unwrap()
}

/// `from..to` on [`monday`], in hours.
pub(crate) fn hours(from: f64, to: f64) -> Slot {
    let at = |hours: f64| {
        let since_midnight = TimeDelta::from_std(Duration::from_secs_f64(hours * 3_600.0)).unwrap();
        monday().and_hms_opt(0, 0, 0).unwrap().and_utc() + since_midnight
    };
    Slot { starts_at: at(from), ends_at: at(to) }
}

/// Team number `no`, which takes `limit` units a day.
pub(crate) fn team(fixture: &dyn Fixture, no: i32, limit: u32) -> Team {
    let team = Team {
        id: TeamId(Uuid::new_v4()),
        no: TeamNo(no),
        name: format!("team {no}"),
        zone: chrono_tz::Europe::Vienna,
        default_limit: limit,
        emergency_reserve: 0,
        published: true,
        rev: 1,
    };
    fixture.put_team(&team);
    team
}

/// Member number `no`.
pub(crate) fn member(fixture: &dyn Fixture, no: i32) -> MemberId {
    let member = MemberId(Uuid::new_v4());
    fixture.put_member(member, ResourceNo(no));
    member
}

/// Room number `no`, from the same numbers as members.
pub(crate) fn room(fixture: &dyn Fixture, no: i32) -> ResourceId {
    let resource = ResourceId(Uuid::new_v4());
    fixture.put_resource(resource, ResourceNo(no));
    resource
}

/// A ledger as its actor has it in mind, and what it decided since the last batch.
pub(crate) struct Author {
    pub image: Ledger,
    pub no: LedgerNo,
    opening: Option<TeamRev>,
    opened_with: domain::ledger::Capacity,
    written: u64,
    items: Vec<BatchItem>,
}

impl Author {
    /// Loads the ledger of `team` on [`monday`].
    pub(crate) fn load(fixture: &dyn Fixture, team: &Team) -> Self {
        Self::load_day(fixture, team, monday())
    }

    pub(crate) fn load_day(fixture: &dyn Fixture, team: &Team, day: NaiveDate) -> Self {
        let key = LedgerKey { team: team.id, day };
        let loaded = fixture.ledgers().load(key).unwrap().expect("the team exists");
        Self {
            no: loaded.no,
            opening: loaded.opening,
            opened_with: loaded.ledger.capacity,
            written: loaded.ledger.version,
            image: loaded.ledger,
            items: Vec::new(),
        }
    }

    /// Decides one command; what comes of it goes into the next batch.
    pub(crate) fn decide(&mut self, command: &Command) -> Result<Event, Rejection> {
        self.decide_knowing(command, &Foreign::default())
    }

    /// As [`Author::decide`], knowing what other ledgers have claimed.
    pub(crate) fn decide_knowing(
        &mut self,
        command: &Command,
        foreign: &Foreign,
    ) -> Result<Event, Rejection> {
        let event = decide(&self.image, command, foreign, now())?;
        self.note(&event);
        Ok(event)
    }

    /// Offers what is free to whoever waits, as often as there is something, and answers to whom.
    pub(crate) fn offer(&mut self) -> Vec<BookingId> {
        self.offer_knowing(&Foreign::default())
    }

    /// As [`Author::offer`], knowing what other ledgers have claimed.
    pub(crate) fn offer_knowing(&mut self, foreign: &Foreign) -> Vec<BookingId> {
        let mut offered = Vec::new();
        while let Some(event) = next_offer(&self.image, foreign, now()) {
            self.note(&event);
            offered.extend(event.booking());
        }
        offered
    }

    fn note(&mut self, event: &Event) {
        self.image.apply(event);
        let draft = match event {
            Event::Booked { .. } | Event::WaitJoined { .. } => Some(Arc::new(draft())),
            Event::Held { hold, .. } if hold.is_visible => Some(Arc::new(draft())),
            _ => None,
        };
        let op = match event {
            Event::Offered { hold, .. } => Some(op_draft(hold.op, OpKind::Offer)),
            Event::Departing { op, .. } => Some(op_draft(*op, OpKind::Move)),
            Event::Held { hold, .. } => Some(match hold.origin {
                Origin::New => op_draft(hold.op, OpKind::Hold),
                Origin::Elsewhere(_) | Origin::Here(_) => op_draft(hold.op, OpKind::Move),
            }),
            _ => None,
        };
        let changes_capacity = event.booking().is_none();
        let recorded = Recorded {
            seq: self.image.version,
            at: now() + TimeDelta::seconds(self.image.version.try_into().unwrap()),
            cause: if changes_capacity { by_admin() } else { by_guest() },
            event: event.clone(),
        };
        self.items.push(BatchItem { recorded, draft, op, idempotency: None });
    }

    /// Holds `slot` for a new booking.
    pub(crate) fn hold(&mut self, no: i64, slot: Slot, is_visible: bool) -> DecidedBooking {
        let book = book(no, slot, Assignment::Nobody);
        self.take(Take { is_visible, ..take(op(no), book, Origin::New) })
    }

    /// Holds what `take` wants, and answers what a confirmation would make of it.
    pub(crate) fn take(&mut self, take: Take) -> DecidedBooking {
        let booking = take.book.booking;
        let makes_row = take.origin == Origin::New && !take.is_visible;
        self.decide(&Command::Hold(Box::new(take))).unwrap();
        DecidedBooking {
            booking,
            key: self.image.key,
            no: self.no,
            entry: self.image.holds[&booking].entry.clone(),
            seq: self.image.version,
            from: None,
            draft: makes_row.then(|| Arc::new(draft())),
        }
    }

    /// Freezes `booking`, which `op` takes elsewhere.
    pub(crate) fn depart(&mut self, op: OpId, booking: BookingId) {
        let rev = self.image.entries[&booking].rev;
        self.decide(&Command::Depart { op, booking, rev }).unwrap();
    }

    /// Does what `op` has decided about `booking`.
    pub(crate) fn settle(&mut self, op: OpId, booking: BookingId, settlement: Settlement) {
        self.decide(&Command::Settle { op, booking, settlement }).unwrap();
    }

    /// Puts a booking in line for any of `slots`.
    pub(crate) fn join(&mut self, no: i64, slots: &[Slot], assignment: &Assignment) -> BookingId {
        let option = |slot: &Slot| book(no, *slot, assignment.clone());
        let waiting = Waiting {
            booking: booking_id(no),
            op: op(no),
            options: slots.iter().map(option).collect(),
            offer_minutes: 30,
        };
        self.decide(&Command::Join(Box::new(waiting))).unwrap();
        booking_id(no)
    }

    /// Books `slot` for nobody in particular.
    pub(crate) fn book(&mut self, no: i64, slot: Slot) -> BookingId {
        self.book_for(no, slot, Assignment::Nobody)
    }

    /// Books `slot` with `assignment`.
    pub(crate) fn book_for(&mut self, no: i64, slot: Slot, assignment: Assignment) -> BookingId {
        let command = book(no, slot, assignment);
        let booking = command.booking;
        self.decide(&Command::Book(Box::new(command))).unwrap();
        booking
    }

    pub(crate) fn cancel(&mut self, booking: BookingId) {
        self.decide(&Command::End { booking, rev: None, step: Step::Cancel, fee: None }).unwrap();
    }

    pub(crate) fn reschedule(&mut self, booking: BookingId, slot: Slot) {
        let member = self.image.entries[&booking].member;
        let assignment = member.map_or(Assignment::Nobody, Assignment::Exactly);
        let to = Move { booking, rev: None, slot, busy: slot, assignment, needs: Vec::new() };
        self.decide(&Command::Reschedule(Box::new(to))).unwrap();
    }

    /// Lets the last item carry `key`.
    pub(crate) fn with_key(&mut self, key: &str) -> IdempotencyRecord {
        let item = self.items.last_mut().unwrap();
        let record = record(key, item.recorded.event.booking());
        item.idempotency = Some(record.clone());
        record
    }

    /// Lets the booking of the last item use promos.
    pub(crate) fn with_promos(&mut self, redeems: &[Redemption]) {
        let draft = self.items.last_mut().and_then(|item| item.draft.as_mut()).unwrap();
        Arc::make_mut(draft).price.redeems = redeems.to_vec();
    }

    /// What was decided since the last batch, as one.
    pub(crate) fn batch(&mut self) -> LedgerBatch {
        let image = &self.image;
        let batch = LedgerBatch {
            key: image.key,
            no: self.no,
            batch_id: Uuid::new_v4(),
            expected_version: self.written,
            opening: self.opening.take(),
            after: LedgerRow {
                version: image.version,
                epoch: image.epoch,
                capacity: image.capacity,
                used: image.used,
                held: image.held,
                hard_limit: image.hard_limit,
                opening: self.opened_with,
            },
            items: std::mem::take(&mut self.items),
        };
        self.written = image.version;
        batch
    }

    /// Commits what was decided, which must succeed.
    pub(crate) fn commit(&mut self, lane: &mut dyn CommitLane) {
        let batch = self.batch();
        assert_eq!(commit(lane, &[batch]), [BatchOutcome::Committed]);
    }
}

/// Commits `batches` and answers what came of each.
pub(crate) fn commit(lane: &mut dyn CommitLane, batches: &[LedgerBatch]) -> Vec<BatchOutcome> {
    lane.commit(batches, &[], &[]).unwrap().batches
}

/// A booking of one unit. `no` is its number and, so that a second lane can repeat it, its id.
pub(crate) fn book(no: i64, slot: Slot, assignment: Assignment) -> Book {
    Book {
        booking: booking_id(no),
        no: BookingNo(no),
        service: SERVICE,
        units: 1,
        class: Class::Standard,
        slot,
        busy: slot,
        assignment,
        needs: Vec::new(),
        status: Status::Confirmed,
        service_units_max: None,
        may_pass_limit: false,
    }
}

/// The operation number `no`.
pub(crate) fn op(no: i64) -> OpId {
    OpId(Uuid::from_u128(0x0F_0000 + u128::try_from(no).unwrap()))
}

/// An operation that does not expire while anybody is looking.
pub(crate) fn op_draft(op: OpId, kind: OpKind) -> OpDraft {
    let expires_at = "2999-01-01T00:00:00Z".parse().unwrap();
    OpDraft { op, kind, owner: "guest".to_owned(), expires_at, created_at: now() }
}

/// Holds `book` for `op`, where nobody sees it.
pub(crate) fn take(op: OpId, book: Book, origin: Origin) -> Take {
    let expires_at = op_draft(op, OpKind::Hold).expires_at;
    let prior = Prior::Nothing;
    Take { op, expires_at, book, origin, is_visible: false, unverified_units_max: None, prior }
}

/// The decision that `op` is `to`, with what it makes or moves.
pub(crate) fn decision(op: OpId, to: OpStatus, bookings: Vec<DecidedBooking>) -> Decision {
    let at = now() + TimeDelta::minutes(1);
    let op = op_draft(op, OpKind::Hold);
    Decision { op, to, at, bookings, series: None, idempotency: None }
}

/// Writes `decision` and answers what came of it.
pub(crate) fn decide_op(lane: &mut dyn CommitLane, decision: &Decision) -> DecisionOutcome {
    let outcome = lane.commit(&[], std::slice::from_ref(decision), &[]).unwrap();
    let [decided] = <[_; 1]>::try_from(outcome.decisions).unwrap();
    decided
}

/// The id of the booking with number `no`.
pub(crate) fn booking_id(no: i64) -> BookingId {
    BookingId(Uuid::from_u128(0xB00C_0000_0000 + u128::try_from(no).unwrap()))
}

/// Creates an override that adds `delta` units.
pub(crate) fn create_override(no: u128, delta: i32) -> Command {
    Command::CreateOverride { id: override_id(no), delta, expires_at: None }
}

/// The id of override number `no`.
pub(crate) fn override_id(no: u128) -> OverrideId {
    OverrideId(Uuid::from_u128(0x0E_0000 + no))
}

/// What is written beside a booking.
pub(crate) fn draft() -> BookingDraft {
    BookingDraft {
        client: ClientDetails {
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.org".to_owned(),
            phone: Some("+43 1 234".to_owned()),
        },
        client_user: Some(UserId(Uuid::from_u128(0xC1))),
        price: AgreedPrice {
            quote: Some(r#"{"total": 12950, "lines":[{"label":"Grü\u00dfe \"x\""}]}"#.to_owned()),
            ..AgreedPrice::of(Money { amount: 12_950, currency: Currency::EUR })
        },
        payment_method: "cod".to_owned(),
        details: r#"{"notes":"ring twice"}"#.to_owned(),
        series: None,
    }
}

/// The answer that is stored with `key`.
pub(crate) fn record(key: &str, booking: Option<BookingId>) -> IdempotencyRecord {
    IdempotencyRecord {
        principal: "guest".to_owned(),
        key: key.to_owned(),
        fingerprint: [7; 32],
        response: StoredResponse {
            status: 201,
            body: br#"{"id":"\u00fc"}"#.to_vec(),
            etag: Some("1".to_owned()),
            location: None,
        },
        booking,
        created_at: now(),
    }
}

/// The ledger that `history` amounts to.
pub(crate) fn replay(history: &LedgerHistory) -> Ledger {
    let mut ledger = Ledger::open(history.key, history.epoch, history.opening);
    for recorded in &history.events {
        ledger.apply(&recorded.event);
        assert_eq!(recorded.seq, ledger.version, "a gap in {:?}", history.key);
    }
    ledger
}

/// Asserts that what is stored of a ledger agrees with itself, whichever way it is read.
pub(crate) fn assert_consistent(fixture: &dyn Fixture, key: LedgerKey) -> Ledger {
    let loaded = fixture.ledgers().load(key).unwrap().unwrap().ledger;
    let history = fixture.ledgers().history(key).unwrap().unwrap();
    assert_eq!(loaded, replay(&history));
    loaded
}

/// Whose time is claimed, as quanta after midnight of [`monday`] by booking.
pub(crate) fn claims_by_booking(fixture: &dyn Fixture) -> BTreeMap<i64, Vec<i32>> {
    let midnight = domain::time::Quantum::DEFAULT.covering(hours(0.0, 0.25)).start;
    let mut claims: BTreeMap<i64, Vec<i32>> = BTreeMap::new();
    for (_, quantum, booking) in fixture.claims() {
        claims.entry(booking.0).or_default().push(quantum - midnight);
    }
    claims
}

fn by_guest() -> Cause {
    let actor = Actor { kind: ActorKind::Guest, id: None };
    Cause { actor, reason: None, request_id: Uuid::from_u128(0x4E_9001) }
}

fn by_admin() -> Cause {
    let actor = Actor { kind: ActorKind::Admin, id: Some(ADMIN) };
    let reason = Some("flu season".to_owned());
    Cause { actor, reason, request_id: Uuid::from_u128(0x4E_9002) }
}
