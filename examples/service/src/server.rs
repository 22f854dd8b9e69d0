//! The service: connections hand entries to one task that has the engine, and another task sends what came of them.

use crate::config::Config;
use crate::shop::{Entry, Settings, Shop, ShopError};
use crate::store::{Store, StoreError};
use segue::Instant;
use segue::engine::{EngineOutput, Receipt};
use serde::Serialize;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{interval, sleep};

/// How many entries wait for the engine before connections have to.
const WAITING: usize = 1024;
/// How many entries are saved in one transaction: what comes while the last is being written.
const BATCH: usize = 256;
/// How many bytes a line may have.
const MAX_LINE: u64 = 1 << 20;
/// How many outputs are sent before they are taken out of the outbox.
const SENT_AT_ONCE: usize = 100;

/// An entry, and where its receipt goes once it is saved.
struct Job {
    entry: Entry,
    receipt: oneshot::Sender<Receipt>,
}

/// What a connection answers to a line.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Receipt(Receipt),
    Error(String),
}

/// Whatever carries out effects and keeps lists: a mail platform. It may get an output more than once, with the same number.
pub trait Receiver: Send + 'static {
    /// Takes an output; `Err` if it cannot do so now.
    fn take(&mut self, output: &EngineOutput) -> impl Future<Output = Result<(), String>> + Send;
}

