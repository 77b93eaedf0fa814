//! What holds for every visit, every list of rules and every amount.

use proptest::prelude::*;

use super::table::Scene;
use crate::money::{AMOUNT_MAX, Currency, Money};
use crate::pricing::*;

/// A line of a table about a rule.
fn rule() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just("weekend days:sat,sun"),
        Just("weekend days:fri"),
        Just("peak-hours hours:17:00-20:00"),
        Just("peak-hours hours:22:00-04:00"),
        Just("holiday on:2026-06-06,2026-10-25"),
        Just("emergency"),
        Just("lead-time under:120"),
        Just("lead-time under:100000"),
    ];
    let change = prop_oneof![
        (1_u32..=100).prop_map(|percent| format!("{percent}%")),
        (1_i64..=1_000_000_000_000).prop_map(|amount| amount.to_string()),
    ];
    let stacking = prop_oneof![Just(""), Just("exclusive")];
    (kind, change, stacking, -3_i32..3).prop_map(|(kind, change, stacking, order)| {
        let (kind, options) = kind.split_once(' ').unwrap_or((kind, ""));
        format!("rule {kind} {change} {options} {stacking} order:{order}")
    })
}

fn promo() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_u32..=100).prop_map(|percent| format!("{percent}%")),
        (1_i64..=1_000_000_000_000).prop_map(|amount| amount.to_string()),
        (1_u32..=50).prop_map(|units| format!("free{units}")),
    ]
}

fn base() -> impl Strategy<Value = String> {
    let amount = prop_oneof![0_i64..=100_000, 0_i64..=1_000_000_000_000];
    (amount.clone(), amount, 1_u32..20)
        .prop_map(|(first, then, band)| format!("base tiers {band}:{first} -:{then}"))
}

/// Rules, promos, tax and step of a tariff, with a currency to convert to.
fn table() -> impl Strategy<Value = (String, String)> {
    let rules = proptest::collection::vec(rule(), 0..6);
    let promos = proptest::collection::vec(promo(), 0..4);
    let tax = prop_oneof![
        Just(String::new()),
        (0_u32..=100).prop_map(|rate| format!("tax inclusive {rate}%")),
        (0_u32..=100).prop_map(|rate| format!("tax exclusive {rate}%")),
    ];
    let step = prop_oneof![Just(1_u32), Just(5), Just(100), 1_u32..1_000_000];
    (base(), rules, promos, tax, step).prop_map(|(base, rules, promos, tax, step)| {
        let codes: Vec<String> = (0..promos.len()).map(|no| format!("CODE{no}")).collect();
        let promos: Vec<String> =
            codes.iter().zip(promos).map(|(code, what)| format!("promo {code} {what}")).collect();
        let lines = [vec![base, tax, format!("step EUR {step}")], rules, promos].concat();
        let rates = "rates JPY=161.37 KWD=0.3307 USD=1.0803 IDR=17000.13\nstep JPY 10";
        (format!("{}\n{rates}", lines.join("\n")), codes.join(","))
    })
}

