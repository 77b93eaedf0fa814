//! Whether what a booking costs is what its lines come to.

use serde_json::{Value, json};
use store::batch::AgreedPrice;

/// What is wrong with the price; nothing for one without lines, which nobody can add up.
pub fn fault(price: &AgreedPrice) -> Option<String> {
    let text = price.quote.as_ref()?;
    let Ok(quote) = serde_json::from_str::<Value>(text) else {
        return Some("its price cannot be read".to_owned());
    };
    let lines = quote.get("lines").and_then(Value::as_array);
    let lines = lines.map(Vec::as_slice).unwrap_or_default();
    let amounts =
        lines.iter().map(|line| line.get("amount").and_then(Value::as_i64).map(i128::from));
    let Some(sum) = amounts.sum::<Option<i128>>() else {
        return Some("a line of its price has no amount".to_owned());
    };
    let (amount, currency) = (price.total.amount, price.total.currency);
    if sum != i128::from(amount) {
        return Some(format!("its lines come to {sum}, and it costs {amount}"));
    }
    let expected = json!({ "amount": amount, "currency": currency.as_str() });
    let total = quote.get("total").unwrap_or(&Value::Null);
    (*total != expected)
        .then(|| format!("it costs {amount} {currency}, and its client was told {total}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::{Currency, Money};

    fn price(quote: Option<String>) -> AgreedPrice {
        let total = Money { amount: 90, currency: Currency::EUR };
        AgreedPrice { total, quote, redeems: Vec::new() }
    }

    #[test]
    fn a_price_that_its_lines_do_not_come_to_is_found() {
        let lines = json!([{ "amount": 100 }, { "amount": -10 }]);
        let right = json!({ "amount": 90, "currency": "EUR" });
        for (quote, fault_is) in [
            (json!({ "total": right, "lines": lines }), None),
            (json!({ "total": right, "lines": [{ "amount": 100 }] }), Some("come to 100")),
            (json!({ "total": right, "lines": [{ "label": "Base" }] }), Some("no amount")),
            (json!({ "total": right }), Some("come to 0")),
            (json!({ "total": { "amount": 90, "currency": "USD" }, "lines": lines }), Some("told")),
            (json!({ "lines": lines }), Some("told")),
        ] {
            let found = fault(&price(Some(quote.to_string())));
            match fault_is {
                None => assert_eq!(found, None),
                Some(part) => assert!(found.unwrap_or_default().contains(part), "{part}: {quote}"),
            }
        }
        assert!(fault(&price(Some("{".to_owned()))).is_some());
        assert_eq!(fault(&price(None)), None);
    }
}
