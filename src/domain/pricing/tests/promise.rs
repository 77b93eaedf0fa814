//! What a quote promises, and whether it still holds.

use chrono::TimeDelta;

use super::super::canonical;
use super::table::{Scene, currency};
use crate::pricing::*;

/// Signed yesterday, and to be believed today.
const PINNED: &str = "quote-1|1778140800000000|1778141700000000|11667|USD|\
    5bc15b1136b2eca188b99854f8b6aa12094ad07f30e9f061934b9c27df851075|\
    3d013fac8721ee0d3e6f5bcda7d5c4347960bbee7f1ec28fb1e43ecaeb894e16|\
    EUR|1|USD|1.0803|2026-06-01|test";

const TABLE: &str = "
    rule weekend 20% days:sat
    promo TEN 10%
    tax inclusive 19%
    rates USD=1.0803 GBP=0.8557
";

fn quote(scene: &Scene, words: &str, to: Option<&str>) -> Quote {
    let exchange = to.map(|code| scene.exchange(code));
    let uses = scene.uses("TEN");
    price(&scene.visit(words), &scene.tariff(), &uses, exchange.as_ref()).unwrap()
}

#[test]
fn the_texts_that_are_digested_are_pinned() {
    let quote = quote(&Scene::of(TABLE), "2026-06-06T10:00 units:2 emergency", Some("USD"));

    assert_eq!(
        canonical::inputs(&quote),
        "service=00000000-0000-0000-0000-000000000001;team=00000000-0000-0000-0000-000000000001;\
         at=1780732800000000;units=2;class=emergency;currency=USD;\
         promos=00000000-0000-0000-0000-000000000000"
    );
    assert_eq!(
        canonical::outcome(&quote),
        "base::10803;weekend:00000000-0000-0000-0000-000000000000:2161;\
         promo:00000000-0000-0000-0000-000000000000:-1296;tax-included::0;conversion::-1;\
         total=11667:USD;net=9804;tax=1863"
    );
}

#[test]
fn the_text_that_is_signed_is_pinned_and_reads_back() {
    let quote = quote(&Scene::of(TABLE), "2026-06-06T10:00", Some("USD"));
    let claims = quote.claims(quote.visit.asked_at + TimeDelta::minutes(15));

    let text = claims.to_string();

    assert_eq!(text, PINNED);
    assert_eq!(text.parse(), Ok(claims));
}

#[test]
fn no_other_text_reads_as_claims() {
    let quote = quote(&Scene::of(TABLE), "2026-06-06T10:00", Some("USD"));
    let text = quote.claims(quote.visit.asked_at).to_string();
    let fields: Vec<&str> = text.split('|').collect();

    // The text without any one of its fields, and with any one of them spoiled.
    for index in 0..fields.len() {
        let without: Vec<&str> =
            fields.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, f)| *f).collect();
        assert_eq!(without.join("|").parse::<Claims>(), Err(NotClaims), "without {index}");
        let is_source = index + 1 == fields.len();
        let mut spoiled = fields.clone();
        spoiled[index] = "+x";
        assert_eq!(spoiled.join("|").parse::<Claims>().is_err(), !is_source, "spoiled {index}");
    }
    for refused in
        ["", "|", "quote-1", "quote-2|1|1|1|EUR|00|00", &"x".repeat(CLAIMS_BYTES_MAX + 1)]
    {
        assert_eq!(refused.parse::<Claims>(), Err(NotClaims), "{refused}");
    }
}

#[test]
fn claims_of_the_longest_source_still_fit() {
    let mut scene = Scene::of(TABLE);
    scene.rates.source = "\u{10ffff}".repeat(rates::SOURCE_CHARS_MAX);
    let quote = quote(&scene, "2026-06-06T10:00", Some("USD"));

    let claims = quote.claims(quote.visit.asked_at);

    assert_eq!(claims.to_string().parse(), Ok(claims));
}

/// What the caller does when a token comes back.
fn verified(scene: &Scene, claims: &Claims, words: &str, codes: &str) -> Standing {
    let visit = Visit { asked_at: claims.asked_at, ..scene.visit(words) };
    let uses = scene.uses(codes);
    let fresh = price(&visit, &scene.tariff(), &uses, claims.exchange.as_ref()).unwrap();
    let before = claims.expires_at - TimeDelta::microseconds(1);
    assert_eq!(fresh.claims(claims.expires_at).standing(claims, before), {
        claims.standing(&fresh.claims(claims.expires_at), before)
    });
    claims.standing(&fresh.claims(claims.expires_at), before)
}

