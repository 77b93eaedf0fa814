//! How long files and lines may be, and what no file may say.

use super::{Offence, Source};

/// Most lines of a Rust file: what fits in one head. Tests go into a file of their own.
const FILE_LINES_MAX: usize = 500;
/// Most characters of a line of Rust: what fits beside a diff.
const LINE_COLUMNS_MAX: usize = 100;
/// Tables, in which a row is a line however long, because rows are read against each other.
const TABLES: &[&str] = &["src/http/codes.rs"];
/// An empty file is a promise nobody kept.
const FILE_BYTES_MIN: usize = 2;

/// Written in two halves, so that this file does not offend itself.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

/// How paths of somebody's machine begin.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// How hosts end that only somebody's own network knows.
const PRIVATE_HOSTS: &[&str] = &[".internal", ".corp", ".lan", ".intranet"];
/// Products that mirror registries.
const MIRRORS: &[&str] =
    &[concat!("arti", "factory"), concat!("ne", "xus."), concat!("verda", "ccio")];

pub fn check(file: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    if file.text.len() < FILE_BYTES_MIN {
        offences.push(Offence::new(&file.path, 0, "empty: a file appears with its first content"));
    }
    if !file.has_extension("rs") {
        return offences;
    }
    let lines_count = file.text.lines().count();
    if lines_count > FILE_LINES_MAX {
        let reason = format!("{lines_count} lines, at most {FILE_LINES_MAX}: split it by subject");
        offences.push(Offence::new(&file.path, 0, reason));
    }
    if TABLES.contains(&file.path.as_str()) {
        return offences;
    }
    for (number, line) in file.lines() {
        let columns = line.chars().count();
        if columns > LINE_COLUMNS_MAX {
            let reason = format!("{columns} columns, at most {LINE_COLUMNS_MAX}");
            offences.push(Offence::new(&file.path, number, reason));
        }
    }
    offences
}

pub fn notes(file: &Source) -> Vec<Offence> {
    file.lines()
        .filter_map(|(number, line)| {
            let note = NOTES.iter().find(|note| has_word(line, note))?;
            let reason = format!("`{note}`: do it, or open an issue and say nothing here");
            Some(Offence::new(&file.path, number, reason))
        })
        .collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

pub fn machines(file: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (number, line) in file.lines() {
        if let Some(found) = MACHINE_PATHS.iter().find(|path| names_path(line, path)) {
            let reason = format!("`{found}` is a path of one machine");
            offences.push(Offence::new(&file.path, number, reason));
        }
        if let Some(host) = hosts(line).find(|host| is_private(host)) {
            let reason = format!("`{host}` is a host that others cannot reach");
            offences.push(Offence::new(&file.path, number, reason));
        }
    }
    offences
}

/// Whether an absolute path begins with `path` here; `$DIR/home/` and `a/root/` are relative.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~/})$*".contains(c))
    })
}

fn hosts(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("://").map(|(at, mark)| {
        let rest = &line[at + mark.len()..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || ".-@_".contains(c)));
        let authority = &rest[..end.unwrap_or(rest.len())];
        authority.rsplit('@').next().unwrap_or(authority)
    })
}

fn is_private(host: &str) -> bool {
    let address = host.parse::<std::net::Ipv4Addr>();
    address.is_ok_and(|address| address.is_private() || address.is_link_local())
        || PRIVATE_HOSTS.iter().any(|end| host.ends_with(end))
        || MIRRORS.iter().any(|mirror| host.contains(mirror))
}

pub fn script(file: &Source, is_executable: bool) -> Vec<Offence> {
    let mut offences = Vec::new();
    if !file.text.starts_with("#!") {
        offences.push(Offence::new(&file.path, 1, "a script names its interpreter"));
    }
    if !is_executable {
        offences.push(Offence::new(&file.path, 0, "not executable"));
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn long_files_long_lines_and_empty_files_are_reported() {
        let long = file("src/a.rs", &"x\n".repeat(FILE_LINES_MAX + 1));
        let wide = file("src/b.rs", &format!("//\n//{}\n", "x".repeat(LINE_COLUMNS_MAX)));

        assert_eq!(
            check(&long)[0].to_string(),
            "src/a.rs: 501 lines, at most 500: split it by subject"
        );
        assert_eq!(check(&wide)[0].to_string(), "src/b.rs:2: 102 columns, at most 100");
        assert_eq!(check(&file("docs/a.md", "")).len(), 1);
        assert!(check(&file("src/a.rs", &"x\n".repeat(FILE_LINES_MAX))).is_empty());
    }

    #[test]
    fn notes_are_reported_as_words_only() {
        let planted = format!("// {}: later\n", NOTES[0]);

        assert_eq!(notes(&file("src/a.rs", &planted)).len(), 1);
        assert!(notes(&file("src/a.rs", &format!("{}S\n", NOTES[0]))).is_empty());
    }

    #[test]
    fn paths_of_a_machine_and_private_hosts_are_reported() {
        let path = format!("cd {}me/src\n", MACHINE_PATHS[2]);
        let host = format!("index = \"https://{}crates/\"\n", "10.1.2.3:8080/");

        assert_eq!(machines(&file("a.sh", &path)).len(), 1);
        assert_eq!(machines(&file("a.toml", &host)).len(), 1);
        assert!(
            machines(&file("a.md", "http://127.0.0.1:8080/ https://docs.rs/ $X/root/\n"))
                .is_empty()
        );
    }

    #[test]
    fn a_script_without_interpreter_or_permission_is_reported() {
        assert_eq!(script(&file("scripts/a", "echo\n"), false).len(), 2);
        assert!(script(&file("scripts/a", "#!/bin/sh\n"), true).is_empty());
    }
}
