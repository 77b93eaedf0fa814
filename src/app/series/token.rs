//! What a preview has shown, as a token that its reader gives back.
//!
//! A token is no promise: it says what was shown for which request, so that making the series can
//! tell whether the same still holds. It is signed, because what it says is believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::catalog::Team;
use domain::ids::TeamId;
use domain::ledger::Class;
use domain::pricing::SeriesQuote;
use domain::recurrence::OCCURRENCES_MAX;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::occurrences::Planned;
use super::{SeriesRule, StaleReason};
use crate::app::book::Wish;
use crate::auth::Links;

/// How long a preview can be booked from: about as long as a client types.
pub const PREVIEW_LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// What tokens are signed as, so that they are nothing else.
const PURPOSE: &str = "series-preview";
const VERSION: u8 = 1;
/// Layout of a body: version, team, digest, occurrences that fit, expiry.
const BODY_BYTES: usize = 1 + 16 + 32 + 16 + 8;
/// Longest token that is looked at, in characters; ours are shorter.
const TOKEN_CHARS_MAX: usize = 256;

/// Bits of the set of occurrences that fit.
const FITS_BITS: usize = 128;
const _: () = assert!(OCCURRENCES_MAX <= FITS_BITS);

/// What a preview has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// The team that was chosen, if nobody chose one.
    pub team: TeamId,
    /// Of everything that was asked for, and of when the occurrences are.
    pub digest: [u8; 32],
    /// The occurrences that fitted.
    pub fits: Fits,
    pub expires_at: DateTime<Utc>,
}

/// A set of occurrences, by index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fits(u128);

impl Fits {
    pub(super) fn has(self, index: u16) -> bool {
        self.0.checked_shr(u32::from(index)).is_some_and(|bits| bits & 1 == 1)
    }

    fn add(&mut self, index: u16) {
        self.0 |= 1_u128.checked_shl(u32::from(index)).unwrap_or(0);
    }
}

impl FromIterator<u16> for Fits {
    fn from_iter<Indexes: IntoIterator<Item = u16>>(indexes: Indexes) -> Self {
        let mut fits = Self::default();
        indexes.into_iter().for_each(|index| fits.add(index));
        fits
    }
}

/// Everything that makes two requests for a series the same one, whoever makes them.
pub(super) fn digest(
    team: &Team,
    first: &Wish,
    rule: &SeriesRule,
    planned: &[Planned],
    prices: &SeriesQuote,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(first.service.0.as_bytes());
    hash.update(first.team.0.as_bytes());
    hash.update(first.member.map_or(Uuid::nil(), |member| member.0).as_bytes());
    hash.update([match first.class {
        Class::Standard => 0,
        Class::Emergency => 1,
    }]);
    for quote in &prices.quotes {
        hash.update(quote.total.amount.to_be_bytes());
        hash.update(quote.total.currency.as_str().as_bytes());
    }
    // Neither text contains the byte that ends it.
    for text in [rule.recurrence.text(), team.zone.name()] {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    for one in planned {
        hash.update(one.starts_at.timestamp().to_be_bytes());
    }
    hash.finalize().into()
}

impl Shown {
    /// When its prices were asked for: a series gets no dearer while its client types.
    pub(super) fn asked_at(&self) -> DateTime<Utc> {
        self.expires_at - PREVIEW_LIFETIME
    }

    /// The token that says so.
    pub(super) fn sign(&self, links: &Links) -> String {
        let mut bytes = Vec::with_capacity(2 * BODY_BYTES);
        bytes.push(VERSION);
        bytes.extend(self.team.0.as_bytes());
        bytes.extend(self.digest);
        bytes.extend(self.fits.0.to_be_bytes());
        bytes.extend(self.expires_at.timestamp().to_be_bytes());
        bytes.extend(links.sign(PURPOSE, &bytes));
        URL_SAFE_NO_PAD.encode(&bytes)
    }

    /// Reads a token. Whether it is of this request is for the caller to compare.
    ///
    /// # Errors
    ///
    /// [`StaleReason::Unknown`] for anything we did not make, [`StaleReason::Expired`] for what is
    /// over.
    pub(super) fn read(
        token: &str,
        links: &Links,
        now: DateTime<Utc>,
    ) -> Result<Self, StaleReason> {
        if token.len() > TOKEN_CHARS_MAX {
            return Err(StaleReason::Unknown);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_not_base64| StaleReason::Unknown)?;
        let (body, mac) = bytes.split_at_checked(BODY_BYTES).ok_or(StaleReason::Unknown)?;
        if !bool::from(links.sign(PURPOSE, body).ct_eq(mac)) {
            return Err(StaleReason::Unknown);
        }
        let shown = fields(body).ok_or(StaleReason::Unknown)?;
        if now >= shown.expires_at { Err(StaleReason::Expired) } else { Ok(shown) }
    }
}

/// What a body whose MAC was right says.
fn fields(body: &[u8]) -> Option<Shown> {
    let (version, rest) = body.split_first()?;
    let (team, rest) = rest.split_first_chunk::<16>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let (fits, rest) = rest.split_first_chunk::<16>()?;
    let expires_at = i64::from_be_bytes(rest.try_into().ok()?);
    (*version == VERSION).then_some(())?;
    Some(Shown {
        team: TeamId(Uuid::from_bytes(*team)),
        digest: *digest,
        fits: Fits(u128::from_be_bytes(*fits)),
        expires_at: DateTime::from_timestamp(expires_at, 0)?,
    })
}
