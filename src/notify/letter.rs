//! What a letter says, and its shape as mail.

use std::time::SystemTime;

use askama::Template;
use chrono::{DateTime, Utc};
use domain::invite::{Method, Person};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, message::Attachment as FilePart};

use super::mailer::SendError;
use super::words::{Language, Words};

/// Why somebody is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LetterKind {
    Confirmed,
    /// It waits for the team to agree.
    Received,
    Changed,
    Cancelled,
    Declined,
    Expired,
    /// A place is held for somebody who waited.
    Offer,
    OfferLapsed,
    Waitlisted,
    /// The visit cannot be as planned, and the client is to choose anew.
    Displaced,
    Reminder,
    /// To staff: an emergency was booked.
    Emergency,
    PaymentReceived,
    PaymentRefunded,
    /// Money came for a place that had gone, and goes back.
    PaymentLate,
    /// A link to sign in by.
    SignIn,
}

impl LetterKind {
    /// Every kind.
    pub const ALL: [Self; KINDS_COUNT] = [
        Self::Confirmed,
        Self::Received,
        Self::Changed,
        Self::Cancelled,
        Self::Declined,
        Self::Expired,
        Self::Offer,
        Self::OfferLapsed,
        Self::Waitlisted,
        Self::Displaced,
        Self::Reminder,
        Self::Emergency,
        Self::PaymentReceived,
        Self::PaymentRefunded,
        Self::PaymentLate,
        Self::SignIn,
    ];

    /// Whether there is still something that the reader may do about what it says.
    fn is_open(self) -> bool {
        !matches!(
            self,
            Self::Cancelled
                | Self::Declined
                | Self::Expired
                | Self::OfferLapsed
                | Self::PaymentRefunded
        )
    }

    /// What its button says.
    fn action(self, words: &Words) -> &'static str {
        match self {
            Self::Offer => words.accept,
            Self::SignIn => words.sign_in,
            Self::PaymentLate => words.choose,
            _ => words.manage,
        }
    }

    /// The colour of the stripe above it, so that good and bad news can be told at a glance.
    fn colour(self) -> &'static str {
        match self {
            Self::Confirmed | Self::PaymentReceived | Self::Offer => "#1a7f4b",
            Self::Cancelled | Self::Declined | Self::Expired | Self::OfferLapsed => "#6b7280",
            Self::Displaced | Self::Emergency | Self::PaymentLate => "#c2410c",
            Self::Received
            | Self::Changed
            | Self::Waitlisted
            | Self::Reminder
            | Self::PaymentRefunded
            | Self::SignIn => "#0b5cad",
        }
    }
}

/// How many kinds there are.
pub(super) const KINDS_COUNT: usize = 16;

/// A letter cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// Nobody is to get one with a hole in it.
    #[error("a letter of this kind needs the {field}, and there is none")]
    Missing { field: &'static str },
    /// Its shape cannot be filled in.
    #[error("the letter cannot be put together: {0}")]
    Template(String),
}

/// What letters are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Who is greeted.
    pub client: String,
    /// Who signs.
    pub sender: String,
    /// The booking that it is about. Only links to sign in by are about none.
    pub visit: Option<VisitParts>,
    pub price: Option<String>,
    /// What was paid, or goes back.
    pub amount: Option<String>,
    /// What was said about the change.
    pub note: Option<String>,
    /// Where the button leads.
    pub action_url: Option<String>,
    /// Who to call: for staff, and only in letters to them.
    pub contact: Option<String>,
    /// Where whoever does not want letters of this kind may say so.
    pub unsubscribe_url: Option<String>,
}

/// A visit in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitParts {
    pub service: String,
    pub team: String,
    pub member: Option<String>,
    /// Written out in the reader's language.
    pub when: String,
    pub reference: String,
}

impl Parts {
    /// The part that a letter of `kind` cannot be without, and that is not there.
    fn missing(&self, kind: LetterKind) -> Option<&'static str> {
        let visit = self.visit.as_ref();
        let of_visit = |read: fn(&VisitParts) -> &String| {
            kind == LetterKind::SignIn || visit.is_some_and(|visit| !read(visit).is_empty())
        };
        let is_about_money = matches!(
            kind,
            LetterKind::PaymentReceived | LetterKind::PaymentRefunded | LetterKind::PaymentLate
        );
        let is_for_staff = kind == LetterKind::Emergency;
        let said = |part: &Option<String>| part.as_ref().is_some_and(|text| !text.is_empty());
        let needed = [
            ("client's name", !self.client.is_empty()),
            ("sender's name", !self.sender.is_empty()),
            ("service", of_visit(|visit| &visit.service)),
            ("team", of_visit(|visit| &visit.team)),
            ("time of the visit", of_visit(|visit| &visit.when)),
            ("reference", of_visit(|visit| &visit.reference)),
            ("amount", !is_about_money || said(&self.amount)),
            ("client's contact", !is_for_staff || said(&self.contact)),
            ("link", is_for_staff || !kind.is_open() || said(&self.action_url)),
        ];
        needed.into_iter().find(|(_, is_there)| !is_there).map(|(field, _)| field)
    }
}

/// One line of a letter's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
}

#[derive(Template)]
#[template(path = "letter.txt", config = "src/notify/askama.toml", escape = "none")]
struct TextLetter<'a> {
    words: &'a Words,
    parts: &'a Parts,
    intro: &'a str,
    facts: &'a [Fact],
    action: &'a str,
}

