//! Databases as fixtures.

use std::sync::Arc;

use diesel::prelude::*;
use domain::audit::AuditEntry;
use domain::catalog::{Member, Resource, ResourceKind, Team};
use domain::ids::{BookingId, BookingNo, MemberId, ResourceId, ResourceNo};
use domain::ledger::{LedgerKey, LedgerNo};
use domain::pricing::Promo;

use super::Fixture;
use crate::audit::Audit;
use crate::bookings::Bookings;
use crate::catalog::Catalog;
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::health::Health;
use crate::ledgers::Ledgers;
use crate::ops::Ops;
use crate::postgres::PostgresLane;
use crate::promos::Promos;
use crate::records::{AuditQuery, BookingRecord, CatalogChange, OverrideRecord};
use crate::rows::catalog::{MemberRow, ResourceRow, TeamRow};
use crate::schema::{claims, members, outbox, resources, teams};
use crate::scratch::Scratch;
use crate::sqlite::SqliteLane;
use crate::traits::{
    Aside, AuditStore, BookingStore, CatalogStore, CommitLane, HealthStore, LedgerStore, OpStore,
    PromoStore,
};

/// A database of either engine, gone when this is dropped.
pub(crate) struct Sql {
    pub database: Arc<Database>,
    open_lane: fn(Arc<Database>) -> Box<dyn CommitLane>,
    // Last, since it cannot be removed while somebody is connected.
    pub scratch: Scratch,
}

/// A new one on SQLite.
pub(crate) fn sqlite() -> Sql {
    Sql::of(Scratch::sqlite(), |database| Box::new(SqliteLane::open(database).unwrap()))
}

/// A new one on the PostgreSQL that `DAYBOOK_TEST_POSTGRES` names, if it names one.
pub(crate) fn postgres() -> Option<Sql> {
    let server = std::env::var("DAYBOOK_TEST_POSTGRES").ok()?;
    let scratch = Scratch::postgres(server);
    Some(Sql::of(scratch, |database| Box::new(PostgresLane::open(database).unwrap())))
}

impl Sql {
    fn of(scratch: Scratch, open_lane: fn(Arc<Database>) -> Box<dyn CommitLane>) -> Self {
        crate::migrate(&scratch.options, crate::scratch::EPOCH).unwrap();
        Self { database: scratch.connect(), open_lane, scratch }
    }

    fn write(&self, work: impl FnOnce(&mut AnyConnection) -> QueryResult<usize>) {
        self.database.write(|conn| Ok(work(conn)?)).unwrap();
    }
}

impl Drop for Sql {
    /// Whatever a case wrote through lanes, the database must hold together afterwards.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.findings(), Vec::<String>::new());
        }
    }
}

impl Fixture for Sql {
    fn ledgers(&self) -> Arc<dyn LedgerStore> {
        Arc::new(Ledgers::new(Arc::clone(&self.database)))
    }

    fn ops(&self) -> Arc<dyn OpStore> {
        Arc::new(Ops::new(Arc::clone(&self.database)))
    }

    fn promos(&self) -> Arc<dyn PromoStore> {
        Arc::new(Promos::new(Arc::clone(&self.database)))
    }

    fn put_promo(&self, promo: &Promo) {
        let change = CatalogChange::PutPromo(promo.clone());
        let catalog = Catalog::new(Arc::clone(&self.database));
        catalog.change_catalog(&change, &Aside::default()).unwrap();
    }

    fn lane(&self) -> Box<dyn CommitLane> {
        (self.open_lane)(Arc::clone(&self.database))
    }

    fn put_team(&self, team: &Team) {
        let row = TeamRow::of(team, team.no.0);
        self.write(|conn| diesel::delete(teams::table.find(team.no.0)).execute(conn));
        self.write(|conn| diesel::insert_into(teams::table).values(row).execute(conn));
    }

    fn put_member(&self, member: MemberId, no: ResourceNo) {
        let member = Member {
            id: member,
            no,
            name: "Anna".to_owned(),
            skills: Vec::new(),
            photo_url: None,
            is_active: true,
            teams: Vec::new(),
            rev: 1,
        };
        let row = MemberRow::of(&member, no.0);
        self.write(|conn| diesel::insert_into(members::table).values(row).execute(conn));
    }

    fn put_resource(&self, resource: ResourceId, no: ResourceNo) {
        let resource = Resource {
            id: resource,
            no,
            kind: ResourceKind::Room,
            name: "Blue room".to_owned(),
            is_active: true,
            teams: Vec::new(),
            rev: 1,
        };
        let row = ResourceRow::of(&resource, no.0);
        self.write(|conn| diesel::insert_into(resources::table).values(row).execute(conn));
    }

    fn booking(&self, id: BookingId) -> Option<BookingRecord> {
        Bookings::new(Arc::clone(&self.database)).booking(id).unwrap()
    }

    fn claims(&self) -> Vec<(ResourceNo, i32, BookingNo)> {
        let rows: Vec<(i32, i32, i64)> = self
            .database
            .read(|conn| {
                Ok(claims::table
                    .order((claims::resource_no, claims::quantum))
                    .select((claims::resource_no, claims::quantum, claims::booking_no))
                    .load(conn)?)
            })
            .unwrap();
        let claim = |(resource, quantum, no)| (ResourceNo(resource), quantum, BookingNo(no));
        rows.into_iter().map(claim).collect()
    }

    fn outbox(&self, ledger: LedgerNo) -> Vec<(u64, String)> {
        let rows: Vec<(i64, String)> = self
            .database
            .read(|conn| {
                let of_ledger = outbox::table.filter(outbox::ledger_id.eq(ledger.0));
                Ok(of_ledger.order(outbox::seq).select((outbox::seq, outbox::kind)).load(conn)?)
            })
            .unwrap();
        rows.into_iter().map(|(seq, kind)| (seq.try_into().unwrap(), kind)).collect()
    }

    fn audit(&self) -> Vec<AuditEntry> {
        let query = AuditQuery { limit: 1_000, ..AuditQuery::default() };
        Audit::new(Arc::clone(&self.database)).audit(&query).unwrap()
    }

    fn overrides(&self, key: LedgerKey) -> Vec<OverrideRecord> {
        let audit = Audit::new(Arc::clone(&self.database));
        audit.overrides(key.team, key.day, key.day).unwrap()
    }

    fn findings(&self) -> Vec<String> {
        Health::new(Arc::clone(&self.database)).inconsistencies(10).unwrap()
    }
}
