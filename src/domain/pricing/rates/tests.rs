//! Rates, conversion, and the files of the European Central Bank.

use proptest::prelude::*;

use super::*;

const DAILY_CSV: &str = "\
Date, USD, JPY, GBP, CHF, BRL, 
28 December 2020, 1.2219, 126.49, 0.90265, 1.0845, N/A, 
";

const DAILY_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
    xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
    <gesmes:subject>Reference rates</gesmes:subject>
    <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
    <Cube>
        <Cube time='2020-12-28'>
            <Cube currency='USD' rate='1.2219'/>
            <Cube currency='JPY' rate='126.49'/>
            <Cube currency='GBP' rate='0.90265'/>
            <Cube currency='CHF' rate='1.0845'/>
        </Cube>
    </Cube>
</gesmes:Envelope>"#;

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn shown(table: &RateTable) -> String {
    let rates: Vec<String> =
        table.rates.iter().map(|(currency, rate)| format!("{currency} {rate}")).collect();
    format!("{} {}", table.day, rates.join(" "))
}

fn parsed(text: &str) -> String {
    parse_ecb(text).map_or_else(|refused| refused.to_string(), |table| shown(&table))
}

#[test]
fn both_forms_of_the_daily_file_are_the_same_table() {
    let expected = "2020-12-28 CHF 1.0845 GBP 0.90265 JPY 126.49 USD 1.2219";

    assert_eq!(parsed(DAILY_CSV), expected);
    assert_eq!(parsed(DAILY_XML), expected);
    assert_eq!(parsed(&format!("\u{feff}{}", DAILY_CSV.replace('\n', "\r\n"))), expected);
    assert_eq!(parse_ecb(DAILY_XML).map(|table| table.source).as_deref(), Ok(ECB_SOURCE));
}

#[test]
fn of_several_days_the_newest_is_taken() {
    let csv = "Date,USD,JPY,\n2020-12-24,1.21,126,\n2020-12-28,1.2219,126.49,\n2020-12-23,1.2,1,\n";
    let xml = "<a><Cube><Cube time='2020-12-28'><Cube currency='USD' rate='1.2219'/></Cube>\
               <Cube time='2020-12-24'><Cube currency='USD' rate='1.21'/></Cube></Cube></a>";

    assert_eq!(parsed(csv), "2020-12-28 JPY 126.49 USD 1.2219");
    assert_eq!(parsed(xml), "2020-12-28 USD 1.2219");
}

#[test]
fn a_file_with_anything_that_cannot_be_read_is_refused_as_a_whole() {
    let table: &[(&str, &str)] = &[
        ("", "the file has no rates in it"),
        ("Date, USD, ", "the file has no rates in it"),
        ("Date, USD\n28 December 2020, N/A", "the file has no rates in it"),
        ("Date, USD\n31 February 2020, 1.2", "`31 February 2020` is not a day"),
        ("Date, USD\nyesterday, 1.2", "`yesterday` is not a day"),
        ("Date, usd\n2020-12-28, 1.2", "`usd` is not a currency"),
        ("Date, USD\n2020-12-28, 1,2", "a row has 3 cells and the head has 2"),
        ("Date, USD\n2020-12-28, -1.2", "the rate of USD is `-1.2`, which is not one"),
        ("Date, USD\n2020-12-28, 0", "the rate of USD is `0`, which is not one"),
        ("Date, USD\n2020-12-28, 1e3", "the rate of USD is `1e3`, which is not one"),
        ("Date, USD, USD\n2020-12-28, 1, 1", "USD is there twice"),
        ("Date, EUR\n2020-12-28, 1", "EUR is there twice"),
        ("Date, QQQ, USD\n2020-12-28, 1, 1.2", "2020-12-28 USD 1.2"),
        ("<a", "the file is no XML that can be read: line 1, column 1"),
        ("<a/>", "the file has no rates in it"),
        ("<Cube time='2020-12-28'/>", "the file has no rates in it"),
        ("<Cube time='2020'/>", "`2020` is not a day"),
        ("<Cube time='2020-12-28'><Cube/></Cube>", "`` is not a currency"),
        (
            "<Cube time='2020-12-28'><Cube currency='USD'/></Cube>",
            "the rate of USD is ``, which is not one",
        ),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "the file is no XML that can be read: line 1, column 1",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(parsed(text), *expected, "{text}");
    }
}

