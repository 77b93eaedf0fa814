//! What nobody may forget: every problem code is provoked by a test.

use std::path::{Path, PathBuf};

use daybook::http::codes::Code;

mod routes;

/// Every text that tests are written in: files of tests, and what follows `#[cfg(test)]` in others.
fn test_texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["tests/it", "src"] {
        collect(&root.join(folder), &mut paths);
    }
    paths.retain(|path| !path.ends_with("tests/it/coverage/mod.rs"));
    paths
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let is_all_test = path.to_string_lossy().contains("test");
            let from = if is_all_test { Some(0) } else { text.find("#[cfg(test)]") };
            from.map_or(String::new(), |from| text[from..].to_owned())
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// What no test can provoke from outside, and why.
const UNPROVOKED: &[(&str, &str)] = &[("internal", "only a bug of ours leads there")];

#[test]
fn every_problem_code_is_provoked_by_a_test() {
    let texts = test_texts();
    let forgotten: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.name())
        .filter(|name| !UNPROVOKED.iter().any(|(unprovoked, _)| unprovoked == name))
        .filter(|name| {
            let (alone, after_status) = (format!("\"{name}\""), format!(" {name}\""));
            !texts.iter().any(|text| text.contains(&alone) || text.contains(&after_status))
        })
        .collect();

    assert!(forgotten.is_empty(), "no test provokes {forgotten:?}");
}
