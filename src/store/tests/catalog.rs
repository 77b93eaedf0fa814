//! The catalogue: what is written is read back, and what must not be written is not.

use chrono::Weekday;
use domain::catalog::{HoursOwner, Resource, ResourceKind, Service};
use domain::ids::{BookingId, ResourceNo, TeamNo};

use super::samples::{
    Booked, at, audit, business, change_all, exception, id, member, resource, service, tamper,
    team, time_off, weekly, write,
};
use crate::audit::Audit;
use crate::batch::{IdempotencyRecord, StoredResponse};
use crate::catalog::Catalog;
use crate::error::StoreError;
use crate::records::{AuditQuery, CatalogChange};
use crate::scratch::Scratch;
use crate::traits::{Aside, AuditStore, CatalogStore};

fn key(key: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        principal: "user:1".to_owned(),
        key: key.to_owned(),
        fingerprint: [7; 32],
        response: StoredResponse { status: 201, body: b"{}".to_vec(), etag: None, location: None },
        booking: Some(BookingId(id(77))),
        created_at: at("2026-11-22T09:00:00Z"),
    }
}

#[test]
fn a_catalogue_reads_back_as_it_was_written() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let (one, two, anna) = (team(1), team(2), member(11, &[team(1).id, team(2).id]));
        let mine = HoursOwner::Member(anna.id, two.id);
        let theirs = HoursOwner::Team(two.id);
        let weeks = vec![weekly(mine, Weekday::Mon), weekly(mine, Weekday::Sun)];

        change_all(
            &catalog,
            [
                CatalogChange::SetWeekly {
                    owner: theirs,
                    rows: vec![weekly(theirs, Weekday::Tue)],
                },
                CatalogChange::SetWeekly { owner: mine, rows: vec![weekly(mine, Weekday::Fri)] },
                CatalogChange::SetWeekly { owner: mine, rows: weeks.clone() },
                CatalogChange::PutException(exception(theirs, "half a day")),
                CatalogChange::PutException(exception(mine, "first")),
                CatalogChange::PutException(exception(mine, "second")),
                CatalogChange::PutTimeOff(time_off(31, anna.id)),
            ],
        );

        let found = catalog.load_catalog().unwrap();
        let numbered = |mut team: domain::catalog::Team, no| {
            team.no = TeamNo(no);
            team
        };
        assert_eq!(found.teams, [numbered(one.clone(), 1), numbered(two.clone(), 2)]);
        assert_eq!(found.services, [service(21, &[one.id, two.id], &[anna.id])]);
        assert_eq!(found.members.len(), 1);
        assert_eq!(
            (&found.members[0].skills, &found.members[0].teams),
            (&anna.skills, &anna.teams)
        );
        assert_eq!(found.weekly[0], weekly(theirs, Weekday::Tue));
        assert_eq!(found.weekly[1..], weeks);
        assert_eq!(found.exceptions, [exception(theirs, "half a day"), exception(mine, "second")]);
        assert_eq!(found.time_off, [time_off(31, anna.id)]);
        assert_eq!(found.rev, catalog.catalog_rev().unwrap());
        assert_eq!(found.rev, 1 + 4 + 7);
    }
}

#[test]
fn a_row_is_replaced_whole_under_its_number() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let mut boiler = service(21, &[team(2).id], &[]);
        (boiler.rev, boiler.daily_units_max) = (2, None);
        let mut anna = member(11, &[]);
        (anna.rev, anna.photo_url) = (2, Some("/anna.jpg".to_owned()));

        change_all(
            &catalog,
            [CatalogChange::PutService(boiler.clone()), CatalogChange::PutMember(anna.clone())],
        );

        let found = catalog.load_catalog().unwrap();
        assert_eq!(found.services, [boiler]);
        anna.no = domain::ids::ResourceNo(1);
        assert_eq!(found.members, [anna]);
    }
}

