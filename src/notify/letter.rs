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
}

impl LetterKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
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
    ];

    /// Whether there is still something that the reader may do about the booking.
    fn is_open(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Declined | Self::Expired | Self::OfferLapsed)
    }
}

/// What letters about a booking are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Who is greeted.
    pub client: String,
    /// Who signs.
    pub sender: String,
    pub service: String,
    pub team: String,
    pub member: Option<String>,
    /// The visit, written out in the reader's language.
    pub when: String,
    pub reference: String,
    pub price: Option<String>,
    /// What was said about the change.
    pub note: Option<String>,
    pub manage_url: Option<String>,
    /// Who to call: for staff, and only in letters to them.
    pub contact: Option<String>,
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
/// When a template fails, which takes a full memory: the letter is as good as lost, and said to be.
pub fn compose(kind: LetterKind, language: Language, parts: &Parts) -> Result<Composed, SendError> {
    let words = language.words();
    let (heading, intro) = words.told(kind);
    let subject = format!("{heading}: {}, {}", parts.service, parts.when);
    let facts = facts(words, parts);
    let action = if kind == LetterKind::Offer { words.accept } else { words.manage };
    let shown =
        Parts { manage_url: parts.manage_url.clone().filter(|_| kind.is_open()), ..parts.clone() };
    let (parts, facts) = (&shown, facts.as_slice());
    let text = TextLetter { words, parts, intro, facts, action };
    let html = HtmlLetter { words, parts, subject: &subject, heading, intro, facts, action };
    let text = text.render().map_err(|error| SendError::permanent(&error))?;
    let html = html.render().map_err(|error| SendError::permanent(&error))?;
    Ok((subject, text, html))
}

fn facts(words: &'static Words, parts: &Parts) -> Vec<Fact> {
    let line = |label: &'static str, value: &Option<String>| {
        value.clone().map(|value| Fact { label, value })
    };
    let some = |text: &String| Some(text.clone());
    [
        line(words.service, &some(&parts.service)),
        line(words.when, &some(&parts.when)),
        line(words.team, &some(&parts.team)),
        line(words.member, &parts.member),
        line(words.reference, &some(&parts.reference)),
        line(words.price, &parts.price),
        line(words.contact, &parts.contact),
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
