//! Whether a change was asked for by our own pages, told by Fetch Metadata.
//!
//! Browsers say on every request where it comes from, and pages cannot change what they say. A
//! program says nothing; it is believed as long as it brings no cookie, because a request without
//! the visitor's cookie does nothing that its sender could not do alone. So there are no tokens to
//! carry about.

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
    /// Whether the request carries a cookie of ours.
    pub has_cookie: bool,
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CsrfRefusal {
    #[error("the origin is not allowed")]
    Origin,
    #[error("the browser says that the request was not made by one of our pages")]
    Site,
    #[error("the request carries a cookie and does not say where it comes from")]
    Silent,
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
        Some("same-origin") => Ok(()),
        Some(_) if from.is_listed_origin => Ok(()),
        Some(_) => Err(CsrfRefusal::Site),
        None if from.origin.is_none() && from.has_cookie => Err(CsrfRefusal::Silent),
        None => Ok(()),
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
            has_cookie: true,
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
    fn a_program_is_believed_while_it_brings_no_cookie() {
        let silent = Provenance::default();

        assert_eq!(check(silent), Ok(()));
        assert_eq!(check(Provenance { has_cookie: true, ..silent }), Err(CsrfRefusal::Silent));
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
