//! What a run is about: one store, a few teams with people in common, and what the seed says of
//! nodes, limits and weather.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use daybook::actors::{Call, Limits};
use domain::catalog::Team;
use domain::ids::{BookingNo, Epoch, HolderId, MemberId, ResourceId, ResourceNo, TeamId, TeamNo};
use domain::ledger::{LedgerKey, LedgerNo};
use domain::time::{Quantum, Slot};
use store::batch::{OpRecord, OpStatus};
use store::simulated::Simulated;
use uuid::Uuid;

use crate::chance::Chance;
use crate::network::Post;
use crate::planted::Bug;
use crate::trace::Trace;
use crate::wish::{Request, Said};

pub const TEAMS: i32 = 2;
pub const DAYS: u64 = 2;
pub const MEMBERS: i32 = 3;
pub const RESOURCES: i32 = 2;

/// Hours that a booking may begin in; see [`hour`].
pub const HOURS: u64 = 16;

/// How much faster the city's time goes than that of letters: what expires after a minute does so
/// within a run.
const SPEED: i32 = 60;

/// The numbers of resources begin after this one.
const RESOURCE_NO_FIRST: i32 = 100;

/// The unit in which people's time is claimed.
pub const QUANTUM: Quantum = Quantum::DEFAULT;

/// Hosts. Turmoil wants names that live as long as the run.
pub const STORE: &str = "store";
pub const CLIENTS: &str = "clients";
pub const NODES: [&str; 3] = ["node-0", "node-1", "node-2"];

/// What the seed says once and for all.
#[derive(Debug)]
pub struct Climate {
    pub nodes: usize,
    pub lanes: usize,
    pub batch_items_max: usize,
    pub idle_timeout: Duration,
    /// How long a call may take at the store, before and after it is made.
    pub store_ms_max: u64,
    pub latency_max: Duration,
    /// Of a hundred commits, after how many the node that asked for it dies before it hears.
    pub fatal_percent: u64,
    /// Of a hundred letters, how many break the link they are on.
    pub loss_percent: u64,
    /// How far each node's clock is from the truth, in seconds.
    pub skews: [i64; 3],
    /// How long before the first visits the run begins.
    pub lead: TimeDelta,
    pub team_limit: u32,
    pub reserve: u32,
}

impl Climate {
    fn of(chance: &Chance) -> Self {
        let skew = || i64::try_from(chance.within(0..20)).unwrap() - 10;
        Self {
            nodes: usize::try_from(chance.within(2..4)).unwrap(),
            lanes: usize::try_from(chance.within(1..3)).unwrap(),
            batch_items_max: chance.pick(&[1, 3, 64]),
            idle_timeout: Duration::from_millis(chance.pick(&[150, 60_000])),
            store_ms_max: chance.pick(&[1, 5, 30]),
            latency_max: Duration::from_millis(chance.pick(&[2, 10, 40])),
            fatal_percent: chance.pick(&[0, 0, 2, 6]),
            loss_percent: chance.pick(&[0, 0, 1, 3]),
            skews: [skew(), skew(), skew()],
            lead: chance.pick(&[TimeDelta::days(7), TimeDelta::minutes(19)]),
            team_limit: u32::try_from(chance.within(2..9)).unwrap(),
            reserve: u32::try_from(chance.within(0..2)).unwrap(),
        }
    }
}

/// Everything that outlives the hosts.
pub struct City {
    pub chance: Chance,
    pub climate: Climate,
    pub store: Simulated,
    pub calls: Arc<Post<Call, ()>>,
    pub requests: Arc<Post<Request, Said>>,
    pub trace: Trace,
    pub bug: Option<Bug>,
    /// Nodes that are about to die.
    pub doomed: Mutex<Vec<&'static str>>,
    next_no: AtomicI64,
    clock: AtomicU64,
    /// When a team was changed, by [`City::tick`].
    pub team_changes: Mutex<BTreeMap<TeamId, u64>>,
}

