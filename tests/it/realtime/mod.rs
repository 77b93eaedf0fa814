//! Listening, from outside.

mod changes;
mod emergencies;
mod jammed;
mod nodes;
mod offers;
mod payments;
mod resume;
mod scoping;
