//! Links in mail that stand for one thing each: to sign in, or to get no more reminders.
//!
//! Such a link is an id and a signature over it for that one purpose, so nothing secret is stored
//! and a letter that is sent twice has the same link. Whether the thing is still to be had, the
//! store says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::links::Links;

/// What such a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailLink {
    /// To sign in; the id is that of the link itself.
    SignIn,
    /// To get no more reminders; the id is that of a booking, whose client it is.
    StopReminders,
}

impl MailLink {
    fn purpose(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::StopReminders => "stop-reminders",
        }
    }
}

impl Links {
    /// The token of a link about `id`.
    pub fn issue_mail(&self, link: MailLink, id: Uuid) -> String {
        let mac = self.sign(link.purpose(), id.as_bytes());
        format!("{}.{}", URL_SAFE_NO_PAD.encode(id.as_bytes()), URL_SAFE_NO_PAD.encode(mac))
    }

    /// What a token is about; nothing for one that we did not make for this purpose.
    pub fn read_mail(&self, link: MailLink, token: &str) -> Option<Uuid> {
        let (id, mac) = token.split_once('.')?;
        let id = Uuid::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let expected = self.sign(link.purpose(), id.as_bytes());
        bool::from(expected.as_slice().ct_eq(&mac)).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Ambient;

    #[test]
    fn a_link_says_what_it_is_about_and_only_for_its_own_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let links = Links::open(folder.path(), &Ambient::system()).unwrap();
        let id = Uuid::from_u128(7);
        let token = links.issue_mail(MailLink::StopReminders, id);

        assert_eq!(links.read_mail(MailLink::StopReminders, &token), Some(id));
        assert_eq!(links.read_mail(MailLink::SignIn, &token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_ne!(links.read_mail(MailLink::StopReminders, &changed), Some(id), "{at}");
        }
    }
}
