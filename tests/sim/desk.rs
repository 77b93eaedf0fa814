//! What stands between the network and the ledgers of a node, as the use cases of the application
//! do: it looks up keys and bookings, and makes submissions and operations of wishes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook::actors::{
    Agreed, Confirmation, Conflict, Coordinator, IdempotencyClaim, Ledgers, Link,
    OPERATION_LIFETIME, OnConflict, Operation, OperationOutcome, OperationRefusal, Outcome, Place,
    Priority, Receipt, Refusal, Released, Submission, Submit,
};
use domain::ids::{BookingId, Epoch, OpId, TeamId};
use domain::ledger::{
    Actor, ActorKind, Book, CapacityScope, Cause, Class, Command, LedgerKey, Move, Origin, Prior,
    Rejection, Take,
};
use domain::money::{Currency, Money};
use store::StoreError;
use store::batch::{
    AgreedPrice, BookingDraft, ClientDetails, IdempotencyRecord, OpDraft, OpKind, OpStatus,
    StoredResponse,
};
use store::simulated::Simulated;
use store::traits::{Aside, BookingStore, LedgerStore, OpStore};
use tokio::time::Instant;
use uuid::Uuid;

use crate::city::{City, ledger_no};
use crate::node::StoreLink;
use crate::wish::{Full, Request, Said, Spot, Target, Wish};

/// How long after it reached a node a request is still decided.
const DEADLINE: Duration = Duration::from_millis(700);

/// One node's desk.
pub struct Desk {
    pub ledgers: Arc<Ledgers>,
    pub coordinator: Coordinator,
    pub link: Arc<StoreLink>,
    pub city: Arc<City>,
    pub node: usize,
}

impl Desk {
    pub async fn answer(&self, request: Request) -> Said {
        let said = match self.find(&request).await {
            None => Said::Refused("unavailable".to_owned()),
            Some(Some(said)) => said,
            Some(None) => match self.fulfil(&request).await {
                // Perhaps only because it was done meanwhile, by another try of the same.
                refused @ (Said::Refused(_) | Said::Full(_)) => {
                    self.find(&request).await.flatten().unwrap_or(refused)
                }
                said => said,
            },
        };
        if let Said::Done(spots) = &said {
            for Spot { key, booking, seq, .. } in spots.iter().flatten() {
                let stored = self.city.store.recorded(ledger_no(*key), *seq);
                if stored.is_none_or(|recorded| recorded.event.booking() != *booking) {
                    let what = format!("P3: {booking:?} was answered at {seq}, which is not there");
                    self.city.trace.found(what);
                }
            }
        }
        said
    }

    /// The answer that the key has had; the outer nothing when the store did not say.
    async fn find(&self, request: &Request) -> Option<Option<Said>> {
        let key = request.idempotency_key.clone();
        let found = self.read(move |store| store.find_key("guest", &key)).await?;
        Some(found.map(|record| read(&record.response)))
    }

    async fn fulfil(&self, request: &Request) -> Said {
        match &request.wish {
            Wish::Command { key, command } => self.command(request, *key, command).await,
            Wish::Join { key, waiting } => {
                self.submit(request, *key, Command::Join(waiting.clone()), None).await
            }
            Wish::Hold { key, take } => {
                let op = self.draft(take.op, OpKind::Hold, take.expires_at);
                self.submit(request, *key, Command::Hold(take.clone()), Some(op)).await
            }
            Wish::Together { places, may_skip } => {
                let places: Vec<Place> = places
                    .iter()
                    .map(|(key, book)| Place {
                        key: *key,
                        take: Self::take(book.clone(), Origin::New),
                        leaves: None,
                        draft: Some(Arc::new(draft())),
                    })
                    .collect();
                self.operate(request, OpKind::Series, places, *may_skip).await
            }
            Wish::Move { to } => self.move_all(request, to).await,
            Wish::Confirm { op, booking } => {
                self.confirm(request, *op, (*booking, Some(Arc::new(draft())))).await
            }
            Wish::Accept { booking } => self.accept(request, *booking).await,
            Wish::Extend { op } => self.extend(request, *op).await,
            Wish::Release { op } => self.release(request, *op).await,
        }
    }

