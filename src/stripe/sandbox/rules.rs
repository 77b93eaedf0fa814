//! What may follow what at the provider.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::books::{Books, Charge, Dispute, Entry, Metadata, PaymentIntent, Refund, Session};

/// Shortest and longest life of a session, in seconds, as at Stripe.
const LIFETIME_SECONDS: std::ops::RangeInclusive<i64> = 30 * 60..=24 * 60 * 60;

/// Largest amount of one session, in minor units, as at Stripe.
const AMOUNT_MAX: i64 = 99_999_999;

/// Why the provider says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
}

impl Refused {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn missing(what: &str, id: &str) -> Self {
        Self::new(404, "resource_missing", format!("No such {what}: '{id}'"))
    }
}

/// A session that is asked for.
pub(super) struct NewSession {
    pub amount: i64,
    pub currency: String,
    pub label: String,
    pub metadata: Metadata,
    pub intent_metadata: Metadata,
    pub reference: Option<String>,
    pub email: Option<String>,
    pub expires_at: i64,
    pub success_url: String,
    pub cancel_url: Option<String>,
}

/// How somebody pays on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The money is there at once.
    Card,
    /// The money comes, or does not, in some days.
    Slow,
}

impl Books {
    /// Lets sessions expire whose time is over.
    pub(super) fn let_time_pass(&mut self, now: DateTime<Utc>) {
        let is_over = |it: &&Session| it.status == "open" && it.expires_at <= now.timestamp();
        let over: Vec<Session> = self.sessions.values().filter(is_over).cloned().collect();
        for session in over {
            self.close(session, now);
        }
    }

    pub(super) fn open_session(
        &mut self,
        new: NewSession,
        now: DateTime<Utc>,
    ) -> Result<Session, Refused> {
        let created = now.timestamp();
        if !LIFETIME_SECONDS.contains(&(new.expires_at - created)) {
            let why = "`expires_at` must be between 30 minutes and 24 hours from now.";
            return Err(Refused::new(400, "parameter_invalid_integer", why));
        }
        if !(1..=AMOUNT_MAX).contains(&new.amount) {
            return Err(Refused::new(400, "amount_too_large", "The amount cannot be charged."));
        }
        let id = self.name("cs_test");
        let session = Session {
            url: Some(format!("{}/c/pay/{id}", self.base_url)),
            id,
            object: "checkout.session".to_owned(),
            created,
            expires_at: new.expires_at,
            livemode: false,
            mode: "payment".to_owned(),
            status: "open".to_owned(),
            payment_status: "unpaid".to_owned(),
            amount_total: new.amount,
            currency: new.currency,
            metadata: new.metadata,
            client_reference_id: new.reference,
            customer_email: new.email,
            payment_intent: None,
            success_url: new.success_url,
            cancel_url: new.cancel_url,
            label: new.label,
            intent_metadata: new.intent_metadata,
        };
        self.put(Entry::Session(session.clone()));
        Ok(session)
    }

    /// Closes a session that nobody has paid on.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not open any more.
    pub fn expire(&mut self, id: &str, now: DateTime<Utc>) -> Result<Session, Refused> {
        let session = self.session(id)?;
        if session.status != "open" {
            let why = "Only Checkout Sessions with a status in [\"open\"] can be expired.";
            return Err(Refused::new(400, "checkout_session_not_open", why));
        }
        Ok(self.close(session, now))
    }

    fn close(&mut self, mut session: Session, now: DateTime<Utc>) -> Session {
        "expired".clone_into(&mut session.status);
        session.url = None;
        self.put(Entry::Session(session.clone()));
        self.tell("checkout.session.expired", now.timestamp(), &session);
        session
    }

    /// Pays on a page.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be paid any more.
    pub fn pay(&mut self, id: &str, means: Means, now: DateTime<Utc>) -> Result<Session, Refused> {
        let mut session = self.open(id)?;
        let intent = self.intent_for(&mut session, now);
        "complete".clone_into(&mut session.status);
        session.url = None;
        if means == Means::Card {
            self.receive(intent, now);
            "paid".clone_into(&mut session.payment_status);
        } else {
            let processing = PaymentIntent { status: "processing".to_owned(), ..intent };
            self.put(Entry::Intent(processing.clone()));
            self.tell("payment_intent.processing", now.timestamp(), &processing);
        }
        self.put(Entry::Session(session.clone()));
        self.tell("checkout.session.completed", now.timestamp(), &session);
        Ok(session)
    }

