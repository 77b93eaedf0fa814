use super::*;

const LONG_AGO: &str = "2026-01-01T00:00:00Z";

fn due(rule: &Rule, visit: &Visit, now: &str) -> Option<DateTime<Utc>> {
    let plans = plan(std::slice::from_ref(rule), visit, at(now));
    plans.first().map(|plan| plan.due_at)
}

#[test]
fn hours_pass_and_the_evening_before_is_read_from_the_clock() {
    // zone, visit, 24 hours before, the day before at 18:00.
    for (zone, starts_at, elapsed, evening) in [
        (
            Tz::Europe__Berlin,
            "2026-12-01T08:00:00Z",
            "2026-11-30T08:00:00Z",
            "2026-11-30T17:00:00Z",
        ),
        // The night to the 29th of March has an hour less, that to the 25th of October one more.
        (
            Tz::Europe__Berlin,
            "2026-03-29T07:00:00Z",
            "2026-03-28T07:00:00Z",
            "2026-03-28T17:00:00Z",
        ),
        (
            Tz::Europe__Berlin,
            "2026-10-25T08:00:00Z",
            "2026-10-24T08:00:00Z",
            "2026-10-24T16:00:00Z",
        ),
        (
            Tz::America__New_York,
            "2026-03-08T13:00:00Z",
            "2026-03-07T13:00:00Z",
            "2026-03-07T23:00:00Z",
        ),
        (
            Tz::Asia__Kathmandu,
            "2026-03-29T03:15:00Z",
            "2026-03-28T03:15:00Z",
            "2026-03-28T12:15:00Z",
        ),
    ] {
        let visit = visit(starts_at, zone);
        assert_eq!(due(&hours(24), &visit, LONG_AGO), Some(at(elapsed)), "{zone}");
        assert_eq!(due(&evening_before(), &visit, LONG_AGO), Some(at(evening)), "{zone}");
    }
}

#[test]
fn a_wall_time_on_a_night_of_change_is_the_first_that_comes() {
    let at_half_past_two = rule(Lead::DayBefore { days: 1, at: wall("02:30:00") });
    let spring = visit("2026-03-30T07:00:00Z", Tz::Europe__Berlin);
    let autumn = visit("2026-10-26T08:00:00Z", Tz::Europe__Berlin);

    // There is no 02:30 on the 29th of March; on the 25th of October there are two.
    assert_eq!(due(&at_half_past_two, &spring, LONG_AGO), Some(at("2026-03-29T01:00:00Z")));
    assert_eq!(due(&at_half_past_two, &autumn, LONG_AGO), Some(at("2026-10-25T00:30:00Z")));
}

#[test]
fn whoever_books_late_is_not_reminded_at_once() {
    let visit = visit("2026-12-01T08:00:00Z", Tz::Europe__Berlin);
    let rules = [hours(24), hours(2)];

    let due = |now: &str| -> Vec<_> {
        plan(&rules, &visit, at(now)).into_iter().map(|plan| plan.due_at).collect()
    };

    assert_eq!(due("2026-11-29T08:00:00Z").len(), 2);
    assert_eq!(due("2026-11-30T08:00:00Z"), [at("2026-12-01T06:00:00Z")]);
    assert!(due("2026-12-01T06:00:00Z").is_empty());
}

#[test]
fn only_what_is_confirmed_is_reminded_of() {
    for status in Status::ALL {
        let visit = Visit { status, ..visit("2026-12-01T08:00:00Z", Tz::UTC) };
        let is_planned = due(&hours(2), &visit, LONG_AGO).is_some();
        assert_eq!(is_planned, status == Status::Confirmed, "{status}");
    }
}

#[test]
fn a_rule_for_another_service_or_switched_off_plans_nothing() {
    let visit = visit("2026-12-01T08:00:00Z", Tz::UTC);
    let other = Rule { service: Some(ServiceId(Uuid::from_u128(6))), ..hours(2) };
    let same = Rule { service: Some(visit.service), ..hours(2) };
    let off = Rule { is_active: false, ..hours(2) };

    assert_eq!(due(&other, &visit, LONG_AGO), None);
    assert_eq!(due(&off, &visit, LONG_AGO), None);
    assert!(due(&same, &visit, LONG_AGO).is_some());
}

