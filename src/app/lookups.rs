//! Finds stored answers, many keys in one statement.
//!
//! A refusal must not be said before the store was asked whether the same key has had an answer. In
//! a rush on a full day that is one question for each of thousands of refusals; so whoever asks
//! while a statement runs waits for the next one, which asks for all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::batch::IdempotencyRecord;
use store::traits::LedgerStore;
use tokio::sync::oneshot;

use super::Failure;
use crate::actors::IdempotencyClaim;

/// Most keys in one statement.
const KEYS_MAX: usize = 256;

type Found = Result<Option<IdempotencyRecord>, Failure>;

/// A key that somebody waits for.
struct Waiting {
    name: (String, String),
    reply: oneshot::Sender<Found>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    is_running: bool,
}

/// Asks the store for keys, one statement at a time.
#[derive(Clone)]
pub struct Lookups {
    store: Arc<dyn LedgerStore>,
    queue: Arc<Mutex<Queue>>,
}

/// Lets others start anew when a run breaks.
struct Running<'a>(&'a Lookups);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Those who wait lose their senders, and with them their patience.
            *self.0.lock() = Queue::default();
        }
    }
}

impl Lookups {
    /// Lookups in `store`.
    pub fn new(store: Arc<dyn LedgerStore>) -> Self {
        Self { store, queue: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stored record of a key.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when the store could not be asked.
    pub async fn find(&self, claim: &IdempotencyClaim) -> Found {
        let name = (claim.principal.clone(), claim.key.clone());
        let (reply, answer) = oneshot::channel();
        if self.join(Waiting { name, reply }) {
            let lookups = self.clone();
            // Runs to its end even when whoever started it goes away: others wait for it.
            drop(tokio::task::spawn_blocking(move || lookups.run()));
        }
        answer.await.unwrap_or(Err(Failure::Unavailable))
    }

    /// Waits for the next statement; whether it is to be started.
    fn join(&self, waiting: Waiting) -> bool {
        let mut queue = self.lock();
        queue.waiting.push(waiting);
        !std::mem::replace(&mut queue.is_running, true)
    }

    /// Answers everybody, until nobody waits.
    fn run(&self) {
        let _running = Running(self);
        loop {
            let mut queue = self.lock();
            if queue.waiting.is_empty() {
                // Under the same lock, so that nobody joins a run that is over.
                queue.is_running = false;
                return;
            }
            let count = queue.waiting.len().min(KEYS_MAX);
            let batch: Vec<Waiting> = queue.waiting.drain(..count).collect();
            drop(queue);
            self.answer(batch);
        }
    }

    fn answer(&self, batch: Vec<Waiting>) {
        let (names, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|one| (one.name, one.reply)).unzip();
        match self.store.find_keys(&names) {
            Ok(found) => {
                for (reply, record) in replies.into_iter().zip(found) {
                    // Whoever stopped waiting needs no answer.
                    drop(reply.send(Ok(record)));
                }
            }
            Err(error) => {
                tracing::error!(%error, "keys cannot be looked up");
                for reply in replies {
                    drop(reply.send(Err(Failure::Unavailable)));
                }
            }
        }
    }
}
