//! What the lines of a table mean.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::booking::{Status, Step};
use crate::ids::{
    BookingId, BookingNo, HolderId, MemberId, OpId, OverrideId, ResourceId, ServiceId, TeamId,
};
use crate::ledger::{
    Actor, ActorKind, Alternative, Assignment, Book, Cause, Class, Command, Entry, Ledger,
    LedgerKey, Move, Origin, Prior, Settlement, Take, Waiting,
};
use crate::time::Slot;

/// The words of a line up to its outcome: plain ones in order, and `key=value` or single flags.
pub(super) struct Words<'a> {
    pub(super) line: &'a str,
    pub(super) words: Vec<&'a str>,
}

impl<'a> Words<'a> {
    #[track_caller]
    pub(super) fn at(&self, index: usize) -> &'a str {
        self.words.get(index).unwrap_or_else(|| panic!("word {index} is missing: {}", self.line))
    }

    #[track_caller]
    pub(super) fn number<T: std::str::FromStr>(&self, index: usize) -> T {
        self.at(index).parse().ok().unwrap_or_else(|| panic!("a number, please: {}", self.line))
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    pub(super) fn value_number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        let value = self.value(key)?;
        Some(value.parse().ok().unwrap_or_else(|| panic!("a number, please: {}", self.line)))
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.words.contains(&flag)
    }

    #[track_caller]
    fn op(&self) -> OpId {
        let number = self.value_number("op");
        OpId(Uuid::from_u128(number.unwrap_or_else(|| panic!("which op: {}", self.line))))
    }
}

pub(super) fn cause() -> Cause {
    let actor = Actor { kind: ActorKind::System, id: None };
    Cause { actor, reason: None, request_id: Uuid::nil() }
}

pub(super) fn key() -> LedgerKey {
    let day = NaiveDate::from_ymd_opt(2026, 9, 8).unwrap();
    LedgerKey { team: TeamId(Uuid::nil()), day }
}

/// A name is its own id, so that outcomes can be told in names.
pub(super) fn named(name: &str) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    Uuid::from_bytes(bytes)
}

pub(super) fn name(id: Uuid) -> String {
    id.as_bytes().iter().filter(|byte| **byte > 0).map(|byte| char::from(*byte)).collect()
}

pub(super) fn member(name: &str) -> MemberId {
    MemberId(named(name))
}

pub(super) fn holder(name: &str) -> HolderId {
    HolderId(named(name))
}

/// `9` and `09:30` of the day.
pub(super) fn instant(text: &str) -> DateTime<Utc> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let minutes = 60 * hours.parse::<i64>().unwrap() + minutes.parse::<i64>().unwrap();
    key().day.and_hms_opt(0, 0, 0).unwrap().and_utc() + TimeDelta::minutes(minutes)
}

pub(super) fn slot(text: &str) -> Slot {
    let (from, to) = text.split_once('-').unwrap();
    Slot { starts_at: instant(from), ends_at: instant(to) }
}

fn assignment(text: &str) -> Assignment {
    if text == "_" {
        return Assignment::Nobody;
    }
    if !text.contains('|') {
        return Assignment::Exactly(member(text));
    }
    let (names, preferred) = text.split_once('?').map_or((text, None), |(n, p)| (n, Some(p)));
    // `|` alone: anybody out of nobody.
    let candidates = names.split('|').filter(|name| !name.is_empty()).map(member).collect();
    Assignment::Anyone { candidates, preferred: preferred.map(member) }
}

/// `van|bus,bay`: one of the first two, and the third.
fn needs(words: &Words<'_>) -> Vec<Vec<ResourceId>> {
    let kinds = words.value("needs").map_or(Vec::new(), |kinds| kinds.split(',').collect());
    let named = |kind: &str| kind.split('|').map(|name| ResourceId(named(name))).collect();
    kinds.into_iter().map(named).collect()
}

