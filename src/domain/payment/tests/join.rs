//! What the join promises, for everything that can be known.

use proptest::prelude::*;

use super::arbitrary::{facts, payment};
use crate::payment::{Attempt, Payment};

proptest! {
    #[test]
    fn it_does_not_matter_who_tells_whom(left in payment(), right in payment()) {
        prop_assert_eq!(left.clone().join(&right), right.join(&left));
    }

    #[test]
    fn it_does_not_matter_who_hears_first(a in payment(), b in payment(), c in payment()) {
        let early = a.clone().join(&b).join(&c);

        prop_assert_eq!(early, a.join(&b.join(&c)));
    }

    #[test]
    fn hearing_it_again_changes_nothing(a in payment(), b in payment()) {
        let once = a.clone().join(&b);

        prop_assert_eq!(&once.clone().join(&b), &once);
        prop_assert_eq!(&once.clone().join(&a), &once);
    }

    #[test]
    fn money_that_was_seen_is_never_forgotten(a in facts(), b in facts()) {
        let both = a.clone().join(&b);

        for (currency, amount) in a.received.iter().chain(&b.received) {
            prop_assert!(both.received_in(*currency) >= *amount);
        }
        prop_assert!(both.checkout >= a.checkout && both.intent >= b.intent);
    }

    #[test]
    fn what_can_be_given_back_is_never_more_than_what_is_left(known in payment()) {
        let Payment { attempts, .. } = &known;
        for Attempt { facts, .. } in attempts.values() {
            for (currency, amount) in &facts.received {
                let left = facts.refundable_in(*currency);
                prop_assert!((0..=*amount).contains(&left));
                prop_assert!(left == 0 || left + facts.refunded_in(*currency) <= *amount);
            }
        }
    }
}
