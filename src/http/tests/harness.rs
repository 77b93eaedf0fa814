//! A small business and its server: one team, two members, a clock that tests set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{Data, ServiceConfig};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use domain::catalog::{BookableBy, HoursOwner, Member, OpenMinutes, Service, Team, WeeklyHours};
use domain::ids::{MemberId, ResourceNo, ServiceId, TeamId, TeamNo, UserId};
use domain::ledger::{ActorKind, Ledger, LedgerKey};
use domain::money::{Currency, Money};
use domain::pricing::ServicePrice;
use serde_json::{Value, json};
use store::Store;
use store::records::{BookingRecord, CatalogChange, UserRecord};
use store::traits::Aside;
use uuid::Uuid;

use crate::actors::Submit;
use crate::ambient::Ambient;
use crate::app::App;
use crate::app::tests::scratch::Scratch;
use crate::auth::password;
use crate::config::{Argon2Config, Config};
use crate::http::{Shared, application};
use crate::realtime::Hub;

pub const BOOKINGS: &str = "/api/portal/service-requests";
pub const PASSWORD: &str = "correct horse battery";

/// Berlin, on a Monday at eight.
const NOW: &str = "2026-11-23T07:00:00Z";

/// What tests may want otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Units a day takes.
    pub limit: u32,
    /// Members who do the service.
    pub members_count: u128,
    pub bookable_by: BookableBy,
    pub is_emergency_eligible: bool,
}

impl Default for Plan {
    fn default() -> Self {
        let bookable_by = BookableBy::Public;
        Self { limit: 8, members_count: 2, bookable_by, is_emergency_eligible: false }
    }
}

