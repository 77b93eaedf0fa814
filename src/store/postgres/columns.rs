//! Rows turned into columns: PostgreSQL takes any number of rows as one array per column, and so a
//! whole commit as one prepared statement.

use chrono::NaiveDateTime;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text, Timestamp,
};

use crate::batch::LedgerBatch;
use crate::error::StoreError;
use crate::rows::batch::{ClaimRow, Ended, MovedClaim, Notice};
use crate::rows::idempotency::NewKey;
use crate::rows::new_booking::{BookingChange, NewBooking};
use crate::rows::recorded::NewEvent;
use crate::rows::{number, opening, sequence, stamp};

/// Declares the columns of one kind of row: a vector per member of the row, in this order.
macro_rules! columns {
    ($(#[$doc:meta])* $columns:ident of $row:ident { $($name:ident: $sql:ty => $value:ty,)* }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $columns<'a> {
            $($name: Vec<$value>,)*
            lifetime: std::marker::PhantomData<&'a ()>,
        }

        impl<'a> $columns<'a> {
            pub(super) fn push(&mut self, row: $row<'a>) {
                $(self.$name.push(row.$name);)*
            }

            /// Writes `unnest($1, $2, …) AS new (name, name, …)`.
            pub(super) fn unnest<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                let mut separator = "unnest(";
                $(
                    out.push_sql(separator);
                    out.push_bind_param::<Array<$sql>, Vec<$value>>(&self.$name)?;
                    separator = ", ";
                )*
                let _ = separator;
                out.push_sql(") AS new (");
                Self::names(out);
                out.push_sql(")");
                Ok(())
            }

            /// Writes `name, name, …`.
            pub(super) fn names(out: &mut AstPass<'_, '_, Pg>) {
                let mut separator = "";
                $(
                    out.push_sql(separator);
                    out.push_sql(stringify!($name));
                    separator = ", ";
                )*
                let _ = separator;
            }
        }
    };
}

/// A ledger as a batch wants it, and what must hold for that.
pub(super) struct AskedRow<'a> {
    id: i64,
    expected: i64,
    /// Set, both, when the row is to be created.
    team_no: Option<i32>,
    team_rev: Option<i64>,
    version: i64,
    epoch: i64,
    limit_units: i32,
    is_inherited: bool,
    reserve_units: i32,
    is_closed: bool,
    used: i32,
    held: i32,
    hard_limit: i32,
    opening: String,
    last_batch_id: &'a [u8],
    updated_at: NaiveDateTime,
}

impl<'a> AskedRow<'a> {
    /// What `batch` asks of its ledger.
    ///
    /// # Errors
    ///
    /// As [`opening::encode`].
    pub(super) fn of(batch: &'a LedgerBatch) -> Result<Self, StoreError> {
        let (after, capacity) = (&batch.after, &batch.after.capacity);
        Ok(Self {
            id: batch.no.0,
            expected: sequence(batch.expected_version),
            team_no: batch.opening.map(|_| batch.no.team().0),
            team_rev: batch.opening.map(|rev| rev.0),
            version: sequence(after.version),
            epoch: after.epoch.0,
            limit_units: number(capacity.limit),
            is_inherited: capacity.is_inherited,
            reserve_units: number(capacity.reserve),
            is_closed: capacity.is_closed,
            used: number(after.used),
            held: number(after.held),
            hard_limit: number(after.hard_limit),
            opening: match batch.opening {
                Some(_) => opening::encode(after.opening)?,
                None => String::new(),
            },
            last_batch_id: batch.batch_id.as_bytes(),
            updated_at: stamp(batch.written_at()),
        })
    }
}

columns! {
    /// Ledgers.
    AskedColumns of AskedRow {
        id: BigInt => i64,
        expected: BigInt => i64,
        team_no: Nullable<Integer> => Option<i32>,
        team_rev: Nullable<BigInt> => Option<i64>,
        version: BigInt => i64,
        epoch: BigInt => i64,
        limit_units: Integer => i32,
        is_inherited: Bool => bool,
        reserve_units: Integer => i32,
        is_closed: Bool => bool,
        used: Integer => i32,
        held: Integer => i32,
        hard_limit: Integer => i32,
        opening: Text => String,
        last_batch_id: Binary => &'a [u8],
        updated_at: Timestamp => NaiveDateTime,
    }
}

