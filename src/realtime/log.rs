//! A topic of which nothing may be missed.

use super::frames::{self, Frame, How, Position, WRITE_BYTES_MAX, WRITE_MESSAGES_MAX};
use super::log_ring::LogRing;
use super::news::{Beginning, News, Start, Told};
use super::ports::RequestState;
use super::topics::View;

/// A log in memory.
pub struct Log {
    pub ring: LogRing,
    /// For the log of one booking: how it stands after the newest event.
    pub request: Option<RequestState>,
}

impl Log {
    /// From where a listener who begins at `start` can read on.
    pub fn resume_at(&self, start: &Start) -> Option<u64> {
        if start.is_reset {
            return None;
        }
        if let Some(cursor) = start.cursor {
            return self.ring.seq_at(cursor);
        }
        let position = start.position.filter(|position| position.epoch == self.ring.epoch)?;
        self.ring.after(position.seq).map(|_events| position.seq)
    }

    /// What a new listener is told first.
    pub fn begin(&self, name: &str, beginning: Beginning<'_>) -> (Frame, Told) {
        let Beginning { view, start, page, renderer } = beginning;
        let epoch = self.ring.epoch;
        if let Some(seq) = self.resume_at(start) {
            let position = Position { epoch, seq };
            let frame = frames::subscribed(start.id, name, position, How::Resumed, None);
            return (frame, Told { position, generation: 0 });
        }
        let is_void = start.is_reset || start.position.is_some() || start.cursor.is_some();
        let how = if is_void { How::Reset } else { How::Snapshot };
        let newest = Position { epoch, seq: self.ring.newest };
        let (position, data) = match (&self.request, page) {
            (Some(request), _) => (newest, Some(renderer.request(request.line(), view))),
            (None, Some(page)) => (page.position, Some(renderer.page(&page.requests, view))),
            (None, None) => (newest, None),
        };
        let frame = frames::subscribed(start.id, name, position, how, data.as_deref());
        (frame, Told { position, generation: 0 })
    }

    /// Everything after `told`, as much of it as fits into one write.
    pub fn news(&self, view: View, told: Told) -> News {
        let is_same_history = told.position.epoch == self.ring.epoch;
        let Some(events) = self.ring.after(told.position.seq).filter(|_| is_same_history) else {
            return News::Behind;
        };
        let (mut frames, mut bytes, mut position, mut n) = (Vec::new(), 0, told.position, 0);
        for event in events {
            if let Some(frame) = event.frame(view) {
                bytes += frame.json.len();
                let is_full = frames.len() == WRITE_MESSAGES_MAX || bytes > WRITE_BYTES_MAX;
                if is_full && !frames.is_empty() {
                    break;
                }
                frames.push(frame.clone());
            }
            (position.seq, n) = (event.seq, event.n);
        }
        let has_more = position.seq < self.ring.newest;
        News::Frames { frames, told: Told { position, generation: 0 }, n, has_more }
    }
}
