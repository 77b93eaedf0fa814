//! What goes wrong in a run, and when.

use std::sync::Arc;
use std::time::Duration;

use store::simulated::Fault;
use turmoil::Sim;

use crate::chance::Chance;
use crate::city::{CLIENTS, City, NODES, STORE, TEAMS};

/// How long the weather lasts for each request that is made, in milliseconds; then everything is
/// set right.
const WEATHER_MS: u64 = 30;

/// How often something goes wrong at most: once in so many milliseconds.
const MISHAP_MS_MIN: u64 = 200;

/// A change of the weather.
#[derive(Debug, Clone, Copy)]
enum Mishap {
    Crash(&'static str),
    Restart(&'static str),
    /// Letters between the two stay where they are, and arrive when they are let go.
    Hold(&'static str, &'static str),
    /// Letters between the two are gone.
    Cut(&'static str, &'static str),
    Mend(&'static str, &'static str),
    Unreadable,
    Readable,
    Commit(Fault),
    /// Somebody changes a team, and with it what a day that nobody booked yet begins with.
    TeamChanged(i32),
}

/// The mishaps of one run, in order of time.
pub struct Weather {
    city: Arc<City>,
    chance: Chance,
    /// Milliseconds from the start, last first.
    ahead: Vec<(u64, Mishap)>,
    fair_after: u64,
    pub is_fair: bool,
}

impl Weather {
    pub fn of(city: &Arc<City>, ops: usize) -> Self {
        let fair_after = WEATHER_MS * u64::try_from(ops).unwrap();
        let chance = city.chance.branch();
        let mut ahead = Vec::new();
        for _ in 0..chance.within(0..fair_after / MISHAP_MS_MIN + 1) {
            let from = chance.within(50..fair_after);
            let until = from + chance.pick(&[20, 100, 400, 900]);
            ahead.extend(pick(city, &chance, from, until));
        }
        ahead.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Self { city: Arc::clone(city), chance, ahead, fair_after, is_fair: false }
    }

    /// Lets happen what is due.
    pub fn pass(&mut self, sim: &mut Sim<'_>) {
        let now = u64::try_from(sim.elapsed().as_millis()).unwrap();
        for node in std::mem::take(&mut *self.city.doomed.lock().unwrap()) {
            if !self.is_fair {
                self.ahead.push((now + self.chance.within(20..400), Mishap::Restart(node)));
                self.ahead.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
                self.city.trace.note(format_args!("at {now}: {node} dies after a commit"));
                sim.crash(node);
            }
        }
        while let Some((_, mishap)) = self.ahead.pop_if(|(at, _)| *at <= now) {
            self.city.trace.note(format_args!("at {now}: {mishap:?}"));
            self.strike(sim, mishap);
        }
        if !self.is_fair && self.ahead.is_empty() && now >= self.fair_after {
            self.clear(sim);
        }
    }

    fn strike(&self, sim: &mut Sim<'_>, mishap: Mishap) {
        let store = &self.city.store;
        match mishap {
            Mishap::Crash(host) => {
                sim.crash(host);
                if host == STORE {
                    store.crash();
                }
            }
            Mishap::Restart(host) => sim.bounce(host),
            Mishap::Hold(one, other) => sim.hold(one, other),
            Mishap::Cut(one, other) => sim.partition(one, other),
            Mishap::Mend(one, other) => sim.release(one, other),
            Mishap::Unreadable => store.set_readable(false),
            Mishap::Readable => store.set_readable(true),
            Mishap::Commit(fault) => store.plan(fault),
            Mishap::TeamChanged(number) => {
                let team = self.city.team(number, 2);
                self.city.team_changes.lock().unwrap().insert(team.id, self.city.tick());
                store.put_team(team);
            }
        }
    }

    /// Sets everything right: whoever is down gets up, every link carries, nothing gets lost.
    fn clear(&mut self, sim: &mut Sim<'_>) {
        self.is_fair = true;
        self.city.trace.note("fair from now on");
        sim.set_fail_rate(0.0);
        sim.set_max_message_latency(Duration::from_millis(5));
        let nodes = &NODES[..self.city.climate.nodes];
        for node in nodes {
            sim.release(*node, STORE);
            sim.release(CLIENTS, *node);
        }
        for host in nodes.iter().copied().chain([STORE]) {
            if !sim.is_host_running(host) {
                sim.bounce(host);
            }
        }
        self.city.store.set_readable(true);
        self.city.store.land_ghosts();
    }
}

fn pick(city: &City, chance: &Chance, from: u64, until: u64) -> Vec<(u64, Mishap)> {
    let node = chance.pick(&NODES[..city.climate.nodes]);
    let link = if chance.hits(75) { (node, STORE) } else { (CLIENTS, node) };
    let fault = chance.pick(&[
        Fault::UnavailableBefore,
        Fault::AckLost,
        Fault::GhostSooner,
        Fault::GhostLater,
    ]);
    let team = i32::try_from(chance.within(1..u64::try_from(TEAMS).unwrap() + 1)).unwrap();
    let (from_only, pair) =
        (|mishap| vec![(from, mishap)], |mishap, end| vec![(from, mishap), (until, end)]);
    match chance.within(0..100) {
        0..20 => pair(Mishap::Crash(node), Mishap::Restart(node)),
        20..30 => pair(Mishap::Crash(STORE), Mishap::Restart(STORE)),
        30..50 => pair(Mishap::Hold(link.0, link.1), Mishap::Mend(link.0, link.1)),
        50..60 => pair(Mishap::Cut(link.0, link.1), Mishap::Mend(link.0, link.1)),
        60..70 => {
            // The node stands still as far as anybody can tell.
            let links = [(node, STORE), (CLIENTS, node)];
            let both = |make: fn(&'static str, &'static str) -> Mishap, at: u64| {
                links.map(|(one, other)| (at, make(one, other))).to_vec()
            };
            [both(Mishap::Hold, from), both(Mishap::Mend, until)].concat()
        }
        70..74 => pair(Mishap::Unreadable, Mishap::Readable),
        74..97 => from_only(Mishap::Commit(fault)),
        _ => from_only(Mishap::TeamChanged(team)),
    }
}
