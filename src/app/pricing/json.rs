//! A price with its lines as JSON: what the API answers, what a booking shows, and what is stored
//! beside it are the same text.

use domain::money::{BasisPoints, Money};
use domain::pricing::{Benefit, Change, Exchange, Label, Line, Quote, TaxPart};
use serde_json::{Map, Value, json};

/// `total`, `lines`, `promos`, and where there are any, `tax` and `rate`.
pub fn quote_json(quote: &Quote) -> Value {
    let codes = quote.lines.iter().filter_map(|line| match &line.label {
        Label::Promo { code, .. } => Some(code.as_str()),
        _ => None,
    });
    let mut shown = Map::from_iter([
        ("total".to_owned(), money(quote.total)),
        ("lines".to_owned(), quote.lines.iter().map(line).collect()),
        ("promos".to_owned(), codes.collect()),
    ]);
    shown.extend(quote.tax.map(|part| ("tax".to_owned(), tax(part))));
    shown.extend(quote.exchange.as_ref().map(|one| ("rate".to_owned(), exchange(one))));
    Value::Object(shown)
}

fn line(line: &Line) -> Value {
    json!({
        "code": line.label.code(),
        "label": label(&line.label),
        "amount": line.amount,
        "params": params(&line.label),
    })
}

/// What people read who have no words of their own for the code.
fn label(label: &Label) -> &str {
    match label {
        Label::Base => "Base price",
        Label::Duration { .. } => "Duration",
        Label::Units { .. } => "Units",
        Label::Surcharge { name, .. } => name,
        Label::Promo { code, .. } => code.as_str(),
        Label::Rounding { .. } => "Rounding",
        Label::Tax { .. } => "Tax",
        Label::TaxIncluded { .. } => "Tax included",
        Label::Conversion { .. } => "Conversion",
    }
}

/// What the amount was worked out from. Bare amounts are in the service's currency.
fn params(label: &Label) -> Value {
    match label {
        Label::Base => json!({}),
        Label::Duration { minutes, amount, per_minutes } => {
            json!({ "minutes": minutes, "unitAmount": amount, "perMinutes": per_minutes })
        }
        Label::Units { units, amount } => json!({ "units": units, "unitAmount": amount }),
        Label::Surcharge { kind, rule, change, .. } => match change {
            Change::Percent(share) => {
                json!({ "kind": kind.name(), "rule": rule.to_string(), "percent": percent(*share) })
            }
            Change::Fixed(fixed) => {
                json!({ "kind": kind.name(), "rule": rule.to_string(), "fixed": money(*fixed) })
            }
        },
        Label::Promo { promo, code, benefit } => {
            let (name, value) = match benefit {
                Benefit::Percent(share) => ("percent", percent(*share)),
                Benefit::Fixed(fixed) => ("fixed", money(*fixed)),
                Benefit::FreeUnits(units) => ("freeUnits", json!(units)),
            };
            json!({
                "kind": benefit.kind(),
                "promo": promo.to_string(),
                "promoCode": code.as_str(),
                name: value,
            })
        }
        Label::Rounding { step } => json!({ "step": step }),
        Label::Tax { rate } => json!({ "percent": percent(*rate) }),
        Label::TaxIncluded { rate, tax } => {
            json!({ "percent": percent(*rate), "tax": money(*tax) })
        }
        Label::Conversion { from } => json!({ "from": money(*from) }),
    }
}

fn money(money: Money) -> Value {
    json!({ "amount": money.amount, "currency": money.currency.as_str() })
}

fn tax(TaxPart { rate, mode, net, tax }: TaxPart) -> Value {
    json!({ "rate": percent(rate), "mode": mode.name(), "net": net, "tax": tax })
}

fn exchange(exchange: &Exchange) -> Value {
    let rates = exchange.rates();
    json!({
        "from": rates.from.as_str(),
        "to": rates.to.as_str(),
        "rate": exchange.shown().map(|rate| rate.to_string()),
        "source": exchange.source(),
        "day": rates.day.to_string(),
    })
}

/// A number with at most two places, whole where it is whole.
fn percent(share: BasisPoints) -> Value {
    if share.0.is_multiple_of(100) {
        json!(share.0 / 100)
    } else {
        json!(f64::from(share.0) / 100.0)
    }
}
