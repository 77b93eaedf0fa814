//! Table tests and properties of the ledger.
