//! Connects to the endpoints of webhooks.
//!
//! **Invariant:** unless private addresses are allowed, a connection is made only to an address
//! that was looked at between its name's lookup and the connection. What the name said before, or
//! says to somebody else, does not matter.

use ureq::config::Config as AgentConfig;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::app::{Post, Posting};
use crate::config::WebhooksConfig;

/// Most bytes of an answer's headers. Nobody reads its body.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Posts events.
pub struct Poster {
    agent: ureq::Agent,
}

impl Poster {
    /// One that goes where `config` lets it.
    pub fn new(config: &WebhooksConfig) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(config.timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_response_header_size(HEADER_BYTES_MAX)
            .max_idle_connections(0)
            // It would do the connecting, and nobody would have looked at the address.
            .proxy(None)
            .user_agent(concat!("daybook/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver =
            Outside { names: DefaultResolver::default(), allows_private: config.allow_private };
        Self { agent: ureq::Agent::with_parts(agent, DefaultConnector::default(), resolver) }
    }
}

impl Post for Poster {
    fn post(&self, posting: &Posting) -> Result<u16, String> {
        let mut request = self.agent.post(&posting.url);
        for (name, value) in &posting.headers {
            request = request.header(*name, value);
        }
        match request.send(posting.body.as_str()) {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Looks names up, and says nothing but what is outside.
#[derive(Debug)]
struct Outside {
    names: DefaultResolver,
    allows_private: bool,
}

impl Resolver for Outside {
    fn resolve(
        &self,
        uri: &Uri,
        config: &AgentConfig,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let inside = found.iter().find(|address| !domain::webhook::is_public(address.ip()));
        match inside {
            Some(address) if !self.allows_private => {
                let refused = format!("{} is not an address in the public network", address.ip());
                Err(ureq::Error::Other(refused.into()))
            }
            Some(_) | None => Ok(found),
        }
    }
}
