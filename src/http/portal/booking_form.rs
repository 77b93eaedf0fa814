//! The body of a new booking, and the checks of its shape.

use chrono_tz::Tz;
use domain::ids::{MemberId, OpId, ServiceId, TeamId};
use domain::ledger::Class;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::series::RecurrenceForm;
use crate::app::{
    BookRequest, ClientDetails, Failure, HeldRef, Invalid, OnConflict, PaymentMethod, PriceWish,
    SeriesOrder, StartsAt,
};
use crate::auth::HoldToken;

/// Longest texts, in characters.
const NAME_CHARS_MAX: usize = 120;
const EMAIL_CHARS_MAX: usize = 254;
const PHONE_CHARS_MAX: usize = 40;
const NOTES_CHARS_MAX: usize = 4_000;
const LOCALE_CHARS_MAX: usize = 35;
const ADDRESS_CHARS_MAX: usize = 500;

/// A new booking.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CreateServiceRequest {
    service_id: Uuid,
    /// RFC 3339 with an offset, or a local time without one, read in `timeZone`, else in the
    /// team's.
    #[schema(example = "2026-11-24T10:00:00+01:00")]
    starts_at: String,
    team_id: Option<Uuid>,
    team_member_id: Option<Uuid>,
    #[serde(default)]
    booking_type: BookingType,
    /// Makes it the first of several.
    recurrence: Option<RecurrenceForm>,
    /// What to do when some of several cannot be booked: none (`fail`) or the others (`skip`).
    #[serde(default)]
    on_conflict: OnConflictForm,
    /// The `token` of a preview: then nothing else is booked than was shown.
    preview_token: Option<String>,
    /// The `token` of a quote: the booking costs exactly what that says, in its currency, or is
    /// refused with a new quote. A quote of a series is for all of its visits, and each that is
    /// booked costs what the quote says of it, whichever are left out.
    quote_token: Option<String>,
    /// What is to be taken off the price; of a series, off its first visit alone, and when that is
    /// left out the code is not used. Left out: what the quote took off.
    promo_code: Option<String>,
    /// Several that go together, instead of `promoCode`.
    promo_codes: Option<Vec<String>>,
    #[serde(default)]
    payment_method: Payment,
    /// May be left out by clients who are signed in.
    client: Option<ClientForm>,
    /// IANA name of the client's zone.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// The place that is held for it, which must be what is asked for.
    hold_id: Option<Uuid>,
    /// The token that came with the hold, for those without an account.
    hold_token: Option<String>,
    locale: Option<String>,
    notes: Option<String>,
    #[schema(value_type = Option<Object>)]
    answers: Option<Map<String, Value>>,
    emergency: Option<Emergency>,
    /// For dispatchers and admins: book past the day's limit.
    #[serde(rename = "override")]
    pass_limit: Option<PassLimit>,
}

/// How urgent it is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BookingType {
    #[default]
    Standard,
    Emergency,
}

