//! From a booking to another system that has heard of it.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use domain::ids::{DeliveryId, EndpointId};
use domain::ledger::ActorKind;
use domain::webhook::Endpoint;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use store::Store;
use store::records::DeliveryPlan;
use store::traits::Aside;
use uuid::Uuid;

use super::harness::{Plan, Portal, Reply, start, token};
use crate::boot::webhooks::Poster;

const WEBHOOKS: &str = "/api/admin/webhooks";

/// An endpoint as it is stored.
fn stored(url: &str) -> Endpoint {
    Endpoint {
        id: EndpointId(Uuid::from_u128(1)),
        url: url.to_owned(),
        description: String::new(),
        events: Vec::new(),
        is_active: true,
        stopped_because: None,
        secret_no: 1,
        former_until: None,
        created_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        rev: 1,
    }
}

/// A delivery that was planned: the one there is, or else the first.
pub fn planned(store: &Store) -> DeliveryPlan {
    let endpoint = stored("https://example.org/hooks");
    let plan = DeliveryPlan {
        id: DeliveryId(Uuid::from_u128(2)),
        endpoint: endpoint.id,
        at: endpoint.created_at,
        body: "{}".to_owned(),
    };
    if store.webhooks.endpoints().unwrap().is_empty() {
        store.webhooks.put_endpoint(&endpoint, &Aside::default()).unwrap();
        let news = store.webhooks.unannounced(1).unwrap();
        store.webhooks.announce(&[(news[0].key.clone(), vec![plan.clone()])]).unwrap();
    }
    plan
}

/// What a receiver has been sent.
#[derive(Debug, Clone)]
pub struct Heard {
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether a receiver that knows `secret` takes it for ours, as Standard Webhooks say.
    fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{id}.{at}.{}", self.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').any(|one| one == expected)
    }
}

/// Another system: gives its answers one after the other, and then the last one for ever. An empty
/// answer is silence.
pub struct Receiver {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Receiver {
    pub fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut answers: VecDeque<String> =
            answers.iter().map(|answer| (*answer).to_owned()).collect();
        let heard_too = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let answer = answers.pop_front().unwrap();
                if answers.is_empty() {
                    answers.push_back(answer.clone());
                }
                let Some(one) = read(&mut stream) else { continue };
                heard_too.lock().unwrap().push(one);
                if answer.is_empty() {
                    silent.push(stream);
                } else {
                    let end = "content-length: 0\r\nconnection: close\r\n\r\n";
                    let _ = stream.write_all(format!("HTTP/1.1 {answer}\r\n{end}").as_bytes());
                }
            }
        });
        Self { port, heard }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks", self.port)
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

pub fn read(stream: &mut TcpStream) -> Option<Heard> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers: Vec<_> =
            lines.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.and_then(|(_, value)| value.parse().ok())?;
        if body.len() >= length {
            return Some(Heard { headers, body: body.to_owned() });
        }
    }
}

/// A portal that tells other systems, and an admin's session.
fn portal(allow_private: bool) -> (Portal, String) {
    let portal = Portal::with(Plan::default(), |config| {
        config.webhooks.allow_private = allow_private;
        config.webhooks.timeout = Duration::from_millis(500);
    });
    portal.app.webhooks.leave_by(Arc::new(Poster::new(&portal.app.config.webhooks)));
    let admin = portal.account(ActorKind::Admin);
    (portal, admin)
}

pub async fn register(portal: &Portal, admin: &str, url: &str) -> Value {
    let reply = portal.post(WEBHOOKS, &json!({ "url": url })).session(admin).send().await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.body
}

pub async fn deliveries(portal: &Portal, admin: &str, endpoint: &Value) -> Vec<Value> {
    let path = format!("{WEBHOOKS}/{}/deliveries", endpoint["id"].as_str().unwrap());
    let reply = portal.get(&path).session(admin).send().await;
    reply.body["items"].as_array().unwrap().clone()
}

async fn redeliver(portal: &Portal, admin: &str, endpoint: &Value, delivery: &Value) -> Reply {
    let (endpoint, delivery) = (endpoint["id"].as_str().unwrap(), delivery["id"].as_str().unwrap());
    let path = format!("{WEBHOOKS}/{endpoint}/deliveries/{delivery}/redeliver");
    portal.post(&path, &json!({})).session(admin).send().await
}

