//! Tests of the rules: tables that read like a day at the desk, properties, and a second opinion.

mod naive;
mod people;
mod properties;
mod table;
mod tables;

use table::check;
