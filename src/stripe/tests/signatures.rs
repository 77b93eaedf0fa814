//! Which webhooks are believed.

use chrono::TimeDelta;

use super::now;
use crate::signature::{Forged, TOLERANCE_SECONDS, sign, verify};

const BODY: &[u8] = br#"{"id":"evt_1"}"#;
const SECRET: &str = "whsec_daybook";

#[test]
fn a_signature_made_by_another_program_is_accepted() {
    // python3: hmac.new(b"whsec_daybook", b'1763805600.{"id":"evt_1"}', sha256).hexdigest()
    let header = "t=1763805600,v1=e82b4cb5736fea62b688bbcd15610d15ec8d8cedd13be956836dceac23999bbe";
    let then = chrono::DateTime::from_timestamp(1_763_805_600, 0).unwrap();

    assert_eq!(verify(header, BODY, &[SECRET], then), Ok(()));
    assert_eq!(sign(BODY, SECRET, then), header);
}

#[test]
fn one_changed_byte_anywhere_is_a_forgery() {
    let header = sign(BODY, SECRET, now());
    for at in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[at] ^= 1;
        assert_eq!(verify(&header, &body, &[SECRET], now()), Err(Forged::Mismatch));
    }
    assert_eq!(verify(&header, &BODY[..5], &[SECRET], now()), Err(Forged::Mismatch));
    assert_eq!(verify(&header, BODY, &["whsec_other"], now()), Err(Forged::Mismatch));
    assert_eq!(verify(&header, BODY, &[], now()), Err(Forged::Mismatch));
}

#[test]
fn an_empty_secret_accepts_nothing() {
    let header = sign(BODY, "", now());

    assert_eq!(verify(&header, BODY, &[""], now()), Err(Forged::Mismatch));
}

#[test]
fn while_a_secret_is_replaced_both_are_good() {
    let (old, new) = (sign(BODY, "whsec_old", now()), sign(BODY, "whsec_new", now()));
    let signature = |header: &str| header.split_once(",v1=").unwrap().1.to_owned();
    let both = format!("{old},v1={}", signature(&new));

    for header in [&old, &new, &both] {
        assert_eq!(verify(header, BODY, &["whsec_new", "whsec_old"], now()), Ok(()), "{header}");
    }
    assert_eq!(verify(&both, BODY, &["whsec_new"], now()), Ok(()));
}

#[test]
fn a_recording_is_worthless_after_five_minutes_and_before_its_time() {
    let header = sign(BODY, SECRET, now());
    let edge = TimeDelta::seconds(TOLERANCE_SECONDS);
    let second = TimeDelta::seconds(1);

    assert_eq!(verify(&header, BODY, &[SECRET], now() + edge), Ok(()));
    assert_eq!(verify(&header, BODY, &[SECRET], now() - edge), Ok(()));
    for wrong in [now() + edge + second, now() - edge - second] {
        assert_eq!(verify(&header, BODY, &[SECRET], wrong), Err(Forged::OutOfTime));
    }
}

#[test]
fn headers_of_every_shape_are_refused_without_a_panic() {
    let good = sign(BODY, SECRET, now());
    let signed_at = now().timestamp();
    let long = format!("{good},v0={}", "a".repeat(4_000));
    for header in [
        "",
        "t",
        "t=",
        "v1=00",
        "t=abc,v1=00",
        "=,=",
        "t=99999999999999999999",
        &long,
        &format!("t={signed_at},t={signed_at},v1=00"),
    ] {
        assert_eq!(verify(header, BODY, &[SECRET], now()), Err(Forged::Malformed), "{header}");
    }
    for rest in ["", ",v1=", ",v1=zz", ",v0=00", &format!(",v1={}", "é".repeat(32))] {
        let header = format!("t={signed_at}{rest}");
        assert_eq!(verify(&header, BODY, &[SECRET], now()), Err(Forged::Mismatch), "{header}");
    }
    assert_eq!(verify(&format!("{good},v0=old"), BODY, &[SECRET], now()), Ok(()));
}