impl BookingType {
    /// How the rules call it.
    pub fn class(self) -> Class {
        match self {
            Self::Standard => Class::Standard,
            Self::Emergency => Class::Emergency,
        }
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum OnConflictForm {
    #[default]
    Fail,
    Skip,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Payment {
    Card,
    #[default]
    Cod,
}

/// Who it is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientForm {
    name: String,
    email: String,
    phone: Option<String>,
    address: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Emergency {
    #[schema(required)]
    description: Option<String>,
    #[schema(required)]
    address: Option<String>,
    #[schema(required)]
    phone: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PassLimit {
    #[serde(default)]
    reason: String,
}

/// A new booking whose shape is right, and how it is repeated if it is.
pub struct NewRequest {
    pub booking: BookRequest,
    pub series: Option<SeriesOrder>,
}

impl CreateServiceRequest {
    /// Checks the shape of everything, and says of all that is wrong at once.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`].
    pub fn check(mut self) -> Result<NewRequest, Failure> {
        let mut errors = Errors::default();
        let promo_codes = codes(self.promo_code.take(), self.promo_codes.take(), &mut errors);
        let price = PriceWish { promo_codes, quote_token: self.quote_token.take() };
        let starts_at = errors.starts_at(&self.starts_at, self.time_zone.as_deref());
        let held = self.held(&mut errors);
        let series = self.series(&mut errors);
        self.check_texts(&mut errors);
        let details = self.details();
        let client = self.client.map(ClientForm::details);
        match starts_at {
            Some(starts_at) if errors.0.is_empty() => {
                let booking = BookRequest {
                    service: ServiceId(self.service_id),
                    starts_at,
                    team: self.team_id.map(TeamId),
                    member: self.team_member_id.map(MemberId),
                    class: self.booking_type.class(),
                    payment_method: match self.payment_method {
                        Payment::Card => PaymentMethod::Card,
                        Payment::Cod => PaymentMethod::Cod,
                    },
                    price,
                    client,
                    details,
                    pass_limit: self.pass_limit.map(|granted| granted.reason),
                    held,
                };
                Ok(NewRequest { booking, series })
            }
            _ => Err(Failure::Invalid(errors.0)),
        }
    }

    /// The hold that is to be booked. What cannot be its token is none.
    fn held(&self, errors: &mut Errors) -> Option<HeldRef> {
        if self.hold_id.is_none() && self.hold_token.is_some() {
            errors.add("/holdToken", "is for a hold that /holdId names");
        }
        let op = OpId(self.hold_id?);
        if self.recurrence.is_some() {
            errors.add("/holdId", "a hold is of one visit, not of several");
        }
        Some(HeldRef { op, token: self.hold_token.as_deref().and_then(HoldToken::parse) })
    }

    /// How it is to be repeated.
    fn series(&mut self, errors: &mut Errors) -> Option<SeriesOrder> {
        let preview = self.preview_token.take();
        let Some(recurrence) = self.recurrence.take() else {
            let is_skip = self.on_conflict == OnConflictForm::Skip;
            let asked = [("/onConflict", is_skip), ("/previewToken", preview.is_some())];
            for (pointer, _) in asked.into_iter().filter(|(_, is_asked)| *is_asked) {
                errors.add(pointer, "goes with a recurrence");
            }
            return None;
        };
        if self.pass_limit.is_some() {
            errors.add("/override", "is for one visit, not for several");
        }
        let on_conflict = match self.on_conflict {
            OnConflictForm::Fail => OnConflict::Fail,
            OnConflictForm::Skip => OnConflict::Skip,
        };
        recurrence.read(errors).map(|rule| SeriesOrder { rule, on_conflict, preview })
    }

    fn said(&self) -> Said<'_> {
        Said {
            client: self.client.as_ref(),
            time_zone: self.time_zone.as_ref(),
            locale: self.locale.as_ref(),
            notes: self.notes.as_ref(),
            answers: self.answers.as_ref(),
        }
    }

    fn check_texts(&self, errors: &mut Errors) {
        self.said().check(errors);
        match (&self.emergency, self.booking_type) {
            (call, BookingType::Emergency) => {
                call.as_ref().unwrap_or(&Emergency::default()).check(errors);
            }
            (Some(_), BookingType::Standard) => {
                errors.add("/emergency", "is for bookings of type emergency");
            }
            (None, BookingType::Standard) => {}
        }
    }

    /// What is kept beside what a ledger knows, as JSON; members that were left out stay out.
    fn details(&self) -> String {
        let emergency = self.emergency.as_ref().map(|call| {
            json!({
                "description": call.description, "address": call.address, "phone": call.phone
            })
        });
        let mut said = self.said().details();
        said.extend(emergency.map(|call| ("emergency".to_owned(), call)));
        Value::Object(said).to_string()
    }
}

impl Emergency {
    /// Whoever comes has to know all three.
    fn check(&self, errors: &mut Errors) {
        let needed = [
            ("/emergency/description", &self.description, "what happened"),
            ("/emergency/address", &self.address, "where"),
            ("/emergency/phone", &self.phone, "whom to call"),
        ];
        for (pointer, _, what) in needed.iter().filter(|(_, text, _)| text.is_none()) {
            errors.add(pointer, format!("is needed: {what}"));
        }
        if let Some(description) = &self.description {
            errors.text("/emergency/description", description, 1..=NOTES_CHARS_MAX);
        }
        if let Some(address) = &self.address {
            errors.text("/emergency/address", address, 1..=ADDRESS_CHARS_MAX);
        }
        if let Some(phone) = &self.phone {
            errors.line("/emergency/phone", phone, 3..=PHONE_CHARS_MAX);
        }
    }
}

/// What a client says of itself and of what is asked for, whatever that is.
pub struct Said<'a> {
    pub client: Option<&'a ClientForm>,
    pub time_zone: Option<&'a String>,
    pub locale: Option<&'a String>,
    pub notes: Option<&'a String>,
    pub answers: Option<&'a Map<String, Value>>,
}

impl Said<'_> {
    /// Notes what is wrong with any of it. The zone is read by [`read_zone`].
    pub fn check(&self, errors: &mut Errors) {
        if let Some(client) = self.client {
            errors.line("/client/name", &client.name, 1..=NAME_CHARS_MAX);
            errors.mail("/client/email", &client.email);
            let phone = client.phone.as_deref();
            errors.optional_line("/client/phone", phone, PHONE_CHARS_MAX);
            errors.optional_text("/client/address", client.address.as_deref(), ADDRESS_CHARS_MAX);
        }
        errors.optional_line("/locale", self.locale.map(String::as_str), LOCALE_CHARS_MAX);
        errors.optional_text("/notes", self.notes.map(String::as_str), NOTES_CHARS_MAX);
    }

    /// What is kept beside what a ledger knows; members that were left out stay out.
    pub fn details(&self) -> Map<String, Value> {
        let address = self.client.and_then(|client| client.address.clone());
        let members = [
            ("address", address.map(Value::from)),
            ("timeZone", self.time_zone.cloned().map(Value::from)),
            ("locale", self.locale.cloned().map(Value::from)),
            ("notes", self.notes.cloned().map(Value::from)),
            ("answers", self.answers.cloned().map(Value::from)),
        ];
        let said = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        said.collect()
    }
}

/// The promo codes that were given, in either way.
pub fn codes(
    one: Option<String>,
    several: Option<Vec<String>>,
    errors: &mut Errors,
) -> Vec<String> {
    if one.is_some() && several.is_some() {
        errors.add("/promoCodes", "is not needed beside promoCode");
    }
    one.into_iter().chain(several.into_iter().flatten()).collect()
}

/// Reads the name of a zone.
pub fn read_zone(name: Option<&str>, errors: &mut Errors) -> Option<Tz> {
    let zone = name.map(str::parse::<Tz>);
    if matches!(zone, Some(Err(_))) {
        errors.add("/timeZone", "must be an IANA name, as in Europe/Berlin");
    }
    zone.and_then(Result::ok)
}

impl ClientForm {
    /// How to reach the client, tidied.
    pub fn details(self) -> ClientDetails {
        let phone = self.phone.filter(|phone| !phone.trim().is_empty());
        ClientDetails {
            name: self.name.trim().to_owned(),
            email: self.email.trim().to_lowercase(),
            phone,
        }
    }
}

/// What is wrong so far.
#[derive(Debug, Default)]
pub struct Errors(pub Vec<Invalid>);

impl Errors {
    /// Notes that the value at `pointer` is wrong.
    pub fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(Invalid::new(pointer, detail));
    }

