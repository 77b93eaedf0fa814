//! Making a booking: from what was asked to one submission.
//!
//! Everything that does not depend on what else is booked is decided here, from one revision of the
//! catalogue: who may book the service, which team, when, with whom. The ledger decides the rest.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::availability::{NotOffered, TeamDay, admit, candidates, is_candidate, needs};
use domain::booking::Status;
use domain::catalog::{BookableBy, Service, Team};
use domain::ids::{BookingId, BookingNo, MemberId, ResourceId, ServiceId, TeamId, UserId};
use domain::ledger::{ActorKind, Assignment, Book, Class, Command, LedgerKey, Prior};
use domain::time::{Slot, day_of};
use store::batch::{BookingDraft, ClientDetails, StoredResponse};
use tokio::time::Instant;

use super::bookings::booked;
use super::holds::HeldRef;
use super::payments::payment_op;
use super::pricing::{Person, PriceWish, Terms};
use super::{Answer, App, Catalog, Changed, Failure, Keyed, Present, StartsAt};
use crate::actors::{Priority, Render, Submission};
use crate::auth::{Action, Caller, Resource, can};

/// Shortest and longest reason for passing a limit, in characters.
pub const REASON_CHARS: std::ops::RangeInclusive<usize> = 3..=500;

/// How a booking is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMethod {
    Card,
    /// In cash, or however the member takes it, at the visit.
    Cod,
}

impl PaymentMethod {
    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Cod => "cod",
        }
    }
}

/// Which slot is asked for, and of whom.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub service: ServiceId,
    pub starts_at: StartsAt,
    pub team: Option<TeamId>,
    pub member: Option<MemberId>,
    pub class: Class,
}

/// A booking as it is asked for. The shape of every value has been checked.
#[derive(Debug, Clone)]
pub struct BookRequest {
    pub service: ServiceId,
    pub starts_at: StartsAt,
    pub team: Option<TeamId>,
    pub member: Option<MemberId>,
    pub class: Class,
    pub payment_method: PaymentMethod,
    /// What the client has seen of the price, and what is to be taken off it.
    pub price: PriceWish,
    /// Left out by clients whose account says who they are.
    pub client: Option<ClientDetails>,
    /// JSON object, kept as it is.
    pub details: String,
    /// Why this booking may pass the day's limit, when staff says that it may.
    pub pass_limit: Option<String>,
    /// The place that was held for it.
    pub held: Option<HeldRef>,
}

impl BookRequest {
    /// The slot that it asks for.
    pub fn asked(&self) -> Asked {
        let Self { service, starts_at, team, member, class, .. } = *self;
        Asked { service, starts_at, team, member, class }
    }
}

/// Where and when a booking would be, and whose time it would take.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub key: LedgerKey,
    pub slot: Slot,
    pub busy: Slot,
    pub class: Class,
    pub assignment: Assignment,
    pub needs: Vec<Vec<ResourceId>>,
}

impl Plan {
    /// The booking of `service` that is planned.
    pub(super) fn book(
        self,
        service: &Service,
        (booking, no): (BookingId, BookingNo),
        status: Status,
    ) -> Book {
        Book {
            booking,
            no,
            service: service.id,
            units: service.units,
            class: self.class,
            slot: self.slot,
            busy: self.busy,
            assignment: self.assignment,
            needs: self.needs,
            status,
            service_units_max: service.daily_units_max,
            may_pass_limit: false,
        }
    }
}

/// What is to be agreed about a booking, wherever it finds its place.
pub(super) struct Ordered {
    pub asked: Asked,
    pub terms: Terms,
    pass_limit: Option<String>,
}

/// What is offered, from one revision of the catalogue, at one moment.
#[derive(Clone, Copy)]
pub(super) struct Offer<'a> {
    pub catalog: &'a Catalog,
    pub service: &'a Service,
    pub now: DateTime<Utc>,
}

/// What somebody wants, for finding something like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Wish {
    pub service: ServiceId,
    pub team: TeamId,
    pub member: Option<MemberId>,
    pub class: Class,
    pub starts_at: DateTime<Utc>,
}

