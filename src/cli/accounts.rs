//! Commands that make accounts: the first admin, and the demo.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, ValueEnum};
use domain::ledger::ActorKind;

use super::say;
use crate::ambient::Ambient;
use crate::app::edit_users::UserFields;
use crate::app::seed::{CODE_TO_TRY, Seed};
use crate::app::{App, Deciders};
use crate::auth::password;
use crate::boot::{self, Node};
use crate::config::Config;

/// Sets the password of the demo's accounts, or of an account that is created.
const DEMO_PASSWORD_VARIABLE: &str = "DAYBOOK_DEMO_PASSWORD";
const PASSWORD_VARIABLE: &str = "DAYBOOK_PASSWORD";

/// How long a command that made something waits for its ledgers to finish.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// A new account. The password is read from `DAYBOOK_PASSWORD`, never from the command line, where
/// every user of the machine could read it; without it, one is made and printed.
#[derive(Debug, Args)]
pub(super) struct CreateUser {
    /// The address to sign in with.
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    #[arg(long, value_enum, default_value_t = Role::Admin)]
    role: Role,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    Client,
    Dispatcher,
    Admin,
}

impl Role {
    fn kind(self) -> ActorKind {
        match self {
            Self::Client => ActorKind::Client,
            Self::Dispatcher => ActorKind::Dispatcher,
            Self::Admin => ActorKind::Admin,
        }
    }
}

/// The password in the environment, or a new one and the wish to have it printed.
fn password_from(variable: &str, ambient: &Ambient) -> (String, bool) {
    match std::env::var(variable) {
        Ok(password) if !password.is_empty() => (password, false),
        _ => (URL_SAFE_NO_PAD.encode(ambient.secret::<12>()), true),
    }
}

/// `daybook admin create-user`.
pub(super) fn create(config: &Config, ambient: &Ambient, user: CreateUser) -> anyhow::Result<()> {
    boot::block_on(async {
        let node = Node::start(config, ambient, boot::open(config, ambient)?, Vec::new())?;
        let app = App::new(
            Arc::new(config.clone()),
            ambient.clone(),
            node.store.clone(),
            Deciders { desk: node.desk(), decide: node.decide() },
            Arc::default(),
        )?;
        let (password, is_new) = password_from(PASSWORD_VARIABLE, ambient);
        let fields = UserFields {
            email: user.email,
            name: user.name,
            role: user.role.kind(),
            member: None,
            phone: None,
            is_disabled: false,
        };
        let made = app.add_user(fields, password.clone()).await;
        let made = made.map_err(|failure| anyhow!("{failure}")).context("nothing was created")?;
        say(&format!("created {} {}", made.role.name(), made.email))?;
        if is_new {
            say(&format!("password: {password}"))?;
        }
        drop(app);
        node.stop(STOP_PATIENCE).await;
        Ok(())
    })
}

/// `daybook seed --demo`.
pub(super) async fn seed(config: &Config, ambient: &Ambient) -> anyhow::Result<()> {
    let node = Node::start(config, ambient, boot::open(config, ambient)?, Vec::new())?;
    let (password, is_new) = password_from(DEMO_PASSWORD_VARIABLE, ambient);
    let password_hash = password::hash(&password, config.auth.argon2, ambient)?;
    let seed = Seed {
        store: node.store.clone(),
        desk: node.desk(),
        ambient: ambient.clone(),
        password_hash,
    };
    let report = seed.run().await?;
    say(&format!(
        "seeded {} teams, {} members, {} rooms and vehicles, {} services, {} surcharges, \
         {} promos, {} bookings ({} refused by full days)",
        report.teams_count,
        report.members_count,
        report.resources_count,
        report.services_count,
        report.surcharges_count,
        report.promos_count,
        report.bookings_count,
        report.refused_count,
    ))?;
    say("sign in as admin@, dispatcher@, member@ or client@daybook.example")?;
    say(&format!("a promo code to try: {CODE_TO_TRY}"))?;
    // Seeding again gives the accounts this run's password, so what is said here is always true.
    if is_new {
        say(&format!("password: {password}"))?;
    } else {
        say(&format!("password: as set in {DEMO_PASSWORD_VARIABLE}"))?;
    }
    node.stop(STOP_PATIENCE).await;
    Ok(())
}
