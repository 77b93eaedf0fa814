//! Load: many connections on one thread, each sending its next request when the last is answered.
//!
//! Speaks just enough HTTP/1.1 to cost little, because it shares the machine with what it measures.
//! Every answer is noted for the history checker.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use domain::history::{Answer, Asked, Observation};
use domain::ledger::{Class, LedgerKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The head of an answer of ours is far smaller; availability of a month fits into the rest.
const BUFFER_BYTES: usize = 16 * 1024;
/// Connections opened at a time, so that the listener's queue does not overflow.
const CONNECTS_AT_ONCE: usize = 64;

/// What to send.
pub trait Requests {
    /// Writes the next request into `out`, and says what it asks of which ledger.
    fn next(&self, out: &mut Vec<u8>) -> Option<Wanted>;
}

/// A booking that was asked for.
pub struct Wanted {
    pub ledger: LedgerKey,
    pub idempotency_key: String,
}

/// What a stretch of load came to.
#[derive(Debug, Default)]
pub struct Outcome {
    pub took: Duration,
    /// Answers with 2xx.
    pub done_count: u64,
    /// Answers with 4xx.
    pub refused_count: u64,
    /// Whatever else, with one example.
    pub failed_count: u64,
    pub failed_example: Option<String>,
    /// In all bodies together.
    pub bytes_count: u64,
    /// One for each answer, in microseconds, in order of size.
    pub latencies_us: Vec<u32>,
    pub observations: Vec<Observation>,
}

impl Outcome {
    /// The latency that `per_mille` of the answers did not exceed, in milliseconds.
    pub fn latency_ms(&self, per_mille: usize) -> f64 {
        let last = self.latencies_us.len().saturating_sub(1);
        let found = self.latencies_us.get(last * per_mille / 1000).copied().unwrap_or_default();
        f64::from(found) / 1000.0
    }
}

/// Keeps `clients_count` clients busy for `duration`. Times in observations count from `epoch`.
pub fn load(
    address: SocketAddr,
    clients_count: usize,
    duration: Duration,
    epoch: Instant,
    requests: &dyn Requests,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut streams = Vec::with_capacity(clients_count);
        while streams.len() < clients_count {
            let missing = (clients_count - streams.len()).min(CONNECTS_AT_ONCE);
            let opening = (0..missing).map(|_| TcpStream::connect(address));
            for stream in futures_util::future::join_all(opening).await {
                let stream = stream.unwrap();
                stream.set_nodelay(true).unwrap();
                streams.push(stream);
            }
        }
        let began = Instant::now();
        let outcome = Rc::new(RefCell::new(Outcome::default()));
        let clients = streams.into_iter().map(|stream| {
            let client = Client { stream, epoch, outcome: Rc::clone(&outcome) };
            client.run(began + duration, requests)
        });
        futures_util::future::join_all(clients).await;
        let mut outcome = outcome.take();
        outcome.took = began.elapsed();
        outcome.latencies_us.sort_unstable();
        outcome
    })
}

struct Client {
    stream: TcpStream,
    epoch: Instant,
    outcome: Rc<RefCell<Outcome>>,
}

impl Client {
    async fn run(mut self, until: Instant, requests: &dyn Requests) {
        let (mut out, mut inbox) = (Vec::with_capacity(1024), Vec::with_capacity(BUFFER_BYTES));
        while Instant::now() < until {
            out.clear();
            let wanted = requests.next(&mut out);
            let invoked_at = Instant::now();
            let answer = match self.stream.write_all(&out).await {
                Ok(()) => read_answer(&mut self.stream, &mut inbox).await,
                Err(error) => Err(error.to_string()),
            };
            self.note(wanted, invoked_at, &answer);
            if answer.is_err() {
                return;
            }
        }
    }

    fn note(&self, wanted: Option<Wanted>, invoked_at: Instant, answer: &Result<Said<'_>, String>) {
        let responded_at = Instant::now();
        let mut outcome = self.outcome.borrow_mut();
        let length = answer.as_ref().map_or(0, |said| said.body.len());
        outcome.bytes_count += u64::try_from(length).unwrap_or_default();
        match answer {
            Ok(said) if said.status < 300 => outcome.done_count += 1,
            Ok(said) if said.status < 500 => outcome.refused_count += 1,
            failed => {
                outcome.failed_count += 1;
                let shown = || match failed {
                    Ok(said) => format!("{} {}", said.status, String::from_utf8_lossy(said.body)),
                    Err(error) => error.clone(),
                };
                outcome.failed_example.get_or_insert_with(shown);
            }
        }
        let took = responded_at.duration_since(invoked_at).as_micros();
        outcome.latencies_us.push(u32::try_from(took).unwrap_or(u32::MAX));
        if let Some(wanted) = wanted {
            let since = |at: Instant| {
                u64::try_from(at.duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
            };
            let (told, epoch) = answer.as_ref().map_or((Answer::Unknown, None), Said::told);
            outcome.observations.push(Observation {
                key: wanted.ledger,
                asked: Asked::Book { units: 1, class: Class::Standard },
                idempotency_key: wanted.idempotency_key,
                epoch,
                invoked_ns: since(invoked_at),
                responded_ns: since(responded_at),
                answer: told,
            });
        }
    }
}

/// An answer as it lies in the buffer.
struct Said<'a> {
    status: u16,
    body: &'a [u8],
}

impl Said<'_> {
    fn told(&self) -> (Answer, Option<domain::ids::Epoch>) {
        if self.status >= 500 {
            return (Answer::Unknown, None);
        }
        let text = std::str::from_utf8(self.body).unwrap_or_default();
        let ledger = text.find("\"ledger\":").map_or("", |at| &text[at..]);
        let epoch = member(ledger, "\"epoch\":\"").and_then(|text| text.parse().ok());
        let seq = member(ledger, "\"seq\":").and_then(|text| text.parse().ok());
        let answer = if self.status < 300 {
            let booking = member(text, "\"id\":\"").and_then(|text| text.parse().ok());
            match (booking, seq) {
                (Some(booking), Some(seq)) => Answer::Done { booking, seq },
                _ => panic!("an answer without its place in the ledger: {text}"),
            }
        } else if text.contains("\"capacity-exceeded\"") {
            let requested = member(text, "\"requested\":").and_then(|text| text.parse().ok());
            match (seq, requested) {
                (Some(seq), Some(requested)) => Answer::Full { seq, requested },
                _ => Answer::Refused,
            }
        } else {
            Answer::Refused
        };
        (answer, epoch)
    }
}

/// What follows the first `name` in `text`, up to the end of the value.
fn member<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let rest = &text[text.find(name)? + name.len()..];
    rest.split(['"', ',', '}']).next()
}

async fn read_answer<'a>(
    stream: &mut TcpStream,
    inbox: &'a mut Vec<u8>,
) -> Result<Said<'a>, String> {
    inbox.clear();
    let head_length = loop {
        if stream.read_buf(inbox).await.map_err(|error| error.to_string())? == 0 {
            return Err("the connection ended".to_owned());
        }
        if let Some(at) = inbox.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = std::str::from_utf8(&inbox[..head_length]).map_err(|error| error.to_string())?;
    let status = head.get(9..12).and_then(|text| text.parse().ok()).ok_or("no status")?;
    let length = head
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        })
        .unwrap_or(0_usize);
    while inbox.len() < head_length + length {
        if stream.read_buf(inbox).await.map_err(|error| error.to_string())? == 0 {
            return Err("the connection ended".to_owned());
        }
    }
    Ok(Said { status, body: &inbox[head_length..] })
}
