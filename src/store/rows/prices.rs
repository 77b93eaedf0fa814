//! Rows of what makes prices: surcharges, promos, tables of rates.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use domain::ids::{PromoId, RatesId, SurchargeId};
use domain::pricing::promo::{PromoLimits, PromoState};
use domain::pricing::{Promo, PromoCode, RateTable, Stacking, Surcharge};

use super::json::{PromoRule, SurchargeRule, decode_rates, encode_rates};
use super::{count, number, stamp, uuid};
use crate::error::StoreError;
use crate::records::RatesRecord;
use crate::schema::{exchange_rates, promos, surcharges};

/// A row of `surcharges`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = surcharges)]
pub(crate) struct SurchargeRow {
    id: Vec<u8>,
    name: String,
    kind: String,
    rule: String,
    position: i32,
    stacking: String,
    is_active: bool,
    rev: i64,
}

impl SurchargeRow {
    /// The row of `surcharge`.
    ///
    /// # Errors
    ///
    /// As [`SurchargeRule::encode`].
    pub(crate) fn of(surcharge: &Surcharge) -> Result<Self, StoreError> {
        let rule = SurchargeRule {
            trigger: surcharge.trigger.clone(),
            scope: surcharge.scope.clone(),
            change: surcharge.change,
        };
        Ok(Self {
            id: surcharge.id.0.as_bytes().to_vec(),
            name: surcharge.name.clone(),
            kind: surcharge.trigger.kind().name().to_owned(),
            rule: rule.encode()?,
            position: surcharge.order,
            stacking: surcharge.stacking.name().to_owned(),
            is_active: surcharge.is_active,
            rev: surcharge.rev,
        })
    }

    /// The surcharge of this row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn surcharge(self) -> Result<Surcharge, StoreError> {
        let SurchargeRule { trigger, scope, change } = SurchargeRule::decode(&self.rule)?;
        let stacking = Stacking::parse(&self.stacking)
            .ok_or_else(|| StoreError::Corrupt(format!("a surcharge is {}", self.stacking)))?;
        Ok(Surcharge {
            id: SurchargeId(uuid(&self.id)?),
            name: self.name,
            trigger,
            scope,
            change,
            order: self.position,
            stacking,
            is_active: self.is_active,
            rev: self.rev,
        })
    }
}

/// A row of `promos`, without how often it was used: only commits write that.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = promos, treat_none_as_null = true)]
pub(crate) struct PromoRow {
    id: Vec<u8>,
    code: String,
    name: String,
    rule: String,
    is_first_booking_only: bool,
    limit_total: Option<i32>,
    limit_per_client: Option<i32>,
    is_stackable: bool,
    position: i32,
    state: String,
    rev: i64,
}

impl PromoRow {
    /// The row of `promo`.
    ///
    /// # Errors
    ///
    /// As [`PromoRule::encode`].
    pub(crate) fn of(promo: &Promo) -> Result<Self, StoreError> {
        let rule = PromoRule {
            benefit: promo.benefit,
            scope: promo.scope.clone(),
            usable: promo.usable,
            spend_min: promo.spend_min,
        };
        Ok(Self {
            id: promo.id.0.as_bytes().to_vec(),
            code: promo.code.as_str().to_owned(),
            name: promo.name.clone(),
            rule: rule.encode()?,
            is_first_booking_only: promo.is_first_booking_only,
            limit_total: promo.limits.total.map(number),
            limit_per_client: promo.limits.per_client.map(number),
            is_stackable: promo.is_stackable,
            position: promo.order,
            state: promo.state.name().to_owned(),
            rev: promo.rev,
        })
    }

    /// The promo of this row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn promo(self) -> Result<Promo, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("promo {}: {what}", self.code));
        let code = PromoCode::normalise(&self.code).ok_or_else(|| corrupt("its code"))?;
        let state = PromoState::parse(&self.state).ok_or_else(|| corrupt("its state"))?;
        let PromoRule { benefit, scope, usable, spend_min } = PromoRule::decode(&self.rule)?;
        Ok(Promo {
            id: PromoId(uuid(&self.id)?),
            code,
            name: self.name,
            benefit,
            scope,
            usable,
            spend_min,
            is_first_booking_only: self.is_first_booking_only,
            limits: PromoLimits {
                total: self.limit_total.map(count).transpose()?,
                per_client: self.limit_per_client.map(count).transpose()?,
            },
            is_stackable: self.is_stackable,
            order: self.position,
            state,
            rev: self.rev,
        })
    }
}

/// A row of `exchange_rates`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = exchange_rates)]
pub(crate) struct RatesRow {
    id: Vec<u8>,
    day: NaiveDate,
    source: String,
    rates: String,
    created_at: NaiveDateTime,
    rev: i64,
}

impl RatesRow {
    /// The row of a table of rates.
    ///
    /// # Errors
    ///
    /// As [`encode_rates`].
    pub(crate) fn of(record: &RatesRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: record.id.0.as_bytes().to_vec(),
            day: record.table.day,
            source: record.table.source.clone(),
            rates: encode_rates(&record.table.rates)?,
            created_at: stamp(record.created_at),
            rev: record.rev,
        })
    }

    /// The table of this row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn record(self) -> Result<RatesRecord, StoreError> {
        let rates = decode_rates(&self.rates)?;
        Ok(RatesRecord {
            id: RatesId(uuid(&self.id)?),
            table: RateTable { source: self.source, day: self.day, rates },
            created_at: self.created_at.and_utc(),
            rev: self.rev,
        })
    }
}
