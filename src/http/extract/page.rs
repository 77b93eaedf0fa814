//! Which part of a list is wanted.

use crate::http::problem::Problem;

/// Items of a page nobody has asked for a size of.
const LIMIT_DEFAULT: u16 = 25;
/// Most items of a page.
const LIMIT_MAX: u16 = 100;
/// Longest cursor we give out.
const CURSOR_CHARS_MAX: usize = 200;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub limit: u16,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl Page {
    /// The page that `?limit&cursor` ask for.
    ///
    /// # Errors
    ///
    /// A problem that points at the parameter which is not allowed.
    pub fn new(limit: Option<u16>, cursor: Option<String>) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::invalid("limit", format!("must lie between 1 and {LIMIT_MAX}")));
        }
        if cursor.as_ref().is_some_and(|cursor| cursor.len() > CURSOR_CHARS_MAX) {
            return Err(Problem::invalid("cursor", "is not one of ours"));
        }
        Ok(Self { limit, cursor })
    }
}