/// A server without a socket.
pub struct Portal {
    pub app: Arc<App>,
    pub scratch: Scratch,
    pub team: TeamId,
    pub service: ServiceId,
    pub members: Vec<MemberId>,
    clock: Arc<AtomicI64>,
    keys_count: AtomicU32,
    hub: Option<Arc<Hub>>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub bytes: Vec<u8>,
    pub body: Value,
    headers: Vec<(String, String)>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Status and problem code, for comparing.
    pub fn outcome(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn team() -> Team {
    Team {
        id: TeamId(id(1)),
        no: TeamNo(0),
        name: "North".to_owned(),
        zone: chrono_tz::Europe::Berlin,
        default_limit: 8,
        emergency_reserve: 0,
        published: true,
        rev: 1,
    }
}

fn service(plan: Plan, members: &[MemberId]) -> Service {
    Service {
        id: ServiceId(id(2)),
        slug: "deep-cleaning".to_owned(),
        name: "Deep cleaning".to_owned(),
        description: "Everything, thoroughly.".to_owned(),
        duration_minutes: 60,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        units: 1,
        slot_interval_minutes: 60,
        notice_minutes_min: 120,
        horizon_days_max: 90,
        price: ServicePrice::per_visit(Money { amount: 12_950, currency: Currency::EUR }),
        daily_units_max: None,
        bookable_by: plan.bookable_by,
        is_emergency_eligible: plan.is_emergency_eligible,
        is_recurrence_allowed: false,
        is_approval_required: false,
        change_notice_minutes_min: 0,
        free_cancel_minutes_min: 0,
        cancel_fee: Money { amount: 0, currency: Currency::EUR },
        needs: Vec::new(),
        is_active: true,
        teams: vec![team().id],
        members: members.to_vec(),
        rev: 1,
    }
}

/// Weekdays from nine to five.
fn hours() -> Vec<WeeklyHours> {
    let owner = HoursOwner::Team(team().id);
    let weekdays = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let open = OpenMinutes { from: 9 * 60, to: 17 * 60 };
    weekdays.into_iter().map(|weekday| WeeklyHours { owner, weekday, open }).collect()
}

fn lay_out(store: &Store, plan: Plan) -> Vec<MemberId> {
    let change = |change| store.catalog.change_catalog(&change, &Aside::default()).unwrap();
    change(CatalogChange::PutTeam(Team { default_limit: plan.limit, ..team() }));
    let members: Vec<MemberId> =
        (0..plan.members_count).map(|number| MemberId(id(10 + number))).collect();
    for (number, member) in (1..).zip(&members) {
        change(CatalogChange::PutMember(Member {
            id: *member,
            no: ResourceNo(0),
            name: format!("Member {number}"),
            skills: vec!["windows".to_owned()],
            photo_url: None,
            is_active: true,
            teams: vec![team().id],
            rev: 1,
        }));
    }
    change(CatalogChange::PutService(service(plan, &members)));
    let owner = HoursOwner::Team(team().id);
    change(CatalogChange::SetWeekly { owner, rows: hours() });
    members
}

impl Portal {
    pub fn new() -> Self {
        Self::with(Plan::default(), |_| {})
    }

    /// A portal laid out by `plan`, with settings that `configure` has changed.
    pub fn with(plan: Plan, configure: impl FnOnce(&mut Config)) -> Self {
        let mut scratch = Scratch::new();
        let members = lay_out(&scratch.store, plan);
        let mut config = Config::clone(&scratch.config);
        configure(&mut config);
        scratch.config = Arc::new(config);
        let now: DateTime<Utc> = NOW.parse().unwrap();
        let clock = Arc::new(AtomicI64::new(now.timestamp()));
        let app = Arc::new(scratch.app(ambient(&clock)));
        let (team, service) = (team().id, ServiceId(id(2)));
        Self {
            app,
            scratch,
            team,
            service,
            members,
            clock,
            keys_count: AtomicU32::new(0),
            hub: None,
        }
    }

    /// The same portal, whose submissions go to `desk`.
    pub fn decided_by(mut self, desk: Arc<dyn Submit>) -> Self {
        self.scratch.desk = desk;
        self.app = Arc::new(self.scratch.app(ambient(&self.clock)));
        self
    }

    /// The same portal over another store.
    pub fn stored_in(mut self, change: impl FnOnce(&mut Store)) -> Self {
        change(&mut self.scratch.store);
        self.app = Arc::new(self.scratch.app(ambient(&self.clock)));
        self
    }

    /// The same portal, whose connections are `hub`'s.
    pub fn live_from(self, hub: Arc<Hub>) -> Self {
        Self { hub: Some(hub), ..self }
    }

    /// Lets time pass.
    pub fn wait(&self, time: TimeDelta) {
        self.clock.fetch_add(time.num_seconds(), Ordering::Relaxed);
    }

    pub fn change(&self, change: &CatalogChange) {
        self.scratch.store.catalog.change_catalog(change, &Aside::default()).unwrap();
        self.app.catalog.replace(self.scratch.store.catalog.load_catalog().unwrap());
    }

    pub fn service_record(&self) -> Service {
        self.app.catalog.current().service(self.service).unwrap().clone()
    }

    /// A key that nobody has used.
    pub fn key(&self) -> String {
        format!("key-{}", self.keys_count.fetch_add(1, Ordering::Relaxed))
    }

    /// An account with [`PASSWORD`], and its session's token.
    pub fn account(&self, role: ActorKind) -> String {
        let hash = password::hash(PASSWORD, Argon2Config::CHEAPEST, &self.app.ambient).unwrap();
        let user = UserRecord {
            id: UserId(Uuid::now_v7()),
            email: format!("{}@daybook.example", role.name()),
            name: format!("Some {}", role.name()),
            role,
            member: (role == ActorKind::Member).then(|| self.members[0]),
            password_hash: Some(hash),
            phone: None,
            is_disabled: false,
            rev: 1,
            created_at: self.app.ambient.now(),
        };
        let users = &self.scratch.store.users;
        if users.user_by_email(&user.email).unwrap().is_none() {
            users.put_user(&user, None, &Aside::default()).unwrap();
        }
        let user = users.user_by_email(&user.email).unwrap().unwrap();
        self.app.sessions.begin(&user).unwrap().token
    }

    /// The body of a booking at `hour` on Tuesday.
    pub fn wish(&self, hour: u32) -> Value {
        json!({
            "serviceId": self.service.to_string(),
            "startsAt": start(hour),
            "client": { "name": "Carla Client", "email": "carla@example.org" },
        })
    }

    pub fn call<'a>(&'a self, method: Method, path: &str) -> Call<'a> {
        let request = TestRequest::with_uri(path).method(method);
        Call { portal: self, request, key: None }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    /// A POST with a key of its own.
    pub fn post(&self, path: &str, body: &Value) -> Call<'_> {
        let key = self.key();
        self.call(Method::POST, path).json(body).key(&key)
    }

