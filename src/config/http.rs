//! Listening, and who is believed about what.

use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, require, require_within};

/// The HTTP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    pub host: IpAddr,
    /// 0 takes a free one.
    pub port: u16,
    /// Scheme, host and port as browsers see them; empty for localhost. See [`HttpConfig::origin`].
    pub public_url: String,
    /// Foreign origins whose pages may call us with the visitor's session.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Threads; 0 for one per core.
    pub workers: u16,
    pub body_bytes_max: u32,
    #[serde(with = "humantime_serde")]
    pub shutdown_timeout: Duration,
}

impl HttpConfig {
    /// The origin under which browsers reach us when we listen on `port`.
    pub fn origin(&self, port: u16) -> String {
        match self.public_url.trim_end_matches('/') {
            "" => format!("http://localhost:{port}"),
            url => url.to_owned(),
        }
    }

    /// Whether browsers reach us by TLS, and so may be given cookies that are kept to it.
    pub fn is_tls(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let has_url =
            self.public_url.is_empty() || is_origin(self.public_url.trim_end_matches('/'));
        require(has_url, "http.public_url", "must be a scheme and host, without a path")?;
        let has_origins = self.allowed_origins.iter().all(|origin| is_origin(origin));
        require(has_origins, "http.allowed_origins", "must be like https://www.example.com")?;
        require_within(&self.workers, &(0..=256), "http.workers")?;
        require_within(&self.body_bytes_max, &(1024..=1024 * 1024), "http.body_bytes_max")?;
        let range = Duration::from_secs(1)..=Duration::from_mins(5);
        require_within(&self.shutdown_timeout, &range, "http.shutdown_timeout")
    }
}

/// Whether `text` is what browsers send as an origin: scheme, host, perhaps a port, nothing else.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
    })
}