/// The command that `words` give to `ledger`.
pub(super) fn command(words: &Words<'_>, ledger: &Ledger) -> Command {
    let booking = || BookingId(Uuid::from_u128(words.number(1)));
    let id = || OverrideId(Uuid::from_u128(words.number(1)));
    let rev = words.value_number("rev");
    match words.at(0) {
        "book" => Command::Book(Box::new(book(words, slot(words.at(3))))),
        "move" => Command::Reschedule(Box::new(Move {
            booking: booking(),
            rev,
            slot: slot(words.at(3)),
            busy: slot(words.at(3)),
            assignment: assignment(words.at(2)),
            needs: needs(words),
        })),
        "assign" => {
            let assignment = assignment(words.at(2));
            Command::Assign { booking: booking(), rev, assignment }
        }
        "limit" => Command::SetLimit {
            limit: words.number(1),
            is_inherited: words.has("inherited"),
            reserve: words.value_number("reserve").unwrap_or(0),
        },
        "close" => Command::Close,
        "open" => Command::Open,
        "override" => Command::CreateOverride {
            id: id(),
            delta: words.number(2),
            expires_at: words.value("until").map(instant),
        },
        "revoke" => Command::RevokeOverride { id: id() },
        "displace" => {
            let (team, starts_at) = (key().team, instant("17"));
            let alternatives = vec![Alternative { team, starts_at, member: None }];
            Command::Displace { booking: booking(), alternatives }
        }
        step => match Step::ALL.into_iter().find(|one| one.name() == step) {
            Some(step) if step.is_end() => {
                Command::End { booking: booking(), rev, step, fee: None }
            }
            Some(step) => Command::Progress { booking: booking(), rev, step },
            None => kept(words, ledger),
        },
    }
}

/// A command about a place that is held or waited for.
fn kept(words: &Words<'_>, ledger: &Ledger) -> Command {
    let booking = BookingId(Uuid::from_u128(words.number(1)));
    let to = if words.has("expired") { Status::Expired } else { Status::Cancelled };
    match words.at(0) {
        "hold" => Command::Hold(Box::new(take(words, ledger))),
        "depart" => {
            let rev = words.value_number("rev").unwrap_or(1);
            Command::Depart { op: words.op(), booking, rev }
        }
        "keep" => Command::Settle { op: words.op(), booking, settlement: Settlement::Confirm },
        "release" => {
            Command::Settle { op: words.op(), booking, settlement: Settlement::Release(to) }
        }
        "gone" => {
            let team = TeamId(named("south"));
            let to = LedgerKey { team, ..key() };
            let entry = Box::new(entry(&book(words, slot("17-18")), 2));
            Command::Settle {
                op: words.op(),
                booking,
                settlement: Settlement::Depart { to, entry },
            }
        }
        "join" => {
            let options = words.at(3).split(',').filter(|times| !times.is_empty());
            Command::Join(Box::new(Waiting {
                booking,
                op: words.op(),
                options: options.map(|times| book(words, slot(times))).collect(),
                offer_minutes: words.value_number("stands").unwrap_or(30),
            }))
        }
        "leave" => Command::Leave { booking, to },
        _ => panic!("no such command: {}", words.line),
    }
}

fn take(words: &Words<'_>, ledger: &Ledger) -> Take {
    let book = book(words, slot(words.at(3)));
    let rev = words.value_number("rev");
    let origin = if words.has("here") {
        let mut from = ledger.entries.get(&book.booking).cloned().unwrap_or(entry(&book, 1));
        from.rev = rev.unwrap_or(from.rev);
        Origin::Here(Box::new(from))
    } else if words.has("elsewhere") {
        Origin::Elsewhere(Box::new(entry(&book, rev.unwrap_or(1))))
    } else {
        Origin::New
    };
    Take {
        op: words.op(),
        expires_at: words.value("until").map_or(instant("23"), instant),
        book,
        origin,
        is_visible: words.has("visible"),
        unverified_units_max: words.value_number("share"),
        prior: Prior::Nothing,
    }
}

/// The line that `book` might be in another ledger.
fn entry(book: &Book, rev: u32) -> Entry {
    Entry {
        no: book.no,
        service: book.service,
        units: book.units,
        class: book.class,
        member: None,
        resources: Vec::new(),
        slot: slot("08-09"),
        busy: slot("08-09"),
        status: book.status,
        rev,
        units_past_limit: 0,
    }
}

fn book(words: &Words<'_>, slot: Slot) -> Book {
    Book {
        booking: BookingId(Uuid::from_u128(words.number(1))),
        no: BookingNo(words.number(1)),
        service: ServiceId(named(words.value("service").unwrap_or("any"))),
        units: words.value_number("units").unwrap_or(1),
        class: if words.has("emergency") { Class::Emergency } else { Class::Standard },
        slot,
        busy: slot,
        assignment: words.words.get(2).map_or(Assignment::Nobody, |who| assignment(who)),
        needs: needs(words),
        status: if words.has("pending") { Status::Pending } else { Status::Confirmed },
        service_units_max: words.value_number("cap"),
        may_pass_limit: words.has("grant"),
    }
}
