//! A topic of which only the newest counts.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ledger::{Ledger, LedgerNo};
use serde_json::value::RawValue;

use super::frames::{self, Frame, How, Position};
use super::news::{Beginning, News, Told};
use super::topics::View;
use super::views::Renderer;

/// The newest state, encoded for a view when somebody with that view first wants it.
pub struct State {
    pub source: Source,
    pub position: Position,
    pub at: DateTime<Utc>,
    pub cause: Option<&'static str>,
    /// Raised when everybody has to begin anew although the sequence number is the same.
    pub generation: u32,
    /// The hub's counter at the last change.
    pub n: u64,
    /// For the public and for staff.
    pub rendered: [Option<Rendered>; 2],
}

/// Where a state comes from.
pub enum Source {
    Board { ledger: Arc<Ledger>, no: LedgerNo },
    Notice(Box<RawValue>),
}

/// A state encoded for one view: alone, and as the message everybody gets.
#[derive(Clone)]
pub struct Rendered {
    data: Arc<RawValue>,
    update: Frame,
}

impl State {
    fn rendered(&mut self, name: &str, view: View, renderer: &Renderer) -> Option<Rendered> {
        let kind = match &self.source {
            Source::Board { .. } => "availability-updated",
            Source::Notice(_) => "notice-updated",
        };
        let [public, staff] = &mut self.rendered;
        let place = match view {
            View::Public => public,
            View::Staff => staff,
        };
        if place.is_none() {
            let data: Box<RawValue> = match &self.source {
                Source::Board { ledger, .. } => renderer.board(ledger, view)?,
                Source::Notice(data) => data.clone(),
            };
            let update = frames::state(kind, name, self.position, (self.at, self.cause), &data);
            *place = Some(Rendered { data: Arc::from(data), update });
        }
        place.clone()
    }

    /// What a new listener is told first. `None` when the object is gone.
    pub fn begin(&mut self, name: &str, beginning: Beginning<'_>) -> Option<(Frame, Told)> {
        let Beginning { view, start, renderer, .. } = beginning;
        let told = Told { position: self.position, generation: self.generation };
        // After a restatement the same position may stand for other content.
        let has_newest = (start.position == Some(self.position) && self.generation == 0)
            || start.cursor.is_some_and(|cursor| self.n <= cursor);
        if has_newest && !start.is_reset {
            let frame = frames::subscribed(start.id, name, self.position, How::Resumed, None);
            return Some((frame, told));
        }
        let data = self.rendered(name, view, renderer)?.data;
        let is_other_history =
            start.position.is_some_and(|position| position.epoch != self.position.epoch);
        let how = if start.is_reset || is_other_history { How::Reset } else { How::Snapshot };
        let frame = frames::subscribed(start.id, name, self.position, how, Some(&data));
        Some((frame, told))
    }

    /// Everything after `told`.
    pub fn news(&mut self, name: &str, view: View, told: Told, renderer: &Renderer) -> News {
        let now = Told { position: self.position, generation: self.generation };
        let is_restated =
            told.generation != now.generation || told.position.epoch != now.position.epoch;
        let is_newer = now.position.seq > told.position.seq;
        if !is_restated && !is_newer {
            return News::Frames { frames: Vec::new(), told: now, n: self.n, has_more: false };
        }
        // A board whose team is gone has nothing to show; its listeners are asked to leave
        // elsewhere.
        let frame = self.rendered(name, view, renderer).map(|rendered| {
            if is_restated {
                let data = Some(&*rendered.data);
                frames::subscribed(None, name, now.position, How::Reset, data)
            } else {
                rendered.update
            }
        });
        News::Frames { frames: frame.into_iter().collect(), told: now, n: self.n, has_more: false }
    }
}