    /// A card that is declined; another one may be tried.
    ///
    /// # Errors
    ///
    /// When there is no such page, or it cannot be paid any more.
    pub fn decline(&mut self, id: &str, now: DateTime<Utc>) -> Result<Session, Refused> {
        let mut session = self.open(id)?;
        let mut intent = self.intent_for(&mut session, now);
        self.put(Entry::Session(session.clone()));
        intent.last_payment_error =
            Some(json!({ "code": "card_declined", "message": "Your card was declined." }));
        self.put(Entry::Intent(intent.clone()));
        self.tell("payment_intent.payment_failed", now.timestamp(), &intent);
        Ok(session)
    }

    /// Says how money that was on its way ended.
    ///
    /// # Errors
    ///
    /// When none is on its way for this session.
    pub fn arrive(&mut self, id: &str, comes: bool, now: DateTime<Utc>) -> Result<(), Refused> {
        let mut session = self.session(id)?;
        let intent = session.payment_intent.as_ref().and_then(|id| self.intents.get(id)).cloned();
        let Some(mut intent) = intent.filter(|it| it.status == "processing") else {
            return Err(Refused::new(400, "not_processing", "Nothing is on its way."));
        };
        if comes {
            self.receive(intent, now);
            "paid".clone_into(&mut session.payment_status);
            self.put(Entry::Session(session.clone()));
            self.tell("checkout.session.async_payment_succeeded", now.timestamp(), &session);
        } else {
            "requires_payment_method".clone_into(&mut intent.status);
            intent.last_payment_error =
                Some(json!({ "code": "payment_intent_payment_attempt_failed" }));
            self.put(Entry::Intent(intent.clone()));
            self.tell("payment_intent.payment_failed", now.timestamp(), &intent);
            self.tell("checkout.session.async_payment_failed", now.timestamp(), &session);
        }
        Ok(())
    }

    /// Gives back some of what came.
    ///
    /// # Errors
    ///
    /// When nothing came, less than `amount` is left, or a bank decides about it or has taken it.
    pub fn give_back(
        &mut self,
        intent: &str,
        amount: Option<i64>,
        metadata: Metadata,
        now: DateTime<Utc>,
    ) -> Result<Refund, Refused> {
        let mut charge = self.charge_of(intent)?;
        if self.disputes_of(intent).any(|dispute| dispute.status != "won") {
            let why = format!("Charge {} has been charged back; cannot issue a refund.", charge.id);
            return Err(Refused::new(400, "charge_disputed", why));
        }
        let left = charge.amount - charge.amount_refunded;
        let amount = amount.unwrap_or(left);
        if left == 0 {
            let why = format!("Charge {} has already been refunded.", charge.id);
            return Err(Refused::new(400, "charge_already_refunded", why));
        }
        if !(1..=left).contains(&amount) {
            let why =
                format!("Refund amount ({amount}) is greater than unrefunded amount ({left}).");
            return Err(Refused::new(400, "amount_too_large", why));
        }
        charge.amount_refunded += amount;
        charge.refunded = charge.amount_refunded == charge.amount;
        let refund = Refund {
            id: self.name("re"),
            object: "refund".to_owned(),
            created: now.timestamp(),
            amount,
            currency: charge.currency.clone(),
            status: "succeeded".to_owned(),
            charge: Some(charge.id.clone()),
            payment_intent: charge.payment_intent.clone(),
            metadata,
        };
        self.put(Entry::Charge(charge.clone()));
        self.put(Entry::Refund(refund.clone()));
        self.tell("refund.created", now.timestamp(), &refund);
        self.tell("charge.refunded", now.timestamp(), &charge);
        Ok(refund)
    }

    /// Lets a refund fail that seemed to have succeeded: the client's bank sent it back.
    ///
    /// # Errors
    ///
    /// When there is none that has succeeded.
    pub fn fail_refund(&mut self, id: &str, now: DateTime<Utc>) -> Result<Refund, Refused> {
        let Some(mut refund) = self.refunds.get(id).filter(|it| it.status == "succeeded").cloned()
        else {
            return Err(Refused::missing("refund", id));
        };
        "failed".clone_into(&mut refund.status);
        let charge = refund.charge.as_ref().and_then(|id| self.charges.get(id)).cloned();
        if let Some(mut charge) = charge {
            charge.amount_refunded -= refund.amount;
            charge.refunded = false;
            self.put(Entry::Charge(charge));
        }
        self.put(Entry::Refund(refund.clone()));
        self.tell("refund.failed", now.timestamp(), &refund);
        Ok(refund)
    }

