//! The simulated store as a fixture.

use std::sync::Arc;

use domain::audit::AuditEntry;
use domain::catalog::Team;
use domain::ids::{BookingId, BookingNo, Epoch, MemberId, ResourceId, ResourceNo};
use domain::ledger::{LedgerKey, LedgerNo};
use domain::pricing::Promo;
use domain::time::Quantum;

use super::Fixture;
use crate::records::{BookingRecord, OverrideRecord};
use crate::simulated::Simulated;
use crate::traits::{CommitLane, LedgerStore, OpStore, PromoStore};

/// A new one.
pub(super) fn fixture() -> Simulated {
    let store = Simulated::new(Quantum::DEFAULT, Epoch(0x5EED));
    store.set_now(super::author::now());
    store
}

impl Fixture for Simulated {
    fn ledgers(&self) -> Arc<dyn LedgerStore> {
        Arc::new(self.clone())
    }

    fn ops(&self) -> Arc<dyn OpStore> {
        Arc::new(self.clone())
    }

    fn promos(&self) -> Arc<dyn PromoStore> {
        Arc::new(self.clone())
    }

    fn put_promo(&self, promo: &Promo) {
        Simulated::put_promo(self, promo.clone());
    }

    fn lane(&self) -> Box<dyn CommitLane> {
        Box::new(Simulated::lane(self))
    }

    fn put_team(&self, team: &Team) {
        Simulated::put_team(self, team.clone());
    }

    fn put_member(&self, member: MemberId, no: ResourceNo) {
        Simulated::put_member(self, member, no);
    }

    fn put_resource(&self, resource: ResourceId, no: ResourceNo) {
        Simulated::put_resource(self, resource, no);
    }

    fn booking(&self, id: BookingId) -> Option<BookingRecord> {
        Simulated::booking(self, id)
    }

    fn claims(&self) -> Vec<(ResourceNo, i32, BookingNo)> {
        Simulated::claims(self)
    }

    fn outbox(&self, ledger: LedgerNo) -> Vec<(u64, String)> {
        Simulated::outbox(self, ledger)
    }

    fn audit(&self) -> Vec<AuditEntry> {
        Simulated::audit(self)
    }

    fn overrides(&self, key: LedgerKey) -> Vec<OverrideRecord> {
        Simulated::overrides(self, key)
    }
}
