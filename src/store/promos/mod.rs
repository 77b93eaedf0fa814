//! How often promos are used, and by whom.

pub(crate) mod uses;
