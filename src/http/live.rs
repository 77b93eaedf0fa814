//! The live page: days filling as they are booked, without a build step or anything from outside.

use actix_web::HttpResponse;
use actix_web::http::header;

const PAGE: &str = include_str!("pages/live.html");
const SCRIPT: &str = include_str!("pages/live.js");
const STYLE: &str = include_str!("pages/live.css");

/// Its own script and style, and connections to us; nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

fn answer(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        // The page is part of the binary: after an upgrade it must not be last week's.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body)
}

/// The page.
pub async fn page() -> HttpResponse {
    answer("text/html; charset=utf-8", PAGE)
}

/// Its script.
pub async fn script() -> HttpResponse {
    answer("text/javascript; charset=utf-8", SCRIPT)
}

/// Its style.
pub async fn style() -> HttpResponse {
    answer("text/css; charset=utf-8", STYLE)
}
