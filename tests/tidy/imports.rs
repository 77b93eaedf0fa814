//! Who may import whom, and which crates stay where.

use super::code::{is_word, line_of, production, words};
use super::{Offence, Source};

/// Who may import whom. A change here is a change of architecture: say why in `docs/decisions/`.
/// (`domain`, `assets`, `store` and `stripe` are packages: for them the compiler already refuses.)
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("assets", &[]),
    ("config", &["domain"]),
    ("telemetry", &["domain", "config"]),
    ("ambient", &[]),
    ("store", &["domain", "config", "telemetry"]),
    ("auth", &["domain", "config", "telemetry", "ambient", "store"]),
    ("stripe", &["domain"]),
    ("payments", &["domain", "config", "telemetry", "ambient"]),
    ("notify", &["domain", "config", "telemetry", "ambient"]),
    ("cluster", &["domain", "config", "telemetry", "ambient"]),
    ("jobs", &["domain", "config", "telemetry", "ambient", "store", "payments", "notify"]),
    ("actors", &["domain", "config", "telemetry", "ambient", "store", "cluster"]),
    (
        "app",
        &[
            "domain",
            "config",
            "telemetry",
            "ambient",
            "store",
            "auth",
            "payments",
            "notify",
            "jobs",
            "actors",
        ],
    ),
    ("realtime", &["domain", "config", "telemetry", "ambient", "auth", "actors"]),
    ("http", &["assets", "domain", "config", "telemetry", "ambient", "auth", "app", "realtime"]),
];

/// These wire everything together, so they may import everything.
const MAY_IMPORT_ALL: &[&str] = &["boot", "cli", "main", "lib"];

/// Crates that only a few places may name, so that each could be replaced in a week.
const CONFINED: &[(&str, &[&str])] = &[
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("r2d2", &["store"]),
    ("libsqlite3_sys", &["store"]),
    ("pq_sys", &["store"]),
    ("actix", &["actors", "realtime", "boot"]),
    ("actix_web", &["http", "realtime", "boot", "main", "stripe"]),
    ("actix_web_actors", &["realtime"]),
    ("actix_http", &["http", "realtime", "boot"]),
    ("tracing_actix_web", &["http", "boot"]),
    ("utoipa", &["http"]),
    ("utoipa_swagger_ui", &["http"]),
    ("stripe", &["stripe"]),
    ("stripe_client_core", &["stripe"]),
    ("gateway", &["stripe", "app", "boot", "cli"]),
    ("argon2", &["auth"]),
    ("getrandom", &["ambient"]),
    ("rrule", &["domain"]),
    ("rust_embed", &["assets"]),
    ("iso_currency", &["domain"]),
    ("roxmltree", &["domain"]),
    ("croner", &["domain"]),
    ("lettre", &["notify"]),
    ("askama", &["notify"]),
    ("tokio_cron_scheduler", &["actors"]),
    ("clap", &["cli", "main"]),
    ("ureq", &["boot"]),
];

/// What the rules may use. The compiler refuses anything else; this says it in one place.
const IMPURE: &[(&str, &str)] = &[
    ("serde", "a serialisable type is a promise to someone who cannot be recompiled"),
    ("serde_json", "a serialisable type is a promise to someone who cannot be recompiled"),
    ("async", "a rule that waits cannot be replayed"),
    ("tokio", "a rule that waits cannot be replayed"),
    ("HashMap", "its order differs from run to run: use BTreeMap"),
    ("HashSet", "its order differs from run to run: use BTreeSet"),
    ("std::fs", "the rules do no I/O"),
    ("std::net", "the rules do no I/O"),
    ("Instant", "the rules read no clock"),
    ("SystemTime", "the rules read no clock"),
];

/// The module a file of `src/` belongs to: `src/app/book.rs` to `app`, `src/cli.rs` to `cli`.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let first = inside.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

/// Tests may import everything; so may what only tests are built with.
fn is_production(file: &Source) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or("");
    file.has_extension("rs")
        && file.path.starts_with("src/")
        && name != "tests.rs"
        && name != "testing.rs"
        && !file.path.contains("/tests/")
}

pub fn modules(file: &Source) -> Vec<Offence> {
    let Some(importer) = module_of(&file.path).filter(|_| is_production(file)) else {
        return Vec::new();
    };
    if MAY_IMPORT_ALL.contains(&importer) {
        return Vec::new();
    }
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(module, _)| *module == importer) else {
        let reason = format!("`{importer}` is not in the table of who may import whom");
        return vec![Offence::new(&file.path, 0, reason)];
    };
    let code = production(&file.text);
    imports(&file.path, &code)
        .into_iter()
        .filter(|(_, imported)| *imported != importer && !allowed.contains(imported))
        .map(|(at, imported)| {
            let reason = format!("{importer} may not import {imported}");
            Offence::new(&file.path, line_of(&code, at), reason)
        })
        .collect()
}

