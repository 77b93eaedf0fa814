//! What readers get: bookings, users, sessions, settings, as plain values.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::booking::Status;
use domain::catalog::{
    DateException, HoursOwner, Member, Resource, Service, Team, TimeOff, WeeklyHours,
};
use domain::delivery::State;
use domain::ids::{
    BookingId, BookingNo, DeliveryId, EndpointId, MemberId, PromoId, RatesId, ReminderRuleId,
    ResourceId, ServiceId, SurchargeId, TeamId, TimeOffId, UserId,
};
use domain::ledger::{ActorKind, Class, Entry, LedgerKey, LedgerNo};
use domain::money::{Currency, Money};
use domain::payment;
use domain::pricing::promo::ledger::ClientKey;
use domain::pricing::{Promo, RateTable, Surcharge};
use domain::reminder::Plan;
use uuid::Uuid;

use crate::batch::BookingDraft;
pub use crate::direct_letters::{DirectKey, DirectRecord, NewDirect};
pub use crate::feeds::FeedOwner;
pub use crate::payments::{
    AttemptOrder, AttemptRecord, EventEnd, EventRecord, EventState, PaymentRecord,
};
pub use crate::reminder_refusals::AddressHash;
pub use crate::sign_in_links::SignInLink;

/// A booking as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRecord {
    pub id: BookingId,
    pub key: LedgerKey,
    /// What the ledger knows; for a cancelled booking, as it was when it was cancelled.
    pub entry: Entry,
    pub draft: BookingDraft,
    /// The ledger's sequence number at the last change of this booking.
    pub seq: u64,
    /// What the client owes for having called it off.
    pub fee: Option<Money>,
    /// What is known about the money for it, when anything is.
    pub payment: Option<Arc<PaymentRecord>>,
    /// Whether the client was told that it cannot take place as planned, and has not chosen yet:
    /// then moving it or calling it off costs nothing and is never too late.
    pub is_displaced: bool,
    /// Number of the capability link that is valid; raised to revoke those given out before.
    pub link_no: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which bookings to list, newest first unless `sort` says otherwise.
#[derive(Debug, Clone, Default)]
pub struct BookingQuery {
    pub statuses: Vec<Status>,
    pub teams: Option<Vec<TeamId>>,
    pub service: Option<ServiceId>,
    pub member: Option<MemberId>,
    pub class: Option<Class>,
    /// Local days, both included.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// A reference, or part of a name, mail address or telephone number.
    pub text: Option<String>,
    pub client_user: Option<UserId>,
    /// Only those whose payment stands like this.
    pub payment: Option<PaymentFilter>,
    pub sort: BookingSort,
    pub limit: u16,
    /// Where the last page ended, as [`BookingPage::next`] gave it.
    pub cursor: Option<String>,
}

/// How the payment of the bookings in a listing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentFilter {
    /// To be paid on the spot, and nobody has said yet that it was.
    Due,
    /// Whoever carried the visit out has the money.
    Collected,
    /// They cost nothing, or have ended before they took place, without a fee.
    NotRequired,
    /// By card, and it stands so.
    Card(payment::Status),
}

/// Order of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BookingSort {
    #[default]
    NewestFirst,
    OldestFirst,
    StartsSoonest,
    StartsLatest,
}

/// One page of a listing.
#[derive(Debug, Clone, Default)]
pub struct BookingPage {
    pub items: Vec<BookingRecord>,
    pub next: Option<String>,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    pub id: UserId,
    /// Lower case; unique.
    pub email: String,
    pub name: String,
    /// `Client`, `Member`, `Dispatcher` or `Admin`.
    pub role: ActorKind,
    /// The member this account belongs to, for role `Member`.
    pub member: Option<MemberId>,
    /// Argon2id, PHC string. `None`: cannot sign in by password.
    pub password_hash: Option<String>,
    pub phone: Option<String>,
    pub is_disabled: bool,
    pub rev: i64,
    pub created_at: DateTime<Utc>,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the cookie's value.
    pub token_hash: [u8; 32],
    pub user: UserId,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// An override with its story, in force or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideRecord {
    pub id: domain::ids::OverrideId,
    pub key: LedgerKey,
    pub delta: i32,
    pub expires_at: Option<DateTime<Utc>>,
    pub reason: String,
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub revoked_by: Option<UserId>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub revoke_reason: Option<String>,
}

