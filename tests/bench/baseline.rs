//! How others book: the same answers and the same rows behind the same handlers, without a ledger
//! in memory.
//!
//! - **SFU** takes the day's row by `SELECT … FOR UPDATE`, decides, writes row by row, commits.
//! - **FN** does the same inside the database: one call of a stored function, one round trip.
//!
//! Both get a pool of connections and prepared statements. Both book only: it is all that is
//! measured.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use daybook::actors::{
    Done, Facts, IdempotencyClaim, Outcome, Receipt, Refusal, Submission, Submit,
};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::result::{DatabaseErrorKind, Error};
use domain::ids::{Epoch, MemberId, TeamId, TeamNo};
use domain::ledger::{
    Assignment, Book, CapacityScope, Command, Entry, Event, LedgerKey, LedgerNo, Recorded,
    Rejection,
};
use domain::time::Quantum;
use futures_util::future::BoxFuture;
use serde_json::json;
use store::batch::{BookingDraft, StoredResponse};

use crate::baseline_rows::{
    BOOK_FUNCTION, NewBooking, REMAINING_PLACEHOLDER, SEQ_PLACEHOLDER, bench_book, bookings,
    claims, events, idempotency, ledgers, members, meta, outbox, teams,
};

/// Connections of a baseline: with more, the row's lock is only fought over harder.
const CONNECTIONS_MAX: u32 = 32;
/// How long a request waits for a connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(30);
/// What the booked services take: then a visit claims exactly one quantum.
pub const VISIT_MINUTES: u32 = 15;

/// Which way of booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    SelectForUpdate,
    StoredFunction,
}

/// Books the way `way` says.
pub struct Baseline {
    inner: Arc<Inner>,
}

struct Inner {
    way: Way,
    pool: Pool<ConnectionManager<PgConnection>>,
    epoch: Epoch,
    teams: HashMap<TeamId, (TeamNo, i32)>,
    members: HashMap<MemberId, i32>,
}

/// A booking as both ways need it.
struct Wanted<'a> {
    submission: &'a Submission,
    book: &'a Book,
    draft: &'a BookingDraft,
    claim: &'a IdempotencyClaim,
    no: LedgerNo,
    default_limit: i32,
    member: Option<MemberId>,
    member_no: Option<i32>,
}

impl Baseline {
    /// Connects to a database with a catalogue in it.
    pub fn connect(url: &str, way: Way) -> Self {
        let manager = ConnectionManager::<PgConnection>::new(url);
        let pool = Pool::builder()
            .max_size(CONNECTIONS_MAX)
            .connection_timeout(CONNECTION_TIMEOUT)
            .build(manager)
            .unwrap();
        let mut connection = pool.get().unwrap();
        connection.batch_execute(BOOK_FUNCTION).unwrap();
        let id = |bytes: Vec<u8>| uuid::Uuid::from_slice(&bytes).unwrap();
        let teams = teams::table
            .select((teams::id, teams::no, teams::default_limit))
            .load::<(Vec<u8>, i32, i32)>(&mut connection)
            .unwrap()
            .into_iter()
            .map(|(team, no, limit)| (TeamId(id(team)), (TeamNo(no), limit)))
            .collect();
        let members = members::table
            .select((members::id, members::no))
            .load::<(Vec<u8>, i32)>(&mut connection)
            .unwrap()
            .into_iter()
            .map(|(member, no)| (MemberId(id(member)), no))
            .collect();
        let epoch: String =
            meta::table.find("epoch").select(meta::value).first(&mut connection).unwrap();
        let epoch = epoch.parse().unwrap();
        drop(connection);
        Self { inner: Arc::new(Inner { way, pool, epoch, teams, members }) }
    }
}

impl Submit for Baseline {
    fn submit(&self, submission: Submission) -> BoxFuture<'static, Result<Outcome, Refusal>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let work = tokio::task::spawn_blocking(move || inner.decide(&submission));
            work.await.map_err(|_panicked| Refusal::Internal)?
        })
    }
}

