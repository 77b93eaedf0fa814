//! The whole catalogue, as of one moment.

use std::collections::BTreeMap;

use diesel::prelude::*;
use domain::catalog::{
    DateException, HoursOwner, Member, Resource, Service, Team, TimeOff, WeeklyHours,
};
use domain::ids::{MemberId, ServiceId, TeamId};
use domain::money::Currency;
use domain::pricing::{Promo, Surcharge};

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::records::{CatalogRecords, RATE_TABLES_LOADED_MAX, RatesRecord};
use crate::rows::catalog::{
    ExceptionRow, MemberRow, ResourceRow, ServiceRow, TeamRow, TimeOffRow, WeeklyRow,
};
use crate::rows::prices::{PromoRow, RatesRow, SurchargeRow};
use crate::rows::{count, uuid};
use crate::schema::{
    date_exceptions, exchange_rates, members, price_steps, promos, resource_teams, resources,
    service_members, service_teams, services, surcharges, team_members, teams, time_off,
    weekly_hours,
};

/// Whose number is whose.
struct Nos {
    teams: BTreeMap<i32, TeamId>,
    members: BTreeMap<i32, MemberId>,
}

impl Nos {
    fn team(&self, no: i32) -> Result<TeamId, StoreError> {
        let missing = || StoreError::Corrupt(format!("team {no} is not there"));
        self.teams.get(&no).copied().ok_or_else(missing)
    }

    fn member(&self, no: i32) -> Result<MemberId, StoreError> {
        let missing = || StoreError::Corrupt(format!("member {no} is not there"));
        self.members.get(&no).copied().ok_or_else(missing)
    }

    fn owner(&self, team_no: i32, member_no: Option<i32>) -> Result<HoursOwner, StoreError> {
        let team = self.team(team_no)?;
        Ok(match member_no {
            None => HoursOwner::Team(team),
            Some(no) => HoursOwner::Member(self.member(no)?, team),
        })
    }
}

/// Reads everything. The caller's transaction sees to it that it is of one moment.
///
/// # Errors
///
/// As any statement, and [`StoreError::Corrupt`] for a row that is not what we write.
pub(super) fn everything(conn: &mut AnyConnection) -> Result<CatalogRecords, StoreError> {
    let rev = super::rev(conn)?;
    let teams = teams(conn)?;
    let mut members = members(conn)?;
    let nos = Nos {
        teams: teams.iter().map(|team| (team.no.0, team.id)).collect(),
        members: members.iter().map(|member| (member.no.0, member.id)).collect(),
    };
    link_members(conn, &mut members, &nos)?;
    Ok(CatalogRecords {
        rev,
        services: services(conn, &nos)?,
        resources: all_resources(conn, &nos)?,
        weekly: weekly(conn, &nos)?,
        exceptions: exceptions(conn, &nos)?,
        time_off: all_time_off(conn, &nos)?,
        surcharges: all_surcharges(conn)?,
        price_steps: price_steps(conn)?,
        promos: all_promos(conn)?,
        rates: newest_rates(conn)?,
        teams,
        members,
    })
}

fn teams(conn: &mut AnyConnection) -> Result<Vec<Team>, StoreError> {
    let rows: Vec<TeamRow> =
        teams::table.order(teams::no).select(TeamRow::as_select()).load(conn)?;
    rows.into_iter().map(TeamRow::team).collect()
}

fn members(conn: &mut AnyConnection) -> Result<Vec<Member>, StoreError> {
    let rows: Vec<MemberRow> =
        members::table.order(members::no).select(MemberRow::as_select()).load(conn)?;
    rows.into_iter().map(MemberRow::member).collect()
}

fn link_members(
    conn: &mut AnyConnection,
    members: &mut [Member],
    nos: &Nos,
) -> Result<(), StoreError> {
    let mut of_member: BTreeMap<i32, Vec<TeamId>> = BTreeMap::new();
    let links: Vec<(i32, i32)> = team_members::table
        .order((team_members::member_no, team_members::team_no))
        .select((team_members::member_no, team_members::team_no))
        .load(conn)?;
    for (member_no, team_no) in links {
        of_member.entry(member_no).or_default().push(nos.team(team_no)?);
    }
    for member in members {
        member.teams = of_member.remove(&member.no.0).unwrap_or_default();
    }
    Ok(())
}

fn all_resources(conn: &mut AnyConnection, nos: &Nos) -> Result<Vec<Resource>, StoreError> {
    let rows: Vec<ResourceRow> =
        resources::table.order(resources::no).select(ResourceRow::as_select()).load(conn)?;
    let mut of_resource: BTreeMap<i32, Vec<TeamId>> = BTreeMap::new();
    let links: Vec<(i32, i32)> = resource_teams::table
        .order((resource_teams::resource_no, resource_teams::team_no))
        .select((resource_teams::resource_no, resource_teams::team_no))
        .load(conn)?;
    for (resource_no, team_no) in links {
        of_resource.entry(resource_no).or_default().push(nos.team(team_no)?);
    }
    let all = rows.into_iter().map(|row| {
        let mut resource = row.resource()?;
        resource.teams = of_resource.remove(&resource.no.0).unwrap_or_default();
        Ok(resource)
    });
    all.collect()
}

