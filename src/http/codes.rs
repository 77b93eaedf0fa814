//! The table of problem codes: everything a client may ever be told went wrong.
//!
//! A code is the last part of a problem's `type`, and the name of the page in `docs/problems/` that
//! explains it. Pages are compiled in, so a code without one does not build. Codes are never
//! renamed: clients compare them, and people search for them.

use actix_web::http::StatusCode;

/// What a client may do with the same request after a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Nothing: the same request will fail again.
    Never,
    /// Change the request and send it under a new idempotency key.
    NewKey,
    /// Send it again, unchanged, under the same key; after so many seconds unless told otherwise.
    SameKey { after_seconds: u64 },
}

impl Retry {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::NewKey => "new-key",
            Self::SameKey { .. } => "same-key",
        }
    }
}

/// Short for the table below.
const fn same_key(after_seconds: u64) -> Retry {
    Retry::SameKey { after_seconds }
}

macro_rules! codes {
    ($($variant:ident $name:literal $status:ident $retry:expr, $title:literal;)*) => {
        /// A problem's code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status it comes with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What the client may do.
            pub fn retry(self) -> Retry {
                match self { $(Self::$variant => $retry,)* }
            }

            /// One line for people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// The page that explains it, in Markdown.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => {
                        include_str!(concat!("../../docs/problems/", $name, ".md"))
                    })*
                }
            }
        }
    };
}

use Retry::{Never, NewKey};

