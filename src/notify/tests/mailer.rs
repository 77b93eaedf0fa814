use std::path::Path;
use std::time::Duration;

use domain::delivery::Failure;

use super::sink::{Mood, Sink};
use super::*;
use crate::config::{Config, MailConfig, MailTransport, SmtpSecurity};
use crate::notify::{Mailer, SendError};

fn config(change: impl FnOnce(&mut MailConfig)) -> MailConfig {
    let mut mail = Config::for_tests(Path::new("unused")).map_err(|e| e.to_string()).unwrap().mail;
    change(&mut mail);
    mail
}

fn smtp(port: u16) -> Mailer {
    let config = config(|mail| {
        mail.transport = MailTransport::Smtp;
        mail.smtp.host = "127.0.0.1".to_owned();
        mail.smtp.port = port;
        mail.smtp.security = SmtpSecurity::None;
        mail.smtp.timeout = Duration::from_secs(2);
    });
    Mailer::new(&config, Path::new("unused")).unwrap()
}

async fn send(mailer: &Mailer) -> Result<(), Failure> {
    mailer.send(&letter()).await.map_err(|SendError { failure, .. }| failure)
}

#[tokio::test]
async fn a_letter_that_is_taken_arrives_once() {
    let sink = Sink::start(vec![Mood::Takes]);

    assert_eq!(send(&smtp(sink.port)).await, Ok(()));

    let [arrived] = sink.letters().try_into().unwrap();
    assert!(arrived.contains("Message-ID: <n5-1-booking-confirmed@daybook.example>"), "{arrived}");
}

#[tokio::test]
async fn what_a_server_says_decides_whether_to_try_again() {
    for (mood, expected) in [
        (Mood::Closes421, Failure::Passing),
        (Mood::Refuses(450), Failure::Passing),
        (Mood::Refuses(550), Failure::Permanent),
        (Mood::ClosesAfterData, Failure::Passing),
        (Mood::Hangs, Failure::Passing),
    ] {
        let sink = Sink::start(vec![mood]);
        assert_eq!(send(&smtp(sink.port)).await, Err(expected), "{mood:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_may_be_there_later() {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();

    assert_eq!(send(&smtp(port)).await, Err(Failure::Passing));
}

#[tokio::test]
async fn a_copy_after_a_lost_answer_has_the_same_name() {
    let sink = Sink::start(vec![Mood::ClosesAfterData, Mood::Takes]);
    let mailer = smtp(sink.port);

    assert_eq!(send(&mailer).await, Err(Failure::Passing));
    assert_eq!(send(&mailer).await, Ok(()));

    let [first, second] = sink.letters().try_into().unwrap();
    let name =
        |mail: &str| mail.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
    assert_eq!(name(&first), name(&second));
}

#[tokio::test]
async fn files_hold_each_letter_once_however_often_it_is_sent() {
    let data = tempfile::tempdir().unwrap();
    let mailer = Mailer::new(&config(|_| {}), data.path()).unwrap();

    assert_eq!(send(&mailer).await, Ok(()));
    assert_eq!(send(&mailer).await, Ok(()));

    let files: Vec<_> = std::fs::read_dir(data.path().join("mail")).unwrap().collect();
    let [file] = files.try_into().unwrap();
    let file = file.unwrap();
    assert_eq!(file.file_name(), "n5-1-booking-confirmed.eml");
    assert!(std::fs::read_to_string(file.path()).unwrap().contains("Subject: Booking confirmed"));
}
