//! A quote as a token: what it promises, signed, for whoever has seen it to give back.
//!
//! Beside the claims it names what a client need not repeat: the team that was chosen, and the
//! promos. A token is no secret and holds nothing; whoever books with it is priced again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{PromoId, TeamId};
use domain::pricing::{CLAIMS_BYTES_MAX, Claims, PROMOS_MAX};
use subtle::ConstantTimeEq;

use crate::app::Failure;
use crate::auth::Links;

/// What tokens are signed as, so that they are nothing else.
const PURPOSE: &str = "quote";
/// Length of an id as text.
const ID_CHARS: usize = 36;
/// Longest text that is signed: the team, the promos and the claims, with what stands between.
const TEXT_BYTES_MAX: usize = (1 + PROMOS_MAX) * (ID_CHARS + 1) + 1 + CLAIMS_BYTES_MAX;
const MAC_BYTES: usize = 32;
/// Longest token that is looked at, in characters: four for every three bytes, and a point.
const TOKEN_CHARS_MAX: usize = (TEXT_BYTES_MAX + MAC_BYTES) * 4 / 3 + 8;

/// What a client was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The team that was chosen, if nobody chose one.
    pub team: TeamId,
    pub promos: Vec<PromoId>,
    pub claims: Claims,
}

impl Promise {
    /// The token that says so.
    pub(super) fn sign(&self, links: &Links) -> String {
        let promos: Vec<String> = self.promos.iter().map(ToString::to_string).collect();
        let text = format!("{}|{}|{}", self.team, promos.join(","), self.claims);
        let mac = links.sign(PURPOSE, text.as_bytes());
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(mac))
    }

    /// Reads a token. What it is worth is for the caller to find out.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`] for anything we did not make.
    pub(super) fn read(token: &str, links: &Links) -> Result<Self, Failure> {
        read(token, links).ok_or_else(|| {
            Failure::invalid("/quoteToken", "is not the token of a quote that was given out")
        })
    }
}

fn read(token: &str, links: &Links) -> Option<Promise> {
    if token.len() > TOKEN_CHARS_MAX {
        return None;
    }
    let (text, mac) = token.split_once('.')?;
    let text = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    if !bool::from(links.sign(PURPOSE, &text).ct_eq(mac.as_slice())) {
        return None;
    }
    let text = String::from_utf8(text).ok()?;
    let mut parts = text.splitn(3, '|');
    let team = TeamId(parts.next()?.parse().ok()?);
    let promos = parts.next()?.split(',').filter(|id| !id.is_empty());
    let promos = promos.map(|id| Some(PromoId(id.parse().ok()?))).collect::<Option<_>>()?;
    Some(Promise { team, promos, claims: parts.next()?.parse().ok()? })
}
