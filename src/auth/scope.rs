//! Who may do what: the whole policy, in one function and one table.

use domain::booking::{Status, Step};
use domain::catalog::BookableBy;
use domain::ids::{BookingId, TeamId, UserId};
use domain::ledger::ActorKind;

use super::principal::Caller;

/// Something that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Book a service.
    Book,
    /// Read one booking in full.
    ViewBooking,
    /// Accept a place that was offered to whoever waited.
    AcceptOffer,
    /// Take a step in a booking's life.
    Take(Step),
    /// Read the staff's tables and days of a team.
    ViewTeam,
    /// Book past a limit, with a reason.
    PassLimit,
    /// Write down that cash was taken on the spot.
    CollectCash,
    /// Give money back, answer questions about it, compare our books with the provider's.
    HandleMoney,
    /// Put right what was written down about cash.
    CorrectCash,
    /// Set limits, close days, make and revoke overrides.
    ChangeCapacity,
    /// Read the audit trail.
    ViewAudit,
    /// Read services, teams and members as staff see them.
    ViewCatalog,
    /// Change services, teams and members.
    EditCatalog,
    /// Change working hours, exceptions and time off.
    EditHours,
    /// See letters on their way, and have those that were given up tried again.
    TendLetters,
    /// Say which other systems are told of events, and see what became of it.
    ManageWebhooks,
    /// See work that comes back by the clock.
    ViewSchedule,
    /// Say when such work is done, or that it is done now.
    TendSchedule,
    /// Read accounts.
    ViewUsers,
    /// Change accounts.
    ManageUsers,
}

/// What an action is done to.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// The whole of Daybook.
    Everything,
    /// Anything that staff like the caller ever have to do with, whatever it will turn out to be.
    Somewhere,
    Team(TeamId),
    Service(BookableBy),
    Booking(&'a BookingScope),
}

/// The parts of a booking that decide who may touch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingScope {
    pub id: BookingId,
    pub team: TeamId,
    pub client: Option<UserId>,
    pub status: Status,
}

/// Whether `caller` may do `action` to `resource`. What is not said here is forbidden.
pub fn can(caller: &Caller, action: Action, resource: &Resource<'_>) -> bool {
    match action {
        Action::Book => may_book(caller, resource),
        Action::ViewBooking => reaches(caller, resource) || owns(caller, resource),
        Action::Take(step) => may_take(caller, step, resource),
        Action::AcceptOffer => {
            owns(caller, resource) || (is_desk(caller) && reaches(caller, resource))
        }
        Action::ViewTeam | Action::CollectCash => reaches(caller, resource),
        Action::PassLimit
        | Action::CorrectCash
        | Action::HandleMoney
        | Action::ChangeCapacity
        | Action::EditHours
        | Action::ViewAudit
        | Action::TendLetters
        | Action::ViewSchedule
        | Action::ViewUsers => is_desk(caller),
        Action::ViewCatalog => caller.is_staff(),
        Action::EditCatalog
        | Action::TendSchedule
        | Action::ManageUsers
        | Action::ManageWebhooks => caller.kind == ActorKind::Admin,
    }
}

/// Somebody who may cause a step in a booking's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Causer {
    /// Whose booking it is, by account or by link.
    Owner,
    /// Members of the team, and the desk.
    Team,
    Desk,
    Admin,
}

/// Who may take `step` with a booking that is `from`. Whether it leads anywhere is for
/// [`domain::booking::next`] to say.
const fn causers(from: Status, step: Step) -> &'static [Causer] {
    match (from, step) {
        // What is held is held for its owner: an offer, a place kept while somebody pays.
        (Status::Held, Step::Confirm) => &[Causer::Owner],
        (_, Step::Confirm | Step::Decline | Step::Start | Step::Complete | Step::NoShow) => {
            &[Causer::Team]
        }
        (_, Step::Cancel | Step::Reschedule) => &[Causer::Owner, Causer::Desk],
        (_, Step::Assign) => &[Causer::Desk],
        (_, Step::Correct) => &[Causer::Admin],
        // Only time lets a booking expire.
        (_, Step::Expire) => &[],
    }
}

fn may_take(caller: &Caller, step: Step, resource: &Resource<'_>) -> bool {
    let is_one = |causer: &Causer| match causer {
        Causer::Owner => owns(caller, resource),
        Causer::Team => reaches(caller, resource),
        Causer::Desk => is_desk(caller) && reaches(caller, resource),
        Causer::Admin => caller.kind == ActorKind::Admin,
    };
    match resource {
        Resource::Booking(scope) => causers(scope.status, step).iter().any(is_one),
        // Which booking it will be is not known yet, nor how it stands.
        _ => Status::ALL.iter().any(|from| causers(*from, step).iter().any(is_one)),
    }
}

