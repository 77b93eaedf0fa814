//! Sends what is due, to all endpoints side by side.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::delivery::{LEASE_S, Next, State, after_refusal};
use domain::ids::{DeliveryId, EndpointId};
use domain::webhook::Endpoint;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use store::records::{DeliveryEnd, DeliveryRecord, NoticeEnd};

use super::{IN_FLIGHT_MAX, Posting};
use crate::app::{App, Failure};

/// How often it is looked for what is due when nothing is committed: what failed is tried again.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// Shortest time between two looks.
const ROUND_INTERVAL: Duration = Duration::from_secs(1);

/// The status by which an endpoint says that it is gone for good.
const GONE: u16 = 410;

impl App {
    /// Tells other systems for as long as the process lives.
    pub async fn send_webhooks(&self) {
        let (mut running, mut busy) = (FuturesUnordered::new(), BTreeSet::new());
        loop {
            // What fails here was logged, and the next look tries again.
            for endpoint in self.begin_round().await.unwrap_or_default() {
                if busy.insert(endpoint.id) {
                    running.push(async move {
                        (endpoint.id, self.deliver_to(&endpoint).await.unwrap_or(0))
                    });
                }
            }
            let mut until_next = pin!(async {
                tokio::time::sleep(ROUND_INTERVAL).await;
                tokio::select! {
                    () = self.webhooks.wake.notified() => {}
                    () = tokio::time::sleep(LOOK_INTERVAL) => {}
                }
            });
            // What is on its way goes on all the time, however often it is looked.
            loop {
                tokio::select! {
                    Some((endpoint, sent_count)) = running.next() => {
                        busy.remove(&endpoint);
                        if sent_count > 0 {
                            // There may be more, and nobody else says so.
                            self.webhooks.wake.notify_one();
                        }
                    }
                    () = &mut until_next => break,
                }
            }
        }
    }

    /// Plans and sends what is due now, and says how many were sent.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached: what was leased is due again later.
    pub async fn deliver_webhooks(&self) -> Result<usize, Failure> {
        let endpoints = self.begin_round().await?;
        let sent = join_all(endpoints.iter().map(|endpoint| self.deliver_to(endpoint))).await;
        sent.into_iter().sum()
    }

    /// Plans what is new; the endpoints that there may be something for.
    async fn begin_round(&self) -> Result<Vec<Endpoint>, Failure> {
        if self.webhooks.post.get().is_none() {
            return Ok(Vec::new());
        }
        while self.announce().await? {}
        let endpoints = self.blocking(|store| store.webhooks.endpoints()).await?;
        Ok(endpoints.into_iter().filter(|endpoint| endpoint.is_active).collect())
    }

    /// Sends what is due to one endpoint, at most a few at a time.
    async fn deliver_to(&self, endpoint: &Endpoint) -> Result<usize, Failure> {
        let now = self.ambient.now();
        let until = now + TimeDelta::seconds(i64::from(LEASE_S));
        let id = endpoint.id;
        let leased = self
            .blocking(move |store| store.webhooks.lease_deliveries(id, now, until, IN_FLIGHT_MAX))
            .await?;
        if leased.is_empty() {
            return Ok(0);
        }
        let sent_count = leased.len();
        let ends: Vec<(DeliveryId, DeliveryEnd)> =
            join_all(leased.into_iter().map(|one| self.deliver(endpoint, one))).await;
        let is_gone = ends.iter().any(|(_, end)| end.status == Some(GONE));
        self.blocking(move |store| store.webhooks.end_deliveries(&ends, until)).await?;
        if is_gone {
            self.stop(id).await?;
        }
        Ok(sent_count)
    }

    async fn stop(&self, id: EndpointId) -> Result<(), Failure> {
        tracing::warn!(endpoint.id = %id, "an endpoint says that it is gone: it was switched off");
        let now = self.ambient.now();
        let because = "answered 410: it wants to hear no more";
        self.blocking(move |store| store.webhooks.stop_endpoint(id, because, now)).await
    }

    async fn deliver(
        &self,
        endpoint: &Endpoint,
        delivery: DeliveryRecord,
    ) -> (DeliveryId, DeliveryEnd) {
        let headers = self.webhook_secrets().headers(
            endpoint,
            delivery.id,
            &delivery.body,
            self.ambient.now(),
        );
        let posting = Posting { url: endpoint.url.clone(), headers, body: delivery.body };
        let (begun_at, begun) = (self.ambient.now(), Instant::now());
        let answered = match self.webhooks.post.get().map(Arc::clone) {
            None => Err("nothing leaves this process".to_owned()),
            Some(post) => self
                .run(&self.webhooks.permits, move || post.post(&posting))
                .await
                .unwrap_or_else(|failure| Err(failure.to_string())),
        };
        let took_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        let status = answered.as_ref().ok().copied();
        let end = self.end_of_delivery(delivery.id, delivery.attempts, answered);
        (delivery.id, DeliveryEnd { end, begun_at, status, took_ms })
    }

    /// What comes of an attempt, of which there were `attempts` with this one.
    fn end_of_delivery(
        &self,
        id: DeliveryId,
        attempts: u32,
        answered: Result<u16, String>,
    ) -> NoticeEnd {
        let now = self.ambient.now();
        let detail = match answered {
            Ok(200..=299) => return over(attempts, State::Sent, now, None),
            Ok(GONE) => return over(attempts, State::Dead, now, Some("answered 410".to_owned())),
            Ok(status) => format!("answered {status}"),
            Err(detail) => detail,
        };
        let lot = u64::from_be_bytes(self.ambient.secret());
        match after_refusal(attempts, lot, now) {
            Next::Retry { at } => {
                tracing::info!(delivery.id = %id, %detail, "a webhook was not taken");
                let (state, error) = (State::Retry, Some(detail));
                NoticeEnd { state, attempts, next_attempt_at: at, error, done_at: None }
            }
            Next::Dead | Next::SkippedLate => {
                tracing::warn!(delivery.id = %id, %detail, "a webhook was given up");
                over(attempts, State::Dead, now, Some(detail))
            }
        }
    }
}

fn over(attempts: u32, state: State, now: DateTime<Utc>, error: Option<String>) -> NoticeEnd {
    metrics::counter!("daybook_webhook_deliveries_total", "state" => state.name()).increment(1);
    NoticeEnd { state, attempts, next_attempt_at: now, error, done_at: Some(now) }
}