#[test]
fn what_falls_into_quiet_hours_moves_to_the_nearer_end() {
    let night =
        |hours_before| Rule { quiet: Some(quiet("22:00:00", "07:00:00")), ..hours(hours_before) };
    let visit = visit("2026-12-02T09:00:00Z", Tz::UTC);

    // 08:59 before, 02:00, 05:00 and 23:00.
    assert_eq!(due(&night(2), &visit, LONG_AGO), Some(at("2026-12-02T07:00:00Z")));
    assert_eq!(due(&night(4), &visit, LONG_AGO), Some(at("2026-12-02T07:00:00Z")));
    assert_eq!(due(&night(10), &visit, LONG_AGO), Some(at("2026-12-01T21:59:00Z")));
    assert_eq!(due(&night(12), &visit, LONG_AGO), Some(at("2026-12-01T21:00:00Z")));
}

#[test]
fn quiet_hours_move_nothing_past_the_visit_or_into_the_past() {
    let night =
        |hours_before| Rule { quiet: Some(quiet("22:00:00", "07:00:00")), ..hours(hours_before) };
    let early = visit("2026-12-02T06:30:00Z", Tz::UTC);

    assert_eq!(due(&night(1), &early, LONG_AGO), Some(at("2026-12-01T21:59:00Z")));
    assert_eq!(due(&night(1), &early, "2026-12-01T22:30:00Z"), None);
}

#[test]
fn rules_that_mean_nothing_are_refused() {
    let minutes = |minutes| rule(Lead::Elapsed { minutes });
    let days = |days| rule(Lead::DayBefore { days, at: wall("18:00:00") });
    let with = |from: &str, to: &str, rule: Rule| Rule { quiet: Some(quiet(from, to)), ..rule };
    let minutes_range = RuleError::MinutesOutOfRange {
        minutes_min: LEAD_MINUTES_MIN,
        minutes_max: LEAD_MINUTES_MAX,
    };

    for (wrong, expected) in [
        (minutes(4), minutes_range),
        (minutes(LEAD_MINUTES_MAX + 1), minutes_range),
        (days(0), RuleError::DaysOutOfRange { days_max: LEAD_DAYS_MAX }),
        (days(29), RuleError::DaysOutOfRange { days_max: LEAD_DAYS_MAX }),
        (
            with("22:00:00", "22:00:00", hours(2)),
            RuleError::QuietWithoutLength { at: wall("22:00:00") },
        ),
        (with("17:00:00", "19:00:00", days(1)), RuleError::DueWithinQuiet { at: wall("18:00:00") }),
        (with("18:00:00", "07:00:00", days(1)), RuleError::DueWithinQuiet { at: wall("18:00:00") }),
    ] {
        assert_eq!(check(&wrong), Err(expected));
    }
    for right in [minutes(5), days(28), with("22:00:00", "07:00:00", days(1)), hours(24)] {
        assert_eq!(check(&right), Ok(()));
    }
}

prop_compose! {
    fn any_rule()(
        is_elapsed in any::<bool>(),
        minutes in LEAD_MINUTES_MIN..4_000,
        days in 1_u8..4,
        minute in 0_u32..1_440,
        night in prop::option::of((0_u32..24, 0_u32..24)),
    ) -> Rule {
        let time = |minute: u32| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap();
        let lead = if is_elapsed {
            Lead::Elapsed { minutes }
        } else {
            Lead::DayBefore { days, at: time(minute) }
        };
        let night = night.filter(|(from, to)| from != to);
        let quiet = night.map(|(from, to)| QuietHours { from: time(from * 60), to: time(to * 60) });
        Rule { quiet, ..rule(lead) }
    }
}

proptest! {
    #[test]
    fn a_plan_is_after_now_before_the_visit_and_never_in_quiet_hours(
        rule in any_rule(),
        zone in prop::sample::select(vec![Tz::Europe__Berlin, Tz::Australia__Lord_Howe, Tz::UTC]),
        hour in 0_i64..9_000,
        ahead_minutes in 0_i64..6_000,
    ) {
        let starts_at = at("2026-01-01T00:00:00Z") + TimeDelta::hours(hour);
        let now = starts_at - TimeDelta::minutes(ahead_minutes);
        let visit = Visit { starts_at, ..visit("2026-01-01T00:00:00Z", zone) };

        for plan in plan(std::slice::from_ref(&rule), &visit, now) {
            prop_assert!(now < plan.due_at && plan.due_at < starts_at);
            prop_assert_eq!(plan.not_after, starts_at);
            let quiet = rule.quiet.and_then(|quiet| quiet.ends_after(plan.due_at, zone));
            prop_assert_eq!(quiet, None);
            prop_assert_eq!(last_look(&plan, Some(&visit), rule.quiet, plan.due_at), Look::Send);
        }
    }
}
