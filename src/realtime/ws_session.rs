//! A WebSocket: the one file that knows `actix-web-actors`, which is deprecated.
//!
//! The actor writes only when it is awake and only what its feed drains, so a socket that does not
//! read stops the actor and costs nothing more; [`super::reaper`] ends it from outside. Everything
//! a session is asked to do waits its turn in its own slots, never in a mailbox.

use std::sync::Arc;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, StreamHandler, WrapFuture};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use actix_web_actors::ws;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::connections::Seat;
use super::door::{self, Shown};
use super::feed::Feed;
use super::frames::{self, ClientMessage, Close, Frame, PROTOCOL, Refused};
use super::hub::Hub;
use super::identity::{Identity, SessionKey};
use super::limits::AUTH_WITHIN;
use super::load::{Prepared, Wanted};
use super::outlet::{PING, REAUTHORISE, REIDENTIFY, Wake, Wakes};

/// Close code for a message longer than the settings allow: RFC 6455, 7.4.1.
const TOO_BIG: u16 = 1009;

/// Close code for what is not text.
const UNSUPPORTED: u16 = 1003;

type Context = ws::WebsocketContext<WsSession>;

/// One WebSocket.
pub struct WsSession {
    hub: Arc<Hub>,
    state: State,
    /// The session that the handshake's cookie names: a ticket of another one is refused.
    cookie_session: Option<SessionKey>,
    /// Shown in the handshake, looked at when the actor starts.
    shown: Option<String>,
    inbound: DefaultDirectRateLimiter,
}

enum State {
    /// Nobody knows yet who this is.
    Strange(Seat),
    Known(Box<Feed>),
    Over,
}

/// What the handshake tells.
pub struct Handshake {
    pub seat: Seat,
    pub cookie_session: Option<SessionKey>,
    /// A ticket or a capability.
    pub shown: Option<String>,
    /// Whether the client offered only versions that we do not speak.
    pub is_other_version: bool,
}

/// Answers the handshake and starts the session.
///
/// # Errors
///
/// When the request is not a proper handshake.
pub fn start(
    hub: Arc<Hub>,
    handshake: Handshake,
    request: &HttpRequest,
    body: Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let config = &hub.settings.config;
    let size_max = config.message_bytes_max;
    let burst = std::num::NonZero::new(config.messages_burst_max);
    let rate = std::num::NonZero::new(config.messages_per_second_max);
    let one = std::num::NonZero::<u32>::MIN;
    let quota = Quota::per_second(rate.unwrap_or(one)).allow_burst(burst.unwrap_or(one));
    let Handshake { seat, cookie_session, shown, is_other_version } = handshake;
    if is_other_version {
        seat.outlet.close(Close::Version, hub.now_ms());
    }
    let inbound = RateLimiter::direct(quota);
    let session = WsSession { hub, state: State::Strange(seat), cookie_session, shown, inbound };
    let offered = ws::WsResponseBuilder::new(session, request, body).frame_size(size_max);
    if is_other_version { offered.start() } else { offered.protocols(&[PROTOCOL]).start() }
}

impl Actor for WsSession {
    type Context = Context;

    fn started(&mut self, ctx: &mut Self::Context) {
        let State::Strange(seat) = &self.state else { return };
        let outlet = Arc::clone(&seat.outlet);
        ctx.add_stream(Wakes(outlet));
        if let Some(shown) = self.shown.take() {
            self.show(shown, ctx);
            return;
        }
        ctx.run_later(AUTH_WITHIN, |session, ctx| {
            if matches!(session.state, State::Strange(_)) {
                session.end(Close::TicketRefused, ctx);
            }
        });
    }

    fn stopped(&mut self, _ctx: &mut Self::Context) {
        // Here at the latest, on whatever way it ended, the seat is free again.
        self.state = State::Over;
    }
}

impl WsSession {
    /// Looks at a ticket or capability; everything else waits until it is known whose it is.
    fn show(&mut self, shown: String, ctx: &mut Context) {
        let shown = Shown { text: shown, cookie_session: self.cookie_session };
        let identified = door::identify(Arc::clone(&self.hub), shown);
        let then = identified.into_actor(self).map(|identity, session, ctx| match identity {
            Ok(identity) => session.welcome(identity, ctx),
            Err(close) => session.end(close, ctx),
        });
        ctx.wait(then);
    }

