//! Clients: whom they ask, how often they try, and what they remember of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::history::{Answer, Asked, Observation};

use crate::chance::Chance;
use crate::city::{City, NODES};
use crate::network::Caller;
use crate::wish::{Request, Said, Wish};
use crate::wishes::Wishes;

/// How long a client waits for a node: longer than most answers take, shorter than a bad day.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a client rests between two requests, at most.
const PAUSE_MS_MAX: u64 = 250;

/// How often a client sends one request before it leaves it to [`Crowd::settle`].
const TRIES_MAX: usize = 3;

/// How often everybody who still does not know asks again in the end, when all is well.
const SETTLING_TRIES_MAX: usize = 40;

/// How long it may take until nothing is held any more, when all is well.
const REST_MAX: Duration = Duration::from_secs(30);

/// Everybody who wants something, and what they saw.
pub struct Crowd {
    city: Arc<City>,
    caller: Caller<Request, Said>,
    ops_left: AtomicUsize,
    wishes: Wishes,
    seen: Arc<Mutex<Seen>>,
}

/// What all clients together saw.
#[derive(Default)]
pub struct Seen {
    pub observations: Vec<Observation>,
    /// By idempotency key: every try and what came of it, nothing when no answer did.
    pub tries: BTreeMap<String, Vec<(Wish, Option<Said>)>>,
    pub answers: BTreeMap<&'static str, usize>,
}

impl Crowd {
    pub async fn start(
        city: Arc<City>,
        ops: usize,
        seen: Arc<Mutex<Seen>>,
    ) -> std::io::Result<Arc<Self>> {
        let caller = Caller::start(Arc::clone(&city.requests)).await?;
        let (ops_left, wishes) = (AtomicUsize::new(ops), Wishes::of(&city));
        Ok(Arc::new(Self { city, caller, ops_left, wishes, seen }))
    }

    /// One client: does one thing after the other until there is nothing left to do.
    pub async fn live(self: Arc<Self>, chance: Chance) {
        loop {
            let pause = Duration::from_millis(chance.within(0..PAUSE_MS_MAX));
            tokio::time::sleep(pause).await;
            let take = |left: usize| left.checked_sub(1);
            let taken = self.ops_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
            if taken.is_err() {
                return;
            }
            let request = self.wishes.next(&chance);
            if chance.hits(8) {
                // As when a browser is told to send twice: both may be decided at the same time.
                let again = self.wishes.again(&request, &chance);
                let (one, other) = (self.node(&chance), self.node(&chance));
                tokio::join!(self.ask(one, request), self.ask(other, again));
            } else {
                self.insist(request, &chance).await;
            }
        }
    }

    /// Asks until the answer is one, at most [`TRIES_MAX`] times, perhaps elsewhere.
    async fn insist(&self, mut request: Request, chance: &Chance) {
        let mut node = self.node(chance);
        for _ in 0..TRIES_MAX {
            if self.ask(node, request.clone()).await.is_some() {
                return;
            }
            if chance.hits(50) {
                node = self.node(chance);
            }
            request = self.wishes.again(&request, chance);
        }
    }

    /// Asks one node once, and remembers what was asked, when, and what came back. Nothing when
    /// nobody knows.
    async fn ask(&self, node: &'static str, request: Request) -> Option<Said> {
        let invoked_ns = self.city.tick();
        let Request { wish, idempotency_key: name, .. } = request.clone();
        self.city.trace.note(format_args!("{name} asks {node}: {wish:?}"));
        let said = self.caller.ask(node, request, PATIENCE).await;
        let said = said.filter(|said| *said != Said::Unknown);
        let responded_ns = self.city.tick();
        self.city.trace.note(format_args!("{name} hears {said:?}"));
        let mut seen = self.seen.lock().unwrap();
        for (key, epoch, asked, name, answer) in observed(&wish, &name, said.as_ref()) {
            let idempotency_key = name;
            seen.observations.push(Observation {
                key,
                asked,
                idempotency_key,
                epoch,
                invoked_ns,
                responded_ns,
                answer,
            });
        }
        let word = match &said {
            Some(Said::Done(_)) => "done",
            Some(Said::Full(_)) => "full",
            Some(Said::Refused(_)) => "refused",
            Some(Said::Unknown) | None => "unknown",
        };
        *seen.answers.entry(word).or_default() += 1;
        seen.tries.entry(name).or_default().push((wish, said.clone()));
        said
    }

    /// When all is well again: everybody who does not know asks until they do, and what is held is
    /// given time to be decided and settled.
    pub async fn settle(&self, chance: &Chance) {
        for request in self.in_doubt() {
            let mut tries = 0;
            while self.ask(self.node(chance), request.clone()).await.is_none() {
                tries += 1;
                if tries >= SETTLING_TRIES_MAX {
                    let name = &request.idempotency_key;
                    self.city.trace.found(format!("P8: nobody ever told {name} what became of it"));
                    break;
                }
            }
        }
        let began = tokio::time::Instant::now();
        while !self.city.is_at_rest() {
            if began.elapsed() > REST_MAX {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Requests whose last word was that nobody knows.
    fn in_doubt(&self) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        let last = seen.tries.iter().filter_map(|(name, tries)| Some((name, tries.last()?)));
        let unknown = last.filter(|(_, (_, said))| said.is_none());
        unknown
            .map(|(name, (wish, _))| Request {
                wish: wish.clone(),
                is_urgent: true,
                idempotency_key: name.clone(),
            })
            .collect()
    }

    fn node(&self, chance: &Chance) -> &'static str {
        chance.pick(&NODES[..self.city.climate.nodes])
    }
}

type Observed = (domain::ledger::LedgerKey, Option<domain::ids::Epoch>, Asked, String, Answer);

/// What the checker is told of one try. Every place of a wish for several counts as a wish of its
/// own, since each has a ledger of its own.
fn observed(wish: &Wish, name: &str, said: Option<&Said>) -> Vec<Observed> {
    let key = wish.key();
    let part = |index: usize| match wish {
        Wish::Together { .. } | Wish::Move { .. } => format!("{name}/{index}"),
        _ => name.to_owned(),
    };
    let each = |answer: Answer| {
        let places = 0..wish.places_count();
        places.map(|index| (key, None, wish.asked(), part(index), answer.clone())).collect()
    };
    match said {
        Some(Said::Unknown) | None => each(Answer::Unknown),
        Some(Said::Refused(_)) => each(Answer::Refused),
        Some(Said::Full(fulls)) => {
            let each = fulls.iter().enumerate().map(|(index, full)| {
                let asked = Asked::Book { units: full.requested, class: full.class };
                let answer = Answer::Full { seq: full.seq, requested: full.requested };
                (full.key, Some(full.epoch), asked, part(index), answer)
            });
            each.collect()
        }
        Some(Said::Done(spots)) => {
            // What is confirmed or accepted was taken before it was asked for.
            let is_late = matches!(wish, Wish::Confirm { .. } | Wish::Accept { .. });
            let spots = spots.iter().enumerate().filter(|_| !is_late);
            let each = spots.filter_map(|(index, spot)| {
                let spot = spot.as_ref()?;
                let answer = Answer::Done { booking: spot.booking?, seq: spot.seq };
                Some((spot.key, Some(spot.epoch), wish.asked(), part(index), answer))
            });
            each.collect()
        }
    }
}