impl City {
    pub fn of(seed: u64, bug: Option<Bug>, is_shown: bool) -> Arc<Self> {
        let chance = Chance::of(seed);
        let climate = Climate::of(&chance);
        let city = Self {
            store: Simulated::new(QUANTUM, Epoch(i64::try_from(seed % 1_000).unwrap() + 1)),
            calls: Arc::default(),
            requests: Arc::default(),
            trace: Trace::new(is_shown),
            bug,
            doomed: Mutex::default(),
            next_no: AtomicI64::new(1),
            clock: AtomicU64::new(1),
            team_changes: Mutex::default(),
            chance,
            climate,
        };
        for number in 1..=TEAMS {
            city.store.put_team(city.team(number, 1));
        }
        for number in 1..=MEMBERS {
            city.store.put_member(member(number), ResourceNo(number));
        }
        for number in 1..=RESOURCES {
            city.store.put_resource(resource(number), ResourceNo(RESOURCE_NO_FIRST + number));
        }
        if let Some(bug) = bug {
            bug.plant(&city);
        }
        city.trace.note(format_args!("seed {seed}: {:?}", city.climate));
        Arc::new(city)
    }

    /// Team `number` at revision `rev`, each of which takes one unit more than the last.
    pub fn team(&self, number: i32, rev: i64) -> Team {
        Team {
            id: team_id(number),
            no: TeamNo(number),
            name: format!("Team {number}"),
            zone: chrono_tz::UTC,
            default_limit: self.climate.team_limit + u32::try_from(rev).unwrap() - 1,
            emergency_reserve: self.climate.reserve,
            published: true,
            rev,
        }
    }

    /// Every ledger that is ever asked.
    pub fn keys() -> Vec<LedgerKey> {
        let days = || first_day().iter_days().take(usize::try_from(DAYS).unwrap());
        (1..=TEAMS)
            .flat_map(|number| days().map(move |day| LedgerKey { team: team_id(number), day }))
            .collect()
    }

    pub fn booking_no(&self) -> BookingNo {
        BookingNo(self.next_no.fetch_add(1, Ordering::Relaxed))
    }

    /// A moment of a clock that moves with every look. One thread runs everybody, so its order is
    /// the real one.
    pub fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    pub fn limits(&self) -> Limits {
        Limits {
            node_permits_max: 64,
            ledger_permits_max: 32,
            batch_items_max: self.climate.batch_items_max,
            active_max: 16,
            idle_timeout: self.climate.idle_timeout,
        }
    }

    /// The time as node `node` has it.
    pub fn now(&self, node: usize) -> DateTime<Utc> {
        self.true_now() + TimeDelta::seconds(self.climate.skews[node])
    }

    /// The time as it is, and as the database has it.
    pub fn true_now(&self) -> DateTime<Utc> {
        let elapsed = turmoil::sim_elapsed().unwrap_or_default();
        hour(0).starts_at - self.climate.lead + TimeDelta::from_std(elapsed).unwrap() * SPEED
    }

    /// Whether nothing is held and nothing undecided.
    pub fn is_at_rest(&self) -> bool {
        let is_decided = |op: &OpRecord| op.status != OpStatus::Pending;
        self.store.kept_count() == 0 && self.store.ops().iter().all(is_decided)
    }
}

pub fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()
}

pub fn team_id(number: i32) -> TeamId {
    TeamId(Uuid::from_u128(u128::from(number.unsigned_abs())))
}

pub fn ledger_no(key: LedgerKey) -> LedgerNo {
    let number = i32::try_from(key.team.0.as_u128()).unwrap();
    LedgerNo::of(TeamNo(number), key.day)
}

pub fn member(number: i32) -> MemberId {
    MemberId(Uuid::from_u128(1_000 + u128::from(number.unsigned_abs())))
}

pub fn resource(number: i32) -> ResourceId {
    ResourceId(Uuid::from_u128(2_000 + u128::from(number.unsigned_abs())))
}

/// Everybody and everything whose time can be claimed, and the number it is claimed under.
pub fn holders() -> BTreeMap<HolderId, ResourceNo> {
    let members = (1..=MEMBERS).map(|no| (member(no).into(), ResourceNo(no)));
    let resources =
        (1..=RESOURCES).map(|no| (resource(no).into(), ResourceNo(RESOURCE_NO_FIRST + no)));
    members.chain(resources).collect()
}

/// An hour of the night between the two days, in quarters after 22:00: every ledger works then, so
/// people who are in several of them have something to collide about.
pub fn hour(quarters: u64) -> Slot {
    let evening = first_day().and_hms_opt(22, 0, 0).unwrap().and_utc();
    let starts_at = evening + TimeDelta::minutes(15 * i64::try_from(quarters).unwrap());
    Slot { starts_at, ends_at: starts_at + TimeDelta::hours(1) }
}
