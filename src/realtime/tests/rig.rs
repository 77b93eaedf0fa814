//! A hub behind a real server on a free port of this machine, and clients that read what it sends.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::web::{self, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use domain::ids::BookingId;
use serde_json::{Value, json};
use tungstenite::client::{IntoClientRequest, client_with_config};
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::world::World;
use crate::actors::{Committed, CommittedSink};
use crate::config::{Config, RealtimeConfig};
use crate::realtime::{
    Hub, Identity, NotOpened, Ports, PublicNumbers, SessionKey, Settings, Standing, Visitor,
    issue_ticket, on_connect, open, poll,
};

pub const ORIGIN: &str = "https://portal.example";
/// How long anything here may take.
pub const PATIENCE: Duration = Duration::from_mins(1);

pub fn config() -> RealtimeConfig {
    let config = Config::load_from(None, std::collections::HashMap::new()).unwrap();
    config.realtime
}

pub fn hub(world: &Arc<World>, config: RealtimeConfig) -> Arc<Hub> {
    let (boards, snapshots, identities) = (Arc::clone(world), Arc::clone(world), Arc::clone(world));
    let ports = Ports { boards, snapshots, identities };
    let settings = Settings {
        config,
        origins: vec![ORIGIN.to_owned()],
        resume_key: [7; 32],
        public_numbers: PublicNumbers::Exact,
        has_client_limits: true,
    };
    Hub::new(settings, ports, world.ambient())
}

/// A running server. Stops when dropped.
pub struct Rig {
    pub world: Arc<World>,
    pub hub: Arc<Hub>,
    pub address: SocketAddr,
    stop: Option<tokio::sync::mpsc::UnboundedSender<Duration>>,
    thread: Option<JoinHandle<()>>,
}

impl Rig {
    pub fn start(world: &Arc<World>) -> Self {
        Self::start_with(world, config())
    }

