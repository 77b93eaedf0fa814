//! The rest of the application, small enough to see through: ledgers in memory that apply events
//! and keep them, two teams, and whoever is signed in.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use domain::availability::{self, Hours, TeamDay};
use domain::booking::{Status, Step};
use domain::catalog::{HoursOwner, OpenMinutes, Team, WeeklyHours};
use domain::ids::{BookingId, BookingNo, Epoch, MemberId, ServiceId, TeamId, TeamNo, UserId};
use domain::ledger::{
    Actor, ActorKind, Capacity, Cause, Class, Entry, Event, Ledger, LedgerKey, LedgerNo, Recorded,
};
use domain::time::Slot;
use uuid::Uuid;

use crate::actors::Committed;
use crate::ambient::Ambient;
use crate::realtime::{
    Boards, Identities, Identity, PaymentStanding, PaymentState, RequestState, SessionKey,
    Snapshots, Standing, Unavailable, Whose,
};

pub const EPOCH: Epoch = Epoch(0x5eed);
/// What a link to any booking looks like here.
pub const LINK: &str = "link";

const DUE: PaymentStanding = PaymentStanding { status: "checkout_open", method: "card" };

pub fn team(no: u128) -> TeamId {
    TeamId(Uuid::from_u128(no))
}

pub fn user(no: u128) -> UserId {
    UserId(Uuid::from_u128(0x1000 + no))
}

pub fn member(no: u128) -> MemberId {
    MemberId(Uuid::from_u128(0x2000 + no))
}

pub fn booking(no: u128) -> BookingId {
    BookingId(Uuid::from_u128(0x3000 + no))
}

pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2030, 6, 3).unwrap()
}

pub fn key(team_no: u128) -> LedgerKey {
    LedgerKey { team: team(team_no), day: day() }
}

pub fn board(team_no: u128) -> String {
    format!("availability:{}:{}", team(team_no), day())
}

#[derive(Default)]
struct Stored {
    events: Vec<Recorded>,
    ledger: Option<Arc<Ledger>>,
}

/// Everything that is stored, and the clock.
pub struct World {
    ledgers: Mutex<BTreeMap<LedgerKey, Stored>>,
    requests: Mutex<BTreeMap<BookingId, RequestState>>,
    sessions: Mutex<HashMap<SessionKey, Standing>>,
    pub published: Mutex<BTreeMap<TeamId, bool>>,
    pub is_shared: AtomicBool,
    pub is_down: AtomicBool,
    clock_ms: AtomicI64,
}

