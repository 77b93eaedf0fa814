//! The front end as `npm run build` left it in `web/dist`, inside the binary.
//!
//! A package of its own, so that building the front end anew does not compile the server anew.
//! Debug builds read the folder at run time instead: what `vite build --watch` writes is served at
//! once.
//! Without a built front end there are no files, and everything else works.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Built;

/// A file of the front end.
#[derive(Debug, Clone)]
pub struct File {
    pub bytes: Cow<'static, [u8]>,
    /// Of the bytes.
    pub sha256: [u8; 32],
}

/// The file at `path`, which has no slash in front.
pub fn file(path: &str) -> Option<File> {
    let found = Built::get(path)?;
    Some(File { bytes: found.data, sha256: found.metadata.sha256_hash() })
}
