//! Making a series: one operation over all of its ledgers.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::booking::Status;
use domain::catalog::{Service, Team};
use domain::ids::{BookingId, BookingNo, OpId, SeriesId};
use domain::ledger::Class;
use domain::pricing::Quote;
use store::batch::{BookingDraft, OpDraft, OpKind, SeriesDraft};
use store::records::BookingRecord;
use tokio::time::Instant;

use super::forecast::Refused;
use super::occurrences::{Planned, occurrences, take};
use super::token::{Shown, digest};
use super::{
    Difference, MadeOccurrence, MadeSeries, OccurrenceConflict, OnConflict, PresentSeries,
    SeriesKeyed, SeriesOrder, StaleReason,
};
use crate::actors::{
    Conflict, OPERATION_LIFETIME, Operation, OperationOutcome, OperationRefusal, Place, Placed,
    Priority, RenderOperation,
};
use crate::app::PaymentMethod;
use crate::app::book::{Offer, Plan, Wish, authorise, client, client_user, first_status};
use crate::app::pricing::{Person, Terms, Visits, agreed};
use crate::app::{Answer, App, BookRequest, Catalog, Changed, Failure, LedgerPoint};
use crate::auth::Caller;

/// A series that is asked for.
struct Ask<'a> {
    catalog: &'a Arc<Catalog>,
    offer: Offer<'a>,
    team: &'a Team,
    order: SeriesOrder,
    /// What the client has seen of it.
    shown: Option<Shown>,
}

impl Ask<'_> {
    /// What was shown as fitting is not left out silently.
    fn on_conflict(&self) -> OnConflict {
        if self.shown.is_some() { OnConflict::Fail } else { self.order.on_conflict }
    }
}

/// A series about to be made.
struct Draft {
    series: SeriesDraft,
    zone: Tz,
    class: Class,
    now: DateTime<Utc>,
    /// Every occurrence, in order.
    lines: Vec<Line>,
    /// What is asked of the ledgers.
    places: Vec<Place>,
}

/// One occurrence of a series about to be made.
#[derive(Clone)]
struct Line {
    index: u16,
    wish: Wish,
    fate: Fate,
}

#[derive(Clone)]
enum Fate {
    /// It cannot be booked, whatever the ledgers say.
    Skipped(Failure),
    /// A ledger is asked: which of the places.
    Asked(usize),
}

/// What all bookings of a series have in common.
struct Common<'a> {
    service: &'a Service,
    terms: Terms,
    person: Person,
    /// The price of each occurrence, in order, left out or not.
    quotes: Vec<Quote>,
    status: Status,
}

impl App {
    /// Books a series, returning once all of it is durable.
    ///
    /// # Errors
    ///
    /// [`Failure::SeriesConflict`] with every occurrence that cannot be had, when none may be left
    /// out or none is left; [`Failure::PreviewStale`] when it would be another series than the one
    /// that was shown; otherwise as [`App::book`]. In each case nothing was written, except that
    /// with [`Failure::Unknown`] it may have been: ask again with the same key.
    pub async fn book_series(
        &self,
        caller: &Caller,
        request: BookRequest,
        order: SeriesOrder,
        keyed: SeriesKeyed,
    ) -> Result<Answer, Failure> {
        let work = self.book_series_once(caller, request, order, &keyed);
        self.once(&keyed.claim, caller.request_id, work).await
    }

    async fn book_series_once(
        &self,
        caller: &Caller,
        request: BookRequest,
        order: SeriesOrder,
        keyed: &SeriesKeyed,
    ) -> Result<Answer, Failure> {
        let catalog = self.catalog.current();
        let service = catalog.service(request.service).ok_or(Failure::NotFound)?;
        authorise(caller, service, &request)?;
        let terms = Terms {
            client: client(caller, request.client.clone())?,
            client_user: client_user(caller),
            payment_method: request.payment_method,
            details: request.details.clone(),
            price: self.price_order(&catalog, request.price.clone())?,
        };
        let now = self.ambient.now();
        let shown = order.preview.as_ref().map(|token| Shown::read(token, &self.links, now));
        let shown = shown.transpose().map_err(Failure::stale)?;
        let mut asked = request.asked();
        // Whatever has more room by now: the client has seen the days of this team.
        asked.team = asked.team.or(shown.map(|shown| shown.team)).or(terms.price.team());
        let offer = Offer { catalog: &catalog, service, now };
        let (team, first) = self.wish(caller, offer, asked).await?;
        let planned = occurrences(offer, team, &first, &order.rule)?;
        let starts = planned.iter().map(|one| one.starts_at).collect();
        let visits = Visits { offer, team, class: request.class, starts, is_series: true };
        if let Some(shown) = &shown {
            let prices = visits.price(&[], shown.asked_at(), None)?;
            if shown.digest != digest(team, &first, &order.rule, &planned, &prices) {
                return Err(Failure::stale(StaleReason::OtherRequest));
            }
        }
        let ask = Ask { catalog: &catalog, offer, team, order, shown };
        let planned = self.choose_occurrences(&ask, planned).await?;
        let person = terms.person();
        let asked_at = shown.map_or(now, |shown| shown.asked_at());
        let prices = self.agree(&visits, &person, (&terms.price, asked_at)).await?;
        if request.payment_method == PaymentMethod::Card && prices.total.amount > 0 {
            // One page would stand for places that are given up one by one.
            let detail = "must be cod: the visits of a series are paid one by one";
            return Err(Failure::invalid("/paymentMethod", detail));
        }
        let status = first_status(service, caller, request.class);
        let common = Common { service, terms, person, quotes: prices.quotes, status };
        let draft = self.draft_series(&ask, planned, common).await?;
        let operation = self.series_operation(caller, &draft, ask.on_conflict(), keyed);
        match self.coordinator.operate(operation).await {
            Ok(OperationOutcome::Done { response, .. }) => Ok(Answer::new(response)),
            Ok(OperationOutcome::Replayed(response)) => Ok(Answer::replay(response)),
            Err(OperationRefusal::Refused(refusal)) => Err(refusal.into()),
            // It took so long that it expired meanwhile.
            Err(OperationRefusal::Conflicts(got)) if got.is_empty() => {
                Err(Failure::DeadlineExceeded)
            }
            Err(OperationRefusal::Conflicts(got)) => {
                let refused = draft.refused(&got);
                Err(match shown {
                    Some(shown) => changed(refused, shown, team.zone),
                    None => Failure::SeriesConflict(self.mend(&catalog, refused, now).await),
                })
            }
        }
    }

