//! A whole application for tests: a database of its own with ledgers over it, gone when dropped.

use std::sync::Arc;
use std::time::Duration;

use actix::Arbiter;
use domain::ids::Epoch;
use store::{Store, StoreOptions};
use tempfile::TempDir;

use crate::actors::{CommittedSink, Decide, Ledgers, Limits, Parts, Runtime, Submit};
use crate::ambient::Ambient;
use crate::app::{App, Deciders, Views};
use crate::config::Config;

/// A database, and ledgers that decide over it.
pub(crate) struct Scratch {
    pub store: Store,
    pub desk: Arc<dyn Submit>,
    pub decide: Arc<dyn Decide>,
    pub views: Arc<Views>,
    pub config: Arc<Config>,
    _folder: TempDir,
}

impl Scratch {
    /// An empty one. Needs a running actix system.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::for_tests(folder.path()).unwrap();
        let options = StoreOptions {
            url: config.database_url(),
            readers_max: 4,
            lanes: 1,
            timeout: Duration::from_secs(10),
            quantum: config.ledger.quantum(),
        };
        store::migrate(&options, Epoch(7)).unwrap();
        let opened = store::open(&options).unwrap();
        let views = Arc::new(Views::default());
        let sink: Arc<dyn CommittedSink> = Arc::<Views>::clone(&views);
        let ledgers = Ledgers::start(Parts {
            store: Arc::clone(&opened.store.ledgers),
            lanes: opened.lanes,
            sinks: vec![sink],
            limits: Limits {
                node_permits_max: 1024,
                ledger_permits_max: 256,
                batch_items_max: 64,
                active_max: 1024,
                idle_timeout: Duration::from_mins(1),
            },
            ambient: Ambient::system(),
            runtime: Runtime::Threads(vec![Arbiter::new().handle()]),
        });
        let ledgers = Arc::new(ledgers.unwrap());
        let (desk, decide) = (Arc::<Ledgers>::clone(&ledgers), ledgers);
        Self { store: opened.store, desk, decide, views, config: Arc::new(config), _folder: folder }
    }

    /// An application over it, with `ambient`'s clock.
    pub fn app(&self, ambient: Ambient) -> App {
        let (desk, decide) = (Arc::clone(&self.desk), Arc::clone(&self.decide));
        let (store, views) = (self.store.clone(), Arc::clone(&self.views));
        let deciders = Deciders { desk, decide };
        App::new(Arc::clone(&self.config), ambient, store, deciders, views).unwrap()
    }
}
