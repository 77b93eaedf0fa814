//! Anti-entropy: whatever is watched here is compared with storage once a second.
//!
//! This is how another node's commits arrive, and how anything that was missed is made good. What
//! is found takes the same way as a commit of our own, so it is told apart from one by its sequence
//! number alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::ledger::{Class, Event, LedgerKey, LedgerNo, Recorded};

use super::channel::Channel;
use super::frames::{Close, Refused};
use super::hub::Hub;
use super::identity::{Identity, Standing};
use super::limits::SWEEP_EVERY;
use super::outlet::{Outlet, REIDENTIFY};
use super::ports::{Snapshots, Unavailable};
use super::topics::Topic;
use crate::actors::{Committed, CommittedSink, Said};

/// Most ledgers whose versions are asked for at once.
const VERSIONS_MAX: usize = 500;

/// How long a commit of our own may take from storage to here before it counts as somebody else's.
const OWN_COMMIT_DELAY: Duration = Duration::from_millis(50);

/// How much older than the last sweep an event of an unknown ledger may be and still be news: a
/// command's deadline, and the difference between two nodes' clocks.
const NEWS_AGE: TimeDelta = TimeDelta::seconds(30);

/// Most sessions looked up in one sweep, to learn what other nodes made of them.
const SESSIONS_MAX: usize = 50;

/// What a sweep remembers for the next one.
struct Sweeper {
    /// The connection whose session was looked up last.
    checked_no: Option<u64>,
    /// Versions of ledgers that stand behind a followed booking.
    seen: HashMap<LedgerNo, u64>,
    /// When storage last answered everything.
    last_at: DateTime<Utc>,
}

/// Sweeps until the hub is gone.
pub async fn run(hub: Weak<Hub>) {
    let Some(last_at) = hub.upgrade().map(|hub| hub.renderer.ambient.now()) else { return };
    let mut sweeper = Sweeper { checked_no: None, seen: HashMap::new(), last_at };
    loop {
        let Some(hub) = hub.upgrade() else { return };
        tokio::select! {
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            () = hub.sweep_now.notified() => {}
        }
        let began_at = hub.renderer.ambient.now();
        match sweeper.sweep(&hub).await {
            Ok(()) => sweeper.last_at = began_at,
            Err(refused) => tracing::warn!(?refused, "storage does not answer the sweep"),
        }
    }
}

impl Sweeper {
    async fn sweep(&mut self, hub: &Arc<Hub>) -> Result<(), Refused> {
        let channels = hub.all_channels();
        restate_where_overrides_ended(hub, &channels, self.last_at);
        let mut stale = self.stale_ledgers(hub, &channels).await?;
        if has_wide_log(&channels) {
            let since = self.last_at - NEWS_AGE;
            let changed = hub.blocking(move |from| from.changed_since(since)).await?;
            let is_news = |(key, version): &(LedgerKey, u64)| {
                hub.heard(*key).is_none_or(|heard| heard < *version)
            };
            stale.extend(changed.into_iter().filter(is_news));
        }
        if !stale.is_empty() {
            tokio::time::sleep(OWN_COMMIT_DELAY).await;
        }
        let behind =
            std::mem::take(&mut *hub.behind.lock().unwrap_or_else(PoisonError::into_inner));
        let late = stale.into_iter().filter(|(key, version)| is_behind(hub, *key, *version));
        let mut to_load: BTreeSet<LedgerKey> = late.map(|(key, _)| key).collect();
        to_load.extend(behind);
        for key in to_load {
            self.catch_up(hub, key).await?;
        }
        hub.catch_up_payments(self.last_at - NEWS_AGE).await?;
        if hub.renderer.ports.snapshots.is_shared() {
            self.check_sessions(hub).await?;
        }
        Ok(())
    }

    /// Looks up some sessions that are connected here, in turn: another node may have ended them.
    async fn check_sessions(&mut self, hub: &Arc<Hub>) -> Result<(), Refused> {
        let mut signed_in: Vec<(u64, Arc<Outlet>, Arc<Identity>)> = hub
            .connections
            .all()
            .into_iter()
            .filter(|outlet| self.checked_no.is_none_or(|checked_no| outlet.no > checked_no))
            .filter_map(|outlet| Some((outlet.no, Arc::clone(&outlet), outlet.identity()?)))
            .filter(|(_, _, identity)| identity.session.is_some())
            .collect();
        signed_in.sort_unstable_by_key(|(no, _, _)| *no);
        signed_in.truncate(SESSIONS_MAX);
        self.checked_no = signed_in.last().map(|(no, _, _)| *no);
        for (_, outlet, known) in signed_in {
            let Some(session) = known.session else { continue };
            let identities = Arc::clone(&hub.renderer.ports.identities);
            let standing = hub.waiting(move || identities.of_session(&session)).await?;
            match standing {
                Standing::Known(identity) if identity == *known => {}
                Standing::Known(_) => outlet.order(REIDENTIFY, hub.now_ms()),
                Standing::LoggedOut => outlet.close(Close::LoggedOut, hub.now_ms()),
                Standing::Banned => outlet.close(Close::Banned, hub.now_ms()),
            }
        }
        Ok(())
    }

