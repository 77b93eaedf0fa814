//! Webhooks: signed, and sent as reliably as the weather allows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};

use super::books::Event;
use super::{Endpoint, Shared};
use crate::signature;

/// How often it is looked whether something is due.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// Most webhooks that wait. Beyond it the oldest is given up, as after Stripe's last try.
const WAITING_MAX: usize = 100_000;

/// How often a webhook is sent that nobody takes, as in Stripe's own test mode.
const TRIES_MAX: u32 = 3;

/// How long a receiver may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// What befalls webhooks on their way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Weather {
    pub drop_percent: u8,
    pub duplicate_percent: u8,
    /// Each waits up to this long, so that they overtake one another.
    pub delay_ms_max: u32,
    /// Nothing is sent until this is taken back.
    pub is_held_back: bool,
}

struct Waiting {
    event: Event,
    due_at: DateTime<Utc>,
    tries_count: u32,
}

/// What is still to be sent.
pub(crate) struct Outbox {
    pub endpoint: Option<Endpoint>,
    pub weather: Weather,
    waiting: VecDeque<Waiting>,
    dice: u64,
}

impl Outbox {
    pub fn new(seed: u64, endpoint: Option<Endpoint>) -> Self {
        Self { endpoint, weather: Weather::default(), waiting: VecDeque::new(), dice: seed }
    }

    pub fn waiting_count(&self) -> usize {
        self.waiting.len()
    }

    /// Takes what has happened, and lets the weather do its part.
    pub fn take(&mut self, events: Vec<Event>, now: DateTime<Utc>) {
        for event in events {
            if self.rolls_below(self.weather.drop_percent) {
                continue;
            }
            if self.rolls_below(self.weather.duplicate_percent) {
                self.queue(event.clone(), now);
            }
            self.queue(event, now);
        }
    }

    fn queue(&mut self, event: Event, now: DateTime<Utc>) {
        let delay_ms = match u64::from(self.weather.delay_ms_max) {
            0 => 0,
            most => self.roll() % (most + 1),
        };
        let delay = TimeDelta::milliseconds(i64::try_from(delay_ms).unwrap_or(0));
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Waiting { event, due_at: now + delay, tries_count: 0 });
    }

    /// SplitMix64: the same seed, the same weather.
    fn roll(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn rolls_below(&mut self, percent: u8) -> bool {
        percent > 0 && self.roll() % 100 < u64::from(percent)
    }

    fn next_due(&mut self, now: DateTime<Utc>) -> Option<(Waiting, Endpoint)> {
        let endpoint = self.endpoint.clone().filter(|_| !self.weather.is_held_back)?;
        let due = self.waiting.iter().enumerate().filter(|(_, it)| it.due_at <= now);
        let (index, _) = due.min_by_key(|(_, it)| it.due_at)?;
        self.waiting.remove(index).map(|waiting| (waiting, endpoint))
    }
}

/// Sends what is due, one after the other, until it is stopped.
pub(crate) async fn send_for_ever(shared: Arc<Shared>) {
    let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    loop {
        let now = (shared.clock)() + shared.state().clock_offset;
        let next = shared.state().outbox.next_due(now);
        let Some((waiting, endpoint)) = next else {
            tokio::time::sleep(LOOK_INTERVAL).await;
            continue;
        };
        if let Err(error) = send(&client, &waiting.event, &endpoint, now).await {
            let tries_count = waiting.tries_count + 1;
            let id = &waiting.event.id;
            tracing::debug!(event.id = id, tries.count = tries_count, %error, "not taken");
            if tries_count < TRIES_MAX {
                let due_at = now + TimeDelta::seconds(5_i64.pow(tries_count));
                let again = Waiting { due_at, tries_count, ..waiting };
                shared.state().outbox.waiting.push_back(again);
            }
        }
    }
}

async fn send(
    client: &Client<HttpConnector, Full<Bytes>>,
    event: &Event,
    endpoint: &Endpoint,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let body = event.body.clone().into_bytes();
    let request = hyper::Request::post(endpoint.url.as_str())
        .header("content-type", "application/json; charset=utf-8")
        .header("stripe-signature", signature::sign(&body, &endpoint.secret, now))
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let answered = tokio::time::timeout(ANSWER_TIMEOUT, client.request(request)).await;
    let answer = answered.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(answer.status().to_string()) }
}
