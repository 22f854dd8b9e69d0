//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file under way. It stands beside the one whose place it takes when it is [kept](Self::keep), and is gone if it is not.
pub(crate) struct NewFile {
    file: File,
    path: PathBuf,
    /// Where it stands until then; none for what is no ordinary file (`/dev/null`, a pipe), which is written as it comes.
    beside: Option<PathBuf>,
}

impl NewFile {
    /// Begins a file. Where the path is a link, what it leads to is replaced.
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize().or_else(|e| match e.kind() {
            io::ErrorKind::NotFound => Ok(path.to_owned()),
            _ => Err(e),
        })?;
        if path.metadata().is_ok_and(|m| !m.is_file()) {
            return Ok(NewFile { file: File::create(&path)?, path, beside: None });
        }
        let mut beside = path.clone().into_os_string();
        beside.push(".segue-new");
        Ok(NewFile { file: File::create(&beside)?, path, beside: Some(beside.into()) })
    }

    /// Puts it in its place, with the permissions of what stood there.
    pub(crate) fn keep(mut self) -> io::Result<()> {
        let Some(beside) = &self.beside else { return Ok(()) };
        self.file.sync_all()?;
        if let Ok(former) = self.path.metadata() {
            self.file.set_permissions(former.permissions())?;
        }
        fs::rename(beside, &self.path)?;
        self.beside = None;
        Ok(())
    }

    /// Puts a text in the place of a file.
    pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
        let mut file = NewFile::begin(path)?;
        file.write_all(text.as_bytes())?;
        file.keep()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            let _ = fs::remove_file(beside);
        }
    }
}