    /// Ledgers behind what is followed whose stored version is newer than what is known here.
    async fn stale_ledgers(
        &mut self,
        hub: &Arc<Hub>,
        channels: &[Arc<Channel>],
    ) -> Result<BTreeMap<LedgerKey, u64>, Refused> {
        let mut known: BTreeMap<LedgerNo, (LedgerKey, u64)> = BTreeMap::new();
        for channel in channels {
            if let Some(request) = channel.request() {
                let seen = self.seen.get(&request.no).copied().unwrap_or(0);
                known.entry(request.no).or_insert((request.key, seen));
            }
        }
        self.seen.retain(|no, _| known.contains_key(no));
        for channel in channels {
            if let Some((ledger, no)) = channel.watched_ledger() {
                known.insert(no, (ledger.key, ledger.version));
            }
        }
        let mut stale = BTreeMap::new();
        let known: Vec<_> = known.into_iter().collect();
        for lot in known.chunks(VERSIONS_MAX) {
            let numbers: Vec<LedgerNo> = lot.iter().map(|(no, _)| *no).collect();
            let versions = hub.blocking(move |from| from.versions(&numbers)).await?;
            for ((no, (key, known)), version) in lot.iter().zip(versions) {
                self.seen.insert(*no, version);
                if version > *known {
                    stale.insert(*key, version);
                }
            }
        }
        Ok(stale)
    }

    /// Publishes what storage has of a ledger beyond what was published.
    async fn catch_up(&self, hub: &Arc<Hub>, key: LedgerKey) -> Result<(), Refused> {
        let heard = hub.heard(key);
        let read = hub.blocking(move |from| {
            let events = from.events_after(key, heard.unwrap_or(0))?;
            let said = said_in_need(from, &events)?;
            Ok(from.ledger(key)?.map(|(ledger, no)| (ledger, no, events, said)))
        });
        let Some((ledger, no, mut events, said)) = read.await? else { return Ok(()) };
        if heard.is_none() {
            let oldest = self.last_at - NEWS_AGE;
            events.retain(|recorded| recorded.at >= oldest);
            let before = events.first().map_or(ledger.version, |first| first.seq - 1);
            hub.note_heard(key, before);
        }
        hub.intake.committed(&Committed { ledger, no, events: events.into(), said });
        Ok(())
    }
}

/// What was said in the emergencies that `events` tell of.
fn said_in_need(from: &dyn Snapshots, events: &[Recorded]) -> Result<Said, Unavailable> {
    let mut said = Vec::new();
    for recorded in events {
        let Event::Booked { booking, entry } = &recorded.event else { continue };
        if entry.class != Class::Emergency {
            continue;
        }
        let details = from.request(*booking)?.and_then(|request| request.said);
        said.extend(details.map(|details| (*booking, details)));
    }
    Ok(said.into())
}

/// Whether nothing here has reached that version of the ledger yet.
fn is_behind(hub: &Hub, key: LedgerKey, version: u64) -> bool {
    let board = hub.find_channel(Topic::Availability { team: key.team, day: key.day });
    let shown = board.and_then(|channel| channel.newest()).map(|position| position.seq);
    let is_shown = shown.is_none_or(|seq| seq >= version);
    let is_heard = hub.heard(key).is_some_and(|heard| heard >= version);
    !is_shown || !is_heard
}

/// Whether anybody follows a log that is not of one ledger.
fn has_wide_log(channels: &[Arc<Channel>]) -> bool {
    let is_wide = |topic| matches!(topic, Topic::Team(_) | Topic::Admin(_) | Topic::Inbox(_));
    channels.iter().any(|channel| is_wide(channel.topic))
}

/// An override ends by the clock, without an event: whoever follows such a day begins anew.
fn restate_where_overrides_ended(hub: &Hub, channels: &[Arc<Channel>], last_at: DateTime<Utc>) {
    let now = hub.renderer.ambient.now();
    for channel in channels {
        let Some((ledger, _)) = channel.watched_ledger() else { continue };
        let mut ends = ledger.overrides.values().filter_map(|one| one.expires_at);
        if ends.any(|at| last_at < at && at <= now) {
            hub.publishing(|n| channel.restate(n, hub.now_ms()));
        }
    }
}