    /// A command about a booking goes to the ledger that the booking's row names.
    async fn command(&self, request: &Request, key: LedgerKey, command: &Command) -> Said {
        let about = match command {
            Command::Reschedule(to) => Some(to.booking),
            Command::End { booking, .. }
            | Command::Assign { booking, .. }
            | Command::Progress { booking, .. }
            | Command::Leave { booking, .. }
            | Command::Displace { booking, .. } => Some(*booking),
            _ => None,
        };
        let Some(booking) = about else {
            return self.submit(request, key, command.clone(), None).await;
        };
        match self.read(move |store| BookingStore::booking(store, booking)).await {
            None => Said::Refused("unavailable".to_owned()),
            Some(None) => Said::Refused("not found".to_owned()),
            Some(Some(record)) => self.submit(request, record.key, command.clone(), None).await,
        }
    }

    async fn submit(
        &self,
        request: &Request,
        key: LedgerKey,
        command: Command,
        op: Option<OpDraft>,
    ) -> Said {
        let is_new = matches!(command, Command::Book(_) | Command::Join(_));
        let class = match &command {
            Command::Book(book) => book.class,
            Command::Hold(take) => take.book.class,
            _ => Class::Standard,
        };
        let submission = Submission {
            key,
            command,
            cause: cause(),
            received_at: self.now(),
            deadline: Instant::now() + DEADLINE,
            priority: priority(request),
            draft: is_new.then(|| Arc::new(draft())),
            op,
            idempotency: Some(claim(request)),
            render: Arc::new(render),
        };
        match self.ledgers.submit(submission).await {
            Ok(Outcome::Done(done)) => read(&done.response),
            Ok(Outcome::Replayed(response)) => read(&response),
            Err(Refusal::Rejected { rejection, key, epoch, seq, facts }) => {
                let conflict = Conflict { rejection, key, epoch, seq, facts };
                full(&conflict, class).map_or_else(
                    || Said::Refused(conflict.rejection.to_string()),
                    |full| Said::Full(vec![full]),
                )
            }
            Err(refusal) => refused(&refusal),
        }
    }

    async fn move_all(&self, request: &Request, to: &[Target]) -> Said {
        let mut places = Vec::new();
        for target in to {
            let booking = target.booking;
            let record = match self.read(move |store| BookingStore::booking(store, booking)).await {
                None => return Said::Refused("unavailable".to_owned()),
                Some(None) => return Said::Refused("not found".to_owned()),
                Some(Some(record)) => record,
            };
            let (key, entry) = (record.key, record.entry);
            let book = moved(target, &entry);
            if key == target.key && to.len() == 1 {
                let to = Move {
                    booking,
                    rev: Some(entry.rev),
                    slot: target.slot,
                    busy: target.slot,
                    assignment: target.assignment.clone(),
                    needs: Vec::new(),
                };
                return self.submit(request, key, Command::Reschedule(Box::new(to)), None).await;
            }
            let (origin, leaves) = if key == target.key {
                (Origin::Here(Box::new(entry)), None)
            } else {
                (Origin::Elsewhere(Box::new(entry)), Some(key))
            };
            let take = Self::take(book, origin);
            places.push(Place { key: target.key, take, leaves, draft: None });
        }
        self.operate(request, OpKind::Move, places, false).await
    }

    async fn operate(
        &self,
        request: &Request,
        kind: OpKind,
        places: Vec<Place>,
        may_skip: bool,
    ) -> Said {
        let bookings: Vec<_> = places.iter().map(|place| place.take.book.booking).collect();
        let classes: Vec<Class> = places.iter().map(|place| place.take.book.class).collect();
        let until = self.now() + TimeDelta::from_std(OPERATION_LIFETIME).unwrap();
        let id = OpId(self.city.chance.id());
        let operation = Operation {
            op: self.draft(id, kind, until),
            places,
            on_conflict: if may_skip { OnConflict::Skip } else { OnConflict::Fail },
            cause: cause(),
            received_at: self.now(),
            deadline: Instant::now() + DEADLINE,
            priority: priority(request),
            series: None,
            idempotency: Some(claim(request)),
            render: Arc::new(move |agreed| render_all(agreed, &bookings)),
        };
        heard(self.coordinator.operate(operation).await, &classes)
    }