/// Most tables of exchange rates that are loaded with the catalogue: those of two weeks.
pub const RATE_TABLES_LOADED_MAX: u32 = 14;

/// A table of exchange rates as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatesRecord {
    pub id: RatesId,
    pub table: RateTable,
    pub created_at: DateTime<Utc>,
    /// Grows with every change.
    pub rev: i64,
}

/// How often a promo is used: uses that were not given back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromoTally {
    pub used_count: u32,
    /// By the client that was asked about.
    pub used_by_client: u32,
}

/// A use of a promo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromoUseRecord {
    pub booking: BookingId,
    pub client: ClientKey,
    pub redeemed_at: DateTime<Utc>,
    /// When the booking ended before it took place, if it did.
    pub released_at: Option<DateTime<Utc>>,
}

/// The catalogue as stored, each kind in order of creation.
#[derive(Debug, Clone, Default)]
pub struct CatalogRecords {
    /// As [`crate::traits::CatalogStore::catalog_rev`] answers.
    pub rev: i64,
    pub teams: Vec<Team>,
    pub services: Vec<Service>,
    pub members: Vec<Member>,
    pub resources: Vec<Resource>,
    /// Rules that add to prices, active or not.
    pub surcharges: Vec<Surcharge>,
    /// To a multiple of how many minor units prices are rounded.
    pub price_steps: BTreeMap<Currency, u32>,
    pub promos: Vec<Promo>,
    /// The newest tables, by day, the newest first; at most [`RATE_TABLES_LOADED_MAX`].
    pub rates: Vec<RatesRecord>,
    pub weekly: Vec<WeeklyHours>,
    pub exceptions: Vec<DateException>,
    pub time_off: Vec<TimeOff>,
}

/// One change of the catalogue. `rev` inside a value is what the row will have: 1 creates it, and
/// anything above replaces the row with one less. Numbers (`no`) of new rows are given by the
/// store.
#[derive(Debug, Clone)]
pub enum CatalogChange {
    PutTeam(Team),
    DeleteTeam {
        id: TeamId,
        rev: i64,
    },
    PutService(Service),
    DeleteService {
        id: ServiceId,
        rev: i64,
    },
    PutMember(Member),
    DeleteMember {
        id: MemberId,
        rev: i64,
    },
    PutResource(Resource),
    DeleteResource {
        id: ResourceId,
        rev: i64,
    },
    /// Replaces all weekly hours of one owner.
    SetWeekly {
        owner: HoursOwner,
        rows: Vec<WeeklyHours>,
    },
    /// Creates or replaces the exception of one owner on one day.
    PutException(DateException),
    DeleteException {
        owner: HoursOwner,
        day: NaiveDate,
    },
    PutTimeOff(TimeOff),
    DeleteTimeOff(TimeOffId),
    PutSurcharge(Surcharge),
    DeleteSurcharge {
        id: SurchargeId,
        rev: i64,
    },
    /// Replaces all of them.
    SetPriceSteps(BTreeMap<Currency, u32>),
    /// Refused with [`StoreError::Promo`](crate::StoreError::Promo) when its limits would be below
    /// what was granted.
    PutPromo(Promo),
    /// Refused once it was ever used: such a promo can only be ended.
    DeletePromo {
        id: PromoId,
        rev: i64,
    },
    PutRates(RatesRecord),
    DeleteRates {
        id: RatesId,
        rev: i64,
    },
}

/// A piece of work in many steps that is carried on after a crash: each step may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    pub id: Uuid,
    /// What it does, as the application calls it.
    pub kind: String,
    /// JSON: what it was asked to do. Never changes.
    pub order: String,
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub progress: JobProgress,
}

/// How far a piece of work has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobProgress {
    pub is_done: bool,
    pub total_count: u32,
    pub done_count: u32,
    pub failed_count: u32,
    /// JSON: one item for each step, as the application writes them.
    pub items: String,
    pub updated_at: DateTime<Utc>,
}