impl App {
    /// Books, returning once the booking is durable.
    ///
    /// # Errors
    ///
    /// [`Failure::Rejected`], [`Failure::NotOffered`] and [`Failure::MemberNotEligible`] with
    /// alternatives when it does not fit: nothing was written. [`Failure::Unknown`] when it may
    /// have been: ask again with the same key.
    pub async fn book(
        &self,
        caller: &Caller,
        request: BookRequest,
        keyed: Keyed,
    ) -> Result<Answer, Failure> {
        let work = self.book_once(caller, request, &keyed);
        self.once(&keyed.claim, caller.request_id, work).await
    }

    async fn book_once(
        &self,
        caller: &Caller,
        request: BookRequest,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let catalog = self.catalog.current();
        let service = catalog.service(request.service).ok_or(Failure::NotFound)?;
        authorise(caller, service, &request)?;
        let asked = request.asked();
        let offer = Offer { catalog: &catalog, service, now: self.ambient.now() };
        let terms = Terms {
            client: client(caller, request.client)?,
            client_user: client_user(caller),
            payment_method: request.payment_method,
            details: request.details,
            price: self.price_order(&catalog, request.price)?,
        };
        let order = Ordered { asked, terms, pass_limit: request.pass_limit };
        let Some(held) = request.held else {
            return Box::pin(self.book_new(caller, offer, order, keyed)).await;
        };
        let confirmed = Box::pin(self.confirm_hold(caller, offer, (&held, &order), keyed)).await?;
        if let Some(answer) = confirmed {
            return Ok(answer);
        }
        // It is over, and perhaps nobody else has taken the place.
        Box::pin(self.book_new(caller, offer, order, keyed)).await.map_err(Failure::after_hold)
    }

