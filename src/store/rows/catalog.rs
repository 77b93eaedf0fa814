//! Rows of the catalogue. Links between them are read apart and put in by whoever loads them.

use chrono::{NaiveDate, NaiveDateTime, Weekday};
use chrono_tz::Tz;
use diesel::prelude::*;
use domain::catalog::{
    BookableBy, DateException, HoursOwner, Member, OpenMinutes, Resource, ResourceKind, Service,
    Team, TimeOff, WeeklyHours,
};
use domain::ids::{MemberId, ResourceId, ResourceNo, ServiceId, TeamId, TeamNo, TimeOffId};
use domain::money::{BasisPoints, Currency, Money};
use domain::pricing::{ServicePrice, Tax, TaxMode};
use domain::time::Slot;

use super::json::{decode_base, encode_base};
use super::{count, number, stamp, uuid};
use crate::error::StoreError;
use crate::schema::{date_exceptions, members, resources, services, teams, time_off, weekly_hours};

/// A row of `teams`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = teams, primary_key(no))]
pub(crate) struct TeamRow {
    pub no: i32,
    id: Vec<u8>,
    name: String,
    zone: String,
    default_limit: i32,
    emergency_reserve: i32,
    is_published: bool,
    rev: i64,
}

impl TeamRow {
    /// The row of `team` under the number `no`.
    pub(crate) fn of(team: &Team, no: i32) -> Self {
        Self {
            no,
            id: team.id.0.as_bytes().to_vec(),
            name: team.name.clone(),
            zone: team.zone.name().to_owned(),
            default_limit: number(team.default_limit),
            emergency_reserve: number(team.emergency_reserve),
            is_published: team.published,
            rev: team.rev,
        }
    }

    /// The team of this row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn team(self) -> Result<Team, StoreError> {
        let zone: Tz =
            self.zone.parse().map_err(|error| StoreError::Corrupt(format!("a zone: {error}")))?;
        Ok(Team {
            id: TeamId(uuid(&self.id)?),
            no: TeamNo(self.no),
            name: self.name,
            zone,
            default_limit: count(self.default_limit)?,
            emergency_reserve: count(self.emergency_reserve)?,
            published: self.is_published,
            rev: self.rev,
        })
    }
}

/// A row of `services`.
#[expect(clippy::struct_excessive_bools, reason = "as many as the table has")]
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = services, treat_none_as_null = true)]
pub(crate) struct ServiceRow {
    id: Vec<u8>,
    slug: String,
    name: String,
    description: String,
    duration_minutes: i32,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
    units: i32,
    slot_interval_minutes: i32,
    notice_minutes_min: i32,
    horizon_days_max: i32,
    price_amount: i64,
    price_currency: String,
    daily_units_max: Option<i32>,
    bookable_by: String,
    is_emergency_eligible: bool,
    is_recurrence_allowed: bool,
    is_approval_required: bool,
    change_notice_minutes_min: i32,
    free_cancel_minutes_min: i32,
    cancel_fee_amount: i64,
    needs: String,
    is_active: bool,
    rev: i64,
    price_base: Option<String>,
    tax_rate: Option<i32>,
    tax_mode: Option<String>,
}

impl ServiceRow {
    /// The row of `service`.
    ///
    /// # Errors
    ///
    /// As [`encode_base`].
    pub(crate) fn of(service: &Service) -> Result<Self, StoreError> {
        Ok(Self {
            id: service.id.0.as_bytes().to_vec(),
            slug: service.slug.clone(),
            name: service.name.clone(),
            description: service.description.clone(),
            duration_minutes: number(service.duration_minutes),
            buffer_before_minutes: number(service.buffer_before_minutes),
            buffer_after_minutes: number(service.buffer_after_minutes),
            units: number(service.units),
            slot_interval_minutes: number(service.slot_interval_minutes),
            notice_minutes_min: number(service.notice_minutes_min),
            horizon_days_max: number(service.horizon_days_max),
            price_amount: service.price_from().amount,
            price_currency: service.price.currency.as_str().to_owned(),
            daily_units_max: service.daily_units_max.map(number),
            bookable_by: bookable_by_name(service.bookable_by).to_owned(),
            is_emergency_eligible: service.is_emergency_eligible,
            is_recurrence_allowed: service.is_recurrence_allowed,
            is_approval_required: service.is_approval_required,
            change_notice_minutes_min: number(service.change_notice_minutes_min),
            free_cancel_minutes_min: number(service.free_cancel_minutes_min),
            cancel_fee_amount: service.cancel_fee.amount,
            needs: serde_json::json!(names(&service.needs)).to_string(),
            is_active: service.is_active,
            rev: service.rev,
            price_base: encode_base(&service.price.base)?,
            tax_rate: service.price.tax.map(|tax| number(tax.rate.0)),
            tax_mode: service.price.tax.map(|tax| tax.mode.name().to_owned()),
        })
    }

