//! What the provider knows: sessions, payments, refunds, disputes, and what it has to tell.
//!
//! The structs are written out as Stripe's own JSON. Rules about what may follow what are in
//! [`super::rules`].

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

pub(super) type Metadata = BTreeMap<String, String>;

/// A page on which somebody can pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: String,
    pub object: String,
    pub created: i64,
    pub expires_at: i64,
    pub livemode: bool,
    pub mode: String,
    /// `open`, `complete` or `expired`.
    pub status: String,
    /// `unpaid`, `paid` or `no_payment_required`.
    pub payment_status: String,
    pub amount_total: i64,
    pub currency: String,
    pub metadata: Metadata,
    pub client_reference_id: Option<String>,
    pub customer_email: Option<String>,
    pub payment_intent: Option<String>,
    pub success_url: String,
    pub cancel_url: Option<String>,
    pub url: Option<String>,
    /// What is being paid for. Stripe keeps it in the line items.
    pub label: String,
    pub intent_metadata: Metadata,
}

/// The movement of money for one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentIntent {
    pub id: String,
    pub object: String,
    pub created: i64,
    pub livemode: bool,
    pub amount: i64,
    pub amount_received: i64,
    pub currency: String,
    /// `requires_payment_method`, `processing`, `succeeded` or `canceled`.
    pub status: String,
    pub metadata: Metadata,
    pub last_payment_error: Option<serde_json::Value>,
    pub latest_charge: Option<String>,
}

/// Money that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub id: String,
    pub object: String,
    pub created: i64,
    pub amount: i64,
    pub amount_captured: i64,
    pub amount_refunded: i64,
    pub currency: String,
    pub disputed: bool,
    pub refunded: bool,
    pub paid: bool,
    pub status: String,
    pub metadata: Metadata,
    pub payment_intent: Option<String>,
}

/// Money that went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    pub object: String,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    /// `pending`, `succeeded`, `failed` or `canceled`.
    pub status: String,
    pub charge: Option<String>,
    pub payment_intent: Option<String>,
    pub metadata: Metadata,
}

/// A client's bank that asks for the money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    pub id: String,
    pub object: String,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    /// `needs_response`, `under_review`, `won` or `lost`.
    pub status: String,
    pub charge: Option<String>,
    pub payment_intent: Option<String>,
}

/// An answer that is given again to whoever asks again under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub key: String,
    pub fingerprint: String,
    pub status: u16,
    pub body: String,
}

/// Any of them, as a line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    Session(Session),
    Intent(PaymentIntent),
    Charge(Charge),
    Refund(Refund),
    Dispute(Dispute),
    Answered(Answered),
}

/// Something to tell, with a picture of the object at the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub body: String,
}

/// Everything that the provider knows.
#[derive(Debug)]
pub struct Books {
    pub sessions: BTreeMap<String, Session>,
    pub intents: BTreeMap<String, PaymentIntent>,
    pub charges: BTreeMap<String, Charge>,
    pub refunds: BTreeMap<String, Refund>,
    pub disputes: BTreeMap<String, Dispute>,
    pub(super) answered: BTreeMap<String, Answered>,
    pub(super) base_url: String,
    pub(super) changed: Vec<Entry>,
    pub(super) events: VecDeque<Event>,
    seed: u64,
    ids_count: u64,
}

impl Books {
    /// Empty books, whose ids are made from `seed`.
    pub fn new(seed: u64, base_url: &str) -> Self {
        Self {
            sessions: BTreeMap::new(),
            intents: BTreeMap::new(),
            charges: BTreeMap::new(),
            refunds: BTreeMap::new(),
            disputes: BTreeMap::new(),
            answered: BTreeMap::new(),
            base_url: base_url.to_owned(),
            changed: Vec::new(),
            events: VecDeque::new(),
            seed,
            ids_count: 0,
        }
    }

    /// A name nobody has. They sort by when they were given.
    pub(super) fn name(&mut self, prefix: &str) -> String {
        self.ids_count += 1;
        let stirred = self.ids_count.wrapping_add(self.seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        format!("{prefix}_{:010x}{:08x}", self.ids_count, stirred >> 32)
    }

    /// Writes an entry into its book.
    pub(super) fn put(&mut self, entry: Entry) {
        self.changed.push(entry.clone());
        self.place(entry);
    }

    /// Puts what a journal remembers back.
    pub(super) fn restore(&mut self, entry: Entry) {
        // Two ids at most are given with each entry, so no id is ever given twice.
        self.ids_count += 4;
        self.place(entry);
    }

    fn place(&mut self, entry: Entry) {
        match entry {
            Entry::Session(it) => drop(self.sessions.insert(it.id.clone(), it)),
            Entry::Intent(it) => drop(self.intents.insert(it.id.clone(), it)),
            Entry::Charge(it) => drop(self.charges.insert(it.id.clone(), it)),
            Entry::Refund(it) => drop(self.refunds.insert(it.id.clone(), it)),
            Entry::Dispute(it) => drop(self.disputes.insert(it.id.clone(), it)),
            Entry::Answered(it) => drop(self.answered.insert(it.key.clone(), it)),
        }
    }

    /// Queues something to tell, with the object as it is now.
    pub(super) fn tell(&mut self, kind: &str, created: i64, object: &impl Serialize) {
        let id = self.name("evt");
        let body = serde_json::json!({
            "id": id, "object": "event", "type": kind, "created": created, "livemode": false,
            "data": { "object": object },
        });
        self.events.push_back(Event { id, body: body.to_string() });
    }

    pub(super) fn drain_events(&mut self) -> Vec<Event> {
        self.events.drain(..).collect()
    }

    pub(super) fn drain_changed(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.changed)
    }

    /// The refunds of one payment, newest first.
    pub fn refunds_of<'a>(&'a self, intent: &'a str) -> impl Iterator<Item = &'a Refund> + 'a {
        self.refunds.values().rev().filter(move |it| it.payment_intent.as_deref() == Some(intent))
    }

    /// The disputes of one payment, newest first.
    pub fn disputes_of<'a>(&'a self, intent: &'a str) -> impl Iterator<Item = &'a Dispute> + 'a {
        self.disputes.values().rev().filter(move |it| it.payment_intent.as_deref() == Some(intent))
    }
}
