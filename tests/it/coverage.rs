//! What nobody may forget: every problem code is provoked by a test, and every route says who may
//! use it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use daybook::http::ROUTES;
use daybook::http::codes::Code;
use serde_json::json;
use uuid::Uuid;

use crate::harness::staff::Account;
use crate::harness::{Client, Database, Engine, Plan, Server, Site, new_key};

/// Every text that tests are written in, except this one.
fn test_texts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["tests/it", "src"] {
        collect(&root.join(folder), &mut found);
    }
    found.retain(|(path, _)| !path.ends_with("tests/it/coverage.rs"));
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.components().any(|part| part.as_os_str().to_string_lossy().contains("test"));
        if path.is_dir() {
            collect(&path, found);
        } else if is_test && path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn every_problem_code_is_provoked_by_a_test() {
    let texts = test_texts();
    let forgotten: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.name())
        .filter(|name| {
            let (alone, after_status) = (format!("\"{name}\""), format!(" {name}\""));
            !texts.iter().any(|(_, text)| text.contains(&alone) || text.contains(&after_status))
        })
        .collect();

    assert!(forgotten.is_empty(), "no test provokes {forgotten:?}");
}
