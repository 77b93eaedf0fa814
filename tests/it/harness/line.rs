//! People who wait for a place, as seen from outside.

use serde_json::{Value, json};

use super::clerk::capability;
use super::{Answer, Client, Wish, new_key};

/// Somebody on a waiting list.
pub struct Waiter {
    pub id: String,
    token: String,
    /// What joining was answered with.
    pub joined: Value,
}

impl Waiter {
    /// Joins the line for any time of the day of `wish`.
    pub fn join(client: &Client, wish: &Wish) -> Self {
        let body = json!({
            "serviceId": wish.service.to_string(),
            "teamId": wish.team.to_string(),
            "date": wish.day,
            "client": { "name": "Wanda Waiter", "email": "wanda@example.org" },
        });
        let answer = client.post("/api/portal/waitlist").key(&new_key()).json(&body).send();
        assert_eq!(answer.status, 201, "{}", answer.text());
        let joined = answer.json();
        let token = capability(&joined).unwrap().to_owned();
        Self { id: joined["id"].as_str().unwrap().to_owned(), token, joined }
    }

    /// The token of the link.
    pub fn token(&self) -> &str {
        &self.token
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// How it stands now.
    pub fn seen(&self, client: &Client) -> Value {
        let path = format!("/api/portal/service-requests/{}", self.id);
        let answer = client.get(&path).header("authorization", &self.bearer()).send();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Its status now.
    pub fn status(&self, client: &Client) -> String {
        self.seen(client)["status"].as_str().unwrap().to_owned()
    }

    /// Accepts what was offered.
    pub fn accept(&self, client: &Client) -> Answer {
        let path = format!("/api/portal/service-requests/{}/accept-offer", self.id);
        let request = client.post(&path).key(&new_key()).if_match(2);
        request.header("authorization", &self.bearer()).send()
    }

    /// Leaves the line, or declines what was offered.
    pub fn leave(&self, client: &Client) -> Answer {
        let path = format!("/api/portal/waitlist/{}", self.id);
        let request = client.request("DELETE", &path).key(&new_key());
        request.header("authorization", &self.bearer()).send()
    }
}
