//! Making a booking: from what was asked to one submission.
//!
//! Everything that does not depend on what else is booked is decided here, from one revision of the
//! catalogue: who may book the service, which team, when, with whom. The ledger decides the rest.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::availability::{NotOffered, TeamDay, admit, candidates, is_candidate, needs};
use domain::booking::Status;
use domain::catalog::{BookableBy, Service, Team};
use domain::ids::{BookingId, MemberId, ResourceId, ServiceId, TeamId, UserId};
use domain::ledger::{ActorKind, Assignment, Book, Class, Command, LedgerKey};
use domain::time::{Slot, day_of};
use store::batch::{BookingDraft, ClientDetails, StoredResponse};
use tokio::time::Instant;

use super::bookings::booked;
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

/// A booking as it is asked for. The shape of every value has been checked.
#[derive(Debug, Clone)]
pub struct BookRequest {
    pub service: ServiceId,
    pub starts_at: StartsAt,
    pub team: Option<TeamId>,
    pub member: Option<MemberId>,
    pub class: Class,
    pub payment_method: PaymentMethod,
    /// Left out by clients whose account says who they are.
    pub client: Option<ClientDetails>,
    /// JSON object, kept as it is.
    pub details: String,
    /// Why this booking may pass the day's limit, when staff says that it may.
    pub pass_limit: Option<String>,
}

/// Where and when a booking would be, and whose time it would take.
struct Plan {
    key: LedgerKey,
    slot: Slot,
    busy: Slot,
    class: Class,
    assignment: Assignment,
    needs: Vec<Vec<ResourceId>>,
}

/// Everything a submission is made of.
struct NewBooking {
    plan: Plan,
    draft: Arc<BookingDraft>,
    pass_limit: Option<String>,
}

/// What is offered, from one revision of the catalogue, at one moment.
#[derive(Clone, Copy)]
struct Offer<'a> {
    catalog: &'a Catalog,
    service: &'a Service,
    now: DateTime<Utc>,
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
        let client = client(caller, request.client.clone())?;
        if request.payment_method == PaymentMethod::Card && service.price.amount > 0 {
            return Err(Failure::PaymentUnavailable);
        }
        let now = self.ambient.now();
        let offer = Offer { catalog: &catalog, service, now };
        let team = self.choose_team(offer, &request, caller.is_staff()).await?;
        let starts_at = request.starts_at.resolve(team.zone)?;
        let wish = Wish {
            service: service.id,
            team: team.id,
            member: request.member,
            class: request.class,
            starts_at,
        };
        let booked = match plan(offer, team, &wish) {
            Ok(plan) => {
                let draft = Arc::new(BookingDraft {
                    client,
                    client_user: client_user(caller),
                    price: service.price,
                    payment_method: request.payment_method.name().to_owned(),
                    details: request.details,
                    series: None,
                });
                let order = NewBooking { plan, draft, pass_limit: request.pass_limit };
                self.submit_booking(caller, offer, order, keyed).await
            }
            Err(failure) => Err(failure),
        };
        match booked {
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.with_alternatives(failure, &wish).await),
        }
    }

    async fn submit_booking(
        &self,
        caller: &Caller,
        Offer { service, now, .. }: Offer<'_>,
        order: NewBooking,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let NewBooking { plan, draft, pass_limit } = order;
        let booking = BookingId(self.ambient.id());
        let no = self.next_booking_number().await?;
        let book = Book {
            booking,
            no,
            service: service.id,
            units: service.units,
            class: plan.class,
            slot: plan.slot,
            busy: plan.busy,
            assignment: plan.assignment,
            needs: plan.needs,
            status: first_status(service, caller, plan.class),
            service_units_max: service.daily_units_max,
            may_pass_limit: pass_limit.is_some(),
        };
        let (key, kept, present) = (plan.key, Arc::clone(&draft), Arc::clone(&keyed.present));
        let render: Render =
            Arc::new(move |receipt| render(booked(booking, key, &kept, receipt), &present));
        // Whoever may pass a limit, and whoever cannot wait, goes before the crowd.
        let is_urgent = pass_limit.is_some() || plan.class == Class::Emergency;
        let priority = if is_urgent { Priority::First } else { Priority::Ordinary };
        let submission = Submission {
            key,
            command: Command::Book(Box::new(book)),
            cause: caller.cause(pass_limit),
            received_at: now,
            deadline: Instant::now() + self.config.ledger.deadline,
            priority,
            draft: Some(draft),
            op: None,
            idempotency: Some(keyed.claim.clone()),
            render,
        };
        Ok(self.desk.submit(submission).await?.into())
    }

    /// The team that is asked: the one named, else that of the member named, else the only one that
    /// offers the service, else the one with most room then.
    async fn choose_team<'a>(
        &self,
        offer: Offer<'a>,
        request: &BookRequest,
        is_staff: bool,
    ) -> Result<&'a Team, Failure> {
        let Offer { catalog, service, .. } = offer;
        let member = match request.member {
            Some(id) => Some(catalog.member(id).ok_or(Failure::NotFound)?),
            None => None,
        };
        let offering = service.teams.iter().filter_map(|team| catalog.team(*team));
        let asked: Vec<&Team> = offering
            .filter(|team| team.published || is_staff)
            .filter(|team| request.team.is_none_or(|wanted| wanted == team.id))
            .filter(|team| {
                let has_member = member.is_none_or(|member| member.teams.contains(&team.id));
                // A team named in vain is told so by name, not passed over.
                has_member || request.team.is_some()
            })
            .collect();
        match (asked.as_slice(), member) {
            ([], Some(member)) if request.team.is_none() => {
                let alternatives = Vec::new();
                Err(Failure::MemberNotEligible { member: member.id, alternatives })
            }
            ([], _) => Err(Failure::NotFound),
            ([only], _) => Ok(only),
            ([first, ..], _) => {
                let best = self.roomiest(offer, request, &asked).await?;
                Ok(best.unwrap_or(first))
            }
        }
    }

    /// The first of `teams` with most units left on the day, among those that could start then.
    async fn roomiest<'a>(
        &self,
        Offer { catalog, service, now }: Offer<'a>,
        request: &BookRequest,
        teams: &[&'a Team],
    ) -> Result<Option<&'a Team>, Failure> {
        let mut best: Option<(u32, &Team)> = None;
        for team in teams {
            let starts_at = request.starts_at.resolve(team.zone)?;
            let key = LedgerKey { team: team.id, day: day_of(starts_at, team.zone) };
            let Some(day) = catalog.team_day(team.id, key.day) else { continue };
            if admit(&day, service, starts_at, request.class, now).is_err() {
                continue;
            }
            let remaining = self.ledger_view(key).await?.remaining(request.class, now);
            if best.is_none_or(|(most, _)| remaining > most) {
                best = Some((remaining, team));
            }
        }
        Ok(best.map(|(_, team)| team))
    }
}

