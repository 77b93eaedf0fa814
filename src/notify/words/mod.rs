//! The words of letters, by language.
//!
//! Every language has every word, because they are fields; a new one does not compile before it has
//! them all.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use domain::time::Slot;

use super::letter::{KINDS_COUNT, LetterKind};

mod ar;
mod de;
mod en;
mod es;

/// A language that letters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    German,
    Spanish,
    Arabic,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::Arabic];

    /// The language that a locale such as `de-AT` asks for; English where we do not have it.
    pub fn of(locale: Option<&str>) -> Self {
        let code = locale.unwrap_or_default().split(['-', '_']).next().unwrap_or_default();
        let is_it = |language: &Self| language.words().code.eq_ignore_ascii_case(code);
        Self::ALL.into_iter().find(is_it).unwrap_or(Self::English)
    }

    /// Its words.
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &en::WORDS,
            Self::German => &de::WORDS,
            Self::Spanish => &es::WORDS,
            Self::Arabic => &ar::WORDS,
        }
    }

    /// A visit written out: `Tuesday, 1 December 2026, 09:00–10:30 (Europe/Berlin)`.
    pub fn when(self, slot: Slot, zone: Tz) -> String {
        let words = self.words();
        let (from, to) = (slot.starts_at.with_timezone(&zone), slot.ends_at.with_timezone(&zone));
        let clock = |at: DateTime<Tz>| format!("{:02}:{:02}", at.hour(), at.minute());
        let end = if from.date_naive() == to.date_naive() {
            clock(to)
        } else {
            format!("{}, {}", words.day(to), clock(to))
        };
        format!("{}, {}–{end} ({})", words.day(from), clock(from), zone.name())
    }
}

/// The words of one language.
#[derive(Debug)]
pub struct Words {
    /// Of ISO 639.
    pub code: &'static str,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    pub greeting: &'static str,
    pub reason: &'static str,
    pub service: &'static str,
    pub when: &'static str,
    pub team: &'static str,
    pub member: &'static str,
    pub reference: &'static str,
    pub price: &'static str,
    pub amount: &'static str,
    pub contact: &'static str,
    pub manage: &'static str,
    pub accept: &'static str,
    pub sign_in: &'static str,
    /// To choose another time for a visit.
    pub choose: &'static str,
    /// To get no more reminders.
    pub stop: &'static str,
    /// From Monday on.
    weekdays: [&'static str; 7],
    /// From January on.
    months: [&'static str; 12],
    /// With `{weekday}`, `{day}`, `{month}` and `{year}`.
    date: &'static str,
    /// Heading and first sentence of each kind of letter, in the order of [`LetterKind::ALL`].
    letters: [(&'static str, &'static str); KINDS_COUNT],
}

impl Words {
    /// Heading and first sentence of a letter.
    pub fn told(&self, kind: LetterKind) -> (&'static str, &'static str) {
        let told = LetterKind::ALL.iter().zip(self.letters).find(|(known, _)| **known == kind);
        told.map_or(("", ""), |(_, told)| told)
    }

    fn day(&self, at: DateTime<Tz>) -> String {
        let pick = |words: &[&'static str], index: u32| {
            usize::try_from(index).ok().and_then(|index| words.get(index).copied()).unwrap_or("")
        };
        self.date
            .replace("{weekday}", pick(&self.weekdays, at.weekday().num_days_from_monday()))
            .replace("{day}", &at.day().to_string())
            .replace("{month}", pick(&self.months, at.month0()))
            .replace("{year}", &at.year().to_string())
    }
}
