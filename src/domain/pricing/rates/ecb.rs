//! The euro foreign exchange reference rates as the European Central Bank publishes them: a table
//! with commas (`eurofxref.csv`) or XML (`eurofxref-daily.xml`), of one day or of several.
//!
//! Of several days the newest is taken. Nothing is guessed: a file with one cell that cannot be
//! read is refused as a whole, because half a table of rates is worse than yesterday's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use roxmltree::{Document, Node, ParsingOptions};

use super::{RATES_MAX, Rate, RateTable};
use crate::money::Currency;

/// Longest file that is read. Ninety days of XML have less than half of that.
pub const ECB_BYTES_MAX: usize = 512 * 1024;
/// Most elements and texts of an XML file.
const NODES_MAX: u32 = 40_000;
/// Most letters of what cannot be read that are said back.
const ECHO_CHARS_MAX: usize = 40;

/// The source that tables from these files name.
pub const ECB_SOURCE: &str = "European Central Bank";

/// Why a file is not taken. Nothing of it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EcbError {
    #[error("the file has more than {bytes_max} bytes")]
    TooLarge { bytes_max: usize },
    #[error("the file is no XML that can be read: line {line}, column {column}")]
    NotXml { line: u32, column: u32 },
    #[error("the file has no rates in it")]
    NoRates,
    #[error("`{text}` is not a day")]
    NotADay { text: String },
    #[error("`{text}` is not a currency")]
    NotACurrency { text: String },
    #[error("the rate of {currency} is `{text}`, which is not one")]
    NotARate { currency: Currency, text: String },
    #[error("{currency} is there twice")]
    Repeated { currency: Currency },
    #[error("a row has {cells} cells and the head has {heads}")]
    Uneven { cells: usize, heads: usize },
    #[error("there are more than {count_max} rates")]
    TooMany { count_max: usize },
}

/// Reads either form; which one it is shows in the first letter.
///
/// # Errors
///
/// Says what is wrong with the file.
pub fn parse_ecb(text: &str) -> Result<RateTable, EcbError> {
    if text.len() > ECB_BYTES_MAX {
        return Err(EcbError::TooLarge { bytes_max: ECB_BYTES_MAX });
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('<') { parse_xml(text) } else { parse_csv(text) }
}

fn parse_csv(text: &str) -> Result<RateTable, EcbError> {
    let mut rows = text.lines().filter(|row| !row.trim().is_empty());
    let heads = cells(rows.next().unwrap_or_default());
    let mut newest: Option<(NaiveDate, Vec<&str>)> = None;
    for row in rows {
        let row = cells(row);
        if row.len() != heads.len() {
            return Err(EcbError::Uneven { cells: row.len(), heads: heads.len() });
        }
        let day = day(row.first().copied().unwrap_or_default())?;
        if newest.as_ref().is_none_or(|(known, _)| *known < day) {
            newest = Some((day, row));
        }
    }
    let (day, row) = newest.ok_or(EcbError::NoRates)?;
    let pairs = heads.into_iter().zip(row).skip(1);
    table(day, pairs.filter(|(_, rate)| !matches!(*rate, "" | "N/A")))
}

/// The cells of a row. Each row of these files ends with a comma, behind which there is nothing.
fn cells(row: &str) -> Vec<&str> {
    let row = row.trim();
    row.strip_suffix(',').unwrap_or(row).split(',').map(str::trim).collect()
}

fn parse_xml(text: &str) -> Result<RateTable, EcbError> {
    let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|refused| {
        let at = refused.pos();
        EcbError::NotXml { line: at.row, column: at.col }
    })?;
    let mut newest: Option<(NaiveDate, Node<'_, '_>)> = None;
    for cube in document.descendants().filter(is_cube) {
        let Some(time) = cube.attribute("time") else { continue };
        let day = day(time)?;
        if newest.is_none_or(|(known, _)| known < day) {
            newest = Some((day, cube));
        }
    }
    let (day, cube) = newest.ok_or(EcbError::NoRates)?;
    let attribute = |rate: Node<'_, '_>, name| rate.attribute(name).unwrap_or_default().to_owned();
    let pairs: Vec<(String, String)> = cube
        .children()
        .filter(is_cube)
        .map(|rate| (attribute(rate, "currency"), attribute(rate, "rate")))
        .collect();
    table(day, pairs.iter().map(|(currency, rate)| (currency.as_str(), rate.as_str())))
}

/// Everything that matters is called so, whatever its prefix.
fn is_cube(node: &Node<'_, '_>) -> bool {
    node.tag_name().name() == "Cube"
}

fn table<'a>(
    day: NaiveDate,
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<RateTable, EcbError> {
    let mut rates = BTreeMap::new();
    for (code, text) in pairs {
        let currency =
            Currency::parse(code).ok_or_else(|| EcbError::NotACurrency { text: echo(code) })?;
        let rate =
            Rate::parse(text).ok_or_else(|| EcbError::NotARate { currency, text: echo(text) })?;
        // No price can be in a currency that ISO 4217 does not list, or not yet.
        if currency.exponent().is_none() {
            continue;
        }
        // The euro is what all rates are of.
        if currency == Currency::EUR || rates.insert(currency, rate).is_some() {
            return Err(EcbError::Repeated { currency });
        }
        if rates.len() > RATES_MAX {
            return Err(EcbError::TooMany { count_max: RATES_MAX });
        }
    }
    if rates.is_empty() {
        return Err(EcbError::NoRates);
    }
    Ok(RateTable { source: ECB_SOURCE.to_owned(), day, rates })
}

/// A day as XML and long tables write it, or as the daily table does: `28 December 2020`.
fn day(text: &str) -> Result<NaiveDate, EcbError> {
    let text = text.trim();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(text, "%d %B %Y"))
        .map_err(|_unreadable| EcbError::NotADay { text: echo(text) })
}

fn echo(text: &str) -> String {
    text.chars().take(ECHO_CHARS_MAX).collect()
}
