//! Answers that do not come, and what is known then; and books that outlive their process.

use super::*;
use crate::GatewayError;
use crate::sandbox::{Fault, FaultKind, Means};

#[actix_web::test]
async fn whatever_goes_wrong_the_same_key_ends_with_one_page() {
    for kind in [
        FaultKind::Busy,
        FaultKind::Broken,
        FaultKind::Lost,
        FaultKind::Truncated,
        FaultKind::Hanging,
    ] {
        let (sandbox, _) = start();
        let client = client(&sandbox, Duration::from_millis(500));
        sandbox.plan(Fault { path: "/v1/checkout".to_owned(), kind, times: 1 });

        let first = client.open(&order(1)).await;
        let second = client.open(&order(1)).await.unwrap();

        assert!(matches!(first, Err(GatewayError::Unknown { .. })), "{kind:?}: {first:?}");
        let sessions = sandbox.look(|books| books.sessions.keys().cloned().collect::<Vec<_>>());
        assert_eq!(sessions, [second.session.0], "{kind:?}");
        sandbox.stop().await;
    }
}

#[actix_web::test]
async fn books_outlive_the_process_even_when_the_last_line_is_cut_off() {
    let folder = std::env::temp_dir().join(format!("daybook-sandbox-{}", Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let journal = folder.join("books.jsonl");
    let start = || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let clock: crate::sandbox::Clock = Arc::new(now);
        let options = Options { seed: 7, clock, journal: Some(journal.clone()), webhook: None };
        Sandbox::start(listener, options).unwrap()
    };
    let sandbox = start();
    let page = opened(&client(&sandbox, Duration::from_secs(5)), 1).await;
    sandbox.act(|books, now| books.pay(&page.session.0, Means::Card, now)).unwrap();
    sandbox.stop().await;
    let whole = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, format!("{whole}{{\"entry\":\"session\",\"id\":")).unwrap();

    let sandbox = start();
    let client = client(&sandbox, Duration::from_secs(5));

    let read = client.read(&page.session).await.unwrap();
    assert_eq!(read.facts.received_in(Currency::EUR), 12_950);
    assert_eq!(client.open(&order(1)).await.unwrap().session, page.session);
    assert_ne!(opened(&client, 2).await.session, page.session);
    sandbox.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}