    /// The service of this row, without its teams and members.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn service(self) -> Result<Service, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("service {}: {what}", self.slug));
        let currency =
            Currency::parse(&self.price_currency).ok_or_else(|| corrupt("its currency"))?;
        let bookable_by =
            parse_bookable_by(&self.bookable_by).ok_or_else(|| corrupt("who may book it"))?;
        let needs = parse_kinds(&self.needs).ok_or_else(|| corrupt("what it needs"))?;
        let tax = match (self.tax_rate, self.tax_mode.as_deref()) {
            (Some(rate), Some(mode)) => {
                let mode = TaxMode::parse(mode).ok_or_else(|| corrupt("its tax"))?;
                Some(Tax { rate: BasisPoints(count(rate)?), mode })
            }
            _ => None,
        };
        let base = decode_base(self.price_base.as_deref(), self.price_amount)?;
        Ok(Service {
            id: ServiceId(uuid(&self.id)?),
            slug: self.slug,
            name: self.name,
            description: self.description,
            duration_minutes: count(self.duration_minutes)?,
            buffer_before_minutes: count(self.buffer_before_minutes)?,
            buffer_after_minutes: count(self.buffer_after_minutes)?,
            units: count(self.units)?,
            slot_interval_minutes: count(self.slot_interval_minutes)?,
            notice_minutes_min: count(self.notice_minutes_min)?,
            horizon_days_max: count(self.horizon_days_max)?,
            price: ServicePrice { currency, base, tax },
            daily_units_max: self.daily_units_max.map(count).transpose()?,
            bookable_by,
            is_emergency_eligible: self.is_emergency_eligible,
            is_recurrence_allowed: self.is_recurrence_allowed,
            is_approval_required: self.is_approval_required,
            change_notice_minutes_min: count(self.change_notice_minutes_min)?,
            free_cancel_minutes_min: count(self.free_cancel_minutes_min)?,
            cancel_fee: Money { amount: self.cancel_fee_amount, currency },
            needs,
            is_active: self.is_active,
            teams: Vec::new(),
            members: Vec::new(),
            rev: self.rev,
        })
    }
}

fn bookable_by_name(bookable_by: BookableBy) -> &'static str {
    match bookable_by {
        BookableBy::Public => "public",
        BookableBy::Clients => "clients",
        BookableBy::Staff => "staff",
    }
}

fn parse_bookable_by(name: &str) -> Option<BookableBy> {
    [BookableBy::Public, BookableBy::Clients, BookableBy::Staff]
        .into_iter()
        .find(|bookable_by| bookable_by_name(*bookable_by) == name)
}

fn names(kinds: &[ResourceKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.name()).collect()
}

fn parse_kinds(json: &str) -> Option<Vec<ResourceKind>> {
    let names: Vec<String> = serde_json::from_str(json).ok()?;
    names.iter().map(|name| ResourceKind::parse(name)).collect()
}

/// A row of `resources`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = resources, primary_key(no))]
pub(crate) struct ResourceRow {
    pub no: i32,
    id: Vec<u8>,
    kind: String,
    name: String,
    is_active: bool,
    rev: i64,
}

impl ResourceRow {
    /// The row of `resource` under the number `no`.
    pub(crate) fn of(resource: &Resource, no: i32) -> Self {
        Self {
            no,
            id: resource.id.0.as_bytes().to_vec(),
            kind: resource.kind.name().to_owned(),
            name: resource.name.clone(),
            is_active: resource.is_active,
            rev: resource.rev,
        }
    }

    /// The resource of this row, without teams.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn resource(self) -> Result<Resource, StoreError> {
        let kind = ResourceKind::parse(&self.kind)
            .ok_or_else(|| StoreError::Corrupt(format!("resource {}: its kind", self.no)))?;
        Ok(Resource {
            id: ResourceId(uuid(&self.id)?),
            no: ResourceNo(self.no),
            kind,
            name: self.name,
            is_active: self.is_active,
            teams: Vec::new(),
            rev: self.rev,
        })
    }
}

/// A row of `members`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = members, primary_key(no), treat_none_as_null = true)]
pub(crate) struct MemberRow {
    pub no: i32,
    id: Vec<u8>,
    name: String,
    skills: String,
    photo_url: Option<String>,
    is_active: bool,
    rev: i64,
}

