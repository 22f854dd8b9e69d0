//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, Once, PoisonError};
use tempfile::NamedTempFile;

/// The files beside others that were begun. A run that is interrupted removes those that are still there: nobody else uses their
/// names, and what was put in its place has another.
static BEGUN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What a shell is told of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// Lets whoever interrupts the run (Ctrl-C, a signal to terminate) find nothing of it.
fn clean_up_if_interrupted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || {
            // Whoever is about to begin a file comes no further.
            let files = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
            for file in files.iter() {
                let _ = fs::remove_file(file);
            }
            process::exit(INTERRUPTED);
        };
        // Without a handler, a run ends as it would.
        let _ = ctrlc::set_handler(handler);
    });
}

/// A file under way. It stands beside the one whose place it takes when it is [kept](Self::keep), and is gone if it is not.
pub(crate) struct NewFile {
    path: PathBuf,
    to: To,
}

enum To {
    /// A file of a name that nobody else has.
    Beside(NamedTempFile),
    /// What is no ordinary file (`/dev/null`, a pipe) is written as it comes.
    There(File),
}

impl NewFile {
    /// Begins a file. Where the path is a link, what it leads to is replaced.
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize().or_else(|e| match e.kind() {
            io::ErrorKind::NotFound => Ok(path.to_owned()),
            _ => Err(e),
        })?;
        if path.metadata().is_ok_and(|m| !m.is_file()) {
            return Ok(NewFile {
                to: To::There(File::create(&path)?),
                path,
            });
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut beside = tempfile::Builder::new();
        beside.prefix(".segue-");
        // As any new file, not for its owner alone.
        #[cfg(unix)]
        beside.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        clean_up_if_interrupted();
        let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
        let beside = beside.tempfile_in(folder)?;
        begun.push(beside.path().to_owned());
        Ok(NewFile {
            to: To::Beside(beside),
            path,
        })
    }

    /// Puts it in its place, with the permissions of what stood there.
    pub(crate) fn keep(self) -> io::Result<()> {
        let To::Beside(beside) = self.to else {
            return Ok(());
        };
        beside.as_file().sync_all()?;
        if let Ok(former) = self.path.metadata() {
            beside.as_file().set_permissions(former.permissions())?;
        }
        beside.persist(&self.path)?;
        Ok(())
    }

    /// A file with a text that comes in parts, to be put in its place.
    pub(crate) fn written(path: &Path, parts: &[&str]) -> io::Result<Self> {
        let mut file = NewFile::begin(path)?;
        for part in parts {
            file.write_all(part.as_bytes())?;
        }
        if let To::Beside(beside) = &file.to {
            beside.as_file().sync_all()?;
        }
        Ok(file)
    }

    /// Puts a text in the place of a file.
    pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
        NewFile::written(path, &[text])?.keep()
    }

    fn file(&mut self) -> &mut File {
        match &mut self.to {
            To::Beside(beside) => beside.as_file_mut(),
            To::There(file) => file,
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}
