//! What guests and clients call.

pub mod session;
