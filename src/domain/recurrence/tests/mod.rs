//! Series and their clocks.

use chrono_tz::Tz;

use super::{OccurrenceTime, Recurrence};

#[test]
fn a_weekly_series_over_dst_keeps_its_wall_time() {
    let rule = Recurrence::parse_rrule("freq=weekly;count=4").unwrap();
    let first = "2026-03-15T08:00:00Z".parse().unwrap();
    let got = rule.expand(first, Tz::Europe__Berlin).unwrap();
    let at: Vec<_> = got
        .iter()
        .map(|o| match o.starts_at {
            OccurrenceTime::At(at) => at.to_rfc3339(),
            OccurrenceTime::Skipped { next } => next.to_rfc3339(),
        })
        .collect();
    assert_eq!(
        at,
        [
            "2026-03-15T08:00:00+00:00",
            "2026-03-22T08:00:00+00:00",
            "2026-03-29T07:00:00+00:00",
            "2026-04-05T07:00:00+00:00"
        ]
    );
}