impl Inner {
    fn decide(&self, submission: &Submission) -> Result<Outcome, Refusal> {
        let (Command::Book(book), Some(draft), Some(claim)) =
            (&submission.command, &submission.draft, &submission.idempotency)
        else {
            return Err(Refusal::Internal);
        };
        let team = self.teams.get(&submission.key.team);
        let (team_no, default_limit) = *team.ok_or(Refusal::UnknownTeam)?;
        let member = match &book.assignment {
            Assignment::Exactly(member) => Some(*member),
            Assignment::Nobody => None,
            // Choosing among people is not what is measured.
            Assignment::Anyone { candidates, .. } => candidates.first().copied(),
        };
        let wanted = Wanted {
            submission,
            book,
            draft,
            claim,
            no: LedgerNo::of(team_no, submission.key.day),
            default_limit,
            member,
            member_no: member.and_then(|member| self.members.get(&member).copied()),
        };
        let mut connection = self.pool.get().map_err(|_timeout| Refusal::Unavailable)?;
        match self.way {
            Way::SelectForUpdate => self.select_for_update(&mut connection, &wanted),
            Way::StoredFunction => self.stored_function(&mut connection, &wanted),
        }
    }

    fn receipt(&self, wanted: &Wanted<'_>, seq: u64, facts: Facts) -> Receipt {
        let event = Event::Booked { booking: wanted.book.booking, entry: wanted.entry() };
        let submission = wanted.submission;
        Receipt {
            key: submission.key,
            no: wanted.no,
            epoch: self.epoch,
            recorded: Recorded {
                seq,
                at: submission.received_at,
                cause: submission.cause.clone(),
                event,
            },
            facts,
            in_line: None,
        }
    }

    fn full(&self, key: LedgerKey, seq: u64, facts: Facts) -> Refusal {
        let Facts { limit, used, held, .. } = facts;
        let scope = CapacityScope::TeamDay;
        let rejection = Rejection::CapacityExceeded { scope, limit, used, held, requested: 1 };
        Refusal::Rejected { rejection, key, epoch: self.epoch, seq, facts }
    }

    fn select_for_update(
        &self,
        connection: &mut PgConnection,
        wanted: &Wanted<'_>,
    ) -> Result<Outcome, Refusal> {
        let mut refused = None;
        let written = connection.transaction(|connection| {
            let (version, limit, used) = lock_day(connection, self.epoch, wanted)?;
            let (seq, facts) = (unsigned(version), facts(limit, used));
            if facts.remaining < 1 {
                refused = Some(self.full(wanted.submission.key, seq, facts));
                return Err(Error::RollbackTransaction);
            }
            let after = self::facts(limit, used + 1);
            let receipt = self.receipt(wanted, seq + 1, after);
            let response = (wanted.submission.render)(&receipt);
            write_booking(connection, wanted, version + 1, &response)?;
            diesel::update(ledgers::table.find(wanted.no.0))
                .set((
                    ledgers::version.eq(version + 1),
                    ledgers::used.eq(used + 1),
                    ledgers::last_batch_id.eq(wanted.book.booking.0.as_bytes().as_slice()),
                    ledgers::updated_at.eq(wanted.submission.received_at.naive_utc()),
                ))
                .execute(connection)?;
            Ok(Done { receipt, response })
        });
        match (written, refused) {
            (Ok(done), _) => Ok(Outcome::Done(Box::new(done))),
            (Err(_), Some(refusal)) => Err(refusal),
            (Err(error), None) => Err(refusal_of(&error)),
        }
    }

