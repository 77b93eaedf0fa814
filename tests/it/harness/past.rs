//! Bookings that nobody can make any more, made through the ledger itself: it knows no clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook::actors::{Priority, Submission};
use daybook::ambient::Ambient;
use daybook::boot::{self, Node};
use daybook::config::Config;
use domain::booking::Status;
use domain::ids::{BookingId, BookingNo};
use domain::ledger::{Actor, ActorKind, Assignment, Book, Cause, Class, Command, LedgerKey};
use domain::money::{Currency, Money};
use domain::time::{Slot, day_of};
use store::batch::{AgreedPrice, BookingDraft, ClientDetails, StoredResponse};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Database, Site};

/// Books the first service for an hour from `starts_at`, on a database without a server.
pub fn book_in_the_past(database: &Database, site: &Site, starts_at: DateTime<Utc>) -> BookingId {
    let mut config = Config::load_from(None, HashMap::new()).unwrap();
    config.data_dir = database.data_dir();
    let url = HashMap::from([("DAYBOOK__DATABASE__URL".to_owned(), database.url.clone())]);
    config.database = Config::load_from(None, url).unwrap().database;
    actix_web::rt::System::new().block_on(async {
        let opened = boot::open(&config, &Ambient::system()).unwrap();
        let no = BookingNo(opened.store.ledgers.reserve_booking_numbers(1).unwrap());
        let node = Node::start(&config, &Ambient::system(), opened, Vec::new()).unwrap();
        let booking = BookingId(Uuid::now_v7());
        let submission = submission(site, booking, no, starts_at);
        node.desk().submit(submission).await.unwrap();
        assert_eq!(node.stop(Duration::from_secs(5)).await, 0);
        booking
    })
}

fn submission(
    site: &Site,
    booking: BookingId,
    no: BookingNo,
    starts_at: DateTime<Utc>,
) -> Submission {
    let slot = Slot { starts_at, ends_at: starts_at + TimeDelta::hours(1) };
    let book = Book {
        booking,
        no,
        service: site.services[0],
        units: 1,
        class: Class::Standard,
        slot,
        busy: slot,
        assignment: Assignment::Nobody,
        needs: Vec::new(),
        status: Status::Confirmed,
        service_units_max: None,
        may_pass_limit: false,
    };
    let draft = BookingDraft {
        client: ClientDetails {
            name: "Ada Example".to_owned(),
            email: "ada@example.org".to_owned(),
            phone: None,
        },
        client_user: None,
        price: AgreedPrice::of(Money { amount: 4900, currency: Currency::parse("EUR").unwrap() }),
        payment_method: "cod".to_owned(),
        details: "{}".to_owned(),
        series: None,
    };
    let response = StoredResponse { status: 201, body: vec![], etag: None, location: None };
    Submission {
        key: LedgerKey { team: site.teams[0], day: day_of(starts_at, site.zone) },
        command: Command::Book(Box::new(book)),
        cause: Cause {
            actor: Actor { kind: ActorKind::System, id: None },
            reason: None,
            request_id: Uuid::now_v7(),
        },
        received_at: starts_at,
        deadline: Instant::now() + Duration::from_secs(10),
        priority: Priority::Ordinary,
        draft: Some(Arc::new(draft)),
        op: None,
        idempotency: None,
        render: Arc::new(move |_| response.clone()),
    }
}
