//! Says no early, while no is still cheap.
//!
//! An actix mailbox bounds nothing by itself, so a submission takes a permit of the node and one of
//! its ledger before a message is made. Who would wait past its deadline is told at once when to
//! come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::Refusal;

/// How much of what may wait, all named in `config/default.toml` under `[ledger]`.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Submissions in this process, from permit to reply.
    pub node_permits_max: usize,
    /// Submissions of one ledger, from permit to reply.
    pub ledger_permits_max: usize,
    /// Items of one ledger in one transaction.
    pub batch_items_max: usize,
    /// Ledgers in memory.
    pub active_max: usize,
    /// How long a ledger nobody asks stays in memory.
    pub idle_timeout: Duration,
}

/// The shortest and longest wait that a refused caller is told.
const RETRY_AFTER_MIN: Duration = Duration::from_secs(1);
const RETRY_AFTER_MAX: Duration = Duration::from_mins(1);

/// Items whose cost it takes to outweigh what was believed before. A batch costs little more than
/// its flush however many are in it, so one that went alone, the first of a new ledger say, must
/// not be taken for what everybody costs.
const ITEMS_REMEMBERED: u64 = 64;

/// Held from admission to reply.
pub(super) struct Permit {
    _node: OwnedSemaphorePermit,
    _ledger: OwnedSemaphorePermit,
}

/// One ledger's queue as admission sees it.
#[derive(Clone)]
pub(super) struct Gauge {
    permits: Arc<Semaphore>,
    permits_max: usize,
    /// Moving average of what one item costs, in nanoseconds.
    item_ns: Arc<AtomicU64>,
}

impl Gauge {
    pub(super) fn new(permits_max: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(permits_max)),
            permits_max,
            item_ns: Arc::default(),
        }
    }

    /// Learns from a batch of `items` that took `elapsed`.
    pub(super) fn learn(&self, items: usize, elapsed: Duration) {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        let elapsed_ns = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        let believed_ns = self.item_ns.load(Ordering::Relaxed).saturating_mul(ITEMS_REMEMBERED);
        let after_ns =
            believed_ns.saturating_add(elapsed_ns) / ITEMS_REMEMBERED.saturating_add(items);
        self.item_ns.store(after_ns, Ordering::Relaxed);
    }

    /// How long one more would wait.
    fn wait(&self) -> Duration {
        let waiting = self.permits_max.saturating_sub(self.permits.available_permits());
        let waiting = u64::try_from(waiting).unwrap_or(u64::MAX);
        Duration::from_nanos(waiting.saturating_mul(self.item_ns.load(Ordering::Relaxed)))
    }
}

/// The node's permits.
pub(super) struct Admission {
    node: Arc<Semaphore>,
    node_max: usize,
}

impl Admission {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            node: Arc::new(Semaphore::new(limits.node_permits_max)),
            node_max: limits.node_permits_max,
        }
    }

    /// Takes a permit of the node and one of the ledger.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] when there is none, or when the wait would outlast `deadline`;
    /// [`Refusal::Draining`] after [`Admission::close`]. Nothing was queued.
    pub(super) fn admit(&self, ledger: &Gauge, deadline: Instant) -> Result<Permit, Refusal> {
        use tokio::sync::TryAcquireError::{Closed, NoPermits};
        let wait = ledger.wait();
        let node = Arc::clone(&self.node).try_acquire_owned().map_err(|error| match error {
            Closed => Refusal::Draining,
            NoPermits => busy(wait),
        })?;
        if wait > deadline.saturating_duration_since(Instant::now()) {
            return Err(busy(wait));
        }
        let ledger =
            Arc::clone(&ledger.permits).try_acquire_owned().map_err(|_no_permits| busy(wait))?;
        Ok(Permit { _node: node, _ledger: ledger })
    }

    /// Admits nobody any more.
    pub(super) fn close(&self) {
        self.node.close();
    }

    /// Submissions that have a permit and no reply yet.
    pub(super) fn in_flight(&self) -> usize {
        self.node_max.saturating_sub(self.node.available_permits())
    }
}

fn busy(wait: Duration) -> Refusal {
    metrics::counter!("daybook_shed_total").increment(1);
    Refusal::Busy { retry_after: wait.clamp(RETRY_AFTER_MIN, RETRY_AFTER_MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(1);

    fn limits(node_permits_max: usize, ledger_permits_max: usize) -> Limits {
        let idle_timeout = SOON;
        let (batch_items_max, active_max) = (1, 1);
        Limits { node_permits_max, ledger_permits_max, batch_items_max, active_max, idle_timeout }
    }

    #[test]
    fn one_ledger_cannot_take_every_permit_of_the_node() {
        let limits = limits(3, 2);
        let (admission, hot) = (Admission::new(&limits), Gauge::new(limits.ledger_permits_max));
        let cold = Gauge::new(limits.ledger_permits_max);
        let deadline = Instant::now() + SOON;

        let held: Vec<_> = (0..2).map(|_| admission.admit(&hot, deadline).ok()).collect();

        assert!(held.iter().all(Option::is_some));
        assert!(matches!(admission.admit(&hot, deadline), Err(Refusal::Busy { .. })));
        assert!(admission.admit(&cold, deadline).is_ok());
    }

    #[test]
    fn a_permit_comes_back_with_its_reply() {
        let limits = limits(1, 1);
        let (admission, gauge) = (Admission::new(&limits), Gauge::new(1));
        let deadline = Instant::now() + SOON;

        drop(admission.admit(&gauge, deadline));

        assert_eq!(admission.in_flight(), 0);
        assert!(admission.admit(&gauge, deadline).is_ok());
    }

    #[test]
    fn who_would_wait_past_its_deadline_is_told_at_once() {
        let limits = limits(10, 10);
        let (admission, gauge) = (Admission::new(&limits), Gauge::new(10));
        for _ in 0..1000 {
            gauge.learn(1, Duration::from_secs(30));
        }
        let deadline = Instant::now() + SOON;
        let patient = Instant::now() + Duration::from_mins(5);
        let _first = admission.admit(&gauge, patient).ok();

        let refused = admission.admit(&gauge, deadline).err();

        let Some(Refusal::Busy { retry_after }) = refused else { panic!("{refused:?}") };
        assert!(retry_after > Duration::from_secs(29), "{retry_after:?}");
    }

    #[test]
    fn a_slow_first_booking_turns_no_crowd_away() {
        const CROWD: usize = 1024;
        let limits = limits(2 * CROWD, 2 * CROWD);
        let (admission, gauge) = (Admission::new(&limits), Gauge::new(2 * CROWD));
        gauge.learn(1, Duration::from_millis(20));
        let deadline = Instant::now() + Duration::from_secs(5);

        let crowd: Vec<_> = (0..CROWD).map(|_| admission.admit(&gauge, deadline)).collect();

        assert!(crowd.iter().all(Result::is_ok));
    }

    #[test]
    fn nobody_is_admitted_to_a_process_that_stops() {
        let limits = limits(1, 1);
        let admission = Admission::new(&limits);

        admission.close();

        let refused = admission.admit(&Gauge::new(1), Instant::now() + SOON).err();
        assert!(matches!(refused, Some(Refusal::Draining)));
    }
}
