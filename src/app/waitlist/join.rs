//! Joining the line.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono_tz::Tz;
use domain::availability::{NotOffered, grid};
use domain::booking::Status;
use domain::catalog::{Service, Team};
use domain::ids::{BookingId, OpId};
use domain::ledger::{Book, Cause, Class, Command, Event, LedgerKey, WAITING_OPTIONS_MAX, Waiting};
use domain::time::day_of;
use store::batch::{BookingDraft, StoredResponse};
use store::records::{BookingQuery, BookingRecord};
use tokio::time::Instant;

use super::standing::Standing;
use super::{WaitRequest, When};
use crate::actors::{IdempotencyClaim, InLine, Priority, Receipt, Render, Submission};
use crate::app::book::{
    Offer, PaymentMethod, Plan, Wish, client, client_user, first_status, may_ask, plan,
};
use crate::app::bookings::point;
use crate::app::pricing::{PriceOrder, Terms, Visits, agreed};
use crate::app::{Answer, App, Changed, Failure};
use crate::auth::Caller;

/// Most bookings of one client on one day that are looked at to count what it waits for.
const COUNTED_MAX: u16 = 100;

/// Best first: most room, then the shortest line.
type Rank = (Reverse<u32>, usize);

/// Makes the answer to somebody who joined.
pub type PresentWait = Arc<dyn Fn(&Changed, &Standing) -> StoredResponse + Send + Sync>;

/// The key that a wait is asked for under, and how its answer is written.
#[derive(Clone)]
pub struct KeyedWait {
    pub claim: IdempotencyClaim,
    pub present: PresentWait,
}

impl App {
    /// Puts somebody at the end of a day's line, returning once that is durable. If there is room
    /// they have an offer at once.
    ///
    /// # Errors
    ///
    /// [`Failure::NotOffered`] when nothing can come of it: the service does not start then, or no
    /// more. [`Failure::WaitingTooOften`] and [`Failure::Rejected`] when the line is too long. In
    /// each case nothing was written.
    pub async fn wait(
        &self,
        caller: &Caller,
        request: WaitRequest,
        keyed: KeyedWait,
    ) -> Result<Answer, Failure> {
        let work = self.wait_once(caller, request, &keyed);
        self.once(&keyed.claim, caller.request_id, work).await
    }

    async fn wait_once(
        &self,
        caller: &Caller,
        request: WaitRequest,
        keyed: &KeyedWait,
    ) -> Result<Answer, Failure> {
        let catalog = self.catalog.current();
        let service = catalog.service(request.service).ok_or(Failure::NotFound)?;
        may_ask(caller, service, Class::Standard)?;
        let offer = Offer { catalog: &catalog, service, now: self.ambient.now() };
        let plans = self.plans(caller, offer, &request).await?;
        let key = plans.first().map(|plan| plan.key).ok_or(Failure::Internal)?;
        let terms = Terms {
            client: client(caller, request.client)?,
            client_user: client_user(caller),
            payment_method: PaymentMethod::Cod,
            details: request.details,
            price: PriceOrder::default(),
        };
        let first = plans.first().map(|plan| plan.slot.starts_at).ok_or(Failure::Internal)?;
        let team = catalog.team(key.team).ok_or(Failure::NotFound)?;
        // Of the start that suits best. A place that is offered later costs the same.
        let prices =
            Visits::one(offer, team, Class::Standard, first).price(&[], offer.now, None)?;
        let quote = prices.quotes.first().ok_or(Failure::Internal)?;
        let draft = terms.draft(agreed(quote, &terms.person()));
        self.check_waits(&draft, key).await?;
        let waiting = self.waiting(caller, service, plans).await?;
        let cause = caller.cause(None);
        let submission = self.joining(cause, waiting, (key, draft), keyed);
        Ok(self.desk.submit(submission).await?.into())
    }

    /// The plans of the team that has most room then, or the shortest line.
    async fn plans(
        &self,
        caller: &Caller,
        offer: Offer<'_>,
        request: &WaitRequest,
    ) -> Result<Vec<Plan>, Failure> {
        let mut best: Option<(Rank, Vec<Plan>)> = None;
        let mut refusal = None;
        for team in teams(offer, request, caller.is_staff())? {
            let plans = match plans(offer, team, request) {
                Ok(plans) => plans,
                Err(failure) => {
                    refusal.get_or_insert(failure);
                    continue;
                }
            };
            let Some(key) = plans.first().map(|plan| plan.key) else { continue };
            let ledger = self.ledger_view(key).await?;
            let room = ledger.remaining(Class::Standard, offer.now);
            let rank = (Reverse(room), ledger.waiting.len());
            if best.as_ref().is_none_or(|(least, _)| rank < *least) {
                best = Some((rank, plans));
            }
        }
        match (best, refusal) {
            (Some((_, plans)), _) => Ok(plans),
            (None, Some(refusal)) => Err(refusal),
            (None, None) => Err(Failure::NotFound),
        }
    }

    /// Refuses a client who waits for that day in many places already. Two requests at the same
    /// time may both pass; the line itself is bounded.
    async fn check_waits(&self, draft: &BookingDraft, key: LedgerKey) -> Result<(), Failure> {
        if !self.config.rate_limit.enabled {
            return Ok(());
        }
        let email = draft.client.email.clone();
        let query = BookingQuery {
            statuses: vec![Status::Waitlisted, Status::Held],
            client_user: draft.client_user,
            text: draft.client_user.is_none().then(|| email.clone()),
            from: Some(key.day),
            to: Some(key.day),
            limit: COUNTED_MAX,
            ..BookingQuery::default()
        };
        let is_guest = draft.client_user.is_none();
        let page = self.blocking(move |store| store.bookings.bookings(&query)).await?;
        let own =
            page.items.iter().filter(|record| !is_guest || record.draft.client.email == email);
        let max = self.config.waitlist.entries_per_client_max;
        if own.count() >= usize::from(max) {
            return Err(Failure::WaitingTooOften { max });
        }
        Ok(())
    }

