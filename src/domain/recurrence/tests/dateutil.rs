//! Another implementation of RFC 5545, and another of the tz database, say the same.

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::{expand, lines, shown};

const FORMAT: &str = "%Y%m%dT%H%M";

#[test]
fn rules_mean_what_dateutil_says_that_they_mean() {
    let mut checked_count = 0;
    for line in lines(include_str!("dateutil.txt")) {
        let [rule, first, expected] = line.as_slice() else { panic!("{line:?}") };
        let (zone, first) = first.split_once(' ').unwrap();
        let zone: Tz = zone.parse().unwrap();
        let first = NaiveDateTime::parse_from_str(first, FORMAT).unwrap().and_utc();

        let got = expand(rule, first, zone).unwrap_or_else(|error| panic!("{rule}: {error}"));

        let got: Vec<_> = got.iter().map(|one| shown(one, FORMAT)).collect();
        assert_eq!(got.join(" "), *expected, "{rule} in {zone}");
        checked_count += 1;
    }
    assert_eq!(checked_count, 220);
}