fn start() -> impl Strategy<Value = String> {
    let urgency = prop_oneof![Just(""), Just(" emergency")];
    let parts = (1_u32..=12, 1_u32..=28, 0_u32..24, 0_u32..60, 1_u32..40, 0_u32..200_000, urgency);
    parts.prop_map(|(month, day, hour, minute, units, before, urgency)| {
        let start = format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}");
        format!("{start} units:{units} before:{before}{urgency}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn lines_come_to_a_total_that_is_not_negative(
        (table, codes) in table(),
        start in start(),
        to in prop_oneof![Just(None), Just(Some("JPY")), Just(Some("KWD")), Just(Some("IDR"))],
    ) {
        let scene = Scene::of(&table);
        let exchange = to.map(|code| scene.exchange(code));
        let uses = scene.uses(&codes);

        match price(&scene.visit(&start), &scene.tariff(), &uses, exchange.as_ref()) {
            Err(PricingError::TooLarge { .. }) => {}
            Err(other) => prop_assert!(false, "{other:?}"),
            Ok(quote) => {
                let sum: i64 = quote.lines.iter().map(|line| line.amount).sum();
                prop_assert_eq!(sum, quote.total.amount);
                prop_assert!((0..=AMOUNT_MAX).contains(&sum));
                if let Some(tax) = quote.tax {
                    prop_assert_eq!(tax.net + tax.tax, sum);
                    prop_assert!(tax.net >= 0 && tax.tax >= 0);
                }
                for line in &quote.lines {
                    let takes_off = ["promo", "rounding", "conversion"];
                    let may_take_off = takes_off.contains(&line.label.code());
                    prop_assert!(may_take_off || line.amount >= 0, "{:?}", line);
                }
            }
        }
    }

    /// Rules, promos and nothing else: the order in which they are listed is nobody's price.
    #[test]
    fn the_order_in_which_rules_and_promos_are_listed_does_not_matter(
        (table, codes) in table(),
        start in start(),
    ) {
        let scene = Scene::of(&table);
        let visit = scene.visit(&start);
        let uses = scene.uses(&codes);
        let mut backwards = Scene::of(&table);
        backwards.list.surcharges.reverse();
        let reversed: Vec<PromoUse<'_>> = uses.iter().rev().copied().collect();

        let one = price(&visit, &scene.tariff(), &uses, None);
        let other = price(&visit, &backwards.tariff(), &reversed, None);

        prop_assert_eq!(one, other);
    }

    /// Documented: for additive rules and for promos, order sorts lines and changes no sum.
    #[test]
    fn the_order_that_is_given_to_additive_rules_and_promos_sorts_lines_alone(
        (table, codes) in table(),
        start in start(),
        orders in proptest::collection::vec(-5_i32..5, 10),
    ) {
        let mut scene = Scene::of(&table);
        for rule in &mut scene.list.surcharges {
            rule.stacking = Stacking::Additive;
        }
        let mut shuffled = Scene::of(&table);
        shuffled.list = scene.list.clone();
        for (rule, order) in shuffled.list.surcharges.iter_mut().zip(&orders) {
            rule.order = *order;
        }
        for ((promo, _), order) in shuffled.promos.iter_mut().zip(orders.iter().rev()) {
            promo.order = *order;
        }
        let visit = scene.visit(&start);
        let total = |scene: &Scene| {
            price(&visit, &scene.tariff(), &scene.uses(&codes), None).map(|quote| quote.total)
        };

        prop_assert_eq!(total(&scene).ok(), total(&shuffled).ok());
    }

    /// Nothing that anybody can put into a promo, a unit count or a price makes it wrap or panic.
    #[test]
    fn extremes_are_refused_and_never_wrap(
        amount in prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(AMOUNT_MAX), any::<i64>()],
        off in prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()],
        units in prop_oneof![Just(1_u32), Just(u32::MAX), any::<u32>()],
    ) {
        let mut scene = Scene::of("promo CODE 5\nrates IDR=17000.13");
        scene.promos[0].0.benefit = Benefit::Fixed(Money { amount: off, currency: Currency::EUR });
        scene.price.base = Base::PerUnit { amount };
        let service = super::table::service(1);
        let Ok(tariff) = Tariff::new(service, scene.price.clone(), &scene.list) else {
            prop_assert!(!(0..=1_000_000_000_000).contains(&amount));
            return Ok(());
        };
        let visit = Visit { units, ..scene.visit("2026-06-03T10:00") };
        let exchange = scene.exchange("IDR");

        if let Ok(quote) = price(&visit, &tariff, &scene.uses("CODE"), Some(&exchange)) {
            prop_assert!((0..=AMOUNT_MAX).contains(&quote.total.amount));
        }
    }
}
