//! Realtime: whoever watches a day, a booking or a table hears of it as soon as it is durable.
//!
//! Every topic is either a *state*, of which only the newest counts, or a *log*, of which nothing
//! may be missed. A listener has a position in each; it is told what comes after it, or that it has
//! to begin anew, and never has a silent hole. The protocol is `daybook.v1`, the same over
//! WebSocket, event streams and polls; clients only listen, and change things over HTTP.
//!
//! The way of an event: a ledger commits and leaves it in the [`Hub`]'s intake; the broadcaster
//! takes what waits and puts it into *channels*, one for each topic that somebody follows; each
//! listener's slot is marked; its session wakes and writes the newest when its socket has room.
//!
//! **Invariants:** nothing is queued for a listener, so a slow one costs nothing but its slots.
//! Nothing is told before it is durable. A cookie alone opens no WebSocket. What may be heard is
//! decided by [`topics::allow`] and nowhere else.

mod channel;
mod connections;
mod door;
mod feed;
pub mod frames;
mod hub;
mod identity;
mod limits;
mod load;
mod log;
mod log_ring;
mod news;
mod outlet;
mod payments;
mod poll;
mod ports;
mod publish;
mod reaper;
mod resume;
mod revocations;
mod sse;
mod state;
mod sweep;
mod tickets;
pub mod topics;
mod views;
mod ws_session;

#[cfg(test)]
pub(crate) mod tests;

use std::any::Any;
use std::sync::Arc;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;

pub use door::{NewTicket, NotOpened, Visitor, issue_ticket, open};
pub use hub::{Hub, HubStats};
pub use identity::{Identity, Revocation, SessionKey, Standing};
pub use limits::{PublicNumbers, Settings};
pub use poll::{PollAnswer, poll};
pub use ports::{
    Boards, Identities, PaymentStanding, PaymentState, Ports, RequestState, Snapshots, Unavailable,
    Whose,
};

/// For `HttpServer::on_connect`: keeps a handle on the socket beside the connection, so that it can
/// be ended from outside when nothing inside runs any more, and has small messages leave at once.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
    let socket = SockRef::from(stream);
    match socket.set_tcp_nodelay(true).and_then(|()| socket.try_clone()) {
        Ok(handle) => drop(data.insert(outlet::SocketHandle(Arc::new(handle)))),
        Err(error) => tracing::warn!(%error, "a connection cannot be watched from outside"),
    }
}