#[test]
fn unchanged_inputs_cost_exactly_what_was_promised() {
    let mut scene = Scene::of(TABLE);
    scene.read("rule lead-time 50% under:60");
    let words = "2026-06-06T10:00 before:61";
    let first = quote(&scene, words, Some("USD"));
    let claims: Claims =
        first.claims(first.visit.asked_at + TimeDelta::minutes(15)).to_string().parse().unwrap();

    assert_eq!(verified(&scene, &claims, words, "TEN"), Standing::Holds);
    // Time passes, and the visit is now closer than the surcharge for short notice.
    let closer = "2026-06-06T10:00 before:50";
    assert_eq!(verified(&scene, &claims, closer, "TEN"), Standing::Holds);
    // Tomorrow's rates change nothing about it either.
    scene.read("rates USD=2");
    assert_eq!(verified(&scene, &claims, words, "TEN"), Standing::Holds);
    // A rule that is called otherwise costs the same.
    scene.list.surcharges[0].name = "Saturdays".to_owned();
    assert_eq!(verified(&scene, &claims, words, "TEN"), Standing::Holds);
}

#[test]
fn a_promise_is_about_what_was_asked_for() {
    let scene = Scene::of(TABLE);
    let words = "2026-06-06T10:00";
    let claims = quote(&scene, words, None).claims(scene.visit(words).slot.starts_at);
    let other = [
        ("2026-06-06T10:15", "TEN"),
        ("2026-06-06T10:00 team:2", "TEN"),
        ("2026-06-06T10:00 units:2", "TEN"),
        ("2026-06-06T10:00 emergency", "TEN"),
        ("2026-06-06T10:00", ""),
    ];

    for (words, codes) in other {
        assert_eq!(verified(&scene, &claims, words, codes), Standing::OtherInputs, "{words}");
    }
    let in_dollars = quote(&scene, words, Some("USD")).claims(claims.expires_at);
    assert_eq!(claims.standing(&in_dollars, claims.asked_at), Standing::OtherInputs);
}

#[test]
fn a_changed_rule_changes_the_price_even_when_the_total_stays() {
    let words = "2026-06-06T10:00";
    let claims =
        quote(&Scene::of(TABLE), words, None).claims(Scene::default().visit(words).slot.ends_at);
    let changes: [fn(&mut Scene); 4] = [
        |scene| scene.price.base = Base::PerVisit { amount: 10_001 },
        |scene| scene.list.surcharges.clear(),
        |scene| scene.read("tax exclusive 19%"),
        |scene| {
            // The same 20 % from two rules.
            scene.list.surcharges.clear();
            scene.read("rule weekend 10% days:sat");
            scene.read("rule weekend 10% days:sat");
        },
    ];

    for (index, change) in changes.into_iter().enumerate() {
        let mut scene = Scene::of(TABLE);
        change(&mut scene);
        assert_eq!(verified(&scene, &claims, words, "TEN"), Standing::OtherPrice, "{index}");
    }
}

#[test]
fn a_promise_ends_with_the_time_it_names() {
    let scene = Scene::of(TABLE);
    let first = quote(&scene, "2026-06-06T10:00", None);
    let expires_at = first.visit.asked_at + TimeDelta::minutes(15);
    let claims = first.claims(expires_at);

    let before = expires_at - TimeDelta::microseconds(1);
    assert_eq!(claims.standing(&first.claims(expires_at), before), Standing::Holds);
    assert_eq!(claims.standing(&first.claims(expires_at), expires_at), Standing::Expired);
    // Expired and about something else: the first in the order of precedence is told.
    let other = quote(&scene, "2026-06-06T11:00", None).claims(expires_at);
    assert_eq!(claims.standing(&other, expires_at), Standing::OtherInputs);
}

#[test]
fn a_series_is_promised_as_a_whole() {
    let scene = Scene::of(TABLE);
    let visits =
        ["2026-06-05T10:00", "2026-06-06T10:00", "2026-06-07T10:00"].map(|day| scene.visit(day));
    let priced = |visits: &[Visit]| price_series(visits, &scene.tariff(), &[], None).unwrap();
    let expires_at = visits[0].slot.starts_at;
    let claims = priced(&visits).claims(expires_at);
    let now = claims.asked_at;

    assert_eq!(claims.standing(&priced(&visits).claims(expires_at), now), Standing::Holds);
    let shorter = priced(&visits[..2]).claims(expires_at);
    assert_eq!(claims.standing(&shorter, now), Standing::OtherInputs);
    let alone = priced(&visits[..1]).claims(expires_at);
    let one = price(&visits[0], &scene.tariff(), &[], None).unwrap();
    assert_eq!(alone, one.claims(expires_at), "a series of one is that one");
}

#[test]
fn quotes_are_the_same_price_when_both_question_and_answer_are() {
    let scene = Scene::of(TABLE);
    let first = quote(&scene, "2026-06-06T10:00", None);

    assert!(first.is_same_price(&quote(&scene, "2026-06-06T10:00 before:30", None)));
    assert!(!first.is_same_price(&quote(&scene, "2026-06-13T10:00", None)));
    assert!(!first.is_same_price(&quote(&scene, "2026-06-06T10:00", Some("USD"))));
    assert_eq!(first.total.currency, currency("EUR"));
}