codes! {
    // The request itself.
    MalformedRequest         "malformed-request"            BAD_REQUEST            Never,        "The request cannot be read";
    ValidationFailed         "validation-failed"            UNPROCESSABLE_ENTITY   Never,        "Some values are not valid";
    UnsupportedMediaType     "unsupported-media-type"       UNSUPPORTED_MEDIA_TYPE Never,        "Only JSON is accepted here";
    PayloadTooLarge          "payload-too-large"            PAYLOAD_TOO_LARGE      Never,        "The request is too large";
    NotFound                 "not-found"                    NOT_FOUND              Never,        "There is nothing here";
    MethodNotAllowed         "method-not-allowed"           METHOD_NOT_ALLOWED     Never,        "This cannot be done here";
    PreconditionRequired     "precondition-required"        PRECONDITION_REQUIRED  Never,        "The request must say which revision it changes";
    StaleRevision            "stale-revision"               PRECONDITION_FAILED    NewKey,       "It has changed meanwhile";
    // Who is asking.
    Unauthenticated          "unauthenticated"              UNAUTHORIZED           same_key(0),  "Sign in first";
    SessionExpired           "session-expired"              UNAUTHORIZED           same_key(0),  "The session has ended";
    Forbidden                "forbidden"                    FORBIDDEN              Never,        "This account may not do that";
    CsrfRejected             "csrf-rejected"                FORBIDDEN              Never,        "The request comes from another site";
    OriginRejected           "origin-rejected"              FORBIDDEN              Never,        "This origin is not allowed";
    LinkExpired              "link-expired"                 GONE                   Never,        "The link has expired";
    LinkRevoked              "link-revoked"                 GONE                   Never,        "The link is no longer valid";
    QuotaExceeded            "quota-exceeded"               TOO_MANY_REQUESTS      same_key(1),  "Too many requests";
    // What the rules say.
    CapacityExceeded         "capacity-exceeded"            CONFLICT               NewKey,       "The team is full that day";
    SlotTaken                "slot-taken"                   CONFLICT               NewKey,       "The slot has been taken";
    MemberUnavailable        "member-unavailable"           CONFLICT               NewKey,       "The team member is not available";
    OutsideAvailability      "outside-availability"         UNPROCESSABLE_ENTITY   NewKey,       "The slot is not offered";
    LeadTime                 "lead-time"                    UNPROCESSABLE_ENTITY   NewKey,       "The slot is too close, or has passed";
    NonexistentLocalTime     "nonexistent-local-time"       UNPROCESSABLE_ENTITY   NewKey,       "The clock skips that time";
    AmbiguousLocalTime       "ambiguous-local-time"         UNPROCESSABLE_ENTITY   NewKey,       "The clock shows that time twice";
    IllegalTransition        "illegal-transition"           CONFLICT               Never,        "The booking's state does not allow that";
    CancellationWindowClosed "cancellation-window-closed"   CONFLICT               Never,        "It is too late to change the booking";
    HoldExpired              "hold-expired"                 CONFLICT               NewKey,       "The place is no longer held";
    HoldLimitReached         "hold-limit-reached"           TOO_MANY_REQUESTS      same_key(60), "Too many places are held";
    SeriesConflict           "series-conflict"              CONFLICT               NewKey,       "Some of the dates cannot be booked";
    PreviewStale             "preview-stale"                CONFLICT               NewKey,       "The preview no longer holds";
    QuoteExpired             "quote-expired"                CONFLICT               NewKey,       "The quote has expired";
    PriceChanged             "price-changed"                CONFLICT               NewKey,       "The price has changed";
    PromoInvalid             "promo-invalid"                UNPROCESSABLE_ENTITY   NewKey,       "The promo code cannot be used";
    PromoNotApplicable       "promo-not-applicable"         UNPROCESSABLE_ENTITY   NewKey,       "The promo is not for this visit";
    PromoExhausted           "promo-exhausted"              CONFLICT               NewKey,       "The promo is used up";
    WaitlistFull             "waitlist-full"                CONFLICT               Never,        "The waiting list is full";
    LimitBelowBooked         "limit-below-booked"           CONFLICT               NewKey,       "The limit is below what is booked";
    OverrideReasonRequired   "override-reason-required"     UNPROCESSABLE_ENTITY   Never,        "A reason is needed";
    AlreadyExists            "already-exists"               CONFLICT               NewKey,       "It exists already";
    StillInUse               "still-in-use"                 CONFLICT               NewKey,       "Something still refers to it";
    AddressNotAllowed        "address-not-allowed"          UNPROCESSABLE_ENTITY   Never,        "The address is not in the public network";
    // Idempotency keys.
    IdempotencyKeyMissing    "idempotency-key-missing"      BAD_REQUEST            NewKey,       "The request needs an Idempotency-Key";
    IdempotencyKeyInvalid    "idempotency-key-invalid"      BAD_REQUEST            NewKey,       "The Idempotency-Key cannot be used";
    IdempotencyKeyReused     "idempotency-key-reused"       UNPROCESSABLE_ENTITY   Never,        "The key was used for another request";
    IdempotencyInProgress    "idempotency-in-progress"      CONFLICT               same_key(1),  "The same request is being worked on";
    // What we depend on, and ourselves.
    CurrencyUnavailable      "currency-unavailable"         SERVICE_UNAVAILABLE    same_key(3600), "There is no current exchange rate";
    PaymentAlreadyComplete   "payment-already-complete"     CONFLICT               Never,        "Nothing is left to pay";
    RefundExceedsPayment     "refund-exceeds-payment"       UNPROCESSABLE_ENTITY   Never,        "So much cannot be given back";
    PaymentDisputed          "payment-disputed"             CONFLICT               Never,        "A bank is deciding about the money";
    NothingInDoubt           "nothing-in-doubt"             CONFLICT               Never,        "There is no open question about the money";
    PaymentUnavailable       "payment-provider-unavailable" SERVICE_UNAVAILABLE    same_key(60), "Card payments are not available";
    PaymentRejected          "payment-provider-rejected"    BAD_GATEWAY            NewKey,       "The payment provider refused";
    WebhookSignatureInvalid  "webhook-signature-invalid"    BAD_REQUEST            Never,        "The signature does not fit";
    TemporaryReducedCapacity "temporary-reduced-capacity"   SERVICE_UNAVAILABLE    same_key(1),  "Too many requests at once";
    StorageUnavailable       "storage-unavailable"          SERVICE_UNAVAILABLE    same_key(5),  "The outcome may be unknown: ask again";
    Draining                 "draining"                     SERVICE_UNAVAILABLE    same_key(5),  "The server is restarting";
    NotReady                 "not-ready"                    SERVICE_UNAVAILABLE    same_key(5),  "The server is not ready";
    LedgerMoving             "ledger-moving"                SERVICE_UNAVAILABLE    same_key(1),  "The booking is in the middle of a change";
    DeadlineExceeded         "deadline-exceeded"            GATEWAY_TIMEOUT        same_key(1),  "It took too long";
    Internal                 "internal"                     INTERNAL_SERVER_ERROR  same_key(5),  "Something broke on our side";
}

impl Code {
    /// The code called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_unique_and_kebab_case() {
        let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();

        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }

    #[test]
    fn every_page_says_what_happened_what_to_do_what_we_do_and_since_when() {
        for code in Code::ALL {
            let page = code.page();
            assert!(page.starts_with(&format!("# {}\n", code.name())), "{}", code.name());
            for part in ["**What happened.**", "**What you do.**", "**What we do.**", "**Since.**"]
            {
                assert!(page.contains(part), "{} lacks {part}", code.name());
            }
        }
    }

    #[test]
    fn the_two_lists_of_docs_problems_and_codes_are_the_same() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/problems");
        let pages: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.name().to_owned()).collect();

        assert_eq!(pages, codes);
    }
}