columns! {
    /// New bookings, by the names of their table.
    BookingColumns of NewBooking {
        no: BigInt => i64,
        id: Binary => &'a [u8],
        ledger_id: BigInt => i64,
        seq: BigInt => i64,
        rev: Integer => i32,
        status: Text => &'static str,
        service_id: Binary => &'a [u8],
        units: Integer => i32,
        units_past_limit: Integer => i32,
        class: Text => &'static str,
        member_no: Nullable<Integer> => Option<i32>,
        resources: Text => String,
        starts_at: Timestamp => NaiveDateTime,
        ends_at: Timestamp => NaiveDateTime,
        busy_from: Timestamp => NaiveDateTime,
        busy_to: Timestamp => NaiveDateTime,
        client_user_id: Nullable<Binary> => Option<&'a [u8]>,
        client_name: Text => &'a str,
        client_email: Text => &'a str,
        client_phone: Nullable<Text> => Option<&'a str>,
        price_amount: BigInt => i64,
        price_currency: Text => &'a str,
        payment_method: Text => &'a str,
        details: Text => &'a str,
        link_no: Integer => i32,
        series_id: Nullable<Binary> => Option<&'a [u8]>,
        series_index: Nullable<Integer> => Option<i32>,
        fee_amount: Nullable<BigInt> => Option<i64>,
        is_displaced: Bool => bool,
        created_at: Timestamp => NaiveDateTime,
        updated_at: Timestamp => NaiveDateTime,
        price_terms: Nullable<Text> => Option<String>,
    }
}

/// A booking that was there before. What stays as it is is empty.
pub(super) struct ChangeRow<'a> {
    ledger_id: i64,
    id: &'a [u8],
    seq: i64,
    rev: Option<i32>,
    status: Option<&'static str>,
    updated_at: NaiveDateTime,
    is_displaced: Option<bool>,
    has_place: bool,
    units: Option<i32>,
    units_past_limit: Option<i32>,
    member_no: Option<i32>,
    resources: Option<String>,
    starts_at: Option<NaiveDateTime>,
    ends_at: Option<NaiveDateTime>,
    busy_from: Option<NaiveDateTime>,
    busy_to: Option<NaiveDateTime>,
    fee_amount: Option<i64>,
}

impl<'a> ChangeRow<'a> {
    pub(super) fn of(ledger_id: i64, change: BookingChange<'a>) -> Self {
        let place = change.place.as_ref();
        Self {
            ledger_id,
            id: change.id,
            seq: change.seq,
            rev: change.rev,
            status: change.status,
            updated_at: change.updated_at,
            is_displaced: change.is_displaced,
            has_place: place.is_some(),
            units: place.map(|place| place.units),
            units_past_limit: place.map(|place| place.units_past_limit),
            member_no: place.and_then(|place| place.member_no),
            starts_at: place.map(|place| place.starts_at),
            ends_at: place.map(|place| place.ends_at),
            busy_from: place.map(|place| place.busy_from),
            busy_to: place.map(|place| place.busy_to),
            fee_amount: place.and_then(|place| place.fee_amount),
            resources: change.place.map(|place| place.resources),
        }
    }
}

columns! {
    /// Changed bookings.
    ChangeColumns of ChangeRow {
        ledger_id: BigInt => i64,
        id: Binary => &'a [u8],
        seq: BigInt => i64,
        rev: Nullable<Integer> => Option<i32>,
        status: Nullable<Text> => Option<&'static str>,
        updated_at: Timestamp => NaiveDateTime,
        is_displaced: Nullable<Bool> => Option<bool>,
        has_place: Bool => bool,
        units: Nullable<Integer> => Option<i32>,
        units_past_limit: Nullable<Integer> => Option<i32>,
        member_no: Nullable<Integer> => Option<i32>,
        resources: Nullable<Text> => Option<String>,
        starts_at: Nullable<Timestamp> => Option<NaiveDateTime>,
        ends_at: Nullable<Timestamp> => Option<NaiveDateTime>,
        busy_from: Nullable<Timestamp> => Option<NaiveDateTime>,
        busy_to: Nullable<Timestamp> => Option<NaiveDateTime>,
        fee_amount: Nullable<BigInt> => Option<i64>,
    }
}

columns! {
    /// Events, by the names of their table.
    EventColumns of NewEvent {
        ledger_id: BigInt => i64,
        seq: BigInt => i64,
        at: Timestamp => NaiveDateTime,
        kind: Text => &'static str,
        booking_no: Nullable<BigInt> => Option<i64>,
        payload: Text => String,
        actor_kind: Text => &'static str,
        actor_id: Nullable<Binary> => Option<&'a [u8]>,
        reason: Nullable<Text> => Option<&'a str>,
        request_id: Binary => &'a [u8],
    }
}

/// A key and the ledger it belongs to.
pub(super) struct KeyRow<'a> {
    ledger_id: i64,
    principal: &'a str,
    key: &'a str,
    fingerprint: &'a [u8],
    status: i16,
    body: &'a [u8],
    etag: Option<&'a str>,
    location: Option<&'a str>,
    booking_id: Option<&'a [u8]>,
    created_at: NaiveDateTime,
}

