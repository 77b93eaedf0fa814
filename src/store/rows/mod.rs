//! What Diesel reads and writes, and its conversions from and to the values of the rules.
//!
//! One file per aggregate. A conversion from a row can fail, since a row is only what somebody once
//! wrote; a conversion to a row cannot.
//!
//! - [`event`], [`opening`]: the JSON that is kept for ever, and so has names of its own that no
//!   refactoring of the rules can change by accident.
//! - [`batch`]: what a [`crate::batch::LedgerBatch`] changes, reduced to one write per row.

