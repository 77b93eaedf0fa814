//! What the provider tells of its own accord: written down before it is answered, acted on later.

use std::time::Duration;

use domain::payment::SessionRef;
use domain::payment::reconcile::AttemptKey;
use domain::payment::release::backoff;
use gateway::{GatewayError, News, Subject, read_event};
use store::records::{EventEnd, EventRecord, EventState};

use crate::app::{App, Failure};

/// Most events that one round acts on; the next one goes on at once.
const ROUND_EVENTS_MAX: u32 = 100;

/// How often it is tried to act on an event. By then the reconciliation has found what it tells.
const EVENT_TRIES_MAX: u32 = 12;

/// How often news of a payment is looked at whose page nobody knows yet.
const STRANGER_TRIES_MAX: u32 = 5;

/// How often it is looked for what is due when nothing comes.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

impl App {
    /// Writes down what the provider has told. It is acted on later: whoever answers late is told
    /// again. Being told twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`Failure::Forged`] when nobody can know who said it, [`Failure::Invalid`] when it says
    /// nothing. In both cases nothing was written.
    pub async fn receive_event(&self, signature: &str, body: &[u8]) -> Result<(), Failure> {
        let now = self.ambient.now();
        self.till.verify(signature, body, now).map_err(|why| {
            metrics::counter!("daybook_webhooks_refused_total").increment(1);
            Failure::Forged { why: why.to_string() }
        })?;
        let text = std::str::from_utf8(body)
            .map_err(|error| Failure::invalid("", format!("is not text: {error}")))?;
        let news = read_event(text).map_err(|error| Failure::invalid("", error.to_string()))?;
        let event = EventRecord {
            id: news.id,
            kind: news.kind,
            body: text.to_owned(),
            received_at: now,
            state: EventState::Received,
            tries_count: 0,
            next_try_at: now,
            last_error: None,
        };
        let is_new = self.blocking(move |store| store.payments.put_event(&event)).await?;
        let what = if is_new { "new" } else { "known" };
        metrics::counter!("daybook_webhooks_total", "what" => what).increment(1);
        self.till.told.notify_one();
        Ok(())
    }

    /// Acts on what the provider tells for as long as the process lives.
    pub async fn act_on_events(&self) {
        loop {
            // What fails here was logged, and the next round tries again.
            if matches!(self.act_on_due_events().await, Ok(acted_count) if acted_count > 0) {
                continue;
            }
            tokio::select! {
                () = self.till.told.notified() => {}
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
            }
        }
    }

    /// Acts on every event that is due, and answers how many those were.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached.
    pub async fn act_on_due_events(&self) -> Result<usize, Failure> {
        let now = self.ambient.now();
        let due =
            self.blocking(move |store| store.payments.due_events(now, ROUND_EVENTS_MAX)).await?;
        for event in &due {
            let end = self.act_on(event).await;
            let id = event.id.clone();
            self.blocking(move |store| store.payments.end_event(&id, &end)).await?;
        }
        Ok(due.len())
    }

    async fn act_on(&self, event: &EventRecord) -> EventEnd {
        let tries_count = event.tries_count.saturating_add(1);
        let (state, error) = match self.apply_event(event).await {
            Ok(Some(state)) => (state, None),
            Ok(None) if tries_count < STRANGER_TRIES_MAX => {
                (EventState::Received, Some("nobody knows the payment yet".to_owned()))
            }
            Ok(None) => (EventState::Ignored, None),
            Err(Failure::NotFound) => {
                (EventState::Dead, Some("there is no such attempt".to_owned()))
            }
            Err(failure) if tries_count < EVENT_TRIES_MAX => {
                (EventState::Received, Some(failure.to_string()))
            }
            Err(failure) => (EventState::Dead, Some(failure.to_string())),
        };
        if state == EventState::Dead {
            tracing::error!(event.id, event.kind, error, "an event of the provider was given up");
        }
        let next_try_at = self.ambient.now() + backoff(event.tries_count);
        EventEnd { state, tries_count, next_try_at, error }
    }

    /// Learns what an event tells: from the provider itself, or from the event as long as that does
    /// not answer. Nothing when it is not known yet what it is about.
    async fn apply_event(&self, event: &EventRecord) -> Result<Option<EventState>, Failure> {
        let news =
            read_event(&event.body).map_err(|error| Failure::invalid("", error.to_string()))?;
        if news.subject == Subject::Other {
            return Ok(Some(EventState::Ignored));
        }
        let Some((key, session)) = self.attempt_told_of(&news).await? else { return Ok(None) };
        let gateway = self.till.gateway()?;
        let page = match session {
            Some(session) => gateway.read(&session).await,
            None => Err(GatewayError::NotFound),
        };
        match page {
            Ok(page) => self.learn(key.booking, key.attempt, &page).await?,
            // A snapshot may be of any age, which joining does not mind; it stays unconfirmed.
            Err(GatewayError::NotFound | GatewayError::Unknown { .. }) => {
                self.learn_told(key, news.facts).await?
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Some(EventState::Applied))
    }

    /// Which attempt the news is about, and where that can be read.
    async fn attempt_told_of(
        &self,
        news: &News,
    ) -> Result<Option<(AttemptKey, Option<SessionRef>)>, Failure> {
        let (name, told) = match &news.subject {
            Subject::Session(session) => (session.0.clone(), Some(session.clone())),
            Subject::Payment(payment) => (payment.0.clone(), None),
            Subject::Other => return Ok(None),
        };
        let known = self.blocking(move |store| store.payments.attempt_of(&name)).await?;
        // Our own books come first: metadata can be changed at the provider.
        let Some(key) = known.or(news.bound_to) else { return Ok(None) };
        let record = self.booking_record(key.booking).await?;
        let attempt = record.payment.as_ref().and_then(|known| known.attempts.get(&key.attempt));
        let session = attempt.and_then(|attempt| attempt.session.clone()).or(told);
        Ok(Some((key, session)))
    }
}
