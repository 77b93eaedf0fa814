//! What may be kept, by whom and for how long.
//!
//! Answers are private unless a handler says otherwise: a page of somebody's bookings in a shared
//! cache is a leak, a catalogue that is fetched once too often is not.

use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// The public catalogue: shown at once from a cache while a newer one is fetched.
pub const CATALOGUE: &str = "public, max-age=60, stale-while-revalidate=600";
/// Availability: may be kept, must be asked about each time.
pub const AVAILABILITY: &str = "public, max-age=0, must-revalidate";

/// Forbids keeping an answer whose handler has not spoken.
pub fn set_default(headers: &mut HeaderMap) {
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
