//! Files and standard input: text, plain or gzipped, and Parquet.

mod lines;
mod parquet;
mod progress;

pub(crate) use lines::{Line, OnError, Refused, Skipped, Trouble, scan};
pub(crate) use progress::Progress;

use crate::output::NewFile;
use crate::terminal::Failure;
use flate2::read::MultiGzDecoder;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// Where data come from: a file, or `-` for standard input.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    name: String,
    from: From,
}

#[derive(Clone, Debug)]
enum From {
    File(PathBuf),
    Stdin,
    /// What could be read only once, as it was read.
    Held(Arc<[u8]>),
}

impl std::convert::From<&str> for Source {
    fn from(path: &str) -> Self {
        if path == "-" {
            return Source {
                name: "standard input".to_owned(),
                from: From::Stdin,
            };
        }
        Source {
            name: path.to_owned(),
            from: From::File(PathBuf::from(path)),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Source {
    /// Whether it is standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        matches!(self.from, From::Stdin)
    }

    /// A file that this one names, looked for in the same folder.
    pub(crate) fn beside(&self, name: &str) -> Source {
        match &self.from {
            From::File(path) => Source::from(&*path.with_file_name(name).to_string_lossy()),
            From::Stdin | From::Held(_) => Source::from(name),
        }
    }

    fn trouble(&self, error: &io::Error) -> Failure {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::IsADirectory => "this is a directory, not a file".to_owned(),
            _ => error.to_string(),
        };
        Failure::new(format!("{self}: {why}"))
    }

    /// Makes sure that it can be read more than once: what is no ordinary file is kept in memory.
    pub(crate) fn hold(&mut self) -> Result<(), Failure> {
        let again = match &self.from {
            From::File(path) => path.metadata().map_err(|e| self.trouble(&e))?.is_file(),
            From::Stdin => false,
            From::Held(_) => true,
        };
        if !again {
            let mut bytes = Vec::new();
            self.raw()?
                .read_to_end(&mut bytes)
                .map_err(|e| self.trouble(&e))?;
            self.from = From::Held(bytes.into());
        }
        Ok(())
    }

    /// How many bytes it has on disk, where that is known.
    fn size(&self) -> Option<u64> {
        match &self.from {
            From::File(path) => path
                .metadata()
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|m| m.len()),
            From::Held(bytes) => u64::try_from(bytes.len()).ok(),
            From::Stdin => None,
        }
    }

    fn raw(&self) -> Result<Box<dyn Read + Send>, Failure> {
        Ok(match &self.from {
            From::File(path) => {
                let file = File::open(path).map_err(|e| self.trouble(&e))?;
                if file.metadata().is_ok_and(|m| m.is_dir()) {
                    return Err(self.trouble(&io::ErrorKind::IsADirectory.into()));
                }
                Box::new(file)
            }
            From::Stdin => Box::new(io::stdin()),
            From::Held(bytes) => Box::new(Cursor::new(bytes.clone())),
        })
    }

    /// The file, if its first bytes say that it is Parquet.
    pub(crate) fn parquet(&self) -> Result<Option<File>, Failure> {
        let From::File(path) = &self.from else {
            return Ok(None);
        };
        let mut file = File::open(path).map_err(|e| self.trouble(&e))?;
        if !file.metadata().is_ok_and(|m| m.is_file()) {
            return Ok(None);
        }
        let mut first = Vec::with_capacity(parquet::MAGIC.len());
        file.by_ref()
            .take(parquet::MAGIC.len() as u64)
            .read_to_end(&mut first)
            .map_err(|e| self.trouble(&e))?;
        Ok((first == parquet::MAGIC).then_some(file))
    }

    /// Its content as text: unpacked if its first bytes say that it is gzipped, a line for each row if they say that it is Parquet.
    fn open(&self, progress: &Progress) -> Result<Box<dyn Read + Send>, Failure> {
        if let Some(file) = self.parquet()? {
            return parquet::lines(file).map_err(|e| Failure::new(format!("{self}: {e}")));
        }
        let mut raw = progress.watch(self.raw()?);
        let mut first = Vec::with_capacity(2);
        raw.by_ref()
            .take(2)
            .read_to_end(&mut first)
            .map_err(|e| self.trouble(&e))?;
        if parquet::MAGIC.starts_with(&first) && !first.is_empty() {
            let message =
                "is a Parquet file, which is read from its end; name a file instead of `-`";
            return Err(Failure::new(format!("{self} {message}")));
        }
        let packed = first == [0x1f, 0x8b];
        let whole = Cursor::new(first).chain(raw);
        Ok(if packed {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(
                1 << 16,
                whole,
            )))
        } else {
            Box::new(whole)
        })
    }

    /// Its whole content as text, for rule files.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        let mut bytes = Vec::new();
        self.open(&Progress::none())?
            .read_to_end(&mut bytes)
            .map_err(|e| self.trouble(&e))?;
        String::from_utf8(bytes).map_err(|e| {
            let line = e
                .as_bytes()
                .get(..e.utf8_error().valid_up_to())
                .unwrap_or_default()
                .iter()
                .filter(|b| **b == b'\n')
                .count()
                + 1;
            Failure::new(format!("{self}:{line}: this is not UTF-8 text"))
        })
    }

    /// The same of a file that another one includes, or why it has none; the name is known to whoever asks.
    pub(crate) fn text_of_included(&self) -> Result<String, String> {
        self.text().map_err(|Failure(said)| {
            let said = said.join("; ");
            let name = self.to_string();
            let why = said
                .strip_prefix(&name)
                .map(|rest| rest.trim_start_matches([':', ' ']));
            why.unwrap_or(&said).to_owned()
        })
    }

    /// Puts a text in the place of the file, all of it or nothing.
    pub(crate) fn replace(&self, text: &str) -> Result<(), Failure> {
        let From::File(path) = &self.from else {
            return Err(Failure::new(
                "standard input cannot be rewritten; name a file",
            ));
        };
        NewFile::replace(path, text)
            .map_err(|e| Failure::new(format!("{self}: cannot be written: {e}")))
    }
}
