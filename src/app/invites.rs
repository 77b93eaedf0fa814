//! Bookings as calendars are told of them.

use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;
use domain::booking::Status;
use domain::ids::Reference;
use domain::invite::{
    Calendar, Event, Facts, Guests, Made, Method, Person, Repeats, Series, Uid, places, write,
};
use domain::recurrence::Recurrence;
use serde_json::{Map, Value};
use store::batch::SeriesDraft;
use store::records::BookingRecord;
use uuid::Uuid;

use super::{App, Catalog, Failure};
use crate::auth::{Grant, LinkPurpose, Links, MailLink};
use crate::notify::Language;

/// A calendar file, and what whoever gets it is to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    pub method: Method,
    pub ics: String,
}

/// Writes bookings down for calendars and letters. Sees one revision of the catalogue.
#[derive(Debug, Clone)]
pub struct Inviter {
    catalog: Arc<Catalog>,
    links: Arc<Links>,
    link_grace: TimeDelta,
    origin: String,
    organiser: Person,
}

/// How far an invitation reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One visit, whatever it is one of.
    Visit,
    /// All visits of its series, when it has one.
    Series,
}

impl Inviter {
    /// One over the newest catalogue.
    pub fn new(app: &App) -> Self {
        let mail = &app.config.mail;
        Self {
            catalog: app.catalog.current(),
            links: Arc::clone(&app.links),
            link_grace: TimeDelta::from_std(app.config.auth.link_grace).unwrap_or_default(),
            origin: app.origin(),
            organiser: Person { name: mail.from_name.clone(), email: mail.from_address.clone() },
        }
    }

    /// In whose name letters and invitations go out.
    pub fn organiser(&self) -> &Person {
        &self.organiser
    }

    /// The page from which whoever has the link may look after a booking.
    pub fn manage_url(&self, record: &BookingRecord) -> String {
        let purpose = LinkPurpose::Manage;
        let grant = Grant { booking: record.id, purpose, link_no: record.link_no };
        let token = self.links.issue(grant, record.entry.slot.ends_at + self.link_grace);
        format!("{}/c/{token}", self.origin)
    }

    /// Where the booking's client says that they want no more reminders.
    pub fn stop_url(&self, record: &BookingRecord) -> String {
        let token = self.links.issue_mail(MailLink::StopReminders, record.id.0);
        format!("{}/u/{token}", self.origin)
    }

    /// Where whoever has the link to sign in by with this id does so.
    pub fn sign_in_url(&self, link: Uuid) -> String {
        format!("{}/s/{}", self.origin, self.links.issue_mail(MailLink::SignIn, link))
    }

    /// Where clients look for another time.
    pub fn booking_url(&self) -> String {
        format!("{}/book", self.origin)
    }

    /// The zone that the booking's times are shown in.
    pub fn zone(&self, record: &BookingRecord) -> Tz {
        self.catalog.team(record.key.team).map_or(Tz::UTC, |team| team.zone)
    }

    /// The name of the booked service.
    pub fn service(&self, record: &BookingRecord) -> String {
        let service = self.catalog.service(record.entry.service);
        service.map(|service| service.name.clone()).unwrap_or_default()
    }

    /// The name of the team.
    pub fn team(&self, record: &BookingRecord) -> String {
        self.catalog.team(record.key.team).map(|team| team.name.clone()).unwrap_or_default()
    }

    /// The name of whoever comes.
    pub fn member(&self, record: &BookingRecord) -> Option<String> {
        let member = record.entry.member.and_then(|member| self.catalog.member(member));
        member.map(|member| member.name.clone())
    }

    /// A visit as its client's calendar shows it.
    pub fn event(&self, record: &BookingRecord) -> Event {
        let (entry, draft) = (&record.entry, &record.draft);
        let (service, url) = (self.service(record), self.manage_url(record));
        Event {
            uid: Uid::Booking(record.id),
            repeats: Repeats::Never,
            sequence: entry.rev,
            stamped_at: record.updated_at,
            created_at: record.created_at,
            status: entry.status,
            slot: entry.slot,
            zone: self.zone(record),
            summary: service.clone(),
            description: self.description(record, &url),
            location: detail(record, "address"),
            url: Some(url),
            guests: Some(Guests {
                organiser: self.organiser.clone(),
                attendee: Person {
                    name: draft.client.name.clone(),
                    email: draft.client.email.clone(),
                },
            }),
            facts: Facts {
                reference: Some(Reference::of(entry.no)),
                service,
                price: Some(draft.price.total),
                payment_status: Some(super::payment_status(record).to_owned()),
            },
        }
    }

