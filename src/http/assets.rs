//! The front end: its files, and the two pages that every address of theirs begins with.
//!
//! Names of files under `assets/` contain a digest of what is in them, so a browser keeps them for
//! good; everything else is asked for again. An address without a dot belongs to the router inside
//! one of the two pages, but only for those who want a page: a program that mistypes a path is told
//! so in JSON.

use actix_web::http::{Method, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};
use assets::File;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::codes::Code;
use super::pages;
use super::problem::Problem;
use crate::app::App;

/// The front end loads and runs what comes from here and nothing else. Its styles are set by
/// script, element by element, which counts as inline; members' photographs may be anywhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob: https:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
     manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
     object-src 'none'; require-trusted-types-for 'script'; trusted-types default daybook-worker";

/// Prefixes that no page of the front end begins with.
const NOT_PAGES: [&str; 7] = ["api/", "c/", "s/", "u/", "problems/", "metrics", "assets/"];

/// The page that everything but the desk's addresses begins with.
const PORTAL: &str = "index.html";

/// The program that keeps that page for when there is no network.
const WORKER: &str = "sw.js";

/// What it says as long as nobody has configured a number to call.
const NO_PHONE: &str = "<meta name=\"daybook-phone\" content=\"\" />";

const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Where files come from: the binary, or what a test says.
type Files = fn(&str) -> Option<File>;

/// Whatever no route has: a file, a page, or nothing.
pub async fn serve(request: HttpRequest, app: Data<App>) -> HttpResponse {
    answer(&request, assets::file, &app.config.contact.phone)
}

fn answer(request: &HttpRequest, files: Files, phone: &str) -> HttpResponse {
    let nothing = || Problem::new(Code::NotFound).error_response();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return nothing();
    }
    let path = request.path().trim_start_matches('/');
    if let Some(file) = Some(path).filter(|path| is_file(path)) {
        let worker = (file == WORKER).then(|| with_phone(request, file, phone, files)).flatten();
        return worker.or_else(|| found(request, file, files)).unwrap_or_else(nothing);
    }
    let is_page = wants_page(request) && !NOT_PAGES.iter().any(|other| path.starts_with(other));
    if !is_page {
        return nothing();
    }
    let is_admin = path == "admin" || path.starts_with("admin/");
    if is_admin {
        return found(request, "admin.html", files).unwrap_or_else(not_built);
    }
    let page = with_phone(request, PORTAL, phone, files);
    page.or_else(|| found(request, PORTAL, files)).unwrap_or_else(not_built)
}

/// The portal's page with the number to call in an emergency, which has to be there without a
/// network and before any script runs; or the worker, which keeps that page and must notice when
/// the number is another. Both are small, and made anew, so they are sent as they are. Nothing when
/// there is no number.
fn with_phone(
    request: &HttpRequest,
    path: &str,
    phone: &str,
    files: Files,
) -> Option<HttpResponse> {
    if phone.is_empty() {
        return None;
    }
    let built = files(PORTAL)?;
    let told = NO_PHONE.replace("\"\"", &format!("\"{}\"", pages::escape(phone)));
    let page = String::from_utf8(built.bytes.into_owned()).ok()?.replace(NO_PHONE, &told);
    let text = if path == WORKER {
        let worker = String::from_utf8(files(WORKER)?.bytes.into_owned()).ok()?;
        worker.replace(&revision(&built.sha256), &revision(&Sha256::digest(&page)))
    } else {
        page
    };
    let digest = Sha256::digest(&text);
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default()));
    let mut reply = described(path, &etag);
    if is_known(request, &etag) {
        reply.status(actix_web::http::StatusCode::NOT_MODIFIED);
        return Some(reply.finish());
    }
    Some(reply.body(text))
}

/// What the worker calls this state of a file: `precacheList` in `web/scripts/finish-build.mjs`
/// writes the same.
fn revision(sha256: &[u8]) -> String {
    sha256.iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Whether the last part of `path` has an ending, as files have and pages have not. Compressed
/// copies are no files of their own.
fn is_file(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.contains('.') && Encoding::ALL.iter().all(|encoding| !last.ends_with(encoding.ending()))
}

fn wants_page(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// How a copy of a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// The smaller first.
    const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

/// The file at `path` in the smallest form that there is and that the client reads.
fn found(request: &HttpRequest, path: &str, files: Files) -> Option<HttpResponse> {
    let whole = files(path)?;
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&whole.sha256[..16]));
    let mut reply = described(path, &etag);
    if is_known(request, &etag) {
        reply.status(actix_web::http::StatusCode::NOT_MODIFIED);
        return Some(reply.finish());
    }
    let smaller = Encoding::ALL
        .into_iter()
        .filter(|encoding| accepts(request, *encoding))
        .find_map(|encoding| Some((encoding, files(&format!("{path}{}", encoding.ending()))?)));
    Some(match smaller {
        Some((encoding, file)) => {
            reply.insert_header((header::CONTENT_ENCODING, encoding.name()));
            reply.body(file.bytes.into_owned())
        }
        None => reply.body(whole.bytes.into_owned()),
    })
}