/// Every module of ours that `code` names by a path, with where it does.
fn imports(path: &str, code: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for module in MAY_IMPORT.iter().map(|(module, _)| *module).chain(["boot", "cli"]) {
        if matches!(module, "domain" | "store") {
            let by_package = words(code, module)
                .filter(|at| code[at + module.len()..].starts_with("::"))
                .map(|at| (at, module));
            found.extend(by_package);
        }
        let packages = ["src/domain/", "src/store/", "src/stripe/"];
        if !packages.iter().any(|package| path.starts_with(package)) {
            found.extend(below_root(path, code, module).into_iter().map(|at| (at, module)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Where `crate::module`, `crate::{module…` or enough `super::`s to get there stand.
fn below_root(path: &str, code: &str, module: &str) -> Vec<usize> {
    let depth = path.matches('/').count() - usize::from(path.ends_with("/mod.rs"));
    let climbs = "super::".repeat(depth);
    let mut found = Vec::new();
    for prefix in ["crate::", climbs.as_str()] {
        if prefix.is_empty() {
            continue;
        }
        for start in words(code, prefix.trim_end_matches(':')) {
            let Some(rest) = code[start..].strip_prefix(prefix) else { continue };
            let is_named = match rest.strip_prefix('{') {
                Some(group) => group_names(group, module),
                None => begins_with_word(rest, module),
            };
            if is_named {
                found.push(start);
            }
        }
    }
    found
}

fn begins_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| !rest.chars().next().is_some_and(is_word))
}

/// Whether `module` is a first name in the group whose inside begins `text`.
fn group_names(text: &str, module: &str) -> bool {
    let (mut depth, mut is_first) = (1_u32, true);
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return false,
            '}' => depth -= 1,
            ',' if depth == 1 => is_first = true,
            _ if character.is_whitespace() => {}
            _ => {
                if is_first && depth == 1 && begins_with_word(&text[at..], module) {
                    return true;
                }
                is_first = false;
            }
        }
    }
    false
}

pub fn crates(file: &Source) -> Vec<Offence> {
    let Some(importer) = module_of(&file.path).filter(|_| is_production(file)) else {
        return Vec::new();
    };
    let code = production(&file.text);
    let mut offences = Vec::new();
    for (name, homes) in CONFINED {
        for at in words(&code, name) {
            let is_path = code[at + name.len()..].starts_with("::");
            if is_path && !homes.contains(&importer) {
                let reason = format!("`{name}` is confined to {}", homes.join(", "));
                offences.push(Offence::new(&file.path, line_of(&code, at), reason));
            }
        }
    }
    offences
}

pub fn purity(file: &Source) -> Vec<Offence> {
    if module_of(&file.path) != Some("domain") || !is_production(file) {
        return Vec::new();
    }
    let code = production(&file.text);
    IMPURE
        .iter()
        .flat_map(|(word, why)| words(&code, word).map(move |at| (at, word, why)))
        .map(|(at, word, why)| {
            Offence::new(&file.path, line_of(&code, at), format!("`{word}` in the domain: {why}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    fn shown(offences: &[Offence]) -> Vec<String> {
        offences.iter().map(Offence::to_string).collect()
    }

    #[test]
    fn a_planted_import_is_reported_with_its_line_and_reason() {
        let wrong = file("src/http/bookings.rs", "//! Bookings.\n\nuse store::Store;\n");

        let offences = shown(&modules(&wrong));

        assert_eq!(offences, ["src/http/bookings.rs:3: http may not import store"]);
    }

    #[test]
    fn groups_paths_and_climbing_are_seen_through() {
        for text in [
            "use crate::{actors::Submit, auth::Caller};\n",
            "fn f() -> crate::actors::Outcome { todo() }\n",
            "use super::super::super::actors::Submit;\n",
            "use crate::{\n    auth,\n    actors,\n};\n",
        ] {
            let offences = shown(&modules(&file("src/http/portal/book.rs", text)));

            assert_eq!(offences.len(), 1, "{text}: {offences:?}");
            assert!(offences[0].ends_with("http may not import actors"), "{offences:?}");
        }
    }

    #[test]
    fn comments_strings_and_tests_may_name_anything() {
        for text in [
            "// crate::store::Store\n",
            "const SAID: &str = \"use store::Store\";\n",
            "#[cfg(test)]\nmod tests {\n    use store::Store;\n}\n",
            "use crate::app::store::Named;\n",
        ] {
            assert_eq!(shown(&modules(&file("src/http/book.rs", text))), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_module_nobody_has_placed_is_refused() {
        let offences = shown(&modules(&file("src/utils/strings.rs", "fn f() {}\n")));

        assert!(offences[0].contains("not in the table"), "{offences:?}");
    }

    #[test]
    fn a_confined_crate_elsewhere_is_reported() {
        let wrong = file("src/app/book.rs", "use diesel::prelude::*;\nuse actix_web::web;\n");

        let offences = shown(&crates(&wrong));

        assert_eq!(offences[0], "src/app/book.rs:1: `diesel` is confined to store");
        assert!(offences[1].starts_with("src/app/book.rs:2: `actix_web`"), "{offences:?}");
        assert_eq!(shown(&crates(&file("src/store/a.rs", "use diesel::sql_query;\n"))), [""; 0]);
    }

    #[test]
    fn waiting_and_serialising_in_the_domain_are_reported() {
        let wrong = file("src/domain/money.rs", "#[derive(serde::Serialize)]\nasync fn f() {}\n");

        assert_eq!(purity(&wrong).len(), 2);
    }
}
