//! Codes, exponents and the rounding rule, one line per case.

use proptest::prelude::*;

use super::*;

fn of(amount: i64, code: &str) -> Money {
    Money { amount, currency: Currency::parse(code).unwrap() }
}

#[test]
fn a_currency_is_three_capital_letters() {
    assert_eq!(Currency::parse("EUR").map(|code| code.to_string()), Some("EUR".to_owned()));
    for refused in ["", "EU", "EURO", "eur", "E R", "€", "E1R", "ÄB"] {
        assert_eq!(Currency::parse(refused), None, "{refused}");
    }
}

#[test]
fn amounts_in_different_currencies_are_never_equal_and_never_added() {
    let (left, right) = (Currency::EUR, Currency::parse("USD").unwrap());

    assert_eq!(of(100, "EUR"), of(100, "EUR"));
    assert_ne!(of(100, "EUR"), of(100, "USD"));
    assert_eq!(of(100, "EUR").checked_add(of(20, "EUR")), Ok(of(120, "EUR")));
    let refused = MoneyError::CurrenciesDiffer { left, right };
    assert_eq!(of(100, "EUR").checked_add(of(20, "USD")), Err(refused));
    assert_eq!(of(AMOUNT_MAX, "EUR").checked_add(of(1, "EUR")), Err(MoneyError::TooLarge));
    assert_eq!(of(i64::MIN, "EUR").checked_add(of(i64::MIN, "EUR")), Err(MoneyError::TooLarge));
}

/// Every currency whose exponent is not 2, as ISO 4217 list one has them.
#[test]
fn every_exponent_of_iso_4217_is_known() {
    let table: &[(u32, &str)] = &[
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
        (2, "EUR USD GBP CHF AUD BRL CAD CNY CZK DKK HKD HUF IDR ILS INR MGA MRU MXN MYR NOK"),
        (2, "NZD PHP PLN RON SEK SGD THB TRY XCG ZAR ZWG"),
    ];
    for (exponent, codes) in table {
        for code in codes.split(' ') {
            let currency = Currency::known(code).unwrap_or_else(|| panic!("{code} is unknown"));
            assert_eq!(currency.exponent(), Some(*exponent), "{code}");
        }
    }
}

#[test]
fn what_is_not_money_is_not_known() {
    for refused in ["XXX", "XTS", "XAU", "XDR", "QQQ", "BTC", "eur", ""] {
        assert_eq!(Currency::known(refused), None, "{refused}");
    }
}

#[test]
fn half_goes_away_from_zero() {
    let table: &[(i128, i128, Option<i128>)] = &[
        (0, 2, Some(0)),
        (1, 2, Some(1)),
        (-1, 2, Some(-1)),
        (3, 2, Some(2)),
        (5, 2, Some(3)),
        (-5, 2, Some(-3)),
        (1, 3, Some(0)),
        (2, 3, Some(1)),
        (-2, 3, Some(-1)),
        (49, 100, Some(0)),
        (50, 100, Some(1)),
        (i128::MAX, 1, Some(i128::MAX)),
        (i128::MAX, i128::MAX, Some(1)),
        (i128::MIN, 2, Some(i128::MIN / 2)),
        (i128::MIN, 1, None),
        (1, 0, None),
        (1, -2, None),
    ];
    for (numerator, denominator, expected) in table {
        assert_eq!(round_div(*numerator, *denominator), *expected, "{numerator}/{denominator}");
    }
}

#[test]
fn a_share_is_taken_of_an_amount_and_out_of_it() {
    let table: &[(u32, i64, Option<i64>, Option<i64>)] = &[
        (1_900, 10_000, Some(1_900), Some(1_597)),
        (1_900, 11_900, Some(2_261), Some(1_900)),
        (10_000, 12_950, Some(12_950), Some(6_475)),
        (0, 12_950, Some(0), Some(0)),
        (1, 5_000, Some(1), Some(0)),
        (1, 4_999, Some(0), Some(0)),
        (1_250, 1, Some(0), Some(0)),
        (5_000, 1, Some(1), Some(0)),
        (10_000, AMOUNT_MAX + 1, None, Some(AMOUNT_MAX / 2 + 1)),
        (u32::MAX, i64::MAX, None, None),
    ];
    for (rate, amount, of, within) in table {
        let rate = BasisPoints(*rate);
        assert_eq!((rate.of(*amount), rate.within(*amount)), (*of, *within), "{rate} of {amount}");
    }
}

#[test]
fn shares_are_shown_without_noughts_that_say_nothing() {
    let shown = [0, 5, 50, 700, 1_250, 1_975, 10_000].map(|rate| BasisPoints(rate).to_string());

    assert_eq!(shown, ["0 %", "0.05 %", "0.5 %", "7 %", "12.5 %", "19.75 %", "100 %"]);
}

proptest! {
    #[test]
    fn rounding_is_never_off_by_more_than_half(n in any::<i64>(), d in 1_i64..=i64::MAX) {
        let (n, d) = (i128::from(n), i128::from(d));
        let rounded = round_div(n, d).unwrap();
        prop_assert!((rounded * d - n).abs() * 2 <= d);
        prop_assert_eq!(round_div(-n, d), Some(-rounded));
    }
}

#[test]
fn amounts_are_written_with_the_digits_that_their_currency_has() {
    let written =
        |amount, code| Money { amount, currency: Currency::parse(code).unwrap() }.to_string();

    assert_eq!(written(12_950, "EUR"), "129.50 EUR");
    assert_eq!(written(5, "USD"), "0.05 USD");
    assert_eq!(written(-1_205, "EUR"), "-12.05 EUR");
    assert_eq!(written(1_200, "JPY"), "1200 JPY");
    assert_eq!(written(1_200, "KWD"), "1.200 KWD");
}
