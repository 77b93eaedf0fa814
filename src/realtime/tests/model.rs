//! The client's rule against whatever a network and a restart can do to it.
//!
//! The server's side is the product's own: hub, channels, feed. Between it and a client stands a
//! link that loses, repeats and reorders messages. The client knows nothing but the rule: take a
//! state that is newer, take an event that follows on what it has, else ask to begin anew.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::rig::{config, hub};
use super::world::{LINK, World, board, booking, guest};
use crate::actors::{Committed, Pass, Publish};
use crate::realtime::feed::Feed;
use crate::realtime::frames::{Frame, Item};
use crate::realtime::outlet::Transport;
use crate::realtime::publish::Publisher;
use crate::realtime::{Hub, Identity};

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The followed booking changes.
    Change,
    /// Something is learned of its payment.
    Pay,
    /// Another booking is made on the same day.
    Book,
    /// Changes are committed, but the hub is told of them only with the next publish.
    CommitSilently,
    /// Everything on the way arrives.
    Arrive,
    /// The oldest message on the way is lost.
    Lose,
    /// The oldest message on the way comes twice.
    Repeat,
    /// What is on the way changes places.
    Shuffle,
    /// The connection is lost and comes back with the client's positions.
    Reconnect,
    /// The server is killed and starts again; the client comes back.
    Restart,
    /// The hub falls so far behind that it forgets what waited.
    Overflow,
    /// The hub is told once more of a commit from before, as when storage and ledger both tell it.
    TellAgain,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Change),
        2 => Just(Step::Pay),
        3 => Just(Step::Book),
        1 => Just(Step::CommitSilently),
        4 => Just(Step::Arrive),
        1 => Just(Step::Lose),
        1 => Just(Step::Repeat),
        1 => Just(Step::Shuffle),
        1 => Just(Step::Reconnect),
        1 => Just(Step::Restart),
        1 => Just(Step::Overflow),
        1 => Just(Step::TellAgain),
    ];
    prop::collection::vec(step, 1..60)
}

/// What the client holds of one topic.
#[derive(Debug, Clone, Default, PartialEq)]
struct Held {
    epoch: Value,
    seq: u64,
    data: Value,
    /// Events heard of one by one since the topic last began.
    events: Vec<u64>,
}

/// A client that knows the rule.
#[derive(Default)]
struct Listener {
    topics: BTreeMap<String, Held>,
    /// Topics to ask about anew.
    resync: Vec<String>,
    applied: Vec<(String, u64)>,
}

impl Listener {
    fn hear(&mut self, message: &Value) {
        let Some(topic) = message["topic"].as_str().map(str::to_owned) else { return };
        let Some(seq) = message["seq"].as_u64() else { return };
        let epoch = message["epoch"].clone();
        let held = self.topics.entry(topic.clone()).or_default();
        match message["type"].as_str().unwrap() {
            "subscribed" => {
                if message["data"].is_null() {
                    return;
                }
                // Within an epoch nothing goes back: an older beginning only comes late.
                if held.epoch != epoch || seq >= held.seq {
                    let (data, events) = (message["data"].clone(), Vec::new());
                    *held = Held { epoch, seq, data, events };
                }
            }
            "availability-updated" if epoch != held.epoch || seq > held.seq => {
                let (data, events) = (message["data"].clone(), Vec::new());
                *held = Held { epoch, seq, data, events };
            }
            "request-updated" | "payment-updated"
                if epoch == held.epoch && message["prev"] == json!(held.seq) =>
            {
                held.seq = seq;
                held.data = message["data"].clone();
                held.events.push(seq);
                self.applied.push((topic, seq));
            }
            "request-updated" | "payment-updated" if seq > held.seq => self.resync.push(topic),
            _ => {}
        }
    }
}

struct Bench {
    runtime: tokio::runtime::Runtime,
    world: Arc<World>,
    hub: Arc<Hub>,
    publisher: Publisher,
    feed: Feed,
    listener: Listener,
    on_the_way: Vec<Value>,
    untold: Vec<Committed>,
    told: Vec<Committed>,
    /// The newest each topic was sent at on this connection.
    sent: BTreeMap<String, u64>,
    bookings: u128,
}

fn topics() -> [String; 2] {
    [board(1), format!("request:{}", booking(1))]
}

