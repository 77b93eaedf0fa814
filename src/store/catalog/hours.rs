//! Changes of working time: weekly hours, dates on which others hold, time off.

use chrono::NaiveDate;
use diesel::prelude::*;
use domain::catalog::{DateException, HoursOwner, TimeOff, WeeklyHours};
use domain::ids::TimeOffId;

use super::{member_no, team_no};
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::rows::catalog::{ExceptionRow, TimeOffRow, WeeklyRow};
use crate::schema::{date_exceptions, time_off, weekly_hours};

/// Stands in `date_exceptions` for the team itself, since a key has no NULL.
pub(super) const THE_TEAM: i32 = 0;

/// The owner's numbers: that of the team, and of the member if it is one.
fn owner_nos(
    conn: &mut AnyConnection,
    owner: HoursOwner,
) -> Result<(i32, Option<i32>), StoreError> {
    Ok(match owner {
        HoursOwner::Team(team) => (team_no(conn, team)?, None),
        HoursOwner::Member(member, team) => (team_no(conn, team)?, Some(member_no(conn, member)?)),
    })
}

/// Replaces all weekly hours of `owner` by `rows`, whatever owner those name.
pub(super) fn set_weekly(
    conn: &mut AnyConnection,
    owner: HoursOwner,
    rows: &[WeeklyHours],
) -> Result<(), StoreError> {
    let (team_no, member_no) = owner_nos(conn, owner)?;
    let of_team = weekly_hours::table.filter(weekly_hours::team_no.eq(team_no));
    match member_no {
        None => {
            let old = of_team.filter(weekly_hours::member_no.is_null());
            diesel::delete(old).execute(conn)?;
        }
        Some(no) => {
            let old = of_team.filter(weekly_hours::member_no.eq(no));
            diesel::delete(old).execute(conn)?;
        }
    }
    // Nobody else is changing the catalogue, so the highest number stays the highest.
    let highest: Option<i64> =
        weekly_hours::table.select(diesel::dsl::max(weekly_hours::id)).first(conn)?;
    for (id, hours) in (highest.unwrap_or(0) + 1..).zip(rows) {
        let row = WeeklyRow::of(hours, id, team_no, member_no);
        diesel::insert_into(weekly_hours::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Creates the exception, or replaces the one of the same owner on the same day.
pub(super) fn put_exception(
    conn: &mut AnyConnection,
    exception: &DateException,
) -> Result<(), StoreError> {
    let (team_no, member_no) = owner_nos(conn, exception.owner)?;
    let member_no = member_no.unwrap_or(THE_TEAM);
    let old = date_exceptions::table.find((team_no, member_no, exception.day));
    diesel::delete(old).execute(conn)?;
    let row = ExceptionRow::of(exception, team_no, member_no);
    diesel::insert_into(date_exceptions::table).values(row).execute(conn)?;
    Ok(())
}

/// Deletes the exception of `owner` on `day`.
pub(super) fn delete_exception(
    conn: &mut AnyConnection,
    owner: HoursOwner,
    day: NaiveDate,
) -> Result<(), StoreError> {
    let (team_no, member_no) = owner_nos(conn, owner)?;
    let key = (team_no, member_no.unwrap_or(THE_TEAM), day);
    match diesel::delete(date_exceptions::table.find(key)).execute(conn)? {
        0 => Err(StoreError::Reference { what: "exception" }),
        _ => Ok(()),
    }
}

/// Creates or replaces a stretch of time off.
pub(super) fn put_time_off(conn: &mut AnyConnection, time_off: &TimeOff) -> Result<(), StoreError> {
    let id = time_off.id.0.as_bytes().to_vec();
    let row = TimeOffRow::of(time_off, member_no(conn, time_off.member)?);
    diesel::delete(time_off::table.find(id)).execute(conn)?;
    diesel::insert_into(time_off::table).values(row).execute(conn)?;
    Ok(())
}

/// Deletes a stretch of time off.
pub(super) fn delete_time_off(conn: &mut AnyConnection, id: TimeOffId) -> Result<(), StoreError> {
    match diesel::delete(time_off::table.find(id.0.as_bytes().to_vec())).execute(conn)? {
        0 => Err(StoreError::Reference { what: "time off" }),
        _ => Ok(()),
    }
}