#[test]
fn a_stale_change_is_refused_and_writes_nothing() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let before = catalog.load_catalog().unwrap();
        let mut late = team(1);
        (late.name, late.rev) = ("Too late".to_owned(), 3);
        let aside =
            Aside { audit: Some(audit("team-updated", "team:1")), idempotency: Some(key("late")) };

        let refused = catalog.change_catalog(&CatalogChange::PutTeam(late), &aside);
        let deleted = catalog.change_catalog(
            &CatalogChange::DeleteTeam { id: team(1).id, rev: 9 },
            &Aside::default(),
        );

        assert!(matches!(refused, Err(StoreError::Stale { current: 1 })), "{refused:?}");
        assert!(matches!(deleted, Err(StoreError::Stale { current: 1 })), "{deleted:?}");
        let after = catalog.load_catalog().unwrap();
        assert_eq!((after.rev, after.teams), (before.rev, before.teams));
        let trail = Audit::new(database).audit(&AuditQuery { limit: 10, ..Default::default() });
        assert_eq!(trail.unwrap(), []);
    }
}

#[test]
fn a_second_slug_and_a_second_key_are_refused() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let mut copy = service(22, &[], &[]);
        copy.slug = "service-21".to_owned();
        let other = |number| CatalogChange::PutService(service(number, &[], &[]));
        let aside = || Aside { audit: None, idempotency: Some(key("once")) };

        let slug = catalog.change_catalog(&CatalogChange::PutService(copy), &Aside::default());
        catalog.change_catalog(&other(23), &aside()).unwrap();
        let replayed = catalog.change_catalog(&other(23), &aside());

        assert!(matches!(slug, Err(StoreError::Taken { what: "slug" })), "{slug:?}");
        assert!(matches!(replayed, Err(StoreError::Taken { what: "idempotency key" })));
    }
}

#[test]
fn what_does_not_exist_cannot_be_named() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let nobody = member(99, &[]).id;
        let before = catalog.catalog_rev().unwrap();
        let mut gone = team(98);
        gone.rev = 2;

        for (change, missing) in [
            (CatalogChange::PutTeam(gone), "team"),
            (CatalogChange::PutMember(member(12, &[team(98).id])), "team"),
            (CatalogChange::PutService(service(22, &[], &[nobody])), "team member"),
            (CatalogChange::PutTimeOff(time_off(31, nobody)), "team member"),
            (CatalogChange::DeleteTimeOff(time_off(31, nobody).id), "time off"),
            (
                CatalogChange::DeleteException {
                    owner: HoursOwner::Team(team(1).id),
                    day: super::samples::day("2026-12-25"),
                },
                "exception",
            ),
        ] {
            match catalog.change_catalog(&change, &Aside::default()) {
                Err(StoreError::Reference { what }) => assert_eq!(what, missing, "{change:?}"),
                other => panic!("{other:?} for {change:?}"),
            }
        }
        assert_eq!(catalog.catalog_rev().unwrap(), before);
    }
}

#[test]
fn what_is_in_use_cannot_be_deleted() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let (anna, boiler) = (member(11, &[]).id, service(21, &[], &[]).id);
        let refused = |change| match catalog.change_catalog(&change, &Aside::default()) {
            Err(StoreError::Reference { what }) => what,
            other => panic!("{other:?} for {change:?}"),
        };

        assert_eq!(refused(CatalogChange::DeleteTeam { id: team(1).id, rev: 1 }), "team");
        assert_eq!(refused(CatalogChange::DeleteMember { id: anna, rev: 1 }), "team member");
        write(&database, &[Booked::new(1, 1, "2026-12-01T09:00:00Z")]);
        assert_eq!(refused(CatalogChange::DeleteService { id: boiler, rev: 1 }), "service");

        let mut unlinked = service(21, &[], &[]);
        unlinked.rev = 2;
        let mut alone = member(11, &[]);
        alone.rev = 2;
        change_all(
            &catalog,
            [CatalogChange::PutService(unlinked), CatalogChange::PutMember(alone)],
        );
        assert_eq!(refused(CatalogChange::DeleteTeam { id: team(1).id, rev: 1 }), "team");
        assert_eq!(refused(CatalogChange::DeleteMember { id: anna, rev: 2 }), "team member");
    }
}