impl World {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            ledgers: Mutex::default(),
            requests: Mutex::default(),
            sessions: Mutex::default(),
            published: Mutex::new(BTreeMap::from([(team(1), true), (team(2), false)])),
            is_shared: AtomicBool::new(false),
            is_down: AtomicBool::new(false),
            clock_ms: AtomicI64::new(1_900_000_000_000),
        })
    }

    pub fn ambient(self: &Arc<Self>) -> Ambient {
        let world = Arc::clone(self);
        Ambient::with_clock(move || world.now())
    }

    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.clock_ms.load(Ordering::SeqCst)).unwrap()
    }

    pub fn pass(&self, time: TimeDelta) {
        self.clock_ms.fetch_add(time.num_milliseconds(), Ordering::SeqCst);
    }

    /// Signs somebody in and answers the session.
    pub fn sign_in(&self, name: u8, standing: Standing) -> SessionKey {
        let session = SessionKey([name; 32]);
        self.sessions.lock().unwrap().insert(session, standing);
        session
    }

    pub fn standing(&self, session: SessionKey) -> Standing {
        self.sessions.lock().unwrap().get(&session).cloned().unwrap_or(Standing::LoggedOut)
    }

    pub fn identity(kind: ActorKind, name: u8) -> Identity {
        let is_member = kind == ActorKind::Member;
        Identity {
            kind,
            user: Some(user(u128::from(name))),
            member: is_member.then(|| member(1)),
            teams: if is_member { vec![team(1)] } else { Vec::new() },
            session: Some(SessionKey([name; 32])),
            expires_at: None,
        }
    }

    /// Makes `events` durable in one commit, and answers what the ledger would tell.
    pub fn commit(&self, key: LedgerKey, events: Vec<(Event, Actor)>) -> Committed {
        let mut ledgers = self.ledgers.lock().unwrap();
        let stored = ledgers.entry(key).or_default();
        let mut ledger = Ledger::clone(&stored.open(key));
        let mut recorded = Vec::new();
        for (event, actor) in events {
            ledger.apply(&event);
            let cause = Cause { actor, reason: None, request_id: Uuid::nil() };
            let one = Recorded { seq: ledger.version, at: self.now(), cause, event };
            self.note(key, &ledger, &one);
            recorded.push(one);
        }
        let ledger = Arc::new(ledger);
        stored.ledger = Some(Arc::clone(&ledger));
        stored.events.extend(recorded.iter().cloned());
        Committed { ledger, no: no(key), events: recorded.into(), said: Arc::default() }
    }

    fn note(&self, key: LedgerKey, ledger: &Ledger, recorded: &Recorded) {
        let Some(id) = recorded.event.booking() else { return };
        let mut requests = self.requests.lock().unwrap();
        let entry = match &recorded.event {
            Event::Ended { rev, entry, to, .. } => {
                Entry { rev: *rev, status: *to, ..entry.clone() }
            }
            _ => ledger.entries[&id].clone(),
        };
        let by_client = recorded.cause.actor.kind == ActorKind::Client;
        let owner = recorded.cause.actor.id.filter(|_| by_client);
        let state = requests.entry(id).or_insert_with(|| RequestState {
            id,
            key,
            no: no(key),
            entry: entry.clone(),
            said: None,
            owner,
            link_no: 1,
            updated_at: recorded.at,
            payment: PaymentState { version: 0, learned_at: recorded.at, standing: Some(DUE) },
        });
        state.entry = entry;
        state.updated_at = recorded.at;
    }

    /// Books on the first team's day.
    pub fn book(&self, booking_no: u128, actor: Actor) -> Committed {
        let entry = entry(booking_no);
        self.commit(key(1), vec![(Event::Booked { booking: booking(booking_no), entry }, actor)])
    }

    /// Gives a booking to `to`.
    pub fn assign(&self, booking_no: u128, to: u128) -> Committed {
        let from = self.entry(booking_no);
        let to = Entry { member: Some(member(to)), rev: from.rev + 1, ..from.clone() };
        let event = Event::Assigned { booking: booking(booking_no), from, to };
        self.commit(key(1), vec![(event, desk())])
    }

    pub fn cancel(&self, booking_no: u128) -> Committed {
        let entry = self.entry(booking_no);
        let rev = entry.rev + 1;
        let event = Event::Ended {
            booking: booking(booking_no),
            rev,
            entry,
            to: Status::Cancelled,
            fee: None,
        };
        self.commit(key(1), vec![(event, desk())])
    }

    pub fn start(&self, booking_no: u128) -> Committed {
        let entry = self.entry(booking_no);
        let event = Event::Progressed {
            booking: booking(booking_no),
            rev: entry.rev + 1,
            step: Step::Start,
            from: entry.status,
            to: Status::InProgress,
        };
        self.commit(key(1), vec![(event, desk())])
    }

    /// Learns something of the payment for a booking.
    pub fn pay(&self, booking_no: u128) -> BookingId {
        let id = booking(booking_no);
        self.pass(TimeDelta::milliseconds(1));
        let mut requests = self.requests.lock().unwrap();
        let payment = &mut requests.get_mut(&id).unwrap().payment;
        payment.version += 1;
        payment.learned_at = self.now();
        payment.standing = Some(PaymentStanding { status: "paid", method: "card" });
        id
    }

    pub fn payment_version(&self, booking_no: u128) -> u64 {
        self.requests.lock().unwrap()[&booking(booking_no)].payment.version
    }

    pub fn set_limit(&self, limit: u32) -> Committed {
        let event = Event::LimitSet { limit, is_inherited: false, reserve: 0 };
        self.commit(key(1), vec![(event, desk())])
    }

    pub fn entry(&self, booking_no: u128) -> Entry {
        self.requests.lock().unwrap()[&booking(booking_no)].entry.clone()
    }

    pub fn current(&self, key: LedgerKey) -> Arc<Ledger> {
        self.ledgers.lock().unwrap().entry(key).or_default().open(key)
    }

    fn check(&self) -> Result<(), Unavailable> {
        if self.is_down.load(Ordering::SeqCst) { Err(Unavailable) } else { Ok(()) }
    }
}

impl Stored {
    fn open(&mut self, key: LedgerKey) -> Arc<Ledger> {
        let capacity =
            Capacity { limit: 100_000, is_inherited: true, reserve: 0, is_closed: false };
        Arc::clone(self.ledger.get_or_insert_with(|| Arc::new(Ledger::open(key, EPOCH, capacity))))
    }
}

pub fn desk() -> Actor {
    Actor { kind: ActorKind::Dispatcher, id: Some(user(99)) }
}

pub fn client(name: u8) -> Actor {
    Actor { kind: ActorKind::Client, id: Some(user(u128::from(name))) }
}

pub fn guest() -> Actor {
    Actor { kind: ActorKind::Guest, id: None }
}

