//! Surcharges, promos, steps and exchange rates, as staff keep them.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::office::{Office, Reply};

const SURCHARGES: &str = "/api/admin/surcharges";
const PROMOS: &str = "/api/admin/promos";
const RATES: &str = "/api/admin/exchange-rates";

fn surcharge() -> Value {
    json!({
        "kind": "peak-hours",
        "name": "Night",
        "percent": 12.5,
        "scope": { "weekdays": [5, 6], "hours": [{ "from": "22:00", "to": "04:00" }] },
    })
}

fn promo() -> Value {
    json!({ "code": " spring-26 ", "name": "Spring", "kind": "percent", "percent": 7.5 })
}

fn rates() -> Value {
    json!({ "source": "The bank", "day": "2026-11-22", "rates": { "USD": "1.10", "CHF": "0.95" } })
}

async fn actions(office: &Office, object: &str) -> Vec<String> {
    let trail = office.get("admin", format!("/api/admin/audit?object={object}&limit=5")).await;
    let items = trail.body["items"].as_array().unwrap().clone();
    items.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

fn assert_points_at(reply: &Reply, pointer: &str) {
    assert_eq!(reply.outcome(), (422, "validation-failed"), "{pointer}: {}", reply.text);
    assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{}", reply.text);
}

#[actix_web::test]
async fn each_is_made_changed_shown_and_removed_and_every_change_is_on_the_trail() {
    let office = Office::new().await;
    for (path, fields, patch, object) in [
        (SURCHARGES, surcharge(), json!({ "scope": { "weekdays": [7] } }), "surcharge"),
        (PROMOS, promo(), json!({ "limitTotal": 3 }), "promo"),
        (RATES, rates(), json!({ "rates": { "CHF": null, "JPY": "180.5" } }), "rates"),
    ] {
        let made = office.post("admin", path, fields.clone()).await;
        let place = made.location.clone().unwrap_or_default();
        let changed = office.call("admin", Method::PATCH, &place).rev(1).body(patch).send().await;
        let stale = office.call("admin", Method::PUT, &place).rev(1).body(fields.clone());
        let stale = stale.send().await;
        let blind = office.call("admin", Method::PUT, &place).rev(0).body(fields).send().await;
        let shown = office.get("dispatcher", &place).await;
        let listed = office.get("dispatcher", format!("{path}?limit=100")).await;
        let gone = office.call("admin", Method::DELETE, &place).rev(2).send().await;

        assert_eq!((made.status, made.etag.as_deref()), (201, Some("\"1\"")), "{}", made.text);
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!(stale.outcome(), (412, "stale-revision"), "{}", stale.text);
        assert_eq!(blind.outcome(), (412, "stale-revision"), "{}", blind.text);
        assert_eq!(changed.body, shown.body);
        assert!(listed.body["items"].as_array().unwrap().contains(&shown.body));
        assert_eq!(gone.status, 204, "{}", gone.text);
        assert_eq!(office.get("admin", &place).await.outcome(), (404, "not-found"));
        let expected = ["deleted", "updated", "created"].map(|verb| format!("{object}-{verb}"));
        assert_eq!(actions(&office, &format!("{object}:")).await[..3], expected);
    }
    office.assert_consistent();
}

#[actix_web::test]
async fn what_cannot_be_a_surcharge_is_pointed_at() {
    let office = Office::new().await;
    for (change, pointer) in [
        (json!({ "kind": "moon" }), "/kind"),
        (json!({ "name": " " }), "/name"),
        (json!({ "percent": 0 }), "/percent"),
        (json!({ "percent": 100.5 }), "/percent"),
        (json!({ "percent": null }), "/percent"),
        (json!({ "amount": { "amount": 5, "currency": "EUR" } }), "/percent"),
        (json!({ "percent": null, "amount": { "amount": -5, "currency": "EUR" } }), "/amount"),
        (
            json!({ "percent": null, "amount": { "amount": 5, "currency": "eur" } }),
            "/amount/currency",
        ),
        (json!({ "holidays": ["2026-12-25"] }), "/holidays"),
        (json!({ "kind": "holiday" }), "/holidays"),
        (json!({ "kind": "holiday", "holidays": [] }), "/holidays"),
        (json!({ "kind": "lead-time" }), "/underMinutes"),
        (json!({ "kind": "lead-time", "underMinutes": 0 }), "/underMinutes"),
        (json!({ "scope": { "hours": [] } }), "/scope/hours"),
        (json!({ "kind": "weekend", "scope": { "weekdays": [] } }), "/scope/weekdays"),
        (json!({ "scope": { "weekdays": [1, 8] } }), "/scope/weekdays/1"),
        (json!({ "scope": { "weekdays": [1, 1] } }), "/scope/weekdays/1"),
        (
            json!({ "scope": { "hours": [{ "from": "08:00", "to": "08:00" }] } }),
            "/scope/hours/0/to",
        ),
        (
            json!({ "scope": { "daysFrom": "2026-12-02", "daysUntil": "2026-12-01" } }),
            "/scope/daysUntil",
        ),
        (json!({ "stacking": "sometimes" }), "/stacking"),
        (json!({ "order": 10_001 }), "/order"),
        (json!({ "colour": "red" }), "/colour"),
    ] {
        let mut body = surcharge();
        super::super::merge_patch::merge(&mut body, change);
        assert_points_at(&office.post("admin", SURCHARGES, body).await, pointer);
    }
}

#[actix_web::test]
async fn what_cannot_be_a_promo_is_pointed_at() {
    let office = Office::new().await;
    for (change, pointer) in [
        (json!({ "code": "SPRING?" }), "/code"),
        (json!({ "code": "a b" }), "/code"),
        (json!({ "kind": "all" }), "/kind"),
        (json!({ "percent": 100.01 }), "/percent"),
        (json!({ "percent": -1 }), "/percent"),
        (json!({ "kind": "fixed" }), "/percent"),
        (json!({ "kind": "fixed", "percent": null }), "/amount"),
        (
            json!({ "kind": "fixed", "percent": null,
                "amount": { "amount": 1, "currency": "XXX" } }),
            "/amount/currency",
        ),
        (json!({ "kind": "free-units", "percent": null, "freeUnits": 0 }), "/freeUnits"),
        (
            json!({ "usableFrom": "2026-12-01T00:00:00Z", "usableUntil": "2026-12-01T00:00:00Z" }),
            "/usableUntil",
        ),
        (json!({ "spendMin": { "amount": -1, "currency": "EUR" } }), "/spendMin"),
        (json!({ "limitTotal": 0 }), "/limitTotal"),
        (json!({ "limitPerClient": 1_000_001 }), "/limitPerClient"),
        (json!({ "scope": { "serviceIds": ["everything"] } }), "/scope/serviceIds/0"),
        (json!({ "state": "paused" }), "/state"),
    ] {
        let mut body = promo();
        super::super::merge_patch::merge(&mut body, change);
        assert_points_at(&office.post("admin", PROMOS, body).await, pointer);
    }
}

#[actix_web::test]
async fn a_code_has_one_spelling_and_one_promo() {
    let office = Office::new().await;

    let made = office.post("admin", PROMOS, promo()).await;
    let twice = office.post("admin", PROMOS, promo()).await;

    assert_eq!((made.status, &made.body["code"]), (201, &json!("SPRING-26")), "{}", made.text);
    assert_eq!(twice.outcome(), (409, "already-exists"), "{}", twice.text);
}

#[actix_web::test]
async fn what_is_ended_stays_ended() {
    let office = Office::new().await;
    let place = office.post("admin", PROMOS, promo()).await.location.unwrap();
    let patch = |rev: i64, state: &str| {
        let call = office.call("admin", Method::PATCH, &place).rev(rev);
        call.body(json!({ "state": state })).send()
    };

    let ended = patch(1, "ended").await;
    let again = patch(2, "active").await;

    assert_eq!((ended.status, &ended.body["state"]), (200, &json!("ended")), "{}", ended.text);
    assert_points_at(&again, "/state");
}

#[actix_web::test]
async fn steps_are_replaced_as_a_whole() {
    let office = Office::new().await;
    let path = "/api/admin/price-steps";

    let before = office.get("member", path).await;
    let set = office.put("admin", path, json!({ "steps": { "SEK": 100, "CHF": 10 } })).await;
    let after = office.get("member", path).await;

    assert_eq!(before.body, json!({ "steps": { "CHF": 5 } }));
    assert_eq!((set.status, &set.body), (200, &after.body), "{}", set.text);
    assert_eq!(after.body, json!({ "steps": { "CHF": 10, "SEK": 100 } }));
    for (steps, pointer) in [
        (json!({ "CHF": 0 }), "/steps/CHF"),
        (json!({ "SEK": 100, "CHF": 1_000_001 }), "/steps/CHF"),
        (json!({ "Franken": 5 }), "/steps/Franken"),
        (json!({ "CHF": -5 }), "/steps/CHF"),
    ] {
        let refused = office.put("admin", path, json!({ "steps": steps })).await;
        assert_points_at(&refused, pointer);
    }
    assert_eq!(actions(&office, "price-steps").await, ["price-steps-set"]);
}

#[actix_web::test]
async fn what_cannot_be_rates_is_pointed_at() {
    let office = Office::new().await;
    for (change, pointer) in [
        (json!({ "source": "" }), "/source"),
        (json!({ "day": "yesterday" }), "/day"),
        (json!({ "rates": { "USD": null, "CHF": null } }), "/rates"),
        (json!({ "rates": { "USD": "0" } }), "/rates/USD"),
        (json!({ "rates": { "USD": "1,10" } }), "/rates/USD"),
        (json!({ "rates": { "EUR": "1" } }), "/rates/EUR"),
        (json!({ "rates": { "XAU": "1" } }), "/rates/XAU"),
        (json!({ "rates": { "a/b": "1" } }), "/rates/a~1b"),
    ] {
        let mut body = rates();
        super::super::merge_patch::merge(&mut body, change.clone());
        if change["rates"]["USD"].is_null() {
            // Null leaves a currency out, which the merge above takes away.
            body["rates"]["USD"] = change["rates"].get("USD").cloned().unwrap_or(json!("1.1"));
        }
        assert_points_at(&office.post("admin", RATES, body).await, pointer);
    }
}

const ECB_XML: &str = r#"<?xml version="1.0"?><gesmes:Envelope
    xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
    xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube><Cube time="2026-11-20">
    <Cube currency="USD" rate="1.1520"/><Cube currency="CHF" rate="0.9314"/></Cube></Cube>
    </gesmes:Envelope>"#;

#[actix_web::test]
async fn a_file_of_the_central_bank_becomes_the_newest_table() {
    let office = Office::new().await;
    let import = |text| {
        let call = office.call("admin", Method::POST, format!("{RATES}/import"));
        call.text("application/xml", text).send()
    };

    let first = import(ECB_XML).await;
    let corrected = ECB_XML.replace("1.1520", "1.1530");
    let second = import(&corrected).await;
    let bad = ECB_XML.replace("0.9314", "-1");
    let bad = import(&bad).await;
    let large = " ".repeat(domain::pricing::rates::ECB_BYTES_MAX + 1);
    let large = import(&large).await;
    let call = office.call("admin", Method::POST, format!("{RATES}/import"));
    let json = call.body(json!({})).send().await;

    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.body["source"], "European Central Bank");
    assert_eq!(first.body["rates"], json!({ "CHF": "0.9314", "USD": "1.152" }));
    assert_eq!((second.status, &second.body["rates"]["USD"]), (200, &json!("1.153")));
    assert_eq!((&second.body["id"], &second.body["rev"]), (&first.body["id"], &json!(2)));
    assert_points_at(&bad, "");
    assert_eq!(large.outcome(), (413, "payload-too-large"));
    assert_eq!(json.outcome(), (415, "unsupported-media-type"));
    let shown = office.get("admin", first.location.unwrap()).await;
    assert_eq!(shown.body, second.body);
}

