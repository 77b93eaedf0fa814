//! What `realtime` needs of the rest, plugged in: it may know neither the store nor the
//! application.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::availability::TeamDay;
use domain::ids::{BookingId, TeamId, UserId};
use domain::ledger::{ActorKind, Class, Ledger, LedgerKey, LedgerNo, Recorded};
use store::StoreError;
use store::records::{BookingQuery, BookingRecord, UserRecord};

use crate::app::{App, payment_of};
use crate::realtime::{
    Boards, Identities, Identity, PaymentStanding, PaymentState, Ports, RequestState, SessionKey,
    Snapshots, Standing, Unavailable, Whose,
};

/// Minutes between two starts on the board of a team that offers nothing.
const BOARD_INTERVAL_MINUTES: u32 = 30;

/// Most ledgers looked at after one second in which other processes wrote.
const CHANGED_LEDGERS_MAX: u32 = 1_000;

/// Most payments looked at after one second in which other processes learned of money.
const CHANGED_PAYMENTS_MAX: u32 = 1_000;

/// The application as listeners see it.
struct Plug {
    app: Arc<App>,
    is_shared: bool,
}

/// Everything that listening needs. `is_shared`: other processes may write to the same database.
pub(super) fn ports(app: &Arc<App>, is_shared: bool) -> Ports {
    let plug = Arc::new(Plug { app: Arc::clone(app), is_shared });
    Ports {
        boards: Arc::<Plug>::clone(&plug),
        snapshots: Arc::<Plug>::clone(&plug),
        identities: plug,
    }
}

fn unavailable(error: &StoreError) -> Unavailable {
    tracing::warn!(%error, "listeners could not be served from storage");
    Unavailable
}

/// What listeners hear of the payment for a booking.
fn payment_state(record: &BookingRecord) -> PaymentState {
    let payment = payment_of(record);
    let known = record.payment.as_deref();
    PaymentState {
        version: known.and_then(|known| u64::try_from(known.version).ok()).unwrap_or(0),
        learned_at: known.map_or(record.updated_at, |known| known.updated_at),
        standing: Some(PaymentStanding {
            status: payment.status().name(),
            method: payment.method.name(),
        }),
    }
}

impl Boards for Plug {
    fn team_day(&self, team: TeamId, day: NaiveDate) -> Option<Arc<TeamDay>> {
        self.app.catalog.current().team_day(team, day)
    }

    fn interval_minutes(&self, team: TeamId) -> u32 {
        let catalog = self.app.catalog.current();
        let offered = catalog
            .services()
            .iter()
            .filter(|service| service.is_active && service.teams.contains(&team));
        offered.map(|service| service.slot_interval_minutes).min().unwrap_or(BOARD_INTERVAL_MINUTES)
    }

    fn is_published(&self, team: TeamId) -> Option<bool> {
        self.app.catalog.current().team(team).map(|team| team.published)
    }

    fn zone(&self, team: TeamId) -> Option<Tz> {
        self.app.catalog.current().team(team).map(|team| team.zone)
    }
}

impl Snapshots for Plug {
    fn ledger(&self, key: LedgerKey) -> Result<Option<(Arc<Ledger>, LedgerNo)>, Unavailable> {
        let loaded = self.app.store.ledgers.load(key).map_err(|error| unavailable(&error))?;
        Ok(loaded.map(|loaded| (Arc::new(loaded.ledger), loaded.no)))
    }

    fn versions(&self, ledgers: &[LedgerNo]) -> Result<Vec<u64>, Unavailable> {
        self.app.store.ledgers.versions(ledgers).map_err(|error| unavailable(&error))
    }

    fn events_after(&self, key: LedgerKey, after: u64) -> Result<Vec<Recorded>, Unavailable> {
        let history = self.app.store.ledgers.history(key).map_err(|error| unavailable(&error))?;
        let events = history.map(|history| history.events).unwrap_or_default();
        Ok(events.into_iter().filter(|recorded| recorded.seq > after).collect())
    }

    fn changed_since(&self, since: DateTime<Utc>) -> Result<Vec<(LedgerKey, u64)>, Unavailable> {
        if !self.is_shared {
            return Ok(Vec::new());
        }
        self.changed(since).map_err(|error| unavailable(&error))
    }

