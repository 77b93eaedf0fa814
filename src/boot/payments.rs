//! Who takes card payments: Stripe, or a sandbox in this process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::Context as _;
use gateway::sandbox::{Endpoint, Options, Sandbox};
use gateway::{Settings, Stripe};

use crate::app::App;
use crate::config::{Config, GatewayKind};

/// Where the provider tells us what happened.
const WEBHOOK_PATH: &str = "/api/payments/webhook";

/// The only key that the sandbox asks for.
const SANDBOX_KEY: &str = "sk_test_sandbox";

/// Gives `app`, which answers at `address`, a payment provider as configured. The sandbox, if that
/// is who it is, runs until it is stopped.
///
/// # Errors
///
/// When the provider cannot be called at all, or the sandbox cannot be started.
pub(super) fn open(app: &Arc<App>, address: SocketAddr) -> anyhow::Result<Option<Sandbox>> {
    let config = &app.config;
    match config.payments.gateway {
        GatewayKind::Off => Ok(None),
        GatewayKind::Stripe => {
            let stripe = &config.payments.stripe;
            let (url, key) = (stripe.url.clone(), stripe.secret_key.expose().to_owned());
            let secrets = [&stripe.webhook_secret, &stripe.webhook_secret_before];
            let secrets = secrets.map(|secret| secret.expose().to_owned());
            pay_by(app, (url, key), secrets.into())?;
            Ok(None)
        }
        GatewayKind::Sandbox => {
            let secret = app.ambient.id().simple().to_string() + &hex(&app.ambient.secret::<16>());
            let sandbox = start_sandbox(app, config, (address, secret.clone()))?;
            pay_by(app, (sandbox.base_url(), SANDBOX_KEY.to_owned()), vec![secret])?;
            tracing::info!(address = %sandbox.address(), "payments go to the sandbox");
            Ok(Some(sandbox))
        }
    }
}

fn pay_by(
    app: &App,
    (base_url, secret_key): (String, String),
    secrets: Vec<String>,
) -> anyhow::Result<()> {
    let settings = Settings { base_url, secret_key, timeout: app.config.payments.timeout };
    let stripe = Stripe::new(&settings).context("the payment provider cannot be called")?;
    app.till.open(Arc::new(stripe), secrets);
    Ok(())
}

fn start_sandbox(
    app: &Arc<App>,
    config: &Config,
    (address, secret): (SocketAddr, String),
) -> anyhow::Result<Sandbox> {
    let place = (Ipv4Addr::LOCALHOST, config.payments.sandbox_port);
    let listener = TcpListener::bind(place).context("the payment sandbox cannot listen")?;
    let host =
        if address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
    let receiver = SocketAddr::new(host, address.port());
    let ambient = app.ambient.clone();
    let options = Options {
        seed: u64::from_be_bytes(app.ambient.secret()),
        clock: Arc::new(move || ambient.now()),
        journal: Some(config.data_dir.join("sandbox.journal")),
        webhook: Some(Endpoint { url: format!("http://{receiver}{WEBHOOK_PATH}"), secret }),
    };
    Sandbox::start(listener, options).context("the payment sandbox cannot be started")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