/// Dispatchers and admins: those who see every team.
fn is_desk(caller: &Caller) -> bool {
    matches!(caller.kind, ActorKind::Dispatcher | ActorKind::Admin)
}

fn may_book(caller: &Caller, resource: &Resource<'_>) -> bool {
    match resource {
        Resource::Service(BookableBy::Public) => true,
        Resource::Service(BookableBy::Clients) => {
            caller.kind == ActorKind::Client || caller.is_staff()
        }
        Resource::Service(BookableBy::Staff) | Resource::Somewhere => caller.is_staff(),
        Resource::Everything | Resource::Team(_) | Resource::Booking(_) => false,
    }
}

/// Whether the caller works where `resource` is: the desk everywhere, members in their own teams.
fn reaches(caller: &Caller, resource: &Resource<'_>) -> bool {
    let team = match resource {
        Resource::Team(team) => *team,
        Resource::Booking(scope) => scope.team,
        Resource::Somewhere => return caller.is_staff(),
        Resource::Everything | Resource::Service(_) => return is_desk(caller),
    };
    is_desk(caller) || (caller.kind == ActorKind::Member && caller.teams.contains(&team))
}

/// Whether the booking is the caller's own, by account or by link.
fn owns(caller: &Caller, resource: &Resource<'_>) -> bool {
    let Resource::Booking(scope) = resource else { return false };
    let by_link = caller.grant.is_some_and(|grant| grant.booking == scope.id);
    let by_account = caller.kind == ActorKind::Client
        && scope.client.is_some()
        && caller.user.as_ref().map(|user| user.id) == scope.client;
    by_link || by_account
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use chrono::{DateTime, Utc};
    use domain::ids::MemberId;
    use store::records::UserRecord;
    use uuid::Uuid;

    use super::*;
    use crate::auth::{Grant, LinkPurpose};

    const TEAM: TeamId = TeamId(Uuid::from_u128(1));
    const OTHER_TEAM: TeamId = TeamId(Uuid::from_u128(2));
    const OWNER: UserId = UserId(Uuid::from_u128(3));
    const SOMEBODY: UserId = UserId(Uuid::from_u128(4));
    const BOOKING: BookingId = BookingId(Uuid::from_u128(5));

    fn caller(kind: ActorKind, id: UserId, teams: &[TeamId]) -> Caller {
        let user = UserRecord {
            id,
            email: "somebody@daybook.example".to_owned(),
            name: "Somebody".to_owned(),
            role: kind,
            member: (kind == ActorKind::Member).then_some(MemberId(Uuid::from_u128(6))),
            password_hash: None,
            phone: None,
            is_disabled: false,
            rev: 1,
            created_at: DateTime::<Utc>::UNIX_EPOCH,
        };
        let guest = Caller::guest(Uuid::nil(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        let user = (kind != ActorKind::Guest).then_some(user);
        Caller { kind, user, teams: teams.to_vec(), ..guest }
    }

    fn with_link(booking: BookingId) -> Caller {
        let grant = Grant { booking, purpose: LinkPurpose::Manage, link_no: 0 };
        Caller { grant: Some(grant), ..caller(ActorKind::Guest, SOMEBODY, &[]) }
    }

    /// One letter per principal that may: guest, link, foreign link, owner, other client, member of
    /// the team, member of another, dispatcher, admin.
    fn who_may(action: Action, resource: &Resource<'_>) -> String {
        let principals = [
            ('g', caller(ActorKind::Guest, SOMEBODY, &[])),
            ('l', with_link(BOOKING)),
            ('f', with_link(BookingId(Uuid::from_u128(99)))),
            ('o', caller(ActorKind::Client, OWNER, &[])),
            ('c', caller(ActorKind::Client, SOMEBODY, &[])),
            ('m', caller(ActorKind::Member, SOMEBODY, &[TEAM])),
            ('n', caller(ActorKind::Member, SOMEBODY, &[OTHER_TEAM])),
            ('d', caller(ActorKind::Dispatcher, SOMEBODY, &[])),
            ('a', caller(ActorKind::Admin, SOMEBODY, &[])),
        ];
        let may = principals.iter().filter(|(_, caller)| can(caller, action, resource));
        may.map(|(letter, _)| *letter).collect()
    }

    #[test]
    fn a_booking_is_touched_by_its_owner_its_link_and_staff_of_its_team() {
        let (client, status) = (Some(OWNER), Status::Confirmed);
        let scope = BookingScope { id: BOOKING, team: TEAM, client, status };
        let booking = Resource::Booking(&scope);

        assert_eq!(who_may(Action::ViewBooking, &booking), "lomda");
        assert_eq!(who_may(Action::AcceptOffer, &booking), "loda");
    }

    /// Each state and each step that leads somewhere from there, and who may take it; `s` is
    /// Daybook itself, when the time is over.
    const STEPS: &str = "
        waitlisted  cancel=loda expire=s
        held        cancel=loda expire=s confirm=lo
        pending     confirm=mda decline=mda expire=s cancel=loda reschedule=loda assign=da
        confirmed   start=mda complete=mda no-show=mda cancel=loda reschedule=loda assign=da
        in_progress complete=mda assign=da
        completed   correct=a
        no_show     correct=a
    ";

    #[test]
    fn every_step_from_every_state_is_for_those_in_the_table_and_nobody_else() {
        let said = |from: Status, step: Step| {
            let row = STEPS.lines().find_map(|row| row.trim().strip_prefix(from.name()));
            let cells = row.unwrap_or_default().split_whitespace();
            let mut cells = cells.filter_map(|cell| cell.split_once('='));
            cells.find(|(name, _)| *name == step.name()).map(|(_, who)| who)
        };
        for from in Status::ALL {
            let scope = BookingScope { id: BOOKING, team: TEAM, client: Some(OWNER), status: from };
            for step in Step::ALL {
                let may = who_may(Action::Take(step), &Resource::Booking(&scope));
                let leads_somewhere = domain::booking::next(from, step).is_some();
                match said(from, step) {
                    // The system asks nobody.
                    Some("s") => assert_eq!((may.as_str(), leads_somewhere), ("", true)),
                    Some(who) => assert_eq!((may.as_str(), leads_somewhere), (who, true)),
                    None => assert!(!leads_somewhere, "who may {} from {from}?", step.name()),
                }
            }
        }
    }

    #[test]
    fn a_booking_without_an_account_belongs_to_no_client() {
        let (client, status) = (None, Status::Confirmed);
        let scope = BookingScope { id: BOOKING, team: TEAM, client, status };

        assert_eq!(who_may(Action::ViewBooking, &Resource::Booking(&scope)), "lmda");
    }

    #[test]
    fn a_service_is_booked_by_those_it_is_for() {
        assert_eq!(who_may(Action::Book, &Resource::Service(BookableBy::Public)), "glfocmnda");
        assert_eq!(who_may(Action::Book, &Resource::Service(BookableBy::Clients)), "ocmnda");
        assert_eq!(who_may(Action::Book, &Resource::Service(BookableBy::Staff)), "mnda");
    }

    #[test]
    fn whoever_may_do_something_to_one_thing_as_staff_may_do_it_somewhere() {
        let (client, status) = (None, Status::Confirmed);
        let scope = BookingScope { id: BOOKING, team: TEAM, client, status };
        let staff = |action, resource: &Resource<'_>| {
            who_may(action, resource).replace(['g', 'l', 'f', 'o', 'c'], "")
        };
        // One member stands for all: which team is asked about is not known yet.
        let alike = |who: String| if who.contains('m') { "mnda".to_owned() } else { who };
        for action in Step::ALL
            .map(Action::Take)
            .into_iter()
            .chain([Action::ViewBooking, Action::AcceptOffer])
        {
            let here = alike(staff(action, &Resource::Booking(&scope)));
            assert_eq!(who_may(action, &Resource::Somewhere), here, "{action:?}");
        }
        for action in [
            Action::ViewTeam,
            Action::CollectCash,
            Action::CorrectCash,
            Action::PassLimit,
            Action::ChangeCapacity,
            Action::ViewAudit,
            Action::ViewCatalog,
            Action::EditCatalog,
            Action::EditHours,
            Action::ViewUsers,
            Action::ManageUsers,
        ] {
            let here = alike(staff(action, &Resource::Team(TEAM)));
            assert_eq!(who_may(action, &Resource::Somewhere), here, "{action:?}");
        }
    }

    #[test]
    fn the_desk_sees_every_team_and_a_member_its_own() {
        assert_eq!(who_may(Action::ViewTeam, &Resource::Team(TEAM)), "mda");
        assert_eq!(who_may(Action::ViewTeam, &Resource::Everything), "da");
        assert_eq!(who_may(Action::ChangeCapacity, &Resource::Team(TEAM)), "da");
        assert_eq!(who_may(Action::PassLimit, &Resource::Team(TEAM)), "da");
        assert_eq!(who_may(Action::CollectCash, &Resource::Team(TEAM)), "mda");
        assert_eq!(who_may(Action::CorrectCash, &Resource::Team(TEAM)), "da");
        assert_eq!(who_may(Action::EditHours, &Resource::Everything), "da");
        assert_eq!(who_may(Action::ViewAudit, &Resource::Everything), "da");
        assert_eq!(who_may(Action::ViewCatalog, &Resource::Everything), "mnda");
        assert_eq!(who_may(Action::EditCatalog, &Resource::Everything), "a");
        assert_eq!(who_may(Action::ViewUsers, &Resource::Everything), "da");
        assert_eq!(who_may(Action::ManageUsers, &Resource::Everything), "a");
    }
}
