//! SIGTERM: what is under way is finished, streams are told to come back, and the process is gone
//! within ten seconds.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::harness::ws::Socket;
use crate::harness::{Clerk, Plan, Server, Site, new_key, on_every_engine};

/// What the product promises.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Sockets and streams that are open when the signal comes.
const STREAMS_COUNT: usize = 20;

#[test]
fn a_stopping_server_finishes_requests_closes_streams_and_is_gone_within_ten_seconds() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 100_000, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(4), 600);
        let topic = format!("availability:{}:{}", wish.team, wish.day);
        let sockets: Vec<Socket> = (0..STREAMS_COUNT)
            .map(|_| {
                let mut socket = Socket::open(&server, &[]).unwrap();
                socket.send(&json!({ "type": "subscribe", "id": 1, "topics": [{"topic": topic}] }));
                socket.expect("subscribed");
                socket
            })
            .collect();
        let events: Vec<_> = (0..STREAMS_COUNT).map(|_| event_stream(&server, &topic)).collect();
        let is_over = AtomicBool::new(false);

        std::thread::scope(|scope| {
            for _ in 0..8 {
                let (client, clerk, is_over) = (server.client(), &clerk, &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        clerk.book(&client, &wish, &new_key());
                    }
                });
            }
            // Everybody reads: who does not has no room left for a farewell.
            for socket in sockets {
                scope.spawn(|| hear_farewell(socket));
            }
            for stream in events {
                scope.spawn(|| read_farewell(stream));
            }
            std::thread::sleep(Duration::from_millis(300));
            let (status, took) = server.stop();
            is_over.store(true, Ordering::Relaxed);
            assert!(status.success(), "{status}");
            assert!(took <= STOP_TIMEOUT, "it took {took:?}");
        });
        clerk.check(database);
    });
}

fn hear_farewell(mut socket: Socket) {
    socket.expect("bye");
    let code = socket.expect_close();
    assert!((4200..4300).contains(&code), "closed with {code}");
}

fn read_farewell(mut stream: BufReader<TcpStream>) {
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stream, &mut rest).unwrap();
    assert!(rest.contains("event: bye"), "a stream ended without a word: {rest}");
}

/// An open SSE stream, read up to its first event.
fn event_stream(server: &Server, topic: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request = format!(
        "GET /api/portal/realtime?topics={topic} HTTP/1.1\r\nhost: {}\r\n\
         accept: text/event-stream\r\n\r\n",
        server.address()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with("event: subscribed") {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the stream ended at once");
    }
    reader
}