/// The present: the one place that reads a clock.
#[allow(
    clippy::disallowed_methods,
    reason = "the library is given the time; the service gives it"
)]
fn now() -> Instant {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let micros = since.map_or(0, |since| since.as_micros());
    Instant::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// Serves until `stop` is done. Whoever sends a line gets its receipt when what it says is saved.
///
/// # Errors
/// If the rules are wrong at the start, or the database does not work.
pub async fn serve(
    listener: TcpListener,
    config: &Config,
    receiver: impl Receiver,
    stop: impl Future<Output = ()>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let store = Arc::new(Store::open(&config.database)?);
    let settings = Settings {
        lateness: config.lateness,
        max_future_skew: config.max_future_skew,
        max_wakeups_per_call: config.max_wakeups_per_call,
    };
    let mut rules = RuleFile::new(config.rules.clone());
    let shop = Shop::open(&rules.read()?, settings, store.clone())?;
    let (jobs, waiting) = mpsc::channel(WAITING);
    let saved = Arc::new(Notify::new());
    tokio::select! {
        done = run(shop, rules, waiting, saved.clone()) => Ok(done?),
        done = send(store, receiver, saved) => Ok(done?),
        () = accept(listener, jobs) => Ok(()),
        () = stop => Ok(()),
    }
}

async fn accept(listener: TcpListener, jobs: mpsc::Sender<Job>) {
    loop {
        match listener.accept().await {
            Ok((connection, _)) => {
                let jobs = jobs.clone();
                tokio::spawn(async move {
                    // Whoever hangs up gets no answer.
                    let _ = answer(connection, jobs).await;
                });
            }
            // There may be too many connections for a moment.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Answers the lines of a connection, one after the other.
async fn answer(connection: TcpStream, jobs: mpsc::Sender<Job>) -> std::io::Result<()> {
    let (read, mut write) = connection.into_split();
    let mut lines = BufReader::new(read);
    let mut line = Vec::new();
    while (&mut lines)
        .take(MAX_LINE)
        .read_until(b'\n', &mut line)
        .await?
        > 0
    {
        if line.len() as u64 == MAX_LINE && !line.ends_with(b"\n") {
            // Where the next line begins is not known.
            return Ok(());
        }
        let answer = match serde_json::from_slice(&line) {
            Ok(entry) => {
                let (receipt, saved) = oneshot::channel();
                let sent = jobs.send(Job { entry, receipt }).await;
                match (sent, saved.await) {
                    (Ok(()), Ok(receipt)) => Answer::Receipt(receipt),
                    _ => Answer::Error("the service stops; send it again".to_owned()),
                }
            }
            Err(e) => Answer::Error(e.to_string()),
        };
        let mut answer = serde_json::to_vec(&answer)?;
        answer.push(b'\n');
        write.write_all(&answer).await?;
        line.clear();
    }
    Ok(())
}

/// Runs the engine: entries as they come, time as it passes, rules as they change.
async fn run(
    mut shop: Shop,
    mut rules: RuleFile,
    mut jobs: mpsc::Receiver<Job>,
    saved: Arc<Notify>,
) -> Result<(), ShopError> {
    // What was due while nobody was there.
    shop.advance(now());
    shop.save()?;
    saved.notify_one();
    let mut look_at_rules = interval(Duration::from_secs(1));
    loop {
        let wakeup = shop.next_wakeup().map_or(Duration::MAX, until);
        let mut receipts = Vec::new();
        tokio::select! {
            job = jobs.recv() => {
                let Some(first) = job else { return Ok(()) };
                // How late an entry is, and how far ahead, is judged by the clock.
                shop.advance(now());
                let more = std::iter::from_fn(|| jobs.try_recv().ok()).take(BATCH - 1);
                for Job { entry, receipt } in std::iter::once(first).chain(more) {
                    receipts.push((receipt, shop.take(entry)));
                }
            }
            () = sleep(wakeup) => shop.advance(now()),
            _ = look_at_rules.tick() => match rules.changed() {
                Some(text) => match shop.reload(&text) {
                    Ok(change) => eprintln!("other rules: {}", serde_json::to_string(&change).unwrap_or_default()),
                    Err(e) => eprintln!("the rules stay as they were: {e}"),
                },
                None => continue,
            },
        }
        shop.save()?;
        saved.notify_one();
        for (sender, receipt) in receipts {
            let _ = sender.send(receipt);
        }
    }
}

/// How long it is until an instant; nothing if it is past.
fn until(at: Instant) -> Duration {
    let micros = at.micros().saturating_sub(now().micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// Sends what is in the outbox, in order. A receiver that fails is asked again, and holds up nobody else.
async fn send(
    store: Arc<Store>,
    mut receiver: impl Receiver,
    saved: Arc<Notify>,
) -> Result<(), StoreError> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let mut pause = Duration::from_millis(100);
    loop {
        let outbox = store.outbox(SENT_AT_ONCE)?;
        if outbox.is_empty() {
            saved.notified().await;
            continue;
        }
        let mut arrived = None;
        for output in &outbox {
            match receiver.take(output).await {
                Ok(()) => arrived = Some(output.sequence),
                Err(e) => {
                    eprintln!("the receiver: {e}; tried again in {pause:?}");
                    break;
                }
            }
        }
        match arrived {
            Some(last) => {
                store.arrived(last)?;
                pause = Duration::from_millis(100);
            }
            None => {
                sleep(pause).await;
                pause = (pause * 2).min(PATIENCE);
            }
        }
    }
}

/// The rule file, which people edit while the service runs.
struct RuleFile {
    path: PathBuf,
    /// What the rules are, and what was seen when last looked.
    text: String,
    seen: String,
}

impl RuleFile {
    fn new(path: PathBuf) -> Self {
        RuleFile {
            path,
            text: String::new(),
            seen: String::new(),
        }
    }

    fn read(&mut self) -> Result<String, ShopError> {
        let wrong = |e| ShopError::Rules(format!("{}: {e}", self.path.display()));
        self.text = std::fs::read_to_string(&self.path).map_err(wrong)?;
        self.seen = self.text.clone();
        Ok(self.text.clone())
    }

    /// The text, if it is another than that of the rules, and the same as when last looked: an editor may be writing it.
    fn changed(&mut self) -> Option<String> {
        let text = std::fs::read_to_string(&self.path).ok()?;
        let seen = std::mem::replace(&mut self.seen, text);
        if self.seen != seen || seen == self.text || seen.trim().is_empty() {
            return None;
        }
        self.text = seen.clone();
        Some(seen)
    }
}
