//! When a place is given up, and what money means for a booking.

use chrono::TimeDelta;

use super::*;
use crate::booking::Status as Booking;
use crate::payment::Status;
use crate::payment::late::{Action, Readmission, decide};
use crate::payment::release::{GRACE, Step, backoff, hold_expires_at, step};

#[test]
fn a_place_is_only_given_up_once_no_page_can_be_paid() {
    let late = at(40);
    for (attempts, expected) in [
        (vec![], Step::Release),
        (vec![Facts::default()], Step::Recover { attempt: AttemptNo(1) }),
        (vec![checkout(Checkout::Open)], Step::Expire { attempt: AttemptNo(1) }),
        (vec![checkout(Checkout::Expired)], Step::Release),
        (vec![checkout(Checkout::Refused)], Step::Release),
        (
            vec![checkout(Checkout::Expired), checkout(Checkout::Open)],
            Step::Expire { attempt: AttemptNo(2) },
        ),
        (vec![checkout(Checkout::CompleteUnpaid)], Step::Settle),
        (vec![checkout(Checkout::CompleteUnpaid).join(&intent(Intent::Failed))], Step::Release),
        (vec![checkout(Checkout::Expired).join(&succeeded(ASKED))], Step::Settle),
        (vec![completed(ASKED)], Step::Settle),
    ] {
        assert_eq!(step(&card(&attempts), at(35), late, false), expected, "{attempts:?}");
    }
}

#[test]
fn a_client_who_has_time_keeps_the_place_unless_it_is_unwanted() {
    let payment = card(&[checkout(Checkout::Open)]);

    assert_eq!(step(&payment, at(35), at(34), false), Step::Keep { until: at(35) });
    assert_eq!(step(&payment, at(35), at(34), true), Step::Expire { attempt: AttemptNo(1) });
    assert_eq!(step(&payment, at(35), at(35), false), Step::Expire { attempt: AttemptNo(1) });
}

#[test]
fn the_place_outlives_the_page_and_tries_are_spaced_out() {
    assert_eq!(hold_expires_at(at(30)) - at(30), GRACE);
    assert_eq!(backoff(0), TimeDelta::seconds(10));
    assert!((0..64).all(|tries| backoff(tries) <= backoff(tries + 1)));
    assert_eq!(backoff(u32::MAX), TimeDelta::minutes(10));
}

#[test]
fn late_money_asks_for_room_first_and_goes_back_when_there_is_none() {
    let asked = |booking, readmission| decide(booking, Status::Paid, readmission);

    assert_eq!(asked(Booking::Held, Readmission::NotTried), Action::Confirm);
    assert_eq!(asked(Booking::Expired, Readmission::NotTried), Action::Readmit);
    assert_eq!(asked(Booking::Expired, Readmission::Refused), Action::RefundInFull);
    // Who called it off does not get it back for having paid.
    assert_eq!(asked(Booking::Cancelled, Readmission::NotTried), Action::RefundInFull);
    assert_eq!(asked(Booking::Confirmed, Readmission::NotTried), Action::Nothing);
}

#[test]
fn money_of_which_some_went_back_already_is_treated_like_all_of_it() {
    for money in [Status::PartiallyRefunded, Status::RefundFailed] {
        for booking in Booking::ALL {
            for readmission in [Readmission::NotTried, Readmission::Refused] {
                let whole = decide(booking, Status::Paid, readmission);
                assert_eq!(decide(booking, money, readmission), whole, "{booking}, {money}");
            }
        }
    }
}

#[test]
fn no_money_confirms_a_booking_but_money_that_fits_and_stays() {
    for status in Status::ALL {
        let action = decide(Booking::Held, status, Readmission::NotTried);
        let expected = match status {
            Status::Paid | Status::PartiallyRefunded | Status::RefundFailed => Action::Confirm,
            Status::Refunded | Status::DisputeLost => Action::Release,
            Status::Processing | Status::NeedsReview | Status::Disputed => Action::Wait,
            _ => Action::Nothing,
        };
        assert_eq!(action, expected, "{status}");
    }
}
