//! The language of the tables.
//!
//! `base`, `rule`, `tax`, `step`, `promo`, `rates`, `zone` set the scene, each line adding to what
//! stands above it. `at <local start> <options> => <lines> = <total>` is a case.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Weekday};
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::promo::{ClientFacts, PromoFacts, PromoLimits, PromoState, Usable};
use super::super::*;
use crate::ids::{ServiceId, SurchargeId, TeamId};
use crate::ledger::Class;
use crate::money::{BasisPoints, Currency, Money};
use crate::time::{Slot, resolve_local};

pub fn service(no: u128) -> ServiceId {
    ServiceId(Uuid::from_u128(no))
}

pub fn team(no: u128) -> TeamId {
    TeamId(Uuid::from_u128(no))
}

pub fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

pub fn eur(amount: i64) -> Money {
    Money { amount, currency: Currency::EUR }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

/// A service of ninety minutes for 100.00 EUR, at a team in Berlin, and nothing else.
pub struct Scene {
    pub zone: Tz,
    pub price: ServicePrice,
    pub list: PriceList,
    pub promos: Vec<(Promo, PromoFacts)>,
    pub rates: RateTable,
}

impl Default for Scene {
    fn default() -> Self {
        let base = Base::PerVisit { amount: 10_000 };
        let (source, day) = ("test".to_owned(), day("2026-06-01"));
        Self {
            zone: chrono_tz::Europe::Berlin,
            price: ServicePrice { currency: Currency::EUR, base, tax: None },
            list: PriceList::default(),
            promos: Vec::new(),
            rates: RateTable { source, day, rates: BTreeMap::new() },
        }
    }
}

/// Runs a table. Every case is tried, and all that went wrong is told at once.
pub fn check(table: &str) {
    let mut scene = Scene::default();
    let mut wrong = Vec::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("at ") {
            None => scene.read(line),
            Some(case) => {
                let (asked, expected) = case.split_once("=>").unwrap();
                let got = scene.answer(asked.trim());
                if got != expected.trim() {
                    wrong.push(format!("{line}\n   got {got}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// A quote in one line.
pub fn shown(quote: &Quote) -> String {
    let lines: Vec<String> =
        quote.lines.iter().map(|line| format!("{} {}", line.label.code(), line.amount)).collect();
    format!("{} = {}", lines.join(", "), quote.total.amount)
}

/// An error in a few words.
fn refused(error: &PricingError) -> String {
    match error {
        PricingError::Promo { refusal: PromoRefusal::NotApplicable(why), .. } => {
            format!("not-applicable {}", why.name())
        }
        PricingError::Promo { refusal: PromoRefusal::Invalid(why), .. } => {
            format!("invalid: {}", why.name())
        }
        PricingError::Promo { refusal: PromoRefusal::Exhausted { of, limit }, .. } => {
            format!("exhausted {} {limit}", of.name())
        }
        other => other.to_string(),
    }
}

impl Scene {
    pub fn of(table: &str) -> Self {
        let mut scene = Self::default();
        table.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|l| scene.read(l));
        scene
    }

    pub fn tariff(&self) -> Tariff {
        Tariff::new(service(1), self.price.clone(), &self.list).unwrap()
    }

    pub fn exchange(&self, to: &str) -> Exchange {
        let pair = (self.price.currency, currency(to));
        self.rates.exchange(pair, self.rates.day, 5).unwrap()
    }

    pub fn uses(&self, codes: &str) -> Vec<PromoUse<'_>> {
        let named = |code: &str| {
            let (promo, facts) =
                self.promos.iter().find(|(promo, _)| promo.code.as_str() == code).unwrap();
            PromoUse { promo, facts: *facts }
        };
        codes.split(',').filter(|code| !code.is_empty()).map(named).collect()
    }

    /// The visit that `words` tell of: where it starts on the wall clock, then options.
    pub fn visit(&self, words: &str) -> Visit {
        let mut words = words.split(' ');
        let starts_at = resolve_local(local(words.next().unwrap()), self.zone).first();
        let slot = Slot { starts_at, ends_at: starts_at + TimeDelta::minutes(90) };
        let mut visit = Visit {
            service: service(1),
            team: team(1),
            zone: self.zone,
            slot,
            units: 1,
            class: Class::Standard,
            asked_at: starts_at - TimeDelta::days(30),
        };
        for word in words {
            match word.split_once(':') {
                Some(("units", count)) => visit.units = count.parse().unwrap(),
                Some(("team", no)) => visit.team = team(no.parse().unwrap()),
                Some(("minutes", minutes)) => {
                    let minutes = TimeDelta::minutes(minutes.parse().unwrap());
                    visit.slot.ends_at = starts_at + minutes;
                }
                Some(("before", minutes)) => {
                    visit.asked_at = starts_at - TimeDelta::minutes(minutes.parse().unwrap());
                }
                // The clock shows the hour twice: this is the second one.
                None if word == "again" => {
                    visit.slot.starts_at += TimeDelta::hours(1);
                    visit.slot.ends_at += TimeDelta::hours(1);
                }
                None if word == "emergency" => visit.class = Class::Emergency,
                Some(("to" | "with", _)) => {}
                other => panic!("{word}: {other:?}"),
            }
        }
        visit
    }

    pub fn answer(&self, words: &str) -> String {
        let option = |name: &str| words.split(' ').find_map(|word| word.strip_prefix(name));
        let uses = self.uses(option("with:").unwrap_or_default());
        let exchange = option("to:").map(|code| self.exchange(code));
        match price(&self.visit(words), &self.tariff(), &uses, exchange.as_ref()) {
            Ok(quote) => shown(&quote),
            Err(error) => refused(&error),
        }
    }

    pub fn read(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap();
        match word {
            "zone" => self.zone = rest.parse().unwrap(),
            "base" => self.read_base(rest),
            "rule" => {
                let rule = rule(rest, self.list.surcharges.len());
                self.list.surcharges.push(rule);
            }
            "tax" => {
                let (mode, rate) = rest.split_once(' ').unwrap();
                let mode = TaxMode::parse(mode).unwrap();
                self.price.tax = Some(Tax { rate: percent(rate), mode });
            }
            "step" => {
                let (code, step) = rest.split_once(' ').unwrap();
                self.list.steps.insert(currency(code), step.parse().unwrap());
            }
            "promo" => {
                let promo = promo(rest, self.promos.len());
                self.promos.push(promo);
            }
            "rates" => {
                for (code, rate) in rest.split(' ').map(|pair| pair.split_once('=').unwrap()) {
                    self.rates.rates.insert(currency(code), Rate::parse(rate).unwrap());
                }
            }
            other => panic!("{other}"),
        }
    }

    fn read_base(&mut self, words: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        self.price.base = match words[..] {
            ["visit", amount] => Base::PerVisit { amount: amount.parse().unwrap() },
            ["unit", amount] => Base::PerUnit { amount: amount.parse().unwrap() },
            ["minutes", minutes, amount] => Base::PerMinutes {
                amount: amount.parse().unwrap(),
                minutes: minutes.parse().unwrap(),
            },
            ["tiers", ref tiers @ ..] => Base::Tiered {
                tiers: tiers
                    .iter()
                    .map(|tier| {
                        let (up_to, amount) = tier.split_once(':').unwrap();
                        Tier { up_to: up_to.parse().ok(), amount: amount.parse().unwrap() }
                    })
                    .collect(),
            },
            ["currency", code] => {
                self.price.currency = currency(code);
                return;
            }
            _ => panic!("{words:?}"),
        };
    }
}

fn percent(text: &str) -> BasisPoints {
    let (whole, part) = text.trim_end_matches('%').split_once('.').unwrap_or((text, "0"));
    let whole: u32 = whole.trim_end_matches('%').parse().unwrap();
    let part: u32 = part.parse().unwrap();
    BasisPoints(whole * 100 + if part < 10 { part * 10 } else { part })
}

/// `500` in euros, or `500USD`.
fn money(text: &str) -> Money {
    let (amount, code) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let currency = if code.is_empty() { Currency::EUR } else { currency(code) };
    Money { amount: amount.parse().unwrap(), currency }
}

fn hours(text: &str) -> Hours {
    let minute = |text: &str| {
        if text == "24:00" {
            return 1_440;
        }
        let time: NaiveTime = text.parse().unwrap();
        u16::try_from(time.num_seconds_from_midnight() / 60).unwrap()
    };
    let (from, to) = text.split_once('-').unwrap();
    Hours { from: minute(from), to: minute(to) }
}

/// Reads a word that narrows a scope.
fn narrow(scope: &mut Scope, word: &str) -> bool {
    let (name, value) = word.split_once(':').unwrap_or((word, ""));
    match name {
        "days" => {
            scope.weekdays = value.split(',').map(|day| day.parse::<Weekday>().unwrap()).collect();
        }
        "hours" => scope.hours = value.split(',').map(hours).collect(),
        "from" => scope.days.from = Some(day(value)),
        "until" => scope.days.until = Some(day(value)),
        "team" => scope.teams = [team(value.parse().unwrap())].into(),
        "service" => scope.services = [service(value.parse().unwrap())].into(),
        _ => return false,
    }
    true
}

/// `<kind> <20% or 500> <options>`; the position is the id.
fn rule(words: &str, index: usize) -> Surcharge {
    let mut words = words.split(' ');
    let (kind, change) = (words.next().unwrap(), words.next().unwrap());
    let trigger = match SurchargeKind::parse(kind).unwrap() {
        SurchargeKind::Weekend => Trigger::Weekend,
        SurchargeKind::PeakHours => Trigger::PeakHours,
        SurchargeKind::Holiday => Trigger::Holiday { days: [].into() },
        SurchargeKind::Emergency => Trigger::Emergency,
        SurchargeKind::LeadTime => Trigger::LeadTime { under_minutes: 0 },
    };
    let mut rule = Surcharge {
        id: SurchargeId(Uuid::from_u128(u128::try_from(index).unwrap())),
        name: kind.to_owned(),
        trigger,
        scope: Scope::default(),
        change: match change.strip_suffix('%') {
            Some(_) => Change::Percent(percent(change)),
            None => Change::Fixed(money(change)),
        },
        order: 0,
        stacking: Stacking::Additive,
        is_active: true,
        rev: 1,
    };
    for word in words.filter(|word| !word.is_empty()) {
        match (word.split_once(':'), word) {
            (_, "exclusive") => rule.stacking = Stacking::Exclusive,
            (_, "off") => rule.is_active = false,
            (Some(("order", order)), _) => rule.order = order.parse().unwrap(),
            (Some(("on", days)), _) => {
                rule.trigger = Trigger::Holiday { days: days.split(',').map(day).collect() };
            }
            (Some(("under", minutes)), _) => {
                rule.trigger = Trigger::LeadTime { under_minutes: minutes.parse().unwrap() };
            }
            _ => assert!(narrow(&mut rule.scope, word), "{word}"),
        }
    }
    rule
}

/// `<code> <20%, 500 or free2> <options>`; the position is the id.
fn promo(words: &str, index: usize) -> (Promo, PromoFacts) {
    let mut words = words.split(' ');
    let (code, benefit) = (words.next().unwrap(), words.next().unwrap());
    let benefit = match (benefit.strip_prefix("free"), benefit.strip_suffix('%')) {
        (Some(units), _) => Benefit::FreeUnits(units.parse().unwrap()),
        (_, Some(_)) => Benefit::Percent(percent(benefit)),
        _ => Benefit::Fixed(money(benefit)),
    };
    let mut promo = Promo {
        id: PromoId(Uuid::from_u128(u128::try_from(index).unwrap())),
        code: PromoCode::normalise(code).unwrap(),
        name: code.to_owned(),
        benefit,
        scope: Scope::default(),
        usable: Usable::default(),
        spend_min: None,
        is_first_booking_only: false,
        limits: PromoLimits::default(),
        is_stackable: true,
        order: 0,
        state: PromoState::Active,
        rev: 1,
    };
    let mut facts = PromoFacts::default();
    for word in words.filter(|word| !word.is_empty()) {
        read_promo(&mut promo, &mut facts, word);
    }
    (promo, facts)
}

fn read_promo(promo: &mut Promo, facts: &mut PromoFacts, word: &str) {
    let mut client = facts.client.unwrap_or(ClientFacts { has_booked: false, redeemed_count: 0 });
    match (word.split_once(':'), word) {
        (_, "alone") => promo.is_stackable = false,
        (_, "first") => promo.is_first_booking_only = true,
        (_, "ended") => promo.state = PromoState::Ended,
        (_, "known") => facts.client = Some(client),
        (_, "booked") => {
            client.has_booked = true;
            facts.client = Some(client);
        }
        (Some(("mine", count)), _) => {
            client.redeemed_count = count.parse().unwrap();
            facts.client = Some(client);
        }
        (Some(("used", count)), _) => facts.redeemed_count = count.parse().unwrap(),
        (Some(("order", order)), _) => promo.order = order.parse().unwrap(),
        (Some(("spend", amount)), _) => promo.spend_min = Some(money(amount)),
        (Some(("total", limit)), _) => promo.limits.total = Some(limit.parse().unwrap()),
        (Some(("each", limit)), _) => promo.limits.per_client = Some(limit.parse().unwrap()),
        (Some(("opens", at)), _) => promo.usable.from = Some(local(at).and_utc()),
        (Some(("closes", at)), _) => promo.usable.until = Some(local(at).and_utc()),
        _ => assert!(narrow(&mut promo.scope, word), "{word}"),
    }
}
