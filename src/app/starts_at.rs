//! When somebody wants to come: an instant, or what a clock on a wall will show.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::{OffsetComponents, Tz};
use domain::time::{LocalTime, resolve_local};

use super::Failure;

/// A start as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartsAt {
    Instant(DateTime<Utc>),
    /// Read in the zone given with it, else in the team's.
    Local(NaiveDateTime, Option<Tz>),
}

impl StartsAt {
    /// Reads RFC 3339 with an offset, or a local time without.
    pub fn parse(text: &str, zone: Option<Tz>) -> Option<Self> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Some(Self::Instant(instant.with_timezone(&Utc)));
        }
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
            .into_iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(|local| Self::Local(local, zone))
    }

    /// The instant meant by somebody who deals with a team in `team_zone`.
    ///
    /// # Errors
    ///
    /// [`Failure::LocalTimeSkipped`] and [`Failure::LocalTimeTwice`]: nobody can know what is
    /// meant.
    pub fn resolve(self, team_zone: Tz) -> Result<DateTime<Utc>, Failure> {
        let (local, zone) = match self {
            Self::Instant(instant) => return Ok(instant),
            Self::Local(local, zone) => (local, zone.unwrap_or(team_zone)),
        };
        match resolve_local(local, zone) {
            LocalTime::Once(at) => Ok(at),
            LocalTime::Twice { earlier, later } => {
                Err(Failure::LocalTimeTwice { earlier, later, zone })
            }
            LocalTime::Skipped { next } => {
                // What the clock would mean if it had not been put forward yet, or already.
                let offset_after = offset(next, zone);
                let offset_before = offset(next - TimeDelta::seconds(1), zone);
                let before = local.and_utc() - offset_after;
                let after = local.and_utc() - offset_before;
                Err(Failure::LocalTimeSkipped { before, after, zone })
            }
        }
    }
}

/// How far the zone's clock is ahead of UTC at an instant.
fn offset(at: DateTime<Utc>, zone: Tz) -> TimeDelta {
    let offset = *at.with_timezone(&zone).offset();
    offset.base_utc_offset() + offset.dst_offset()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn resolved(text: &str) -> String {
        match StartsAt::parse(text, None).map(|starts_at| starts_at.resolve(BERLIN)) {
            Some(Ok(at)) => at.to_rfc3339(),
            Some(Err(Failure::LocalTimeSkipped { before, after, .. })) => {
                format!("skipped {} {}", before.time(), after.time())
            }
            Some(Err(Failure::LocalTimeTwice { earlier, later, .. })) => {
                format!("twice {} {}", earlier.time(), later.time())
            }
            Some(Err(other)) => other.to_string(),
            None => "unreadable".to_owned(),
        }
    }

    #[test]
    fn an_offset_says_which_instant_and_without_one_the_team_s_clock_does() {
        assert_eq!(resolved("2026-11-23T09:00:00+02:00"), "2026-11-23T07:00:00+00:00");
        assert_eq!(resolved("2026-11-23T09:00:00Z"), "2026-11-23T09:00:00+00:00");
        assert_eq!(resolved("2026-11-23T09:00"), "2026-11-23T08:00:00+00:00");
        assert_eq!(resolved("2026-11-23T09:00:00"), "2026-11-23T08:00:00+00:00");
        assert_eq!(resolved("2026-11-23"), "unreadable");
        assert_eq!(resolved("tomorrow"), "unreadable");
    }

    #[test]
    fn a_time_that_the_clock_skips_or_repeats_comes_back_with_both_instants() {
        assert_eq!(resolved("2027-03-28T02:30"), "skipped 00:30:00 01:30:00");
        assert_eq!(resolved("2026-10-25T02:30"), "twice 00:30:00 01:30:00");
    }

    #[test]
    fn a_zone_of_the_client_s_own_goes_before_the_team_s() {
        let starts_at = StartsAt::parse("2026-11-23T09:00", Some(chrono_tz::Asia::Tokyo)).unwrap();

        let at = starts_at.resolve(BERLIN).unwrap();

        assert_eq!(at.to_rfc3339(), "2026-11-23T00:00:00+00:00");
    }
}
