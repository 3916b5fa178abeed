//! What the inbox asks of the file system. It knows no message and decides nothing.

use std::{io, path::Path};

use tokio::{fs, io::AsyncWriteExt as _};

/// The files of a folder.
pub(super) async fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut entries = fs::read_dir(folder).await?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with('.') && entry.file_type().await?.is_file() {
            names.push(name);
        }
    }
    Ok(names)
}

/// `false` when somebody else has taken it meanwhile.
pub(super) async fn renamed(from: &Path, to: &Path) -> io::Result<bool> {
    match fs::rename(from, to).await {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file has its whole content when it has its name.
pub(super) async fn write_whole(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let part = folder.join(format!(".{name}.part"));
    let mut file = fs::File::create(&part).await?;
    file.write_all(text.as_bytes()).await?;
    file.sync_all().await?;
    fs::rename(&part, folder.join(name)).await
}