    /// A visit as those who carry it out have it in their calendar: with whom to find and where,
    /// and without the client's own link.
    pub fn staff_event(&self, record: &BookingRecord) -> Event {
        let client = &record.draft.client;
        let desk = format!("{}/admin/requests/{}", self.origin, record.id);
        let known = [
            Some(client.name.clone()),
            client.phone.clone(),
            Some(client.email.clone()),
            Some(Reference::of(record.entry.no).to_string()),
            detail(record, "notes"),
            Some(desk.clone()),
        ];
        let client_event = self.event(record);
        Event {
            summary: format!("{}: {}", client_event.summary, client.name),
            description: known.into_iter().flatten().collect::<Vec<_>>().join("\n"),
            url: Some(desk),
            guests: None,
            ..client_event
        }
    }

    fn description(&self, record: &BookingRecord, url: &str) -> String {
        let words = language(record).words();
        let reference = Reference::of(record.entry.no);
        let mut lines = vec![
            format!("{}: {}", words.service, self.service(record)),
            format!("{}: {}", words.team, self.team(record)),
        ];
        lines.extend(self.member(record).map(|member| format!("{}: {member}", words.member)));
        lines.push(format!("{}: {reference}", words.reference));
        lines.push(format!("{}: {}", words.price, record.draft.price.total));
        if record.entry.status.is_ahead() {
            lines.push(format!("{}: {url}", words.manage));
        }
        lines.join("\n")
    }

    /// The file for one visit, or for all of its series.
    ///
    /// # Errors
    ///
    /// [`Failure::Internal`] when the stored rule is none: it was checked before it was stored.
    pub fn invite(
        &self,
        record: &BookingRecord,
        series: Option<&(SeriesDraft, Vec<BookingRecord>)>,
        reach: Reach,
    ) -> Result<Invite, Failure> {
        let method = Method::of(record.entry.status);
        let alone = self.event(record);
        let events = match (series, record.draft.series) {
            (Some((draft, all)), Some((_, index))) => {
                let series = rule_of(draft)?;
                let made = |one: &BookingRecord| {
                    let index = one.draft.series.map(|(_, index)| index)?;
                    Some(Made { index, event: self.event(one) })
                };
                let events = match reach {
                    Reach::Series if method == Method::Request => {
                        let frame = Event { description: self.frame_text(record), ..alone };
                        series.events(frame, all.iter().filter_map(made).collect())
                    }
                    Reach::Series | Reach::Visit => {
                        places(&series, vec![Made { index, event: alone }])
                    }
                };
                events.map_err(|error| unreadable(draft, &error))?
            }
            _ => vec![alone],
        };
        Ok(Invite { method, ics: write(&Calendar { method, name: None, events }) })
    }

    /// What is said of a series as a whole: nothing that holds for one of its visits alone.
    fn frame_text(&self, record: &BookingRecord) -> String {
        let words = language(record).words();
        format!(
            "{}: {}\n{}: {}",
            words.service,
            self.service(record),
            words.team,
            self.team(record)
        )
    }
}

fn rule_of(draft: &SeriesDraft) -> Result<Series, Failure> {
    let rule = Recurrence::parse_rrule(&draft.rule).map_err(|error| unreadable(draft, &error))?;
    let zone = draft.zone.parse().unwrap_or(Tz::UTC);
    Ok(Series { id: draft.id, rule, zone, first_at: draft.first_at })
}

fn unreadable(draft: &SeriesDraft, error: &dyn std::fmt::Display) -> Failure {
    tracing::error!(series.id = %draft.id, %error, "the rule of a series cannot be read");
    Failure::Internal
}

/// The language that a booking's client is written to in.
pub fn language(record: &BookingRecord) -> Language {
    Language::of(detail(record, "locale").as_deref())
}

/// A text that was said when booking.
fn detail(record: &BookingRecord, name: &str) -> Option<String> {
    let details: Map<String, Value> = serde_json::from_str(&record.draft.details).ok()?;
    details.get(name)?.as_str().map(str::to_owned)
}

impl App {
    /// The calendar file of a booking, and of its series when it has one.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is nothing to put into a calendar: the booking waits for a
    /// place. Otherwise as storage fails.
    pub async fn invite(&self, record: &BookingRecord, reach: Reach) -> Result<Invite, Failure> {
        if record.entry.status == Status::Waitlisted {
            return Err(Failure::NotFound);
        }
        let series = match record.draft.series {
            Some((id, _)) => self.blocking(move |store| store.ops.series(id)).await?,
            None => None,
        };
        Inviter::new(self).invite(record, series.as_ref(), reach)
    }
}