    /// Books at `hour`.
    pub async fn book(&self, hour: u32) -> Reply {
        self.post(BOOKINGS, &self.wish(hour)).send().await
    }

    /// Waits until the ledgers have done what was decided about a series.
    pub async fn settled(&self, made: &Value) {
        let occurrences = made["series"]["occurrences"].as_array().unwrap();
        let ids = occurrences.iter().filter_map(|one| one["id"].as_str()?.parse().ok());
        for booking in ids {
            let is_held = || !self.scratch.store.ops.holds_for(booking).unwrap().is_empty();
            while is_held() {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        }
    }

    /// How many units are booked on Tuesday.
    pub fn used(&self) -> u32 {
        self.ledger(self.team, tuesday()).used
    }

    /// A team's day as it is stored.
    pub fn ledger(&self, team: TeamId, day: NaiveDate) -> Ledger {
        self.scratch.store.ledgers.load(LedgerKey { team, day }).unwrap().unwrap().ledger
    }

    /// The same service on other terms.
    pub fn offer(&self, change: impl FnOnce(&mut Service)) {
        let mut service = self.service_record();
        service.rev += 1;
        change(&mut service);
        self.change(&CatalogChange::PutService(service));
    }

    /// The booking that an answer shows, as it is stored.
    pub fn record(&self, made: &Value) -> BookingRecord {
        let id = made["id"].as_str().unwrap().parse().unwrap();
        self.scratch.store.bookings.booking(id).unwrap().unwrap()
    }
}

fn ambient(clock: &Arc<AtomicI64>) -> Ambient {
    let clock = Arc::clone(clock);
    Ambient::with_clock(move || DateTime::from_timestamp(clock.load(Ordering::Relaxed), 0).unwrap())
}

pub fn tuesday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
}

/// `hour` o'clock in Berlin on Tuesday.
pub fn start(hour: u32) -> String {
    format!("{}T{hour:02}:00:00+01:00", tuesday())
}

/// The token in the link that came with a booking.
pub fn token(made: &Value) -> &str {
    made["links"]["manage"].as_str().unwrap().strip_prefix("/c/").unwrap()
}

/// A request that is being put together.
pub struct Call<'a> {
    portal: &'a Portal,
    request: TestRequest,
    key: Option<String>,
}

impl Call<'_> {
    pub fn json(mut self, body: &Value) -> Self {
        self.request = self.request.set_json(body);
        self
    }

    pub fn bytes(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.request = self.request.insert_header(("Content-Type", kind)).set_payload(body.into());
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.insert_header((name, value));
        self
    }

    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub fn rev(self, rev: u32) -> Self {
        self.header("If-Match", &format!("\"{rev}\""))
    }

    /// Brings the session with this token, as one of our pages would.
    pub fn session(self, token: &str) -> Self {
        let cookie = format!("sid={token}");
        self.header("Cookie", &cookie).header("Sec-Fetch-Site", "same-origin")
    }

    pub fn link(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub async fn send(self) -> Reply {
        let shared = Shared::new(Arc::clone(&self.portal.app));
        self.send_to(shared).await
    }

    /// Sends it to a server that remembers what was sent before.
    pub async fn send_to(self, shared: Shared) -> Reply {
        let hub = self.portal.hub.clone();
        let extras = |config: &mut ServiceConfig| {
            hub.map(|hub| config.app_data(Data::from(hub)));
        };
        let service = init_service(application(shared, extras)).await;
        let request = match &self.key {
            Some(key) => self.request.insert_header(("Idempotency-Key", key.as_str())),
            None => self.request,
        };
        let response = call_service(&service, request.to_request()).await;
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        let status = response.status().as_u16();
        let bytes = read_body(response).await.to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Reply { status, bytes, body, headers }
    }
}
