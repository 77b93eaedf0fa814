//! A network between a lane and its server that fails at a chosen moment.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What becomes of what a lane sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// It arrives, and so do answers.
    Sound,
    /// The connection is cut before it arrives.
    CutsRequests,
    /// It arrives; the connection is cut before the answer does.
    CutsAnswers,
    /// As [`Network::CutsAnswers`], but only from a COMMIT on.
    CutsAnswersToCommit,
}

/// Passes connections on to a server.
pub(super) struct Proxy {
    pub port: u16,
    network: Arc<Mutex<Network>>,
}

impl Proxy {
    /// Listens on a port of its own, for as long as the process lives.
    pub(super) fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let network = Arc::new(Mutex::new(Network::Sound));
        let shared = Arc::clone(&network);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                let (to, from) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let there = Arc::clone(&shared);
                std::thread::spawn(move || pass_requests(from, to, &there));
                let back = Arc::clone(&shared);
                std::thread::spawn(move || pass_answers(server, client, &back));
            }
        });
        Self { port, network }
    }

    /// Changes what becomes of what is sent from now on.
    pub(super) fn set(&self, network: Network) {
        *self.network.lock().unwrap() = network;
    }
}

fn pass_requests(mut client: TcpStream, mut server: TcpStream, network: &Mutex<Network>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(len @ 1..) = client.read(&mut buffer) {
        let request = &buffer[..len];
        let commits = request.windows(6).any(|word| word == b"COMMIT");
        let mut now = network.lock().unwrap();
        if *now == Network::CutsAnswersToCommit && commits {
            *now = Network::CutsAnswers;
        }
        let is_cut = *now == Network::CutsRequests;
        drop(now);
        if is_cut || server.write_all(request).is_err() {
            break;
        }
    }
    cut(&client, &server);
}

fn pass_answers(mut server: TcpStream, mut client: TcpStream, network: &Mutex<Network>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(len @ 1..) = server.read(&mut buffer) {
        let is_cut = *network.lock().unwrap() == Network::CutsAnswers;
        if is_cut || client.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    cut(&client, &server);
}

fn cut(client: &TcpStream, server: &TcpStream) {
    for stream in [client, server] {
        // It may be cut already, from the other side.
        let _ = stream.shutdown(Shutdown::Both);
    }
}