    fn stored_function(
        &self,
        connection: &mut PgConnection,
        wanted: &Wanted<'_>,
    ) -> Result<Outcome, Refusal> {
        let mut unknown = facts(0, 0);
        unknown.remaining = REMAINING_PLACEHOLDER;
        let template = self.receipt(wanted, SEQ_PLACEHOLDER, unknown);
        let response = (wanted.submission.render)(&template);
        let body = String::from_utf8(response.body).map_err(|_binary| Refusal::Internal)?;
        let draft = wanted.draft;
        let client = vec![
            draft.client.name.as_str(),
            &draft.client.email,
            &draft.details,
            draft.price.total.currency.as_str(),
            &draft.payment_method,
        ];
        let status = response.status.to_string();
        let stored = vec![
            status.as_str(),
            &body,
            response.etag.as_deref().unwrap_or_default(),
            response.location.as_deref().unwrap_or_default(),
        ];
        let call = diesel::select(bench_book(
            wanted.no.0,
            self.epoch.0,
            wanted.default_limit,
            wanted.opening(),
            wanted.book.no.0,
            wanted.book.booking.0.as_bytes().as_slice(),
            wanted.book.service.0.as_bytes().as_slice(),
            wanted.member_no,
            wanted.quantum(),
            wanted.book.slot.starts_at.naive_utc(),
            wanted.book.slot.ends_at.naive_utc(),
            client,
            draft.price.total.amount,
            wanted.payload(),
            wanted.submission.cause.actor.kind.name(),
            wanted.submission.cause.request_id.as_bytes().as_slice(),
            &wanted.claim.principal,
            &wanted.claim.key,
            wanted.claim.fingerprint.as_slice(),
            stored,
            wanted.submission.received_at.naive_utc(),
        ));
        let told: Vec<i64> = call.get_result(connection).map_err(|error| refusal_of(&error))?;
        let number = |index: usize| told.get(index).copied().unwrap_or_default();
        let small = |index: usize| i32::try_from(number(index)).unwrap_or_default();
        let (seq, facts) = (unsigned(number(1)), facts(small(2), small(3)));
        match number(0) {
            0 => {
                let receipt = self.receipt(wanted, seq, facts);
                let response = (wanted.submission.render)(&receipt);
                Ok(Outcome::Done(Box::new(Done { receipt, response })))
            }
            1 => Err(self.full(wanted.submission.key, seq, facts)),
            3 => Err(Refusal::KeyReused),
            _ => Err(taken()),
        }
    }
}

impl Wanted<'_> {
    fn entry(&self) -> Entry {
        Entry {
            no: self.book.no,
            service: self.book.service,
            units: self.book.units,
            class: self.book.class,
            member: self.member,
            resources: Vec::new(),
            slot: self.book.slot,
            busy: self.book.busy,
            status: domain::booking::Status::Confirmed,
            rev: 1,
            units_past_limit: 0,
        }
    }

    /// The event as the store writes it.
    fn payload(&self) -> String {
        let book = self.book;
        let span = json!({ "startsAt": book.slot.starts_at, "endsAt": book.slot.ends_at });
        json!({
            "kind": "booked",
            "booking": book.booking.to_string(),
            "entry": {
                "no": book.no.0,
                "service": book.service.to_string(),
                "units": 1,
                "class": "standard",
                "member": self.member.map(|member| member.to_string()),
                "slot": span,
                "busy": span,
                "status": "confirmed",
                "rev": 1,
                "unitsPastLimit": 0,
            },
        })
        .to_string()
    }

    /// The capacity a new day begins with, as the store writes it.
    fn opening(&self) -> String {
        json!({
            "limit": self.default_limit,
            "isInherited": true,
            "reserve": 0,
            "isClosed": false,
        })
        .to_string()
    }

    fn quantum(&self) -> i32 {
        Quantum::DEFAULT.covering(self.book.slot).start
    }
}

