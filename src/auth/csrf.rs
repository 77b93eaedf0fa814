//! Whether a change was asked for by our own pages, told by Fetch Metadata.
//!
//! Browsers say on every request that changes something where it comes from, in `Sec-Fetch-Site`,
//! and those from before 2020 at least in `Origin`; pages cannot change what they say. Only
//! programs say neither, and programs send no cookie that somebody else has put there. So there are
//! no tokens to carry about. A JSON body and an `Idempotency-Key`, which no form can send, stand
//! behind this.

/// What a request says of where it comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Provenance<'a> {
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// Whether `origin` is our own.
    pub is_own_origin: bool,
    /// Whether `origin` is on the operator's list.
    pub is_listed_origin: bool,
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CsrfRefusal {
    #[error("the origin is not allowed")]
    Origin,
    #[error("the browser says that the request was not made by one of our pages")]
    Site,
}

/// Checks a request that would change something.
///
/// # Errors
///
/// The [`CsrfRefusal`] that applies. A listed origin is let through whatever the browser calls it:
/// that is what the list is for.
pub fn check(from: Provenance<'_>) -> Result<(), CsrfRefusal> {
    if from.origin.is_some() && !from.is_own_origin && !from.is_listed_origin {
        return Err(CsrfRefusal::Origin);
    }
    match from.fetch_site {
        Some(site) if site != "same-origin" && !from.is_listed_origin => Err(CsrfRefusal::Site),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_pages_may_change_things() {
        let from = Provenance {
            fetch_site: Some("same-origin"),
            origin: Some("https://book.example.com"),
            is_own_origin: true,
            ..Provenance::default()
        };

        assert_eq!(check(from), Ok(()));
        assert_eq!(check(Provenance { fetch_site: None, ..from }), Ok(()));
    }

    #[test]
    fn whatever_is_not_same_origin_is_refused() {
        for site in ["none", "same-site", "cross-site", "", "Same-Origin"] {
            let from = Provenance { fetch_site: Some(site), ..Provenance::default() };
            assert_eq!(check(from), Err(CsrfRefusal::Site), "{site}");
        }
    }

    #[test]
    fn a_foreign_or_null_origin_is_refused_even_when_called_same_origin() {
        for origin in ["https://evil.example", "null", "https://book.example.com.evil.example"] {
            for fetch_site in [None, Some("same-origin")] {
                let from = Provenance { origin: Some(origin), fetch_site, ..Provenance::default() };
                assert_eq!(check(from), Err(CsrfRefusal::Origin), "{origin}");
            }
        }
    }

    #[test]
    fn a_program_that_says_nothing_is_no_page() {
        assert_eq!(check(Provenance::default()), Ok(()));
    }

    #[test]
    fn a_listed_origin_may_call_across_sites() {
        let from = Provenance {
            fetch_site: Some("cross-site"),
            origin: Some("https://partner.example"),
            is_listed_origin: true,
            ..Provenance::default()
        };

        assert_eq!(check(from), Ok(()));
    }
}
