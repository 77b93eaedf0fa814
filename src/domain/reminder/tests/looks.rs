use super::*;

fn planned(visit: &Visit) -> Plan {
    plan(&[hours(2)], visit, at("2026-01-01T00:00:00Z")).remove(0)
}

#[test]
fn a_visit_that_is_off_moved_or_gone_is_not_reminded_of() {
    let before = visit("2026-12-01T08:00:00Z", Tz::UTC);
    let plan = planned(&before);
    let look = |visit: Option<&Visit>| last_look(&plan, visit, None, plan.due_at);

    assert_eq!(look(Some(&before)), Look::Send);
    assert_eq!(look(None), Look::Superseded);
    assert_eq!(look(Some(&Visit { rev: 2, ..before })), Look::Superseded);
    for status in Status::ALL {
        let expected = if status == Status::Confirmed { Look::Send } else { Look::Superseded };
        assert_eq!(look(Some(&Visit { status, ..before })), expected, "{status}");
    }
}

#[test]
fn after_an_outage_a_reminder_comes_late_but_never_after_the_visit_began() {
    let visit = visit("2026-12-01T08:00:00Z", Tz::UTC);
    let plan = planned(&visit);
    let look = |now: &str| last_look(&plan, Some(&visit), None, at(now));

    assert_eq!(look("2026-12-01T07:59:59Z"), Look::Send);
    assert_eq!(look("2026-12-01T08:00:00Z"), Look::SkippedLate);
}

#[test]
fn what_comes_late_waits_for_the_end_of_quiet_hours_or_is_skipped() {
    let night = Some(quiet("22:00:00", "07:00:00"));
    let morning = visit("2026-12-01T08:00:00Z", Tz::UTC);
    let dawn = visit("2026-12-01T06:30:00Z", Tz::UTC);
    let look = |visit: &Visit, now: &str| last_look(&planned(visit), Some(visit), night, at(now));

    let until = at("2026-12-01T07:00:00Z");
    assert_eq!(look(&morning, "2026-12-01T06:10:00Z"), Look::Wait { until });
    assert_eq!(look(&morning, "2026-12-01T07:00:00Z"), Look::Send);
    assert_eq!(look(&dawn, "2026-12-01T05:00:00Z"), Look::SkippedLate);
}

/// What happens to a booking, and somebody who looks at its reminders, in some order.
#[derive(Debug, Clone, Copy)]
enum Act {
    Pass { minutes: i64 },
    Move { hours: i64 },
    Cancel,
    Send,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (0_i64..600).prop_map(|minutes| Act::Pass { minutes }),
        2 => (-40_i64..200).prop_map(|hours| Act::Move { hours }),
        1 => Just(Act::Cancel),
        4 => Just(Act::Send),
    ];
    prop::collection::vec(act, 0..60)
}

proptest! {
    #[test]
    fn no_reminder_follows_a_cancel_or_speaks_of_an_old_time(acts in acts()) {
        let rules = [hours(24), hours(2), evening_before()];
        let mut now = at("2026-11-28T00:00:00Z");
        let mut visit = visit("2026-12-01T08:00:00Z", Tz::Europe__Berlin);
        // What was planned stays here: nothing is superseded but by the last look.
        let mut rows = plan(&rules, &visit, now);
        for act in acts {
            match act {
                Act::Pass { minutes } => now += TimeDelta::minutes(minutes),
                Act::Move { hours } if visit.status == Status::Confirmed => {
                    visit.starts_at += TimeDelta::hours(hours);
                    visit.rev += 1;
                    rows.extend(plan(&rules, &visit, now));
                }
                Act::Move { .. } => {}
                Act::Cancel => {
                    visit.status = Status::Cancelled;
                    visit.rev += 1;
                }
                Act::Send => {
                    let (due, rest): (Vec<Plan>, Vec<Plan>) =
                        rows.into_iter().partition(|row| row.due_at <= now);
                    rows = rest;
                    for row in due {
                        if last_look(&row, Some(&visit), None, now) == Look::Send {
                            prop_assert_eq!(visit.status, Status::Confirmed);
                            prop_assert_eq!(row.not_after, visit.starts_at);
                            prop_assert!(now < visit.starts_at);
                        }
                    }
                }
            }
        }
    }
}
