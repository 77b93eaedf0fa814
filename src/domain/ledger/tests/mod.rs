//! Tests of the rules: tables that read like a day at the desk, properties, and a second opinion.

mod arbitrary;
mod holds;
mod moves;
mod naive;
mod naive_kept;
mod outcome;
mod people;
mod properties;
mod steps;
mod table;
mod tables;
mod taken_over;
mod waiting;
mod wording;

use table::check;
