//! What the rest of the process sees of a connection: a set of dirty slots and a few orders.
//!
//! Nothing is ever queued for a connection. Whoever has news for it sets a bit and wakes it; the
//! connection takes the bits when its socket can be written, and reads the newest from the topics.
//!
//! **Invariant:** what a connection that reads nothing costs does not depend on what is published.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::task::AtomicWaker;
use socket2::Socket;

use super::frames::Close;
use super::identity::Identity;

/// Decide again what every topic of this connection may be heard by whom.
pub const REAUTHORISE: u8 = 1;
/// Ask who this is now, then [`REAUTHORISE`].
pub const REIDENTIFY: u8 = 1 << 1;
/// Send a sign of life.
pub const PING: u8 = 1 << 2;

/// How a connection is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    WebSocket,
    Sse,
    Poll,
}

/// A connection as the process sees it. Times are milliseconds of the hub's clock; 0 is never.
#[derive(Debug)]
pub struct Outlet {
    /// Unique in this process.
    pub no: u64,
    pub transport: Transport,
    pub address: IpAddr,
    dirty: AtomicU64,
    orders: AtomicU8,
    /// Code of the order to close, 0 for none.
    close: AtomicU16,
    is_awake: AtomicBool,
    waker: AtomicWaker,
    awake_since_ms: AtomicU64,
    heard_at_ms: AtomicU64,
    told_at_ms: AtomicU64,
    pinged_at_ms: AtomicU64,
    identity: Mutex<Option<Arc<Identity>>>,
    socket: Option<Weak<Socket>>,
}

impl Outlet {
    /// A connection that began at `now_ms`, whose ping cycle begins at `phase_ms`.
    pub fn new(
        no: u64,
        transport: Transport,
        (address, socket): (IpAddr, Option<Weak<Socket>>),
        (now_ms, phase_ms): (u64, u64),
    ) -> Self {
        Self {
            no,
            transport,
            address,
            dirty: AtomicU64::new(0),
            orders: AtomicU8::new(0),
            close: AtomicU16::new(0),
            is_awake: AtomicBool::new(false),
            waker: AtomicWaker::new(),
            awake_since_ms: AtomicU64::new(0),
            heard_at_ms: AtomicU64::new(now_ms),
            told_at_ms: AtomicU64::new(now_ms.saturating_sub(phase_ms).max(1)),
            pinged_at_ms: AtomicU64::new(0),
            identity: Mutex::new(None),
            socket,
        }
    }

    /// Says that slot number `slot` has news. Answers whether it had some already.
    pub fn mark(&self, slot: u8, now_ms: u64) -> bool {
        let bit = 1 << slot;
        let was_dirty = self.dirty.fetch_or(bit, Ordering::SeqCst) & bit != 0;
        if !was_dirty {
            self.wake(now_ms);
        }
        was_dirty
    }

    /// Takes the slots that have news.
    pub fn take_dirty(&self) -> u64 {
        self.dirty.swap(0, Ordering::SeqCst)
    }

    /// Whether any slot has news.
    pub fn is_dirty(&self) -> bool {
        self.dirty.load(Ordering::SeqCst) != 0
    }

    /// Puts slots back that could not be served, without waking.
    pub fn put_back(&self, slots: u64) {
        self.dirty.fetch_or(slots, Ordering::SeqCst);
    }

    /// Gives an order.
    pub fn order(&self, order: u8, now_ms: u64) {
        if self.orders.fetch_or(order, Ordering::SeqCst) & order != order {
            self.wake(now_ms);
        }
    }

    /// Takes the orders given.
    pub fn take_orders(&self) -> u8 {
        self.orders.swap(0, Ordering::SeqCst)
    }

    /// Orders the connection to end. The first reason stands.
    pub fn close(&self, close: Close, now_ms: u64) {
        let code = close.code();
        let first = self.close.compare_exchange(0, code, Ordering::SeqCst, Ordering::SeqCst);
        if first.is_err() {
            return;
        }
        self.wake(now_ms);
    }

    /// The reason to end, once there is one.
    pub fn closing(&self) -> Option<Close> {
        Close::from_code(self.close.load(Ordering::SeqCst))
    }

    /// Has the connection look at what waits for it.
    pub fn wake(&self, now_ms: u64) {
        if !self.is_awake.swap(true, Ordering::SeqCst) {
            self.awake_since_ms.store(now_ms, Ordering::Relaxed);
            self.waker.wake();
        }
    }

    /// Since when the connection has been awake without looking. A jammed socket stops polling its
    /// connection, so this is how long nothing at all was accepted.
    pub fn waiting_since_ms(&self) -> Option<u64> {
        let is_awake = self.is_awake.load(Ordering::SeqCst);
        is_awake.then(|| self.awake_since_ms.load(Ordering::Relaxed))
    }

    /// Notes that the other end said something.
    pub fn note_heard(&self, now_ms: u64) {
        self.heard_at_ms.store(now_ms, Ordering::Relaxed);
    }

    /// When the other end last said something.
    pub fn heard_at_ms(&self) -> u64 {
        self.heard_at_ms.load(Ordering::Relaxed)
    }

    /// Notes that something was written.
    pub fn note_told(&self, now_ms: u64) {
        self.told_at_ms.store(now_ms, Ordering::Relaxed);
    }

    /// When something was last written.
    pub fn told_at_ms(&self) -> u64 {
        self.told_at_ms.load(Ordering::Relaxed)
    }

    /// Notes that a ping was written.
    pub fn note_pinged(&self, now_ms: u64) {
        self.pinged_at_ms.store(now_ms, Ordering::Relaxed);
    }

    /// When a ping was last written, 0 for never.
    pub fn pinged_at_ms(&self) -> u64 {
        self.pinged_at_ms.load(Ordering::Relaxed)
    }

    /// Whose connection this is, once that is known.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says whose connection this is.
    pub fn set_identity(&self, identity: Arc<Identity>) {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity);
    }

    /// Ends the connection from outside: for those that no order reaches any more. Answers whether
    /// there was a socket to end.
    pub fn cut(&self) -> bool {
        let socket = self.socket.as_ref().and_then(Weak::upgrade);
        socket.is_some_and(|socket| socket.shutdown(std::net::Shutdown::Both).is_ok())
    }

    fn poll_wake(&self, cx: &Context<'_>) -> Poll<()> {
        self.waker.register(cx.waker());
        if self.is_awake.swap(false, Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Yields whenever something waits for a connection. Wakes that come together are one.
#[derive(Debug)]
pub struct Wakes(pub Arc<Outlet>);

impl Stream for Wakes {
    type Item = Wake;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Wake>> {
        self.0.poll_wake(cx).map(|()| Some(Wake))
    }
}

/// Something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wake;

/// The socket below a connection, kept beside it by [`super::on_connect`] and gone with it.
#[derive(Debug, Clone)]
pub struct SocketHandle(pub Arc<Socket>);

/// A chunk of a response's body.
pub type Chunk = Result<Bytes, actix_web::Error>;
