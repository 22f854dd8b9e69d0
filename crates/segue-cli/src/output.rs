//! Files that are written whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

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
        Ok(NewFile {
            to: To::Beside(beside.tempfile_in(folder)?),
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

    /// A file with a text, to be put in its place.
    pub(crate) fn written(path: &Path, text: &str) -> io::Result<Self> {
        let mut file = NewFile::begin(path)?;
        file.write_all(text.as_bytes())?;
        if let To::Beside(beside) = &file.to {
            beside.as_file().sync_all()?;
        }
        Ok(file)
    }

    /// Puts a text in the place of a file.
    pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
        NewFile::written(path, text)?.keep()
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
