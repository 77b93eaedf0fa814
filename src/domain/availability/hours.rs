//! Rows about working time, read for one day.
//!
//! Wall-clock times become instants by [`LocalTime::first`](crate::time::LocalTime::first) at both
//! ends: 00:00 to 24:00 lasts as long as the day does, a closing time inside a gap is the end of
//! the gap, and hours that lie wholly inside a gap vanish.

use chrono::{Datelike, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::intervals::{difference, intersection, union};
use super::{Hours, TeamDay};
use crate::catalog::check::DURATION_MINUTES_MAX;
use crate::catalog::{HoursOwner, Member, OpenMinutes, Resource, ResourceKind, Team};
use crate::ids::{MemberId, ResourceId};
use crate::ledger::LedgerKey;
use crate::time::{Slot, day_bounds, resolve_local};

/// The day of `team` in which `members` follow `hours` and use `resources` (those of the team).
///
/// A date exception replaces the weekly hours of whoever it speaks of. Members with no weekly hours
/// of their own in this team work whenever it is open; all of them only while it is open.
pub fn team_day(
    team: &Team,
    members: &[&Member],
    resources: &[&Resource],
    hours: &Hours,
    day: NaiveDate,
) -> TeamDay {
    let open = match hours.on(HoursOwner::Team(team.id), day) {
        Some(rows) => instants(rows, day, team.zone),
        None => Vec::new(),
    };
    let mut staff: Vec<MemberId> =
        members.iter().filter(|member| member.is_active).map(|member| member.id).collect();
    staff.sort_unstable();
    staff.dedup();

    let mut away = Vec::new();
    let mut working = Vec::with_capacity(staff.len());
    for member in staff {
        let mut works = match hours.on(HoursOwner::Member(member, team.id), day) {
            Some(rows) => intersection(&open, &instants(rows, day, team.zone)),
            None => open.clone(),
        };
        for off in hours.away(member, day, team.zone) {
            works = difference(works, off);
            away.push((member, off));
        }
        working.push((member, works));
    }
    let mut resources: Vec<(ResourceKind, ResourceId)> =
        resources.iter().filter(|one| one.is_active).map(|one| (one.kind, one.id)).collect();
    resources.sort_unstable();
    resources.dedup();
    let key = LedgerKey { team: team.id, day };
    TeamDay { key, zone: team.zone, open, members: working, away, resources }
}

impl Hours {
    /// The hours of `owner` on `day`; none when no row says anything about them, which is not the
    /// same as being closed.
    fn on(&self, owner: HoursOwner, day: NaiveDate) -> Option<Vec<OpenMinutes>> {
        let exception = self.exceptions.iter().find(|one| one.owner == owner && one.day == day);
        if let Some(exception) = exception {
            return Some(exception.open.clone());
        }
        let mut own = self.weekly.iter().filter(|row| row.owner == owner).peekable();
        own.peek()?;
        Some(own.filter(|row| row.weekday == day.weekday()).map(|row| row.open).collect())
    }

    /// Time off of `member` that a visit starting on `day` could run into.
    fn away(&self, member: MemberId, day: NaiveDate, zone: Tz) -> impl Iterator<Item = Slot> {
        let mut reach = day_bounds(day, zone);
        reach.ends_at += TimeDelta::minutes(i64::from(DURATION_MINUTES_MAX));
        self.time_off
            .iter()
            .filter(move |off| off.member == member && off.away.overlaps(reach))
            .map(|off| off.away)
    }
}

/// The instants that `rows` of `day` mean in `zone`.
fn instants(rows: Vec<OpenMinutes>, day: NaiveDate, zone: Tz) -> Vec<Slot> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let at =
        |minute: u16| resolve_local(midnight + TimeDelta::minutes(i64::from(minute)), zone).first();
    let slot = |row: OpenMinutes| Slot { starts_at: at(row.from), ends_at: at(row.to) };
    union(rows.into_iter().map(slot).collect())
}
