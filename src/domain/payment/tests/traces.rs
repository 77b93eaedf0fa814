//! Every order, every duplicate and every loss of what the provider may tell about a payment.
//!
//! A trace is what happened at the provider. Each of its events carries a picture of one object at
//! the time, as webhooks do, and what somebody would believe who took the newest event for the
//! truth. `read` is what the provider answers when it is asked in the end.

use super::{card, checkout, completed, dispute, intent, joined, received, refund, succeeded};
use crate::payment::{Checkout, DisputeState, Facts, Intent, RefundState, Status};

struct Trace {
    name: &'static str,
    /// What the event shows, and the status that its type suggests.
    events: Vec<(Facts, Status)>,
    read: Facts,
    truth: Status,
}

fn trace(name: &'static str, events: &[(Facts, Status)], read: &[Facts], truth: Status) -> Trace {
    Trace { name, events: events.to_vec(), read: joined(read), truth }
}

/// What a card payment begins with.
fn paid() -> Vec<(Facts, Status)> {
    vec![(completed(12_950), Status::Paid), (succeeded(12_950), Status::Paid)]
}

fn with_paid(more: &[(Facts, Status)]) -> Vec<(Facts, Status)> {
    [paid(), more.to_vec()].concat()
}

fn traces() -> impl Iterator<Item = Trace> {
    ways_to_pay().into_iter().chain(ways_back())
}

fn ways_to_pay() -> Vec<Trace> {
    use Status as S;
    let declined = (intent(Intent::Failed), S::Failed);
    let underway = [
        (checkout(Checkout::CompleteUnpaid), S::Processing),
        (intent(Intent::Processing), S::Processing),
    ];
    let done = [completed(12_950), succeeded(12_950)];
    let came = [(succeeded(12_950), S::Paid), (completed(12_950), S::Paid)];
    let failed = [declined.clone(), (checkout(Checkout::CompleteUnpaid), S::Failed)];
    let late = [underway.clone(), came].concat();
    let never = [underway, failed].concat();
    let declined_first = [vec![declined.clone()], paid()].concat();
    let gone = [declined, (checkout(Checkout::Expired), S::Expired)];
    let failed_end = [checkout(Checkout::CompleteUnpaid), intent(Intent::Failed)];
    let wrong = [(completed(1), S::Paid), (succeeded(1), S::Paid)];
    vec![
        trace("paid", &paid(), &done, S::Paid),
        trace("declined, then paid", &declined_first, &done, S::Paid),
        trace("declined, then left", &gone, &[checkout(Checkout::Expired)], S::Expired),
        trace("paid days later", &late, &done, S::Paid),
        trace("failed days later", &never, &failed_end, S::Failed),
        trace("another amount", &wrong, &[completed(1), succeeded(1)], S::NeedsReview),
    ]
}

fn ways_back() -> Vec<Trace> {
    use DisputeState::{Lost, NeedsResponse, UnderReview, Won};
    use RefundState::{Failed, Pending, Succeeded};
    use Status as S;
    let full = |state| refund("re_1", state, 12_950);
    let part = |state| refund("re_1", state, 1_000);
    let done_and = |more: Facts| [completed(12_950), succeeded(12_950), more];
    let back = with_paid(&[
        (full(Pending), S::RefundPending),
        (full(Succeeded), S::Refunded),
        (received(12_950), S::Refunded),
    ]);
    let some_back =
        with_paid(&[(part(Pending), S::RefundPending), (part(Succeeded), S::PartiallyRefunded)]);
    let not_back = with_paid(&[
        (full(Pending), S::RefundPending),
        (full(Succeeded), S::Refunded),
        (full(Failed), S::RefundFailed),
    ]);
    let disputed = |end, status| {
        with_paid(&[
            (dispute(NeedsResponse), S::Disputed),
            (dispute(UnderReview), S::Disputed),
            (dispute(end), status),
        ])
    };
    let (lost, won) = (disputed(Lost, S::DisputeLost), disputed(Won, S::Paid));
    let some = done_and(part(Succeeded));
    vec![
        trace("given back", &back, &done_and(full(Succeeded)), S::Refunded),
        trace("partly given back", &some_back, &some, S::PartiallyRefunded),
        trace("given back in vain", &not_back, &done_and(full(Failed)), S::RefundFailed),
        trace("disputed and lost", &lost, &done_and(dispute(Lost)), S::DisputeLost),
        trace("disputed and won", &won, &done_and(dispute(Won)), S::Paid),
    ]
}

