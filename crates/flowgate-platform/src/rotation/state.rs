//! What a rotation remembers between two runs: a small file without secrets.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flowgate_keys::PublicKey;
use serde_json::{Value, json};

use super::{RotationError, RotationMode, Stage};

/// Keeps the state of one rotation.
pub trait StateStore {
    /// Reads the state; none if no rotation was started.
    ///
    /// # Errors
    ///
    /// As the operating system gives them.
    fn load(&self) -> io::Result<Option<String>>;
    /// Writes the first state; an existing one is an error and stays.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`], or as the operating system gives them.
    fn create(&self, state: &str) -> io::Result<()>;
    /// Replaces the state in one step, so that a crash leaves one of the two whole.
    ///
    /// # Errors
    ///
    /// As the operating system gives them.
    fn replace(&self, state: &str) -> io::Result<()>;
    /// Names the place, for messages.
    fn name(&self) -> String;
}

/// Keeps the state in a file that only its owner can read.
#[derive(Debug, Clone)]
pub struct StateFile(PathBuf);

/// What is known of a rotation. Holds public keys and paths, never private
/// material.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// What is to be done next.
    pub(super) stage: Stage,
    pub(super) mode: RotationMode,
    pub(super) endpoint: String,
    pub(super) metrics: Vec<String>,
    pub(super) private_key_file: PathBuf,
    pub(super) public_key_file: PathBuf,
    pub(super) old_key: PublicKey,
    /// None until it is made.
    pub(super) new_key: Option<PublicKey>,
    pub(super) observation: Option<Observation>,
}

/// What the endpoint's metrics said last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Observation {
    /// Requests opened with the old key, over all instances.
    pub(super) old: u64,
    /// Requests opened with the new key, over all instances.
    pub(super) new: u64,
    /// When the old key was last seen in use, or the watch began: seconds since
    /// 1970.
    pub(super) old_used_at: u64,
}

impl StateFile {
    /// Names the file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Writes a whole file of another name in the same folder.
    fn write_beside(&self, state: &str) -> io::Result<PathBuf> {
        let mut name = self.0.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let beside = self.0.with_file_name(name);
        // What a killed process of the same id left behind.
        let _ = std::fs::remove_file(&beside);
        create_owner_only(&beside, state)?;
        Ok(beside)
    }
}

impl StateStore for StateFile {
    fn load(&self) -> io::Result<Option<String>> {
        let file = match File::open(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut text = String::new();
        file.take(MAX_STATE_BYTES).read_to_string(&mut text)?;
        Ok(Some(text))
    }

    fn create(&self, state: &str) -> io::Result<()> {
        // Whole from its first moment on: half a state could neither be resumed
        // nor started anew. Unlike a rename, a link replaces nothing.
        let beside = self.write_beside(state)?;
        let linked = match std::fs::hard_link(&beside, &self.0) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                create_owner_only(&self.0, state)
            }
            linked => linked,
        };
        // Best effort: it holds no secret.
        let _ = std::fs::remove_file(&beside);
        linked
    }

    fn replace(&self, state: &str) -> io::Result<()> {
        std::fs::rename(self.write_beside(state)?, &self.0)
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

impl State {
    pub(super) fn to_text(&self) -> String {
        let document = json!({
            "version": VERSION,
            "next": self.stage.name(),
            "mode": self.mode.name(),
            "endpoint": self.endpoint,
            "metrics": self.metrics,
            "private_key_file": self.private_key_file.to_string_lossy(),
            "public_key_file": self.public_key_file.to_string_lossy(),
            "old_key": self.old_key.to_spki_pem(),
            "old_fingerprint": self.old_key.fingerprint().to_string(),
            "new_key": self.new_key.as_ref().map(PublicKey::to_spki_pem),
            "new_fingerprint": self.new_key.as_ref().map(|key| key.fingerprint().to_string()),
            "observation": self.observation.map(|seen| json!({
                "old": seen.old,
                "new": seen.new,
                "old_used_at": seen.old_used_at,
            })),
        });
        format!("{document:#}\n")
    }

    pub(super) fn from_text(text: &str, name: &str) -> Result<Self, RotationError> {
        let unreadable = |problem: &str| RotationError::StateUnreadable {
            name: name.to_owned(),
            problem: problem.to_owned(),
        };
        let document: Value =
            serde_json::from_str(text).map_err(|error| unreadable(&error.to_string()))?;
        if document["version"] != VERSION {
            return Err(unreadable("it is of another version of flowgate"));
        }
        let text = |field: &str| {
            document[field]
                .as_str()
                .ok_or_else(|| unreadable(&format!("it has no `{field}`")))
        };
        let key = |field: &str| {
            PublicKey::from_text(text(field)?)
                .map_err(|error| unreadable(&format!("`{field}`: {}", error.problem())))
        };
        let number = |field: &str| {
            document["observation"][field]
                .as_u64()
                .ok_or_else(|| unreadable(&format!("its observation has no `{field}`")))
        };
        Ok(Self {
            stage: Stage::from_name(text("next")?)
                .ok_or_else(|| unreadable("its `next` is unknown"))?,
            mode: RotationMode::from_name(text("mode")?)
                .ok_or_else(|| unreadable("its `mode` is unknown"))?,
            endpoint: text("endpoint")?.to_owned(),
            metrics: document["metrics"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|url| url.as_str().map(str::to_owned))
                .collect(),
            private_key_file: Path::new(text("private_key_file")?).to_owned(),
            public_key_file: Path::new(text("public_key_file")?).to_owned(),
            old_key: key("old_key")?,
            new_key: match &document["new_key"] {
                Value::Null => None,
                _ => Some(key("new_key")?),
            },
            observation: match &document["observation"] {
                Value::Null => None,
                _ => Some(Observation {
                    old: number("old")?,
                    new: number("new")?,
                    old_used_at: number("old_used_at")?,
                }),
            },
        })
    }
}

fn create_owner_only(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    if written.is_err() {
        // Best effort: half a state helps nobody.
        let _ = std::fs::remove_file(path);
    }
    written
}

/// Of the file's form.
const VERSION: u64 = 1;
/// Two keys and a few lines are far below.
const MAX_STATE_BYTES: u64 = 64 * 1024;
