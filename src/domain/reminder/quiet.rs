//! Hours in which nobody is to be disturbed.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::time::{day_of, resolve_local};

/// A stretch of every day, by the clocks where a visit is. It may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    pub from: NaiveTime,
    /// Not quiet any more. Never equal to `from`.
    pub to: NaiveTime,
}

impl QuietHours {
    /// From when to when it is quiet around `at`; nothing where it is not.
    fn around(self, at: DateTime<Utc>, zone: Tz) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let day = day_of(at, zone);
        let nights = [day.pred_opt().unwrap_or(day), day].map(|day| self.night(day, zone));
        nights.into_iter().find(|(from, to)| *from <= at && at < *to)
    }

    /// The quiet stretch that begins on `day`.
    fn night(self, day: NaiveDate, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
        let last = if self.from < self.to {
            day
        } else {
            day.checked_add_days(Days::new(1)).unwrap_or(day)
        };
        let at = |day: NaiveDate, time| resolve_local(day.and_time(time), zone).first();
        (at(day, self.from), at(last, self.to))
    }

    /// When the quiet that holds at `at` is over; nothing where there is none.
    pub fn ends_after(self, at: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        self.around(at, zone).map(|(_, to)| to)
    }

    /// The time nearest to `due_at` that is not quiet, after `now` and before the visit. Of two
    /// that are equally near, the earlier. Nothing when there is none.
    pub fn nearest(
        self,
        due_at: DateTime<Utc>,
        zone: Tz,
        now: DateTime<Utc>,
        starts_at: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let Some((from, to)) = self.around(due_at, zone) else {
            return Some(due_at);
        };
        // The last minute before the quiet, so that a mail sent then does not arrive in it.
        let before = from - chrono::TimeDelta::minutes(1);
        let fits = |at: &DateTime<Utc>| now < *at && *at < starts_at;
        [before, to].into_iter().filter(fits).min_by_key(|at| (*at - due_at).abs())
    }
}