    /// Books a place that nobody holds.
    async fn book_new(
        &self,
        caller: &Caller,
        offer: Offer<'_>,
        order: Ordered,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let mut asked = order.asked;
        // Whatever has more room by now: the client has seen the price of this team.
        asked.team = asked.team.or(order.terms.price.team());
        let (team, wish) = self.wish(caller, offer, asked).await?;
        let booked = match plan(offer, team, &wish) {
            Ok(plan) => {
                let draft = self.priced(offer, team, &order.terms, wish).await?;
                let order = (plan, draft, order.pass_limit);
                self.submit_booking(caller, offer, order, keyed).await
            }
            Err(failure) => Err(failure),
        };
        match booked {
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.with_alternatives(failure, &wish).await),
        }
    }

    /// Which team is asked, and what for.
    ///
    /// # Errors
    ///
    /// When there is no team to ask, and when nobody can know which instant is meant.
    pub(super) async fn wish<'a>(
        &self,
        caller: &Caller,
        offer: Offer<'a>,
        asked: Asked,
    ) -> Result<(&'a Team, Wish), Failure> {
        let team = self.choose_team(offer, &asked, caller.is_staff()).await?;
        let starts_at = asked.starts_at.resolve(team.zone)?;
        let Asked { service, member, class, .. } = asked;
        Ok((team, Wish { service, team: team.id, member, class, starts_at }))
    }

    async fn submit_booking(
        &self,
        caller: &Caller,
        Offer { service, now, .. }: Offer<'_>,
        (plan, draft, pass_limit): (Plan, Arc<BookingDraft>, Option<String>),
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let booking = BookingId(self.ambient.id());
        let no = self.next_booking_number().await?;
        let (key, class) = (plan.key, plan.class);
        let status = first_status(service, caller, class);
        let book = plan.book(service, (booking, no), status);
        let book = Book { may_pass_limit: pass_limit.is_some(), ..book };
        let (kept, present) = (Arc::clone(&draft), Arc::clone(&keyed.present));
        let render: Render =
            Arc::new(move |receipt| render(booked(booking, key, &kept, receipt), &present));
        let (command, op) = if draft.is_paid_first() {
            let take = self.kept_for_payment(book, now, Prior::Nothing);
            let op = payment_op(&take, now);
            (Command::Hold(Box::new(take)), Some(op))
        } else {
            (Command::Book(Box::new(book)), None)
        };
        // Whoever may pass a limit, and whoever cannot wait, goes before the crowd.
        let is_urgent = pass_limit.is_some() || class == Class::Emergency;
        let priority = if is_urgent { Priority::First } else { Priority::Ordinary };
        let submission = Submission {
            key,
            command,
            cause: caller.cause(pass_limit),
            received_at: now,
            deadline: Instant::now() + self.config.ledger.deadline,
            priority,
            draft: Some(draft),
            op,
            idempotency: Some(keyed.claim.clone()),
            render,
        };
        Ok(self.desk.submit(submission).await?.into())
    }

    /// The team that is asked: the one named, else that of the member named, else the only one that
    /// offers the service, else the one with most room then.
    pub(super) async fn choose_team<'a>(
        &self,
        offer: Offer<'a>,
        asked: &Asked,
        is_staff: bool,
    ) -> Result<&'a Team, Failure> {
        let Offer { catalog, service, .. } = offer;
        let member = match asked.member {
            Some(id) => Some(catalog.member(id).ok_or(Failure::NotFound)?),
            None => None,
        };
        let offering = service.teams.iter().filter_map(|team| catalog.team(*team));
        let able: Vec<&Team> = offering
            .filter(|team| team.published || is_staff)
            .filter(|team| asked.team.is_none_or(|wanted| wanted == team.id))
            .filter(|team| {
                let has_member = member.is_none_or(|member| member.teams.contains(&team.id));
                // A team named in vain is told so by name, not passed over.
                has_member || asked.team.is_some()
            })
            .collect();
        match (able.as_slice(), member) {
            ([], Some(member)) if asked.team.is_none() => {
                let alternatives = Vec::new();
                Err(Failure::MemberNotEligible { member: member.id, alternatives })
            }
            ([], _) => Err(Failure::NotFound),
            ([only], _) => Ok(only),
            ([first, ..], _) => {
                let best = self.roomiest(offer, asked, &able).await?;
                Ok(best.unwrap_or(first))
            }
        }
    }

    /// The first of `teams` with most units left on the day, among those that could start then.
    async fn roomiest<'a>(
        &self,
        Offer { catalog, service, now }: Offer<'a>,
        asked: &Asked,
        teams: &[&'a Team],
    ) -> Result<Option<&'a Team>, Failure> {
        let mut best: Option<(u32, &Team)> = None;
        for team in teams {
            let starts_at = asked.starts_at.resolve(team.zone)?;
            let key = LedgerKey { team: team.id, day: day_of(starts_at, team.zone) };
            let Some(day) = catalog.team_day(team.id, key.day) else { continue };
            if admit(&day, service, starts_at, asked.class, now).is_err() {
                continue;
            }
            let remaining = self.ledger_view(key).await?.remaining(asked.class, now);
            if best.is_none_or(|(most, _)| remaining > most) {
                best = Some((remaining, team));
            }
        }
        Ok(best.map(|(_, team)| team))
    }
}

/// Refuses who may not book this service, or not in this way.
pub(super) fn authorise(
    caller: &Caller,
    service: &Service,
    request: &BookRequest,
) -> Result<(), Failure> {
    may_ask(caller, service, request.class)?;
    let Some(reason) = &request.pass_limit else { return Ok(()) };
    if !can(caller, Action::PassLimit, &Resource::Everything) {
        return Err(Failure::Forbidden);
    }
    if !REASON_CHARS.contains(&reason.trim().chars().count()) {
        return Err(Failure::ReasonRequired);
    }
    Ok(())
}

/// Refuses who may not have this service.
///
/// # Errors
///
/// [`Failure::NotFound`] for one that is none of the caller's business.
pub(super) fn may_ask(caller: &Caller, service: &Service, class: Class) -> Result<(), Failure> {
    let is_hidden = !service.is_active || service.bookable_by == BookableBy::Staff;
    if is_hidden && !caller.is_staff() {
        return Err(Failure::NotFound);
    }
    if !can(caller, Action::Book, &Resource::Service(service.bookable_by)) {
        let is_stranger = caller.user.is_none();
        return Err(if is_stranger { Failure::Unauthenticated } else { Failure::Forbidden });
    }
    if class == Class::Emergency && !service.is_emergency_eligible {
        return Err(Failure::invalid("/bookingType", "this service takes no emergencies"));
    }
    Ok(())
}

