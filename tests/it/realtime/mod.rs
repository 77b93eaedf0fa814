//! Listening, from outside.

mod changes;
mod jammed;
mod resume;
mod scoping;
