//! The price of visits that are booked together.

use super::table::{Scene, currency, eur};
use crate::pricing::{PricingError, SeriesError, price_series};
use crate::recurrence::OCCURRENCES_MAX;

#[test]
fn a_series_names_the_price_of_each_visit_and_of_all() {
    let scene = Scene::of("rule weekend 20% days:sat\npromo TEN 10%");
    let days = ["2026-06-05T10:00", "2026-06-06T10:00", "2026-06-07T10:00"];
    let visits = days.map(|day| scene.visit(day));

    let series = price_series(&visits, &scene.tariff(), &scene.uses("TEN"), None).unwrap();

    let totals: Vec<i64> = series.quotes.iter().map(|quote| quote.total.amount).collect();
    assert_eq!(totals, [9_000, 12_000, 10_000], "the promo is used once, on the first");
    assert_eq!(series.total, eur(31_000));
}

#[test]
fn a_series_is_converted_visit_by_visit() {
    let scene = Scene::of("base visit 3333\nrates USD=1.0803");
    let visits = [scene.visit("2026-06-05T10:00"), scene.visit("2026-06-12T10:00")];

    let series = price_series(&visits, &scene.tariff(), &[], Some(&scene.exchange("USD"))).unwrap();

    assert_eq!(series.total.currency, currency("USD"));
    assert_eq!(series.total.amount, 2 * 3_601);
}

#[test]
fn a_series_without_visits_or_with_too_many_has_no_price() {
    let scene = Scene::default();
    let visit = scene.visit("2026-06-05T10:00");
    let priced = |count| price_series(&vec![visit; count], &scene.tariff(), &[], None);

    assert_eq!(priced(0), Err(SeriesError::Count));
    assert_eq!(priced(OCCURRENCES_MAX).map(|series| series.total), Ok(eur(1_040_000)));
    assert_eq!(priced(OCCURRENCES_MAX + 1), Err(SeriesError::Count));
}

#[test]
fn the_visit_that_has_no_price_is_named() {
    let scene = Scene::of("base unit 1000000000000");
    let small = scene.visit("2026-06-05T10:00 units:900");
    let large = scene.visit("2026-06-05T10:00 units:9000000");
    let refused = |visits: &[_]| price_series(visits, &scene.tariff(), &[], None).unwrap_err();

    let base = PricingError::TooLarge { code: "base" };
    assert_eq!(refused(&[small, large]), SeriesError::Visit { index: 1, error: base });
    let total = PricingError::TooLarge { code: "total" };
    assert_eq!(refused(&[small, small]), SeriesError::Visit { index: 1, error: total });
}
