//! Capability links: whoever has one may see and change one booking, without an account.
//!
//! A link travels with every forwarded invitation, so it names one booking and one purpose, ends
//! with the visit and some grace, and can be revoked: it carries the booking's link number, and
//! raising that number in the store makes every older link void. The MAC covers all of it.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::ids::BookingId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::ambient::Ambient;

/// Layout of a token's body: version, key id, booking, purpose, expiry, link number.
const BODY_BYTES: usize = 1 + 1 + 16 + 1 + 8 + 4;
const MAC_BYTES: usize = 32;
const VERSION: u8 = 1;
/// The only key so far; a second one would be made beside it, and both be accepted for a while.
const KEY_ID: u8 = 1;
const KEY_BYTES: usize = 32;

/// What a link lets its bearer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// See, move and cancel the booking.
    Manage,
}

impl LinkPurpose {
    fn byte(self) -> u8 {
        match self {
            Self::Manage => 1,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        (byte == 1).then_some(Self::Manage)
    }
}

/// What a valid link says. It is good only while the booking still has this link number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub booking: BookingId,
    pub purpose: LinkPurpose,
    pub link_no: i32,
}

/// Why a link is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("this is not one of our links")]
    Unknown,
    #[error("the link has expired")]
    Expired,
}

/// Makes links and reads them.
pub struct Links {
    key: Hmac<Sha256>,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Links")
    }
}

