//! Use cases: one file each, one transaction each.

pub mod catalog;
pub mod seed;
pub mod verify;
