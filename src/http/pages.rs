//! What must work without JavaScript: pages that people reach from a mail or from a problem.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

use super::codes::Code;
use super::middleware::cache_control;
use super::problem::Problem;

/// A page may style itself and post to us; nothing else.
const PAGE_POLICY: &str = "default-src 'none'; \
     style-src 'sha256-Mep9cmlH5uQovmYBDZGtZSQNlst+JwgPJS6N4gGZc2c='; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const STYLE: &str =
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}";

/// Text as it may stand in HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A whole page around `body`, which is HTML.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main></body></html>",
        escape(title)
    )
}

/// A page as an answer: for its reader alone.
pub fn html(page: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header(("X-Robots-Tag", "noindex"))
        .body(page.to_owned())
}

/// Explains a problem code.
pub async fn problem_page(name: Path<String>) -> Result<HttpResponse, Problem> {
    let code = Code::parse(&name).ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut response = html(&explanation(code));
    let policy = header::HeaderValue::from_static(cache_control::CATALOGUE);
    response.headers_mut().insert(header::CACHE_CONTROL, policy);
    Ok(response)
}

/// The page of a problem code.
pub fn explanation(code: Code) -> String {
    let blocks = code.page().split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    let body: String = blocks
        .map(|block| match block.strip_prefix("# ") {
            Some(heading) => format!("<h1>{}</h1>", escape(heading)),
            None => format!("<p>{}</p>", emphasised(block)),
        })
        .collect();
    page(code.title(), &body)
}

/// The two marks our pages use: `**strong**` and `` `code` ``.
fn emphasised(text: &str) -> String {
    let strong = alternate(&escape(text), "**", "strong");
    alternate(&strong, "`", "code")
}

/// Wraps every other part between `mark`s in `tag`.
fn alternate(text: &str, mark: &str, tag: &str) -> String {
    let parts = text.split(mark).enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            0 => part.to_owned(),
            _ => format!("<{tag}>{part}</{tag}>"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_style_is_the_one_that_the_policy_allows() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));

        assert!(PAGE_POLICY.contains(&format!("'sha256-{hash}'")), "now sha256-{hash}");
    }

    #[test]
    fn marks_become_tags_and_everything_else_is_text() {
        assert_eq!(emphasised("**a <b>** `c`"), "<strong>a &lt;b&gt;</strong> <code>c</code>");
    }
}
