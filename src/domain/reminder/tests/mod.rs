use chrono_tz::Tz;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

mod looks;
mod plans;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn wall(text: &str) -> NaiveTime {
    text.parse().unwrap()
}

fn rule(lead: Lead) -> Rule {
    Rule {
        id: ReminderRuleId(Uuid::from_u128(1)),
        service: None,
        lead,
        quiet: None,
        is_active: true,
        rev: 1,
    }
}

fn hours(hours: u32) -> Rule {
    rule(Lead::Elapsed { minutes: hours * 60 })
}

fn evening_before() -> Rule {
    rule(Lead::DayBefore { days: 1, at: wall("18:00:00") })
}

fn quiet(from: &str, to: &str) -> QuietHours {
    QuietHours { from: wall(from), to: wall(to) }
}

fn visit(starts_at: &str, zone: Tz) -> Visit {
    Visit {
        service: ServiceId(Uuid::from_u128(5)),
        status: Status::Confirmed,
        rev: 1,
        starts_at: at(starts_at),
        zone,
    }
}
