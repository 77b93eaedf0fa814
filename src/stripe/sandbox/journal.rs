//! The books on disk: one line per change, read from the beginning when the sandbox starts.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;

use super::books::{Books, Entry};

/// Where changes are written down.
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Reads what is there into `books`, and goes on writing after it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
    pub fn open(path: PathBuf, books: &mut Books) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        for line in BufReader::new(&file).lines() {
            // A line cut off by a crash was never answered for.
            if let Ok(entry) = serde_json::from_str::<Entry>(&line?) {
                books.restore(entry);
            }
        }
        Ok(Self { file })
    }

    /// Writes down what has changed since the last time.
    pub fn write(&mut self, books: &mut Books) {
        let mut lines = String::new();
        for entry in books.drain_changed() {
            if let Ok(line) = serde_json::to_string(&entry) {
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        if let Err(error) = self.file.write_all(lines.as_bytes()) {
            tracing::error!(%error, "the payment sandbox cannot write its books");
        }
    }
}
