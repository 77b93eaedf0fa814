//! Style as a test: who may import whom, sizes, names, migrations, documents.
//!
//! Uses the standard library alone, so that `scripts/check` can compile it by itself in a second.
//! Every offence is one line: file, line, and the reason, so that whoever breaks a rule learns why
//! it is there without asking.

#![cfg(test)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "tidy/code.rs"]
mod code;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/sizes.rs"]
mod sizes;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Offence {
    path: String,
    /// From 1; 0 when the file as a whole offends.
    line: usize,
    reason: String,
}

impl Offence {
    fn new(path: &str, line: usize, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, reason: reason.into() }
    }
}

impl std::fmt::Display for Offence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.reason),
            line => write!(f, "{}:{line}: {}", self.path, self.reason),
        }
    }
}

/// A file of the repository, named from its root with forward slashes.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn has_extension(&self, wanted: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == wanted)
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Folders that are made, not written.
const NOT_OURS: &[&str] = &[".git", "target", "node_modules", "dist", "data", "bench-results"];

fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    manifest.unwrap_or_else(|| std::env::current_dir().unwrap())
}

/// Everything git knows or would add; without git, everything that is not in [`NOT_OURS`].
fn paths(root: &Path) -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output();
    if let Ok(output) = listed
        && output.status.success()
    {
        let text = String::from_utf8(output.stdout).unwrap();
        let unique: BTreeSet<String> = text.lines().map(str::to_owned).collect();
        return unique.into_iter().filter(|path| root.join(path).is_file()).collect();
    }
    let mut found = Vec::new();
    walk(root, root, &mut found);
    found.sort();
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                walk(root, &path, found);
            }
        } else {
            let relative = path.strip_prefix(root).unwrap();
            found.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Every text file; pictures and the like are left out.
fn sources() -> Vec<Source> {
    let root = root();
    paths(&root)
        .into_iter()
        .filter_map(|path| {
            let text = String::from_utf8(std::fs::read(root.join(&path)).unwrap()).ok()?;
            Some(Source { path, text })
        })
        .collect()
}

/// Fails with one line per offence.
fn expect_none(rule: &str, mut offences: Vec<Offence>) {
    offences.sort();
    let lines: Vec<String> = offences.iter().map(Offence::to_string).collect();
    assert!(lines.is_empty(), "{rule}:\n{}\n", lines.join("\n"));
}

fn each(check: impl Fn(&Source) -> Vec<Offence>) -> Vec<Offence> {
    sources().iter().flat_map(check).collect()
}

#[test]
fn nobody_imports_what_the_table_does_not_allow() {
    expect_none("docs/ARCHITECTURE.md, who may import whom", each(imports::modules));
}

#[test]
fn crates_stay_where_they_can_be_replaced() {
    expect_none("confined crates", each(imports::crates));
}

#[test]
fn the_domain_neither_waits_nor_serialises() {
    expect_none("the domain is pure", each(imports::purity));
}

#[test]
fn files_are_small_enough_to_read_and_lines_to_see() {
    expect_none("sizes", each(sizes::check));
}

#[test]
fn nothing_is_left_to_do_without_saying_where() {
    expect_none("notes to ourselves", each(sizes::notes));
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    expect_none("machine paths and private registries", each(sizes::machines));
}

#[test]
fn scripts_can_be_run() {
    let root = root();
    let offences = sources()
        .iter()
        .filter(|file| file.path.starts_with("scripts/") || file.path == ".ci/run")
        .flat_map(|file| sizes::script(file, is_executable(&root.join(&file.path))))
        .collect();
    expect_none("scripts", offences);
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    true
}

#[test]
fn both_engines_have_the_same_migrations_and_a_way_back() {
    expect_none("migrations", documents::migrations(&sources()));
}

#[test]
fn every_problem_code_has_a_page_and_every_page_a_code() {
    expect_none("docs/problems", documents::problems(&sources()));
}

#[test]
fn every_setting_says_what_it_is_for() {
    expect_none("config/default.toml", documents::settings(&sources()));
}

#[test]
fn decisions_are_numbered_without_gaps() {
    expect_none("docs/decisions", documents::decisions(&sources()));
}

#[test]
fn every_document_begins_with_its_title() {
    expect_none("titles", each(documents::title));
}