    fn request(&self, booking: BookingId) -> Result<Option<RequestState>, Unavailable> {
        let found = self.app.store.bookings.booking(booking);
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.and_then(|record| self.state(record)))
    }

    fn requests(&self, whose: Whose, limit: u16) -> Result<Vec<RequestState>, Unavailable> {
        let query = match whose {
            Whose::Team(team) => {
                BookingQuery { teams: Some(vec![team]), ..BookingQuery::default() }
            }
            Whose::Account(user) => {
                BookingQuery { client_user: Some(user), ..BookingQuery::default() }
            }
            Whose::Everybody => BookingQuery::default(),
        };
        let page = self.app.store.bookings.bookings(&BookingQuery { limit, ..query });
        let page = page.map_err(|error| unavailable(&error))?;
        Ok(page.items.into_iter().filter_map(|record| self.state(record)).collect())
    }

    fn payments_since(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(BookingId, DateTime<Utc>)>, Unavailable> {
        if !self.is_shared {
            return Ok(Vec::new());
        }
        let learned = self.app.store.payments.payments_since(since, CHANGED_PAYMENTS_MAX);
        learned.map_err(|error| unavailable(&error))
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }
}

impl Identities for Plug {
    fn of_session(&self, session: &SessionKey) -> Result<Standing, Unavailable> {
        let signed_in = self.app.sessions.load(&session.0).map_err(|error| unavailable(&error))?;
        if let Some(signed_in) = signed_in {
            let expires_at = signed_in.session.expires_at;
            return Ok(Standing::Known(self.identity(&signed_in.user, *session, expires_at)));
        }
        let stored = self.app.store.users.session(&session.0);
        let stored = stored.map_err(|error| unavailable(&error))?;
        let is_banned = stored.is_some_and(|(_, user)| user.is_disabled);
        Ok(if is_banned { Standing::Banned } else { Standing::LoggedOut })
    }

    fn opens(&self, token: &str, booking: BookingId, link_no: i32) -> bool {
        let grant = self.app.links.read(token, self.app.ambient.now());
        grant.is_ok_and(|grant| grant.booking == booking && grant.link_no == link_no)
    }
}

impl Plug {
    /// A booking as listeners hear of it; nothing when its team has just appeared on another node.
    fn state(&self, record: BookingRecord) -> Option<RequestState> {
        let team_no = self.app.catalog.current().team(record.key.team)?.no;
        let payment = payment_state(&record);
        Some(RequestState {
            id: record.id,
            no: LedgerNo::of(team_no, record.key.day),
            key: record.key,
            said: (record.entry.class == Class::Emergency)
                .then(|| Arc::from(record.draft.details.as_str())),
            entry: record.entry,
            owner: record.draft.client_user,
            link_no: record.link_no,
            updated_at: record.updated_at,
            payment,
        })
    }

    /// Ledgers written since then, each with its version.
    fn changed(&self, since: DateTime<Utc>) -> Result<Vec<(LedgerKey, u64)>, StoreError> {
        let ledgers = &self.app.store.ledgers;
        let catalog = self.app.catalog.current();
        let known = ledgers.ledgers_since(since, None, CHANGED_LEDGERS_MAX)?.into_iter();
        let (keys, numbers): (Vec<LedgerKey>, Vec<LedgerNo>) = known
            .filter_map(|key| Some((key, LedgerNo::of(catalog.team(key.team)?.no, key.day))))
            .unzip();
        let versions = ledgers.versions(&numbers)?;
        Ok(keys.into_iter().zip(versions).collect())
    }

    fn identity(
        &self,
        user: &UserRecord,
        session: SessionKey,
        expires_at: DateTime<Utc>,
    ) -> Identity {
        let catalog = self.app.catalog.current();
        let member = user.member.and_then(|member| catalog.member(member));
        let (kind, id): (ActorKind, UserId) = (user.role, user.id);
        Identity {
            kind,
            user: Some(id),
            member: user.member,
            teams: member.map(|member| member.teams.clone()).unwrap_or_default(),
            session: Some(session),
            expires_at: Some(expires_at),
        }
    }
}