    pub fn start_with(world: &Arc<World>, config: RealtimeConfig) -> Self {
        let (started, address) = mpsc::channel();
        let (stop, mut stopped) = tokio::sync::mpsc::unbounded_channel::<Duration>();
        let world = Arc::clone(world);
        let in_thread = Arc::clone(&world);
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let hub = hub(&in_thread, config);
                hub.start();
                let (app_hub, app_world) = (Arc::clone(&hub), Arc::clone(&in_thread));
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(Data::from(Arc::clone(&app_hub)))
                        .app_data(Data::from(Arc::clone(&app_world)))
                        .route("/tickets", web::post().to(ticket))
                        .route("/realtime", web::get().to(opened))
                        .route("/poll", web::get().to(polled))
                })
                .workers(2)
                .on_connect(on_connect)
                .shutdown_timeout(1)
                .disable_signals()
                .bind("127.0.0.1:0")
                .unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                let handle = server.handle();
                started.send((address, Arc::clone(&hub))).unwrap();
                let running = actix_web::rt::spawn(server);
                let timeout = stopped.recv().await.unwrap_or(Duration::ZERO);
                hub.drain(timeout).await;
                handle.stop(false).await;
                running.await.unwrap().unwrap();
            });
        });
        let (address, hub) = address.recv_timeout(PATIENCE).unwrap();
        Self { world, hub, address, stop: Some(stop), thread: Some(thread) }
    }

    /// Tells the hub what a ledger has committed.
    pub fn publish(&self, committed: &Committed) {
        self.hub.committed(committed);
    }

    /// Tells the hub of what was learned of the payment for `booking`.
    pub fn tell_payment(&self, booking: BookingId) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.hub.payment_changed(booking));
    }

    /// Drains and stops, waiting at most `timeout` for connections to leave.
    pub fn stop(mut self, timeout: Duration) {
        self.stop_in(timeout);
    }

    fn stop_in(&mut self, timeout: Duration) {
        if let Some(stop) = self.stop.take() {
            stop.send(timeout).unwrap_or_default();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// A ticket for the session called `name`, or for a guest.
    pub fn ticket(&self, name: Option<u8>) -> String {
        let identity = match name.map(|name| self.world.standing(SessionKey([name; 32]))) {
            Some(Standing::Known(identity)) => identity,
            _ => Identity::guest(),
        };
        issue_ticket(&self.hub, identity).unwrap().ticket
    }

    /// A WebSocket that has been greeted.
    pub fn connect(&self, name: Option<u8>) -> Client {
        let mut client = Client::open(self.address, &Opening::default()).unwrap();
        client.send(&json!({"type": "auth", "ticket": self.ticket(name)}));
        let hello = client.next();
        assert_eq!(hello["type"], "hello", "{hello}");
        client.resume_token = hello["resumeToken"].as_str().unwrap().to_owned();
        client
    }

    /// Waits until `is_so` holds.
    pub fn until(&self, what: &str, mut is_so: impl FnMut(&Hub) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&self.hub) {
            assert!(
                Instant::now() < deadline,
                "{what} does not come about: {:?}",
                self.hub.stats()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop_in(Duration::from_millis(200));
        }
    }
}

fn visitor(request: &HttpRequest, world: &World) -> Visitor {
    let cookie = request.headers().get("cookie").and_then(|value| value.to_str().ok());
    let name = cookie.and_then(|cookie| cookie.strip_prefix("sid=")?.parse::<u8>().ok());
    let standing = name.map(|name| world.standing(SessionKey([name; 32])));
    let identity = match standing {
        Some(Standing::Known(identity)) => identity,
        _ => Identity::guest(),
    };
    let link = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let link = link.map(|value| value.trim_start_matches("Bearer ").to_owned());
    let address = request.peer_addr().unwrap().ip();
    Visitor { identity, address, is_own_origin: false, link }
}

async fn ticket(request: HttpRequest, world: Data<World>, hub: Data<Hub>) -> HttpResponse {
    let visitor = visitor(&request, &world);
    let new = issue_ticket(&hub, visitor.identity).unwrap();
    HttpResponse::Ok().json(json!({ "ticket": new.ticket }))
}

async fn opened(
    request: HttpRequest,
    body: Payload,
    world: Data<World>,
    hub: Data<Hub>,
) -> HttpResponse {
    let visitor = visitor(&request, &world);
    open(Arc::clone(&hub), visitor, &request, body).await.unwrap_or_else(|error| refused(&error))
}

async fn polled(request: HttpRequest, world: Data<World>, hub: Data<Hub>) -> HttpResponse {
    let visitor = visitor(&request, &world);
    match poll(Arc::clone(&hub), visitor, &request).await {
        Ok(answer) => HttpResponse::Ok().json(answer),
        Err(error) => refused(&error),
    }
}

fn refused(error: &NotOpened) -> HttpResponse {
    match error {
        NotOpened::Origin | NotOpened::Banned => HttpResponse::Forbidden(),
        NotOpened::Ticket => HttpResponse::Unauthorized(),
        NotOpened::Busy { .. } => HttpResponse::ServiceUnavailable(),
        NotOpened::Topics(_) => HttpResponse::UnprocessableEntity(),
        NotOpened::Handshake => HttpResponse::BadRequest(),
    }
    .finish()
}

/// How a WebSocket is asked for.
#[derive(Default)]
pub struct Opening<'a> {
    pub origin: Option<&'a str>,
    pub cookie: Option<u8>,
    pub protocols: Option<&'a str>,
    /// Bytes the kernel keeps for a client that does not read.
    pub receive_buffer: Option<usize>,
}

/// A WebSocket client. Arrays are taken apart.
pub struct Client {
    pub socket: WebSocket<TcpStream>,
    pub resume_token: String,
    ready: std::collections::VecDeque<Value>,
}

/// Why there is no next message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Closed(u16),
    Cut,
    /// Nothing came in time.
    Silence,
}

