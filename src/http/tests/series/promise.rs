//! What a preview shows is what is made, whoever books in between; and series that meet.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::super::harness::{BOOKINGS, Plan, Portal, Reply};
use super::{column, make, portal, preview, used, wished};

/// Series that are previewed and made at random.
const SERIES_COUNT: u32 = 200;

/// Rounds in which two want the same places.
const DUELS_COUNT: u64 = 50;

/// A sequence that is always the same.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 30).unwrap()
}

/// The statuses of a preview's occurrences: whether each fits.
fn fits(shown: &Reply) -> Vec<bool> {
    column(&shown.body["occurrences"], "status").into_iter().map(|status| status == "ok").collect()
}

/// The bookings that there are, by what their days hold.
fn booked_on(portal: &Portal, days: &BTreeSet<String>) -> u32 {
    days.iter().map(|day| used(portal, day)).map(|(used, held)| used + held).sum()
}

async fn interfere(portal: &Portal, dice: &mut Dice, days: &[String], others: &mut Vec<Value>) {
    for _ in 0..dice.roll(3) {
        if dice.roll(3) == 0 && !others.is_empty() {
            let at = usize::try_from(dice.roll(u64::try_from(others.len()).unwrap())).unwrap();
            let other = others.swap_remove(at);
            let path = format!("{BOOKINGS}/{}/cancel", other["id"].as_str().unwrap());
            let token = super::super::harness::token(&other);
            portal.post(&path, &json!({})).link(token).rev(1).send().await;
        } else {
            let day =
                &days[usize::try_from(dice.roll(u64::try_from(days.len()).unwrap())).unwrap()];
            let mut wish = portal.wish(10);
            wish["startsAt"] = json!(format!("{day}T{:02}:00:00", 9 + dice.roll(8)));
            let made = make(portal, &wish).await;
            if made.status == 201 {
                others.push(made.body);
            }
        }
    }
}

#[actix_web::test]
async fn what_a_preview_shows_is_made_or_the_differences_are_told() {
    let portal = portal(Plan { limit: 3, ..Plan::default() });
    let mut dice = Dice(0x5EED_0014);
    let mut others = Vec::new();
    let mut outcomes = [0; 3];
    for _ in 0..SERIES_COUNT {
        let first = monday() + Days::new(dice.roll(40));
        let starts_at = format!("{first}T{:02}:00:00", 9 + dice.roll(7));
        let frequency = if dice.roll(2) == 0 { "daily" } else { "weekly" };
        let rule = json!({
            "frequency": frequency, "interval": 1 + dice.roll(2), "count": 2 + dice.roll(5),
        });
        let shown = preview(&portal, &starts_at, &rule).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        let shown_fits = fits(&shown);
        let days: Vec<String> = column(&shown.body["occurrences"], "startsAt")
            .into_iter()
            .map(|starts_at| starts_at.as_str().unwrap()[..10].to_owned())
            .collect();
        interfere(&portal, &mut dice, &days, &mut others).await;

        let mut wish = wished(&portal, &starts_at, &rule);
        wish["previewToken"] = shown.body["token"].clone();
        let is_skip = dice.roll(3) > 0;
        wish["onConflict"] = json!(if is_skip { "skip" } else { "fail" });
        let of_days: BTreeSet<String> = days.iter().cloned().collect();
        let before = booked_on(&portal, &of_days);
        let made = make(&portal, &wish).await;
        let added = booked_on(&portal, &of_days) - before;

        match made.outcome() {
            (201, _) => {
                outcomes[0] += 1;
                let statuses = column(&made.body["series"]["occurrences"], "status");
                let booked: Vec<bool> =
                    statuses.into_iter().map(|status| status == "confirmed").collect();
                if is_skip {
                    assert_eq!(booked, shown_fits, "nothing is dropped, and nothing added");
                } else {
                    assert!(booked.iter().all(|is_booked| *is_booked));
                }
                let booked_count = booked.iter().filter(|is_booked| **is_booked).count();
                assert_eq!(usize::try_from(added).unwrap(), booked_count);
            }
            (409, "preview-stale") => {
                outcomes[1] += 1;
                let differences = made.body["differences"].as_array().unwrap();
                assert!(!differences.is_empty(), "{}", made.text());
                for one in differences {
                    let index = usize::try_from(one["index"].as_u64().unwrap()).unwrap();
                    assert_eq!(one["was"] == "ok", shown_fits[index], "{}", made.text());
                    assert_ne!(one["was"], one["now"]);
                }
                assert_eq!(added, 0);
            }
            (409, "series-conflict") => {
                outcomes[2] += 1;
                let is_all = shown_fits.iter().all(|fits| *fits);
                let is_none = !shown_fits.iter().any(|fits| *fits);
                assert!(if is_skip { is_none } else { !is_all }, "{}", made.text());
                assert_eq!(added, 0);
            }
            _ => panic!("{}", made.text()),
        }
    }
    // A run in which one of these never happens shows nothing.
    assert!(outcomes.iter().all(|count| *count >= 10), "{outcomes:?}");
}

#[actix_web::test]
async fn of_two_series_that_want_each_other_s_last_places_one_is_made() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    let rule = json!({ "frequency": "daily", "count": 5 });
    let mut both_in_vain = 0;
    for round in 0..DUELS_COUNT {
        let first = monday() + Days::new(7 * round);
        let wish = wished(&portal, &format!("{first}T10:00:00"), &rule);

        let (one, other) = tokio::join!(make(&portal, &wish), make(&portal, &wish));

        let made = [&one, &other].iter().filter(|reply| reply.status == 201).count();
        assert!(made <= 1, "{} {}", one.text(), other.text());
        if made == 0 {
            both_in_vain += 1;
            let again = make(&portal, &wish).await;
            assert_eq!(again.status, 201, "{}", again.text());
        }
        for ahead in 0..5 {
            let (used, held) = used(&portal, &(first + Days::new(ahead)).to_string());
            assert_eq!(used + held, 1, "round {round}");
        }
        let lost = [one, other].into_iter().find(|reply| reply.status != 201);
        assert_eq!(lost.unwrap().outcome(), (409, "series-conflict"));
    }
    assert_eq!(both_in_vain, 0, "at least one succeeds within its two tries");
}

#[actix_web::test]
async fn a_series_and_a_single_booking_share_out_the_places() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    let rule = json!({ "frequency": "daily", "count": 5 });
    for round in 0..10 {
        let first = monday() + Days::new(7 * round);
        let series = wished(&portal, &format!("{first}T10:00:00"), &rule);
        let mut single = portal.wish(10);
        single["startsAt"] = json!(format!("{}T12:00:00", first + Days::new(3)));

        let (series, single) = tokio::join!(make(&portal, &series), make(&portal, &single));

        let made = [&series, &single].iter().filter(|reply| reply.status == 201).count();
        assert!(made <= 1, "{} {}", series.text(), single.text());
        let count: u32 = (0..5)
            .map(|ahead| used(&portal, &(first + Days::new(ahead)).to_string()))
            .map(|(used, held)| used + held)
            .sum();
        let expected = if series.status == 201 { 5 } else { u32::from(single.status == 201) };
        assert_eq!(count, expected, "round {round}: {} {}", series.text(), single.text());
    }
}
