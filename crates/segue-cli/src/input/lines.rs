//! Numbered lines, read by one thread and looked at by others.
//!
//! The order in which lines are looked at is left open; which error is reported is not: the first in the files.

use super::{Progress, Source};
use crate::terminal::{self, Failure};
use clap::ValueEnum;
use segue::profile::RecordReader;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How much is handed from thread to thread at a time.
const BLOCK: usize = 1 << 20;
/// A line longer than this is none.
const LONGEST: usize = 64 << 20;
/// How many errors of skipped lines are shown.
const SHOWN: usize = 5;

/// What to do with a line that cannot be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnError {
    /// Stop with the error and answer nothing.
    #[default]
    Stop,
    /// Count a wrong value as missing, go on without a line that is no profile and no event, and say on standard error how many
    /// there were.
    Skip,
}

/// A line and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// The position of its source.
    pub(crate) source: usize,
    /// Counted from 1.
    pub(crate) number: u64,
    /// Without its end.
    pub(crate) text: &'a str,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Trouble {
    source: usize,
    line: u64,
    message: String,
}

impl Trouble {
    pub(crate) fn new(source: usize, line: u64, message: String) -> Self {
        Trouble {
            source,
            line,
            message,
        }
    }

    /// `events.ndjson:17: …`
    pub(crate) fn shown(&self, sources: &[Source]) -> String {
        let name = sources
            .get(self.source)
            .map_or_else(String::new, Source::to_string);
        format!("{name}:{}: {}", self.line, self.message)
    }

    pub(crate) fn into_failure(self, sources: &[Source]) -> Failure {
        Failure::new(self.shown(sources))
    }
}

/// Why a line was refused: something in it, or in a line before it that it shows to be wrong.
pub(crate) enum Refused {
    Here(String),
    Before(Vec<Trouble>),
}

impl From<String> for Refused {
    fn from(message: String) -> Self {
        Refused::Here(message)
    }
}

/// What was left out: lines, or values that count as missing.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    count: u64,
    /// The first of them.
    first: Vec<Trouble>,
}

impl Skipped {
    fn add(&mut self, trouble: Trouble) {
        self.count += 1;
        self.first.push(trouble);
        self.trim();
    }

    fn trim(&mut self) {
        if self.first.len() > 4 * SHOWN {
            self.first.sort_unstable();
            self.first.truncate(SHOWN);
        }
    }

    /// Takes in what another thread left out.
    pub(crate) fn join(&mut self, other: Skipped) {
        self.count += other.count;
        self.first.extend(other.first);
        self.first.sort_unstable();
        self.first.truncate(SHOWN);
    }

    /// Adds a line that turned out to be of no use later.
    pub(crate) fn also(&mut self, trouble: Trouble) {
        self.add(trouble);
        self.first.sort_unstable();
    }

    /// Notes the values of a line that a tolerant reader has just read as missing.
    pub(crate) fn note(&mut self, reader: &RecordReader, line: &Line<'_>) {
        for fault in reader.faults() {
            self.add(Trouble::new(line.source, line.number, fault.to_string()));
        }
    }

    /// Says which lines were left out.
    pub(crate) fn report(&self, sources: &[Source]) {
        self.tell("1 line was skipped", "lines were skipped", sources);
    }

    /// Says which values were.
    pub(crate) fn report_values(&self, sources: &[Source]) {
        let one = "1 value is wrong and counts as missing";
        self.tell(one, "values are wrong and count as missing", sources);
    }

    fn tell(&self, one: &str, several: &str, sources: &[Source]) {
        match self.count {
            0 => return,
            1 => terminal::note(one),
            n => terminal::note(&format!("{n} {several}")),
        }
        for trouble in self.first.iter().take(SHOWN) {
            terminal::say(&format!("  {}", trouble.shown(sources)));
        }
        let shown = u64::try_from(self.first.len().min(SHOWN)).unwrap_or(0);
        if self.count > shown {
            terminal::say(&format!("  … and {} more", self.count - shown));
        }
    }
}

/// Some whole lines of one source.
struct Block {
    order: u64,
    source: usize,
    first_line: u64,
    bytes: Vec<u8>,
}

