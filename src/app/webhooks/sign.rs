//! Signatures, as the Standard Webhooks have them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::ids::{DeliveryId, EndpointId};
use domain::webhook::Endpoint;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The secrets of all endpoints. None is stored: each follows from the server's key, the endpoint
/// and its number, so a copy of the database signs nothing.
#[derive(Clone)]
pub struct Secrets {
    key: [u8; 32],
}

impl Secrets {
    /// The secrets that follow from `key`.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The secret `no` of `endpoint`, as its owner is given it.
    pub fn text(&self, endpoint: EndpointId, no: u32) -> String {
        format!("whsec_{}", STANDARD.encode(self.secret(endpoint, no)))
    }

    /// The headers that go with `body` when it is sent at `now`.
    pub fn headers(
        &self,
        endpoint: &Endpoint,
        id: DeliveryId,
        body: &str,
        now: DateTime<Utc>,
    ) -> Vec<(&'static str, String)> {
        let id = message_id(id);
        let timestamp = now.timestamp().to_string();
        let signed = format!("{id}.{timestamp}.{body}");
        let sign = |no: u32| {
            let signature = mac(&self.secret(endpoint.id, no), signed.as_bytes());
            format!("v1,{}", STANDARD.encode(signature))
        };
        let signatures: Vec<String> = endpoint.secrets_at(now).into_iter().map(sign).collect();
        vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signatures.join(" ")),
        ]
    }

    fn secret(&self, endpoint: EndpointId, no: u32) -> [u8; 32] {
        let mut named = endpoint.0.as_bytes().to_vec();
        named.extend_from_slice(&no.to_be_bytes());
        mac(&self.key, &named)
    }
}

/// The name of a delivery on the wire: the same at every attempt.
pub fn message_id(id: DeliveryId) -> String {
    format!("msg_{}", id.0.simple())
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}
