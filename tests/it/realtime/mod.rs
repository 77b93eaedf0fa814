//! Listening, from outside.

mod changes;
mod jammed;
mod nodes;
mod offers;
mod resume;
mod scoping;
