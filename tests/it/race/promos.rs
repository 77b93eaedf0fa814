//! The uses of a code that many redeem at the same moment, while others give theirs back.

use domain::ids::PromoId;
use domain::money::BasisPoints;
use domain::pricing::promo::{PromoLimits, PromoState, Usable};
use domain::pricing::{Benefit, Promo, PromoCode, Scope};
use serde_json::Value;
use store::records::CatalogChange;
use store::traits::Aside;
use uuid::Uuid;

use super::clients;
use crate::harness::{
    Answer, Clerk, Client, Database, Plan, Server, Site, Wish, all_at_once, new_key,
    on_every_engine, server,
};

const SPRING: PromoId = PromoId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_5321));
const LIMIT: usize = 10;
/// Clients, and how often each of them redeems the code: 500 times in all.
const CLIENTS_COUNT: usize = 50;
const ROUNDS: usize = 10;
const DAYS: usize = 4;

fn offer(database: &Database) {
    let promo = Promo {
        id: SPRING,
        code: PromoCode::normalise("SPRING").unwrap(),
        name: "Spring".to_owned(),
        benefit: Benefit::Percent(BasisPoints(1_000)),
        scope: Scope::default(),
        usable: Usable::default(),
        spend_min: None,
        is_first_booking_only: false,
        limits: PromoLimits { total: Some(u32::try_from(LIMIT).unwrap()), per_client: None },
        is_stackable: true,
        order: 0,
        state: PromoState::Active,
        rev: 1,
    };
    let change = CatalogChange::PutPromo(promo);
    database.with_store(|store| store.catalog.change_catalog(&change, &Aside::default())).unwrap();
}

fn redeem(client: &Client, wish: &Wish) -> Answer {
    let mut body = wish.body();
    body["promoCode"] = " spring ".into();
    client.post("/api/portal/service-requests").key(&new_key()).json(&body).send()
}

/// Redeems the code, and says what was booked with it; nobody is told anything but that.
fn try_to_redeem(client: &Client, wish: &Wish) -> Option<Value> {
    let answer = redeem(client, wish);
    match answer.verdict() {
        (201, _) => Some(answer.json()),
        (409, code) if code == "promo-exhausted" => None,
        _ => panic!("{}", answer.text()),
    }
}

#[test]
fn five_hundred_who_redeem_a_code_and_give_it_back_leave_it_used_ten_times() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1_000, ..Plan::default() });
        offer(database);
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let clients = clients(&server, CLIENTS_COUNT);
        let wish =
            |index: usize| site.wish(site.day(10 + i64::try_from(index % DAYS).unwrap()), 600);

        let kept: Vec<usize> = all_at_once(CLIENTS_COUNT, |index| {
            let client = &clients[index];
            let kept = (0..ROUNDS).filter(|round| {
                let wish = wish(index + round);
                let Some(made) = try_to_redeem(client, &wish) else { return false };
                if (index + round).is_multiple_of(3) {
                    return true;
                }
                let back = clerk.cancel(client, &wish, &made, &new_key());
                assert!(back.is_yes(), "a booking could not be called off: {back:?}");
                false
            });
            kept.count()
        });
        let kept: usize = kept.into_iter().sum();
        assert!(kept <= LIMIT, "{kept} are used");

        // What was given back is there for whoever comes next, and no more than that.
        let later =
            (kept..LIMIT + 3).filter(|index| try_to_redeem(&clients[0], &wish(*index)).is_some());
        assert_eq!(kept + later.count(), LIMIT);
        assert!(server.stop().0.success());
        server::verify(database);
        let used = database.with_store(|store| store.promos.tally(SPRING, None)).unwrap();
        assert_eq!(usize::try_from(used.used_count).unwrap(), LIMIT);
    });
}
