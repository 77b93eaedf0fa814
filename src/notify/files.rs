//! Letters as files, one each, for machines that have no mail server.

use std::io::Write;
use std::path::PathBuf;

use super::mailer::SendError;

/// A folder that letters are put into.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes a letter under its id, so that one sent twice is there once. It appears whole or not
    /// at all.
    pub async fn write(&self, id: &str, message: Vec<u8>) -> Result<(), SendError> {
        let (folder, name) = (self.folder.clone(), format!("{id}.eml"));
        let written = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
            std::fs::create_dir_all(&folder)?;
            let unfinished = folder.join(format!(".{name}"));
            let mut file = std::fs::File::create(&unfinished)?;
            file.write_all(&message)?;
            std::fs::rename(unfinished, folder.join(name))
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(SendError::passing(&error)),
            Err(error) => Err(SendError::passing(&error)),
        }
    }
}
