use core::net::IpAddr;

use uuid::Uuid;

use super::*;

fn endpoint(url: &str) -> Endpoint {
    Endpoint {
        id: EndpointId(Uuid::from_u128(1)),
        url: url.to_owned(),
        description: String::new(),
        events: Vec::new(),
        is_active: true,
        stopped_because: None,
        secret_no: 1,
        former_until: None,
        created_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        rev: 1,
    }
}

fn refused(url: &str) -> Option<EndpointError> {
    check(&endpoint(url), false).err()
}

#[test]
fn addresses_of_this_machine_and_its_neighbours_are_not_public() {
    for address in [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "2001::1",
        "fec0::1",
        "::127.0.0.1",
    ] {
        assert!(!is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
    for address in ["8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
        assert!(is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
}

#[test]
fn an_endpoint_is_an_encrypted_address_outside() {
    assert_eq!(refused("https://example.org/hooks?key=1"), None);
    assert_eq!(refused("https://example.org:8443"), None);
    assert_eq!(refused("https://[2606:4700::1111]/"), None);
    for url in [
        "",
        "example.org",
        "ftp://example.org/",
        "https://",
        "https://:443/",
        "https://a b.org/",
        "https://user@example.org/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://[no]/",
        "https://example.org/#part",
        "https://example.org\\@a/",
        "https://exämple.org/",
    ] {
        assert_eq!(refused(url), Some(EndpointError::NoAddress), "{url}");
    }
    assert_eq!(refused("http://example.org/"), Some(EndpointError::NotEncrypted));
    for host in [
        "localhost",
        "LOCALHOST.",
        "127.0.0.1:8080",
        "[::1]",
        "10.0.0.7",
        "printer.local",
        "intranet",
        "169.254.169.254",
        "metadata.google.internal",
    ] {
        let error = refused(&format!("https://{host}/"));
        assert!(matches!(error, Some(EndpointError::Private { .. })), "{host}");
    }
}

#[test]
fn addresses_inside_are_taken_where_that_is_allowed() {
    let target = check(&endpoint("http://127.0.0.1:8080/hooks"), true).unwrap();

    assert_eq!(
        (target.host.as_str(), target.port, target.is_encrypted),
        ("127.0.0.1", 8080, false)
    );
    assert_eq!(check(&endpoint("gopher://127.0.0.1/"), true), Err(EndpointError::NoAddress));
}

#[test]
fn only_events_that_exist_can_be_asked_for() {
    let some =
        |event: &str| Endpoint { events: vec![event.to_owned()], ..endpoint("https://a.org/") };

    assert!(check(&some("booking.confirmed"), false).is_ok());
    let error = check(&some("booking.eaten"), false).unwrap_err();
    assert_eq!(error, EndpointError::UnknownEvent { event: "booking.eaten".to_owned() });
    assert!(some("booking.confirmed").hears("booking.confirmed"));
    assert!(!some("booking.confirmed").hears("booking.changed"));
    assert!(endpoint("https://a.org/").hears("booking.changed"));
    assert!(!Endpoint { is_active: false, ..endpoint("https://a.org/") }.hears("booking.changed"));
}

#[test]
fn the_secret_before_signs_for_a_day_beside_the_new_one() {
    let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let rotated = endpoint("https://a.org/").rotated(now);

    assert_eq!(endpoint("https://a.org/").secrets_at(now), [1]);
    assert_eq!((rotated.rev, rotated.secrets_at(now)), (2, vec![2, 1]));
    assert_eq!(rotated.secrets_at(now + OVERLAP), [2]);
    assert_eq!(rotated.rotated(now).secrets_at(now), [3, 2]);
}

#[test]
fn rows_of_the_outbox_tell_of_events() {
    assert_eq!(event_of("booking-confirmed"), Some("booking.confirmed"));
    assert_eq!(event_of("offer-lapsed"), Some("offer.lapsed"));
    assert_eq!(event_of("magic-link"), None);
    assert!(EVENTS.is_sorted());
}
