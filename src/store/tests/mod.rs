//! What the stores promise, on every engine that is at hand.

mod audit;
mod bookings;
mod catalog;
mod health;
mod messages;
mod migrations;
mod opening;
mod payments;
mod prices;
mod purges;
mod samples;
mod schedule;
mod users;
mod webhooks;