/// Calls `each` with every order of the numbers below `count`.
fn orders(count: usize, each: &mut impl FnMut(&[usize])) {
    fn go(order: &mut Vec<usize>, count: usize, each: &mut impl FnMut(&[usize])) {
        if order.len() == count {
            return each(order);
        }
        for next in 0..count {
            if !order.contains(&next) {
                order.push(next);
                go(order, count, each);
                order.pop();
            }
        }
    }
    go(&mut Vec::new(), count, each);
}

/// Where people would see the payment after each of these deliveries.
fn seen(trace: &Trace, deliveries: impl Iterator<Item = usize>) -> Vec<Status> {
    let mut known = checkout(Checkout::Open);
    let mut seen = vec![card(std::slice::from_ref(&known)).status()];
    for index in deliveries {
        known = known.join(&trace.events[index].0);
        seen.push(card(std::slice::from_ref(&known)).status());
    }
    seen
}

#[test]
fn every_order_with_every_late_duplicate_ends_in_the_truth() {
    let (mut deliveries_count, mut wrong_by_last_word_count) = (0_u32, 0_u32);
    for trace in traces() {
        let count = trace.events.len();
        orders(count, &mut |order| {
            for duplicate in 0..count {
                let deliveries = order.iter().copied().chain([duplicate]);

                assert_eq!(
                    seen(&trace, deliveries).last(),
                    Some(&trace.truth),
                    "{}, in the order {order:?}, then {duplicate}",
                    trace.name,
                );

                deliveries_count += 1;
                wrong_by_last_word_count += u32::from(trace.events[duplicate].1 != trace.truth);
            }
        });
    }
    // The test would be empty if believing the newest event were good enough.
    assert!(wrong_by_last_word_count * 3 > deliveries_count, "{wrong_by_last_word_count}");
    assert!(deliveries_count > 2_000, "{deliveries_count}");
}

#[test]
fn whatever_is_lost_one_look_at_the_provider_makes_up_for_it() {
    let mut wrong_before_count = 0_u32;
    for trace in traces() {
        let count = trace.events.len();
        for kept in 0..1_usize << count {
            orders(count, &mut |order| {
                let arrived = order.iter().filter(|index| kept & (1 << **index) != 0);
                let known = arrived.fold(checkout(Checkout::Open), |known, index| {
                    known.join(&trace.events[*index].0)
                });
                wrong_before_count +=
                    u32::from(card(std::slice::from_ref(&known)).status() != trace.truth);

                let known = known.join(&trace.read);

                assert_eq!(card(&[known]).status(), trace.truth, "{}: {order:?}", trace.name);
            });
        }
    }
    assert!(wrong_before_count > 0);
}

#[test]
fn people_only_ever_see_changes_that_can_be_explained() {
    for trace in traces() {
        orders(trace.events.len(), &mut |order| {
            let seen = seen(&trace, order.iter().copied());
            for (from, to) in seen.iter().zip(&seen[1..]) {
                assert!(
                    from == to || from.may_become(*to),
                    "{}: {from} became {to} in {order:?}",
                    trace.name
                );
            }
        });
    }
}

#[test]
fn late_failure_after_paid() {
    let paid = completed(12_950).join(&succeeded(12_950));
    let late = intent(Intent::Failed).join(&checkout(Checkout::Expired));

    assert_eq!(card(&[paid.join(&late)]).status(), Status::Paid);
}

#[test]
fn terminal_status_sticky() {
    let ends = [
        (refund("re_1", RefundState::Succeeded, 12_950), Status::Refunded),
        (dispute(DisputeState::Lost), Status::DisputeLost),
    ];
    for (end, status) in ends {
        let ended = completed(12_950).join(&end);
        for old in [
            completed(12_950),
            intent(Intent::Processing),
            checkout(Checkout::Open),
            dispute(DisputeState::NeedsResponse),
            refund("re_1", RefundState::Pending, 12_950),
        ] {
            if status == Status::Refunded && !old.disputes.is_empty() {
                continue; // A new dispute is news, not an echo.
            }
            assert_eq!(card(&[ended.clone().join(&old)]).status(), status, "after {old:?}");
        }
    }
}
