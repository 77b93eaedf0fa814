//! What was learned of payments, told to those who follow their bookings.
//!
//! Money moves beside the ledgers, so what is learned of it does not come with their commits. Of a
//! booking's payment only the newest counts; it is read from storage when something was learned.
//!
//! **Invariant:** what is known of a payment reaches each log at most once, whichever way the news
//! of it came here.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::ids::BookingId;

use super::frames::{self, Frame, Refused};
use super::hub::Hub;
use super::limits::{HEARD_PAYMENTS_MAX, PAYMENTS_BEHIND_MAX};
use super::log_ring::LogEvent;
use super::ports::{PaymentState, RequestState};
use super::topics::{AdminTopic, Topic, View};

/// The type of what is told.
const KIND: &str = "payment-updated";

/// How far payments were told here.
#[derive(Default)]
pub(super) struct Payments {
    /// What was told last of each.
    heard: Mutex<HashMap<BookingId, PaymentState>>,
    /// Bookings of whose payment something was learned that could not be read.
    behind: Mutex<BTreeSet<BookingId>>,
}

impl Payments {
    /// Whether nothing as new as `learned_at` was told of a payment.
    fn is_news(&self, booking: BookingId, learned_at: DateTime<Utc>) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get(&booking).is_none_or(|heard| heard.learned_at < learned_at)
    }

    /// Notes that `payment` is told now; false when it, or something newer, was.
    fn note_heard(&self, booking: BookingId, payment: PaymentState) -> bool {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.get(&booking).is_some_and(|heard| heard.version >= payment.version) {
            return false;
        }
        if heard.len() >= HEARD_PAYMENTS_MAX {
            heard.clear();
        }
        heard.insert(booking, payment);
        true
    }

    fn note_behind(&self, bookings: impl Iterator<Item = BookingId>) {
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        let room = PAYMENTS_BEHIND_MAX.saturating_sub(behind.len());
        behind.extend(bookings.take(room));
    }

    fn take_behind(&self) -> BTreeSet<BookingId> {
        std::mem::take(&mut *self.behind.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Hub {
    /// Tells of the payment for `booking`, of which something was learned.
    pub async fn payment_changed(self: &Arc<Self>, booking: BookingId) {
        // Without listeners there is nothing to read for.
        if self.is_followed() && self.tell_payment(booking).await.is_err() {
            // The sweeper tries again.
            self.payments.note_behind(std::iter::once(booking));
        }
    }

    /// Something was learned of payments, and it is not known of which: wide logs begin anew, and
    /// followed bookings are read again.
    pub fn payments_missed(&self) {
        let channels = self.all_channels();
        let followed = channels.iter().filter_map(|channel| match channel.topic {
            Topic::Request(booking) => Some(booking),
            _ => None,
        });
        self.payments.note_behind(followed);
        self.begin_anew();
    }

    /// Tells what other nodes have learned since then, and what could not be read before.
    pub(super) async fn catch_up_payments(
        self: &Arc<Self>,
        since: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let mut late = self.payments.take_behind();
        if self.renderer.ports.snapshots.is_shared() && self.is_followed() {
            let learned = self.blocking(move |from| from.payments_since(since)).await?;
            let news = learned.into_iter().filter(|(of, at)| self.payments.is_news(*of, *at));
            late.extend(news.map(|(of, _)| of));
        }
        for booking in late {
            if let Err(refused) = self.tell_payment(booking).await {
                self.payments.note_behind(std::iter::once(booking));
                return Err(refused);
            }
        }
        Ok(())
    }

    async fn tell_payment(self: &Arc<Self>, booking: BookingId) -> Result<(), Refused> {
        if let Some(state) = self.blocking(move |from| from.request(booking)).await? {
            self.publish_payment(&state);
        }
        Ok(())
    }

    fn publish_payment(&self, state: &RequestState) {
        if state.payment.version == 0 || !self.payments.note_heard(state.id, state.payment) {
            return;
        }
        let at = state.payment.learned_at;
        let frame = |data: &_, name: &str, position, prev| -> Frame {
            frames::event(KIND, name, (position, prev), at, data)
        };
        if let Some(channel) = self.find_channel(Topic::Request(state.id)) {
            self.publishing(|n| {
                // As the booking stands in this log: what was read may be older, or newer.
                channel.push_payment(state.payment, self.now_ms(), |known, position, prev| {
                    let made = |view| {
                        let data = self.renderer.request(known.line(), view);
                        Some(frame(&*data, &channel.name, position, prev))
                    };
                    let (public, staff) = (made(View::Public), made(View::Staff));
                    LogEvent { n, seq: position.seq, public, staff }
                })
            });
        }
        let inbox = state.owner.map(|owner| (Topic::Inbox(owner), View::Public));
        let wide = [
            (Topic::Team(state.key.team), View::Staff),
            (Topic::Admin(AdminTopic::Bookings), View::Staff),
        ];
        for (topic, view) in wide.into_iter().chain(inbox) {
            let Some(channel) = self.find_channel(topic) else { continue };
            let data = self.renderer.request(state.line(), view);
            self.push(&channel, (KIND, view), at, &data);
        }
    }

    /// Whether anybody follows anything but the notice, or did lately.
    fn is_followed(&self) -> bool {
        self.all_channels().len() > 1
    }
}
