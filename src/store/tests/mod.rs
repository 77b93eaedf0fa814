//! What the stores promise, on every engine that is at hand.

mod migrations;