impl MemberRow {
    /// The row of `member` under the number `no`.
    pub(crate) fn of(member: &Member, no: i32) -> Self {
        Self {
            no,
            id: member.id.0.as_bytes().to_vec(),
            name: member.name.clone(),
            skills: serde_json::Value::from(member.skills.clone()).to_string(),
            photo_url: member.photo_url.clone(),
            is_active: member.is_active,
            rev: member.rev,
        }
    }

    /// The member of this row, without teams.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn member(self) -> Result<Member, StoreError> {
        let skills = serde_json::from_str(&self.skills)
            .map_err(|error| StoreError::Corrupt(format!("skills: {error}")))?;
        Ok(Member {
            id: MemberId(uuid(&self.id)?),
            no: ResourceNo(self.no),
            name: self.name,
            skills,
            photo_url: self.photo_url,
            is_active: self.is_active,
            teams: Vec::new(),
            rev: self.rev,
        })
    }
}

/// A row of `weekly_hours`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = weekly_hours)]
pub(crate) struct WeeklyRow {
    pub id: i64,
    pub team_no: i32,
    pub member_no: Option<i32>,
    weekday: i16,
    from_minute: i32,
    to_minute: i32,
}

impl WeeklyRow {
    /// The row of hours of somebody with these numbers.
    pub(crate) fn of(hours: &WeeklyHours, id: i64, team_no: i32, member_no: Option<i32>) -> Self {
        Self {
            id,
            team_no,
            member_no,
            // One to seven.
            weekday: i16::try_from(hours.weekday.number_from_monday()).unwrap_or(i16::MAX),
            from_minute: i32::from(hours.open.from),
            to_minute: i32::from(hours.open.to),
        }
    }

    /// The hours of this row, which are those of `owner`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn hours(&self, owner: HoursOwner) -> Result<WeeklyHours, StoreError> {
        let corrupt = || StoreError::Corrupt(format!("weekly hours {}", self.id));
        let weekday =
            u8::try_from(self.weekday - 1).ok().and_then(|day| Weekday::try_from(day).ok());
        let minute = |minute: i32| u16::try_from(minute).map_err(|_out_of_range| corrupt());
        let open = OpenMinutes { from: minute(self.from_minute)?, to: minute(self.to_minute)? };
        Ok(WeeklyHours { owner, weekday: weekday.ok_or_else(corrupt)?, open })
    }
}

/// A row of `date_exceptions`; `member_no` 0 is the team itself.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = date_exceptions)]
pub(crate) struct ExceptionRow {
    pub team_no: i32,
    pub member_no: i32,
    day: NaiveDate,
    note: String,
    open: String,
}

impl ExceptionRow {
    /// The row of an exception of somebody with these numbers.
    pub(crate) fn of(exception: &DateException, team_no: i32, member_no: i32) -> Self {
        let open: Vec<[u16; 2]> =
            exception.open.iter().map(|minutes| [minutes.from, minutes.to]).collect();
        Self {
            team_no,
            member_no,
            day: exception.day,
            note: exception.note.clone(),
            open: serde_json::json!(open).to_string(),
        }
    }

    /// The exception of this row, which is one of `owner`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn exception(self, owner: HoursOwner) -> Result<DateException, StoreError> {
        let open: Vec<[u16; 2]> = serde_json::from_str(&self.open)
            .map_err(|error| StoreError::Corrupt(format!("hours of {}: {error}", self.day)))?;
        let open = open.into_iter().map(|[from, to]| OpenMinutes { from, to }).collect();
        Ok(DateException { owner, day: self.day, open, note: self.note })
    }
}

/// A row of `time_off`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = time_off)]
pub(crate) struct TimeOffRow {
    id: Vec<u8>,
    pub member_no: i32,
    starts_at: NaiveDateTime,
    ends_at: NaiveDateTime,
    note: String,
}

impl TimeOffRow {
    /// The row of `time_off`, whose member has the number `member_no`.
    pub(crate) fn of(time_off: &TimeOff, member_no: i32) -> Self {
        Self {
            id: time_off.id.0.as_bytes().to_vec(),
            member_no,
            starts_at: stamp(time_off.away.starts_at),
            ends_at: stamp(time_off.away.ends_at),
            note: time_off.note.clone(),
        }
    }

    /// The time off of this row, which is that of `member`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn time_off(self, member: MemberId) -> Result<TimeOff, StoreError> {
        let away = Slot { starts_at: self.starts_at.and_utc(), ends_at: self.ends_at.and_utc() };
        Ok(TimeOff { id: TimeOffId(uuid(&self.id)?), member, away, note: self.note })
    }
}
