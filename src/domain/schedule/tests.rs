use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn berlin(text: &str) -> Schedule {
    Schedule::parse(text, Tz::Europe__Berlin).unwrap()
}

/// The times of a schedule between two instants.
fn times(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let next = |last: &DateTime<Utc>| schedule.next_after(*last);
    let all = std::iter::successors(next(&at(from)), next).take_while(|time| *time <= at(to));
    all.map(|time| time.format("%dT%H:%M").to_string()).collect()
}

#[test]
fn a_time_that_the_clock_skips_runs_once_after_the_gap() {
    // On the 29th of March 2026, 02:00 is 03:00 at once.
    let nightly = berlin("30 2 * * *");
    assert_eq!(
        times(&nightly, "2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z"),
        ["28T01:30", "29T01:00", "30T00:30"]
    );
    let quarters = berlin("*/15 1-3 * * *");
    assert_eq!(
        times(&quarters, "2026-03-29T00:29:00Z", "2026-03-29T01:31:00Z"),
        ["29T00:30", "29T00:45", "29T01:00", "29T01:15", "29T01:30"]
    );
}

#[test]
fn a_time_that_comes_twice_runs_the_first_time_only() {
    // On the 25th of October 2026, 02:30 comes at 00:30 and at 01:30 UTC.
    let nightly = berlin("30 2 * * *");
    assert_eq!(
        times(&nightly, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
        ["25T00:30", "26T01:30"]
    );
}

#[test]
fn counting_from_within_the_second_of_two_equal_hours_repeats_nothing() {
    let nightly = berlin("30 2 * * *");

    for from in ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:29:59Z"] {
        assert_eq!(nightly.next_after(at(from)), Some(at("2026-10-26T01:30:00Z")), "{from}");
    }
}

#[test]
fn a_restart_within_the_minute_loses_nothing_and_doubles_nothing() {
    let nightly = berlin("0 3 * * *");
    let slot = at("2026-11-22T02:00:00Z");
    let before = at("2026-11-21T02:00:00Z");

    assert_eq!(due(&nightly, before, slot - TimeDelta::seconds(1)), []);
    for late_s in [0, 1, 59, 3_600] {
        let now = slot + TimeDelta::seconds(late_s);
        assert_eq!(due(&nightly, before, now), [(slot, Decision::Run)]);
        assert_eq!(due(&nightly, slot, now), []);
    }
}

#[test]
fn after_an_outage_the_latest_missed_time_runs_and_each_has_a_decision() {
    let hourly = berlin("0 * * * *");

    let decided = due(&hourly, at("2026-11-20T08:00:00Z"), at("2026-11-22T12:30:00Z"));

    let count = |wanted| decided.iter().filter(|(_, decision)| *decision == wanted).count();
    assert_eq!(decided.len(), 52);
    assert_eq!(count(Decision::SkippedLate), 28);
    assert_eq!(count(Decision::Coalesced), 23);
    assert_eq!(decided.last(), Some(&(at("2026-11-22T12:00:00Z"), Decision::Run)));
}

#[test]
fn a_job_that_was_missed_for_more_than_a_day_does_not_run_until_its_next_time() {
    let weekly = berlin("0 3 * * 1");

    let decided = due(&weekly, at("2026-11-09T02:00:00Z"), at("2026-11-18T12:00:00Z"));

    assert_eq!(decided, [(at("2026-11-16T02:00:00Z"), Decision::SkippedLate)]);
}

#[test]
fn a_long_outage_of_a_frequent_job_is_decided_in_bounded_looks() {
    let minutely = berlin("* * * * *");
    let now = at("2026-11-22T12:00:00Z");
    let (mut last, mut ran_count, mut looks_count) = (at("2026-11-12T12:00:00Z"), 0, 0);

    while let decided = due(&minutely, last, now)
        && let Some((at, _)) = decided.last()
    {
        assert!(decided.len() <= DECISIONS_MAX);
        ran_count += decided.iter().filter(|(_, decision)| *decision == Decision::Run).count();
        (last, looks_count) = (*at, looks_count + 1);
    }

    assert_eq!((last, ran_count), (now, 1));
    assert_eq!(looks_count, 9);
}

