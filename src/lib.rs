//! Daybook: a realtime scheduling engine, and the portal around it.
//!
//! This list is the table of contents; `docs/ARCHITECTURE.md` is the map.

pub mod actors;
pub mod ambient;
pub mod app;
pub mod auth;
pub mod boot;
pub mod cli;
pub mod config;
pub mod http;
pub mod notify;
pub mod realtime;
pub mod telemetry;
