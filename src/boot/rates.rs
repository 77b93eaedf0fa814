//! Fetching the file of exchange rates: the only place from which Daybook calls the web.
//!
//! Everything about a fetch is bounded: its time, the bytes that are read, and where a redirect may
//! lead, which is the same host by the same or a safer scheme. Whatever goes wrong is logged, and
//! the newest table that was read before stays what prices are converted with.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use domain::pricing::rates::ECB_BYTES_MAX;
use ureq::http::{StatusCode, Uri, header};

use crate::app::App;
use crate::app::rates::Import;
use crate::config::RatesConfig;

/// Redirects that are followed before a fetch is given up.
const REDIRECTS_MAX: usize = 3;

/// Fetches the file. Blocking, for at most `fetch_timeout` and as long again for each redirect.
///
/// # Errors
///
/// When nothing that could be the file comes from where it should be.
pub fn fetch(config: &RatesConfig) -> anyhow::Result<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(config.fetch_timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("daybook/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut address: Uri = config.url.parse().context("rates.url is not an address")?;
    for _ in 0..=REDIRECTS_MAX {
        let mut response = agent.get(&address).call().with_context(|| format!("{address}"))?;
        match response.status() {
            StatusCode::OK => {
                let bytes_max = u64::try_from(ECB_BYTES_MAX)?;
                let body = response.body_mut().with_config().limit(bytes_max).read_to_string();
                return body.with_context(|| format!("{address}"));
            }
            status if status.is_redirection() => {
                let location = response.headers().get(header::LOCATION);
                let location = location.context("a redirect leads nowhere")?.to_str()?;
                address = redirected(&address, location)?;
            }
            status => bail!("{address} answers {status}"),
        }
    }
    bail!("{address} is still no file after {REDIRECTS_MAX} redirects")
}

/// Where `location` leads from `address`, when that is where we may go.
fn redirected(address: &Uri, location: &str) -> anyhow::Result<Uri> {
    let is_path = location.starts_with('/') && !location.starts_with("//");
    let to: Uri = if is_path {
        let mut parts = address.clone().into_parts();
        parts.path_and_query = Some(location.parse()?);
        Uri::from_parts(parts)?
    } else {
        location.parse().context("a redirect is not an address")?
    };
    let is_same_host = to.host() == address.host();
    let is_as_safe = to.scheme_str() == Some("https") || address.scheme_str() == Some("http");
    ensure!(is_same_host && is_as_safe, "{address} leads elsewhere, to {to}");
    Ok(to)
}

/// Fetches the file and takes its rates into use. Answers what it has brought.
///
/// # Errors
///
/// Says what went wrong; the newest rates known stay.
pub async fn fetch_and_import(app: Arc<App>) -> Result<String, String> {
    let fetched = async {
        let config = app.config.rates.clone();
        ensure!(!config.url.is_empty(), "rates.url says nothing to fetch from");
        let text = tokio::task::spawn_blocking(move || fetch(&config)).await??;
        anyhow::Ok(app.import_rates(text).await?)
    };
    let Import { day, rates_count, is_new } =
        fetched.await.map_err(|error| format!("{error:#}"))?;
    let what = if is_new { "imported" } else { "known already:" };
    Ok(format!("{what} {rates_count} rates of {day}"))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;

    /// What is fetched from a server that gives `answers` one after the other.
    fn fetched(answers: Vec<String>) -> anyhow::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).unwrap();
                // Whoever has read enough hangs up.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        fetch(&RatesConfig {
            url: format!("http://{address}/daily.xml"),
            fetch_timeout: Duration::from_secs(1),
            age_days_max: 7,
        })
    }

    fn answer(head: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }

    fn refused(answers: Vec<String>) -> String {
        format!("{:#}", fetched(answers).unwrap_err())
    }

    #[test]
    fn a_file_is_fetched_and_followed_within_its_host() {
        assert_eq!(fetched(vec![answer("200 OK", "<rates/>")]).unwrap(), "<rates/>");

        let moved = answer("302 Found\r\nLocation: /other.xml", "");
        assert_eq!(fetched(vec![moved, answer("200 OK", "Date, USD")]).unwrap(), "Date, USD");
    }

    #[test]
    fn nobody_is_followed_to_another_host_or_in_circles() {
        for elsewhere in ["http://other.example/", "//other.example/", "file:///etc/passwd"] {
            let moved = answer(&format!("302 Found\r\nLocation: {elsewhere}"), "");
            let refused = refused(vec![moved]);
            assert!(refused.contains("leads elsewhere") || refused.contains("not an address"));
        }
        let circle = answer("302 Found\r\nLocation: /daily.xml", "");
        assert!(refused(vec![circle; REDIRECTS_MAX + 1]).contains("after 3 redirects"));
        assert!(redirected(&"https://a.example/".parse().unwrap(), "http://a.example/").is_err());
    }

    #[test]
    fn what_is_too_large_too_slow_or_no_file_is_refused() {
        let large = "x".repeat(ECB_BYTES_MAX + 1);
        assert!(refused(vec![answer("200 OK", &large)]).contains("limit"));
        assert!(refused(vec![answer("503 Service Unavailable", "")]).contains("503"));
        assert!(refused(vec![String::new()]).contains("daily.xml"));
        let never = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n".to_owned();
        assert!(fetched(vec![never]).is_err());
    }
}