/// Refuses who may not book this service, or not in this way.
fn authorise(caller: &Caller, service: &Service, request: &BookRequest) -> Result<(), Failure> {
    let is_hidden = !service.is_active || service.bookable_by == BookableBy::Staff;
    if is_hidden && !caller.is_staff() {
        return Err(Failure::NotFound);
    }
    if !can(caller, Action::Book, &Resource::Service(service.bookable_by)) {
        let is_stranger = caller.user.is_none();
        return Err(if is_stranger { Failure::Unauthenticated } else { Failure::Forbidden });
    }
    if request.class == Class::Emergency && !service.is_emergency_eligible {
        return Err(Failure::invalid("/bookingType", "this service takes no emergencies"));
    }
    if let Some(reason) = &request.pass_limit {
        if !can(caller, Action::PassLimit, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        if !REASON_CHARS.contains(&reason.trim().chars().count()) {
            return Err(Failure::ReasonRequired);
        }
    }
    Ok(())
}

/// Who it is for: as said, else whoever is signed in as a client.
fn client(caller: &Caller, said: Option<ClientDetails>) -> Result<ClientDetails, Failure> {
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

/// The account that a booking will belong to.
fn client_user(caller: &Caller) -> Option<UserId> {
    let user = caller.user.as_ref().filter(|_| caller.kind == ActorKind::Client);
    user.map(|user| user.id)
}

/// Where, when and with whom, as far as working hours say.
fn plan(
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
        let why = NotOffered::OutsideHours;
        return Err(Failure::NotOffered { why, zone: day.zone, alternatives });
    }
    Ok(Assignment::Anyone { candidates, preferred })
}

/// Rooms and vehicles that a visit may use, of each kind it needs.
///
/// # Errors
///
/// [`Failure::NotOffered`] when the team has none of a kind.
pub(super) fn needed(day: &TeamDay, service: &Service) -> Result<Vec<Vec<ResourceId>>, Failure> {
    let (why, alternatives) = (NotOffered::OutsideHours, Vec::new());
    needs(day, service).ok_or(Failure::NotOffered { why, zone: day.zone, alternatives })
}

/// The answer to a booking. A receipt of anything but a booking would be a mistake of ours.
fn render(changed: Option<Changed>, present: &Present) -> StoredResponse {
    match changed {
        Some(changed) => present(&changed),
        None => StoredResponse { status: 500, body: Vec::new(), etag: None, location: None },
    }
}