    /// The client's bank asks for the money back.
    ///
    /// # Errors
    ///
    /// When nothing came.
    pub fn dispute(&mut self, intent: &str, now: DateTime<Utc>) -> Result<Dispute, Refused> {
        let mut charge = self.charge_of(intent)?;
        charge.disputed = true;
        let dispute = Dispute {
            id: self.name("dp"),
            object: "dispute".to_owned(),
            created: now.timestamp(),
            amount: charge.amount,
            currency: charge.currency.clone(),
            status: "needs_response".to_owned(),
            charge: Some(charge.id.clone()),
            payment_intent: charge.payment_intent.clone(),
        };
        self.put(Entry::Charge(charge));
        self.put(Entry::Dispute(dispute.clone()));
        self.tell("charge.dispute.created", now.timestamp(), &dispute);
        Ok(dispute)
    }

    /// The bank has decided.
    ///
    /// # Errors
    ///
    /// When there is no such dispute.
    pub fn close_dispute(
        &mut self,
        id: &str,
        is_won: bool,
        now: DateTime<Utc>,
    ) -> Result<Dispute, Refused> {
        let mut dispute =
            self.disputes.get(id).cloned().ok_or_else(|| Refused::missing("dispute", id))?;
        (if is_won { "won" } else { "lost" }).clone_into(&mut dispute.status);
        self.put(Entry::Dispute(dispute.clone()));
        self.tell("charge.dispute.closed", now.timestamp(), &dispute);
        Ok(dispute)
    }

    pub(super) fn session(&self, id: &str) -> Result<Session, Refused> {
        let found = self.sessions.get(id).cloned();
        found.ok_or_else(|| Refused::missing("checkout.session", id))
    }

    fn open(&self, id: &str) -> Result<Session, Refused> {
        let session = self.session(id)?;
        if session.status == "open" {
            return Ok(session);
        }
        Err(Refused::new(400, "checkout_session_not_open", "The page is closed."))
    }

    fn charge_of(&self, intent: &str) -> Result<Charge, Refused> {
        let found =
            self.intents.get(intent).ok_or_else(|| Refused::missing("payment_intent", intent))?;
        let charge = found.latest_charge.as_ref().and_then(|id| self.charges.get(id));
        let why = "This PaymentIntent does not have a successful charge to refund.";
        charge.cloned().ok_or_else(|| Refused::new(400, "payment_intent_unexpected_state", why))
    }

    /// The payment of a session, begun with the first try.
    fn intent_for(&mut self, session: &mut Session, now: DateTime<Utc>) -> PaymentIntent {
        let known = session.payment_intent.as_ref().and_then(|id| self.intents.get(id)).cloned();
        known.unwrap_or_else(|| {
            let id = self.name("pi");
            session.payment_intent = Some(id.clone());
            PaymentIntent {
                id,
                object: "payment_intent".to_owned(),
                created: now.timestamp(),
                livemode: false,
                amount: session.amount_total,
                amount_received: 0,
                currency: session.currency.clone(),
                status: "requires_payment_method".to_owned(),
                metadata: session.intent_metadata.clone(),
                last_payment_error: None,
                latest_charge: None,
            }
        })
    }

    fn receive(&mut self, mut intent: PaymentIntent, now: DateTime<Utc>) {
        let charge = Charge {
            id: self.name("ch"),
            object: "charge".to_owned(),
            created: now.timestamp(),
            amount: intent.amount,
            amount_captured: intent.amount,
            amount_refunded: 0,
            currency: intent.currency.clone(),
            disputed: false,
            refunded: false,
            paid: true,
            status: "succeeded".to_owned(),
            metadata: intent.metadata.clone(),
            payment_intent: Some(intent.id.clone()),
        };
        intent.amount_received = intent.amount;
        "succeeded".clone_into(&mut intent.status);
        intent.last_payment_error = None;
        intent.latest_charge = Some(charge.id.clone());
        self.put(Entry::Charge(charge.clone()));
        self.put(Entry::Intent(intent.clone()));
        self.tell("payment_intent.succeeded", now.timestamp(), &intent);
        self.tell("charge.succeeded", now.timestamp(), &charge);
    }
}
