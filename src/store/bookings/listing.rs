//! One page of bookings: filters, order, and where the page before ended.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::booking::Status;
use domain::ids::{Reference, TeamNo};
use domain::ledger::LedgerNo;
use domain::payment;

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::like::{ESCAPE, containing, lower};
use crate::records::{BookingQuery, BookingSort, PaymentFilter};
use crate::rows::booking::BookingRow;
use crate::rows::class_name;
use crate::schema::{bookings, members, payments, teams};

type Engine = <AnyConnection as Connection>::Backend;
type Condition = Box<dyn BoxableExpression<bookings::table, Engine, SqlType = Bool>>;
type Listing<'a> = bookings::BoxedQuery<'a, Engine>;

/// Most bookings on one page, whatever is asked for.
const PAGE_BOOKINGS_MAX: u16 = 500;

/// The rows of one page, and the cursor of the next when there is one.
///
/// # Errors
///
/// [`StoreError::Reference`] when the cursor is none that a page with this sort has given out.
pub(super) fn page(
    conn: &mut AnyConnection,
    query: &BookingQuery,
) -> Result<(Vec<BookingRow>, Option<String>), StoreError> {
    let limit = query.limit.clamp(1, PAGE_BOOKINGS_MAX);
    let Some(listing) = filtered(conn, query)? else { return Ok((Vec::new(), None)) };
    let listing = sorted(after_cursor(listing, query)?, query.sort);
    // One more than the page holds tells whether there is another.
    let mut rows: Vec<BookingRow> =
        listing.limit(i64::from(limit) + 1).select(BookingRow::as_select()).load(conn)?;
    let is_last = rows.len() <= usize::from(limit);
    rows.truncate(usize::from(limit));
    let next = if is_last { None } else { rows.last().map(|row| Cursor::at(row, query.sort)) };
    Ok((rows, next.map(|cursor| cursor.to_string())))
}

/// The bookings that `query` is about, or nothing when it can be about none.
fn filtered<'a>(
    conn: &mut AnyConnection,
    query: &BookingQuery,
) -> Result<Option<Listing<'a>>, StoreError> {
    let mut listing = bookings::table.into_boxed();
    if query.teams.is_some() || query.from.is_some() || query.to.is_some() {
        let Some(days) = team_days(conn, query)? else { return Ok(None) };
        listing = listing.filter(days);
    }
    if let Some(member) = query.member {
        let by_id = members::table.filter(members::id.eq(member.0.as_bytes().to_vec()));
        let found: Option<i32> = by_id.select(members::no).first(conn).optional()?;
        let Some(no) = found else { return Ok(None) };
        listing = listing.filter(bookings::member_no.eq(no));
    }
    if !query.statuses.is_empty() {
        let names: Vec<&'static str> = query.statuses.iter().map(|status| status.name()).collect();
        listing = listing.filter(bookings::status.eq_any(names));
    }
    if let Some(service) = query.service {
        listing = listing.filter(bookings::service_id.eq(service.0.as_bytes().to_vec()));
    }
    if let Some(class) = query.class {
        listing = listing.filter(bookings::class.eq(class_name(class)));
    }
    if let Some(user) = query.client_user {
        listing = listing.filter(bookings::client_user_id.eq(user.0.as_bytes().to_vec()));
    }
    if let Some(wanted) = query.payment {
        // Prices are never negative.
        let costs = bookings::price_amount.gt(0);
        let stands = Status::ALL.into_iter().filter(|status| status.is_entry());
        let stands = bookings::status.eq_any(stands.map(Status::name).collect::<Vec<_>>());
        // Whoever called off late owes for that instead.
        let payable = costs.and(stands).or(bookings::fee_amount.is_not_null());
        let collected = payments::table
            .filter(payments::status.eq(payment::Status::CodCollected.name()))
            .select(payments::booking_id);
        let collected = bookings::id.eq_any(collected);
        listing = match wanted {
            PaymentFilter::Collected => listing.filter(collected),
            PaymentFilter::Due => {
                // What is paid by card is not paid on the spot, but for a fee.
                let on_the_spot =
                    bookings::payment_method.ne("card").or(bookings::fee_amount.is_not_null());
                listing.filter(payable.and(on_the_spot).and(not(collected)))
            }
            PaymentFilter::Card(status) => {
                let so = payments::table
                    .filter(payments::status.eq(status.name()))
                    .select(payments::booking_id);
                listing.filter(bookings::payment_method.eq("card").and(bookings::id.eq_any(so)))
            }
            PaymentFilter::NotRequired => listing.filter(not(payable).and(not(collected))),
        };
    }
    if let Some(text) = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        listing = listing.filter(mentions(text));
    }
    Ok(Some(listing))
}