    async fn waiting(
        &self,
        caller: &Caller,
        service: &Service,
        plans: Vec<Plan>,
    ) -> Result<Waiting, Failure> {
        let (booking, no) = (BookingId(self.ambient.id()), self.next_booking_number().await?);
        let status = first_status(service, caller, Class::Standard);
        let options: Vec<Book> = plans
            .into_iter()
            .take(WAITING_OPTIONS_MAX)
            .map(|plan| plan.book(service, (booking, no), status))
            .collect();
        let minutes = self.config.waitlist.offer_window.as_secs() / 60;
        Ok(Waiting {
            booking,
            op: OpId(self.ambient.id()),
            options,
            offer_minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
        })
    }

    fn joining(
        &self,
        cause: Cause,
        waiting: Waiting,
        (key, draft): (LedgerKey, BookingDraft),
        keyed: &KeyedWait,
    ) -> Submission {
        let draft = Arc::new(draft);
        let (kept, present) = (Arc::clone(&draft), Arc::clone(&keyed.present));
        let render: Render = Arc::new(move |receipt| match joined(&kept, receipt) {
            Some((changed, standing)) => present(&changed, &standing),
            // A receipt of anything else would be a mistake of ours.
            None => StoredResponse { status: 500, body: Vec::new(), etag: None, location: None },
        });
        Submission {
            key,
            command: Command::Join(Box::new(waiting)),
            cause,
            received_at: self.ambient.now(),
            deadline: Instant::now() + self.config.ledger.deadline,
            priority: Priority::Ordinary,
            draft: Some(draft),
            op: None,
            idempotency: Some(keyed.claim.clone()),
            render,
        }
    }
}

/// The teams that may be asked: the one named, those of the member named, else all that offer it.
fn teams<'a>(
    Offer { catalog, service, .. }: Offer<'a>,
    request: &WaitRequest,
    is_staff: bool,
) -> Result<Vec<&'a Team>, Failure> {
    let member = match request.member {
        Some(id) => Some(catalog.member(id).ok_or(Failure::NotFound)?),
        None => None,
    };
    let offering = service.teams.iter().filter_map(|team| catalog.team(*team));
    let asked = offering
        .filter(|team| team.published || is_staff)
        .filter(|team| request.team.is_none_or(|wanted| wanted == team.id))
        .filter(|team| member.is_none_or(|member| member.teams.contains(&team.id)))
        .collect();
    Ok(asked)
}

/// What would do with `team`, best first. At least one.
fn plans(offer: Offer<'_>, team: &Team, request: &WaitRequest) -> Result<Vec<Plan>, Failure> {
    let wish = |starts_at| Wish {
        service: offer.service.id,
        team: team.id,
        member: request.member,
        class: Class::Standard,
        starts_at,
    };
    let (day, first) = match request.when {
        When::Day(day) => (day, None),
        When::Start(starts_at) => {
            let starts_at = starts_at.resolve(team.zone)?;
            (day_of(starts_at, team.zone), Some(plan(offer, team, &wish(starts_at))?))
        }
    };
    if first.is_some() && request.window.is_none() {
        return Ok(first.into_iter().collect());
    }
    let team_day = offer.catalog.team_day(team.id, day).ok_or(Failure::NotFound)?;
    let first_start = first.as_ref().map(|plan| plan.slot.starts_at);
    let others = grid(&team_day, offer.service)
        .into_iter()
        .map(|slot| slot.starts_at)
        .filter(|starts_at| Some(*starts_at) != first_start)
        .filter(|starts_at| {
            let wall = starts_at.with_timezone(&team.zone).time();
            request.window.is_none_or(|(from, to)| from <= wall && wall < to)
        })
        .filter_map(|starts_at| plan(offer, team, &wish(starts_at)).ok());
    let plans: Vec<Plan> = first.into_iter().chain(others).collect();
    if plans.is_empty() { Err(nothing_then(team.zone)) } else { Ok(plans) }
}

/// The refusal of a day, or of hours, at which nothing can start any more.
fn nothing_then(zone: Tz) -> Failure {
    Failure::NotOffered { why: NotOffered::OutsideHours, zone, alternatives: Vec::new() }
}

/// A booking as its row will be once it has joined, and where it stands: in line, or offered a
/// place in the same turn.
fn joined(draft: &BookingDraft, receipt: &Receipt) -> Option<(Changed, Standing)> {
    let Event::WaitJoined { waiting } = &receipt.recorded.event else { return None };
    let (seq, entry, standing) = match &receipt.in_line {
        Some(InLine::Offered { entry, seq, expires_at }) => {
            let standing = Standing { offer_expires_at: Some(*expires_at), ..Standing::default() };
            (*seq, entry.clone(), standing)
        }
        Some(InLine::At(position)) => {
            let standing = Standing { position: Some(*position), ..Standing::default() };
            (receipt.recorded.seq, waiting.line()?, standing)
        }
        None => return None,
    };
    let record = BookingRecord {
        id: waiting.booking,
        key: receipt.key,
        entry,
        draft: draft.clone(),
        seq,
        fee: None,
        payment: None,
        is_displaced: false,
        link_no: store::LINK_NO_FIRST,
        created_at: receipt.recorded.at,
        updated_at: receipt.recorded.at,
    };
    let facts = receipt.facts;
    Some((Changed { record, at: point(receipt), facts, ending: None }, standing))
}
