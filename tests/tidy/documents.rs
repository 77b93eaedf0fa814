//! What must stand beside what: migrations, pages of problems, settings, decisions, titles.

use std::collections::{BTreeMap, BTreeSet};

use super::{Offence, Source};

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// Every migration exists for both engines under the same name, with a way up and a real way down.
pub fn migrations(files: &[Source]) -> Vec<Offence> {
    let mut offences = Vec::new();
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut scripts: BTreeMap<&str, &str> = BTreeMap::new();
    for file in files {
        let Some(inside) = file.path.strip_prefix("migrations/") else { continue };
        scripts.insert(inside, &file.text);
        if let Some((engine, rest)) = inside.split_once('/')
            && let Some((name, _)) = rest.split_once('/')
        {
            names.entry(name).or_default().insert(engine);
        }
    }
    for name in names.keys() {
        for engine in ENGINES {
            for script in ["up.sql", "down.sql"] {
                let path = format!("{engine}/{name}/{script}");
                let is_real = scripts.get(path.as_str()).is_some_and(|sql| has_statement(sql));
                if !is_real {
                    let reason = "both engines have every migration, with a real way up and down";
                    offences.push(Offence::new(&format!("migrations/{path}"), 0, reason));
                }
            }
        }
    }
    offences
}

fn has_statement(sql: &str) -> bool {
    sql.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with("--"))
}

/// Every code of `src/http/codes.rs` has a page in `docs/problems/`, and every page a code.
pub fn problems(files: &[Source]) -> Vec<Offence> {
    const TABLE: &str = "src/http/codes.rs";
    let Some(table) = files.iter().find(|file| file.path == TABLE) else { return Vec::new() };
    let codes: BTreeMap<&str, usize> = codes(table).collect();
    let pages: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix("docs/problems/")?.strip_suffix(".md"))
        .filter(|page| *page != "README")
        .collect();
    let mut offences = Vec::new();
    if codes.is_empty() {
        offences.push(Offence::new(TABLE, 0, "no codes found: has the table changed its form?"));
    }
    for (code, line) in &codes {
        if !pages.contains(code) {
            let reason = format!("`{code}` has no page docs/problems/{code}.md");
            offences.push(Offence::new(TABLE, *line, reason));
        }
    }
    for page in pages.iter().filter(|page| !codes.contains_key(*page)) {
        let path = format!("docs/problems/{page}.md");
        offences.push(Offence::new(&path, 0, "no such code in src/http/codes.rs"));
    }
    offences
}

/// The codes of the table: on a line that begins with a variant's name, the first quoted word.
fn codes(table: &Source) -> impl Iterator<Item = (&str, usize)> {
    table.lines().filter_map(|(number, line)| {
        let line = line.trim_start();
        let (variant, rest) = line.split_at(line.find(|c: char| !c.is_alphanumeric())?);
        let code = rest.trim_start().strip_prefix('"')?.split('"').next()?;
        let is_variant = variant.starts_with(|c: char| c.is_ascii_uppercase());
        let is_kebab = !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        (is_variant && is_kebab).then_some((code, number))
    })
}

/// Every paragraph of keys begins with a comment: what they are, the unit, why one would change
/// them.
pub fn settings(files: &[Source]) -> Vec<Offence> {
    let Some(file) = files.iter().find(|file| file.path == "config/default.toml") else {
        return Vec::new();
    };
    let (mut offences, mut is_explained, mut is_inside) = (Vec::new(), false, false);
    for (number, line) in file.lines() {
        let line = line.trim();
        if line.is_empty() {
            is_explained = false;
        } else if line.starts_with('#') {
            is_explained = true;
        } else if is_inside {
            is_inside = line != "]";
        } else if let Some((key, value)) = line.split_once('=') {
            if !is_explained {
                let reason = format!("`{}` has no comment above it", key.trim());
                offences.push(Offence::new(&file.path, number, reason));
            }
            is_inside = value.trim() == "[";
        }
    }
    offences
}

/// Decisions are called `NNNN-what-was-decided.md`, from 0001, each number once.
pub fn decisions(files: &[Source]) -> Vec<Offence> {
    let mut offences = Vec::new();
    let mut expected = 1;
    let mut names: Vec<&str> =
        files.iter().filter_map(|file| file.path.strip_prefix("docs/decisions/")).collect();
    names.sort_unstable();
    for name in names.into_iter().filter(|name| *name != "README.md") {
        let path = format!("docs/decisions/{name}");
        let number = name.split_once('-').and_then(|(number, _)| {
            (number.len() == 4).then(|| number.parse::<u32>().ok()).flatten()
        });
        match number {
            Some(number) if number == expected => expected += 1,
            Some(number) => {
                let reason = format!("numbered {number:04}, but {expected:04} is next");
                offences.push(Offence::new(&path, 0, reason));
                expected = number + 1;
            }
            None => offences.push(Offence::new(&path, 0, "not named NNNN-what-was-decided.md")),
        }
    }
    offences
}

/// A document begins with a title of the first level.
pub fn title(file: &Source) -> Vec<Offence> {
    if !file.has_extension("md") || file.text.starts_with("# ") {
        return Vec::new();
    }
    vec![Offence::new(&file.path, 1, "a document begins with its title: `# …`")]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_migration_of_one_engine_or_without_a_way_back_is_reported() {
        let files = [
            file("migrations/sqlite/1_a/up.sql", "CREATE TABLE a (b);\n"),
            file("migrations/sqlite/1_a/down.sql", "-- nothing\n"),
            file("migrations/postgres/1_a/up.sql", "CREATE TABLE a (b INT);\n"),
        ];

        let paths: Vec<String> = migrations(&files).into_iter().map(|one| one.path).collect();

        let expected = ["migrations/sqlite/1_a/down.sql", "migrations/postgres/1_a/down.sql"];
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_code_without_a_page_and_a_page_without_a_code_are_reported() {
        let table = "codes! {\n    DayFull \"day-full\" CONFLICT Never, \"The day is full\";\n}\n";
        let files = [file("src/http/codes.rs", table), file("docs/problems/other.md", "# Other\n")];

        let offences: Vec<String> = problems(&files).iter().map(Offence::to_string).collect();

        assert_eq!(
            offences,
            [
                "src/http/codes.rs:2: `day-full` has no page docs/problems/day-full.md",
                "docs/problems/other.md: no such code in src/http/codes.rs",
            ]
        );
    }

    #[test]
    fn a_setting_without_a_comment_is_reported() {
        let text = "[a]\n# Why.\nb = 1\n\nc = 2\n# A list.\nd = [\n  \"x=1\",\n]\n";

        let offences = settings(&[file("config/default.toml", text)]);

        assert_eq!(offences.len(), 1);
        assert_eq!(offences[0].to_string(), "config/default.toml:5: `c` has no comment above it");
    }

    #[test]
    fn a_decision_out_of_turn_is_reported() {
        let files = [
            file("docs/decisions/README.md", "# Decisions\n"),
            file("docs/decisions/0001-one-tree.md", "# One tree\n"),
            file("docs/decisions/0003-later.md", "# Later\n"),
        ];

        assert_eq!(decisions(&files).len(), 1);
    }

    #[test]
    fn a_document_without_a_title_is_reported() {
        assert_eq!(title(&file("docs/a.md", "Text.\n")).len(), 1);
        assert!(title(&file("docs/a.md", "# A\n")).is_empty());
    }
}
