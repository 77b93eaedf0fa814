//! A mail server that does what it is told, and remembers what it was given.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How the server treats one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Takes,
    /// Answers the hello with 421 and hangs up.
    Closes421,
    /// Answers the recipient with this code.
    Refuses(u16),
    /// Takes the letter, and hangs up instead of saying so.
    ClosesAfterData,
    /// Takes the letter, and never says so.
    Hangs,
}

/// A server with its port, its letters, and its moods: one for each connection, the last for all
/// that follow.
pub struct Sink {
    pub port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    pub fn start(moods: Vec<Mood>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&letters);
        // Ends with the test's process, as do those it begins.
        std::thread::spawn(move || {
            for (count, stream) in listener.incoming().enumerate() {
                let mood = moods.get(count).or(moods.last()).copied().unwrap_or(Mood::Takes);
                let (stream, kept) = (stream.unwrap(), Arc::clone(&kept));
                // A client that walks away is no failure of the server.
                std::thread::spawn(move || drop(serve(&stream, mood, &kept)));
            }
        });
        Self { port, letters }
    }

    /// What was given to it, in the order of arrival.
    pub fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, mood: Mood, kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut out = stream;
    let mut lines = BufReader::new(stream).lines();
    if mood == Mood::Closes421 {
        return out.write_all(b"421 come back later\r\n");
    }
    out.write_all(b"220 sink\r\n")?;
    while let Some(line) = lines.next() {
        let command = line?.to_ascii_uppercase();
        let answer = match (command.split([' ', ':']).next().unwrap_or_default(), mood) {
            ("EHLO", _) => "250-sink\r\n250 8BITMIME\r\n".to_owned(),
            ("RCPT", Mood::Refuses(code)) => format!("{code} no\r\n"),
            ("QUIT", _) => return out.write_all(b"221 bye\r\n"),
            ("DATA", _) => {
                out.write_all(b"354 go on\r\n")?;
                let letter: Vec<String> =
                    lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                kept.lock().unwrap().push(letter.join("\r\n"));
                match mood {
                    Mood::ClosesAfterData => return Ok(()),
                    Mood::Hangs => {
                        std::thread::sleep(Duration::from_secs(20));
                        return Ok(());
                    }
                    _ => "250 taken\r\n".to_owned(),
                }
            }
            _ => "250 ok\r\n".to_owned(),
        };
        out.write_all(answer.as_bytes())?;
    }
    Ok(())
}
