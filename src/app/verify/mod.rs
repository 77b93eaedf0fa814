//! Reading back everything that was written, and saying whether it holds together.
//!
//! Seven questions, each answered from storage alone: does every ledger's history keep the promises
//! (`domain::history`, which shares no code with the rules)? Does replaying it by the rules give
//! what the ledger's rows say? Did all ledgers do what was decided for several of them? Is there
//! anything no transaction of ours can leave behind, such as a promo that is used more or less
//! often than bookings say? Do the lines of every price come to its total? Does every payment stand
//! as its facts say, with no money kept for nothing? Is the audit trail unbroken, and does it hold
//! an entry for every event that owes one?
//!
//! Works through the days in order, some at a time, so that memory is bounded by the teams there
//! are and not by how long they have been in business; of operations the names are kept. May run
//! beside a serving process: what is committed meanwhile is either seen whole or left for the next
//! run.

mod operations;
mod payments;
mod prices;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta};
use domain::audit::{ChainCheck, draft_for};
use domain::history::{LedgerHistory, check_histories};
use domain::ids::{TeamId, TeamNo};
use domain::ledger::{Ledger, LedgerKey, LedgerNo};
use store::records::{AuditQuery, BookingQuery, BookingSort};
use store::{Store, StoreError};

use self::operations::Involved;

/// Ledgers listed in one query.
const KEYS_PAGE_LEN: u32 = 4096;

/// A window of days is closed at the first midnight after this many ledgers.
const WINDOW_LEDGERS: usize = 2048;

/// How far apart two local days can be and still share an instant: zones differ by up to 26 hours,
/// and buffers reach past midnight.
const OVERLAP_DAYS: i64 = 2;

/// Audit entries read in one query.
const AUDIT_PAGE_LEN: u32 = 4096;

/// Bookings read in one query.
const BOOKINGS_PAGE_LEN: u16 = 1000;

/// Most inconsistencies asked of the database. Beyond that the number no longer matters.
const INCONSISTENCIES_MAX: u16 = 1000;

/// Something that does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Which check found it: `history`, `replay`, `operations`, `rows`, `prices`,
    /// `payments`, `audit`.
    pub check: &'static str,
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.detail)
    }
}

/// What was looked at, and how much of it was wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    pub ledgers_count: u64,
    pub events_count: u64,
    pub audit: AuditReport,
    pub findings_count: u64,
}

/// What the audit trail is, as far as it holds together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditReport {
    pub entries_count: u64,
    /// Hash of the last entry. Whoever remembers it can tell later whether the trail was rewritten.
    pub head: [u8; 32],
    pub is_intact: bool,
}

/// Checks everything. Each finding goes to `found` as soon as it is known. Blocking, and long.
///
/// # Errors
///
/// [`StoreError`] when something cannot be read; what was found until then has been told.
pub fn verify(store: &Store, found: &mut dyn FnMut(&Finding)) -> Result<Report, StoreError> {
    let mut run = Run { store, found, report: Report::default(), owed: BTreeSet::new() };
    let involved = run.ledgers()?;
    run.operations(&involved)?;
    run.rows()?;
    run.prices_and_payments()?;
    run.audit()?;
    Ok(run.report)
}

/// Checks the audit trail alone. Blocking.
///
/// # Errors
///
/// As [`verify`].
pub fn verify_audit(
    store: &Store,
    found: &mut dyn FnMut(&Finding),
) -> Result<AuditReport, StoreError> {
    let mut run = Run { store, found, report: Report::default(), owed: BTreeSet::new() };
    run.audit()?;
    Ok(run.report.audit)
}

/// One verification under way.
struct Run<'a> {
    store: &'a Store,
    found: &'a mut dyn FnMut(&Finding),
    report: Report,
    /// Events whose audit entry has not been seen yet.
    owed: BTreeSet<(LedgerNo, u64)>,
}

