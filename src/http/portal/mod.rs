//! What guests and clients call.
//!
//! Answers here name people only to those concerned: the public sees display names of members who
//! can be chosen, clients see their own bookings, and whoever caused a change is shown by role.

pub mod availability;
pub mod booking_form;
pub mod bookings;
pub mod feeds;
pub mod holds;
pub mod invites;
pub mod links;
pub mod mail_links;
pub mod payments;
pub mod pricing;
pub mod realtime;
pub mod series;
pub mod services;
pub mod session;
pub mod views;
pub mod waitlist;
