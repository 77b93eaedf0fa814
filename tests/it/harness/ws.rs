//! A WebSocket client that reads one message at a time.

use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::{Message, WebSocket};

use super::Server;

/// Longest a test waits for a message.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(15);

/// An open socket.
pub struct Socket {
    socket: WebSocket<TcpStream>,
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
        let address = server.address();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(MESSAGE_TIMEOUT)).unwrap();
        let url = format!("ws://{address}/api/portal/realtime");
        let mut request = url.into_client_request().unwrap();
        let ticket = server.client().post("/api/realtime/tickets").send().json();
        let offered = format!("daybook.v1, t.{}", ticket["ticket"].as_str().unwrap());
        let protocol = HeaderValue::from_str(&offered).unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
                Err(answer.status().as_u16())
            }
            Err(other) => panic!("the handshake failed: {other}"),
        }
    }

    pub fn send(&mut self, object: &Value) {
        self.send_text(object.to_string());
    }

    pub fn send_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).unwrap();
    }

    /// The next thing that is not a ping; arrays are not used by the server unless it has several.
    pub fn next(&mut self) -> Arrived {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    let object: Value = serde_json::from_str(&text).unwrap();
                    if object["type"] != "ping" {
                        return Arrived::Object(object);
                    }
                }
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
