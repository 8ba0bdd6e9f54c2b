//! Reads and writes key files: bounded reading, owner-only writing.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use zeroize::Zeroizing;

use crate::KeyError;

/// Whether writing a file may replace one that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// An existing file is an error and stays as it is.
    Never,
    /// An existing file is replaced in one step; its content is lost.
    Replace,
}

/// Reads a whole file of at most [`MAX_KEY_FILE_BYTES`].
pub(crate) fn read_bounded(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let file = File::open(path).map_err(|source| KeyError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    read_bounded_from(file, path)
}

/// Reads at most [`MAX_KEY_FILE_BYTES`] up to the end; errors name the path.
pub(crate) fn read_bounded_from(
    reader: impl Read,
    path: &Path,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = |source| KeyError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    // One allocation up front: growing would leave copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(FIRST_READ_BYTES));
    let mut limited = reader.take(MAX_KEY_FILE_BYTES as u64 + 1);
    let mut chunk = Zeroizing::new([0; FIRST_READ_BYTES]);
    loop {
        let count = match limited.read(chunk.as_mut_slice()) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        if bytes.len() + count > bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * (bytes.len() + count)));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        bytes.extend_from_slice(&chunk[..count]);
    }
    if bytes.len() > MAX_KEY_FILE_BYTES {
        return Err(KeyError::TooLarge {
            limit: MAX_KEY_FILE_BYTES,
        });
    }
    Ok(bytes)
}

/// Writes a secret file that only its owner can read.
///
/// The permission (0600 on Unix) is set when the file is created, not
/// afterwards, so that there is no moment at which others can open it. With
/// [`Overwrite::Replace`] a new file is written beside the old one and renamed
/// over it: the old one's wider permission is not inherited, and a crash
/// leaves one of the two whole.
pub(crate) fn write_secret(
    path: &Path,
    contents: &[u8],
    overwrite: Overwrite,
) -> Result<(), KeyError> {
    write(path, contents, overwrite, SECRET_MODE)
}

/// Writes a file that everybody may read.
pub(crate) fn write_public(
    path: &Path,
    contents: &[u8],
    overwrite: Overwrite,
) -> Result<(), KeyError> {
    write(path, contents, overwrite, PUBLIC_MODE)
}

fn write(path: &Path, contents: &[u8], overwrite: Overwrite, mode: u32) -> Result<(), KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::AlreadyExists {
            path: path.to_owned(),
        },
        _ => KeyError::Io {
            action: "write",
            path: path.to_owned(),
            source,
        },
    };
    // Written beside and moved into place whole: whoever finds the file, finds
    // all of it, also while several programs make it at once.
    let beside = unused_name_beside(path);
    create_and_fill(&beside, contents, mode).map_err(failed)?;
    let moved = match overwrite {
        Overwrite::Never => match std::fs::hard_link(&beside, path) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                create_and_fill(path, contents, mode)
            }
            linked => linked,
        },
        Overwrite::Replace => std::fs::rename(&beside, path),
    };
    // Gone after a rename; otherwise best effort, for the error that matters is
    // the one of the move.
    let _ = std::fs::remove_file(&beside);
    moved.map_err(failed)
}

/// Names a file in the same folder that nobody else writes at this moment.
fn unused_name_beside(path: &Path) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.new", std::process::id()));
    path.with_file_name(name)
}

/// Creates a file that must not exist yet, and takes it away again when it
/// cannot be filled.
fn create_and_fill(path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path)?;
    let written = file.write_all(contents).and_then(|()| file.sync_all());
    if written.is_err() {
        // Best effort: half a key file helps nobody.
        let _ = std::fs::remove_file(path);
    }
    written
}

/// The largest input taken for a key file: a bundle of certificates with a key
/// is far below, and anything above is a mistaken path.
pub(crate) const MAX_KEY_FILE_BYTES: usize = 1024 * 1024;
/// What a usual key file fits into at once.
const FIRST_READ_BYTES: usize = 16 * 1024;
/// Owner reads and writes, nobody else does anything.
const SECRET_MODE: u32 = 0o600;
/// Owner reads and writes, everybody reads.
const PUBLIC_MODE: u32 = 0o644;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_overwritten_unless_asked() {
        let folder = TestFolder::new("overwrite");
        let path = folder.0.join("private.pem");
        write_secret(&path, b"first", Overwrite::Never).unwrap();
        let refused = write_secret(&path, b"second", Overwrite::Never).unwrap_err();
        assert!(
            matches!(refused, KeyError::AlreadyExists { .. }),
            "{refused}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        write_secret(&path, b"third", Overwrite::Replace).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"third");
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_file_belongs_to_its_owner_alone_even_when_it_replaces_an_open_one() {
        use std::os::unix::fs::PermissionsExt;

        let folder = TestFolder::new("mode");
        let path = folder.0.join("private.pem");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        write_secret(&path, b"new", Overwrite::Replace).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, SECRET_MODE);
    }

    #[test]
    fn a_huge_file_is_refused() {
        let folder = TestFolder::new("huge");
        let path = folder.0.join("disk.img");
        std::fs::write(&path, vec![b'A'; MAX_KEY_FILE_BYTES]).unwrap();
        assert_eq!(read_bounded(&path).unwrap().len(), MAX_KEY_FILE_BYTES);
        std::fs::write(&path, vec![b'A'; MAX_KEY_FILE_BYTES + 1]).unwrap();
        assert!(matches!(
            read_bounded(&path),
            Err(KeyError::TooLarge { .. })
        ));
    }

    /// A folder of one test, removed at its end.
    struct TestFolder(std::path::PathBuf);

    impl TestFolder {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("flowgate-keys-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for TestFolder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