/// Takes the day's row for this transaction, making it when there is none.
fn lock_day(
    connection: &mut PgConnection,
    epoch: Epoch,
    wanted: &Wanted<'_>,
) -> QueryResult<(i64, i32, i32)> {
    let row = || {
        ledgers::table
            .find(wanted.no.0)
            .select((ledgers::version, ledgers::limit_units, ledgers::used))
            .for_update()
    };
    if let Some(found) = row().first(connection).optional()? {
        return Ok(found);
    }
    diesel::insert_into(ledgers::table)
        .values((
            ledgers::id.eq(wanted.no.0),
            ledgers::version.eq(0),
            ledgers::epoch.eq(epoch.0),
            ledgers::limit_units.eq(wanted.default_limit),
            ledgers::is_inherited.eq(true),
            ledgers::reserve_units.eq(0),
            ledgers::is_closed.eq(false),
            ledgers::used.eq(0),
            ledgers::held.eq(0),
            ledgers::hard_limit.eq(wanted.default_limit),
            ledgers::opening.eq(wanted.opening()),
            ledgers::last_batch_id.eq(wanted.book.booking.0.as_bytes().as_slice()),
            ledgers::updated_at.eq(wanted.submission.received_at.naive_utc()),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    row().first(connection)
}

fn write_booking(
    connection: &mut PgConnection,
    wanted: &Wanted<'_>,
    seq: i64,
    response: &StoredResponse,
) -> QueryResult<()> {
    let Wanted { submission, book, draft, .. } = wanted;
    let (id, at) = (book.booking.0.as_bytes().as_slice(), submission.received_at.naive_utc());
    if let Some(member_no) = wanted.member_no {
        diesel::insert_into(claims::table)
            .values((
                claims::resource_no.eq(member_no),
                claims::quantum.eq(wanted.quantum()),
                claims::booking_no.eq(book.no.0),
            ))
            .execute(connection)?;
    }
    diesel::insert_into(bookings::table)
        .values(NewBooking {
            no: book.no.0,
            id,
            ledger_id: wanted.no.0,
            seq,
            rev: 1,
            status: "confirmed",
            service_id: book.service.0.as_bytes(),
            units: 1,
            units_past_limit: 0,
            class: "standard",
            member_no: wanted.member_no,
            starts_at: book.slot.starts_at.naive_utc(),
            ends_at: book.slot.ends_at.naive_utc(),
            busy_from: book.busy.starts_at.naive_utc(),
            busy_to: book.busy.ends_at.naive_utc(),
            client_name: &draft.client.name,
            client_email: &draft.client.email,
            price_amount: draft.price.total.amount,
            price_currency: draft.price.total.currency.as_str(),
            payment_method: &draft.payment_method,
            details: &draft.details,
            link_no: 1,
            created_at: at,
            updated_at: at,
        })
        .execute(connection)?;
    diesel::insert_into(events::table)
        .values((
            events::ledger_id.eq(wanted.no.0),
            events::seq.eq(seq),
            events::at.eq(at),
            events::kind.eq("booked"),
            events::booking_no.eq(book.no.0),
            events::payload.eq(wanted.payload()),
            events::actor_kind.eq(submission.cause.actor.kind.name()),
            events::request_id.eq(submission.cause.request_id.as_bytes().as_slice()),
        ))
        .execute(connection)?;
    write_around(connection, wanted, seq, response)
}

/// The answer to the key, and what somebody outside must hear.
fn write_around(
    connection: &mut PgConnection,
    wanted: &Wanted<'_>,
    seq: i64,
    response: &StoredResponse,
) -> QueryResult<()> {
    let Wanted { submission, book, claim, .. } = wanted;
    let at = submission.received_at.naive_utc();
    diesel::insert_into(idempotency::table)
        .values((
            idempotency::principal.eq(&claim.principal),
            idempotency::key.eq(&claim.key),
            idempotency::fingerprint.eq(claim.fingerprint.as_slice()),
            idempotency::status.eq(i16::try_from(response.status).unwrap_or_default()),
            idempotency::body.eq(&response.body),
            idempotency::etag.eq(&response.etag),
            idempotency::location.eq(&response.location),
            idempotency::booking_id.eq(book.booking.0.as_bytes().as_slice()),
            idempotency::created_at.eq(at),
        ))
        .execute(connection)?;
    diesel::insert_into(outbox::table)
        .values((
            outbox::ledger_id.eq(wanted.no.0),
            outbox::seq.eq(seq),
            outbox::kind.eq("booking-confirmed"),
            outbox::next_attempt_at.eq(at),
        ))
        .execute(connection)?;
    Ok(())
}

fn facts(limit: i32, used: i32) -> Facts {
    let (limit, used) = (u32::try_from(limit).unwrap_or(0), u32::try_from(used).unwrap_or(0));
    Facts { limit, used, held: 0, remaining: limit.saturating_sub(used), is_closed: false }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// Somebody has the time already. Whose key stood in the way is not what is measured.
fn taken() -> Refusal {
    Refusal::KeyReused
}

fn refusal_of(error: &Error) -> Refusal {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => taken(),
        _ => Refusal::Unknown,
    }
}
