//! Commands that bring exchange rates.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use domain::pricing::rates::ECB_BYTES_MAX;

use super::say;
use crate::ambient::Ambient;
use crate::app::rates::{Import, import};
use crate::boot;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Rates {
    /// Takes a file of reference rates as the European Central Bank publishes it, XML or CSV.
    Import {
        /// Where it is; `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Fetches that file from `rates.url`.
    Fetch,
}

/// `daybook rates import` and `daybook rates fetch`.
pub(super) fn run(config: &Config, ambient: &Ambient, command: Rates) -> anyhow::Result<()> {
    let text = match command {
        Rates::Import { file } if file == Path::new("-") => read(std::io::stdin().lock())?,
        Rates::Import { file } => {
            let opened = std::fs::File::open(&file).and_then(read);
            opened.with_context(|| format!("cannot read {}", file.display()))?
        }
        Rates::Fetch => {
            ensure!(!config.rates.url.is_empty(), "rates.url says nothing to fetch from");
            boot::fetch_rates(&config.rates).context("the rates were not fetched")?
        }
    };
    let opened = boot::open(config, ambient)?;
    let imported = import(&opened.store, ambient, &text).context("nothing was imported")?;
    let Import { day, rates_count, is_new } = imported;
    let what = if is_new { "imported" } else { "known already:" };
    say(&format!("{what} {rates_count} rates of {day}"))?;
    Ok(())
}

/// All of it, but for what is beyond the longest file that is one.
fn read(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    let bytes_max = u64::try_from(ECB_BYTES_MAX).unwrap_or(u64::MAX);
    // One more, so that what is too long is seen to be.
    from.take(bytes_max.saturating_add(1)).read_to_string(&mut text)?;
    Ok(text)
}
