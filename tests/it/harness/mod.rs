//! What the tests stand on: a real server process on a real database, spoken to over the wire.
//!
//! Catalogues are laid out straight through the store before the server starts, so that a test of
//! booking does not fail because creating a team does. Whatever a test is about goes over HTTP.

pub mod clerk;
pub mod client;
pub mod database;
pub mod line;
pub mod past;
pub mod server;
pub mod site;
pub mod staff;
pub mod ws;

use std::io::Write;
use std::sync::Barrier;

pub use clerk::{Clerk, Said, Wish, capability};
pub use client::{Answer, Client};
pub use database::{Database, Engine, on_every_engine};
pub use server::Server;
pub use site::{Plan, Site};

/// Runs `work` on as many threads at once, all let go at the same moment, and answers in order.
pub fn all_at_once<T: Send>(threads_count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (gate, work) = (Barrier::new(threads_count), &work);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads_count)
            .map(|index| {
                let gate = &gate;
                scope.spawn(move || {
                    gate.wait();
                    work(index)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Says on the terminal, past the test runner's capture, that something was not tested and why.
pub fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED {what}: {why}");
}

/// A new key: nobody has used it before.
pub fn new_key() -> String {
    uuid::Uuid::now_v7().to_string()
}
