//! A finished answer, plain and compressed, put together from pieces that were compressed before.
//!
//! Compressing two hundred kilobytes takes longer than everything else together, so each piece is
//! deflated once, by itself, up to a byte boundary and without looking back. Such pieces can be
//! joined: behind a gzip header, and with their checksums combined, they are one valid stream.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use sha2::{Digest, Sha256};

use super::{Basis, Query};

/// A gzip header without a name or a time: the answer depends on its content alone.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// The empty last block that ends a deflate stream.
const DEFLATE_END: [u8; 2] = [3, 0];
/// Bytes of an entity tag: enough that two answers never share one by chance.
const ETAG_BYTES: usize = 12;
/// What deflate may add to a piece that does not compress: five bytes per block, and the flush.
const DEFLATE_SLACK: usize = 64;

/// Part of an answer, plain and deflated.
pub struct Piece {
    plain: Vec<u8>,
    deflated: Vec<u8>,
    crc: Crc,
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Piece({} bytes)", self.plain.len())
    }
}

impl Piece {
    /// Compresses `plain`.
    pub fn new(plain: Vec<u8>) -> Self {
        let mut crc = Crc::new();
        crc.update(&plain);
        let deflated = deflate(&plain);
        Self { plain, deflated, crc }
    }
}

/// Deflates `plain` so that another piece can follow.
fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut deflate = Compress::new(Compression::new(5), false);
    let mut deflated = Vec::with_capacity(plain.len() / 4 + DEFLATE_SLACK);
    let mut done = 0;
    loop {
        let rest = plain.get(done..).unwrap_or_default();
        let before = deflate.total_in();
        let status = deflate.compress_vec(rest, &mut deflated, FlushCompress::Full);
        done += usize::try_from(deflate.total_in() - before).unwrap_or(0);
        // Space left over means that nothing waits to be written any more.
        let is_flushed = done >= plain.len() && deflated.len() < deflated.capacity();
        match status {
            Ok(Status::Ok | Status::BufError) if !is_flushed => {
                deflated.reserve(plain.len() / 4 + DEFLATE_SLACK);
            }
            _ => return deflated,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Body {
    pub(super) basis: Basis,
    pieces: Vec<Arc<Piece>>,
    /// What the answer's `ETag` is, without quotes.
    pub etag: String,
    plain: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

impl Body {
    /// Puts the pieces into one answer.
    pub(super) fn assemble(basis: Basis, query: &Query, days: &[Arc<Piece>]) -> Self {
        let Query { service, currency, .. } = query;
        let head = format!(r#"{{"serviceId":"{service}","currency":"{currency}","days":["#);
        let comma = Arc::new(Piece::new(b",".to_vec()));
        let mut pieces = Vec::with_capacity(days.len() * 2 + 2);
        pieces.push(Arc::new(Piece::new(head.into_bytes())));
        for (index, day) in days.iter().enumerate() {
            if index > 0 {
                pieces.push(Arc::clone(&comma));
            }
            pieces.push(Arc::clone(day));
        }
        pieces.push(Arc::new(Piece::new(b"]}".to_vec())));
        let etag = etag(&pieces);
        Self { basis, pieces, etag, plain: OnceLock::new(), gzip: OnceLock::new() }
    }

    /// The answer as JSON.
    pub fn plain(&self) -> Bytes {
        let join = || {
            let parts: Vec<&[u8]> = self.pieces.iter().map(|one| one.plain.as_slice()).collect();
            Bytes::from(parts.concat())
        };
        self.plain.get_or_init(join).clone()
    }

    /// The answer as gzip.
    pub fn gzip(&self) -> Bytes {
        self.gzip.get_or_init(|| join_gzip(&self.pieces)).clone()
    }
}

fn etag(pieces: &[Arc<Piece>]) -> String {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update(&piece.plain);
    }
    let digest = hash.finalize();
    URL_SAFE_NO_PAD.encode(digest.get(..ETAG_BYTES).unwrap_or_default())
}

fn join_gzip(pieces: &[Arc<Piece>]) -> Bytes {
    let mut crc = Crc::new();
    let mut gzip = GZIP_HEADER.to_vec();
    for piece in pieces {
        gzip.extend_from_slice(&piece.deflated);
        crc.combine(&piece.crc);
    }
    gzip.extend(DEFLATE_END);
    gzip.extend(crc.sum().to_le_bytes());
    gzip.extend(crc.amount().to_le_bytes());
    Bytes::from(gzip)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn joined_pieces_unpack_to_what_they_were_made_of(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..8)
        ) {
            let pieces: Vec<_> = parts.iter().cloned().map(Piece::new).map(Arc::new).collect();
            let gzip = join_gzip(&pieces);

            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&*gzip).read_to_end(&mut unpacked).unwrap();

            prop_assert_eq!(unpacked, parts.concat());
        }
    }
}
