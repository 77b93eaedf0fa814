//! A host that runs the real ledgers, coordinator and sweeper. All it has of the store is a link.

use std::sync::Arc;
use std::time::Duration;

use daybook::actors::{
    Broadcaster, Call, CommittedSink, Coordinator, CoordinatorParts, Decide, Intake, Ledgers, Link,
    Lost, Parts, Runtime, Submit, Sweeper,
};
use daybook::ambient::Ambient;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::traits::CommitLane;

use crate::chance::Chance;
use crate::city::{City, NODES, STORE};
use crate::desk::Desk;
use crate::network::{Caller, serve};
use crate::store_host;
use crate::watcher::{Audience, Watcher};

/// How long a node waits for the store to answer one call.
const CALL_PATIENCE: Duration = Duration::from_millis(150);

/// Between two sweeps of one node.
const SWEEP_MS: std::ops::Range<u64> = 50..500;

/// How long a booking waits for its team to agree, in the city's time.
const APPROVAL_WINDOW: Duration = Duration::from_mins(3);

/// The way from one node to the store.
pub struct StoreLink {
    caller: Caller<Call, ()>,
}

impl Link for StoreLink {
    fn carry(&self, call: Call) -> BoxFuture<'static, Result<(), Lost>> {
        self.caller.ask(STORE, call, CALL_PATIENCE).map(|answer| answer.ok_or(Lost)).boxed()
    }
}

/// One node from start to crash.
pub async fn run(city: Arc<City>, node: usize) -> turmoil::Result {
    let chance = Arc::new(city.chance.branch());
    let link = Arc::new(StoreLink { caller: Caller::start(Arc::clone(&city.calls)).await? });
    let runtime = Runtime::Simulated(Arc::<StoreLink>::clone(&link));
    let ambient = ambient(&city, node, &chance);
    let intake = Arc::new(Intake::default());
    intake.set_watched(true);
    let lane = |_| -> Box<dyn CommitLane> { Box::new(store_host::lane(&city, node)) };
    let watcher: Arc<dyn CommittedSink> = Arc::new(Watcher::new(&city, node));
    let ledgers = Arc::new(Ledgers::start(Parts {
        store: Arc::new(city.store.clone()),
        lanes: (0..city.climate.lanes).map(lane).collect(),
        sinks: vec![watcher, Arc::<Intake>::clone(&intake)],
        limits: city.limits(),
        ambient: ambient.clone(),
        runtime: runtime.clone(),
    })?);
    Broadcaster::start(&runtime, &intake, Audience(Watcher::new(&city, node)));
    let submit: Arc<dyn Submit> = Arc::<Ledgers>::clone(&ledgers);
    let decide: Arc<dyn Decide> = Arc::<Ledgers>::clone(&ledgers);
    let coordinator = Coordinator::new(CoordinatorParts {
        submit: Arc::clone(&submit),
        decide: city.bug.map_or(Arc::clone(&decide), |bug| bug.decider(decide)),
        ops: Arc::new(city.store.clone()),
        bookings: Arc::new(city.store.clone()),
        ambient: ambient.clone(),
        runtime: runtime.clone(),
    });
    let ops = Arc::new(city.store.clone());
    let sweeper =
        Sweeper::new(coordinator.clone(), submit, ops, (ambient, runtime), APPROVAL_WINDOW);
    tokio::task::spawn_local(sweep(sweeper, chance));
    city.trace.note(format_args!("{} is up", NODES[node]));
    let requests = Arc::clone(&city.requests);
    let desk = Arc::new(Desk { ledgers, coordinator, link, city, node });
    serve(requests, move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    })
    .await?;
    Ok(())
}

async fn sweep(sweeper: Sweeper, chance: Arc<Chance>) {
    loop {
        tokio::time::sleep(Duration::from_millis(chance.within(SWEEP_MS))).await;
        // What it could not do, the next one does.
        drop(sweeper.sweep().await);
    }
}

fn ambient(city: &Arc<City>, node: usize, chance: &Arc<Chance>) -> Ambient {
    let (city, chance) = (Arc::clone(city), Arc::clone(chance));
    Ambient::with_clock(move || city.now(node)).with_ids(move || chance.id())
}