/// A reply with all that is said about the file at `path`, and without the file.
fn described(path: &str, etag: &str) -> HttpResponseBuilder {
    let mut reply = HttpResponse::Ok();
    reply
        .insert_header((header::ETAG, etag))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CONTENT_TYPE, content_type(path)))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((
            header::CACHE_CONTROL,
            if path.starts_with("assets/") { FOR_GOOD } else { ASK_AGAIN },
        ));
    reply
}

/// Whether the client has the file already.
fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let known = request.headers().get(header::IF_NONE_MATCH);
    let known = known.and_then(|value| value.to_str().ok());
    known.is_some_and(|known| known.split(',').any(|one| one.trim() == etag))
}

/// Whether the client names the encoding, and not to refuse it.
fn accepts(request: &HttpRequest, encoding: Encoding) -> bool {
    let accepted = request.headers().get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding.name()));
        is_named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The server works; nobody has built the front end into it.
fn not_built() -> HttpResponse {
    let body = "<h1>The portal is not built</h1>\
        <p>The server is running, and its API answers: see <a href=\"/api/docs\">the explorer</a>. \
        The portal's pages are made by Node: <code>scripts/run</code> does that, or by hand:</p>\
        <pre>cd web\nnpm ci\nnpm run build</pre>\
        <p>A debug build serves them at once; a release build has to be compiled again.</p>";
    let page = pages::page("The portal is not built", body);
    let mut reply = pages::html(&page);
    *reply.status_mut() = actix_web::http::StatusCode::NOT_FOUND;
    reply
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::*;

    fn built(path: &str) -> Option<File> {
        let text = match path {
            "index.html" => "portal",
            "admin.html" => "admin",
            "assets/a-1.js" => "a script",
            "assets/a-1.js.br" => "br",
            "assets/a-1.js.gz" => "gz",
            "sw.js" => "worker",
            _ => return None,
        };
        Some(File { bytes: text.as_bytes().into(), sha256: [7; 32] })
    }

    fn never_built(_: &str) -> Option<File> {
        None
    }

    async fn get(
        path: &str,
        headers: &[(&str, &str)],
        files: Files,
    ) -> (u16, HttpResponse, String) {
        let mut request = TestRequest::get().uri(path);
        for header in headers {
            request = request.insert_header(*header);
        }
        let (reply, body) = answer(&request.to_http_request(), files, "").into_parts();
        let text = String::from_utf8(to_bytes(body).await.unwrap().to_vec()).unwrap();
        (reply.status().as_u16(), reply.map_into_boxed_body(), text)
    }

    const PAGE: (&str, &str) = ("Accept", "text/html,*/*;q=0.8");

    #[actix_web::test]
    async fn every_address_without_a_dot_is_one_of_two_pages() {
        for (path, expected) in [
            ("/", "portal"),
            ("/book/boiler-check?slot=9", "portal"),
            ("/portal/bookings", "portal"),
            ("/administration", "portal"),
            ("/admin", "admin"),
            ("/admin/requests/7", "admin"),
        ] {
            let (status, reply, text) = get(path, &[PAGE], built).await;
            assert_eq!((status, text.as_str()), (200, expected), "{path}");
            assert_eq!(reply.headers().get("Cache-Control").unwrap(), "no-cache");
        }
    }

    #[actix_web::test]
    async fn a_program_that_mistypes_a_path_hears_a_problem() {
        for (path, headers) in [
            ("/api/portal/sevices", vec![PAGE]),
            ("/book", vec![("Accept", "application/json")]),
            ("/book", vec![]),
            ("/assets/gone.js", vec![PAGE]),
            ("/assets/a-1.js.br", vec![PAGE]),
            ("/favicon.ico", vec![]),
        ] {
            let (status, _, text) = get(path, &headers, built).await;
            assert_eq!(status, 404, "{path}");
            assert!(text.contains("\"not-found\""), "{path}: {text}");
        }
    }

    #[actix_web::test]
    async fn hashed_files_are_kept_for_good_and_the_worker_is_asked_for_again() {
        let (_, script, _) = get("/assets/a-1.js", &[], built).await;
        let (_, worker, _) = get("/sw.js", &[], built).await;

        assert_eq!(script.headers().get("Cache-Control").unwrap(), FOR_GOOD);
        assert_eq!(script.headers().get("Content-Type").unwrap(), "text/javascript; charset=utf-8");
        assert_eq!(worker.headers().get("Cache-Control").unwrap(), ASK_AGAIN);
        assert!(worker.headers().get("Content-Security-Policy").is_some());
    }

    #[actix_web::test]
    async fn the_smallest_copy_that_the_client_reads_is_sent() {
        for (accepted, expected, encoding) in [
            ("gzip, deflate, br", "br", Some("br")),
            ("gzip", "gz", Some("gzip")),
            ("br;q=0, gzip;q=0.5", "gz", Some("gzip")),
            ("identity", "a script", None),
        ] {
            let headers = [("Accept-Encoding", accepted)];
            let (_, reply, text) = get("/assets/a-1.js", &headers, built).await;
            assert_eq!(text, expected, "{accepted}");
            let sent = reply.headers().get("Content-Encoding").map(|one| one.to_str().unwrap());
            assert_eq!(sent, encoding, "{accepted}");
        }
    }

    #[actix_web::test]
    async fn what_is_known_is_not_sent_again() {
        let (_, first, _) = get("/", &[PAGE], built).await;
        let etag = first.headers().get("ETag").unwrap().to_str().unwrap().to_owned();

        let (status, _, text) = get("/", &[PAGE, ("If-None-Match", &etag)], built).await;
        let (other, _, _) = get("/", &[PAGE, ("If-None-Match", "\"other\"")], built).await;

        assert_eq!((status, text.as_str(), other), (304, "", 200));
    }

    #[actix_web::test]
    async fn the_portal_s_page_has_the_number_to_call() {
        fn built(path: &str) -> Option<File> {
            let page = format!("<head>{NO_PHONE}</head>").into_bytes();
            (path == PORTAL).then(|| File { bytes: page.into(), sha256: [7; 32] })
        }
        let get = |headers: &[(&'static str, String)]| {
            let mut request = TestRequest::get().uri("/emergency").insert_header(PAGE);
            for header in headers {
                request = request.insert_header(header.clone());
            }
            answer(&request.to_http_request(), built, "+49 30 \"1\"")
        };
        let page = get(&[]);
        let etag = page.headers().get("ETag").unwrap().to_str().unwrap().to_owned();
        let known = get(&[("If-None-Match", etag)]);
        let text = to_bytes(page.into_body()).await.unwrap();

        let expected = "<meta name=\"daybook-phone\" content=\"+49 30 &quot;1&quot;\" />";
        assert_eq!(text, format!("<head>{expected}</head>").as_bytes());
        assert_eq!(known.status(), 304);
    }

    #[actix_web::test]
    async fn the_worker_notices_when_the_number_is_another() {
        fn built(path: &str) -> Option<File> {
            let page = format!("<head>{NO_PHONE}</head>").into_bytes();
            let sha256: [u8; 32] = Sha256::digest(&page).into();
            let worker = format!("[{{url:`/index.html`,revision:`{}`}}]", revision(&sha256));
            let bytes = match path {
                PORTAL => page,
                WORKER => worker.into_bytes(),
                _ => return None,
            };
            Some(File { bytes: bytes.into(), sha256 })
        }
        let get = async |phone: &str| {
            let request = TestRequest::get().uri("/sw.js").to_http_request();
            let reply = answer(&request, built, phone);
            assert_eq!(reply.headers().get("Cache-Control").unwrap(), ASK_AGAIN);
            to_bytes(reply.into_body()).await.unwrap()
        };
        let (none, one, other) = (get("").await, get("112").await, get("911").await);

        assert_eq!(one, get("112").await);
        assert!(none != one && one != other, "{one:?}");
        assert!(one.starts_with(b"[{url:`/index.html`,revision:`"), "{one:?}");
        assert_eq!(one.len(), none.len());
    }

    #[actix_web::test]
    async fn without_a_front_end_the_page_says_how_to_build_it() {
        let (status, _, text) = get("/book", &[PAGE], never_built).await;

        assert_eq!(status, 404);
        assert!(text.contains("npm run build"), "{text}");
    }
}
