//! Signing in, staying so, and signing out.

use actix_web::http::Method;
use chrono::TimeDelta;
use domain::ledger::ActorKind;
use serde_json::json;

use super::harness::{BOOKINGS, PASSWORD, Plan, Portal, Reply};
use crate::auth::Revoked;

const LOGIN: &str = "/api/auth/login";
const ME: &str = "/api/auth/me";

async fn login(portal: &Portal, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password });
    portal.call(Method::POST, LOGIN).json(&body).send().await
}

fn cookie_token(reply: &Reply) -> String {
    let cookie = reply.header("Set-Cookie").unwrap();
    cookie.split(['=', ';']).nth(1).unwrap().to_owned()
}

#[actix_web::test]
async fn signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let portal = Portal::new();
    portal.account(ActorKind::Member);

    let signed_in = login(&portal, " Member@Daybook.Example ", PASSWORD).await;
    let me = portal.get(ME).session(&cookie_token(&signed_in)).send().await;

    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let cookie = signed_in.header("Set-Cookie").unwrap();
    assert!(cookie.starts_with("sid="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie} lacks {part}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert_eq!(me.body, signed_in.body);
    assert_eq!(
        (&me.body["role"], &me.body["email"]),
        (&json!("member"), &json!("member@daybook.example"))
    );
    assert_eq!(me.body["teamIds"], json!([portal.team.to_string()]));
}

#[actix_web::test]
async fn over_tls_the_cookie_is_kept_to_it() {
    let https = |config: &mut crate::config::Config| {
        config.http.public_url = "https://book.example.com".to_owned();
    };
    let portal = Portal::with(Plan::default(), https);
    portal.account(ActorKind::Client);

    let signed_in = login(&portal, "client@daybook.example", PASSWORD).await;

    let cookie = signed_in.header("Set-Cookie").unwrap();
    assert!(cookie.starts_with("__Host-sid=") && cookie.contains("Secure"), "{cookie}");
    assert_eq!(signed_in.header("Strict-Transport-Security"), Some("max-age=31536000"));
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let portal = Portal::new();
    portal.account(ActorKind::Client);

    let wrong = login(&portal, "client@daybook.example", "wrong horse battery").await;
    let unknown = login(&portal, "nobody@daybook.example", PASSWORD).await;

    let tell = |reply: &Reply| {
        let mut body = reply.body.clone();
        body.as_object_mut().unwrap().remove("requestId");
        (reply.status, body)
    };
    assert_eq!(tell(&wrong), tell(&unknown));
    assert_eq!(wrong.outcome(), (401, "unauthenticated"));
    assert_eq!(wrong.header("Set-Cookie"), None);
}

#[actix_web::test]
async fn signing_out_ends_the_session_at_once_and_tells_those_who_listen() {
    let portal = Portal::new();
    let token = portal.account(ActorKind::Client);
    let mut news = portal.app.sessions.subscribe();
    assert_eq!(portal.get(ME).session(&token).send().await.status, 200);

    let out = portal.call(Method::POST, "/api/auth/logout").session(&token).send().await;
    let after = portal.get(ME).session(&token).send().await;
    let change = portal.post(BOOKINGS, &portal.wish(10)).session(&token).send().await;

    assert_eq!(out.status, 204);
    assert!(out.header("Set-Cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(after.outcome(), (401, "session-expired"));
    assert_eq!(change.outcome(), (401, "session-expired"), "not booked as a guest instead");
    let hash = crate::auth::token_hash(&token);
    assert_eq!(news.try_recv(), Ok(Revoked::Session(hash)));
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn a_session_ends_when_idle_for_too_long() {
    let portal = Portal::new();
    let token = portal.account(ActorKind::Admin);
    let ask = async || {
        // What was remembered of the session is believed for a second of real time.
        portal.app.sessions.changed(domain::ids::UserId(uuid::Uuid::nil()));
        portal.get(ME).session(&token).send().await.status
    };

    portal.wait(TimeDelta::minutes(20));
    let in_use = ask().await;
    portal.wait(TimeDelta::minutes(20));
    let still = ask().await;
    portal.wait(TimeDelta::minutes(31));
    let idle = ask().await;

    assert_eq!((in_use, still, idle), (200, 200, 401));
}

#[actix_web::test]
async fn a_stranger_s_cookie_is_nobody_s() {
    let portal = Portal::new();

    let me = portal.get(ME).session("made-up").send().await;
    let public = portal.get("/api/portal/services").session("made-up").send().await;
    let none = portal.get(ME).send().await;

    assert_eq!(me.outcome(), (401, "session-expired"));
    assert_eq!(public.status, 200);
    assert_eq!(none.outcome(), (401, "unauthenticated"));
}
