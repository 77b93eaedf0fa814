//! Whoever waits hears of an offer at once, and everybody else that the place is not theirs.

use serde_json::json;

use crate::harness::line::Waiter;
use crate::harness::ws::Socket;
use crate::harness::{Clerk, Plan, Server, Site, new_key, on_every_engine};

#[test]
fn an_offer_is_told_at_once_and_the_board_shows_no_room_meanwhile() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let (client, wish) = (server.client(), site.wish(site.day(4), 600));
        let made = clerk.book(&client, &wish, &new_key()).done();
        let waiter = Waiter::join(&client, &wish);
        let mut own = Socket::open_as(&server, &server.client());
        let topic = format!("request:{}", waiter.id);
        let topics = json!([{ "topic": topic, "token": waiter.token() }]);
        own.send(&json!({ "type": "subscribe", "id": 1, "topics": topics }));
        let begun = own.expect("subscribed");
        assert_eq!(begun["data"]["status"], "waitlisted", "{begun}");
        let mut public = Socket::open_as(&server, &server.client());
        public.follow(&format!("availability:{}:{}", wish.team, wish.day));

        assert!(clerk.cancel(&client, &wish, &made, &new_key()).is_yes());

        let told = own.expect("request-updated");
        assert_eq!(told["data"]["status"], "held", "{told}");
        let mut board = public.expect("availability-updated");
        while board["data"]["held"] == 0 {
            board = public.expect("availability-updated");
        }
        assert_eq!(board["data"]["remaining"], 0, "{board}");
        let slots = board["data"]["slots"].as_array().unwrap();
        assert!(slots.iter().all(|slot| slot["remaining"] == 0), "{board}");
        let accepted = waiter.accept(&client);
        assert_eq!(accepted.status, 200, "{}", accepted.text());
        let confirmed = own.expect("request-updated");
        assert_eq!(confirmed["data"]["status"], "confirmed", "{confirmed}");
    });
}