    /// Refuses a series that cannot be made as it was asked for, as far as that can be known
    /// without asking the ledgers; otherwise says of each occurrence whether they are to be asked.
    async fn choose_occurrences(
        &self,
        ask: &Ask<'_>,
        planned: Vec<Planned>,
    ) -> Result<Vec<Planned>, Failure> {
        let Ask { catalog, offer: Offer { service, now, .. }, team, order, shown } = ask;
        let tentative = || planned.iter().map(|one| one.tentative(service)).collect::<Vec<_>>();
        let hopeless_count = planned.iter().filter(|one| one.plan.is_err()).count();
        let is_refused = match order.on_conflict {
            OnConflict::Fail => hopeless_count > 0,
            OnConflict::Skip => hopeless_count == planned.len(),
        };
        let Some(shown) = shown else {
            if is_refused {
                return Err(Failure::SeriesConflict(
                    self.forecast(catalog, &tentative(), *now).await?,
                ));
            }
            return Ok(planned);
        };
        let conflicts = self.forecast(catalog, &tentative(), *now).await?;
        let differences = differences(&planned, &conflicts, *shown, order.on_conflict);
        if !differences.is_empty() {
            let (reason, zone) = (StaleReason::Changed, team.zone);
            return Err(Failure::PreviewStale { reason, zone, differences });
        }
        let is_refused = match order.on_conflict {
            OnConflict::Fail => !conflicts.is_empty(),
            OnConflict::Skip => conflicts.len() == planned.len(),
        };
        if is_refused {
            return Err(Failure::SeriesConflict(conflicts));
        }
        let mut conflicts = conflicts.into_iter().peekable();
        let chosen = planned.into_iter().map(|one| {
            match conflicts.next_if(|conflict| conflict.index == one.index) {
                Some(conflict) => Planned { plan: Err(conflict.why), ..one },
                None => one,
            }
        });
        Ok(chosen.collect())
    }

    /// Everything that the operation is made of.
    async fn draft_series(
        &self,
        ask: &Ask<'_>,
        planned: Vec<Planned>,
        common: Common<'_>,
    ) -> Result<Draft, Failure> {
        let Ask { team, order, .. } = ask;
        let first = planned.first().ok_or(Failure::Internal)?;
        let series = SeriesDraft {
            id: SeriesId(self.ambient.id()),
            rule: order.rule.recurrence.text().to_owned(),
            zone: team.zone.name().to_owned(),
            first_at: first.starts_at,
        };
        let asked_count = planned.iter().filter(|one| one.plan.is_ok()).count();
        let asked_count = u16::try_from(asked_count).map_err(|_too_many| Failure::Internal)?;
        let mut numbers = self.next_booking_numbers(asked_count).await?.map(BookingNo);
        let mut draft = Draft {
            series,
            zone: team.zone,
            class: first.wish.class,
            now: ask.offer.now,
            lines: Vec::new(),
            places: Vec::new(),
        };
        for (Planned { index, wish, plan, .. }, quote) in planned.into_iter().zip(&common.quotes) {
            let fate = match plan {
                Err(why) => Fate::Skipped(why),
                Ok(plan) => {
                    let no = numbers.next().ok_or(Failure::Internal)?;
                    let ids = (BookingId(self.ambient.id()), no);
                    let booking = BookingDraft {
                        series: Some((draft.series.id, index)),
                        ..common.terms.draft(agreed(quote, &common.person))
                    };
                    draft.places.push(common.place(plan, ids, booking));
                    Fate::Asked(draft.places.len() - 1)
                }
            };
            draft.lines.push(Line { index, wish, fate });
        }
        Ok(draft)
    }