    fn welcome(&mut self, identity: Identity, ctx: &mut Context) {
        let identity = Arc::new(identity);
        match std::mem::replace(&mut self.state, State::Over) {
            State::Strange(mut seat) => {
                if let Err(close) = seat.claim(&identity) {
                    return self.end(close, ctx);
                }
                let feed = Feed::new(Arc::clone(&self.hub), seat, identity);
                let hello = feed.hello();
                self.state = State::Known(Box::new(feed));
                self.write(&[hello], ctx);
                self.expect_subscription(ctx);
            }
            State::Known(mut feed) => match feed.identify(identity) {
                Ok(mut frames) => {
                    frames.insert(0, feed.hello());
                    self.state = State::Known(feed);
                    self.write(&frames, ctx);
                }
                Err(close) => self.end(close, ctx),
            },
            State::Over => {}
        }
    }

    fn expect_subscription(&self, ctx: &mut Context) {
        let within = self.hub.settings.config.subscribe_timeout;
        ctx.run_later(within, |session, ctx| {
            if matches!(&session.state, State::Known(feed) if feed.len() == 0) {
                session.end(Close::DeadPeer, ctx);
            }
        });
    }

    fn write(&self, frames: &[Frame], ctx: &mut Context) {
        if frames.is_empty() {
            return;
        }
        for text in frames::pack(frames) {
            ctx.text(text);
        }
        if let State::Known(feed) = &self.state {
            feed.seat.outlet.note_told(self.hub.now_ms());
        }
    }

    fn end(&mut self, close: Close, ctx: &mut Context) {
        self.state = State::Over;
        let code = ws::CloseCode::Other(close.code());
        end_with(code, &format!("{close:?}"), ctx);
    }

    /// Serves what waits: orders first, then news.
    fn serve(&mut self, ctx: &mut Context) {
        let closing = match &self.state {
            State::Strange(seat) => seat.outlet.closing(),
            State::Known(feed) => feed.seat.outlet.closing(),
            State::Over => return,
        };
        if let Some(close) = closing {
            if close == Close::Drain {
                let bye = frames::bye(close, Some(self.hub.return_window_ms()));
                self.write(&[bye], ctx);
            }
            return self.end(close, ctx);
        }
        let State::Known(feed) = &mut self.state else { return };
        let orders = feed.seat.outlet.take_orders();
        if orders & REIDENTIFY != 0 {
            return self.reidentify(orders, ctx);
        }
        let mut frames = if orders & REAUTHORISE == 0 { Vec::new() } else { feed.reauthorise() };
        let drained = feed.drain();
        frames.extend(drained.frames);
        if drained.has_more {
            // The next write begins when this one is out: a full socket stops polling this actor.
            feed.seat.outlet.wake(self.hub.now_ms());
        }
        let is_pinged = orders & PING != 0;
        self.write(&frames, ctx);
        if is_pinged {
            self.ping(ctx);
        }
        if !drained.behind.is_empty() {
            self.follow(drained.behind, ctx);
        }
    }

    fn ping(&mut self, ctx: &mut Context) {
        let State::Known(feed) = &self.state else { return };
        let (ping, now_ms) = (frames::ping(Some(&feed.resume_token())), self.hub.now_ms());
        feed.seat.outlet.note_pinged(now_ms);
        self.write(&[ping], ctx);
        // Browsers answer this one by themselves.
        ctx.ping(b"");
    }

    /// Asks who this is now. Nothing is told until that is known.
    fn reidentify(&mut self, orders: u8, ctx: &mut Context) {
        let State::Known(feed) = &self.state else { return };
        feed.seat.outlet.order(orders & !REIDENTIFY, self.hub.now_ms());
        let identity = Arc::clone(&feed.identity);
        let standing = door::standing(Arc::clone(&self.hub), identity);
        ctx.wait(standing.into_actor(self).map(|standing, session, ctx| match standing {
            Ok(identity) => {
                if let State::Known(feed) = &mut session.state {
                    match feed.identify(Arc::new(identity)) {
                        Ok(frames) => session.write(&frames, ctx),
                        Err(close) => session.end(close, ctx),
                    }
                }
                session.serve(ctx);
            }
            Err(close) => session.end(close, ctx),
        }));
    }