    /// Reads a start and the zone that it may be meant in.
    pub fn starts_at(&mut self, text: &str, zone: Option<&str>) -> Option<StartsAt> {
        let zone = zone.map(str::parse::<Tz>);
        if matches!(zone, Some(Err(_))) {
            self.add("/timeZone", "must be an IANA name, as in Europe/Berlin");
        }
        let starts_at = StartsAt::parse(text, zone.and_then(Result::ok));
        if starts_at.is_none() {
            self.add("/startsAt", "must be a date and time, as in 2026-11-24T10:00:00+01:00");
        }
        starts_at
    }

    fn line(&mut self, pointer: &str, text: &str, chars: std::ops::RangeInclusive<usize>) {
        if text.chars().any(char::is_control) {
            return self.add(pointer, "must not contain control characters");
        }
        self.length(pointer, text, &chars);
    }

    fn text(&mut self, pointer: &str, text: &str, chars: std::ops::RangeInclusive<usize>) {
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.chars().any(is_odd) {
            return self.add(pointer, "must not contain control characters");
        }
        self.length(pointer, text, &chars);
    }

    fn length(&mut self, pointer: &str, text: &str, chars: &std::ops::RangeInclusive<usize>) {
        if !chars.contains(&text.trim().chars().count()) {
            let detail = format!("must have {} to {} characters", chars.start(), chars.end());
            self.add(pointer, detail);
        }
    }

    fn optional_line(&mut self, pointer: &str, text: Option<&str>, chars_max: usize) {
        if let Some(text) = text {
            self.line(pointer, text, 0..=chars_max);
        }
    }

    /// Checks text that may be left out and may have several lines.
    pub fn optional_text(&mut self, pointer: &str, text: Option<&str>, chars_max: usize) {
        if let Some(text) = text {
            self.text(pointer, text, 0..=chars_max);
        }
    }

    fn mail(&mut self, pointer: &str, text: &str) {
        let text = text.trim();
        let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let parts = text.rsplit_once('@');
        let has_parts = parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
        if !is_plain || !has_parts || text.chars().count() > EMAIL_CHARS_MAX {
            self.add(pointer, "must be a mail address");
        }
    }
}