#[actix_web::test]
async fn a_booking_is_told_once_and_signed_without_saying_who_it_is_for() {
    let (portal, admin) = portal(true);
    let receiver = Receiver::start(&["204 No Content"]);
    let endpoint = register(&portal, &admin, &receiver.url()).await;
    let made = portal.book(10).await.body;

    let sent = portal.app.deliver_webhooks().await.unwrap();
    let again = portal.app.deliver_webhooks().await.unwrap();

    assert_eq!((sent, again), (1, 0));
    let [heard] = receiver.heard().try_into().unwrap();
    assert!(heard.is_signed_by(endpoint["secret"].as_str().unwrap()), "{heard:?}");
    assert!(!heard.is_signed_by("whsec_AAAA"), "{heard:?}");
    let told = heard.json();
    assert_eq!(told["type"], "booking.confirmed");
    assert_eq!(told["data"]["id"], made["id"]);
    assert_eq!(told["data"]["startsAt"], made["startsAt"]);
    let client = ["Carla", "carla@example.org", "name", "email", "phone", "address", "/c/"];
    assert!(!client.iter().any(|word| heard.body.contains(word)), "{}", heard.body);
    let log = deliveries(&portal, &admin, &endpoint).await;
    assert_eq!(
        (log.len(), &log[0]["state"], &log[0]["responseStatus"]),
        (1, &json!("sent"), &json!(204))
    );
    assert_eq!(log[0]["webhookId"], heard.header("webhook-id"));
    assert!(log[0]["durationMs"].is_u64(), "{log:?}");
}

#[actix_web::test]
async fn letters_and_webhooks_do_not_wait_for_each_other() {
    let (portal, admin) = portal(true);
    let receiver = Receiver::start(&["200 OK"]);
    register(&portal, &admin, &receiver.url()).await;
    portal.book(10).await;
    portal.app.send_due().await.unwrap();
    portal.book(11).await;

    portal.app.deliver_webhooks().await.unwrap();
    let letters = portal.app.send_due().await.unwrap();

    assert_eq!(receiver.heard().len(), 2);
    assert_eq!(letters.sent_count, 1);
}

#[actix_web::test]
async fn what_is_not_taken_comes_again_under_the_same_name_with_the_same_body() {
    let (portal, admin) = portal(true);
    let receiver = Receiver::start(&["500 Broken", "302 Found\r\nlocation: /else", "200 OK"]);
    let endpoint = register(&portal, &admin, &receiver.url()).await;
    let made = portal.book(10).await.body;

    let mut states = Vec::new();
    for wait_s in [10, 100, 100] {
        portal.app.deliver_webhooks().await.unwrap();
        let log = deliveries(&portal, &admin, &endpoint).await;
        states.push((log[0]["state"].clone(), log[0]["responseStatus"].clone()));
        // Changes nothing of what is said.
        if wait_s == 10 {
            let path =
                format!("/api/portal/service-requests/{}/cancel", made["id"].as_str().unwrap());
            portal.post(&path, &json!({})).link(token(&made)).rev(1).send().await;
            portal.app.deliver_webhooks().await.unwrap();
        }
        portal.wait(TimeDelta::seconds(wait_s));
    }

    let heard = receiver.heard();
    let first: Vec<&Heard> =
        heard.iter().filter(|one| one.json()["type"] == "booking.confirmed").collect();
    let second = heard.iter().filter(|one| one.json()["type"] == "booking.cancelled").count();
    assert_eq!((first.len(), second), (2, 2), "{heard:?}");
    let name = |one: &Heard| one.header("webhook-id").to_owned();
    assert_eq!((name(first[0]), &first[0].body), (name(first[1]), &first[1].body));
    assert_eq!(states[0], (json!("retry"), json!(500)));
    let log = deliveries(&portal, &admin, &endpoint).await;
    assert!(log.iter().all(|one| one["state"] == "sent"), "{log:?}");
}

