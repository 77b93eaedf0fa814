//! Ledgers end to end, against a store that fails on demand.

mod audit;
mod faults;
mod harness;
mod mutations;
mod neighbours;
mod operations;
mod promos;
mod rush;
