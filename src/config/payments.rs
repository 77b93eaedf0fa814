//! Who takes card payments.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, Secret, require, require_within};

/// Card payments.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentsConfig {
    pub gateway: GatewayKind,
    /// Where the sandbox listens on this machine; 0 takes a free port.
    pub sandbox_port: u16,
    /// How long one call to the provider may take.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    pub stripe: StripeConfig,
}

/// Who takes the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GatewayKind {
    /// Nobody: a server in this process that looks like Stripe.
    Sandbox,
    Stripe,
    /// Nobody: cards are not offered.
    Off,
}

/// An account at Stripe.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripeConfig {
    /// `https://api.stripe.com/`, or where a sandbox listens.
    pub url: String,
    pub secret_key: Secret,
    /// What webhooks are signed with.
    pub webhook_secret: Secret,
    /// The one before it, while it is being replaced. Empty: none.
    pub webhook_secret_before: Secret,
}

impl PaymentsConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let range = Duration::from_secs(1)..=Duration::from_mins(1);
        require_within(&self.timeout, &range, "payments.timeout")?;
        let is_stripe = self.gateway == GatewayKind::Stripe;
        let is_web = self.stripe.url.starts_with("https://")
            || self.stripe.url.starts_with("http://127.0.0.1:");
        require(is_web, "payments.stripe.url", "must begin with https://")?;
        let has_key = !is_stripe || !self.stripe.secret_key.expose().is_empty();
        require(has_key, "payments.stripe.secret_key", "is needed when the gateway is stripe")?;
        let has_secret = !is_stripe || !self.stripe.webhook_secret.expose().is_empty();
        let detail = "is needed when the gateway is stripe";
        require(has_secret, "payments.stripe.webhook_secret", detail)
    }
}