#[actix_web::test]
async fn an_endpoint_that_hangs_is_given_up_after_eleven_tries_and_holds_nobody_up() {
    let (portal, admin) = portal(true);
    let (silent, quick) = (Receiver::start(&[""]), Receiver::start(&["200 OK"]));
    let endpoint = register(&portal, &admin, &silent.url()).await;
    register(&portal, &admin, &quick.url()).await;
    portal.book(10).await;

    portal.app.deliver_webhooks().await.unwrap();
    assert_eq!((silent.heard().len(), quick.heard().len()), (1, 1));
    let waiting = deliveries(&portal, &admin, &endpoint).await;
    for _attempt in 0..15 {
        portal.wait(TimeDelta::hours(27));
        portal.app.deliver_webhooks().await.unwrap();
    }

    assert_eq!(waiting[0]["state"], "retry");
    assert!(waiting[0]["error"].as_str().unwrap().contains("timeout"), "{waiting:?}");
    assert_eq!(silent.heard().len(), 11);
    // Whoever looks has signed in again since.
    let admin = portal.account(ActorKind::Admin);
    let dead = deliveries(&portal, &admin, &endpoint).await;
    assert_eq!((&dead[0]["state"], &dead[0]["attempts"]), (&json!("dead"), &json!(11)));
    let tries = dead[0]["tries"].as_array().unwrap();
    assert_eq!(tries.len(), 11);
    assert!(tries.iter().all(|one| one["error"].as_str().unwrap().contains("timeout")));
    assert!(tries.windows(2).all(|pair| pair[0]["at"].as_str() < pair[1]["at"].as_str()));
    let again = redeliver(&portal, &admin, &endpoint, &dead[0]).await;
    portal.app.deliver_webhooks().await.unwrap();
    assert_eq!((again.status, &again.body["isRetried"]), (200, &json!(true)));
    let heard = silent.heard();
    assert_eq!(heard.len(), 12);
    let log = deliveries(&portal, &admin, &endpoint).await;
    assert_eq!(log[0]["tries"].as_array().unwrap().len(), 12, "the rounds before stay");
    assert_eq!(heard[11].header("webhook-id"), heard[0].header("webhook-id"));
}

#[actix_web::test]
async fn an_endpoint_that_is_gone_hears_no_more_until_an_admin_says_so() {
    let (portal, admin) = portal(true);
    let receiver = Receiver::start(&["410 Gone", "200 OK"]);
    let endpoint = register(&portal, &admin, &receiver.url()).await;
    portal.book(10).await;
    portal.app.deliver_webhooks().await.unwrap();
    portal.book(11).await;
    portal.app.deliver_webhooks().await.unwrap();

    let path = format!("{WEBHOOKS}/{}", endpoint["id"].as_str().unwrap());
    let stopped = portal.get(&path).session(&admin).send().await;
    let log = deliveries(&portal, &admin, &endpoint).await;
    let body = json!({ "url": receiver.url() });
    let call = portal.call(actix_web::http::Method::PUT, &path).json(&body).key("again").rev(2);
    let started = call.session(&admin).send().await;
    portal.book(12).await;
    portal.app.deliver_webhooks().await.unwrap();

    assert_eq!((&stopped.body["isActive"], log.len()), (&json!(false), 1));
    assert!(stopped.body["stoppedBecause"].as_str().unwrap().contains("410"));
    assert_eq!((&log[0]["state"], &log[0]["responseStatus"]), (&json!("dead"), &json!(410)));
    assert_eq!((started.status, &started.body["stoppedBecause"]), (200, &Value::Null));
    assert_eq!(receiver.heard().len(), 2);
}