    async fn confirm(
        &self,
        request: &Request,
        op: OpId,
        (booking, draft): (BookingId, Option<Arc<BookingDraft>>),
    ) -> Said {
        let confirmation = Confirmation {
            op,
            draft,
            at: self.now(),
            idempotency: Some(claim(request)),
            render: Arc::new(move |agreed| render_all(agreed, &[booking])),
        };
        heard(self.coordinator.confirm_held(confirmation).await, &[])
    }

    async fn extend(&self, request: &Request, op: OpId) -> Said {
        let until = self.now() + TimeDelta::seconds(60);
        let claim = claim(request);
        let record = IdempotencyRecord {
            principal: claim.principal,
            key: claim.key,
            fingerprint: claim.fingerprint,
            response: answer_of(&[]),
            booking: None,
            created_at: self.now(),
        };
        let aside = Aside { audit: None, idempotency: Some(record) };
        match self.read(move |store| store.extend_op(op, until, &aside)).await {
            Some(true) => Said::Done(Vec::new()),
            Some(false) => Said::Refused("it is decided".to_owned()),
            None => Said::Unknown,
        }
    }

    async fn release(&self, request: &Request, op: OpId) -> Said {
        let draft = self.draft(op, OpKind::Hold, self.now());
        let (claim, response) = (claim(request), answer_of(&[]));
        match self.coordinator.release(&draft, self.now(), (&claim, response)).await {
            Ok(Released::Now(response) | Released::Replayed(response)) => read(&response),
            Ok(Released::Before(status)) => Said::Refused(format!("it was {status:?}")),
            Err(refusal) => refused(&refusal),
        }
    }

    /// Accepts what is offered to `booking`, if it still is.
    async fn accept(&self, request: &Request, booking: BookingId) -> Said {
        let find = move |store: &Simulated| match store.holds_for(booking)?.first() {
            Some(hold) => store.op(hold.op),
            None => Ok(None),
        };
        match self.read(find).await {
            None => Said::Refused("unavailable".to_owned()),
            Some(Some(op)) if op.status != OpStatus::Pending || op.expires_at > self.now() => {
                self.confirm(request, op.op, (booking, None)).await
            }
            Some(_) => Said::Refused("no longer offered".to_owned()),
        }
    }

    /// What the store says; `None` when it did not say.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Simulated) -> Result<T, StoreError> + Send + 'static,
    ) -> Option<T> {
        let (found, store) = (Arc::new(Mutex::new(None)), self.city.store.clone());
        let put = Arc::clone(&found);
        let call = move || *put.lock().unwrap() = read(&store).ok();
        self.link.carry(Box::new(call)).await.ok()?;
        found.lock().unwrap().take()
    }

    fn now(&self) -> DateTime<Utc> {
        self.city.now(self.node)
    }

    fn draft(&self, op: OpId, kind: OpKind, expires_at: DateTime<Utc>) -> OpDraft {
        OpDraft { op, kind, owner: "guest".to_owned(), expires_at, created_at: self.now() }
    }

    /// A place for an operation; the coordinator says for which, and until when.
    fn take(book: Book, origin: Origin) -> Take {
        let (op, expires_at) = (OpId(Uuid::nil()), DateTime::UNIX_EPOCH);
        let prior = Prior::Nothing;
        Take { op, expires_at, book, origin, is_visible: false, unverified_units_max: None, prior }
    }
}

