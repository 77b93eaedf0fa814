//! Ids of what the demo consists of, made from names, so that seeding again finds it.

use domain::ids::{MemberId, TeamId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An id that the same name always has.
pub fn id_of(kind: &str, name: &str) -> Uuid {
    let digest = Sha256::digest(format!("daybook demo {kind} {name}"));
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(digest) {
        *byte = from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The team of that name.
pub fn team_id(name: &str) -> TeamId {
    TeamId(id_of("team", name))
}

/// The member of that name.
pub fn member_id(name: &str) -> MemberId {
    MemberId(id_of("member", name))
}
