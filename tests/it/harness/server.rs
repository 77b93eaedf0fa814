//! A server in a process of its own, so that it can be killed.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use super::{Client, Database};

/// Longest we wait for a server to say that it is ready, on a busy machine.
const READY_TIMEOUT: Duration = Duration::from_mins(1);
/// What it prints then, before its address.
const READY: &str = "daybook is ready at ";

/// A running `daybook serve`. Killed when dropped.
pub struct Server {
    child: Child,
    /// Like `http://127.0.0.1:41234`.
    pub base: String,
    said: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts one on `database` and waits until it is ready.
    pub fn start(database: &Database) -> Self {
        Self::start_with(database, &[])
    }

    /// As [`Server::start`], with more settings.
    pub fn start_with(database: &Database, settings: &[(&str, &str)]) -> Self {
        let mut command = command(database, settings);
        command.arg("serve");
        Self::launch(command)
    }

    /// Runs `command`, which is to say when it is ready as `daybook serve` does.
    pub fn launch(command: Command) -> Self {
        Self::launch_saying(command, READY)
    }

    /// Runs `command`, which is to print `ready` and its address once it answers.
    pub fn launch_saying(mut command: Command, ready: &'static str) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (tell, wait) = mpsc::channel();
        listen(child.stdout.take().unwrap(), Arc::clone(&said), Some((ready, tell)));
        listen(child.stderr.take().unwrap(), Arc::clone(&said), None);
        match wait.recv_timeout(READY_TIMEOUT) {
            Ok(base) => Self { child, base, said },
            Err(error) => {
                let _ = child.kill();
                let status = child.wait();
                let said = said.lock().unwrap().join("\n");
                panic!("not ready ({error}, {status:?}):\n{said}")
            }
        }
    }

    /// A client of its own connection.
    pub fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    /// As if the power had gone: no signal can be caught.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and answers how and after how long it did.
    pub fn stop(mut self) -> (ExitStatus, Duration) {
        let asked_at = Instant::now();
        self.terminate();
        let status = self.child.wait().unwrap();
        (status, asked_at.elapsed())
    }

    /// Sends SIGTERM and does not wait.
    pub fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits until it has ended by itself; `None` when it goes on beyond `timeout`.
    pub fn wait(&mut self, timeout: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + timeout;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("the server said:\n{}", self.said());
        }
    }
}

/// Runs `daybook` with `arguments` on `database` and waits for its end.
pub fn run(database: &Database, arguments: &[&str]) -> Output {
    command(database, &[]).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Asserts that `daybook verify` finds every promise kept.
pub fn verify(database: &Database) {
    for arguments in [&["verify"][..], &["audit", "verify"][..]] {
        let output = run(database, arguments);
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "daybook {arguments:?} says:\n{said}{complained}");
    }
}

/// `daybook` on `database`, with the defaults of tests and `settings`.
pub fn command(database: &Database, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daybook"));
    prepare(&mut command, database, settings);
    command
}

/// Gives `command` the environment of a server on `database`.
pub fn prepare(command: &mut Command, database: &Database, settings: &[(&str, &str)]) {
    // Settings of whoever runs the tests must not reach the servers they start.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYBOOK_")) {
        command.env_remove(name);
    }
    command
        .current_dir(database.data_dir())
        .env("DAYBOOK__DATA_DIR", database.data_dir())
        .env("DAYBOOK__DATABASE__URL", &database.url)
        .env("DAYBOOK__HTTP__PORT", "0")
        .env("DAYBOOK__HTTP__WORKERS", "2")
        .env("DAYBOOK__RATE_LIMIT__ENABLED", "false")
        .env("DAYBOOK__AUTH__ARGON2__MEMORY_KIB", "8")
        .env("DAYBOOK__AUTH__ARGON2__PASSES", "1")
        .env("DAYBOOK__TELEMETRY__FILTER", "warn")
        .envs(settings.iter().copied());
}

/// Keeps what is said; passes the address on that follows the word for being ready.
fn listen(
    stream: impl Read + Send + 'static,
    said: Arc<Mutex<Vec<String>>>,
    ready: Option<(&'static str, mpsc::Sender<String>)>,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some((word, tell)) = &ready
                && let Some(base) = line.strip_prefix(word)
            {
                let _ = tell.send(base.trim().trim_end_matches('/').to_owned());
            }
            said.lock().unwrap().push(line);
        }
    });
}