#[test]
fn what_is_said_back_and_what_is_read_have_an_end() {
    let long = format!("Date, USD\n{}, 1.2", "y".repeat(10_000));
    assert_eq!(parsed(&long), format!("`{}` is not a day", "y".repeat(40)));

    let refused = format!("the file has more than {ECB_BYTES_MAX} bytes");
    assert_eq!(parsed(&" ".repeat(ECB_BYTES_MAX + 1)), refused);
    assert_eq!(parsed(&" ".repeat(ECB_BYTES_MAX)), "the file has no rates in it");

    // Deep and wide files end at a limit, not at the end of the stack.
    assert!(parsed(&"<a>".repeat(ECB_BYTES_MAX / 3)).starts_with("the file is no XML"));
    assert!(
        parsed(&format!("<a>{}</a>", "<b/>".repeat(100_000))).starts_with("the file is no XML")
    );

    let letters = || 'A'..='Z';
    let codes: Vec<String> =
        letters().flat_map(|one| letters().map(move |other| format!("{one}{other}D"))).collect();
    let many = format!("Date,{}\n2020-12-28{}", codes.join(","), ",1".repeat(codes.len()));
    let known = parse_ecb(&many).unwrap().rates.len();
    assert!(known < RATES_MAX, "there are not that many currencies: {known}");
}

#[test]
fn a_rate_is_a_positive_decimal_number() {
    let table: &[(&str, Option<&str>)] = &[
        ("1", Some("1")),
        ("1.0", Some("1")),
        ("1.0800", Some("1.08")),
        ("0.90265", Some("0.90265")),
        ("126.49", Some("126.49")),
        ("17000.13", Some("17000.13")),
        ("007", Some("7")),
        ("0.000000001", Some("0.000000001")),
        ("0.0000000001", None),
        ("999999999999", Some("999999999999")),
        ("1000000000000", None),
        ("99999999999999999999999999", None),
        ("0", None),
        ("0.0", None),
        ("", None),
        (".", None),
        (".5", None),
        ("1.", None),
        ("1.2.3", None),
        ("1,2", None),
        ("+1", None),
        ("-1", None),
        ("1e3", None),
        ("٣", None),
    ];
    for (text, expected) in table {
        let rate = Rate::parse(text).map(|rate| rate.to_string());
        assert_eq!(rate.as_deref(), *expected, "{text}");
    }
}

#[test]
fn amounts_meet_through_the_euro_with_one_rounding() {
    let table = RateTable {
        rates: [("USD", "1.0803"), ("JPY", "161.37"), ("KWD", "0.3307"), ("CLF", "0.02654")]
            .map(|(code, rate)| (currency(code), Rate::parse(rate).unwrap()))
            .into(),
        source: "test".to_owned(),
        day: day("2026-06-01"),
    };
    let cases = [
        ("EUR", "USD", 10_000, 10_803, "1.0803"),
        ("USD", "EUR", 10_803, 10_000, "0.925668796"),
        ("EUR", "JPY", 10_000, 16_137, "161.37"),
        ("JPY", "EUR", 16_137, 10_000, "0.006196939"),
        ("JPY", "KWD", 1, 2, "0.002049328"),
        ("USD", "JPY", 1, 1, "149.375173563"),
        ("EUR", "CLF", 100, 265, "0.02654"),
        ("EUR", "EUR", -17, -17, "1"),
        ("EUR", "USD", -50, -54, "1.0803"),
    ];
    for (from, to, amount, expected, rate) in cases {
        let pair = (currency(from), currency(to));
        let exchange = table.exchange(pair, table.day, 0).unwrap();
        assert_eq!(exchange.convert(amount), Some(expected), "{amount} {from} in {to}");
        assert_eq!(exchange.shown().map(|rate| rate.to_string()).as_deref(), Some(rate));
    }
}

