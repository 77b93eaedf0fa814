//! Many clients want the same thing at the same moment, over HTTP. Whoever gets it, the promises
//! hold: every test here ends with the history checker over what clients saw and what is stored,
//! and with `daybook verify`.

mod duel;
mod holds;
mod keys;
mod moves;
mod offers;
mod overrides;
mod people;
mod places;
mod promos;

use crate::harness::{Clerk, Client, Said, Server, Wish, all_at_once, new_key};

/// Clients in a race.
const CLIENTS_COUNT: usize = 256;

/// Each client asks once for what `wish_of` says, all at the same moment, each on its own
/// connection that is already open.
fn rush(clerk: &Clerk, server: &Server, wish_of: impl Fn(usize) -> Wish + Sync) -> Vec<Said> {
    let clients = clients(server, CLIENTS_COUNT);
    all_at_once(CLIENTS_COUNT, |index| clerk.book(&clients[index], &wish_of(index), &new_key()))
}

/// Clients whose connections are open.
fn clients(server: &Server, count: usize) -> Vec<Client> {
    let clients: Vec<Client> = (0..count).map(|_| server.client()).collect();
    for client in &clients {
        assert_eq!(client.get("/livez").send().status, 200);
    }
    clients
}

fn won(all: &[Said]) -> usize {
    all.iter().filter(|said| said.is_yes()).count()
}
