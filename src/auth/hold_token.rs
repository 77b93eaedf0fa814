//! The secret that comes with a place kept for somebody without an account: whoever has it may
//! extend, release or book that place.
//!
//! Only its hash is kept with the hold.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::session::token_hash;
use crate::ambient::Ambient;

/// Tells it from the token of a link, which comes in the same header.
const PREFIX: &str = "hold_";
const SECRET_BYTES: usize = 16;
/// Base64 of the secret, without padding.
const SECRET_CHARS: usize = 22;

/// A hold's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct HoldToken(String);

impl std::fmt::Debug for HoldToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HoldToken")
    }
}

impl HoldToken {
    /// One that nobody has had before.
    pub fn new(ambient: &Ambient) -> Self {
        let secret = URL_SAFE_NO_PAD.encode(ambient.secret::<SECRET_BYTES>());
        Self(format!("{PREFIX}{secret}"))
    }

    /// Reads what a client sent; `None` when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = text.strip_prefix(PREFIX)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_ours = secret.len() == SECRET_CHARS && secret.bytes().all(is_plain);
        is_ours.then(|| Self(text.to_owned()))
    }

    /// The token as its owner has it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Who owns the hold, as the hold says it: of no use to whoever reads it there.
    pub fn owner(&self) -> String {
        format!("guest:{}", URL_SAFE_NO_PAD.encode(token_hash(&self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_was_given_out_and_its_owner_does_not_give_it_away() {
        let token = HoldToken::new(&Ambient::system());

        let again = HoldToken::parse(token.reveal()).unwrap();

        assert_eq!(again, token);
        assert_eq!(again.owner(), token.owner());
        assert!(!token.owner().contains(token.reveal().trim_start_matches(PREFIX)));
        assert_eq!(format!("{token:?}"), "HoldToken", "no log shows it");
    }

    #[test]
    fn no_two_tokens_are_alike_and_what_is_none_is_not_read_as_one() {
        let (one, other) = (HoldToken::new(&Ambient::system()), HoldToken::new(&Ambient::system()));

        assert_ne!(one, other);
        assert_ne!(one.owner(), other.owner());
        for text in ["", "hold_", "hold_short", "AAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(HoldToken::parse(text), None, "{text}");
        }
        assert_eq!(HoldToken::parse(&format!("{}x", one.reveal())), None);
        assert_eq!(HoldToken::parse("hold_AAAAAAAAAAAAAAAAAAAA.A"), None);
    }
}
