//! The document says what is served, and changes only on purpose.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{build, json_text, operations};
use crate::http::ROUTES;

#[test]
fn every_route_is_described_and_nothing_else() {
    let served: BTreeSet<(&str, &str)> = ROUTES
        .iter()
        .flat_map(|(path, methods)| methods.iter().map(move |method| (*path, *method)))
        .collect();
    let described: BTreeSet<(&str, &str)> =
        operations().map(|operation| (operation.path, operation.method)).collect();

    let forgotten: Vec<_> = served.difference(&described).collect();
    let invented: Vec<_> = described.difference(&served).collect();

    assert!(forgotten.is_empty() && invented.is_empty(), "{forgotten:?} {invented:?}");
}

#[test]
fn every_reference_leads_to_a_schema() {
    let document = build();
    let mut dangling = Vec::new();
    visit(&document, &mut |name, value| {
        if name == "$ref" {
            let pointer = value.as_str().unwrap().trim_start_matches('#');
            if document.pointer(pointer).is_none() {
                dangling.push(pointer.to_owned());
            }
        }
    });

    assert_eq!(dangling, Vec::<String>::new());
}

#[test]
fn operations_have_names_of_their_own() {
    let document = build();
    let mut names = Vec::new();
    visit(&document, &mut |name, value| {
        if name == "operationId" {
            names.push(value.as_str().unwrap().to_owned());
        }
    });
    let unique: BTreeSet<&String> = names.iter().collect();

    assert_eq!(unique.len(), names.len());
    assert_eq!(names.len(), operations().count());
}

#[test]
fn the_document_is_the_one_that_was_agreed() {
    insta::assert_snapshot!("openapi", json_text());
}

/// Shows `look` every member of every object.
fn visit(value: &Value, look: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                look(name, member);
                visit(member, look);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
