//! Whether a webhook really comes from the provider.
//!
//! The header is `t=<seconds>,v1=<hex>[,v1=<hex>…]`; each `v1` is an HMAC-SHA256 over
//! `<seconds>.<raw body>`. While a secret is being replaced either of two is good.
//!
//! **Invariant:** a body is only parsed after [`verify`] has accepted its very bytes.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How far the provider's clock and ours may be apart, and how long a recording can be replayed.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Longest header that is looked at.
const HEADER_BYTES_MAX: usize = 2_048;

/// Most candidates that are compared: the provider sends one per secret that is valid.
const CANDIDATES_MAX: usize = 10;

/// Why a webhook is not believed. Variants stand in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    #[error("the signature header cannot be read")]
    Malformed,
    #[error("the signature is more than {TOLERANCE_SECONDS} seconds away from now")]
    OutOfTime,
    #[error("no signature fits the body")]
    Mismatch,
}

/// Accepts `body` when `header` signs it with one of `secrets`, around `now`.
///
/// # Errors
///
/// The first [`Forged`] that applies.
pub fn verify(
    header: &str,
    body: &[u8],
    secrets: &[&str],
    now: DateTime<Utc>,
) -> Result<(), Forged> {
    let (signed_at, candidates) = read(header).ok_or(Forged::Malformed)?;
    if now.timestamp().abs_diff(signed_at) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Forged::OutOfTime);
    }
    // Every candidate is compared with every secret, so that time tells nothing about either.
    let mut is_good = subtle::Choice::from(0);
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let expected = mac(secret, signed_at, body);
        for candidate in &candidates {
            is_good |= expected.as_slice().ct_eq(candidate);
        }
    }
    if bool::from(is_good) { Ok(()) } else { Err(Forged::Mismatch) }
}

/// The header with which `body` is sent at `now`.
pub fn sign(body: &[u8], secret: &str, now: DateTime<Utc>) -> String {
    let signed_at = now.timestamp();
    let hex = mac(secret, signed_at, body)
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("t={signed_at},v1={hex}")
}

fn mac(secret: &str, signed_at: i64, body: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length; there is no secret that it refuses.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    mac.update(signed_at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn read(header: &str) -> Option<(i64, Vec<[u8; 32]>)> {
    if header.len() > HEADER_BYTES_MAX {
        return None;
    }
    let mut signed_at = None;
    let mut candidates = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", seconds) if signed_at.is_none() => signed_at = Some(seconds.parse().ok()?),
            ("t", _) => return None,
            ("v1", hex) if candidates.len() < CANDIDATES_MAX => candidates.extend(bytes(hex)),
            _ => {}
        }
    }
    Some((signed_at?, candidates))
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
