//! Changes of teams and members.

use diesel::prelude::*;
use domain::catalog::{Member, Team};
use domain::ids::{MemberId, TeamId, TeamNo};
use domain::ledger::LedgerNo;

use crate::aside::{Write, compare, expect, reference};
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::rows::catalog::{MemberRow, TeamRow};
use crate::schema::{bookings, date_exceptions, ledgers, members, team_members, teams};

/// Creates or replaces a team.
pub(super) fn put_team(conn: &mut AnyConnection, team: &Team) -> Result<(), StoreError> {
    match compare("team", find_team(conn, team.id)?, team.rev)? {
        Write::Create => {
            let no = super::take_short_number(conn, "team")?;
            diesel::insert_into(teams::table).values(TeamRow::of(team, no)).execute(conn)?;
        }
        Write::Replace(no) => {
            let row = TeamRow::of(team, no);
            diesel::update(teams::table.find(no)).set(row).execute(conn)?;
        }
    }
    Ok(())
}

/// Deletes a team that has no member, is offered by no service, and never had a ledger.
pub(super) fn delete_team(
    conn: &mut AnyConnection,
    id: TeamId,
    rev: i64,
) -> Result<(), StoreError> {
    let no = expect("team", find_team(conn, id)?, rev)?;
    let day = |day| LedgerNo::of(TeamNo(no), day);
    // The first and the last day that a number can hold.
    let (first, last) = (day(LedgerNo(0).day()), day(LedgerNo(-1).day()));
    let opened = ledgers::table
        .filter(ledgers::id.ge(first.0))
        .filter(ledgers::id.le(last.0))
        .select(ledgers::id);
    if opened.first::<i64>(conn).optional()?.is_some() {
        return Err(StoreError::Reference { what: "team" });
    }
    let deleted = diesel::delete(teams::table.find(no)).execute(conn);
    deleted.map(|_one| ()).map_err(reference("team"))
}

/// Creates or replaces a member, with the teams named.
pub(super) fn put_member(conn: &mut AnyConnection, member: &Member) -> Result<(), StoreError> {
    let no = match compare("team member", find_member(conn, member.id)?, member.rev)? {
        Write::Create => {
            let no = super::take_short_number(conn, "resource")?;
            let row = MemberRow::of(member, no);
            diesel::insert_into(members::table).values(row).execute(conn)?;
            no
        }
        Write::Replace(no) => {
            let row = MemberRow::of(member, no);
            diesel::update(members::table.find(no)).set(row).execute(conn)?;
            no
        }
    };
    let old = team_members::table.filter(team_members::member_no.eq(no));
    diesel::delete(old).execute(conn)?;
    for team in &member.teams {
        let team_no = super::team_no(conn, *team)?;
        let link = (team_members::team_no.eq(team_no), team_members::member_no.eq(no));
        diesel::insert_into(team_members::table).values(link).execute(conn)?;
    }
    Ok(())
}

/// Deletes a member who was never booked, belongs to no service, and has no account. Anybody else
/// can only be made inactive.
pub(super) fn delete_member(
    conn: &mut AnyConnection,
    id: MemberId,
    rev: i64,
) -> Result<(), StoreError> {
    let no = expect("team member", find_member(conn, id)?, rev)?;
    let booked = bookings::table.filter(bookings::member_no.eq(no)).select(bookings::no);
    if booked.first::<i64>(conn).optional()?.is_some() || super::is_kept(conn, id.0)? {
        return Err(StoreError::Reference { what: "team member" });
    }
    // The one thing of a member that no foreign key clears away: 0 stands for a team there.
    let own = date_exceptions::table.filter(date_exceptions::member_no.eq(no));
    diesel::delete(own).execute(conn)?;
    let deleted = diesel::delete(members::table.find(no)).execute(conn);
    deleted.map(|_one| ()).map_err(reference("team member"))
}

fn find_team(conn: &mut AnyConnection, id: TeamId) -> Result<Option<(i32, i64)>, StoreError> {
    let by_id = teams::table.filter(teams::id.eq(id.0.as_bytes().to_vec()));
    Ok(by_id.select((teams::no, teams::rev)).first(conn).optional()?)
}

fn find_member(conn: &mut AnyConnection, id: MemberId) -> Result<Option<(i32, i64)>, StoreError> {
    let by_id = members::table.filter(members::id.eq(id.0.as_bytes().to_vec()));
    Ok(by_id.select((members::no, members::rev)).first(conn).optional()?)
}