#[test]
fn the_number_of_what_is_gone_is_never_given_again() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = Catalog::new(database);
        let owner = HoursOwner::Team(team(1).id);
        let mine = HoursOwner::Member(member(11, &[]).id, team(2).id);
        change_all(
            &catalog,
            [
                CatalogChange::PutTeam(team(1)),
                CatalogChange::PutTeam(team(2)),
                CatalogChange::PutMember(member(11, &[])),
                CatalogChange::SetWeekly { owner, rows: vec![weekly(owner, Weekday::Mon)] },
                CatalogChange::PutException(exception(owner, "goes with its team")),
                CatalogChange::PutException(exception(mine, "goes with its member")),
                CatalogChange::DeleteTeam { id: team(1).id, rev: 1 },
                CatalogChange::DeleteMember { id: member(11, &[]).id, rev: 1 },
                CatalogChange::PutTeam(team(3)),
                CatalogChange::PutMember(member(12, &[])),
            ],
        );

        let found = catalog.load_catalog().unwrap();
        assert_eq!(found.teams.iter().map(|team| team.no.0).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(found.members[0].no.0, 2);
        assert_eq!((found.weekly, found.exceptions), (Vec::new(), Vec::new()));
    }
}

#[test]
fn resources_are_numbered_along_with_members_and_read_back() {
    for scratch in Scratch::migrated() {
        let catalog = Catalog::new(scratch.connect());
        let (one, two) = (team(1), team(2));
        let van = resource(31, &[one.id, two.id]);
        let renamed = Resource {
            name: "Lorry".to_owned(),
            kind: ResourceKind::Room,
            is_active: false,
            teams: vec![two.id],
            rev: 2,
            ..van.clone()
        };
        change_all(
            &catalog,
            [
                CatalogChange::PutTeam(one),
                CatalogChange::PutTeam(two),
                CatalogChange::PutMember(member(11, &[])),
                CatalogChange::PutResource(van.clone()),
            ],
        );
        let numbered = |resource: Resource| Resource { no: ResourceNo(2), ..resource };
        assert_eq!(catalog.load_catalog().unwrap().resources, [numbered(van.clone())]);

        change_all(&catalog, [CatalogChange::PutResource(renamed.clone())]);
        assert_eq!(catalog.load_catalog().unwrap().resources, [numbered(renamed)]);
        let refused = |change| catalog.change_catalog(&change, &Aside::default()).unwrap_err();
        let stale = refused(CatalogChange::DeleteResource { id: van.id, rev: 1 });
        assert!(matches!(stale, StoreError::Stale { current: 2 }), "{stale}");
        let in_use = refused(CatalogChange::DeleteTeam { id: team(2).id, rev: 1 });
        assert!(matches!(in_use, StoreError::Reference { what: "team" }), "{in_use}");

        change_all(&catalog, [CatalogChange::DeleteResource { id: van.id, rev: 2 }]);
        assert_eq!(catalog.load_catalog().unwrap().resources, []);
    }
}

#[test]
fn what_is_booked_held_or_waited_for_cannot_be_deleted() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let (anna, boiler) = (member(11, &[]), service(21, &[], &[]));
        change_all(
            &catalog,
            [
                CatalogChange::PutResource(resource(31, &[])),
                CatalogChange::PutService(Service { rev: 2, ..boiler.clone() }),
            ],
        );
        write(&database, &[Booked::new(1, 1, "2026-12-01T09:00:00Z")]);
        let van = CatalogChange::DeleteResource { id: resource(31, &[]).id, rev: 1 };
        let deletions = [
            (van, resource(31, &[]).id.0, "resource"),
            (CatalogChange::DeleteMember { id: anna.id, rev: 1 }, anna.id.0, "team member"),
            (CatalogChange::DeleteService { id: boiler.id, rev: 2 }, boiler.id.0, "service"),
        ];
        let uses = [
            "UPDATE bookings SET resources = '[\"ID\"]'",
            "INSERT INTO holds SELECT ledger_id, id, id, no, 'new', 1, 1, '[\"ID\"]' FROM bookings",
            "INSERT INTO waiting SELECT ledger_id, 1, id, created_at, '[\"ID\"]' FROM bookings",
        ];
        for (change, id, what) in deletions {
            // Only rooms and vehicles are used by what is booked as JSON.
            let is_resource = what == "resource";
            for sql in uses.iter().skip(usize::from(!is_resource)) {
                tamper(&database, &sql.replace("ID", &id.to_string())).unwrap();
                let refused = catalog.change_catalog(&change, &Aside::default());
                let undo = "UPDATE bookings SET resources = '[]', member_no = NULL, \
                            service_id = id; DELETE FROM holds; DELETE FROM waiting";
                tamper(&database, undo).unwrap();
                match refused {
                    Err(StoreError::Reference { what: refused }) => assert_eq!(refused, what),
                    other => panic!("{other:?} after {sql}"),
                }
            }
            change_all(&catalog, [change]);
        }
    }
}
