//! How codes are read.

use super::super::PromoCode;

#[test]
fn a_code_is_the_same_in_any_case_and_with_any_spaces() {
    let table: &[(&str, Option<&str>)] = &[
        ("SPRING10", Some("SPRING10")),
        ("spring10", Some("SPRING10")),
        ("  Spring 10\n", Some("SPRING10")),
        ("SPRING\u{a0}10", Some("SPRING10")),
        ("SPRING\u{200b}10", Some("SPRING10")),
        ("\u{feff}spring\u{ad}10", Some("SPRING10")),
        ("first-visit_2", Some("FIRST-VISIT_2")),
        ("abc", Some("ABC")),
        ("a b", None),
        ("", None),
        ("   ", None),
        ("10%", None),
        ("ＳＰＲＩＮＧ", None),
        // A Cyrillic А and a dotless i only look like ours.
        ("\u{410}BC", None),
        ("spr\u{131}ng", None),
        ("straße", None),
        ("MÄRZ24", None),
        ("👍👍👍", None),
        ("'; DROP TABLE promos", None),
        ("A2345678901234567890123456789012", Some("A2345678901234567890123456789012")),
        ("A23456789012345678901234567890123", None),
    ];
    for (typed, expected) in table {
        let code = PromoCode::normalise(typed);
        assert_eq!(code.as_ref().map(PromoCode::as_str), *expected, "{typed}");
    }
}

#[test]
fn reading_a_code_again_changes_nothing_and_no_text_is_too_long() {
    let code = PromoCode::normalise(" summer - 26 ").unwrap();

    assert_eq!(PromoCode::normalise(code.as_str()), Some(code));
    assert_eq!(PromoCode::normalise(&" ".repeat(1_000_000)), None);
    assert_eq!(PromoCode::normalise(&format!("ABC{}", " ".repeat(253))).unwrap().as_str(), "ABC");
    assert_eq!(PromoCode::normalise(&format!("ABC{}", " ".repeat(254))), None);
}
