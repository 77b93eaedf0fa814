//! `daybook seed --demo`: a business to look at.
//!
//! Catalogue and accounts are written as an admin would write them, bookings go through their
//! ledgers like anybody's. Ids are made from names, so seeding again adds the days that have come
//! into reach since and leaves the rest alone, whatever people have done to it meanwhile.

mod bookings;
mod cash;
mod catalogue;
mod ids;
mod prices;
#[cfg(test)]
mod tests;
mod waiting;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{Days, NaiveDate};
use domain::booking::Step;
use domain::catalog::{HoursOwner, Team, WeeklyHours};
use domain::ids::{BookingNo, OverrideId, UserId};
use domain::ledger::{ActorKind, Book, Cause, Class, Command, LedgerKey};
use domain::time::day_of;
use futures_util::{StreamExt, TryStreamExt, stream};
use store::batch::{BookingDraft, ClientDetails};
use store::records::{CatalogChange, UserRecord};
use store::traits::Aside;
use store::{Store, StoreError};
use tokio::time::Instant;

use self::bookings::Attempt;
use self::catalogue::{Demo, demo};
use self::ids::{id_of, member_id, team_id};
use crate::actors::{Priority, Refusal, Submission, Submit};
use crate::ambient::Ambient;
use crate::app::catalog::Catalog;

/// Ledgers that are filled at a time: enough to share commits, far from any queue's end.
const LEDGERS_AT_ONCE: usize = 16;

/// How long one booking may take. Nobody waits for a single one of them.
const DEADLINE: Duration = Duration::from_secs(30);

/// Mail address, name and role of the demo's accounts.
const USERS: [(&str, &str, ActorKind); 4] = [
    ("admin@daybook.example", "Ada Admin", ActorKind::Admin),
    ("dispatcher@daybook.example", "Dora Dispatcher", ActorKind::Dispatcher),
    ("member@daybook.example", MEMBER_NAME, ActorKind::Member),
    (CLIENT_EMAIL, CLIENT_NAME, ActorKind::Client),
];
const MEMBER_NAME: &str = "Jonas Keller";
const CLIENT_EMAIL: &str = "client@daybook.example";
const CLIENT_NAME: &str = "Carla Client";

pub use prices::CODE_TO_TRY;

/// Where the demo is put.
pub struct Seed {
    pub store: Store,
    pub desk: Arc<dyn Submit>,
    pub ambient: Ambient,
    /// What the accounts' password hashes to.
    pub password_hash: String,
}

/// What was added. Zeros: it was all there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeedReport {
    pub teams_count: usize,
    pub members_count: usize,
    pub resources_count: usize,
    pub services_count: usize,
    pub surcharges_count: usize,
    pub promos_count: usize,
    pub bookings_count: usize,
    /// Bookings that their ledger refused, because the day was full or the time taken.
    pub refused_count: usize,
}

