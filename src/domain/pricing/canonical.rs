//! The one spelling of what a quote was asked for and of what it came to.
//!
//! Only ids, numbers and codes are in it, so nothing needs quoting, and two quotes have equal texts
//! exactly when they promise the same. Names are left out: a rule that is called otherwise costs
//! the same. The tests pin the texts, because promises that were signed yesterday must hold today.

use std::fmt::Write as _;

use super::quote::{Label, Line, Quote};
use crate::ledger::Class;

/// What the client asked for.
pub(super) fn inputs(quote: &Quote) -> String {
    let visit = &quote.visit;
    let class = match visit.class {
        Class::Standard => "standard",
        Class::Emergency => "emergency",
    };
    let promos: Vec<String> = quote.promos.iter().map(ToString::to_string).collect();
    format!(
        "service={};team={};at={};units={};class={class};currency={};promos={}",
        visit.service,
        visit.team,
        visit.slot.starts_at.timestamp_micros(),
        visit.units,
        quote.total.currency,
        promos.join(","),
    )
}

/// What it came to.
pub(super) fn outcome(quote: &Quote) -> String {
    let mut text = String::with_capacity(64 * (quote.lines.len() + 1));
    for line in &quote.lines {
        let code = line.label.code();
        // Writing to a string cannot fail.
        let _ = write!(text, "{code}:{}:{};", id(line), line.amount);
    }
    let _ = write!(text, "total={}:{}", quote.total.amount, quote.total.currency);
    if let Some(tax) = quote.tax {
        let _ = write!(text, ";net={};tax={}", tax.net, tax.tax);
    }
    text
}

/// Whose line it is, when it is a rule's.
fn id(line: &Line) -> String {
    match &line.label {
        Label::Surcharge { rule, .. } => rule.to_string(),
        Label::Promo { promo, .. } => promo.to_string(),
        Label::Base
        | Label::Duration { .. }
        | Label::Units { .. }
        | Label::Rounding { .. }
        | Label::Tax { .. }
        | Label::TaxIncluded { .. }
        | Label::Conversion { .. } => String::new(),
    }
}
