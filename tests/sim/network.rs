//! Letters between hosts, over turmoil's network, so that a seed can delay, lose and hold each.
//!
//! A datagram holds numbers only; what they stand for waits at the [`Post`], which belongs to no
//! host and so survives all of them. That is how a call can still be on its way when its sender is
//! dead, and be made when nobody expects it any more.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use turmoil::net::UdpSocket;

/// Where every host listens for letters.
pub const PORT: u16 = 700;

/// Two numbers: which letter, and which answer.
type Datagram = [u8; 16];

/// Everything that was ever sent and what was answered.
pub struct Post<Q, A> {
    sent: Mutex<(u64, BTreeMap<u64, Q>)>,
    answered: Mutex<(u64, BTreeMap<u64, A>)>,
}

impl<Q, A> Default for Post<Q, A> {
    fn default() -> Self {
        Self { sent: Mutex::default(), answered: Mutex::default() }
    }
}

fn put<T>(shelf: &Mutex<(u64, BTreeMap<u64, T>)>, thing: T) -> u64 {
    let mut shelf = shelf.lock().unwrap();
    shelf.0 += 1;
    let number = shelf.0;
    shelf.1.insert(number, thing);
    number
}

fn take<T>(shelf: &Mutex<(u64, BTreeMap<u64, T>)>, number: u64) -> Option<T> {
    shelf.lock().unwrap().1.remove(&number)
}

fn datagram(letter: u64, answer: u64) -> Datagram {
    let mut datagram = [0; 16];
    datagram[..8].copy_from_slice(&letter.to_le_bytes());
    datagram[8..].copy_from_slice(&answer.to_le_bytes());
    datagram
}

async fn receive(socket: &UdpSocket) -> io::Result<(u64, u64, SocketAddr)> {
    let mut datagram: Datagram = [0; 16];
    let (_, from) = socket.recv_from(&mut datagram).await?;
    let (letter, answer) = datagram.split_at(8);
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
    Ok((number(letter), number(answer), from))
}

/// Answers every letter that reaches this host, each in a task of its own; for ever.
pub async fn serve<Q: 'static, A: 'static, F: Future<Output = A> + 'static>(
    post: Arc<Post<Q, A>>,
    handle: impl Fn(Q) -> F,
) -> io::Result<()> {
    let socket = Rc::new(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?);
    loop {
        let (letter, _, from) = receive(&socket).await?;
        let Some(question) = take(&post.sent, letter) else { continue };
        let (socket, post, answer) = (Rc::clone(&socket), Arc::clone(&post), handle(question));
        tokio::task::spawn_local(async move {
            let answer = put(&post.answered, answer.await);
            // A host that cannot be reached is one more way to lose an answer.
            drop(socket.send_to(&datagram(letter, answer), from).await);
        });
    }
}

/// The side of a host that asks.
pub struct Caller<Q, A> {
    post: Arc<Post<Q, A>>,
    socket: Arc<UdpSocket>,
    waiting: Arc<Mutex<BTreeMap<u64, oneshot::Sender<A>>>>,
}

impl<Q: Send + 'static, A: Send + 'static> Caller<Q, A> {
    /// Starts listening for answers on this host.
    pub async fn start(post: Arc<Post<Q, A>>) -> io::Result<Self> {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?);
        let waiting: Arc<Mutex<BTreeMap<u64, oneshot::Sender<A>>>> = Arc::default();
        let caller = Self { post, socket, waiting };
        let (post, socket) = (Arc::clone(&caller.post), Arc::clone(&caller.socket));
        let waiting = Arc::clone(&caller.waiting);
        tokio::task::spawn_local(async move {
            while let Ok((letter, answer, _)) = receive(&socket).await {
                let answer = take(&post.answered, answer);
                let reply = waiting.lock().unwrap().remove(&letter);
                if let (Some(reply), Some(answer)) = (reply, answer) {
                    drop(reply.send(answer));
                }
            }
        });
        Ok(caller)
    }

    /// Asks the host called `to` and waits for its answer, at most for `patience`.
    pub fn ask(
        &self,
        to: &'static str,
        question: Q,
        patience: Duration,
    ) -> impl Future<Output = Option<A>> + Send + 'static {
        let letter = put(&self.post.sent, question);
        let (reply, answer) = oneshot::channel();
        let (socket, waiting) = (Arc::clone(&self.socket), Arc::clone(&self.waiting));
        async move {
            waiting.lock().unwrap().insert(letter, reply);
            drop(socket.send_to(&datagram(letter, 0), (to, PORT)).await);
            let answer = tokio::time::timeout(patience, answer).await;
            waiting.lock().unwrap().remove(&letter);
            answer.ok()?.ok()
        }
    }
}
