//! `daybook sandbox stripe`: the Stripe-shaped sandbox by itself.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use gateway::sandbox::{Endpoint, Options, Sandbox};

use super::say;
use crate::ambient::Ambient;

/// How the sandbox is started.
#[derive(Debug, Args)]
pub struct Stripe {
    /// Where to listen. Port 0 takes any that is free.
    #[arg(long, default_value = "127.0.0.1:12111", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where webhooks are sent.
    #[arg(long, requires = "webhook_secret", value_name = "URL")]
    webhook_url: Option<String>,
    /// What webhooks are signed with.
    #[arg(long, requires = "webhook_url", value_name = "SECRET")]
    webhook_secret: Option<String>,
    /// Keeps the books in this file. Without it they are forgotten.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// What ids and faults are made from: the same seed does the same.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Runs the sandbox until the process is told to stop.
///
/// # Errors
///
/// When the address cannot be had or the journal cannot be read.
pub async fn stripe(options: Stripe, ambient: &Ambient) -> anyhow::Result<()> {
    let Stripe { listen, webhook_url, webhook_secret, journal, seed } = options;
    let listener = TcpListener::bind(listen).with_context(|| format!("cannot use {listen}"))?;
    let clock = ambient.clone();
    let webhook = webhook_url.zip(webhook_secret).map(|(url, secret)| Endpoint { url, secret });
    let options = Options { seed, clock: Arc::new(move || clock.now()), journal, webhook };
    let sandbox = Sandbox::start(listener, options)?;
    say(&format!("the payment sandbox listens on {}", sandbox.base_url()))?;
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
