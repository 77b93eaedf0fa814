//! The admin's side through HTTP, over a database of its own with the demo in it.

mod capacity;
mod cash;
mod catalogue;
mod matrix;
mod office;
mod prices;
mod requests;
mod resources;
mod schedule;
mod users;
