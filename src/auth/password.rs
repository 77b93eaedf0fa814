//! Passwords, by Argon2id.
//!
//! Every function here takes a tenth of a second and a good deal of memory, by design: call them
//! through `app`, which lets only a few run at a time and none on a thread that serves requests.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::ambient::Ambient;
use crate::config::Argon2Config;

/// Longest password that is looked at, in bytes: Argon2 reads all of it.
pub const PASSWORD_BYTES_MAX: usize = 512;

/// The password cannot be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("the password is longer than {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    #[error("the cost settings do not work")]
    Cost,
}

/// The hash of `password` under a fresh salt, as a PHC string.
///
/// # Errors
///
/// [`PasswordError`]; the settings were checked at start, so only `TooLong` is to be expected.
pub fn hash(
    password: &str,
    cost: Argon2Config,
    ambient: &Ambient,
) -> Result<String, PasswordError> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    let hasher = hasher(cost).ok_or(PasswordError::Cost)?;
    let hash: phc::PasswordHash = hasher
        .hash_password_with_salt(password.as_bytes(), &ambient.secret::<16>())
        .map_err(|_cost| PasswordError::Cost)?;
    Ok(hash.to_string())
}

/// Whether `password` is the one that `stored` is the hash of. Without a stored hash the work is
/// done all the same, so that the time taken does not tell whether an account exists.
pub fn verify(password: &str, stored: Option<&str>, cost: Argon2Config) -> bool {
    /// Salt of a hash that nothing is compared with.
    const NOBODY: &[u8; 16] = b"nobody's account";
    if password.len() > PASSWORD_BYTES_MAX {
        return false;
    }
    let Some(hasher) = hasher(cost) else { return false };
    if let Some(stored) = stored.and_then(|stored| phc::PasswordHash::new(stored).ok()) {
        return hasher.verify_password(password.as_bytes(), &stored).is_ok();
    }
    let worked: Result<phc::PasswordHash, _> =
        hasher.hash_password_with_salt(password.as_bytes(), NOBODY);
    // There is nothing to compare it with; only its cost was wanted.
    drop(std::hint::black_box(worked));
    false
}

fn hasher(cost: Argon2Config) -> Option<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Argon2Config = Argon2Config::CHEAPEST;

    #[test]
    fn a_password_opens_its_own_hash_and_no_other() {
        let ambient = Ambient::system();
        let stored = hash("correct horse", COST, &ambient).unwrap();

        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(verify("correct horse", Some(&stored), COST));
        assert!(!verify("correct horsf", Some(&stored), COST));
        assert!(!verify("correct horse", None, COST));
        assert!(!verify("correct horse", Some("not a hash"), COST));
        assert_ne!(stored, hash("correct horse", COST, &ambient).unwrap(), "salts differ");
    }

    #[test]
    fn an_endless_password_is_not_hashed() {
        let endless = "x".repeat(PASSWORD_BYTES_MAX + 1);

        assert_eq!(hash(&endless, COST, &Ambient::system()), Err(PasswordError::TooLong));
        assert!(!verify(&endless, None, COST));
    }
}