fn entry(booking_no: u128) -> Entry {
    let starts_at = day().and_hms_opt(10, 0, 0).unwrap().and_utc();
    let slot = Slot { starts_at, ends_at: starts_at + TimeDelta::hours(1) };
    Entry {
        no: BookingNo(i64::try_from(booking_no).unwrap()),
        service: ServiceId(Uuid::from_u128(0x4000)),
        units: 1,
        class: Class::Standard,
        member: None,
        resources: Vec::new(),
        slot,
        busy: slot,
        status: Status::Confirmed,
        rev: 1,
        units_past_limit: 0,
    }
}

fn no(key: LedgerKey) -> LedgerNo {
    LedgerNo::of(TeamNo(i32::try_from(key.team.0.as_u128()).unwrap()), key.day)
}

impl Boards for World {
    fn team_day(&self, id: TeamId, day: NaiveDate) -> Option<Arc<TeamDay>> {
        self.is_published(id)?;
        let no = TeamNo(1);
        let team = Team {
            id,
            no,
            name: "Secret name of the team".to_owned(),
            zone: Tz::Europe__Berlin,
            default_limit: 100_000,
            emergency_reserve: 0,
            published: true,
            rev: 1,
        };
        let owner = HoursOwner::Team(id);
        let open = OpenMinutes { from: 9 * 60, to: 13 * 60 };
        let weekdays = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
        let weekly = weekdays.map(|weekday| WeeklyHours { owner, weekday, open });
        let hours = Hours { weekly: weekly.to_vec(), ..Hours::default() };
        Some(Arc::new(availability::team_day(&team, &[], &[], &hours, day)))
    }

    fn interval_minutes(&self, _team: TeamId) -> u32 {
        60
    }

    fn is_published(&self, team: TeamId) -> Option<bool> {
        self.published.lock().unwrap().get(&team).copied()
    }

    fn zone(&self, team: TeamId) -> Option<Tz> {
        self.is_published(team).map(|_| Tz::Europe__Berlin)
    }
}

impl Snapshots for World {
    fn ledger(&self, key: LedgerKey) -> Result<Option<(Arc<Ledger>, LedgerNo)>, Unavailable> {
        self.check()?;
        Ok(self.is_published(key.team).map(|_| (self.current(key), no(key))))
    }

    fn versions(&self, ledgers: &[LedgerNo]) -> Result<Vec<u64>, Unavailable> {
        self.check()?;
        let stored = self.ledgers.lock().unwrap();
        let by_no: HashMap<LedgerNo, u64> = stored
            .iter()
            .map(|(key, one)| (no(*key), one.ledger.as_ref().map_or(0, |ledger| ledger.version)))
            .collect();
        Ok(ledgers.iter().map(|no| by_no.get(no).copied().unwrap_or(0)).collect())
    }

    fn events_after(&self, key: LedgerKey, after: u64) -> Result<Vec<Recorded>, Unavailable> {
        self.check()?;
        let stored = self.ledgers.lock().unwrap();
        let events = stored.get(&key).map(|one| one.events.clone()).unwrap_or_default();
        Ok(events.into_iter().filter(|one| one.seq > after).collect())
    }

    fn changed_since(&self, _since: DateTime<Utc>) -> Result<Vec<(LedgerKey, u64)>, Unavailable> {
        self.check()?;
        if !self.is_shared() {
            return Ok(Vec::new());
        }
        let stored = self.ledgers.lock().unwrap();
        let changed =
            stored.iter().filter_map(|(key, one)| Some((*key, one.ledger.as_ref()?.version)));
        Ok(changed.collect())
    }

    fn request(&self, booking: BookingId) -> Result<Option<RequestState>, Unavailable> {
        self.check()?;
        Ok(self.requests.lock().unwrap().get(&booking).cloned())
    }

    fn requests(&self, whose: Whose, limit: u16) -> Result<Vec<RequestState>, Unavailable> {
        self.check()?;
        let requests = self.requests.lock().unwrap();
        let is_wanted = |state: &&RequestState| match whose {
            Whose::Team(team) => state.key.team == team,
            Whose::Account(user) => state.owner == Some(user),
            Whose::Everybody => true,
        };
        Ok(requests.values().rev().filter(is_wanted).take(usize::from(limit)).cloned().collect())
    }

    fn payments_since(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(BookingId, DateTime<Utc>)>, Unavailable> {
        self.check()?;
        let requests = self.requests.lock().unwrap();
        let paid = requests.values().filter(|state| state.payment.version > 0);
        let learned = paid.map(|state| (state.id, state.payment.learned_at));
        Ok(learned.filter(|(_, at)| *at >= since).collect())
    }

    fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::SeqCst)
    }
}

impl Identities for World {
    fn of_session(&self, session: &SessionKey) -> Result<Standing, Unavailable> {
        self.check()?;
        Ok(self.standing(*session))
    }

    fn opens(&self, token: &str, _booking: BookingId, link_no: i32) -> bool {
        token == LINK && link_no == 1
    }
}