#[actix_web::test]
async fn for_a_day_after_a_rotation_both_secrets_sign() {
    let (portal, admin) = portal(true);
    let receiver = Receiver::start(&["200 OK"]);
    let endpoint = register(&portal, &admin, &receiver.url()).await;
    let path = format!("{WEBHOOKS}/{}/rotate", endpoint["id"].as_str().unwrap());
    let rotate = || portal.post(&path, &json!({})).key("rotate").rev(1).session(&admin);
    let rotated = rotate().send().await;
    let replayed = rotate().send().await;
    portal.book(10).await;
    portal.app.deliver_webhooks().await.unwrap();
    portal.wait(TimeDelta::hours(24));
    portal.book(11).await;
    portal.app.deliver_webhooks().await.unwrap();

    let (old, new) =
        (endpoint["secret"].as_str().unwrap(), rotated.body["secret"].as_str().unwrap());
    assert_ne!(old, new);
    assert_eq!(replayed.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(replayed.bytes, rotated.bytes);
    let by = |heard: &Heard| (heard.is_signed_by(old), heard.is_signed_by(new));
    let heard = receiver.heard();
    assert_eq!(heard.iter().map(by).collect::<Vec<_>>(), [(true, true), (false, true)]);
    let shown = portal.get(&path.replace("/rotate", "")).session(&admin).send().await;
    assert_eq!(shown.body["secret"], Value::Null);
}

#[actix_web::test]
async fn nothing_is_sent_inside_even_if_a_name_leads_there_only_later() {
    let (portal, admin) = portal(false);
    let receiver = Receiver::start(&["200 OK"]);
    for host in ["127.0.0.1", "[::1]:8443", "169.254.169.254"] {
        let url = format!("https://{host}/latest");
        let reply = portal.post(WEBHOOKS, &json!({ "url": url })).session(&admin).send().await;
        assert_eq!(reply.outcome(), (422, "address-not-allowed"), "{url}");
    }
    let plain = portal.post(WEBHOOKS, &json!({ "url": "http://example.org/" })).session(&admin);
    assert_eq!(plain.send().await.outcome(), (422, "validation-failed"));

    // As if its name had changed since: the row is there, whatever was checked.
    let endpoint = stored(&receiver.url());
    portal.scratch.store.webhooks.put_endpoint(&endpoint, &Aside::default()).unwrap();
    portal.book(10).await;
    portal.app.deliver_webhooks().await.unwrap();

    assert!(receiver.heard().is_empty());
    let endpoint = json!({ "id": endpoint.id.to_string() });
    let log = deliveries(&portal, &admin, &endpoint).await;
    assert_eq!(log[0]["state"], "retry");
    assert!(log[0]["error"].as_str().unwrap().contains("not an address in the public"), "{log:?}");
}

#[actix_web::test]
async fn an_endpoint_hears_of_what_it_asked_for_and_of_nothing_from_before_it() {
    let (portal, admin) = portal(true);
    let receiver = Receiver::start(&["200 OK"]);
    portal.book(9).await;
    portal.app.deliver_webhooks().await.unwrap();
    let body = json!({ "url": receiver.url(), "events": ["booking.changed"] });
    let made = portal.post(WEBHOOKS, &body).session(&admin).send().await;
    let wrong = json!({ "url": receiver.url(), "events": ["booking.eaten"] });
    let refused = portal.post(WEBHOOKS, &wrong).session(&admin).send().await;
    let booked = portal.book(10).await.body;
    let path =
        format!("/api/portal/service-requests/{}/reschedule", booked["id"].as_str().unwrap());
    let moved = portal.post(&path, &json!({ "startsAt": start(14) })).link(token(&booked)).rev(1);
    assert_eq!(moved.send().await.status, 200);

    portal.app.deliver_webhooks().await.unwrap();

    assert_eq!((made.status, refused.outcome()), (201, (422, "validation-failed")));
    let told: Vec<Value> = receiver.heard().iter().map(Heard::json).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["type"], &told[0]["data"]["rev"]), (&json!("booking.changed"), &json!(2)));
}

#[actix_web::test]
async fn how_a_visit_goes_is_told() {
    let (portal, admin) = portal(true);
    let receiver = Receiver::start(&["200 OK"]);
    register(&portal, &admin, &receiver.url()).await;
    let (done, missed) = (portal.book(10).await.body, portal.book(12).await.body);
    portal.app.send_due().await.unwrap();
    // What leaves in one round may arrive in any order.
    portal.app.deliver_webhooks().await.unwrap();
    portal.wait(TimeDelta::days(2));
    let admin = portal.account(ActorKind::Admin);
    for (made, step, rev) in [(&done, "start", 1), (&done, "complete", 2), (&missed, "no-show", 1)]
    {
        let path = format!("/api/admin/service-requests/{}/{step}", made["id"].as_str().unwrap());
        let reply = portal.post(&path, &json!({})).session(&admin).rev(rev).send().await;
        assert_eq!(reply.status, 200, "{step}: {}", reply.text());
        portal.app.deliver_webhooks().await.unwrap();
    }

    let told: Vec<Value> = receiver.heard().iter().map(Heard::json).collect();
    let kinds: Vec<&str> = told[2..].iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["booking.started", "booking.completed", "booking.no-show"]);
    assert_eq!(told[4]["data"]["id"], missed["id"]);
    let letters = portal.app.send_due().await.unwrap();
    assert_eq!(letters.sent_count, 0, "nobody is written to about it");
}
