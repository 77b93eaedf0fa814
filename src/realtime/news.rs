//! What passes between a channel and those who listen to it.

use super::frames::{Frame, Position};
use super::ports::RequestState;
use super::topics::View;
use super::views::Renderer;

/// What one listener was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub position: Position,
    /// Raised when everybody has to begin anew although the position is the same.
    pub generation: u32,
}

/// Where a listener wants to begin.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The subscription's id, to be repeated in the answer.
    pub id: Option<u64>,
    pub position: Option<Position>,
    /// The hub's counter up to which the listener has everything.
    pub cursor: Option<u64>,
    /// Whether what the listener has is void.
    pub is_reset: bool,
}

/// A page of a log, and the position that was current before it was read.
pub struct LogPage {
    pub position: Position,
    pub requests: Vec<RequestState>,
}

/// News for one listener.
pub enum News {
    Frames {
        frames: Vec<Frame>,
        told: Told,
        /// The hub's number of the newest among them.
        n: u64,
        has_more: bool,
    },
    /// The listener fell behind what is kept and has to begin anew.
    Behind,
}

/// What a subscription begins with.
#[derive(Clone, Copy)]
pub struct Beginning<'a> {
    pub view: View,
    pub start: &'a Start,
    pub page: Option<&'a LogPage>,
    pub renderer: &'a Renderer,
}

impl Told {
    /// Told everything up to `seq`, by a replay from storage.
    pub fn up_to(position: Position) -> Self {
        Self { position, generation: 0 }
    }
}
