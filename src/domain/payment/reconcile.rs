//! Our books beside the provider's: what agrees, what does not, and what puts it right.
//!
//! [`compare`] looks at what was read and decides nothing by itself: a difference comes with the
//! [`Fix`] it needs, so that a report can be written before anything is changed, and a run that is
//! killed can be run again. Once the fixes are made, the same comparison finds everything matched.

use std::collections::{BTreeMap, BTreeSet};

use super::{Attempt, AttemptNo, Checkout, Facts, SessionRef};
use crate::ids::BookingId;
use crate::money::Currency;

/// Names one attempt of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptKey {
    pub booking: BookingId,
    pub attempt: AttemptNo,
}

/// A page at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    /// The attempt that the page says it is for.
    pub bound_to: Option<AttemptKey>,
    pub facts: Facts,
}

/// What comparing one attempt or one page came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Matched,
    /// The provider knows more than we do, and nothing contradicts.
    Behind,
    /// A page at the provider that no attempt of ours is about.
    MissingHere,
    /// An attempt of ours that the provider has no page for.
    MissingThere,
    /// Both know it, and the money differs from what was asked for or was known before.
    AmountDiffers,
}

impl Verdict {
    /// The name in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Behind => "behind",
            Self::MissingHere => "missing_here",
            Self::MissingThere => "missing_there",
            Self::AmountDiffers => "amount_differs",
        }
    }
}

/// What puts a difference right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fix {
    Nothing,
    /// Join what the provider knows to what we know.
    Apply,
    /// Write the page down as the one of this attempt, then apply.
    Adopt(AttemptKey),
    /// Ask for the page again, under the same key: the first time may never have arrived.
    AskAgain,
    /// Write down that there is no page, so that the attempt is over.
    GiveUp,
    /// Close a page that nobody should pay.
    Close,
    /// A person has to look.
    Review,
}

impl Fix {
    /// The name in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Apply => "apply",
            Self::Adopt(_) => "adopt",
            Self::AskAgain => "ask_again",
            Self::GiveUp => "give_up",
            Self::Close => "close",
            Self::Review => "review",
        }
    }
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub ours: Option<AttemptKey>,
    pub session: Option<SessionRef>,
    pub verdict: Verdict,
    pub fix: Fix,
}

/// Compares every attempt of `ours` and every page of `theirs`, each exactly once: ours first, in
/// their order, then the pages that none of them is about.
pub fn compare(
    ours: &BTreeMap<AttemptKey, Attempt>,
    theirs: &BTreeMap<SessionRef, Theirs>,
) -> Vec<Finding> {
    let known: BTreeSet<&SessionRef> =
        ours.values().filter_map(|attempt| attempt.session.as_ref()).collect();
    let mut orphans: BTreeMap<AttemptKey, &SessionRef> = BTreeMap::new();
    for (session, page) in theirs.iter().filter(|(session, _)| !known.contains(session)) {
        if let Some(key) = page.bound_to {
            orphans.entry(key).or_insert(session);
        }
    }
    let mut findings = Vec::new();
    let mut adopted: BTreeSet<&SessionRef> = BTreeSet::new();
    for (key, attempt) in ours {
        let orphan = orphans.get(key).copied().filter(|_| attempt.session.is_none());
        adopted.extend(orphan);
        let session = attempt.session.as_ref().or(orphan);
        let page = session.and_then(|session| theirs.get(session));
        let (verdict, fix) = match page {
            None => missing_there(attempt),
            Some(page) if attempt.session.is_none() => {
                (against(*key, attempt, page).0.max(Verdict::Behind), Fix::Adopt(*key))
            }
            Some(page) => against(*key, attempt, page),
        };
        findings.push(Finding { ours: Some(*key), session: session.cloned(), verdict, fix });
    }
    for (session, page) in theirs {
        if !known.contains(session) && !adopted.contains(session) {
            let fix = missing_here(&page.facts);
            let (session, verdict) = (Some(session.clone()), Verdict::MissingHere);
            findings.push(Finding { ours: None, session, verdict, fix });
        }
    }
    findings
}

/// Compares an attempt with its page.
fn against(key: AttemptKey, attempt: &Attempt, page: &Theirs) -> (Verdict, Fix) {
    let is_misbound = page.bound_to != Some(key);
    let joined = attempt.facts.clone().join(&page.facts);
    let asked = attempt.asked;
    let fits = |facts: &Facts| {
        let mut received = facts.received.iter();
        received.all(|(currency, amount)| *currency == asked.currency && *amount == asked.amount)
    };
    let is_lost = |currency: &Currency| {
        joined.received_in(*currency) > page.facts.received_in(*currency)
            || joined.refunded_in(*currency) > page.facts.refunded_in(*currency)
    };
    if is_misbound || !fits(&page.facts) || joined.received.keys().any(is_lost) {
        // What is known already has raised its question: see `Payment::doubts`.
        let is_known = same_knowledge(&attempt.facts, &page.facts);
        return (Verdict::AmountDiffers, if is_known { Fix::Review } else { Fix::Apply });
    }
    if same_knowledge(&attempt.facts, &joined) {
        (Verdict::Matched, Fix::Nothing)
    } else {
        (Verdict::Behind, Fix::Apply)
    }
}

/// Whether both say the same, whenever they were read.
fn same_knowledge(left: &Facts, right: &Facts) -> bool {
    let undated = |facts: &Facts| Facts { read_at: None, told_at: None, ..facts.clone() };
    undated(left) == undated(right)
}

/// The provider has no such page.
fn missing_there(attempt: &Attempt) -> (Verdict, Fix) {
    let fix = match attempt.facts.checkout {
        _ if attempt.facts.keeps_money() => Fix::Review,
        // It was never there, and we know.
        Checkout::Refused => return (Verdict::Matched, Fix::Nothing),
        Checkout::Asked if attempt.session.is_none() => Fix::AskAgain,
        Checkout::Asked | Checkout::Open => Fix::GiveUp,
        Checkout::Expired | Checkout::CompleteUnpaid | Checkout::CompletePaid => Fix::Review,
    };
    (Verdict::MissingThere, fix)
}

/// No attempt of ours is about this page.
fn missing_here(page: &Facts) -> Fix {
    if page.keeps_money() || page.intent == super::Intent::Processing {
        return Fix::Review;
    }
    match page.checkout {
        Checkout::Open => Fix::Close,
        Checkout::CompleteUnpaid | Checkout::CompletePaid => Fix::Review,
        Checkout::Asked | Checkout::Refused | Checkout::Expired => Fix::Nothing,
    }
}