fn services(conn: &mut AnyConnection, nos: &Nos) -> Result<Vec<Service>, StoreError> {
    // Ids begin with the time at which they were made.
    let rows: Vec<ServiceRow> =
        services::table.order(services::id).select(ServiceRow::as_select()).load(conn)?;
    let mut services: Vec<Service> =
        rows.into_iter().map(ServiceRow::service).collect::<Result<_, _>>()?;
    let mut teams: BTreeMap<ServiceId, Vec<TeamId>> = BTreeMap::new();
    let links: Vec<(Vec<u8>, i32)> = service_teams::table
        .order((service_teams::service_id, service_teams::team_no))
        .load(conn)?;
    for (service, no) in links {
        teams.entry(ServiceId(uuid(&service)?)).or_default().push(nos.team(no)?);
    }
    let mut members: BTreeMap<ServiceId, Vec<MemberId>> = BTreeMap::new();
    let links: Vec<(Vec<u8>, i32)> = service_members::table
        .order((service_members::service_id, service_members::member_no))
        .load(conn)?;
    for (service, no) in links {
        members.entry(ServiceId(uuid(&service)?)).or_default().push(nos.member(no)?);
    }
    for service in &mut services {
        service.teams = teams.remove(&service.id).unwrap_or_default();
        service.members = members.remove(&service.id).unwrap_or_default();
    }
    Ok(services)
}

fn weekly(conn: &mut AnyConnection, nos: &Nos) -> Result<Vec<WeeklyHours>, StoreError> {
    let rows: Vec<WeeklyRow> =
        weekly_hours::table.order(weekly_hours::id).select(WeeklyRow::as_select()).load(conn)?;
    rows.iter().map(|row| row.hours(nos.owner(row.team_no, row.member_no)?)).collect()
}

fn exceptions(conn: &mut AnyConnection, nos: &Nos) -> Result<Vec<DateException>, StoreError> {
    let rows: Vec<ExceptionRow> = date_exceptions::table
        .order((date_exceptions::team_no, date_exceptions::member_no, date_exceptions::day))
        .select(ExceptionRow::as_select())
        .load(conn)?;
    rows.into_iter()
        .map(|row| {
            let member_no = Some(row.member_no).filter(|no| *no != super::hours::THE_TEAM);
            let owner = nos.owner(row.team_no, member_no)?;
            row.exception(owner)
        })
        .collect()
}

fn all_time_off(conn: &mut AnyConnection, nos: &Nos) -> Result<Vec<TimeOff>, StoreError> {
    let rows: Vec<TimeOffRow> =
        time_off::table.order(time_off::id).select(TimeOffRow::as_select()).load(conn)?;
    rows.into_iter()
        .map(|row| {
            let member = nos.member(row.member_no)?;
            row.time_off(member)
        })
        .collect()
}

fn all_surcharges(conn: &mut AnyConnection) -> Result<Vec<Surcharge>, StoreError> {
    let rows: Vec<SurchargeRow> =
        surcharges::table.order(surcharges::id).select(SurchargeRow::as_select()).load(conn)?;
    rows.into_iter().map(SurchargeRow::surcharge).collect()
}

fn price_steps(conn: &mut AnyConnection) -> Result<BTreeMap<Currency, u32>, StoreError> {
    let rows: Vec<(String, i32)> = price_steps::table.load(conn)?;
    let step = |(code, step): (String, i32)| {
        let corrupt = || StoreError::Corrupt(format!("a step of {code}"));
        Ok((Currency::parse(&code).ok_or_else(corrupt)?, count(step)?))
    };
    rows.into_iter().map(step).collect()
}

fn all_promos(conn: &mut AnyConnection) -> Result<Vec<Promo>, StoreError> {
    let rows: Vec<PromoRow> =
        promos::table.order(promos::id).select(PromoRow::as_select()).load(conn)?;
    rows.into_iter().map(PromoRow::promo).collect()
}

fn newest_rates(conn: &mut AnyConnection) -> Result<Vec<RatesRecord>, StoreError> {
    let rows: Vec<RatesRow> = exchange_rates::table
        .order((exchange_rates::day.desc(), exchange_rates::id.desc()))
        .limit(i64::from(RATE_TABLES_LOADED_MAX))
        .select(RatesRow::as_select())
        .load(conn)?;
    rows.into_iter().map(RatesRow::record).collect()
}
