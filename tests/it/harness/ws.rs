//! A WebSocket client that reads one message at a time.

use std::collections::VecDeque;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::client::{IntoClientRequest, client_with_config};
use tungstenite::http::HeaderValue;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

use super::{Client, Server};

/// Longest a test waits for a message.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(15);

/// An open socket.
pub struct Socket {
    socket: WebSocket<TcpStream>,
    /// Messages that came in one array.
    ready: VecDeque<Value>,
}

/// What arrived.
#[derive(Debug)]
pub enum Arrived {
    Object(Value),
    /// The close code; 1006 when the connection just ended.
    Closed(u16),
}

impl Socket {
    /// Opens one as somebody who is not signed in, with a ticket as everybody needs one.
    ///
    /// # Errors
    ///
    /// The HTTP status with which the server refused.
    pub fn open(server: &Server, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        Self::open_on(tcp(server, None), server, &ticket(&server.client()), headers)
    }

    /// Opens one as whoever `client` is signed in as, and reads the greeting.
    pub fn open_as(server: &Server, client: &Client) -> Self {
        let mut socket = Self::open_on(tcp(server, None), server, &ticket(client), &[]).unwrap();
        socket.expect("hello");
        socket
    }

    /// Opens one for which the kernel keeps only `bytes` that were not read, and reads the
    /// greeting.
    pub fn open_narrow(server: &Server, bytes: usize) -> Self {
        let stream = tcp(server, Some(bytes));
        let mut socket = Self::open_on(stream, server, &ticket(&server.client()), &[]).unwrap();
        socket.expect("hello");
        socket
    }

    fn open_on(
        stream: TcpStream,
        server: &Server,
        ticket: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let url = format!("ws://{}/api/portal/realtime", server.address());
        let mut request = url.into_client_request().unwrap();
        let offered = format!("daybook.v1, t.{ticket}");
        let protocol = HeaderValue::from_str(&offered).unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        // The library's own buffers would take more memory than the server does.
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
        match client_with_config(request, stream, Some(config)) {
            Ok((socket, _)) => Ok(Self { socket, ready: VecDeque::new() }),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
                Err(answer.status().as_u16())
            }
            Err(other) => panic!("the handshake failed: {other}"),
        }
    }

    /// Subscribes to one topic, and answers what it begins with or why it does not.
    pub fn follow(&mut self, topic: &str) -> Value {
        self.send(&json!({ "type": "subscribe", "id": 1, "topics": [{ "topic": topic }] }));
        loop {
            match self.next() {
                Arrived::Object(object) if object["id"] == 1 => return object,
                Arrived::Object(_) => {}
                Arrived::Closed(code) => panic!("closed with {code} instead of {topic}"),
            }
        }
    }

    pub fn send(&mut self, object: &Value) {
        self.send_text(object.to_string());
    }

    pub fn send_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).unwrap();
    }

    /// The next thing that is not a ping.
    pub fn next(&mut self) -> Arrived {
        loop {
            if let Some(object) = self.ready.pop_front() {
                if object["type"] != "ping" {
                    return Arrived::Object(object);
                }
                continue;
            }
            match self.socket.read() {
                Ok(Message::Text(text)) => match serde_json::from_str(&text).unwrap() {
                    Value::Array(objects) => self.ready.extend(objects),
                    object => self.ready.push_back(object),
                },
                Ok(Message::Close(frame)) => {
                    return Arrived::Closed(frame.map_or(1005, |frame| frame.code.into()));
                }
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) => {
                    return Arrived::Closed(1006);
                }
                Err(tungstenite::Error::Io(error)) => {
                    assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "nothing arrived");
                    return Arrived::Closed(1006);
                }
                Err(_) => return Arrived::Closed(1006),
            }
        }
    }

    /// The next object.
    pub fn next_object(&mut self) -> Value {
        match self.next() {
            Arrived::Object(object) => object,
            Arrived::Closed(code) => panic!("closed with {code}"),
        }
    }

    /// Reads until an object of type `wanted` comes.
    pub fn expect(&mut self, wanted: &str) -> Value {
        loop {
            match self.next() {
                Arrived::Object(object) if object["type"] == wanted => return object,
                Arrived::Object(_) => {}
                Arrived::Closed(code) => panic!("closed with {code} before `{wanted}`"),
            }
        }
    }

    /// Reads until the server closes, and answers the code.
    pub fn expect_close(&mut self) -> u16 {
        loop {
            if let Arrived::Closed(code) = self.next() {
                return code;
            }
        }
    }
}

fn ticket(client: &Client) -> String {
    let answer = client.post("/api/realtime/tickets").send();
    let ticket = answer.json()["ticket"].as_str().map(str::to_owned);
    ticket.unwrap_or_else(|| panic!("no ticket: {}", answer.text()))
}

fn tcp(server: &Server, receive_buffer_bytes: Option<usize>) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    if let Some(bytes) = receive_buffer_bytes {
        socket.set_recv_buffer_size(bytes).unwrap();
    }
    let address: std::net::SocketAddr = server.address().parse().unwrap();
    socket.connect(&address.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(MESSAGE_TIMEOUT)).unwrap();
    stream
}