/// Why seeding stopped. What was added until then stays; seeding again adds the rest.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Refused(Refusal),
    #[error("the demo's catalogue is not what was seeded: {0}")]
    Changed(&'static str),
    #[error("a worker thread broke")]
    Broken(#[from] tokio::task::JoinError),
}

impl Seed {
    /// Adds what is missing of the demo.
    ///
    /// # Errors
    ///
    /// [`SeedError`]; see there for what has been written.
    pub async fn run(self) -> Result<SeedReport, SeedError> {
        let seed = Arc::new(self);
        let mut report = seed.blocking(Self::put_catalogue).await?;
        (report.surcharges_count, report.promos_count) = seed.blocking(Self::put_prices).await?;
        seed.blocking(Self::put_users).await?;
        let records = seed.blocking(|seed| seed.store.catalog.load_catalog()).await?;
        let catalog = Arc::new(Catalog::new(records));
        let days: Vec<(Team, NaiveDate)> = demo_teams(&catalog)
            .flat_map(|team| {
                let days = bookings::days(team, seed.ambient.now());
                days.map(|day| (team.clone(), day)).collect::<Vec<_>>()
            })
            .collect();
        let client = seed.blocking(Self::client).await?;
        let filled = stream::iter(days)
            .map(|(team, day)| seed.fill(&catalog, &client, team, day))
            .buffer_unordered(LEDGERS_AT_ONCE);
        let counts: Vec<(usize, usize)> = filled.try_collect().await?;
        report.bookings_count = counts.iter().map(|(booked, _)| booked).sum();
        report.refused_count = counts.iter().map(|(_, refused)| refused).sum();
        seed.add_override(&catalog).await?;
        seed.add_waiting(&catalog, &client).await?;
        Ok(report)
    }

    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SeedError> {
        let seed = Arc::clone(self);
        Ok(tokio::task::spawn_blocking(move || work(&seed)).await??)
    }

    /// Adds teams, members, services and hours that are not there.
    fn put_catalogue(&self) -> Result<SeedReport, StoreError> {
        let known = Catalog::new(self.store.catalog.load_catalog()?);
        let demo = demo(self.ambient.now().date_naive());
        let is_new = |team: &Team| known.team(team.id).is_none();
        let new_teams: Vec<_> =
            demo.teams.iter().filter(|one| is_new(one)).map(|one| one.id).collect();
        let mut changes = Vec::new();
        let mut report = SeedReport { teams_count: new_teams.len(), ..SeedReport::default() };
        let Demo { teams, members, resources, services, weekly, exceptions, time_off } = demo;
        changes.extend(teams.into_iter().filter(is_new).map(CatalogChange::PutTeam));
        for member in members.into_iter().filter(|member| known.member(member.id).is_none()) {
            report.members_count += 1;
            let id = member.id;
            changes.push(CatalogChange::PutMember(member));
            let away = time_off.iter().filter(|off| off.member == id).cloned();
            changes.extend(away.map(CatalogChange::PutTimeOff));
        }
        for resource in resources.into_iter().filter(|one| known.resource(one.id).is_none()) {
            report.resources_count += 1;
            changes.push(CatalogChange::PutResource(resource));
        }
        for service in services.into_iter().filter(|service| known.service(service.id).is_none()) {
            report.services_count += 1;
            changes.push(CatalogChange::PutService(service));
        }
        let of_new_team = |owner| new_teams.contains(&super::catalog::team_of(owner));
        let mut owners: BTreeMap<HoursOwner, Vec<WeeklyHours>> = BTreeMap::new();
        for row in weekly.into_iter().filter(|row| of_new_team(row.owner)) {
            owners.entry(row.owner).or_default().push(row);
        }
        changes.extend(
            owners.into_iter().map(|(owner, rows)| CatalogChange::SetWeekly { owner, rows }),
        );
        let exceptions = exceptions.into_iter().filter(|one| of_new_team(one.owner));
        changes.extend(exceptions.map(CatalogChange::PutException));
        for change in &changes {
            self.store.catalog.change_catalog(change, &Aside::default())?;
        }
        Ok(report)
    }

    /// Adds what makes prices, as far as it is not there.
    fn put_prices(&self) -> Result<(usize, usize), StoreError> {
        let known = Catalog::new(self.store.catalog.load_catalog()?);
        let now = self.ambient.now();
        let today = now.date_naive();
        let mut changes = Vec::new();
        let surcharges = prices::surcharges(today).into_iter();
        changes.extend(
            surcharges
                .filter(|rule| known.surcharge(rule.id).is_none())
                .map(CatalogChange::PutSurcharge),
        );
        let surcharges_count = changes.len();
        let promos = prices::promos(today).into_iter();
        changes.extend(
            promos.filter(|promo| known.promo(promo.id).is_none()).map(CatalogChange::PutPromo),
        );
        let promos_count = changes.len() - surcharges_count;
        if known.price_list().steps.is_empty() {
            changes.push(CatalogChange::SetPriceSteps(prices::steps()));
        }
        let rates = prices::rates(now);
        if known.rates_record(rates.id).is_none() {
            changes.push(CatalogChange::PutRates(rates));
        }
        for change in &changes {
            self.store.catalog.change_catalog(change, &Aside::default())?;
        }
        Ok((surcharges_count, promos_count))
    }

    /// Adds the accounts, or gives those that are there the password of this run.
    fn put_users(&self) -> Result<(), StoreError> {
        for (email, name, role) in USERS {
            let known = self.store.users.user_by_email(email)?;
            let expected_rev = known.as_ref().map(|user| user.rev);
            let fresh = || UserRecord {
                id: UserId(id_of("user", email)),
                email: email.to_owned(),
                name: name.to_owned(),
                role,
                member: (role == ActorKind::Member).then(|| member_id(MEMBER_NAME)),
                password_hash: None,
                phone: None,
                is_disabled: false,
                rev: 0,
                created_at: self.ambient.now(),
            };
            let user = known.unwrap_or_else(fresh);
            let password_hash = Some(self.password_hash.clone());
            let user = UserRecord { password_hash, rev: user.rev + 1, ..user };
            self.store.users.put_user(&user, expected_rev, &Aside::default())?;
        }
        Ok(())
    }

    /// Books what is missing on one day of one team. Answers how many were booked and refused.
    async fn fill(
        self: &Arc<Self>,
        catalog: &Catalog,
        client: &(UserId, ClientDetails),
        team: Team,
        day: NaiveDate,
    ) -> Result<(usize, usize), SeedError> {
        let attempts = bookings::attempts(catalog, &team, day, client, self.ambient.now());
        let (attempts, first_no) = self.blocking(|seed| seed.missing(attempts)).await?;
        let key = LedgerKey { team: team.id, day };
        let (mut booked_count, mut refused_count) = (0, 0);
        for (no, attempt) in (first_no..).zip(attempts) {
            let steps = attempt.steps.clone();
            let booking = attempt.booking;
            let (command, draft) = command(BookingNo(no), attempt);
            match self.desk.submit(self.submission(key, command, Some(draft), None)).await {
                Ok(_) => booked_count += 1,
                Err(Refusal::Rejected { .. }) => {
                    refused_count += 1;
                    continue;
                }
                Err(refusal) => return Err(SeedError::Refused(refusal)),
            }
            for step in &steps {
                let command = Command::Progress { booking, rev: None, step: *step };
                let progress = self.submission(key, command, None, None);
                self.desk.submit(progress).await.map_err(SeedError::Refused)?;
            }
            if steps.contains(&Step::Complete) {
                self.blocking(move |seed| seed.collect(booking)).await?;
            }
        }
        Ok((booked_count, refused_count))
    }

    /// The demo's client, as bookings name them.
    fn client(&self) -> Result<(UserId, ClientDetails), StoreError> {
        let user = self.store.users.user_by_email(CLIENT_EMAIL)?;
        let id = user.map_or_else(|| UserId(id_of("user", CLIENT_EMAIL)), |user| user.id);
        let (name, email) = (CLIENT_NAME.to_owned(), CLIENT_EMAIL.to_owned());
        Ok((id, ClientDetails { name, email, phone: None }))
    }

    /// Leaves out what was booked before, and takes numbers for the rest.
    fn missing(&self, attempts: Vec<Attempt>) -> Result<(Vec<Attempt>, i64), StoreError> {
        let mut missing = Vec::with_capacity(attempts.len());
        for attempt in attempts {
            if self.store.bookings.booking(attempt.booking)?.is_none() {
                missing.push(attempt);
            }
        }
        let count = u32::try_from(missing.len()).unwrap_or(u32::MAX);
        let first_no =
            if count == 0 { 0 } else { self.store.ledgers.reserve_booking_numbers(count)? };
        Ok((missing, first_no))
    }

    /// Makes room on one day, so that there is an override to look at.
    async fn add_override(&self, catalog: &Catalog) -> Result<(), SeedError> {
        let team =
            catalog.team(team_id("Berlin North")).ok_or(SeedError::Changed("a team is missing"))?;
        let day = day_of(self.ambient.now(), team.zone) + Days::new(4);
        let id = OverrideId(id_of("override", &day.to_string()));
        let command = Command::CreateOverride { id, delta: 3, expires_at: None };
        let reason = Some("Two colleagues from Leipzig help out".to_owned());
        let key = LedgerKey { team: team.id, day };
        match self.desk.submit(self.submission(key, command, None, reason)).await {
            Ok(_) | Err(Refusal::Rejected { .. }) => Ok(()),
            Err(refusal) => Err(SeedError::Refused(refusal)),
        }
    }

    fn submission(
        &self,
        key: LedgerKey,
        command: Command,
        draft: Option<Arc<BookingDraft>>,
        reason: Option<String>,
    ) -> Submission {
        let cause = Cause { reason, ..Cause::system(self.ambient.id()) };
        Submission {
            deadline: Instant::now() + DEADLINE,
            priority: Priority::Ordinary,
            draft,
            ..Submission::unanswered(key, command, cause, self.ambient.now())
        }
    }
}

/// The demo's teams, without those that were added by people.
fn demo_teams(catalog: &Catalog) -> impl Iterator<Item = &Team> {
    catalog.teams().iter().filter(|team| team.id == team_id(&team.name))
}

fn command(no: BookingNo, attempt: Attempt) -> (Command, Arc<BookingDraft>) {
    let Attempt { booking, service, slot, busy, assignment, needs, status, draft, .. } = attempt;
    let book = Book {
        booking,
        no,
        service: service.id,
        units: service.units,
        class: Class::Standard,
        slot,
        busy,
        assignment,
        needs,
        status,
        service_units_max: service.daily_units_max,
        may_pass_limit: false,
    };
    (Command::Book(Box::new(book)), draft)
}
