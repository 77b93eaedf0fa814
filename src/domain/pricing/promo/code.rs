//! The spelling of promo codes.

use std::fmt;

/// Fewest and most letters of a code.
pub const CODE_CHARS: std::ops::RangeInclusive<usize> = 3..=32;
/// Longest text that is looked at; beyond it, nobody means a code.
const TYPED_BYTES_MAX: usize = 256;

/// A promo code in its one spelling: capitals, digits, `-` and `_`.
///
/// Codes are copied from posters and read out on the telephone, so case and spaces do not matter.
/// Only letters that every keyboard has are taken: nobody can make a second code that looks the
/// same, and no two programs disagree about what its capitals are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromoCode(String);

impl PromoCode {
    /// The code that somebody meant by `typed`; `None` when it can be none of ours.
    pub fn normalise(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_BYTES_MAX {
            return None;
        }
        let code: String = typed
            .chars()
            .filter(|letter| !letter.is_whitespace() && !is_invisible(*letter))
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let is_ours = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        // Of these letters each is one byte.
        let is_code = code.chars().all(is_ours) && CODE_CHARS.contains(&code.len());
        is_code.then_some(Self(code))
    }

    /// The code as it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What comes along when text is copied from a page or a message.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

impl fmt::Display for PromoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
