//! Teams, services, people, hours, what makes prices: read as a whole, changed one thing at a time.
//!
//! **Invariant:** every change moves the counter `catalog`, first of all. So a cache knows from one
//! number whether it is current, and two changes never run at once, on either engine.

use std::sync::Arc;

use diesel::prelude::*;
use domain::ids::{MemberId, TeamId};

use crate::aside::change_with;
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::records::{CatalogChange, CatalogRecords};
use crate::schema::{counters, holds, members, teams, waiting};
use crate::traits::{Aside, CatalogStore};

mod hours;
mod load;
mod people;
mod prices;
mod resources;
mod services;

/// Reads and changes the catalogue.
pub(crate) struct Catalog {
    database: Arc<Database>,
}

impl Catalog {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl CatalogStore for Catalog {
    fn load_catalog(&self) -> Result<CatalogRecords, StoreError> {
        self.database.snapshot(load::everything)
    }

    fn catalog_rev(&self) -> Result<i64, StoreError> {
        self.database.read(rev)
    }

    fn change_catalog(&self, change: &CatalogChange, aside: &Aside) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| {
            take_number(conn, "catalog")?;
            apply(conn, change)
        })
    }
}

fn apply(conn: &mut AnyConnection, change: &CatalogChange) -> Result<(), StoreError> {
    match change {
        CatalogChange::PutTeam(team) => people::put_team(conn, team),
        CatalogChange::DeleteTeam { id, rev } => people::delete_team(conn, *id, *rev),
        CatalogChange::PutService(service) => services::put(conn, service),
        CatalogChange::DeleteService { id, rev } => services::delete(conn, *id, *rev),
        CatalogChange::PutMember(member) => people::put_member(conn, member),
        CatalogChange::DeleteMember { id, rev } => people::delete_member(conn, *id, *rev),
        CatalogChange::PutResource(resource) => resources::put(conn, resource),
        CatalogChange::DeleteResource { id, rev } => resources::delete(conn, *id, *rev),
        CatalogChange::SetWeekly { owner, rows } => hours::set_weekly(conn, *owner, rows),
        CatalogChange::PutException(exception) => hours::put_exception(conn, exception),
        CatalogChange::DeleteException { owner, day } => {
            hours::delete_exception(conn, *owner, *day)
        }
        CatalogChange::PutTimeOff(time_off) => hours::put_time_off(conn, time_off),
        CatalogChange::DeleteTimeOff(id) => hours::delete_time_off(conn, *id),
        CatalogChange::PutSurcharge(surcharge) => prices::put_surcharge(conn, surcharge),
        CatalogChange::DeleteSurcharge { id, rev } => prices::delete_surcharge(conn, *id, *rev),
        CatalogChange::SetPriceSteps(steps) => prices::set_steps(conn, steps),
        CatalogChange::PutPromo(promo) => prices::put_promo(conn, promo),
        CatalogChange::DeletePromo { id, rev } => prices::delete_promo(conn, *id, *rev),
        CatalogChange::PutRates(rates) => prices::put_rates(conn, rates),
        CatalogChange::DeleteRates { id, rev } => prices::delete_rates(conn, *id, *rev),
    }
}

fn rev(conn: &mut AnyConnection) -> Result<i64, StoreError> {
    Ok(counters::table.find("catalog").select(counters::next).first(conn)?)
}

/// The next number of the counter called `name`, and nobody else's from then on.
fn take_number(conn: &mut AnyConnection, name: &str) -> Result<i64, StoreError> {
    let next: i64 = diesel::update(counters::table.find(name))
        .set(counters::next.eq(counters::next + 1))
        .returning(counters::next)
        .get_result(conn)?;
    Ok(next - 1)
}

/// As [`take_number`], for the numbers that have 32 bits.
fn take_short_number(conn: &mut AnyConnection, name: &'static str) -> Result<i32, StoreError> {
    i32::try_from(take_number(conn, name)?).map_err(|_too_many| {
        StoreError::Unavailable(format!("numbers of the kind {name} are used up"))
    })
}

fn team_no(conn: &mut AnyConnection, team: TeamId) -> Result<i32, StoreError> {
    let by_id = teams::table.filter(teams::id.eq(team.0.as_bytes().to_vec()));
    let found = by_id.select(teams::no).first(conn).optional()?;
    found.ok_or(StoreError::Reference { what: "team" })
}

fn member_no(conn: &mut AnyConnection, member: MemberId) -> Result<i32, StoreError> {
    let by_id = members::table.filter(members::id.eq(member.0.as_bytes().to_vec()));
    let found = by_id.select(members::no).first(conn).optional()?;
    found.ok_or(StoreError::Reference { what: "team member" })
}

/// Whether anything that is kept until it is decided, or waited for, names `id`. Neither has a row
/// that a foreign key could be about, and both are few.
fn is_kept(conn: &mut AnyConnection, id: uuid::Uuid) -> Result<bool, StoreError> {
    let pattern = format!("%{id}%");
    let held = holds::table.filter(holds::payload.like(pattern.clone())).select(holds::seq);
    if held.first::<i64>(conn).optional()?.is_some() {
        return Ok(true);
    }
    let waits = waiting::table.filter(waiting::payload.like(pattern)).select(waiting::seq);
    Ok(waits.first::<i64>(conn).optional()?.is_some())
}
