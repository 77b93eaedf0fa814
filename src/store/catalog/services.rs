//! Changes of services.

use diesel::prelude::*;
use domain::catalog::Service;
use domain::ids::ServiceId;

use crate::aside::{Write, compare, expect, reference, taken};
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::rows::catalog::ServiceRow;
use crate::schema::{bookings, service_members, service_teams, services};

/// Creates or replaces a service, with the teams and members it names.
pub(super) fn put(conn: &mut AnyConnection, service: &Service) -> Result<(), StoreError> {
    let id = service.id.0.as_bytes().to_vec();
    let row = ServiceRow::of(service)?;
    let written = match compare("service", find(conn, service.id)?, service.rev)? {
        Write::Create => diesel::insert_into(services::table).values(row).execute(conn),
        Write::Replace(id) => diesel::update(services::table.find(id)).set(row).execute(conn),
    };
    written.map_err(taken("slug"))?;

    let old = service_teams::table.filter(service_teams::service_id.eq(&id));
    diesel::delete(old).execute(conn)?;
    for team in &service.teams {
        let no = super::team_no(conn, *team)?;
        let link = (service_teams::service_id.eq(&id), service_teams::team_no.eq(no));
        diesel::insert_into(service_teams::table).values(link).execute(conn)?;
    }
    let old = service_members::table.filter(service_members::service_id.eq(&id));
    diesel::delete(old).execute(conn)?;
    for member in &service.members {
        let no = super::member_no(conn, *member)?;
        let link = (service_members::service_id.eq(&id), service_members::member_no.eq(no));
        diesel::insert_into(service_members::table).values(link).execute(conn)?;
    }
    Ok(())
}

/// Deletes a service that was never booked. One that was can only be made inactive: its bookings go
/// on naming it.
pub(super) fn delete(conn: &mut AnyConnection, id: ServiceId, rev: i64) -> Result<(), StoreError> {
    let service = id.0;
    let id = expect("service", find(conn, id)?, rev)?;
    let booked = bookings::table.filter(bookings::service_id.eq(&id)).select(bookings::no);
    let is_booked = booked.first::<i64>(conn).optional()?.is_some();
    if is_booked || super::is_kept(conn, service)? {
        return Err(StoreError::Reference { what: "service" });
    }
    let deleted = diesel::delete(services::table.find(&id)).execute(conn);
    deleted.map(|_one| ()).map_err(reference("service"))
}

fn find(conn: &mut AnyConnection, id: ServiceId) -> Result<Option<(Vec<u8>, i64)>, StoreError> {
    let by_id = services::table.find(id.0.as_bytes().to_vec());
    Ok(by_id.select((services::id, services::rev)).first(conn).optional()?)
}
