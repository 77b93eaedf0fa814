//! Prices, told in tables: each line is a rule, or a visit and the whole quote that it gets.

mod bases;
mod checks;
mod clocks;
mod codes;
mod conversion;
mod promise;
mod promos;
mod properties;
mod series;
mod surcharges;
mod table;
mod taxes;