impl Run<'_> {
    fn tell(&mut self, check: &'static str, detail: String) {
        self.report.findings_count += 1;
        (self.found)(&Finding { check, detail });
    }

    /// Checks the histories of all ledgers, window by window, and answers which operations they
    /// tell of. Neighbouring windows share
    /// [`OVERLAP_DAYS`], so that a person in two teams is never split between them.
    fn ledgers(&mut self) -> Result<Involved, StoreError> {
        let mut involved = Involved::begin(self.store)?;
        let (days, numbers) = self.keys()?;
        let mut window: Vec<LedgerHistory> = Vec::new();
        let (mut fresh_count, mut told) = (0, BTreeSet::new());
        let mut days = days.into_iter().peekable();
        while let Some((day, keys)) = days.next() {
            for key in keys {
                let Some(history) = self.compared_history(key)? else { continue };
                involved.note(&history);
                self.owe(&history, numbers.get(&key.team).copied());
                fresh_count += 1;
                window.push(history);
            }
            if fresh_count >= WINDOW_LEDGERS || days.peek().is_none() {
                told = self.check_window(&window, &told);
                let kept_from = day - TimeDelta::days(OVERLAP_DAYS);
                window.retain(|history| history.key.day > kept_from);
                fresh_count = 0;
            }
        }
        Ok(involved)
    }

    /// Every ledger that was ever written, by day, and the numbers of the teams.
    fn keys(&self) -> Result<(Days, BTreeMap<TeamId, TeamNo>), StoreError> {
        let teams = self.store.catalog.load_catalog()?.teams;
        let numbers: BTreeMap<TeamId, TeamNo> =
            teams.into_iter().map(|team| (team.id, team.no)).collect();
        let (mut days, mut after) = (Days::new(), None);
        loop {
            let page =
                self.store.ledgers.ledgers_since(DateTime::UNIX_EPOCH, after, KEYS_PAGE_LEN)?;
            let Some(last) = page.last() else { break };
            let team = numbers.get(&last.team).copied().ok_or_else(|| {
                StoreError::Corrupt(format!("a ledger of team {}, which is not there", last.team))
            })?;
            after = Some(LedgerNo::of(team, last.day));
            for key in page {
                days.entry(key.day).or_default().push(key);
            }
        }
        Ok((days, numbers))
    }

    /// A ledger's history, after comparing what it leads to with what the rows say.
    ///
    /// The rows are read first: whatever is written between the two reads only makes the history
    /// longer than what the rows are compared with.
    fn compared_history(&mut self, key: LedgerKey) -> Result<Option<LedgerHistory>, StoreError> {
        let Some(loaded) = self.store.ledgers.load(key)? else { return Ok(None) };
        let Some(history) = self.store.ledgers.history(key)? else { return Ok(None) };
        self.report.ledgers_count += 1;
        self.report.events_count += u64::try_from(history.events.len()).unwrap_or(u64::MAX);
        self.compare(&history, &loaded.ledger);
        Ok(Some(history))
    }

    /// Compares the ledger that the rules make of `history` with the `stored` one.
    fn compare(&mut self, history: &LedgerHistory, stored: &Ledger) {
        let written = history.events.last().map_or(0, |last| last.seq);
        if written < stored.version {
            let (key, version) = (name(history.key), stored.version);
            self.tell(
                "replay",
                format!("{key}: at version {version}, but events end at {written}"),
            );
            return;
        }
        // The rules trust what they fold; what breaks a promise is reported by the other check.
        if !check_histories(std::slice::from_ref(history)).is_empty() {
            return;
        }
        let until = history.events.partition_point(|one| one.seq <= stored.version);
        let events = history.events.get(..until).unwrap_or_default();
        let replayed = Ledger::replay(history.key, history.epoch, history.opening, events);
        if let Some(part) = replayed.difference(stored) {
            let key = name(history.key);
            self.tell("replay", format!("{key}: stored {part} is not what its events lead to"));
        }
    }

    /// Notes which of the events must have an audit entry.
    fn owe(&mut self, history: &LedgerHistory, team: Option<TeamNo>) {
        let Some(team) = team else { return };
        let no = LedgerNo::of(team, history.key.day);
        let owed = history.events.iter().filter(|one| draft_for(history.key, no, one).is_some());
        self.owed.extend(owed.map(|recorded| (no, recorded.seq)));
    }

    /// Checks some histories together, and answers what was found, so that the next window, which
    /// shares some of them, does not tell it again.
    fn check_window(
        &mut self,
        window: &[LedgerHistory],
        told: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let violations: BTreeSet<String> =
            check_histories(window).iter().map(ToString::to_string).collect();
        for detail in violations.difference(told) {
            self.tell("history", detail.clone());
        }
        violations
    }

    fn rows(&mut self) -> Result<(), StoreError> {
        for detail in self.store.health.inconsistencies(INCONSISTENCIES_MAX)? {
            self.tell("rows", detail);
        }
        Ok(())
    }

    /// Adds up what every booking says that its price is made of. That promos are used as often as
    /// bookings say is among the questions that the database answers itself.
    fn prices_and_payments(&mut self) -> Result<(), StoreError> {
        let mut query = BookingQuery {
            sort: BookingSort::OldestFirst,
            limit: BOOKINGS_PAGE_LEN,
            ..BookingQuery::default()
        };
        loop {
            let page = self.store.bookings.bookings(&query)?;
            for record in &page.items {
                if let Some(fault) = prices::fault(&record.draft.price) {
                    self.tell("prices", format!("booking {}: {fault}", record.id));
                }
                if let Some(fault) = payments::fault(record) {
                    self.tell("payments", format!("booking {}: {fault}", record.id));
                }
            }
            let Some(next) = page.next else { return Ok(()) };
            query.cursor = Some(next);
        }
    }

    /// Follows the audit trail to its end or its first break.
    fn audit(&mut self) -> Result<(), StoreError> {
        let mut check = ChainCheck::default();
        loop {
            let query =
                AuditQuery { after: check.count, limit: AUDIT_PAGE_LEN, ..AuditQuery::default() };
            let page = self.store.audit.audit(&query)?;
            if page.is_empty() {
                break;
            }
            for entry in &page {
                if let Err(broken) = check.push(entry) {
                    self.report.audit = AuditReport {
                        entries_count: check.count,
                        head: check.head,
                        is_intact: false,
                    };
                    self.tell("audit", broken.to_string());
                    return Ok(());
                }
                if let Some(place) = entry.draft.ledger {
                    self.owed.remove(&place);
                }
            }
        }
        self.report.audit =
            AuditReport { entries_count: check.count, head: check.head, is_intact: true };
        for (no, seq) in std::mem::take(&mut self.owed) {
            self.tell("audit", format!("event {seq} of ledger {} has no entry", no.0));
        }
        Ok(())
    }
}

/// Ledgers by day.
type Days = BTreeMap<NaiveDate, Vec<LedgerKey>>;

/// How findings call a ledger.
fn name(key: LedgerKey) -> String {
    format!("ledger {} {}", key.team, key.day)
}