/// One range of ledger numbers per team: what the index can find without looking at dates.
fn team_days(
    conn: &mut AnyConnection,
    query: &BookingQuery,
) -> Result<Option<Condition>, StoreError> {
    let mut of_teams = teams::table.select(teams::no).into_boxed();
    if let Some(wanted) = &query.teams {
        let ids: Vec<Vec<u8>> = wanted.iter().map(|team| team.0.as_bytes().to_vec()).collect();
        of_teams = of_teams.filter(teams::id.eq_any(ids));
    }
    let nos: Vec<i32> = of_teams.order(teams::no).load(conn)?;
    // The first and the last day that a number can hold; nothing was ever booked beyond them.
    let (first, last) = (LedgerNo(0).day(), LedgerNo(-1).day());
    let (from, to) = (query.from.unwrap_or(first), query.to.unwrap_or(last));
    let range = |no: i32| -> Condition {
        let ledger = |day: NaiveDate| LedgerNo::of(TeamNo(no), day.clamp(first, last)).0;
        let days = bookings::ledger_id.ge(ledger(from)).and(bookings::ledger_id.le(ledger(to)));
        Box::new(days)
    };
    Ok(any_of(nos.into_iter().map(range).collect()))
}

/// The disjunction of `conditions`, as flat as it can be: SQLite limits how deep one may nest.
fn any_of(mut conditions: Vec<Condition>) -> Option<Condition> {
    if conditions.len() < 2 {
        return conditions.pop();
    }
    let rest = conditions.split_off(conditions.len() / 2);
    match (any_of(conditions), any_of(rest)) {
        (Some(one), Some(other)) => Some(Box::new(one.or(other))),
        (one, other) => one.or(other),
    }
}

/// A reference names one booking; any other text is looked for in what is known of the client.
fn mentions(text: &str) -> Condition {
    if let Ok(reference) = text.parse::<Reference>() {
        return Box::new(bookings::no.eq(reference.number().0));
    }
    let pattern = containing(text);
    let name = lower(bookings::client_name).like(lower(pattern.clone())).escape(ESCAPE);
    let email = lower(bookings::client_email).like(lower(pattern.clone())).escape(ESCAPE);
    let phone = bookings::client_phone
        .is_not_null()
        .and(bookings::client_phone.assume_not_null().like(pattern).escape(ESCAPE));
    Box::new(name.or(email).or(phone))
}

fn sorted(listing: Listing<'_>, sort: BookingSort) -> Listing<'_> {
    match sort {
        BookingSort::NewestFirst => listing.order(bookings::no.desc()),
        BookingSort::OldestFirst => listing.order(bookings::no.asc()),
        BookingSort::StartsSoonest => {
            listing.order((bookings::starts_at.asc(), bookings::no.asc()))
        }
        BookingSort::StartsLatest => {
            listing.order((bookings::starts_at.desc(), bookings::no.desc()))
        }
    }
}

fn after_cursor<'a>(listing: Listing<'a>, query: &BookingQuery) -> Result<Listing<'a>, StoreError> {
    let Some(text) = &query.cursor else { return Ok(listing) };
    let Cursor { no, starts_at, .. } =
        Cursor::parse(text, query.sort).ok_or(StoreError::Reference { what: "cursor" })?;
    let at = bookings::starts_at;
    Ok(match query.sort {
        BookingSort::NewestFirst => listing.filter(bookings::no.lt(no)),
        BookingSort::OldestFirst => listing.filter(bookings::no.gt(no)),
        BookingSort::StartsSoonest => {
            let later = at.gt(starts_at).or(at.eq(starts_at).and(bookings::no.gt(no)));
            listing.filter(later)
        }
        BookingSort::StartsLatest => {
            let earlier = at.lt(starts_at).or(at.eq(starts_at).and(bookings::no.lt(no)));
            listing.filter(earlier)
        }
    })
}

/// The last booking of a page. Its text is for us alone; it says which sort it belongs to, so that
/// one cannot be taken for a place in another.
#[derive(Debug, PartialEq, Eq)]
struct Cursor {
    sort: BookingSort,
    no: i64,
    starts_at: NaiveDateTime,
}

impl Cursor {
    fn at(row: &BookingRow, sort: BookingSort) -> Self {
        Self { sort, no: row.entry.no, starts_at: row.starts_at() }
    }

    fn parse(text: &str, sort: BookingSort) -> Option<Self> {
        let (tag, rest) = text.split_once('.')?;
        let (no, micros) = rest.split_once('.')?;
        let no = i64::from_str_radix(no, 16).ok()?;
        let micros = i64::from_str_radix(micros, 16).ok()?;
        let starts_at = DateTime::from_timestamp_micros(micros)?.naive_utc();
        (tag == tag_of(sort)).then_some(Self { sort, no, starts_at })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = self.starts_at.and_utc().timestamp_micros();
        write!(f, "{}.{:x}.{micros:x}", tag_of(self.sort), self.no)
    }
}

fn tag_of(sort: BookingSort) -> &'static str {
    match sort {
        BookingSort::NewestFirst => "n",
        BookingSort::OldestFirst => "o",
        BookingSort::StartsSoonest => "s",
        BookingSort::StartsLatest => "l",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_only_under_the_sort_it_was_made_for() {
        let starts_at = DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap().naive_utc();
        let cursor = Cursor { sort: BookingSort::StartsLatest, no: 42, starts_at };
        let text = cursor.to_string();

        assert_eq!(Cursor::parse(&text, BookingSort::StartsLatest), Some(cursor));
        assert_eq!(Cursor::parse(&text, BookingSort::StartsSoonest), None);
        assert_eq!(Cursor::parse("l.2a", BookingSort::StartsLatest), None);
    }
}