fn sample(office: &Office, slug: &str) -> Value {
    let catalog = office.app.catalog.current();
    let service = catalog.service_by_slug(slug).unwrap().id.to_string();
    json!({ "serviceId": service, "startsAt": "2026-12-05T10:00" })
}

#[actix_web::test]
async fn a_promo_is_tried_on_a_visit_before_anybody_uses_it() {
    let office = Office::new().await;
    let catalog = office.app.catalog.current();
    let place = |code: &str| {
        let promo = catalog.promos().iter().find(|promo| promo.code.as_str() == code).unwrap();
        format!("{PROMOS}/{}/simulate", promo.id)
    };
    let boiler = sample(&office, "boiler-service");
    let moving = sample(&office, "moving-help");

    let ten = office.post("member", place("WELCOME10"), boiler.clone()).await;
    let free = office.post("member", place("SECONDHAND"), moving).await;
    let elsewhere = office.post("member", place("SECONDHAND"), boiler.clone()).await;
    let ended = office.post("member", place("LASTSUMMER"), boiler.clone()).await;
    let mut nowhere = boiler;
    nowhere["teamId"] = json!(uuid::Uuid::now_v7().to_string());
    let nowhere = office.post("member", place("WELCOME10"), nowhere).await;

    // On a Saturday: 129.00 and 15 %, less 10 %.
    assert_eq!(ten.body["without"]["total"]["amount"], 14_835, "{}", ten.text);
    assert_eq!(ten.body["with"]["total"]["amount"], 13_351);
    assert_eq!(ten.body["saved"], json!({ "amount": 1_484, "currency": "EUR" }));
    assert_eq!(free.body["saved"]["amount"], 15_000, "{}", free.text);
    assert_eq!((elsewhere.status, &elsewhere.body["with"]), (200, &Value::Null));
    assert_eq!(elsewhere.body["refusal"]["code"], "promo-not-applicable");
    assert_eq!(elsewhere.body["refusal"]["reason"], "service");
    assert_eq!(ended.body["refusal"]["reason"], "ended", "{}", ended.text);
    assert_points_at(&nowhere, "/teamId");
}