#[test]
fn rates_that_are_missing_old_or_from_the_future_are_not_used() {
    let table = parse_ecb(DAILY_CSV).unwrap();
    let told = |from, to, today, age_days_max| {
        let pair = (currency(from), currency(to));
        let refused = table.exchange(pair, day(today), age_days_max);
        refused.map_or_else(|refused| refused.to_string(), |_| "ok".to_owned())
    };

    assert_eq!(told("EUR", "USD", "2020-12-28", 0), "ok");
    assert_eq!(told("EUR", "USD", "2021-01-02", 5), "ok");
    assert_eq!(
        told("EUR", "USD", "2021-01-03", 5),
        "the rates are of 2020-12-28, 6 days ago; 5 are allowed"
    );
    assert_eq!(
        told("EUR", "USD", "2020-12-27", 5),
        "the rates are for 2020-12-28, which has not begun"
    );
    assert_eq!(told("EUR", "BRL", "2020-12-28", 5), "there is no rate for BRL");
    assert_eq!(told("NOK", "EUR", "2020-12-28", 5), "there is no rate for NOK");
    assert_eq!(told("EUR", "XXX", "2020-12-28", 5), "XXX is not a currency that prices can be in");
}

fn rate() -> impl Strategy<Value = Rate> {
    // As wide as real rates: from the dinar of Kuwait to the rial of Iran.
    (1_u64..=9_999_999, 0_u8..=5)
        .prop_filter_map("zero", |(mantissa, scale)| Rate::new(mantissa, scale))
}

proptest! {
    #[test]
    fn there_and_back_is_within_one_minor_unit_of_the_coarser_currency(
        amount in 0_i64..=1_000_000_000_000,
        rate_from in rate(),
        rate_to in rate(),
        pair in prop_oneof![
            Just(("EUR", "JPY")), Just(("USD", "EUR")), Just(("JPY", "KWD")),
            Just(("KWD", "JPY")), Just(("CLF", "JPY")), Just(("GBP", "CHF")),
        ],
    ) {
        let (from, to) = (currency(pair.0), currency(pair.1));
        let rates = Frozen { from, to, rate_from, rate_to, day: NaiveDate::MIN };
        let there = Exchange::new(rates, "test".to_owned()).unwrap();
        let back = there.inverse();
        let Some(converted) = there.convert(amount) else { return Ok(()) };
        let returned = back.convert(converted).unwrap();

        // What one minor unit of the other currency is worth here, rounded up; at least our own.
        let (over, under) = back.ratio().unwrap();
        let coarser = (over + under - 1) / under;
        prop_assert!(i128::from((returned - amount).abs()) <= coarser.max(1));
    }

    #[test]
    fn a_rate_reads_back_as_it_is_shown(rate in rate()) {
        prop_assert_eq!(Rate::parse(&rate.to_string()), Some(rate));
    }

    #[test]
    fn conversion_keeps_order_and_never_wraps(
        one in any::<i64>(),
        other in any::<i64>(),
        rate_to in rate(),
    ) {
        let (from, to) = (Currency::EUR, currency("JPY"));
        let rates = Frozen { from, to, rate_from: Rate::ONE, rate_to, day: NaiveDate::MIN };
        let exchange = Exchange::new(rates, "test".to_owned()).unwrap();
        if let (Some(low), Some(high)) =
            (exchange.convert(one.min(other)), exchange.convert(one.max(other)))
        {
            prop_assert!(low <= high);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[<>A-Za-z0-9=' ,./\n-]{0,200}") {
        let _ = parse_ecb(&text);
        let _ = parse_ecb(&format!("<Cube time='2020-12-28'>{text}</Cube>"));
        let _ = parse_ecb(&format!("Date, USD, JPY\n{text}"));
    }
}
