//! Daybook from outside: a real process, a real database, real sockets.
//!
//! One binary, so that the harness is compiled and linked once. Everything runs on SQLite, and on
//! PostgreSQL too when `DAYBOOK_TEST_POSTGRES` names a server, as `scripts/test` does.

#![cfg(test)]

mod bad_input;
mod coverage;
mod disk;
mod harness;
mod letters;
mod limits;
mod links;
mod operations;
mod race;
mod realtime;
mod shutdown;
mod stalled;
mod torture;
mod torture_operations;
mod torture_payments;
