//! Changes of rooms, vehicles and equipment.

use diesel::prelude::*;
use domain::catalog::Resource;
use domain::ids::ResourceId;

use crate::aside::{Write, compare, expect, reference};
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::rows::catalog::ResourceRow;
use crate::schema::{bookings, resource_teams, resources};

/// Creates or replaces a resource, with the teams it names.
pub(super) fn put(conn: &mut AnyConnection, resource: &Resource) -> Result<(), StoreError> {
    let no = match compare("resource", find(conn, resource.id)?, resource.rev)? {
        Write::Create => {
            let no = super::take_short_number(conn, "resource")?;
            let row = ResourceRow::of(resource, no);
            diesel::insert_into(resources::table).values(row).execute(conn)?;
            no
        }
        Write::Replace(no) => {
            let row = ResourceRow::of(resource, no);
            diesel::update(resources::table.find(no)).set(row).execute(conn)?;
            no
        }
    };
    let old = resource_teams::table.filter(resource_teams::resource_no.eq(no));
    diesel::delete(old).execute(conn)?;
    for team in &resource.teams {
        let team_no = super::team_no(conn, *team)?;
        let link = (resource_teams::team_no.eq(team_no), resource_teams::resource_no.eq(no));
        diesel::insert_into(resource_teams::table).values(link).execute(conn)?;
    }
    Ok(())
}

/// Deletes a resource that no booking has ever used or may come to use. Any other can only be made
/// inactive.
pub(super) fn delete(conn: &mut AnyConnection, id: ResourceId, rev: i64) -> Result<(), StoreError> {
    let no = expect("resource", find(conn, id)?, rev)?;
    let used = bookings::table
        .filter(bookings::resources.like(format!("%{id}%")))
        .select(bookings::no)
        .first::<i64>(conn)
        .optional()?;
    if used.is_some() || super::is_kept(conn, id.0)? {
        return Err(StoreError::Reference { what: "resource" });
    }
    let deleted = diesel::delete(resources::table.find(no)).execute(conn);
    deleted.map(|_one| ()).map_err(reference("resource"))
}

fn find(conn: &mut AnyConnection, id: ResourceId) -> Result<Option<(i32, i64)>, StoreError> {
    let by_id = resources::table.filter(resources::id.eq(id.0.as_bytes().to_vec()));
    Ok(by_id.select((resources::no, resources::rev)).first(conn).optional()?)
}