/// Names a row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeKey {
    pub ledger: LedgerNo,
    /// Of the event that somebody is told.
    pub seq: u64,
    pub kind: String,
}

/// Something that somebody outside is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    pub key: NoticeKey,
    /// As it was before it was leased, when it is.
    pub state: State,
    /// The one that it was leased for included.
    pub attempts: u32,
    pub next_attempt_at: DateTime<Utc>,
    pub last_error: Option<String>,
    /// Whom it is about.
    pub booking: Option<BookingNo>,
    /// When it happened, and why, as its event says.
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
}

/// What came of a leased row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeEnd {
    pub state: State,
    pub attempts: u32,
    pub next_attempt_at: DateTime<Utc>,
    pub error: Option<String>,
    /// Set when it is over.
    pub done_at: Option<DateTime<Utc>>,
}

/// Names a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReminderKey {
    pub booking: BookingNo,
    /// Of the booking, when it was planned.
    pub rev: u32,
    pub rule: ReminderRuleId,
}

/// A reminder as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderRecord {
    pub booking: BookingNo,
    pub plan: Plan,
    /// As it was before it was leased, when it is.
    pub state: State,
    /// The one that it was leased for included.
    pub attempts: u32,
    pub next_attempt_at: DateTime<Utc>,
    pub last_error: Option<String>,
}

impl ReminderRecord {
    /// Its name.
    pub fn key(&self) -> ReminderKey {
        ReminderKey { booking: self.booking, rev: self.plan.rev, rule: self.plan.rule }
    }
}

/// Which audit entries to read.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Objects that begin with this text.
    pub object: Option<String>,
    pub actor: Option<UserId>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    /// Entries after this sequence number.
    pub after: u64,
    /// Newest first instead; `after` then means before, 0 for the newest.
    pub newest_first: bool,
    pub limit: u32,
}

/// Names something that other systems may be told of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NewsKey {
    /// A row of the outbox.
    Notice(NoticeKey),
    /// Something that was learned of a payment, with that version of what is known of it.
    Payment { booking: BookingNo, version: i64, kind: String },
}

impl NewsKey {
    /// The kind of news.
    pub fn kind(&self) -> &str {
        match self {
            Self::Notice(notice) => &notice.kind,
            Self::Payment { kind, .. } => kind,
        }
    }
}

/// Something that nobody outside was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub key: NewsKey,
    pub booking: Option<BookingNo>,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// One event that is to go to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPlan {
    pub id: DeliveryId,
    pub endpoint: EndpointId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What is sent, byte for byte, however often that is.
    pub body: String,
}

/// One event on its way to one endpoint, or what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    pub id: DeliveryId,
    pub endpoint: EndpointId,
    /// What it tells of.
    pub news: NewsKey,
    pub at: DateTime<Utc>,
    pub body: String,
    /// As it was before it was leased, when it is.
    pub state: State,
    /// The one that it was leased for included.
    pub attempts: u32,
    pub next_attempt_at: DateTime<Utc>,
    /// What came of each attempt that is kept, the oldest first. Lists have them; who is to
    /// deliver does not need them.
    pub tries: Vec<DeliveryTry>,
    /// What the other side answered last, and how long that took.
    pub last_status: Option<u16>,
    pub last_ms: Option<u32>,
    pub last_error: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryEnd {
    pub end: NoticeEnd,
    /// When the attempt began.
    pub begun_at: DateTime<Utc>,
    /// What the other side answered, if it did.
    pub status: Option<u16>,
    pub took_ms: u32,
}

/// What came of one attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryTry {
    pub at: DateTime<Utc>,
    /// What the other side answered, if it did.
    pub status: Option<u16>,
    pub took_ms: u32,
    /// Why it was not taken.
    pub error: Option<String>,
}

/// Which deliveries to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryQuery {
    pub endpoint: EndpointId,
    pub state: Option<State>,
    /// Only those made before this one.
    pub before: Option<DeliveryId>,
    pub limit: u16,
}
