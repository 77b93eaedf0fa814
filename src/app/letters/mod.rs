//! Letters to clients about what was committed.
//!
//! The outbox says that somebody is to hear of an event; what they hear is how the booking stands
//! when the letter leaves. So a letter never says what is no longer true: one that would is
//! superseded, and the event that made it untrue has a row of its own.
//!
//! A row is leased, looked at, noted as `sending`, sent, and ended. After a crash in between it is
//! due again when its lease is over, and then sent under the same `Message-ID`: a letter may come
//! twice, never not at all.
//!
//! Reminders leave the same way; see [`domain::reminder`] for when.
//!
//! **Invariant:** nothing leaves but from a row that was committed first, and no booking ever waits
//! for a letter.

mod dead;
mod direct;
mod look;
mod refusals;
mod reminders;
mod round;

pub use dead::{LETTERS_LISTED_MAX, LetterName, LetterRecord};
pub use direct::SIGN_IN_KIND;
pub use round::Round;
use tokio::sync::Notify;

use crate::actors::{Committed, CommittedSink};
use crate::notify::{Letter, Mailer, SendError};

/// The way out, and what wakes those who use it.
#[derive(Debug)]
pub struct Letters {
    mailer: Mailer,
    wake: Notify,
}

impl Letters {
    /// Letters that leave by `mailer`.
    pub fn new(mailer: Mailer) -> Self {
        Self { mailer, wake: Notify::new() }
    }

    /// Has it looked at once more what is due: something was asked for.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Hands one letter over.
    async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        self.mailer.send(letter).await
    }
}

impl CommittedSink for Letters {
    fn committed(&self, _committed: &Committed) {
        self.wake.notify_one();
    }
}
