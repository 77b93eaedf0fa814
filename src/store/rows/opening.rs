//! What a ledger began with, as JSON in its row: `{"limit":8,"isInherited":true,…}`.

use domain::ledger::Capacity;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredCapacity {
    limit: u32,
    is_inherited: bool,
    reserve: u32,
    is_closed: bool,
}

/// The JSON of `opening`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] never in practice: numbers and booleans always fit into JSON.
pub(crate) fn encode(opening: Capacity) -> Result<String, StoreError> {
    let Capacity { limit, is_inherited, reserve, is_closed } = opening;
    serde_json::to_string(&StoredCapacity { limit, is_inherited, reserve, is_closed })
        .map_err(|error| StoreError::Corrupt(format!("opening: {error}")))
}

/// The opening that `json` tells of.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it is not what [`encode`] writes.
pub(crate) fn decode(json: &str) -> Result<Capacity, StoreError> {
    let stored: StoredCapacity = serde_json::from_str(json)
        .map_err(|error| StoreError::Corrupt(format!("opening: {error}")))?;
    let StoredCapacity { limit, is_inherited, reserve, is_closed } = stored;
    Ok(Capacity { limit, is_inherited, reserve, is_closed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_reads_back_as_it_was_written() {
        let opening = Capacity { limit: 8, is_inherited: true, reserve: 2, is_closed: false };

        let json = encode(opening).unwrap();

        assert_eq!(json, r#"{"limit":8,"isInherited":true,"reserve":2,"isClosed":false}"#);
        assert_eq!(decode(&json).unwrap(), opening);
    }
}
