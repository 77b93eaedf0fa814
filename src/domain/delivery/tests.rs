use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

const NOW: &str = "2026-11-22T12:00:00Z";

#[test]
fn every_state_reads_back_from_its_name() {
    for state in State::ALL {
        assert_eq!(State::parse(state.name()), Some(state));
    }
    assert_eq!(State::parse("lost"), None);
}

#[test]
fn waits_double_up_to_an_hour_and_are_drawn_from_all_of_it() {
    let longest =
        |attempts| (0..=3_600_000_u64).step_by(1_000).map(move |lot| backoff(attempts, lot));

    for (attempts, limit_s) in
        [(1, 5), (2, 10), (3, 20), (4, 40), (10, 2_560), (11, 3_600), (12, 3_600), (40, 3_600)]
    {
        assert_eq!(longest(attempts).max(), Some(TimeDelta::seconds(limit_s)), "{attempts}");
        assert_eq!(longest(attempts).min(), Some(TimeDelta::zero()), "{attempts}");
    }
}

#[test]
fn what_can_never_be_taken_is_given_up_at_once() {
    assert_eq!(after_failure(Failure::Permanent, 1, 0, at(NOW), None), Next::Dead);
}

#[test]
fn the_twelfth_failure_is_the_last() {
    let next = |attempts| after_failure(Failure::Passing, attempts, 0, at(NOW), None);

    assert_eq!(next(11), Next::Retry { at: at(NOW) });
    assert_eq!(next(12), Next::Dead);
}

#[test]
fn what_would_come_too_late_is_not_tried_again() {
    let next =
        |lot| after_failure(Failure::Passing, 1, lot, at(NOW), Some(at("2026-11-22T12:00:03Z")));

    assert_eq!(next(3_000), Next::Retry { at: at("2026-11-22T12:00:03Z") });
    assert_eq!(next(3_001), Next::SkippedLate);
}

#[test]
fn an_event_is_offered_eleven_times_within_about_three_days() {
    let offered = |lot: u64| {
        let (mut now, mut attempts) = (at(NOW), 1);
        while let Next::Retry { at } = after_refusal(attempts, lot, now) {
            assert!(at > now);
            (now, attempts) = (at, attempts + 1);
        }
        (attempts, (now - at(NOW)).num_hours())
    };

    assert_eq!(offered(0), (11, 71));
    let (attempts, hours) = offered(u64::MAX);
    assert_eq!(attempts, 11);
    assert!((71..=79).contains(&hours), "{hours}");
}
