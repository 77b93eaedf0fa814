//! The disk fails: it is full, or it does not make durable what it was given. Both fail closed:
//! nobody is told that a booking was made which was not.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::harness::{Clerk, Database, Engine, Plan, Said, Server, Site, new_key, skipped};

/// Small enough to be full soon, large enough for the catalogue.
const SMALL: &str = "size=3m";
const LARGE: &str = "size=64m";
/// Far more bookings than fit.
const ATTEMPTS_MAX: usize = 20_000;
/// How long a server may take to stop itself after the disk lied.
const ABORT_TIMEOUT: Duration = Duration::from_secs(20);

/// A file system in memory, unmounted in the end.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    fn mount(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let is_mounted = mount(&["-t", "tmpfs", "-o", options, "tmpfs"], folder.path());
        is_mounted.then_some(Self { folder })
    }

    fn grow(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}")], self.folder.path()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let quiet = Command::new("mount").args(arguments).arg(at).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

#[test]
fn a_full_disk_refuses_bookings_and_loses_none_and_recovers_when_there_is_room() {
    let Some(disk) = Disk::mount(SMALL) else {
        return skipped("a full disk", "only root may mount a file system");
    };
    let database = Database::sqlite_in(disk.folder.path().join("data"));
    let site = Site::lay_out(&database, &Plan { limit: 1_000_000, ..Plan::default() });
    let (clerk, server) = (Clerk::new(), Server::start(&database));
    let (client, wish) = (server.client(), site.wish(site.day(4), 600));

    let refusal = (0..ATTEMPTS_MAX).find_map(|_| {
        let said = clerk.book(&client, &wish, &new_key());
        (!said.is_yes()).then_some(said)
    });

    match refusal.expect("the disk was never full") {
        Said::Nothing(said) => assert!(said.contains("storage-unavailable"), "{said}"),
        other => panic!("a full disk is told as {other:?}"),
    }
    disk.grow(LARGE);
    // It may take a moment, or a restart by whoever supervises it, but nothing else.
    let said = clerk.book(&client, &wish, &new_key());
    let server = if said.is_yes() {
        server
    } else {
        server.kill();
        Server::start(&database)
    };
    assert!(clerk.book(&server.client(), &wish, &new_key()).is_yes());
    assert!(server.stop().0.success());
    clerk.check(&database);
}

/// `strace` at work on a process: every flush of it fails from now on.
struct FailingFlushes {
    strace: Child,
}

impl FailingFlushes {
    fn inject(pid: u32) -> Option<Self> {
        let mut strace = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync"])
            .args(["-e", "inject=fdatasync,fsync:error=EIO", "-p", &pid.to_string()])
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // Attached, or refused, well within this.
        std::thread::sleep(Duration::from_millis(500));
        strace.try_wait().unwrap().is_none().then_some(Self { strace })
    }
}

impl Drop for FailingFlushes {
    fn drop(&mut self) {
        let _ = self.strace.kill();
        let _ = self.strace.wait();
    }
}

#[test]
fn a_flush_that_fails_stops_the_process_before_it_acknowledges_anything() {
    let database = Database::fresh(Engine::Sqlite);
    let site = Site::lay_out(&database, &Plan::default());
    let (clerk, mut server) = (Clerk::new(), Server::start(&database));
    let (client, wish) = (server.client(), site.wish(site.day(4), 600));
    assert!(clerk.book(&client, &wish, &new_key()).is_yes());
    let Some(failing) = FailingFlushes::inject(server.pid()) else {
        return skipped("a flush that fails", "strace is not installed or may not attach");
    };

    let said = clerk.book(&client, &wish, &new_key());

    assert!(matches!(said, Said::Nothing(_)), "acknowledged without being durable: {said:?}");
    let status = server.wait(ABORT_TIMEOUT).expect("it goes on after a flush failed");
    assert!(!status.success(), "it says that all was well: {status}");
    drop(failing);
    let server = Server::start(&database);
    assert!(clerk.book(&server.client(), &wish, &new_key()).is_yes());
    assert!(server.stop().0.success());
    clerk.check(&database);
}
