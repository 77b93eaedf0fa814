//! JSON merge patch (RFC 7396): what is named changes, `null` removes, what is not named stays.
//!
//! A `PATCH` merges into the resource as `GET` shows it and is then read and checked exactly like a
//! `PUT` of the result, so the two can never disagree about what is allowed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::http::extract::json_value;
use crate::http::problem::Problem;

/// `before` with `patch` merged into it, read as if it had been sent whole.
///
/// # Errors
///
/// What the extractor of bodies would say to the result.
pub fn merged<T: Serialize + DeserializeOwned>(before: &T, patch: Value) -> Result<T, Problem> {
    if !patch.is_object() {
        return Err(Problem::invalid("", "must be an object with the fields to change"));
    }
    let mut target = serde_json::to_value(before).unwrap_or_default();
    merge(&mut target, patch);
    json_value(target)
}

/// Merges `patch` into `target`. Fields that `patch` names and the resource does not know appear in
/// the result, where reading it refuses them.
pub(super) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            // Kept as null rather than removed: fields that must not be missing then say so.
            target.insert(name, Value::Null);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(mut target: Value, patch: Value) -> Value {
        merge(&mut target, patch);
        target
    }

    #[test]
    fn what_is_named_changes_and_the_rest_stays() {
        let target = json!({"name": "a", "price": {"amount": 1, "currency": "EUR"}, "limit": 3});
        let patch = json!({"price": {"amount": 2}, "limit": null});

        let expected =
            json!({"name": "a", "price": {"amount": 2, "currency": "EUR"}, "limit": null});
        assert_eq!(after(target, patch), expected);
    }

    #[test]
    fn lists_are_replaced_as_a_whole() {
        assert_eq!(after(json!({"ids": [1, 2]}), json!({"ids": [3]})), json!({"ids": [3]}));
    }
}
