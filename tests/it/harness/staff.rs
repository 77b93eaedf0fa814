//! People with accounts.

use domain::ids::{MemberId, UserId};
use domain::ledger::ActorKind;
use store::records::UserRecord;
use store::traits::Aside;

use super::server::command;
use super::{Client, Database, Server};

/// Good enough for accounts that live for one test.
const PASSWORD: &str = "a password of a test's own";

/// Somebody who can sign in.
pub struct Account {
    email: String,
}

impl Account {
    /// Makes an account with `role` in `database`, on which no server is running yet.
    pub fn create(database: &Database, role: &str) -> Self {
        let email = format!("{role}-{}@daybook.example", uuid::Uuid::now_v7().simple());
        let output = command(database, &[("DAYBOOK_PASSWORD", PASSWORD)])
            .args(["admin", "create-user", "--email", &email, "--name", role, "--role", role])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "no account for a {role}: {said}");
        Self { email }
    }

    /// Makes an account for `member`, who belongs to the catalogue already.
    pub fn of_member(database: &Database, member: MemberId) -> Self {
        let like = Self::create(database, "client");
        let email = format!("member-{}@daybook.example", uuid::Uuid::now_v7().simple());
        database.with_store(|store| {
            let record = store.users.user_by_email(&like.email).unwrap().unwrap();
            let account = UserRecord {
                id: UserId(uuid::Uuid::now_v7()),
                email: email.clone(),
                role: ActorKind::Member,
                member: Some(member),
                rev: 1,
                ..record
            };
            store.users.put_user(&account, None, &Aside::default()).unwrap();
        });
        Self { email }
    }

    /// Its address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// A client that is signed in as this.
    pub fn sign_in(&self, server: &Server) -> Client {
        server.client().signed_in(&self.email, PASSWORD)
    }
}