    fn hear(&mut self, message: ClientMessage, ctx: &mut Context) {
        match (message, &mut self.state) {
            (ClientMessage::Auth { ticket }, _) => self.show(ticket, ctx),
            (ClientMessage::Subscribe { id, topics }, State::Known(feed)) => {
                let (refused, wanted) = feed.plan(id, topics);
                self.write(&refused, ctx);
                self.follow(wanted, ctx);
            }
            (ClientMessage::Unsubscribe { topics }, State::Known(feed)) => {
                let frames = feed.unsubscribe(&topics);
                self.write(&frames, ctx);
            }
            (ClientMessage::Resync { topic }, State::Known(feed)) => {
                if let Some(wanted) = feed.resync(&topic) {
                    return self.follow(vec![wanted], ctx);
                }
                let refused = frames::error(None, Some(&topic), Refused::Denied);
                self.write(&[refused], ctx);
            }
            // Whoever does not say who they are first has no ticket.
            (_, State::Strange(_)) => self.end(Close::TicketRefused, ctx),
            (ClientMessage::Pong {}, State::Known(_)) | (_, State::Over) => {}
        }
    }

    /// Prepares and attaches, while everything else waits: an answer never overtakes another.
    fn follow(&mut self, wanted: Vec<Wanted>, ctx: &mut Context) {
        if wanted.is_empty() {
            return;
        }
        let hub = Arc::clone(&self.hub);
        let prepared = async move { hub.prepare(wanted).await };
        ctx.wait(prepared.into_actor(self).map(|prepared: Vec<Prepared>, session, ctx| {
            if let State::Known(feed) = &mut session.state {
                let frames = feed.attach(prepared);
                session.write(&frames, ctx);
            }
        }));
    }

    fn hear_text(&mut self, text: &str, ctx: &mut Context) {
        let messages = if text.trim_start().starts_with('[') {
            serde_json::from_str::<Vec<ClientMessage>>(text)
        } else {
            serde_json::from_str::<ClientMessage>(text).map(|message| vec![message])
        };
        match messages {
            Ok(messages) => {
                for message in messages {
                    if self.inbound.check().is_err() {
                        self.write(&[frames::error(None, None, Refused::Rate)], ctx);
                        return;
                    }
                    self.hear(message, ctx);
                }
            }
            Err(_unreadable) if matches!(self.state, State::Strange(_)) => {
                self.end(Close::TicketRefused, ctx);
            }
            Err(_unreadable) => {
                if self.inbound.check().is_ok() {
                    self.write(&[frames::error(None, None, Refused::Malformed)], ctx);
                }
            }
        }
    }
}

fn end_with(code: ws::CloseCode, description: &str, ctx: &mut Context) {
    ctx.close(Some(ws::CloseReason { code, description: Some(description.to_owned()) }));
    ctx.stop();
}

impl StreamHandler<Wake> for WsSession {
    fn handle(&mut self, _wake: Wake, ctx: &mut Self::Context) {
        self.serve(ctx);
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for WsSession {
    fn handle(&mut self, item: Result<ws::Message, ws::ProtocolError>, ctx: &mut Self::Context) {
        let heard_at_ms = self.hub.now_ms();
        match &self.state {
            State::Strange(seat) => seat.outlet.note_heard(heard_at_ms),
            State::Known(feed) => feed.seat.outlet.note_heard(heard_at_ms),
            State::Over => return,
        }
        match item {
            Ok(ws::Message::Text(text)) => self.hear_text(&text, ctx),
            Ok(ws::Message::Ping(payload)) => ctx.pong(&payload),
            Ok(ws::Message::Pong(_) | ws::Message::Nop) => {}
            Ok(ws::Message::Close(reason)) => {
                self.state = State::Over;
                ctx.close(reason);
                ctx.stop();
            }
            Ok(ws::Message::Binary(_) | ws::Message::Continuation(_)) => {
                self.state = State::Over;
                end_with(ws::CloseCode::from(UNSUPPORTED), "text only, in one piece", ctx);
            }
            Err(ws::ProtocolError::Overflow) => {
                self.state = State::Over;
                end_with(ws::CloseCode::from(TOO_BIG), "message too big", ctx);
            }
            Err(_broken) => {
                self.state = State::Over;
                end_with(ws::CloseCode::Protocol, "not a WebSocket frame", ctx);
            }
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        self.state = State::Over;
        ctx.stop();
    }
}
