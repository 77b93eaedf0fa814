//! What taking part in several ledgers costs one client, beside what one booking costs it: a series
//! over fifty-two weeks, and a move to another day.

use std::time::{Duration, Instant};

use domain::ids::MemberId;
use serde_json::{Value, json};

use crate::harness::{Client, Engine, Plan, Site, new_key};
use crate::report::{Goal, Report, Verdict};
use crate::scenarios::judge;
use crate::sides::{Program, Side, plenty};

/// Occurrences of the series: a visit a week, for a year.
const WEEKS: u32 = 52;
const WEEKS_DAYS: i64 = 364;
/// Where the first week begins, in days from now.
const FIRST_DAY: i64 = 7;
/// People: each measured request has one of its own, so that nothing is ever in its way.
const MEMBERS: usize = 12;
/// Series, and years of single bookings, in each round.
const SERIES_PER_ROUND: usize = 4;

/// Latencies of one client.
#[derive(Default)]
struct Latencies {
    single: Vec<Duration>,
    year_of_singles: Vec<Duration>,
    series: Vec<Duration>,
    moved: Vec<Duration>,
}

/// Measures round by round in turn, one request at a time.
pub fn operations(report: &mut Report, rounds: usize, engine: Engine) {
    let first = report.verdicts.len();
    let side =
        Side::start_on(engine, Program::Ours, &[], Plan { members_count: MEMBERS, ..plenty() });
    let (caller, roomy) = (side.client(), side.site());
    let mut latencies = Latencies::default();
    let mut quarter = 0;
    for round in 1..=rounds {
        println!("  round {round} of {rounds}");
        for turn in 0..SERIES_PER_ROUND {
            let member = roomy.members[turn % MEMBERS];
            // Twice: the first of each pair finds ledgers that nobody has asked for a while.
            latencies.series.push(series(&caller, roomy, member, quarter));
            quarter += 1;
            latencies.singles(&caller, roomy, member, quarter);
            quarter += 1;
        }
    }
    let name = |what: &str| format!("{engine:?} {what}");
    let Latencies { single, year_of_singles, series, moved } = latencies;
    let (single, year) = (median_ms(single), median_ms(year_of_singles));
    let (series, moved) = (median_ms(series), median_ms(moved));
    let mut say = |what: &str, value: f64, unit: &'static str, goal: Goal| {
        report.verdicts.push(Verdict { name: name(what), value, unit, goal, is_void: false });
    };
    say("one booking, one client, p50", single, " ms", Goal::Shown);
    say("series of 52, p50", series, " ms", Goal::Shown);
    say("move to another day, p50", moved, " ms", Goal::Shown);
    say("series of 52 ÷ one booking", series / single, "×", Goal::AtMost(4.0));
    say("series of 52 ÷ 52 bookings one by one", series / year, "×", Goal::AtMost(0.15));
    say("move to another day ÷ one booking", moved / single, "×", Goal::Shown);
    judge(report, first, vec![("operations", side)]);
}

/// Books a year of weeks at once.
fn series(client: &Client, site: &Site, member: MemberId, quarter: u32) -> Duration {
    let mut body = wish(site, member, FIRST_DAY, quarter);
    body["recurrence"] = json!({ "frequency": "weekly", "interval": 1, "count": WEEKS });
    let (took, made) = timed(|| client.post(BOOKINGS).key(&new_key()).json(&body).send().json());
    let count = made["series"]["occurrences"].as_array().map_or(0, Vec::len);
    assert_eq!(count, usize::try_from(WEEKS).unwrap(), "{made}");
    took
}

impl Latencies {
    /// Books the same weeks one by one, and moves one of the visits to the day after.
    fn singles(&mut self, client: &Client, site: &Site, member: MemberId, quarter: u32) {
        let mut year = Duration::ZERO;
        let mut last = Value::Null;
        for week in 0..i64::from(WEEKS) {
            let body = wish(site, member, FIRST_DAY + week * 7, quarter);
            let send = || client.post(BOOKINGS).key(&new_key()).json(&body).send();
            let (took, answer) = timed(send);
            assert_eq!(answer.status, 201, "{}", answer.text());
            self.single.push(took);
            year += took;
            last = answer.json();
        }
        self.year_of_singles.push(year);
        let to = wish(site, member, WEEKS_DAYS + FIRST_DAY - 6, quarter);
        let id = last["id"].as_str().unwrap();
        let token = crate::harness::capability(&last).unwrap();
        let path = format!("{BOOKINGS}/{id}/reschedule");
        let body = json!({ "startsAt": to["startsAt"] });
        let bearer = format!("Bearer {token}");
        let ask = || client.post(&path).header("authorization", &bearer).if_match(1);
        let send = || ask().key(&new_key()).json(&body).send();
        let (took, answer) = timed(send);
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.moved.push(took);
    }
}

const BOOKINGS: &str = "/api/portal/service-requests";

fn wish(site: &Site, member: MemberId, days_ahead: i64, quarter: u32) -> Value {
    let mut wish = site.wish(site.day(days_ahead), quarter * 15);
    wish.member = Some(member);
    wish.body()
}

fn timed<Out>(work: impl FnOnce() -> Out) -> (Duration, Out) {
    let began = Instant::now();
    let out = work();
    (began.elapsed(), out)
}

fn median_ms(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took[took.len() / 2].as_secs_f64() * 1000.0
}
