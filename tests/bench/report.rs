//! Numbers into a table that says what was reached and what was missed.

use std::fmt::Write as _;
use std::time::Duration;

use crate::generator::Outcome;

/// What one scenario came to over all its rounds.
#[derive(Debug)]
pub struct Measured {
    pub name: String,
    /// Answers that count, in each round, per second.
    pub rates: Vec<f64>,
    /// Latencies of the median round in milliseconds: p50 and p99.
    pub latency_ms: (f64, f64),
    pub failed_count: u64,
    /// Bodies of the median round, in megabytes per second.
    pub mb_per_second: f64,
}

impl Measured {
    /// Sums up rounds; `counts` picks what is counted.
    pub fn of(name: &str, rounds: &[Outcome], counts: impl Fn(&Outcome) -> u64) -> Self {
        let mut ranked: Vec<(f64, &Outcome)> =
            rounds.iter().map(|round| (rate(counts(round), round.took), round)).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let median = ranked[ranked.len() / 2].1;
        Self {
            name: name.to_owned(),
            rates: ranked.iter().map(|(rate, _)| *rate).collect(),
            latency_ms: (median.latency_ms(500), median.latency_ms(990)),
            failed_count: rounds.iter().map(|round| round.failed_count).sum(),
            mb_per_second: rate(median.bytes_count, median.took) / 1e6,
        }
    }

    /// The median round.
    pub fn median(&self) -> f64 {
        self.rates[self.rates.len() / 2]
    }

    fn worst(&self) -> f64 {
        self.rates.first().copied().unwrap_or_default()
    }
}

fn rate(count: u64, took: Duration) -> f64 {
    // In two halves, because a float holds fewer digits than a count may have.
    let halves = [count >> 32, count & u64::from(u32::MAX)].map(u32::try_from);
    let [high, low] = halves.map(|half| half.map_or(0.0, f64::from));
    (high * 4_294_967_296.0 + low) / took.as_secs_f64()
}

/// What was promised of a number.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Shown beside the goals.
    Shown,
}

/// A number that is compared with its goal.
#[derive(Debug)]
pub struct Verdict {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    pub goal: Goal,
    /// Set when the run it comes from broke a promise: then it counts for nothing.
    pub is_void: bool,
}

impl Verdict {
    fn word(&self) -> &'static str {
        let is_met = match self.goal {
            Goal::AtLeast(least) => self.value >= least,
            Goal::AtMost(most) => self.value <= most,
            Goal::Shown => return if self.is_void { "VOID" } else { "" },
        };
        match (self.is_void, is_met) {
            (true, _) => "VOID",
            (false, true) => "reached",
            (false, false) => "MISSED",
        }
    }

    fn goal_text(&self) -> String {
        match self.goal {
            Goal::AtLeast(least) => format!("≥ {least}{}", self.unit),
            Goal::AtMost(most) => format!("≤ {most}{}", self.unit),
            Goal::Shown => String::new(),
        }
    }
}

/// Everything a run has to say.
#[derive(Debug, Default)]
pub struct Report {
    pub head: Vec<String>,
    pub measured: Vec<Measured>,
    pub verdicts: Vec<Verdict>,
    pub violations: Vec<String>,
}

impl Report {
    /// Adds the ratio of the medians of two scenarios.
    pub fn ratio(&mut self, over: &str, under: &str, goal: Goal) {
        let median = |name: &str| {
            self.measured.iter().find(|one| one.name == name).map_or(f64::NAN, Measured::median)
        };
        let value = median(over) / median(under);
        let name = format!("{over} ÷ {under}");
        self.verdicts.push(Verdict { name, value, unit: "×", goal, is_void: false });
    }

    /// Markdown.
    pub fn text(&self) -> String {
        let mut text = String::from("# Benchmark\n\n");
        for line in &self.head {
            writeln!(text, "- {line}").unwrap();
        }
        text.push_str(
            "\n| scenario | per second, median | worst round | p50 ms | p99 ms | MB/s | failed |\n",
        );
        text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
        for one in &self.measured {
            let (name, median, worst) = (&one.name, one.median(), one.worst());
            let (p50, p99) = one.latency_ms;
            let (mb, failed) = (one.mb_per_second, one.failed_count);
            let latencies = format!("{p50:.2} | {p99:.2}");
            writeln!(
                text,
                "| {name} | {median:.0} | {worst:.0} | {latencies} | {mb:.0} | {failed} |"
            )
            .unwrap();
        }
        text.push_str("\n| measure | value | goal | |\n|---|---:|---:|---|\n");
        for one in &self.verdicts {
            let (name, value, unit) = (&one.name, one.value, one.unit);
            writeln!(text, "| {name} | {value:.2}{unit} | {} | {} |", one.goal_text(), one.word())
                .unwrap();
        }
        if self.violations.is_empty() {
            text.push_str("\nEvery run was checked against what its clients saw: no violation.\n");
        }
        for violation in &self.violations {
            writeln!(text, "\n**Violation:** {violation}").unwrap();
        }
        text
    }
}
