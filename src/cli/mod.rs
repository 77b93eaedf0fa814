//! The command line: `daybook serve | migrate | seed | verify | audit | admin | rates | sandbox |
//! check-config`.
//!
//! What a command prints to standard output is its result; the log goes to standard error. Exit
//! code 1 means that the command found or met something wrong, 2 that it was called wrongly.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};

use crate::ambient::Ambient;
use crate::app::verify::{Finding, verify, verify_audit};
use crate::boot;
use crate::config::Config;
use crate::telemetry::start_logs;

mod accounts;
mod rates;
mod sandbox;

/// A realtime scheduling engine: capacity ledgers that cannot be oversold.
#[derive(Debug, Parser)]
#[command(name = "daybook", version, propagate_version = true)]
pub struct Cli {
    /// Settings that override the compiled-in defaults. `DAYBOOK__SECTION__KEY` overrides both.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API and the live streams until it is told to stop.
    Serve,
    /// Brings the database up to date, making it when there is none.
    Migrate(Migrate),
    /// Fills the database with something to look at.
    Seed(Seed),
    /// Recomputes every ledger from its events and checks every promise. Exit code 1: one is
    /// broken.
    Verify,
    /// The audit trail.
    #[command(subcommand)]
    Audit(Audit),
    /// Accounts.
    #[command(subcommand)]
    Admin(Admin),
    /// Exchange rates.
    #[command(subcommand)]
    Rates(rates::Rates),
    /// What stands in for other people's services.
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Reads the settings as `serve` would, and says what is wrong with them.
    CheckConfig,
}

#[derive(Debug, Args)]
struct Migrate {
    /// Undo this many migrations instead, and lose what is stored in what they made.
    #[arg(long, value_name = "COUNT")]
    down: Option<usize>,
}

#[derive(Debug, Args)]
struct Seed {
    /// A demo business: teams, services, members, a month of bookings, and four accounts. Their
    /// password is `DAYBOOK_DEMO_PASSWORD`, or one that is printed.
    #[arg(long, required = true)]
    demo: bool,
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Follows the hash chain from its first entry. Exit code 1: it is broken.
    Verify,
}

#[derive(Debug, Subcommand)]
enum Admin {
    /// Creates an account that can sign in.
    CreateUser(accounts::CreateUser),
}

#[derive(Debug, Subcommand)]
enum Sandbox {
    /// A server that looks like Stripe: pages that can be paid without money, and its API.
    Stripe(sandbox::Stripe),
}

/// Runs what the command line asks for.
///
/// # Errors
///
/// Whatever stopped the command, with its causes.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::load(cli.config.as_deref()).context("the settings cannot be used")?;
    start_logs(&config.telemetry)?;
    let ambient = Ambient::system();
    match cli.command {
        Command::Serve => boot::block_on(boot::serve(config, ambient))?,
        Command::Migrate(Migrate { down: None }) => {
            report_migrations("applied", &boot::migrate(&config, &ambient)?)?;
        }
        Command::Migrate(Migrate { down: Some(count) }) => {
            report_migrations("undone", &store::revert(&boot::store_options(&config), count)?)?;
        }
        Command::Seed(Seed { demo: _ }) => {
            boot::block_on(accounts::seed(&config, &ambient))?;
        }
        Command::Verify => return verify_everything(&config),
        Command::Audit(Audit::Verify) => return verify_trail(&config),
        Command::Admin(Admin::CreateUser(user)) => accounts::create(&config, &ambient, user)?,
        Command::Rates(command) => rates::run(&config, &ambient, command)?,
        Command::Sandbox(Sandbox::Stripe(options)) => {
            boot::block_on(sandbox::stripe(options, &ambient))?;
        }
        Command::CheckConfig => say("the settings can be used")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints one line of a command's result.
fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}

fn report_migrations(done: &str, names: &[String]) -> std::io::Result<()> {
    if names.is_empty() {
        return say("nothing to do");
    }
    names.iter().try_for_each(|name| say(&format!("{done} {name}")))
}

fn tell(finding: &Finding) {
    if let Err(error) = say(&format!("{}: {}", finding.check, finding.detail)) {
        tracing::warn!(%error, "a finding could not be printed");
    }
}

fn verify_everything(config: &Config) -> anyhow::Result<ExitCode> {
    let store = boot::open_readonly(config)?;
    let report = verify(&store, &mut tell)?;
    let verdict = if report.findings_count == 0 { "every promise holds" } else { "BROKEN" };
    say(&format!(
        "{} ledgers, {} events, {} audit entries, {} findings: {verdict}",
        report.ledgers_count,
        report.events_count,
        report.audit.entries_count,
        report.findings_count,
    ))?;
    Ok(if report.findings_count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn verify_trail(config: &Config) -> anyhow::Result<ExitCode> {
    let store = boot::open_readonly(config)?;
    let report = verify_audit(&store, &mut tell)?;
    if !report.is_intact {
        bail!("the audit trail is broken after {} entries", report.entries_count);
    }
    let head = report.head.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    say(&format!("{} entries, head {head}: the chain is intact", report.entries_count))?;
    Ok(ExitCode::SUCCESS)
}