fn connect(hub: &Arc<Hub>) -> Feed {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut seat = hub.seat(Transport::WebSocket, address, None).unwrap();
    let identity = Arc::new(Identity::guest());
    seat.claim(&identity).unwrap();
    Feed::new(Arc::clone(hub), seat, identity)
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let world = World::new();
        world.book(1, guest());
        let hub = hub(&world, config());
        let mut bench = Self {
            runtime,
            feed: connect(&hub),
            publisher: Publisher::new(Arc::clone(&hub)),
            world,
            hub,
            listener: Listener::default(),
            on_the_way: Vec::new(),
            untold: Vec::new(),
            told: Vec::new(),
            sent: BTreeMap::new(),
            bookings: 1,
        };
        bench.subscribe();
        bench
    }

    fn send(&mut self, frames: Vec<Frame>) {
        for frame in frames {
            let message: Value = serde_json::from_str(&frame.json).unwrap();
            let topic = message["topic"].as_str().unwrap().to_owned();
            let seq = message["seq"].as_u64().unwrap();
            let before = self.sent.insert(topic, seq).filter(|_| frame.kind != "subscribed");
            assert!(before.is_none_or(|before| before < seq), "{before:?} and then {message}");
            self.on_the_way.push(message);
        }
    }

    fn subscribe(&mut self) {
        let items = topics().map(|topic| {
            let held = self.listener.topics.get(&topic);
            Item {
                epoch: held.and_then(|held| Some(held.epoch.as_str()?.to_owned())),
                seq: held.map(|held| held.seq),
                token: Some(LINK.to_owned()),
                topic: Some(topic),
                board: None,
            }
        });
        let (refused, wanted) = self.feed.plan(None, items.into());
        assert!(refused.is_empty());
        let prepared = self.runtime.block_on(self.hub.prepare(wanted));
        let frames = self.feed.attach(prepared);
        self.send(frames);
    }

    /// Publishes what was committed, and has the session write what it can.
    fn publish(&mut self) {
        let commits = std::mem::take(&mut self.untold);
        self.told.extend(commits.iter().cloned());
        self.publisher.publish(Pass { commits, is_incomplete: false });
        self.drain();
    }

    fn tell_payment(&mut self) {
        self.runtime.block_on(self.hub.payment_changed(booking(1)));
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            let drained = self.feed.drain();
            self.send(drained.frames);
            if !drained.behind.is_empty() {
                let prepared = self.runtime.block_on(self.hub.prepare(drained.behind));
                let frames = self.feed.attach(prepared);
                self.send(frames);
            } else if !drained.has_more {
                return;
            }
        }
    }

    fn arrive(&mut self) {
        for message in std::mem::take(&mut self.on_the_way) {
            self.listener.hear(&message);
        }
        for topic in std::mem::take(&mut self.listener.resync) {
            if let Some(wanted) = self.feed.resync(&topic) {
                let prepared = self.runtime.block_on(self.hub.prepare(vec![wanted]));
                let frames = self.feed.attach(prepared);
                self.send(frames);
            }
        }
    }

    fn reconnect(&mut self) {
        self.on_the_way.clear();
        self.sent.clear();
        self.feed = connect(&self.hub);
        self.subscribe();
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Change | Step::CommitSilently => {
                let to = u128::from(self.world.entry(1).rev) % 5;
                self.untold.push(self.world.assign(1, to));
            }
            Step::Book => {
                self.bookings += 1;
                self.untold.push(self.world.book(self.bookings, guest()));
            }
            Step::Pay => {
                self.world.pay(1);
                self.tell_payment();
            }
            Step::Arrive => self.arrive(),
            Step::Lose if !self.on_the_way.is_empty() => drop(self.on_the_way.remove(0)),
            Step::Repeat if !self.on_the_way.is_empty() => {
                let again = self.on_the_way[0].clone();
                self.on_the_way.push(again);
            }
            Step::Shuffle => self.on_the_way.reverse(),
            Step::Reconnect => self.reconnect(),
            Step::Restart => {
                // What was committed and not told died with the process; it is stored all the same.
                self.untold.clear();
                self.told.clear();
                self.hub = hub(&self.world, config());
                self.publisher = Publisher::new(Arc::clone(&self.hub));
                self.reconnect();
            }
            Step::Overflow => {
                self.untold.clear();
                self.told.clear();
                self.publisher.publish(Pass { commits: Vec::new(), is_incomplete: true });
            }
            Step::TellAgain => {
                let commits = self.told.iter().rev().skip(1).take(2).rev().cloned().collect();
                self.publisher.publish(Pass { commits, is_incomplete: false });
                self.tell_payment();
            }
            Step::Lose | Step::Repeat => {}
        }
        if matches!(step, Step::Change | Step::Book) {
            self.publish();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_a_client_ends_with_what_is_stored_and_hears_nothing_twice(
        steps in steps()
    ) {
        let mut bench = Bench::new();
        for step in steps {
            bench.take(step);
            for held in bench.listener.topics.values() {
                let is_gapless = held.events.windows(2).all(|pair| pair[0] + 1 == pair[1]);
                prop_assert!(is_gapless, "{:?}", held.events);
            }
        }

        // Once the network is quiet and the hub is told of something newer.
        bench.take(Step::Arrive);
        bench.take(Step::Change);
        bench.take(Step::Book);
        bench.take(Step::Pay);
        bench.arrive();
        bench.arrive();
        bench.reconnect();
        bench.drain();
        bench.arrive();

        let [day, request] = topics();
        let stored = bench.world.current(super::world::key(1));
        let shown = &bench.listener.topics[&day];
        prop_assert_eq!(shown.seq, stored.version);
        prop_assert_eq!(&shown.data["used"], &json!(stored.used));
        let entry = bench.world.entry(1);
        let heard = &bench.listener.topics[&request];
        let learned = bench.world.payment_version(1);
        prop_assert_eq!(heard.seq, u64::from(entry.rev) + learned);
        prop_assert_eq!(&heard.data["payment"]["status"], &json!("paid"));
        prop_assert_eq!(&heard.data["rev"], &json!(entry.rev));
        let mut applied = bench.listener.applied.clone();
        let count = applied.len();
        applied.dedup();
        prop_assert_eq!(applied.len(), count, "an event was applied twice");
    }
}
