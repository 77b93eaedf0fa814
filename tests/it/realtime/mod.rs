//! Listening, from outside.

mod changes;
mod jammed;
mod nodes;
mod resume;
mod scoping;
