//! What a node runs on: threads in production, one virtual thread in a simulation.
//!
//! Code of this folder names no arbiter, no thread and no blocking pool; it asks here, and takes
//! every instant from tokio's clock and every id from [`crate::ambient`]. So the very same actors
//! run on hosts that a seed crashes, cuts off and delays, and run the same way every time.

use std::sync::Arc;

use actix::{Actor, Addr, ArbiterHandle, Context};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::StoreError;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Where actors live and how blocking calls of the store are made.
#[derive(Clone)]
pub enum Runtime {
    /// Actors on these threads, lanes on threads of their own, reads on tokio's blocking threads.
    Threads(Vec<ArbiterHandle>),
    /// Everything on the thread that starts it, and the store at the other end of a link.
    Simulated(Arc<dyn Link>),
}

/// A call of the store that somebody else makes. It leaves its answer behind for its sender.
pub type Call = Box<dyn FnOnce() + Send>;

/// The way to a store on another host.
pub trait Link: Send + Sync + 'static {
    /// Has `call` made at the store's host and waits until word of it is back.
    ///
    /// # Errors
    ///
    /// [`Lost`]: it was made, or is still going to be, or never will.
    fn carry(&self, call: Call) -> BoxFuture<'static, Result<(), Lost>>;
}

/// No answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

/// A call of the store panicked. It only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panicked;

impl Runtime {
    /// Starts the `nth` of many actors; `None` when there is no thread to live on.
    pub(super) fn start<A>(&self, nth: usize, actor: A) -> Option<Addr<A>>
    where
        A: Actor<Context = Context<A>> + Send,
    {
        match self {
            Self::Threads(arbiters) => {
                let arbiter = arbiters.get(nth.checked_rem(arbiters.len())?)?;
                Some(A::start_in_arbiter(arbiter, move |_ctx| actor))
            }
            Self::Simulated(_) => Some(actor.start()),
        }
    }

    /// Lets `task` run beside its maker, and go on when nobody waits for it any more.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        match self {
            Self::Threads(_) => tokio::spawn(task),
            Self::Simulated(_) => tokio::task::spawn_local(task),
        }
    }

    /// Makes a call that reads and may block.
    ///
    /// # Errors
    ///
    /// [`Panicked`] outside, what the store says inside.
    pub(super) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<Result<T, StoreError>, Panicked>> {
        match self {
            Self::Threads(_) => tokio::task::spawn_blocking(read)
                .map(|read| {
                    read.map_err(|error| {
                        tracing::error!(%error, "a read panicked");
                        Panicked
                    })
                })
                .boxed(),
            Self::Simulated(link) => ask(link.as_ref(), read)
                .map(|answer| {
                    let lost = || StoreError::Unavailable("no answer came".to_owned());
                    Ok(answer.unwrap_or_else(|_| Err(lost())))
                })
                .boxed(),
        }
    }
}

/// Has `call` made at the other end of `link`, and brings its answer back.
pub(super) fn ask<T: Send + 'static>(
    link: &dyn Link,
    call: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, Lost>> + Send + 'static {
    let (reply, answer) = oneshot::channel();
    let carried = link.carry(Box::new(move || drop(reply.send(call()))));
    async move {
        carried.await?;
        answer.await.map_err(|_dropped| Lost)
    }
}