impl Client {
    /// Opens a WebSocket; the HTTP status when it is refused.
    pub fn open(address: SocketAddr, opening: &Opening<'_>) -> Result<Self, u16> {
        let raw = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        if let Some(bytes) = opening.receive_buffer {
            raw.set_recv_buffer_size(bytes).unwrap();
        }
        raw.connect(&address.into()).unwrap();
        let stream: TcpStream = raw.into();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{address}/realtime").into_client_request().unwrap();
        let mut put = |name: &'static str, value: String| {
            request.headers_mut().insert(name, value.parse().unwrap());
        };
        put("sec-websocket-protocol", opening.protocols.unwrap_or("daybook.v1").to_owned());
        if let Some(origin) = opening.origin {
            put("origin", origin.to_owned());
        }
        if let Some(name) = opening.cookie {
            put("cookie", format!("sid={name}"));
        }
        // The library's own buffer of 128 KiB would hide what the server holds.
        let small = WebSocketConfig::default().read_buffer_size(4 * 1024);
        match client_with_config(request, stream, Some(small)) {
            Ok((socket, _response)) => Ok(Self {
                socket,
                resume_token: String::new(),
                ready: std::collections::VecDeque::new(),
            }),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            // The server speaks another version and selects no subprotocol: the socket is closed.
            Err(error) => panic!("the handshake failed: {error}"),
        }
    }

    pub fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).unwrap();
    }

    pub fn subscribe(&mut self, topics: &[Value]) {
        self.send(&json!({"type": "subscribe", "id": 7, "topics": topics}));
    }

    /// Subscribes to one topic and answers the first message about it.
    pub fn follow(&mut self, topic: &str) -> Value {
        self.subscribe(&[json!({ "topic": topic })]);
        self.next()
    }

    pub fn next(&mut self) -> Value {
        self.try_next(PATIENCE).unwrap()
    }

    /// The next message of that type; others are passed over.
    pub fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next();
            if message["type"] == kind {
                return message;
            }
        }
    }

    pub fn try_next(&mut self, patience: Duration) -> Result<Value, Ended> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(message) = self.ready.pop_front() {
                if message["type"] == "ping" {
                    self.send(&json!({"type": "pong"}));
                    continue;
                }
                return Ok(message);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Ended::Silence);
            }
            self.socket.get_ref().set_read_timeout(Some(left)).unwrap();
            match self.socket.read() {
                Ok(Message::Text(text)) => match serde_json::from_str(&text).unwrap() {
                    Value::Array(messages) => self.ready.extend(messages),
                    message => self.ready.push_back(message),
                },
                Ok(Message::Close(Some(CloseFrame { code, .. }))) => {
                    return Err(Ended::Closed(code.into()));
                }
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_cut) => return Err(Ended::Cut),
            }
        }
    }

    /// Reads to the end without answering anything, and answers the code in the close frame there.
    pub fn ended_unanswered(self) -> u16 {
        let mut bytes = Vec::new();
        let mut stream = self.socket.get_ref();
        stream.read_to_end(&mut bytes).unwrap();
        let close = bytes.iter().rposition(|byte| *byte == 0x88).unwrap();
        u16::from_be_bytes([bytes[close + 2], bytes[close + 3]])
    }

    /// Reads on until the connection ends, and answers how.
    pub fn ended(&mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Err(ended) = self.try_next(PATIENCE) {
                return ended;
            }
        }
        Ended::Silence
    }
}

/// One event of a stream.
#[derive(Debug, Clone)]
pub struct SseEvent {
    pub data: Value,
    pub id: Option<String>,
}

/// An event stream.
pub struct Stream {
    reader: BufReader<TcpStream>,
    pub status: u16,
    pub headers: String,
}

impl Stream {
    pub fn open(address: SocketAddr, query: &str, headers: &str) -> Self {
        Self::get(address, &format!("/realtime?{query}"), headers)
    }

    fn get(address: SocketAddr, path: &str, headers: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n").unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { reader, status, headers: head.to_lowercase() }
    }

    /// The first bytes of what is no text.
    pub fn read_bytes(mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.reader.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// The next event. Chunk sizes and comments are passed over.
    pub fn next(&mut self) -> SseEvent {
        let (mut data, mut id) = (None, None);
        loop {
            let mut line = String::new();
            assert!(self.reader.read_line(&mut line).unwrap() > 0, "the stream ended");
            let line = line.trim_end();
            if let Some(text) = line.strip_prefix("data: ") {
                data = Some(serde_json::from_str(text).unwrap());
            } else if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.to_owned());
            } else if line.is_empty()
                && let Some(data) = data.take()
            {
                return SseEvent { data, id };
            }
        }
    }

    pub fn next_of(&mut self, kind: &str) -> SseEvent {
        loop {
            let event = self.next();
            if event.data["type"] == kind {
                return event;
            }
        }
    }
}

/// Polls once.
pub fn poll_once(address: SocketAddr, query: &str) -> Value {
    let mut stream = Stream::get(address, &format!("/poll?{query}"), "connection: close\r\n");
    assert_eq!(stream.status, 200);
    let mut body = String::new();
    stream.reader.read_to_string(&mut body).unwrap();
    serde_json::from_str(&body).unwrap()
}
