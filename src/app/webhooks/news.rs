//! Plans who is told of what: from a row of the outbox to its deliveries.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use domain::ids::{BookingNo, DeliveryId, Reference};
use domain::ledger::Class;
use domain::money::{Currency, Money};
use domain::webhook::{Endpoint, event_of};
use serde_json::{Value, json};
use store::StoreError;
use store::records::{BookingRecord, DeliveryPlan, News, NewsKey};

use crate::app::{App, Failure, payment_of};

/// Most rows of the outbox announced in one transaction.
const ANNOUNCED_MAX: u32 = 200;

impl App {
    /// Plans deliveries of what nobody was told of yet, and says whether there may be more.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached: nothing was planned.
    pub(super) async fn announce(&self) -> Result<bool, Failure> {
        let news = self.blocking(|store| store.webhooks.unannounced(ANNOUNCED_MAX)).await?;
        if news.is_empty() {
            return Ok(false);
        }
        let is_full = u32::try_from(news.len()).is_ok_and(|count| count >= ANNOUNCED_MAX);
        // Only now: an endpoint that was there before an event is among them.
        let endpoints = self.blocking(|store| store.webhooks.endpoints()).await?;
        if !endpoints.iter().any(|endpoint| endpoint.is_active) {
            self.blocking(|store| store.webhooks.announce_to_nobody()).await?;
            return Ok(false);
        }
        let records = self.bookings_of(&news, &endpoints).await?;
        let one = |news: News| {
            let plans = self.told_to(&news, &endpoints, &records);
            (news.key, plans)
        };
        let planned: Vec<(NewsKey, Vec<DeliveryPlan>)> = news.into_iter().map(one).collect();
        self.blocking(move |store| store.webhooks.announce(&planned)).await?;
        Ok(is_full)
    }

    /// The bookings that somebody is to hear of.
    async fn bookings_of(
        &self,
        news: &[News],
        endpoints: &[Endpoint],
    ) -> Result<BTreeMap<BookingNo, BookingRecord>, Failure> {
        let is_heard = |news: &&News| {
            event_of(news.key.kind())
                .is_some_and(|event| endpoints.iter().any(|endpoint| endpoint.hears(event)))
        };
        let numbers: Vec<BookingNo> =
            news.iter().filter(is_heard).filter_map(|news| news.booking).collect();
        self.blocking(move |store| {
            let one = |no: BookingNo| -> Result<_, StoreError> {
                Ok(store.bookings.booking_by_number(no)?.map(|record| (no, record)))
            };
            numbers.into_iter().filter_map(|no| one(no).transpose()).collect()
        })
        .await
    }

    fn told_to(
        &self,
        news: &News,
        endpoints: &[Endpoint],
        records: &BTreeMap<BookingNo, BookingRecord>,
    ) -> Vec<DeliveryPlan> {
        let Some(event) = event_of(news.key.kind()) else { return Vec::new() };
        let Some(record) = news.booking.and_then(|no| records.get(&no)) else { return Vec::new() };
        let zone = self.catalog.current().team(record.key.team).map_or(Tz::UTC, |team| team.zone);
        let body = body(event, news.at, record, zone);
        // What happened before somebody listened is no news to them, however late it is looked at.
        let hearing = endpoints
            .iter()
            .filter(|endpoint| endpoint.hears(event) && endpoint.created_at <= news.at);
        let plan = |endpoint: &Endpoint| DeliveryPlan {
            id: DeliveryId(self.ambient.id()),
            endpoint: endpoint.id,
            at: news.at,
            body: body.clone(),
        };
        hearing.map(plan).collect()
    }
}

fn amount(Money { amount, currency }: Money) -> Value {
    json!({ "amount": amount, "currency": currency.as_str() })
}

/// Sums per currency, with what was taken on the spot.
fn amounts(mut sums: BTreeMap<Currency, i64>, cash: Option<Money>) -> Value {
    if let Some(Money { amount, currency }) = cash {
        let sum = sums.entry(currency).or_default();
        *sum = sum.saturating_add(amount);
    }
    let sums = sums.into_iter().filter(|(_, sum)| *sum > 0);
    sums.map(|(currency, sum)| amount(Money { amount: sum, currency })).collect()
}

/// What other systems are told of a booking: nothing about who it is for.
fn body(event: &str, at: DateTime<Utc>, record: &BookingRecord, zone: Tz) -> String {
    let entry = &record.entry;
    let local =
        |at: DateTime<Utc>| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, false);
    let total = record.draft.price.total;
    let payment = payment_of(record);
    json!({
        "type": event,
        "timestamp": at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        "data": {
            "id": record.id.to_string(),
            "reference": Reference::of(entry.no).to_string(),
            "rev": entry.rev,
            "status": entry.status.name(),
            "bookingType": match entry.class {
                Class::Standard => "standard",
                Class::Emergency => "emergency",
            },
            "serviceId": entry.service.to_string(),
            "teamId": record.key.team.to_string(),
            "teamMemberId": entry.member.map(|member| member.to_string()),
            "startsAt": local(entry.slot.starts_at),
            "endsAt": local(entry.slot.ends_at),
            "timeZone": zone.name(),
            "price": amount(total),
            "paymentStatus": payment.status().name(),
            "payment": {
                "method": payment.method.name(),
                "due": amount(payment.due),
                "received": amounts(payment.received(), payment.collected_money()),
                "refunded": amounts(payment.refunded(), None),
            },
        },
    })
    .to_string()
}
