//! A baseline as a server of its own: Daybook's handlers in front of another way of booking.

use std::process::ExitCode;
use std::sync::Arc;

use daybook::ambient::Ambient;
use daybook::boot::{Desk, Server};
use daybook::config::Config;
use tokio::signal::unix::{SignalKind, signal};

use crate::baseline::{Baseline, Way};
use crate::sides::Program;

/// The product's own, so that nobody is faster for having another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Serves like `daybook serve`, until SIGTERM.
pub fn baseline(name: &str) -> ExitCode {
    let way = match name {
        _ if Program::SelectForUpdate.argument() == Some(name) => Way::SelectForUpdate,
        _ if Program::StoredFunction.argument() == Some(name) => Way::StoredFunction,
        other => panic!("{other} is no baseline"),
    };
    let config = Config::load(None).unwrap();
    let desk = Desk::Other(Arc::new(Baseline::connect(&config.database_url(), way)));
    actix_web::rt::System::new().block_on(async {
        let mut terminate = signal(SignalKind::terminate()).unwrap();
        let server = Server::start(config, Ambient::system(), desk).unwrap();
        println!("daybook is ready at http://{}", server.address());
        terminate.recv().await;
        server.stop().await.unwrap();
    });
    ExitCode::SUCCESS
}