impl Links {
    /// Opens the key in `data_dir/keys`, making it first when there is none, readable to us alone.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, or holds something else than a key.
    pub fn open(data_dir: &Path, ambient: &Ambient) -> std::io::Result<Self> {
        let folder = data_dir.join("keys");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("links-{KEY_ID}.key"));
        if let Some(key) = read_written(&path)? {
            return Self::with_key(&key);
        }
        // Held until we are done: servers that start together agree on one key.
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;
        if let Some(key) = read_written(&path)? {
            return Self::with_key(&key);
        }
        let key = ambient.secret::<KEY_BYTES>();
        put_whole(&folder, &path, &key)?;
        Self::with_key(&key)
    }

    fn with_key(key: &[u8]) -> std::io::Result<Self> {
        let damaged = || std::io::Error::other("the key file of links is damaged");
        if key.len() != KEY_BYTES {
            return Err(damaged());
        }
        let key = Hmac::new_from_slice(key).map_err(|_length| damaged())?;
        Ok(Self { key })
    }

    /// The token of a link that is good until `expires_at`, or until the booking's number changes.
    pub fn issue(&self, grant: Grant, expires_at: DateTime<Utc>) -> String {
        let mut body = Vec::with_capacity(BODY_BYTES);
        body.extend([VERSION, KEY_ID]);
        body.extend(grant.booking.0.as_bytes());
        body.push(grant.purpose.byte());
        body.extend(expires_at.timestamp().to_be_bytes());
        body.extend(grant.link_no.to_be_bytes());
        let mac = self.mac(&body);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&body), URL_SAFE_NO_PAD.encode(mac))
    }

    /// Reads a token. The caller still has to compare the link number with the booking's.
    ///
    /// # Errors
    ///
    /// [`LinkError::Unknown`] for anything we did not make, [`LinkError::Expired`] for what is
    /// over.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Result<Grant, LinkError> {
        let (body, mac) = token.split_once('.').ok_or(LinkError::Unknown)?;
        let body: [u8; BODY_BYTES] = decode(body)?;
        let mac: [u8; MAC_BYTES] = decode(mac)?;
        if !bool::from(self.mac(&body).ct_eq(&mac)) {
            return Err(LinkError::Unknown);
        }
        let (grant, expires_at) = fields(&body).ok_or(LinkError::Unknown)?;
        if now.timestamp() >= expires_at {
            return Err(LinkError::Expired);
        }
        Ok(grant)
    }

    /// Another key out of ours, for `purpose` and nothing else: whoever has it can make no link.
    pub fn derive_key(&self, purpose: &str) -> [u8; 32] {
        let mut mac = self.key.clone();
        mac.update(b"daybook-key ");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Signs `body` as one for `purpose`. No such signature is one of a link.
    pub fn sign(&self, purpose: &str, body: &[u8]) -> [u8; MAC_BYTES] {
        let mut mac = self.key.clone();
        for part in [b"daybook-sign ", purpose.as_bytes(), &[0], body] {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    fn mac(&self, body: &[u8]) -> [u8; MAC_BYTES] {
        let mut mac = self.key.clone();
        // Separates these from whatever else the key may ever sign.
        mac.update(b"daybook-link");
        mac.update(body);
        mac.finalize().into_bytes().into()
    }
}

/// What is in the file, when anything is. An empty one is left of a crash between making the file
/// and writing the key, so nothing was ever signed with it.
fn read_written(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes).filter(|bytes| !bytes.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a private file at `path` in `folder`: whole and durable, or after a crash not at all.
fn put_whole(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    // An earlier one may be anybody's to read, or half a key.
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = create_private(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    // The name is durable once its folder is; elsewhere folders cannot be opened as files.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], LinkError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_not_base64| LinkError::Unknown)?;
    bytes.try_into().map_err(|_length| LinkError::Unknown)
}

/// The grant in a body whose MAC was right, and when it ends.
fn fields(body: &[u8; BODY_BYTES]) -> Option<(Grant, i64)> {
    let (head, rest) = body.split_at_checked(2)?;
    let (booking, rest) = rest.split_first_chunk::<16>()?;
    let (purpose, rest) = rest.split_first()?;
    let (expires_at, rest) = rest.split_first_chunk::<8>()?;
    let link_no = rest.first_chunk::<4>()?;
    let grant = Grant {
        booking: BookingId(Uuid::from_bytes(*booking)),
        purpose: LinkPurpose::from_byte(*purpose)?,
        link_no: i32::from_be_bytes(*link_no),
    };
    (head == [VERSION, KEY_ID]).then_some((grant, i64::from_be_bytes(*expires_at)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Barrier;

    use chrono::TimeDelta;

    use super::*;

    const GRANT: Grant = Grant {
        booking: BookingId(Uuid::from_u128(0x0123_4567_89ab_cdef)),
        purpose: LinkPurpose::Manage,
        link_no: 7,
    };

    #[test]
    fn a_link_says_what_it_was_made_for_until_it_expires() {
        let folder = tempfile::tempdir().unwrap();
        let ambient = Ambient::system();
        let links = Links::open(folder.path(), &ambient).unwrap();
        let expires_at = ambient.now() + TimeDelta::hours(1);
        let token = links.issue(GRANT, expires_at);

        assert_eq!(links.read(&token, ambient.now()), Ok(GRANT));
        assert_eq!(links.read(&token, expires_at), Err(LinkError::Expired));
    }

    #[test]
    fn links_outlive_a_restart_but_not_another_key() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ambient = Ambient::system();
        let token = Links::open(here.path(), &ambient)
            .unwrap()
            .issue(GRANT, ambient.now() + TimeDelta::hours(1));

        let again = Links::open(here.path(), &ambient).unwrap();
        let other = Links::open(there.path(), &ambient).unwrap();

        assert_eq!(again.read(&token, ambient.now()), Ok(GRANT));
        assert_eq!(other.read(&token, ambient.now()), Err(LinkError::Unknown));
    }

    #[test]
    fn a_link_with_any_character_changed_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let ambient = Ambient::system();
        let links = Links::open(folder.path(), &ambient).unwrap();
        let token = links.issue(GRANT, ambient.now() + TimeDelta::hours(1));

        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(links.read(&changed, ambient.now()), Err(LinkError::Unknown), "{at}");
        }
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own_that_outlives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Links::open(folder.path(), &Ambient::system()).unwrap();

        assert_eq!(open().derive_key("resume"), open().derive_key("resume"));
        assert_ne!(open().derive_key("resume"), open().derive_key("else"));
    }

    /// A folder in which the file of the key holds `bytes`.
    fn left_behind(bytes: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        std::fs::write(folder.path().join("keys/links-1.key"), bytes).unwrap();
        folder
    }

    #[test]
    fn an_empty_file_that_a_crash_left_behind_is_replaced_by_a_key() {
        let folder = left_behind(&[]);
        let ambient = Ambient::system();

        let links = Links::open(folder.path(), &ambient).unwrap();

        let token = links.issue(GRANT, ambient.now() + TimeDelta::hours(1));
        let again = Links::open(folder.path(), &ambient).unwrap();
        assert_eq!(again.read(&token, ambient.now()), Ok(GRANT));
    }

    #[test]
    fn a_file_of_any_other_wrong_length_is_refused_and_kept() {
        for length in [1, KEY_BYTES - 1, KEY_BYTES + 1] {
            let folder = left_behind(&vec![7; length]);

            Links::open(folder.path(), &Ambient::system()).unwrap_err();

            let kept = std::fs::read(folder.path().join("keys/links-1.key")).unwrap();
            assert_eq!(kept, vec![7; length]);
        }
    }

    #[test]
    fn half_a_key_under_the_unfinished_name_stands_in_nobodys_way() {
        let folder = left_behind(&[]);
        std::fs::write(folder.path().join("keys/links-1.unfinished"), [7; 5]).unwrap();

        Links::open(folder.path(), &Ambient::system()).unwrap();

        let names = std::fs::read_dir(folder.path().join("keys")).unwrap();
        let names: BTreeSet<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, BTreeSet::from(["links-1.key".into(), "lock".into()]));
    }

    #[test]
    fn servers_that_start_together_agree_on_one_key() {
        const SERVERS_COUNT: usize = 8;
        for bytes in [None, Some([])] {
            let folder = bytes.map_or_else(|| tempfile::tempdir().unwrap(), |b| left_behind(&b));
            let together = Barrier::new(SERVERS_COUNT);
            let open = || {
                together.wait();
                Links::open(folder.path(), &Ambient::system()).unwrap().derive_key("any")
            };
            let keys: BTreeSet<[u8; 32]> = std::thread::scope(|scope| {
                let servers: Vec<_> = (0..SERVERS_COUNT).map(|_| scope.spawn(open)).collect();
                servers.into_iter().map(|server| server.join().unwrap()).collect()
            });

            assert_eq!(keys.len(), 1);
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Links::open(folder.path(), &Ambient::system()).unwrap();

        let key = std::fs::metadata(folder.path().join("keys/links-1.key")).unwrap();

        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
}
