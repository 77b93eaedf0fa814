//! A host that runs the real ledgers. All it has of the store is a link.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook::actors::{
    Broadcaster, Call, IdempotencyClaim, Intake, Ledgers, Link, Lost, Outcome, Parts, Priority,
    Receipt, Refusal, Runtime, Submission, Submit,
};
use daybook::ambient::Ambient;
use domain::ids::{BookingId, Epoch};
use domain::ledger::{Actor, ActorKind, CapacityScope, Cause, Command, LedgerKey, Rejection};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::batch::{BookingDraft, IdempotencyRecord, StoredResponse};
use store::traits::{CommitLane, LedgerStore};
use tokio::time::Instant;
use uuid::Uuid;

use crate::chance::Chance;
use crate::city::{City, NODES, STORE};
use crate::network::{Caller, serve};
use crate::store_host;
use crate::watcher::{Audience, Watcher};

/// How long a node waits for the store to answer one call.
const CALL_PATIENCE: Duration = Duration::from_millis(150);

/// How long after it reached a node a request is still decided.
const DEADLINE: Duration = Duration::from_millis(700);

/// What a client asks of a node.
#[derive(Clone)]
pub struct Request {
    pub key: LedgerKey,
    pub command: Command,
    pub draft: Option<Arc<BookingDraft>>,
    pub priority: Priority,
    pub idempotency_key: String,
    pub fingerprint: [u8; 32],
}

/// What a node answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// `booking` is the one it is about, if it is about one.
    Done {
        booking: Option<BookingId>,
        seq: u64,
        epoch: Epoch,
    },
    Full {
        seq: u64,
        requested: u32,
        epoch: Epoch,
    },
    /// Nothing was written, says the node.
    Refused(String),
    Unknown,
}

/// The way from one node to the store.
struct StoreLink {
    caller: Caller<Call, ()>,
}

impl Link for StoreLink {
    fn carry(&self, call: Call) -> BoxFuture<'static, Result<(), Lost>> {
        self.caller.ask(STORE, call, CALL_PATIENCE).map(|answer| answer.ok_or(Lost)).boxed()
    }
}

/// One node from start to crash.
pub async fn run(city: Arc<City>, node: usize) -> turmoil::Result {
    let chance = Arc::new(city.chance.branch());
    let link = Arc::new(StoreLink { caller: Caller::start(Arc::clone(&city.calls)).await? });
    let runtime = Runtime::Simulated(Arc::<StoreLink>::clone(&link));
    let intake = Arc::new(Intake::default());
    intake.set_watched(true);
    let lanes = (0..city.climate.lanes).map(|_| store_host::lane(&city, node));
    let ledgers = Ledgers::start(Parts {
        store: Arc::new(city.store.clone()),
        lanes: lanes.map(|lane| -> Box<dyn CommitLane> { Box::new(lane) }).collect(),
        sinks: vec![Arc::new(Watcher::new(&city, node)), Arc::<Intake>::clone(&intake)],
        limits: city.limits(),
        ambient: ambient(&city, node, &chance),
        runtime: runtime.clone(),
    })?;
    Broadcaster::start(&runtime, &intake, Audience(Watcher::new(&city, node)));
    city.trace.note(format_args!("{} is up", NODES[node]));
    let desk = Arc::new(Desk { ledgers, link, city: Arc::clone(&city), node });
    serve(Arc::clone(&city.requests), move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    })
    .await?;
    Ok(())
}

fn ambient(city: &Arc<City>, node: usize, chance: &Arc<Chance>) -> Ambient {
    let (city, chance) = (Arc::clone(city), Arc::clone(chance));
    Ambient::with_clock(move || city.now(node)).with_ids(move || chance.id())
}

/// What stands between the network and the ledgers, as the use cases of the application do.
struct Desk {
    ledgers: Ledgers,
    link: Arc<StoreLink>,
    city: Arc<City>,
    node: usize,
}

impl Desk {
    async fn answer(&self, request: Request) -> Said {
        let received_at = self.city.now(self.node);
        match self.find(&request.idempotency_key).await {
            None => return Said::Refused("unavailable".to_owned()),
            Some(Some(record)) if record.fingerprint == request.fingerprint => {
                return read(&record.response);
            }
            Some(Some(_)) => return Said::Refused("key reused".to_owned()),
            Some(None) => {}
        }
        let said = heard(self.ledgers.submit(submission(request.clone(), received_at)).await);
        if let Said::Done { booking, seq, .. } = &said {
            let no = crate::city::ledger_no(request.key);
            let stored = self.city.store.recorded(no, *seq);
            if stored.is_none_or(|recorded| recorded.event.booking() != *booking) {
                let what = format!("P3: {booking:?} was answered at {seq}, which is not stored");
                self.city.trace.found(what);
            }
        }
        said
    }

    /// What is stored under `key`; `None` when the store did not say.
    async fn find(&self, key: &str) -> Option<Option<IdempotencyRecord>> {
        let (found, store) = (Arc::new(Mutex::new(None)), self.city.store.clone());
        let (put, key) = (Arc::clone(&found), key.to_owned());
        let call = move || *put.lock().unwrap() = store.find_key("guest", &key).ok();
        self.link.carry(Box::new(call)).await.ok()?;
        found.lock().unwrap().take()
    }
}

fn submission(request: Request, received_at: DateTime<Utc>) -> Submission {
    let Request { key, command, draft, priority, idempotency_key, fingerprint } = request;
    Submission {
        key,
        command,
        cause: Cause {
            actor: Actor { kind: ActorKind::Guest, id: None },
            reason: Some("a run".to_owned()),
            request_id: Uuid::nil(),
        },
        received_at,
        deadline: Instant::now() + DEADLINE,
        priority,
        draft,
        idempotency: Some(IdempotencyClaim {
            principal: "guest".to_owned(),
            key: idempotency_key,
            fingerprint,
        }),
        render: Arc::new(render),
    }
}

fn render(receipt: &Receipt) -> StoredResponse {
    let (booking, seq) = (receipt.recorded.event.booking(), receipt.recorded.seq);
    let booking = booking.map(|booking| booking.to_string()).unwrap_or_default();
    let body = format!("{booking} {seq} {}", receipt.epoch.0).into_bytes();
    StoredResponse { status: 200, body, etag: None, location: None }
}

/// The answer that [`render`] wrote down.
fn read(response: &StoredResponse) -> Said {
    let body = std::str::from_utf8(&response.body).unwrap();
    let mut words = body.split(' ');
    let mut word = || words.next().unwrap();
    Said::Done {
        booking: word().parse().ok().map(BookingId),
        seq: word().parse().unwrap(),
        epoch: Epoch(word().parse().unwrap()),
    }
}

fn heard(answer: Result<Outcome, Refusal>) -> Said {
    match answer {
        Ok(Outcome::Done(done)) => read(&done.response),
        Ok(Outcome::Replayed(response)) => read(&response),
        Err(Refusal::Rejected {
            rejection: Rejection::CapacityExceeded { requested, scope: CapacityScope::TeamDay, .. },
            epoch,
            seq,
            ..
        }) => Said::Full { seq, requested, epoch },
        Err(Refusal::Unknown) => Said::Unknown,
        Err(refusal) => Said::Refused(refusal.to_string()),
    }
}
