//! Reminders: by which rules, and what became of each.
//!
//! **Invariant:** a booking's revision has at most one reminder of each rule: the key says so. A
//! row changes hands by compare-and-set on its state and its time.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, NaiveTime, Timelike, Utc};
use diesel::prelude::*;
use domain::delivery::State;
use domain::ids::{BookingNo, ReminderRuleId, ServiceId};
use domain::reminder::{Lead, Plan, QuietHours, RULES_MAX, Rule};

use crate::aside::{Write, change_with, compare, expect};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::leasing;
use crate::records::{NoticeEnd, ReminderKey, ReminderRecord};
use crate::rows::{count, number, stamp, uuid};
use crate::schema::{reminder_rules, reminders};
use crate::traits::Aside;

/// Rules for reminders, and reminders.
pub trait ReminderStore: Send + Sync + 'static {
    /// Every rule, active or not, in order of making.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn reminder_rules(&self) -> Result<Vec<Rule>, StoreError>;

    /// Creates a rule (`rule.rev` 1) or replaces the one with the revision before.
    ///
    /// # Errors
    ///
    /// As [`crate::traits::CatalogStore::change_catalog`].
    fn put_reminder_rule(&self, rule: &Rule, aside: &Aside) -> Result<(), StoreError>;

    /// Removes a rule. What was planned by it is not sent.
    ///
    /// # Errors
    ///
    /// As [`crate::traits::CatalogStore::change_catalog`].
    fn delete_reminder_rule(
        &self,
        id: ReminderRuleId,
        rev: i64,
        aside: &Aside,
    ) -> Result<(), StoreError>;

    /// Plans the reminders of bookings as they stand: those that are planned already stay as they
    /// are, and those of earlier revisions that have not left are superseded.
    ///
    /// # Errors
    ///
    /// As [`ReminderStore::reminder_rules`].
    fn plan_reminders(
        &self,
        bookings: &[(BookingNo, u32, Vec<Plan>)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// As [`crate::traits::LetterStore::lease_notices`], for reminders; the soonest visit first.
    ///
    /// # Errors
    ///
    /// As [`ReminderStore::reminder_rules`].
    fn lease_reminders(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<ReminderRecord>, StoreError>;

    /// As [`crate::traits::LetterStore::begin_sending`], for reminders.
    ///
    /// # Errors
    ///
    /// As [`ReminderStore::reminder_rules`].
    fn begin_reminders(
        &self,
        reminders: &[ReminderKey],
        until: DateTime<Utc>,
    ) -> Result<Vec<bool>, StoreError>;

    /// As [`crate::traits::LetterStore::end_notices`], for reminders.
    ///
    /// # Errors
    ///
    /// As [`ReminderStore::reminder_rules`].
    fn end_reminders(
        &self,
        ends: &[(ReminderKey, NoticeEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Every reminder of a booking, whatever became of it.
    ///
    /// # Errors
    ///
    /// As [`ReminderStore::reminder_rules`].
    fn reminders_of(&self, booking: BookingNo) -> Result<Vec<ReminderRecord>, StoreError>;

    /// Reminders in one state, the longest due first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`ReminderStore::reminder_rules`].
    fn reminders_in(&self, state: State, limit: u32) -> Result<Vec<ReminderRecord>, StoreError>;

    /// As [`crate::traits::LetterStore::retry_notice`], for reminders. One whose visit has begun
    /// meanwhile is skipped when it is looked at.
    ///
    /// # Errors
    ///
    /// As [`ReminderStore::reminder_rules`]; [`StoreError::Reference`] when there is no such
    /// reminder.
    fn retry_reminder(&self, key: &ReminderKey, now: DateTime<Utc>) -> Result<bool, StoreError>;
}

/// States from which a reminder has not left for certain.
const NOT_SENDING: [&str; 3] = ["planned", "leased", "retry"];

/// Reads and writes reminders.
pub(crate) struct Reminders {
    database: Arc<Database>,
}

impl Reminders {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reminder_rules, treat_none_as_null = true)]
struct RuleRow {
    id: Vec<u8>,
    service_id: Option<Vec<u8>>,
    lead_minutes: Option<i32>,
    lead_days: Option<i32>,
    at_minute: Option<i32>,
    quiet_from: Option<i32>,
    quiet_to: Option<i32>,
    is_active: bool,
    rev: i64,
}

fn minute_of(time: NaiveTime) -> i32 {
    number(time.num_seconds_from_midnight() / 60)
}

fn time_at(minute: i32) -> Result<NaiveTime, StoreError> {
    let seconds = count(minute)?.saturating_mul(60);
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)
        .ok_or_else(|| StoreError::Corrupt(format!("minute {minute} of a day")))
}

impl From<&Rule> for RuleRow {
    fn from(rule: &Rule) -> Self {
        let (lead_minutes, lead_days, at_minute) = match rule.lead {
            Lead::Elapsed { minutes } => (Some(number(minutes)), None, None),
            Lead::DayBefore { days, at } => (None, Some(i32::from(days)), Some(minute_of(at))),
        };
        Self {
            id: rule.id.0.as_bytes().to_vec(),
            service_id: rule.service.map(|service| service.0.as_bytes().to_vec()),
            lead_minutes,
            lead_days,
            at_minute,
            quiet_from: rule.quiet.map(|quiet| minute_of(quiet.from)),
            quiet_to: rule.quiet.map(|quiet| minute_of(quiet.to)),
            is_active: rule.is_active,
            rev: rule.rev,
        }
    }
}

impl RuleRow {
    fn rule(self) -> Result<Rule, StoreError> {
        let corrupt = || StoreError::Corrupt("a rule for reminders".to_owned());
        let lead = match (self.lead_minutes, self.lead_days, self.at_minute) {
            (Some(minutes), None, None) => Lead::Elapsed { minutes: count(minutes)? },
            (None, Some(days), Some(at)) => {
                let days = u8::try_from(days).map_err(|_too_many| corrupt())?;
                Lead::DayBefore { days, at: time_at(at)? }
            }
            _ => return Err(corrupt()),
        };
        let quiet = match (self.quiet_from, self.quiet_to) {
            (Some(from), Some(to)) => Some(QuietHours { from: time_at(from)?, to: time_at(to)? }),
            _ => None,
        };
        Ok(Rule {
            id: ReminderRuleId(uuid(&self.id)?),
            service: self.service_id.as_deref().map(uuid).transpose()?.map(ServiceId),
            lead,
            quiet,
            is_active: self.is_active,
            rev: self.rev,
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = reminders)]
struct ReminderRow {
    booking_no: i64,
    rev: i32,
    rule_id: Vec<u8>,
    due_at: NaiveDateTime,
    not_after: NaiveDateTime,
    state: String,
    attempts: i32,
    next_attempt_at: NaiveDateTime,
    last_error: Option<String>,
    done_at: Option<NaiveDateTime>,
}

impl ReminderRow {
    fn planned(booking: BookingNo, plan: &Plan) -> Self {
        Self {
            booking_no: booking.0,
            rev: number(plan.rev),
            rule_id: plan.rule.0.as_bytes().to_vec(),
            due_at: stamp(plan.due_at),
            not_after: stamp(plan.not_after),
            state: State::Planned.name().to_owned(),
            attempts: 0,
            next_attempt_at: stamp(plan.due_at),
            last_error: None,
            done_at: None,
        }
    }

    fn record(self) -> Result<ReminderRecord, StoreError> {
        let unknown = || StoreError::Corrupt(format!("the state of a reminder: {}", self.state));
        let rule = ReminderRuleId(uuid(&self.rule_id)?);
        let rev = count(self.rev)?;
        let (due_at, not_after) = (self.due_at.and_utc(), self.not_after.and_utc());
        Ok(ReminderRecord {
            booking: BookingNo(self.booking_no),
            plan: Plan { rule, rev, due_at, not_after },
            state: State::parse(&self.state).ok_or_else(unknown)?,
            attempts: count(self.attempts)?,
            next_attempt_at: self.next_attempt_at.and_utc(),
            last_error: self.last_error,
        })
    }
}

type Id = (i64, i32, Vec<u8>);

fn id(key: &ReminderKey) -> Id {
    (key.booking.0, number(key.rev), key.rule.0.as_bytes().to_vec())
}

impl ReminderStore for Reminders {
    fn reminder_rules(&self) -> Result<Vec<Rule>, StoreError> {
        self.database.read(|conn| {
            let rows: Vec<RuleRow> = reminder_rules::table
                .order(reminder_rules::id)
                .select(RuleRow::as_select())
                .load(conn)?;
            rows.into_iter().map(RuleRow::rule).collect()
        })
    }

    fn put_reminder_rule(&self, rule: &Rule, aside: &Aside) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| {
            let key = rule.id.0.as_bytes().to_vec();
            let found: Option<i64> = reminder_rules::table
                .find(&key)
                .select(reminder_rules::rev)
                .first(conn)
                .optional()?;
            let row = RuleRow::from(rule);
            match compare("reminder rule", found.map(|rev| ((), rev)), rule.rev)? {
                Write::Create => {
                    let known: i64 = reminder_rules::table.count().get_result(conn)?;
                    if usize::try_from(known).is_ok_and(|known| known >= RULES_MAX) {
                        return Err(StoreError::Taken { what: "place for a reminder rule" });
                    }
                    diesel::insert_into(reminder_rules::table).values(row).execute(conn)?;
                }
                Write::Replace(()) => {
                    diesel::update(reminder_rules::table.find(key)).set(row).execute(conn)?;
                }
            }
            Ok(())
        })
    }

    fn delete_reminder_rule(
        &self,
        rule: ReminderRuleId,
        rev: i64,
        aside: &Aside,
    ) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| {
            let row = reminder_rules::table.find(rule.0.as_bytes().to_vec());
            let found: Option<i64> =
                row.clone().select(reminder_rules::rev).first(conn).optional()?;
            expect("reminder rule", found.map(|rev| ((), rev)), rev)?;
            diesel::delete(row).execute(conn)?;
            Ok(())
        })
    }

    fn plan_reminders(
        &self,
        bookings: &[(BookingNo, u32, Vec<Plan>)],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.database.write(|conn| {
            for (booking, rev, plans) in bookings {
                let of_booking = reminders::table.filter(reminders::booking_no.eq(booking.0));
                diesel::update(of_booking)
                    // Whoever has read the booking before it was moved plans nothing away.
                    .filter(reminders::rev.lt(number(*rev)))
                    .filter(reminders::state.eq_any(NOT_SENDING))
                    .set((
                        reminders::state.eq(State::Superseded.name()),
                        reminders::done_at.eq(stamp(now)),
                    ))
                    .execute(conn)?;
                let known: Vec<Vec<u8>> = of_booking
                    .filter(reminders::rev.eq(number(*rev)))
                    .select(reminders::rule_id)
                    .load(conn)?;
                for plan in plans {
                    if !known.iter().any(|rule| rule == plan.rule.0.as_bytes()) {
                        let row = ReminderRow::planned(*booking, plan);
                        diesel::insert_into(reminders::table).values(row).execute(conn)?;
                    }
                }
            }
            Ok(())
        })
    }

    fn lease_reminders(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<ReminderRecord>, StoreError> {
        // Looking costs no lock, and there is seldom anything.
        if self.database.read(|conn| due(conn, now, 1))?.is_empty() {
            return Ok(Vec::new());
        }
        self.database.write(|conn| {
            let mut leased = Vec::new();
            for row in due(conn, now, limit)? {
                let key = (row.booking_no, row.rev, &row.rule_id);
                if leasing::take!(conn, reminders, reminders::table.find(key), row, until) {
                    let attempts = row.attempts + 1;
                    leased.push(ReminderRow { attempts, ..row }.record()?);
                }
            }
            Ok(leased)
        })
    }

    fn begin_reminders(
        &self,
        begun: &[ReminderKey],
        until: DateTime<Utc>,
    ) -> Result<Vec<bool>, StoreError> {
        self.database.write(|conn| {
            let one = |key: &ReminderKey| {
                Ok(leasing::begin!(conn, reminders, reminders::table.find(id(key)), until))
            };
            begun.iter().map(one).collect()
        })
    }

    fn end_reminders(
        &self,
        ends: &[(ReminderKey, NoticeEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.database.write(|conn| {
            for (key, end) in ends {
                leasing::end!(conn, reminders, reminders::table.find(id(key)), end, until);
            }
            Ok(())
        })
    }

    fn reminders_of(&self, booking: BookingNo) -> Result<Vec<ReminderRecord>, StoreError> {
        self.database.read(|conn| {
            let rows: Vec<ReminderRow> = reminders::table
                .filter(reminders::booking_no.eq(booking.0))
                .order((reminders::rev, reminders::due_at, reminders::rule_id))
                .select(ReminderRow::as_select())
                .load(conn)?;
            rows.into_iter().map(ReminderRow::record).collect()
        })
    }

    fn reminders_in(&self, state: State, limit: u32) -> Result<Vec<ReminderRecord>, StoreError> {
        self.database.read(|conn| {
            let rows: Vec<ReminderRow> = reminders::table
                .filter(reminders::state.eq(state.name()))
                .order((reminders::next_attempt_at, reminders::booking_no))
                .limit(i64::from(limit))
                .select(ReminderRow::as_select())
                .load(conn)?;
            rows.into_iter().map(ReminderRow::record).collect()
        })
    }

    fn retry_reminder(&self, key: &ReminderKey, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.database.write(|conn| {
            let row = reminders::table.find(id(key));
            let known: Option<String> =
                row.clone().select(reminders::state).first(conn).optional()?;
            if known.is_none() {
                return Err(StoreError::Reference { what: "reminder" });
            }
            Ok(leasing::revive!(conn, reminders, row, now))
        })
    }
}

fn due(
    conn: &mut AnyConnection,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<ReminderRow>, StoreError> {
    Ok(reminders::table
        .filter(reminders::state.eq_any(leasing::OPEN))
        .filter(reminders::next_attempt_at.le(stamp(now)))
        .order((reminders::not_after, reminders::booking_no, reminders::rule_id))
        .limit(i64::from(limit))
        .select(ReminderRow::as_select())
        .load(conn)?)
}