/// Who it is for: as said, else whoever is signed in as a client.
pub(super) fn client(
    caller: &Caller,
    said: Option<ClientDetails>,
) -> Result<ClientDetails, Failure> {
    match (said, &caller.user) {
        (Some(client), _) => Ok(client),
        (None, Some(user)) if caller.kind == ActorKind::Client => Ok(ClientDetails {
            name: user.name.clone(),
            email: user.email.clone(),
            phone: user.phone.clone(),
        }),
        (None, _) => Err(Failure::invalid("/client", "is needed")),
    }
}

/// How a booking begins: where the team wants to agree, a client's waits for that. An emergency
/// cannot wait, and staff speak for the team.
pub(super) fn first_status(service: &Service, caller: &Caller, class: Class) -> Status {
    let is_asked = service.is_approval_required && !caller.is_staff() && class == Class::Standard;
    if is_asked { Status::Pending } else { Status::Confirmed }
}

/// Whoever is signed in as a client.
pub(super) fn client_person(caller: &Caller) -> Option<Person> {
    let user = caller.user.as_ref().filter(|_| caller.kind == ActorKind::Client)?;
    Some(Person { email: user.email.clone(), user: Some(user.id) })
}

/// The account that a booking will belong to.
pub(super) fn client_user(caller: &Caller) -> Option<UserId> {
    let user = caller.user.as_ref().filter(|_| caller.kind == ActorKind::Client);
    user.map(|user| user.id)
}

/// Where, when and with whom, as far as working hours say.
pub(super) fn plan(
    Offer { catalog, service, now }: Offer<'_>,
    team: &Team,
    wish: &Wish,
) -> Result<Plan, Failure> {
    let key = LedgerKey { team: team.id, day: day_of(wish.starts_at, team.zone) };
    let day = catalog.team_day(team.id, key.day).ok_or(Failure::NotFound)?;
    let slot = admit(&day, service, wish.starts_at, wish.class, now)
        .map_err(|why| Failure::NotOffered { why, zone: team.zone, alternatives: Vec::new() })?;
    let assignment = assign(&day, service, slot, wish, None)?;
    let needs = needed(&day, service)?;
    Ok(Plan { key, slot, busy: service.busy(slot), class: wish.class, assignment, needs })
}

/// Whose time a visit may take: the wished member's, else `preferred`'s or anybody's who can do it.
///
/// # Errors
///
/// [`Failure::MemberNotEligible`] when the member wished for cannot, [`Failure::NotOffered`] when
/// nobody who can works then.
pub(super) fn assign(
    day: &TeamDay,
    service: &Service,
    slot: Slot,
    wish: &Wish,
    preferred: Option<MemberId>,
) -> Result<Assignment, Failure> {
    let alternatives = Vec::new();
    if let Some(member) = wish.member {
        let is_eligible = is_candidate(day, service, slot, wish.class, member);
        let refusal = Failure::MemberNotEligible { member, alternatives };
        return if is_eligible { Ok(Assignment::Exactly(member)) } else { Err(refusal) };
    }
    if service.members.is_empty() {
        return Ok(Assignment::Nobody);
    }
    let candidates = candidates(day, service, slot, wish.class);
    if candidates.is_empty() {
        return Err(nobody_then(day.zone));
    }
    Ok(Assignment::Anyone { candidates, preferred })
}

/// Rooms and vehicles that a visit may use, of each kind it needs.
///
/// # Errors
///
/// [`Failure::NotOffered`] when the team has none of a kind.
pub(super) fn needed(day: &TeamDay, service: &Service) -> Result<Vec<Vec<ResourceId>>, Failure> {
    needs(day, service).ok_or_else(|| nobody_then(day.zone))
}

/// The refusal of a time at which nobody, or nothing that is needed, is there.
fn nobody_then(zone: Tz) -> Failure {
    Failure::NotOffered { why: NotOffered::OutsideHours, zone, alternatives: Vec::new() }
}

/// The answer to a booking, or to a place that is paid for first. A receipt of anything else would
/// be a mistake of ours.
pub(super) fn render(changed: Option<Changed>, present: &Present) -> StoredResponse {
    match changed {
        Some(changed) => present(&changed),
        None => StoredResponse { status: 500, body: Vec::new(), etag: None, location: None },
    }
}