#[derive(Template)]
#[template(path = "letter.html", config = "src/notify/askama.toml")]
struct HtmlLetter<'a> {
    words: &'a Words,
    parts: &'a Parts,
    subject: &'a str,
    heading: &'a str,
    intro: &'a str,
    facts: &'a [Fact],
    action: &'a str,
    colour: &'a str,
}

/// A calendar file that goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub method: Method,
    pub ics: String,
}

/// A letter, ready to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Names it for ever: letters, digits and dashes. The `Message-ID` is made of it.
    pub id: String,
    pub from: Person,
    pub to: Person,
    pub date: DateTime<Utc>,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub attachment: Option<Attachment>,
    /// Where whoever does not want letters of this kind may say so.
    pub unsubscribe: Option<String>,
}

/// Subject, text and HTML of a letter.
pub type Composed = (String, String, String);

/// Writes a letter of some kind in some language.
///
/// # Errors
///
/// [`ComposeError::Missing`] when something that it must say is not known: there is no letter then.
pub fn compose(
    kind: LetterKind,
    language: Language,
    parts: &Parts,
) -> Result<Composed, ComposeError> {
    if let Some(field) = parts.missing(kind) {
        return Err(ComposeError::Missing { field });
    }
    let words = language.words();
    let (heading, intro) = words.told(kind);
    let subject = match &parts.visit {
        Some(visit) => format!("{heading}: {}, {}", visit.service, visit.when),
        None => format!("{heading}: {}", parts.sender),
    };
    let facts = facts(words, parts);
    let action = kind.action(words);
    let shown =
        Parts { action_url: parts.action_url.clone().filter(|_| kind.is_open()), ..parts.clone() };
    let (parts, facts) = (&shown, facts.as_slice());
    let text = TextLetter { words, parts, intro, facts, action };
    let (subject_shown, colour) = (subject.as_str(), kind.colour());
    let html =
        HtmlLetter { words, parts, subject: subject_shown, heading, intro, facts, action, colour };
    let failed = |error: askama::Error| ComposeError::Template(error.to_string());
    let (text, html) = (text.render().map_err(failed)?, html.render().map_err(failed)?);
    Ok((subject, text, html))
}

fn facts(words: &'static Words, parts: &Parts) -> Vec<Fact> {
    let line = |label: &'static str, value: Option<&String>| {
        value.cloned().map(|value| Fact { label, value })
    };
    let visit = parts.visit.as_ref();
    [
        line(words.service, visit.map(|visit| &visit.service)),
        line(words.when, visit.map(|visit| &visit.when)),
        line(words.team, visit.map(|visit| &visit.team)),
        line(words.member, visit.and_then(|visit| visit.member.as_ref())),
        line(words.reference, visit.map(|visit| &visit.reference)),
        line(words.price, parts.price.as_ref()),
        line(words.amount, parts.amount.as_ref()),
        line(words.contact, parts.contact.as_ref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Letter {
    /// The name by which mail programs know it: the same however often it is sent.
    pub fn message_id(&self) -> String {
        let domain = self.from.email.rsplit('@').next().unwrap_or("localhost");
        format!("<{}@{domain}>", self.id)
    }

    /// The letter as mail.
    ///
    /// # Errors
    ///
    /// A permanent one, when an address cannot be one.
    pub(super) fn message(&self) -> Result<Message, SendError> {
        let body = MultiPart::alternative()
            .singlepart(SinglePart::plain(self.text.clone()))
            .singlepart(SinglePart::html(self.html.clone()));
        let mut builder = Message::builder()
            .message_id(Some(self.message_id()))
            .date(SystemTime::from(self.date))
            .from(mailbox(&self.from)?)
            .to(mailbox(&self.to)?)
            .subject(one_line(&self.subject))
            .raw_header(raw("Auto-Submitted", "auto-generated"));
        if let Some(url) = &self.unsubscribe {
            builder = builder.raw_header(raw("List-Unsubscribe", &format!("<{url}>")));
        }
        if self.unsubscribe.as_ref().is_some_and(|url| url.starts_with("https:")) {
            builder =
                builder.raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let message = match &self.attachment {
            Some(attachment) => builder.multipart(with_calendar(body, attachment)?),
            None => builder.multipart(body),
        };
        message.map_err(|error| SendError::permanent(&error))
    }
}

/// Puts a calendar beside the text, for programs that act on it, and below, for people who open it.
fn with_calendar(body: MultiPart, calendar: &Attachment) -> Result<MultiPart, SendError> {
    let method = calendar.method.name();
    let content = format!("text/calendar; charset=utf-8; method={method}");
    let inline = ContentType::parse(&content).map_err(|error| SendError::permanent(&error))?;
    let file =
        ContentType::parse("application/ics").map_err(|error| SendError::permanent(&error))?;
    let shown = SinglePart::builder().header(inline).body(calendar.ics.clone());
    let kept = FilePart::new("invite.ics".to_owned()).body(calendar.ics.clone(), file);
    Ok(MultiPart::mixed().multipart(body.singlepart(shown)).singlepart(kept))
}

fn mailbox(person: &Person) -> Result<Mailbox, SendError> {
    let address: Address = person.email.parse().map_err(|error| SendError::permanent(&error))?;
    Ok(Mailbox::new(Some(one_line(&person.name)), address))
}

/// Nothing that was typed begins a line of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), one_line(value))
}