/// The booking that stands as `entry`, at another time.
fn moved(target: &Target, entry: &domain::ledger::Entry) -> Book {
    Book {
        booking: target.booking,
        no: entry.no,
        service: entry.service,
        units: entry.units,
        class: entry.class,
        slot: target.slot,
        busy: target.slot,
        assignment: target.assignment.clone(),
        needs: Vec::new(),
        status: entry.status,
        service_units_max: None,
        may_pass_limit: false,
    }
}

fn priority(request: &Request) -> Priority {
    if request.is_urgent { Priority::First } else { Priority::Ordinary }
}

fn claim(request: &Request) -> IdempotencyClaim {
    let (principal, key) = ("guest".to_owned(), request.idempotency_key.clone());
    IdempotencyClaim { principal, key, fingerprint: [0; 32] }
}

fn cause() -> Cause {
    let actor = Actor { kind: ActorKind::Guest, id: None };
    Cause { actor, reason: Some("a run".to_owned()), request_id: Uuid::nil() }
}

fn draft() -> BookingDraft {
    BookingDraft {
        client: ClientDetails::default(),
        client_user: None,
        price: AgreedPrice::of(Money { amount: 0, currency: Currency::parse("EUR").unwrap() }),
        payment_method: "cod".to_owned(),
        details: "{}".to_owned(),
        series: None,
    }
}

fn heard(answer: Result<OperationOutcome, OperationRefusal>, classes: &[Class]) -> Said {
    match answer {
        Ok(OperationOutcome::Done { response, .. } | OperationOutcome::Replayed(response)) => {
            read(&response)
        }
        Err(OperationRefusal::Conflicts(places)) => {
            let pairs = places.iter().zip(classes);
            let fulls = pairs.filter_map(|(got, class)| full(got.as_ref().err()?, *class));
            Said::Full(fulls.collect())
        }
        Err(OperationRefusal::Refused(refusal)) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Said {
    match refusal {
        Refusal::Unknown => Said::Unknown,
        refusal => Said::Refused(refusal.to_string()),
    }
}

fn full(conflict: &Conflict, class: Class) -> Option<Full> {
    let Conflict { rejection, key, epoch, seq, .. } = conflict;
    match rejection {
        Rejection::CapacityExceeded { requested, scope: CapacityScope::TeamDay, .. } => {
            Some(Full { key: *key, seq: *seq, requested: *requested, class, epoch: *epoch })
        }
        _ => None,
    }
}

fn line(key: LedgerKey, booking: Option<BookingId>, seq: u64, epoch: Epoch) -> String {
    let booking = booking.map_or_else(|| "-".to_owned(), |booking| booking.to_string());
    format!("{} {} {booking} {seq} {}", key.team, key.day, epoch.0)
}

fn answer_of(lines: &[String]) -> StoredResponse {
    let body = lines.join("\n").into_bytes();
    StoredResponse { status: 200, body, etag: None, location: None }
}

fn render(receipt: &Receipt) -> StoredResponse {
    let recorded = &receipt.recorded;
    answer_of(&[line(receipt.key, recorded.event.booking(), recorded.seq, receipt.epoch)])
}

fn render_all(agreed: &Agreed, bookings: &[BookingId]) -> StoredResponse {
    let places = agreed.places.iter().zip(bookings).map(|(got, booking)| match got {
        Ok(placed) => line(placed.key, Some(*booking), placed.seq, placed.epoch),
        Err(_) => "-".to_owned(),
    });
    answer_of(&places.collect::<Vec<_>>())
}

/// The answer that [`render`] and [`render_all`] wrote down.
fn read(response: &StoredResponse) -> Said {
    let body = std::str::from_utf8(&response.body).unwrap();
    let spots = body.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let [team, day, booking, seq, epoch] = words[..] else { return None };
        Some(Spot {
            key: LedgerKey { team: TeamId(team.parse().unwrap()), day: day.parse().unwrap() },
            booking: booking.parse().ok().map(BookingId),
            seq: seq.parse().unwrap(),
            epoch: Epoch(epoch.parse().unwrap()),
        })
    });
    Said::Done(spots.collect())
}