impl<'a> KeyRow<'a> {
    pub(super) fn of(ledger_id: i64, new: &NewKey<'a>) -> Self {
        Self {
            ledger_id,
            principal: new.principal,
            key: new.key,
            fingerprint: new.fingerprint,
            status: new.status,
            body: new.body,
            etag: new.etag,
            location: new.location,
            booking_id: new.booking_id,
            created_at: new.created_at,
        }
    }

    /// What the row is filed under.
    pub(super) fn primary_key(&self) -> (&'a str, &'a str) {
        (self.principal, self.key)
    }
}

columns! {
    /// Keys.
    KeyColumns of KeyRow {
        ledger_id: BigInt => i64,
        principal: Text => &'a str,
        key: Text => &'a str,
        fingerprint: Binary => &'a [u8],
        status: SmallInt => i16,
        body: Binary => &'a [u8],
        etag: Nullable<Text> => Option<&'a str>,
        location: Nullable<Text> => Option<&'a str>,
        booking_id: Nullable<Binary> => Option<&'a [u8]>,
        created_at: Timestamp => NaiveDateTime,
    }
}

/// A claim and the ledger that takes it or gives it back.
pub(super) struct ClaimOf<'a> {
    ledger_id: i64,
    resource_no: i32,
    quantum: i32,
    booking_no: i64,
    lifetime: std::marker::PhantomData<&'a ()>,
}

impl ClaimOf<'_> {
    pub(super) fn of(ledger_id: i64, claim: ClaimRow) -> Self {
        Self {
            ledger_id,
            resource_no: claim.resource.0,
            quantum: claim.quantum,
            booking_no: claim.booking.0,
            lifetime: std::marker::PhantomData,
        }
    }

    /// What the row is filed under.
    pub(super) fn primary_key(&self) -> (i32, i32) {
        (self.resource_no, self.quantum)
    }
}

columns! {
    /// Claims.
    ClaimColumns of ClaimOf {
        ledger_id: BigInt => i64,
        resource_no: Integer => i32,
        quantum: Integer => i32,
        booking_no: BigInt => i64,
    }
}

/// A claim that changes hands, and the ledger that says so.
pub(super) struct MoveRow<'a> {
    ledger_id: i64,
    resource_no: i32,
    quantum: i32,
    from_no: i64,
    booking_no: i64,
    to_ledger: i64,
    lifetime: std::marker::PhantomData<&'a ()>,
}

impl MoveRow<'_> {
    pub(super) fn of(ledger_id: i64, moved: MovedClaim) -> Self {
        Self {
            ledger_id,
            resource_no: moved.resource.0,
            quantum: moved.quantum,
            from_no: moved.from.0,
            booking_no: moved.booking.0,
            to_ledger: moved.ledger.0,
            lifetime: std::marker::PhantomData,
        }
    }
}

columns! {
    /// Claims that change hands.
    MoveColumns of MoveRow {
        ledger_id: BigInt => i64,
        resource_no: Integer => i32,
        quantum: Integer => i32,
        from_no: BigInt => i64,
        booking_no: BigInt => i64,
        to_ledger: BigInt => i64,
    }
}

/// Something that somebody outside must hear.
pub(super) struct OutboxRow<'a> {
    ledger_id: i64,
    seq: i64,
    kind: &'a str,
    next_attempt_at: NaiveDateTime,
}

impl OutboxRow<'_> {
    pub(super) fn of(ledger_id: i64, notice: Notice) -> Self {
        let next_attempt_at = stamp(notice.at);
        Self { ledger_id, seq: sequence(notice.seq), kind: notice.kind, next_attempt_at }
    }
}

columns! {
    /// Rows of the outbox, by the names of their table.
    OutboxColumns of OutboxRow {
        ledger_id: BigInt => i64,
        seq: BigInt => i64,
        kind: Text => &'a str,
        next_attempt_at: Timestamp => NaiveDateTime,
    }
}

/// A booking that gives back the promos it uses.
pub(super) struct EndedRow<'a> {
    ledger_id: i64,
    booking_id: &'a [u8],
    at: NaiveDateTime,
}

impl<'a> EndedRow<'a> {
    pub(super) fn of(ledger_id: i64, ended: &'a Ended) -> Self {
        Self { ledger_id, booking_id: ended.booking.0.as_bytes(), at: stamp(ended.at) }
    }
}

columns! {
    /// Bookings that end before they took place.
    EndedColumns of EndedRow {
        ledger_id: BigInt => i64,
        booking_id: Binary => &'a [u8],
        at: Timestamp => NaiveDateTime,
    }
}
