//! A promo that many want at once, in several ledgers and from two nodes, while others give it
//! back; and what that looks like when a store does not keep its promise.

use std::sync::Arc;

use chrono::Days;
use domain::booking::{Status, Step};
use domain::ids::{BookingId, PromoId};
use domain::ledger::{Command, LedgerKey};
use domain::money::BasisPoints;
use domain::pricing::promo::ledger::ClientKey;
use domain::pricing::promo::{PromoLimits, PromoState, Usable};
use domain::pricing::{Benefit, Promo, PromoCode, Scope};
use domain::time::Slot;
use futures_util::future::join_all;
use store::batch::Redemption;
use store::simulated::Weakness;
use store::traits::PromoStore;
use uuid::Uuid;

use super::harness::{Heard, Scene, day, is_done, is_refused, one, slot};
use crate::actors::{Ledgers, Submission};

const SPRING: PromoId = PromoId(Uuid::from_u128(0x5321));
const LIMIT: u32 = 10;
const CLIENTS: u64 = 500;
const DAYS: u64 = 5;

fn offer(scene: &Scene) {
    scene.store.put_promo(Promo {
        id: SPRING,
        code: PromoCode::normalise("SPRING").unwrap(),
        name: "Spring".to_owned(),
        benefit: Benefit::Percent(BasisPoints(1_000)),
        scope: Scope::default(),
        usable: Usable::default(),
        spend_min: None,
        is_first_booking_only: false,
        limits: PromoLimits { total: Some(LIMIT), per_client: None },
        is_stackable: true,
        order: 0,
        state: PromoState::Active,
        rev: 1,
    });
}

/// A booking that uses the promo, on one of the days.
fn wanting(scene: &Scene, client: u64, status: Status) -> Submission {
    let mut submission = scene.book();
    let later = Days::new(client % DAYS);
    submission.key.day = day() + later;
    if let Command::Book(book) = &mut submission.command {
        let Slot { starts_at, ends_at } = slot(0);
        book.slot = Slot { starts_at: starts_at + later, ends_at: ends_at + later };
        (book.busy, book.status) = (book.slot, status);
    }
    let draft = submission.draft.as_mut().map(Arc::make_mut).unwrap();
    let client = ClientKey(Uuid::from_u128(client.into()));
    draft.price.redeems.push(Redemption { promo: SPRING, client });
    submission
}

/// Ends a booking by `step`.
fn end(scene: &Scene, key: LedgerKey, booking: BookingId, step: Step) -> Submission {
    let command = Command::End { booking, rev: None, step, fee: None };
    Submission { key, ..scene.submission(command) }
}

/// Everybody wants the promo at once. Of those who get it, two in three give it back, one way or
/// another, while the rest is still asking.
async fn rush(scene: &Scene, nodes: &[Ledgers; 2]) -> Vec<Heard> {
    let attempts = (0..CLIENTS).map(|client| async move {
        let node = if client.is_multiple_of(2) { &nodes[0] } else { &nodes[1] };
        let submission = wanting(scene, client, Status::Pending);
        let key = submission.key;
        let heard = one(node, submission).await;
        let step = match client % 3 {
            0 => Step::Cancel,
            1 => Step::Expire,
            _ => return heard,
        };
        if let Heard::Done { booking, .. } = heard {
            let ended = one(node, end(scene, key, booking, step)).await;
            assert!(is_done(&ended), "{ended:?}");
        }
        heard
    });
    join_all(attempts).await
}

/// Bookings that use the promo and did not end before they took place.
fn live_count(scene: &Scene) -> usize {
    let bookings = scene.store.all_bookings();
    bookings.iter().filter(|one| !one.entry.status.is_off()).count()
}

#[actix::test]
async fn a_promo_is_used_as_often_as_it_may_be_however_many_want_it_and_give_it_back() {
    let scene = Scene::with_limit(1_000);
    offer(&scene);
    let nodes = [scene.node(), scene.node()];

    let all = rush(&scene, &nodes).await;
    let limit = usize::try_from(LIMIT).unwrap();
    assert!(live_count(&scene) <= limit);
    let refused = all.iter().filter(|heard| is_refused(heard, "Promo")).count();
    let done = all.iter().filter(|heard| is_done(heard)).count();
    assert_eq!(refused + done, all.len(), "nobody hears anything else");
    assert!(done >= limit, "{done} of {}", all.len());

    // What was given back is there for whoever comes next, and no more than that.
    for client in 0..u64::from(LIMIT) + 5 {
        one(&nodes[0], wanting(&scene, CLIENTS + client, Status::Confirmed)).await;
    }
    assert_eq!(live_count(&scene), limit);
    assert_eq!(scene.store.tally(SPRING, None).unwrap().used_count, LIMIT);
    let uses = scene.store.uses(SPRING, None, u16::MAX).unwrap();
    assert_eq!(uses.iter().filter(|one| one.released_at.is_none()).count(), limit);
}

/// One after the other, so that what goes wrong does so every time.
#[actix::test]
async fn a_store_that_counts_uses_too_early_or_gives_them_back_twice_is_found_out() {
    for weakness in [None, Some(Weakness::StalePromos), Some(Weakness::DoubleReleases)] {
        let scene = Scene::with_limit(1_000);
        offer(&scene);
        if let Some(weakness) = weakness {
            scene.store.weaken(weakness);
        }
        let node = scene.node();

        for client in 0..u64::from(LIMIT) {
            one(&node, wanting(&scene, client, Status::Confirmed)).await;
        }
        let first = scene.store.uses(SPRING, None, 1).unwrap().remove(0).booking;
        let key = scene.store.booking(first).unwrap().key;
        one(&node, end(&scene, key, first, Step::Cancel)).await;
        for client in 0..2 * u64::from(LIMIT) {
            one(&node, wanting(&scene, CLIENTS + client, Status::Confirmed)).await;
        }

        let limit = usize::try_from(LIMIT).unwrap();
        assert_eq!(live_count(&scene) > limit, weakness.is_some(), "{weakness:?}");
    }
}
