//! The clock and the random source; the only reader of either.
//!
//! Everything else takes `now`, an id or a nonce as an argument, or holds an [`Ambient`], so that
//! tests can stand still in time and repeat themselves.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

/// Where time and chance come from.
#[derive(Clone)]
pub struct Ambient {
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    id: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

impl std::fmt::Debug for Ambient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ambient")
    }
}

impl Ambient {
    /// The machine's own.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the place that reads the clock")]
        Self { now: Arc::new(Utc::now), id: Arc::new(Uuid::now_v7) }
    }

    /// A clock that says what `now` says.
    pub fn with_clock(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), ..Self::system() }
    }

    /// The same clock, and ids from `id`: a run that is to be repeated gives the same ones again.
    #[must_use]
    pub fn with_ids(self, id: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        Self { id: Arc::new(id), ..self }
    }

    /// The time, to the microsecond: what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        (self.now)().trunc_subsecs(6)
    }

    /// A new id that sorts by time of making.
    pub fn id(&self) -> Uuid {
        (self.id)()
    }

    /// Bytes nobody can guess.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness to give: there is no safe way to go on.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        #[expect(clippy::expect_used, reason = "without randomness no secret is one")]
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }
}