#[test]
fn text_that_says_no_schedule_is_refused() {
    let parse = |text: &str| Schedule::parse(text, Tz::UTC).map(|_| ()).unwrap_err();

    assert_eq!(parse(""), ScheduleError::NotFiveFields { fields: 0 });
    assert_eq!(parse("@daily"), ScheduleError::NotFiveFields { fields: 1 });
    assert_eq!(parse("0 0 3 * * *"), ScheduleError::NotFiveFields { fields: 6 });
    let long = "0 ".repeat(200);
    assert_eq!(parse(&long), ScheduleError::TextTooLong { bytes: 400, bytes_max: TEXT_BYTES_MAX });
    for text in ["60 * * * *", "* 24 * * *", "a b c d e", "*/0 * * * *", "5-1 * * * *", "ü * * * *"]
    {
        let error = parse(text);
        assert!(matches!(error, ScheduleError::Unreadable { .. }), "{text}: {error:?}");
    }
    assert_eq!(parse("0 0 30 2 *"), ScheduleError::Never);
    assert_eq!(Schedule::parse("0 0 29 2 *", Tz::UTC).unwrap().text(), "0 0 29 2 *");
}

proptest! {
    #[test]
    fn any_pattern_of_looks_decides_each_time_once(
        steps in prop::collection::vec(1_i64..3_000, 1..60),
        zone in prop::sample::select(vec![Tz::Europe__Berlin, Tz::Australia__Lord_Howe]),
    ) {
        let schedule = Schedule::parse("*/20 * * * *", zone).unwrap();
        let start = at("2026-10-03T00:00:00Z");
        let (mut now, mut last, mut seen) = (start, start, Vec::new());
        for minutes in steps {
            now += TimeDelta::minutes(minutes);
            let decided = due(&schedule, last, now);
            let ran_count = decided.iter().filter(|(_, one)| *one == Decision::Run).count();
            prop_assert!(ran_count <= 1);
            last = decided.last().map_or(last, |(at, _)| *at);
            seen.extend(decided.into_iter().map(|(at, _)| at));
        }
        let next = |last: &DateTime<Utc>| schedule.next_after(*last);
        let all = std::iter::successors(next(&start), next).take_while(|time| *time <= now);
        prop_assert_eq!(seen, all.collect::<Vec<_>>());
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[0-9*/,L#W? @a-z-]{0,40}") {
        let _ = Schedule::parse(&text, Tz::UTC);
    }
}

#[test]
fn a_run_that_fails_is_tried_again_later_and_then_given_up() {
    assert_eq!(retry_after(1), Some(TimeDelta::minutes(1)));
    assert_eq!(retry_after(2), Some(TimeDelta::minutes(4)));
    assert_eq!(retry_after(TRIES_MAX), None);
    for state in RunState::ALL {
        assert_eq!(RunState::parse(state.name()), Some(state));
    }
    assert!(RunState::ALL.into_iter().filter(|state| state.is_open()).count() == 3);
}

#[test]
fn a_lease_is_renewed_under_its_term_and_taken_over_under_the_next() {
    let (one, other) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    let now = at("2026-11-22T12:00:00Z");
    let Standing::Take(first) = stand(None, one, now) else { panic!("nobody has it") };
    assert_eq!((first.holder, first.term, first.expires_at), (one, 1, now + LEASE_LIFETIME));

    let later = now + TimeDelta::seconds(10);
    let renewed = Standing::Take(Lease { expires_at: later + LEASE_LIFETIME, ..first });
    assert_eq!(stand(Some(&first), one, later), renewed);
    assert_eq!(stand(Some(&first), other, later), Standing::Follow { until: first.expires_at });

    // Whoever overslept is not believed, not even by themselves.
    for holder in [one, other] {
        let Standing::Take(next) = stand(Some(&first), holder, first.expires_at) else {
            panic!("it is over")
        };
        assert_eq!((next.holder, next.term), (holder, 2));
    }
    assert!(first.trusted_until() < first.expires_at);
}
