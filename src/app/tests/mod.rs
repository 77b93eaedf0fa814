//! What tests of the application share.

pub(crate) mod scratch;
