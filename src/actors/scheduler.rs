//! Wakes whoever decides what is due. It ticks, and knows nothing of jobs.
//!
//! `tokio-cron-scheduler` ticks once a second. Which times have come is read from the table by
//! [`Clockwork`], so a tick that is late, lost or an hour off does no harm, and most ticks cost a
//! comparison. Should its ticks ever stop, a slow timer of the actor's own goes on.
//!
//! **Invariant:** one look at a time; ticks that come meanwhile are dropped.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use futures_util::future::BoxFuture;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Every second.
const TICKS: &str = "* * * * * *";
/// How often it is looked when there are no ticks.
const BACKSTOP: Duration = Duration::from_secs(15);

/// Decides what is due, and has it done.
pub trait Clockwork: Send + Sync + 'static {
    /// Whether there may be something to do. Asked at every tick, so it asks no database.
    fn is_due(&self) -> bool;

    /// Does what there is to do. Failures are logged there.
    fn look(self: Arc<Self>) -> BoxFuture<'static, ()>;
}

/// Ticks for one [`Clockwork`].
pub struct Scheduler {
    work: Arc<dyn Clockwork>,
    is_looking: bool,
    /// Dropped with the actor, which ends the ticks.
    ticks: Option<JobScheduler>,
}

impl Scheduler {
    /// A scheduler that will wake `work`.
    pub fn new(work: Arc<dyn Clockwork>) -> Self {
        Self { work, is_looking: false, ticks: None }
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        if self.is_looking || !self.work.is_due() {
            return;
        }
        self.is_looking = true;
        let look = Arc::clone(&self.work).look();
        ctx.spawn(look.into_actor(self).map(|(), actor, _| actor.is_looking = false));
    }
}

/// A second has passed.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Tick;

impl Handler<Tick> for Scheduler {
    type Result = ();

    fn handle(&mut self, _: Tick, ctx: &mut Self::Context) {
        self.tick(ctx);
    }
}

impl Actor for Scheduler {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(BACKSTOP, Self::tick);
        let starting = start(ctx.address().recipient()).into_actor(self);
        ctx.spawn(starting.map(|started, actor, _| match started {
            Ok(ticks) => actor.ticks = Some(ticks),
            Err(error) => tracing::error!(%error, "the scheduler has no ticks, and looks rarely"),
        }));
        self.tick(ctx);
    }
}

/// Starts the ticks.
///
/// # Errors
///
/// When the crate cannot start its tasks; then nothing ticks.
async fn start(to: Recipient<Tick>) -> Result<JobScheduler, JobSchedulerError> {
    let ticks = JobScheduler::new().await?;
    let every = Job::new(TICKS, move |_, _| {
        // A mailbox that is full has a tick already, and one that is closed needs none.
        let _ = to.try_send(Tick);
    })?;
    ticks.add(every).await?;
    ticks.start().await?;
    Ok(ticks)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    #[derive(Default)]
    struct Counted {
        is_due: AtomicBool,
        looks_count: AtomicU32,
        asked_count: AtomicU32,
    }

    impl Clockwork for Counted {
        fn is_due(&self) -> bool {
            self.asked_count.fetch_add(1, Ordering::Relaxed);
            self.is_due.load(Ordering::Relaxed)
        }

        fn look(self: Arc<Self>) -> BoxFuture<'static, ()> {
            Box::pin(async move {
                self.looks_count.fetch_add(1, Ordering::Relaxed);
                // Longer than a second: ticks come meanwhile.
                tokio::time::sleep(Duration::from_millis(1_500)).await;
            })
        }
    }

    #[actix_web::test]
    async fn it_looks_when_something_is_due_and_one_look_at_a_time() {
        let work = Arc::new(Counted::default());
        let scheduler = Scheduler::new(Arc::<Counted>::clone(&work)).start();
        while work.asked_count.load(Ordering::Relaxed) < 3 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(work.looks_count.load(Ordering::Relaxed), 0);

        work.is_due.store(true, Ordering::Relaxed);
        while work.looks_count.load(Ordering::Relaxed) < 1 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let asked_count = work.asked_count.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(work.looks_count.load(Ordering::Relaxed), 1);
        // While it looks, it does not even ask.
        assert_eq!(work.asked_count.load(Ordering::Relaxed), asked_count);
        assert!(scheduler.connected());
    }
}