/// Gives every line that is not blank to one of the workers, each on a thread of its own.
///
/// # Errors
/// The first line in the files that a worker refuses (or, with [`OnError::Skip`], only a file that cannot be read).
pub(crate) fn scan<W: Send>(
    sources: &[Source],
    on_error: OnError,
    progress: &Progress,
    workers: Vec<W>,
    look: impl Fn(&mut W, Line<'_>) -> Result<(), Refused> + Sync,
) -> Result<(Vec<W>, Skipped), Failure> {
    // The block in which the first error was met; nothing after it matters.
    let stop = AtomicU64::new(u64::MAX);
    let (send, receive) = sync_channel::<Block>(2 * workers.len() + 2);
    let queue = Mutex::new(receive);
    thread::scope(|scope| {
        let hands: Vec<_> = workers
            .into_iter()
            .map(|worker| scope.spawn(|| work(worker, &queue, &stop, on_error, &look)))
            .collect();
        let read = read(sources, progress, &stop, &send);
        drop(send);
        let mut workers = Vec::with_capacity(hands.len());
        let mut skipped = Skipped::default();
        let mut first: Option<Trouble> = None;
        for hand in hands {
            let Ok((worker, left, trouble)) = hand.join() else {
                return Err(Failure::new("a reader thread panicked; please report this"));
            };
            workers.push(worker);
            skipped.join(left);
            first = first.into_iter().chain(trouble).min();
        }
        match first {
            Some(trouble) => Err(trouble.into_failure(sources)),
            None => read.map(|()| (workers, skipped)),
        }
    })
}

fn work<W>(
    mut worker: W,
    queue: &Mutex<Receiver<Block>>,
    stop: &AtomicU64,
    on_error: OnError,
    look: &(impl Fn(&mut W, Line<'_>) -> Result<(), Refused> + Sync),
) -> (W, Skipped, Option<Trouble>) {
    let mut skipped = Skipped::default();
    let mut first: Option<Trouble> = None;
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(block) = next else {
            return (worker, skipped, first);
        };
        if block.order > stop.load(Ordering::Relaxed) {
            continue;
        }
        if let Err(trouble) = look_at(&block, &mut worker, &mut skipped, on_error, look) {
            stop.fetch_min(block.order, Ordering::Relaxed);
            first = first.into_iter().chain([trouble]).min();
        }
    }
}

fn look_at<W>(
    block: &Block,
    worker: &mut W,
    skipped: &mut Skipped,
    on_error: OnError,
    look: &impl Fn(&mut W, Line<'_>) -> Result<(), Refused>,
) -> Result<(), Trouble> {
    let source = block.source;
    let whole = std::str::from_utf8(&block.bytes).ok();
    let mut number = block.first_line;
    let mut start = 0;
    while start < block.bytes.len() {
        let rest = block.bytes.get(start..).unwrap_or_default();
        let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let text = match whole {
            Some(whole) => whole.get(start..end),
            None => block
                .bytes
                .get(start..end)
                .and_then(|bytes| std::str::from_utf8(bytes).ok()),
        };
        let done = match text.map(|text| text.strip_suffix('\r').unwrap_or(text)) {
            Some(text) if text.trim_ascii().is_empty() => Ok(()),
            Some(text) => {
                let line = Line {
                    source,
                    number,
                    text,
                };
                look(worker, line).map_err(|refused| match refused {
                    Refused::Here(message) => {
                        vec![Trouble::new(source, number, hinted(text, message))]
                    }
                    Refused::Before(troubles) => troubles,
                })
            }
            None => Err(vec![Trouble::new(
                source,
                number,
                "this is not UTF-8 text".to_owned(),
            )]),
        };
        for trouble in done.err().into_iter().flatten() {
            match on_error {
                OnError::Stop => return Err(trouble),
                OnError::Skip => skipped.add(trouble),
            }
        }
        number += 1;
        start = end + 1;
    }
    Ok(())
}

/// A message with a better one in its place where a line shows that the file is written otherwise.
fn hinted(text: &str, message: String) -> String {
    match text.trim_ascii() {
        list if list.starts_with('[') => {
            "this is a list, not an object; write one JSON object per line".to_owned()
        }
        "{" => "this object continues on the next line; write one whole JSON object per line"
            .to_owned(),
        _ => message,
    }
}

fn read(
    sources: &[Source],
    progress: &Progress,
    stop: &AtomicU64,
    send: &SyncSender<Block>,
) -> Result<(), Failure> {
    let mut order = 0;
    for (source, from) in sources.iter().enumerate() {
        let mut reader = from.open(progress)?;
        let mut first_line = 1;
        let mut rest: Vec<u8> = Vec::new();
        loop {
            let mut bytes = std::mem::take(&mut rest);
            let had = bytes.len();
            bytes.reserve_exact(BLOCK);
            let read = reader
                .by_ref()
                .take(BLOCK as u64)
                .read_to_end(&mut bytes)
                .map_err(|e| {
                    let lines = count_lines(&bytes);
                    Failure::new(format!("{from}:{}: {}", first_line + lines, unreadable(&e)))
                })?;
            if first_line == 1 && had == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            let end = read == 0;
            if !end {
                match memchr::memrchr(b'\n', &bytes) {
                    Some(at) => rest.extend(bytes.drain(at + 1..)),
                    None if bytes.len() > LONGEST => {
                        let message = "this line does not end; write one JSON object per line";
                        return Err(Failure::new(format!("{from}:{first_line}: {message}")));
                    }
                    None => {
                        rest = bytes;
                        continue;
                    }
                }
            }
            let lines = count_lines(&bytes);
            let block = Block {
                order,
                source,
                first_line,
                bytes,
            };
            first_line += lines;
            order += 1;
            if send.send(block).is_err() || stop.load(Ordering::Relaxed) != u64::MAX {
                return Ok(());
            }
            if end {
                break;
            }
        }
    }
    Ok(())
}

fn count_lines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}

fn unreadable(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    match error.kind() {
        UnexpectedEof => "the gzip data end too early; the file is truncated".to_owned(),
        InvalidData | InvalidInput => format!("the gzip data are corrupt ({error})"),
        _ => error.to_string(),
    }
}
