//! A page to try the API from. Its files are compiled in; nothing comes from outside.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;
use utoipa_swagger_ui::Config;

use crate::http::codes::Code;
use crate::http::problem::Problem;

/// Scripts and pictures of our own; styles also inline, since the explorer writes them so.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; \
     frame-ancestors 'none'; base-uri 'none'";

/// Leads to the page.
pub async fn home() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/api/docs/index.html")).finish()
}

/// Serves one file of the explorer.
pub async fn file(name: Path<String>) -> Result<HttpResponse, Problem> {
    let config = Arc::new(Config::from("/api/openapi.json"));
    let found = utoipa_swagger_ui::serve(&name, config).map_err(|error| {
        tracing::error!(%error, "the explorer's settings cannot be written");
        Problem::new(Code::Internal)
    })?;
    let file = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, file.content_type));
    response.insert_header((header::CONTENT_SECURITY_POLICY, POLICY));
    response.insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    if file.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(file.bytes.into_owned()))
}
