//! What handlers are given: one extractor per file, each of which refuses with a problem.

mod caller;
mod idempotency_key;
mod if_match;
mod json;
mod page;
mod rates_file;
mod raw;

pub use caller::{CallerContext, Signed};
pub use idempotency_key::IdempotencyKey;
pub use if_match::IfMatch;
pub use json::{Json, OptionalJson, json_value};
pub use page::Page;
pub use rates_file::{MEDIA_TYPES as RATES_MEDIA_TYPES, RatesFile};
pub use raw::Raw;
