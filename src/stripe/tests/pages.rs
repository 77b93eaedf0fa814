//! The page on which a person pays, as a browser without JavaScript meets it.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::*;

async fn visit(url: &str, form: Option<&str>) -> (u16, String, String) {
    let client: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let method = if form.is_some() { "POST" } else { "GET" };
    let request = hyper::Request::builder()
        .method(method)
        .uri(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form.unwrap_or("").to_owned())))
        .unwrap();
    let answer = client.request(request).await;
    let answer = answer.unwrap();
    let status = answer.status().as_u16();
    let location = answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, location.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

#[actix_web::test]
async fn somebody_can_pay_be_declined_or_leave() {
    let (sandbox, client) = start();
    let page = opened(&client, 1).await;
    let url = page.url.unwrap();

    let (status, _, html) = visit(&url, None).await;
    assert_eq!(status, 200);
    assert!(html.contains("129.50 EUR") && html.contains("Boiler &amp; &lt;pipes&gt;"), "{html}");
    assert!(!html.contains("<script"), "{html}");

    let (status, location, _) = visit(&url, Some("choice=leave")).await;
    assert_eq!((status, location.as_str()), (303, "http://127.0.0.1:1/left"));

    let (status, _, html) = visit(&url, Some("choice=decline")).await;
    assert_eq!(status, 200);
    assert!(html.contains("declined"), "{html}");

    let (status, location, _) = visit(&url, Some("choice=pay")).await;
    assert_eq!(status, 303);
    assert_eq!(location, format!("http://127.0.0.1:1/paid?session={}", page.session.0));

    let (_, _, html) = visit(&url, Some("choice=pay")).await;
    assert!(html.contains("This has been paid"), "{html}");
    assert_eq!(sandbox.look(|books| books.charges.len()), 1);
    sandbox.stop().await;
}

#[actix_web::test]
async fn looking_changes_nothing_and_a_closed_page_takes_no_money() {
    let (sandbox, client) = start();
    let page = opened(&client, 1).await;
    let url = page.url.unwrap();
    for _ in 0..100 {
        visit(&url, None).await;
    }
    assert_eq!(sandbox.look(|books| books.sessions[&page.session.0].status.clone()), "open");

    client.expire(&page.session).await.unwrap();
    let (_, _, html) = visit(&url, Some("choice=pay")).await;

    assert!(html.contains("expired"), "{html}");
    assert_eq!(sandbox.look(|books| books.charges.len()), 0);
    assert_eq!(visit(&format!("{url}x"), None).await.0, 404);
    sandbox.stop().await;
}
