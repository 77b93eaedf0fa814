//! What happened in a run, in order: a digest to compare two runs by, lines to read one by, and
//! what was found to be wrong.

use std::cell::RefCell;
use std::fmt::Display;
use std::sync::{Mutex, Once};

use sha2::{Digest, Sha256};

/// Most findings kept: the first explains the others.
const FINDINGS_MAX: usize = 20;

thread_local! {
    /// What panicked on this thread, which runs one simulation at a time.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// The record of one run.
pub struct Trace {
    digest: Mutex<Sha256>,
    findings: Mutex<Vec<String>>,
    is_shown: bool,
}

impl Trace {
    /// A record whose lines are also printed when `is_shown`.
    pub fn new(is_shown: bool) -> Self {
        Self { digest: Mutex::default(), findings: Mutex::default(), is_shown }
    }

    /// Notes what happened, at the simulated time of the host that says so.
    pub fn note(&self, what: impl Display) {
        let now = turmoil::sim_elapsed().unwrap_or_default();
        let line = format!("{:>6} ms  {what}", now.as_millis());
        if self.is_shown {
            println!("{line}");
        }
        self.digest.lock().unwrap().update(line.as_bytes());
    }

    /// Notes that a promise was broken.
    pub fn found(&self, what: String) {
        self.note(format_args!("BROKEN {what}"));
        let mut findings = self.findings.lock().unwrap();
        if findings.len() < FINDINGS_MAX {
            findings.push(what);
        }
    }

    pub fn findings(&self) -> Vec<String> {
        self.findings.lock().unwrap().clone()
    }

    pub fn digest(&self) -> String {
        let digest = self.digest.lock().unwrap().clone().finalize();
        format!("{:016x}", u64::from_be_bytes(digest[..8].try_into().unwrap()))
    }
}

/// Collects what panics on this thread instead of printing it, until [`panics`] is called: the
/// runtimes of a simulation catch panics, and nobody else would hear of them.
pub fn catch_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_caught = PANICS.with_borrow_mut(|panics| {
                panics.as_mut().map(|panics| panics.push(panic.to_string())).is_some()
            });
            if !is_caught {
                usual(panic);
            }
        }));
    });
    PANICS.set(Some(Vec::new()));
}

/// What has panicked on this thread since [`catch_panics`].
pub fn panics() -> Vec<String> {
    PANICS.take().unwrap_or_default()
}
