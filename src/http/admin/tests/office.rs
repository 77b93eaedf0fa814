//! A server without a socket, and somebody of each role who calls it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use chrono::{DateTime, NaiveDate, Utc};
use domain::catalog::Team;
use domain::ids::{BookingId, TeamId};
use domain::ledger::LedgerKey;
use serde_json::Value;
use store::records::{BookingQuery, BookingSort};

use crate::ambient::Ambient;
use crate::app::seed::Seed;
use crate::app::tests::scratch::Scratch;
use crate::app::{App, BookingRecord};
use crate::http::{Shared, application};

/// Monday morning in every zone of the demo but New York's.
pub const NOW: &str = "2026-11-23T08:00:00Z";

/// The roles that have an account.
pub const ROLES: [&str; 4] = ["client", "member", "dispatcher", "admin"];

/// The demo, served.
pub struct Office {
    pub app: Arc<App>,
    pub scratch: Scratch,
    tokens: BTreeMap<&'static str, String>,
    keys_count: AtomicU32,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub is_replayed: bool,
    pub text: String,
    pub body: Value,
}

impl Reply {
    /// The problem's code, or nothing.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Status and problem code together, for comparing.
    pub fn outcome(&self) -> (u16, &str) {
        (self.status, self.code())
    }
}

/// A request that is being put together.
pub struct Call<'a> {
    office: &'a Office,
    role: &'a str,
    method: Method,
    path: String,
    body: Option<Value>,
    text: Option<(&'a str, &'a str)>,
    key: String,
    rev: Option<String>,
}

impl Office {
    pub async fn new() -> Self {
        let scratch = Scratch::new();
        let now: DateTime<Utc> = NOW.parse().unwrap();
        let ambient = Ambient::with_clock(move || now);
        let seed = Seed {
            store: scratch.store.clone(),
            desk: Arc::clone(&scratch.desk),
            ambient: ambient.clone(),
            password_hash: "nobody signs in by password here".to_owned(),
        };
        seed.run().await.unwrap();
        let app = Arc::new(scratch.app(ambient));
        let token = |role: &'static str| {
            let address = format!("{role}@daybook.example");
            let user = scratch.store.users.user_by_email(&address).unwrap().unwrap();
            (role, app.sessions.begin(&user).unwrap().token)
        };
        let tokens = ROLES.into_iter().map(token).collect();
        Self { app, scratch, tokens, keys_count: AtomicU32::new(0) }
    }

    /// A request of somebody in `role`, or of `guest`.
    pub fn call<'a>(&'a self, role: &'a str, method: Method, path: impl Into<String>) -> Call<'a> {
        let number = self.keys_count.fetch_add(1, Ordering::Relaxed);
        let key = format!("key-{number}");
        let path = path.into();
        Call { office: self, role, method, path, body: None, text: None, key, rev: None }
    }

    pub async fn get(&self, role: &str, path: impl Into<String>) -> Reply {
        self.call(role, Method::GET, path).send().await
    }

    pub async fn post(&self, role: &str, path: impl Into<String>, body: Value) -> Reply {
        self.call(role, Method::POST, path).body(body).send().await
    }

    pub async fn put(&self, role: &str, path: impl Into<String>, body: Value) -> Reply {
        self.call(role, Method::PUT, path).body(body).send().await
    }

    pub fn team(&self, name: &str) -> Team {
        let catalog = self.app.catalog.current();
        catalog.teams().iter().find(|team| team.name == name).unwrap().clone()
    }

    /// A booking of that team that has not begun.
    pub fn booking(&self, team: TeamId) -> BookingRecord {
        let query = BookingQuery {
            teams: Some(vec![team]),
            statuses: vec![domain::booking::Status::Confirmed],
            from: NaiveDate::from_ymd_opt(2026, 11, 25),
            sort: BookingSort::StartsSoonest,
            limit: 1,
            ..BookingQuery::default()
        };
        self.scratch.store.bookings.bookings(&query).unwrap().items.remove(0)
    }

    /// The booking as it is now.
    pub fn reload(&self, id: BookingId) -> BookingRecord {
        self.scratch.store.bookings.booking(id).unwrap().unwrap()
    }

    /// How much is booked on a day.
    pub fn used(&self, key: LedgerKey) -> u32 {
        self.scratch.store.ledgers.load(key).unwrap().unwrap().ledger.used
    }

    /// Checks everything that was written.
    pub fn assert_consistent(&self) {
        let mut found = Vec::new();
        let mut note = |finding: &crate::app::verify::Finding| found.push(finding.to_string());
        crate::app::verify::verify(&self.scratch.store, &mut note).unwrap();
        assert_eq!(found, Vec::<String>::new());
    }
}

impl<'a> Call<'a> {
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// What claims to be JSON, whatever it is.
    pub fn garbage(self, text: &'a str) -> Self {
        self.text("application/json", text)
    }

    /// A body that says that it is of this media type.
    pub fn text(mut self, media_type: &'a str, text: &'a str) -> Self {
        self.text = Some((media_type, text));
        self
    }

    pub fn key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    pub fn rev(mut self, rev: impl std::fmt::Display) -> Self {
        self.rev = Some(format!("\"{rev}\""));
        self
    }

    pub async fn send(self) -> Reply {
        let shared = Shared::new(Arc::clone(&self.office.app));
        let service = init_service(application(shared, |_| {})).await;
        let mut request = TestRequest::with_uri(&self.path)
            .method(self.method)
            .insert_header(("Sec-Fetch-Site", "same-origin"))
            .insert_header(("Idempotency-Key", self.key));
        if let Some(token) = self.office.tokens.get(self.role) {
            request = request.insert_header(("Cookie", format!("sid={token}")));
        }
        if let Some(rev) = self.rev {
            request = request.insert_header(("If-Match", rev));
        }
        if let Some(body) = self.body {
            request = request.set_json(body);
        }
        if let Some((media_type, text)) = self.text {
            let kind = ("Content-Type", media_type);
            request = request.insert_header(kind).set_payload(text.to_owned());
        }
        let response = call_service(&service, request.to_request()).await;
        let status: StatusCode = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (etag, location) = (header("ETag"), header("Location"));
        let is_replayed = header("Idempotency-Replayed").is_some();
        let text = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Reply { status: status.as_u16(), etag, location, is_replayed, text, body }
    }
}
