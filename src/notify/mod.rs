//! Letters: what they say, in which language, and the way out of the process.
//!
//! Nothing here decides whether somebody is to be written to; that is read from rows which were
//! committed before. A [`Letter`] is a value; [`Mailer::send`] tries once to hand it over and says
//! what the caller now knows. Whoever retries sends the same letter with the same [`Letter::id`],
//! so a copy that arrives twice can be told by programs that read mail.
//!
//! **Invariants:** nobody gets a letter with a hole in it: what its kind cannot be without is asked
//! for before it is written. Nothing that a client typed can add a header, since headers are built
//! from values, never from text.

mod files;
mod letter;
mod mailer;
mod smtp;
#[cfg(test)]
pub(crate) mod tests;
mod words;

pub use letter::{Attachment, ComposeError, Fact, Letter, LetterKind, Parts, VisitParts, compose};
pub use mailer::{Mailer, SendError};
pub use words::{Language, Words};
