//! Books, changes and cancels over HTTP, and notes what it was told for the history checker.

use std::sync::Mutex;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::history::{Answer as Told, Asked, Observation, check_histories, check_observations};
use domain::ids::{BookingId, MemberId, ServiceId, TeamId};
use domain::ledger::{Class, LedgerKey};
use serde_json::{Value, json};

use super::client::Request;
use super::{Answer, Client, Database, server};

/// What a client would like to book.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub service: ServiceId,
    pub team: TeamId,
    pub day: NaiveDate,
    pub starts_at: DateTime<Utc>,
    pub member: Option<MemberId>,
}

impl Wish {
    pub fn key(&self) -> LedgerKey {
        LedgerKey { team: self.team, day: self.day }
    }

    /// The body of the request.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "serviceId": self.service.to_string(),
            "teamId": self.team.to_string(),
            "startsAt": self.starts_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            "bookingType": "standard",
            "paymentMethod": "cod",
            "client": { "name": "Ada Example", "email": "ada@example.org" },
        });
        if let Some(member) = self.member {
            body["teamMemberId"] = member.to_string().into();
        }
        body
    }
}

/// How a request ended.
#[derive(Debug)]
pub enum Said {
    /// Done, and durable.
    Yes(Answer),
    /// Refused; nothing was written.
    No(Answer),
    /// The server did not know, or is gone.
    Nothing(String),
}

impl Said {
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }

    /// The problem's code of a refusal; empty otherwise.
    pub fn code(&self) -> String {
        match self {
            Self::No(answer) => answer.code(),
            Self::Yes(_) | Self::Nothing(_) => String::new(),
        }
    }

    /// Whether it is a problem with this code, known or not whether it was done.
    pub fn says(&self, code: &str) -> bool {
        match self {
            Self::Yes(_) => false,
            Self::No(answer) => answer.code() == code,
            Self::Nothing(text) => text.contains(&format!("\"code\":\"{code}\"")),
        }
    }

    /// The answer of what was done.
    pub fn done(&self) -> Value {
        match self {
            Self::Yes(answer) => answer.json(),
            other => panic!("not done: {other:?}"),
        }
    }
}

/// Counts of what was said, by status and code: what a race came to, in one line.
pub fn tally(all: &[Said]) -> std::collections::BTreeMap<String, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for said in all {
        let name = match said {
            Said::Yes(answer) => answer.status.to_string(),
            Said::No(answer) => format!("{} {}", answer.status, answer.code()),
            Said::Nothing(error) => format!("nothing: {error}"),
        };
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// Remembers every request and its answer.
pub struct Clerk {
    began: Instant,
    seen: Mutex<Vec<Observation>>,
}

impl Clerk {
    pub fn new() -> Self {
        Self { began: Instant::now(), seen: Mutex::new(Vec::new()) }
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap()
    }

    /// Asks for `wish` under `key`.
    pub fn book(&self, client: &Client, wish: &Wish, key: &str) -> Said {
        let request = client.post("/api/portal/service-requests").key(key).json(&wish.body());
        self.ask(wish.key(), Asked::Book { units: 1, class: Class::Standard }, key, request)
    }

    /// Cancels the booking that `made` describes, as whoever `client` is.
    pub fn cancel(&self, client: &Client, wish: &Wish, made: &Value, key: &str) -> Said {
        let path = format!("/api/portal/service-requests/{}/cancel", made["id"].as_str().unwrap());
        let rev = made["rev"].as_u64().unwrap();
        let mut request = client.post(&path).key(key).if_match(rev).json(&json!({}));
        if let Some(token) = capability(made) {
            request = request.header("authorization", &format!("Bearer {token}"));
        }
        self.ask(wish.key(), Asked::Change, key, request)
    }

    fn ask(&self, ledger: LedgerKey, asked: Asked, key: &str, request: Request<'_>) -> Said {
        let invoked_ns = self.now_ns();
        let answer = request.try_send();
        let responded_ns = self.now_ns();
        let (told, epoch, said) = match answer {
            Err(error) => (Told::Unknown, None, Said::Nothing(error.to_string())),
            Ok(answer) if answer.status >= 500 => {
                (Told::Unknown, None, Said::Nothing(answer.text()))
            }
            Ok(answer) => {
                let body = answer.json();
                let epoch = body["ledger"]["epoch"].as_str().and_then(|epoch| epoch.parse().ok());
                (told(&answer, &body), epoch, sort(answer))
            }
        };
        let observation = Observation {
            key: ledger,
            asked,
            idempotency_key: key.to_owned(),
            epoch,
            invoked_ns,
            responded_ns,
            answer: told,
        };
        self.seen.lock().unwrap().push(observation);
        said
    }

    /// Asserts that what clients were told agrees with what is stored, and that what is stored is
    /// sound. No server may be running.
    pub fn check(&self, database: &Database) {
        let seen = self.seen.lock().unwrap();
        let mut keys: Vec<LedgerKey> = seen.iter().map(|one| one.key).collect();
        keys.sort();
        keys.dedup();
        let histories = database.histories(&keys);
        let mut violations = check_histories(&histories);
        violations.extend(check_observations(&histories, &seen));
        assert!(violations.is_empty(), "promises broken: {violations:#?}");
        server::verify(database);
    }
}

fn sort(answer: Answer) -> Said {
    if answer.status < 300 { Said::Yes(answer) } else { Said::No(answer) }
}

fn told(answer: &Answer, body: &Value) -> Told {
    let seq = body["ledger"]["seq"].as_u64();
    if answer.status < 300 {
        let booking: BookingId = body["id"].as_str().unwrap().parse().unwrap();
        return Told::Done { booking, seq: seq.expect("an answer names its place in the ledger") };
    }
    let is_team_day = body["scope"].as_str().is_none_or(|scope| scope != "service");
    match (answer.code().as_str(), seq, body["requested"].as_u64()) {
        ("capacity-exceeded", Some(seq), Some(requested)) if is_team_day => {
            Told::Full { seq, requested: u32::try_from(requested).unwrap() }
        }
        _ => Told::Refused,
    }
}

/// The token that lets a guest come back to its booking: the last part of the manage link.
pub fn capability(made: &Value) -> Option<&str> {
    made["links"]["manage"].as_str()?.rsplit('/').next()
}