    fn series_operation(
        &self,
        caller: &Caller,
        draft: &Draft,
        on_conflict: OnConflict,
        keyed: &SeriesKeyed,
    ) -> Operation {
        let now = draft.now;
        let priority = match draft.class {
            Class::Emergency => Priority::First,
            Class::Standard => Priority::Ordinary,
        };
        let op = OpDraft {
            op: OpId(self.ambient.id()),
            kind: OpKind::Series,
            owner: keyed.claim.principal.clone(),
            expires_at: now + OPERATION_LIFETIME,
            created_at: now,
        };
        Operation {
            op,
            places: draft.places.clone(),
            on_conflict,
            cause: caller.cause(None),
            received_at: now,
            deadline: Instant::now() + self.config.ledger.deadline,
            priority,
            series: Some(draft.series.clone()),
            idempotency: Some(keyed.claim.clone()),
            render: draft.render(Arc::clone(&keyed.present)),
        }
    }
}

impl Common<'_> {
    fn place(&self, plan: Plan, ids: (BookingId, BookingNo), draft: BookingDraft) -> Place {
        let key = plan.key;
        let take = take(plan.book(self.service, ids, self.status));
        Place { key, take, leaves: None, draft: Some(Arc::new(draft)) }
    }
}

impl Draft {
    /// Makes the answer from what the ledgers gave.
    fn render(&self, present: PresentSeries) -> RenderOperation {
        let (id, rule, zone) = (self.series.id, self.series.rule.clone(), self.zone);
        let (lines, places) = (self.lines.clone(), self.places.clone());
        Arc::new(move |agreed| {
            let occurrences = lines.iter().map(|line| MadeOccurrence {
                index: line.index,
                starts_at: line.wish.starts_at,
                booked: match &line.fate {
                    Fate::Skipped(why) => Err(why.clone()),
                    Fate::Asked(at) => booked(places.get(*at), agreed.places.get(*at)),
                },
            });
            present(&MadeSeries {
                id,
                rule: rule.clone(),
                zone,
                occurrences: occurrences.collect(),
            })
        })
    }

    /// What cannot be booked, after the ledgers have said so.
    fn refused(&self, got: &[Result<Placed, Conflict>]) -> Vec<Refused> {
        let refused = self.lines.iter().filter_map(|line| {
            let why = match &line.fate {
                Fate::Skipped(why) => why.clone(),
                Fate::Asked(at) => got.get(*at)?.as_ref().err()?.clone().into(),
            };
            Some(Refused { index: line.index, wish: line.wish, why })
        });
        refused.collect()
    }
}

/// The booking that a place has become.
fn booked(
    place: Option<&Place>,
    got: Option<&Result<Placed, Conflict>>,
) -> Result<Changed, Failure> {
    let (place, got) = place.zip(got).ok_or(Failure::Internal)?;
    let placed = got.as_ref().map_err(|conflict| Failure::from(conflict.clone()))?;
    let draft = place.draft.as_ref().ok_or(Failure::Internal)?;
    let record = BookingRecord {
        id: place.take.book.booking,
        key: placed.key,
        entry: placed.entry.clone(),
        draft: BookingDraft::clone(draft),
        seq: placed.seq,
        fee: None,
        payment: None,
        is_displaced: false,
        link_no: store::LINK_NO_FIRST,
        created_at: placed.at,
        updated_at: placed.at,
    };
    let at = LedgerPoint { key: placed.key, epoch: placed.epoch, seq: placed.seq };
    Ok(Changed { record, at, facts: placed.facts, ending: None })
}

/// Where `conflicts` differ from what was shown. Whoever wants all or nothing is not kept from all
/// of it by something that fits after all.
fn differences(
    planned: &[Planned],
    conflicts: &[OccurrenceConflict],
    shown: Shown,
    on_conflict: OnConflict,
) -> Vec<Difference> {
    let mut conflicts = conflicts.iter().peekable();
    let compared = planned.iter().filter_map(|one| {
        let conflict = conflicts.next_if(|conflict| conflict.index == one.index);
        let was_ok = shown.fits.has(one.index);
        let differs = match conflict {
            Some(_) => was_ok,
            None => !was_ok && on_conflict == OnConflict::Skip,
        };
        differs.then(|| Difference {
            index: one.index,
            starts_at: one.starts_at,
            was_ok,
            now: conflict.map(|conflict| conflict.why.clone()),
        })
    });
    compared.collect()
}

/// What the ledgers have said since the preview.
fn changed(refused: Vec<Refused>, shown: Shown, zone: Tz) -> Failure {
    let differences = refused.into_iter().filter(|one| shown.fits.has(one.index));
    let differences = differences.map(|one| Difference {
        index: one.index,
        starts_at: one.wish.starts_at,
        was_ok: true,
        now: Some(one.why),
    });
    let reason = StaleReason::Changed;
    Failure::PreviewStale { reason, zone, differences: differences.collect() }
}