#[actix_web::test]
async fn a_promo_is_looked_through_before_it_is_stored() {
    let office = Office::new().await;
    let path = format!("{PROMOS}/preview");
    let visit = sample(&office, "boiler-service");
    let draft = |change: Value| {
        let mut promo = promo();
        super::super::merge_patch::merge(&mut promo, change);
        json!({ "promo": promo, "visit": visit })
    };
    let count = office.app.catalog.current().promos().len();

    let good = office.post("admin", &path, draft(json!({}))).await;

    assert_eq!((good.status, &good.body["code"]), (200, &json!("SPRING-26")), "{}", good.text);
    assert_eq!(good.body["errors"], json!([]));
    assert!(good.body["simulation"]["saved"]["amount"].as_i64().unwrap() > 0, "{}", good.text);
    for (change, code, pointer) in [
        (json!({ "code": "welcome 10" }), json!("WELCOME10"), "/code"),
        (json!({ "code": "?" }), Value::Null, "/code"),
        (json!({ "percent": 101 }), json!("SPRING-26"), "/percent"),
        (json!({ "limitTotal": 0 }), json!("SPRING-26"), "/limitTotal"),
    ] {
        let told = office.post("admin", &path, draft(change)).await;
        assert_eq!((told.status, &told.body["code"]), (200, &code), "{}", told.text);
        assert_eq!(told.body["errors"][0]["pointer"], pointer, "{}", told.text);
        assert_eq!(told.body["simulation"], Value::Null);
    }
    assert_eq!(office.app.catalog.current().promos().len(), count);
}

#[actix_web::test]
async fn nobody_has_used_a_new_promo() {
    let office = Office::new().await;
    let place = office.post("admin", PROMOS, promo()).await.location.unwrap();

    let uses = office.get("dispatcher", format!("{place}/uses")).await;
    let nobodys = office.get("dispatcher", format!("{PROMOS}/{}/uses", uuid::Uuid::nil())).await;

    assert_eq!(uses.body, json!({ "items": [], "nextCursor": null }), "{}", uses.text);
    assert_eq!(nobodys.outcome(), (404, "not-found"));
}
