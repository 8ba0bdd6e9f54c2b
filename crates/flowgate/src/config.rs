//! Keys, secrets and address from flags, environment and files.
//!
//! | variable | flag | |
//! |---|---|---|
//! | `FLOWGATE_PRIVATE_KEY` | `--private-key` | text of the private key in any form; several blocks make a key ring, newest first |
//! | `FLOWGATE_PRIVATE_KEY_FILE` | `--private-key-file` | its file; several, separated by commas, make a key ring, newest first |
//! | `FLOWGATE_PASSPHRASE` | `--passphrase` | opens encrypted private keys |
//! | `FLOWGATE_PASSPHRASE_FILE` | `--passphrase-file` | its file |
//! | `FLOWGATE_APP_SECRET` | `--app-secret` | secret of the Meta app; several, separated by commas, while it is reset |
//! | `FLOWGATE_APP_SECRET_FILE` | `--app-secret-file` | its file |
//! | `FLOWGATE_UNWRAP` | `--unwrap` | what unwraps AES keys: `aws-lc`, the default, `rsa`, or `vector`, which takes the feature of that name and is unaudited |
//! | `FLOWGATE_LISTEN` | `--listen` | address and port, `127.0.0.1:3000` unless set |
//!
//! With the feature `platform`, `FLOWGATE_PUBLISH` (`--publish`) and the flags and
//! variables of `flowgate_platform::args` say whether and where a server
//! publishes its public key when it starts; see `PublishArgs`.
//!
//! With neither key nor secret set, a development pair is made and kept; with
//! one of the two missing, the error says which.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::keys::{
    AppSecretError, AppSecrets, Backend, KeyError, KeyRing, KeyRingBuilder, KeyRingError,
    Passphrase, PrivateKey,
};

pub mod development;

/// Collects the flags and variables of an endpoint.
///
/// **Security:** values of flags are visible to other users of the machine;
/// prefer files.
#[derive(Clone, Default, Args)]
#[command(next_help_heading = "Keys and secrets")]
pub struct EndpointArgs {
    /// Text of the private key; others on this machine can see flags, so prefer
    /// the file
    #[arg(
        long,
        env = "FLOWGATE_PRIVATE_KEY",
        value_name = "PEM",
        hide_env_values = true
    )]
    pub private_key: Option<String>,
    /// File of the private key; several, separated by commas, newest first
    #[arg(
        long,
        env = "FLOWGATE_PRIVATE_KEY_FILE",
        value_name = "PATH",
        value_delimiter = ',',
        value_parser = path()
    )]
    pub private_key_file: Vec<PathBuf>,
    /// Passphrase of the private key
    #[arg(
        long,
        env = "FLOWGATE_PASSPHRASE",
        value_name = "TEXT",
        hide_env_values = true
    )]
    pub passphrase: Option<String>,
    /// File of the passphrase
    #[arg(long, env = "FLOWGATE_PASSPHRASE_FILE", value_name = "PATH", value_parser = path())]
    pub passphrase_file: Option<PathBuf>,
    /// App secret; several, separated by commas, while it is reset
    #[arg(
        long,
        env = "FLOWGATE_APP_SECRET",
        value_name = "TEXT",
        hide_env_values = true
    )]
    pub app_secret: Option<String>,
    /// File of the app secret
    #[arg(long, env = "FLOWGATE_APP_SECRET_FILE", value_name = "PATH", value_parser = path())]
    pub app_secret_file: Option<PathBuf>,
    /// What unwraps AES keys: aws-lc, rsa or vector (unaudited); aws-lc unless set
    #[arg(long, env = "FLOWGATE_UNWRAP", value_name = "BACKEND")]
    pub unwrap: Option<String>,
}

/// Says where to listen.
#[derive(Debug, Clone, Args)]
pub struct ListenArgs {
    /// Address and port to listen on
    #[arg(
        long,
        env = "FLOWGATE_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:3000"
    )]
    pub listen: SocketAddr,
}

/// Says whether the public key is published when the server starts, and where.
///
/// The server then looks what each phone number holds, uploads where there is
/// no key or its signature is not valid, reads back until it is `VALID`, and only
/// then takes requests; if that fails, it does not start. It runs before and not
/// beside the first requests, because nobody calls the endpoint for it, and a
/// server that a balancer takes for ready while phones refuse its key would
/// hide the fault. The port is open meanwhile: connections wait, they are not
/// refused.
///
/// Any number of instances may start so at once and in any order, also during a
/// rotation: a number that holds an older key of the ring keeps it, for
/// `flowgate keys rotate` publishes the new one when all instances have it. A
/// key that is not in the ring is never replaced: another endpoint may live on
/// it.
#[cfg(feature = "platform")]
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Publication of the public key")]
pub struct PublishArgs {
    /// Publish the public key at start, and take requests only when it is valid
    #[arg(
        long,
        env = "FLOWGATE_PUBLISH",
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    pub publish: bool,
    /// The platform and the phone numbers.
    #[command(flatten)]
    pub platform: flowgate_platform::args::PlatformArgs,
    /// How patiently.
    #[command(flatten)]
    pub publishing: flowgate_platform::args::PublishingArgs,
}

/// Holds the keys and secrets of an endpoint.
#[derive(Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// Private keys, newest first.
    pub key_ring: KeyRing,
    /// App secrets that are valid now.
    pub app_secrets: AppSecrets,
}

/// Says why flags, variables and files do not make an endpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value is given in two ways.
    #[error("both {0} and {0}_FILE are set; set one of them")]
    GivenTwice(&'static str),
    /// The private key is missing, but something else is set.
    #[error(
        "no private key: set FLOWGATE_PRIVATE_KEY_FILE to its path or FLOWGATE_PRIVATE_KEY to \
         its text (flags --private-key-file, --private-key), or unset {set} for development mode"
    )]
    NoPrivateKey {
        /// What is set.
        set: &'static str,
    },
    /// The app secret is missing.
    #[error(
        "no app secret: set FLOWGATE_APP_SECRET_FILE to its path or FLOWGATE_APP_SECRET to its \
         text (flags --app-secret-file, --app-secret); it is in the app dashboard under \
         \"App settings\", \"Basic\""
    )]
    NoAppSecret,
    /// A private key cannot be used.
    #[error("private key of {origin}: {error}")]
    PrivateKey {
        /// Variable or path.
        origin: String,
        /// What is wrong with it.
        #[source]
        error: KeyError,
    },
    /// The keys do not make a ring.
    #[error(transparent)]
    KeyRing(#[from] KeyRingError),
    /// The passphrase file cannot be used.
    #[error("passphrase: {0}")]
    Passphrase(#[source] KeyError),
    /// The app secret cannot be used.
    #[error("app secret: {0}")]
    AppSecret(#[from] AppSecretError),
    /// The folder of development keys cannot be made.
    #[error("folder `{}` for development keys: {error}", path.display())]
    DevelopmentFolder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// A development key cannot be made or read.
    #[error("development key: {0}")]
    DevelopmentKey(#[source] KeyError),
}

impl EndpointArgs {
    /// Loads what is set; none if nothing is.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] that names what is missing, set twice or wrong.
    pub fn load(&self) -> Result<Option<Credentials>, ConfigError> {
        let key_set = text(&self.private_key).is_some() || self.key_files().next().is_some();
        let secret_set = text(&self.app_secret).is_some() || file(&self.app_secret_file).is_some();
        let passphrase_set =
            text(&self.passphrase).is_some() || file(&self.passphrase_file).is_some();
        match (key_set, secret_set, passphrase_set) {
            (false, false, false) => return Ok(None),
            (false, true, _) => {
                return Err(ConfigError::NoPrivateKey {
                    set: "the app secret",
                });
            }
            (false, false, true) => {
                return Err(ConfigError::NoPrivateKey {
                    set: "the passphrase",
                });
            }
            (true, false, _) => return Err(ConfigError::NoAppSecret),
            (true, true, _) => {}
        }
        Ok(Some(Credentials {
            key_ring: self.key_ring()?,
            app_secrets: self.app_secrets()?.ok_or(ConfigError::NoAppSecret)?,
        }))
    }

    /// Returns the backend that is set, or the default one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::KeyRing`] if there is none of that name.
    pub fn backend(&self) -> Result<Backend, ConfigError> {
        match text(&self.unwrap) {
            Some(name) => Ok(name.trim().parse()?),
            None => Ok(Backend::default()),
        }
    }

    /// Loads the private keys alone, as a ring.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if there are none, or one cannot be used.
    pub fn key_ring(&self) -> Result<KeyRing, ConfigError> {
        ring(&self.private_keys()?, self.backend()?)
    }

    /// Loads the private keys that are set, newest first; maybe none.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a key is set twice or cannot be used.
    pub fn private_keys(&self) -> Result<Vec<PrivateKey>, ConfigError> {
        let passphrase = self.load_passphrase()?;
        let wrong = |origin: String| move |error| ConfigError::PrivateKey { origin, error };
        let mut loaded = Vec::new();
        match text(&self.private_key) {
            Some(_) if self.key_files().next().is_some() => {
                return Err(ConfigError::GivenTwice("FLOWGATE_PRIVATE_KEY"));
            }
            Some(text) => {
                let keys = PrivateKey::load_all(text.as_bytes(), passphrase.as_ref())
                    .map_err(wrong("FLOWGATE_PRIVATE_KEY".to_owned()))?;
                loaded.extend(keys);
            }
            None => {
                for path in self.key_files() {
                    let keys = PrivateKey::read_all_file(path, passphrase.as_ref())
                        .map_err(wrong(path.display().to_string()))?;
                    loaded.extend(keys);
                }
            }
        }
        Ok(loaded.into_iter().map(|loaded| loaded.key).collect())
    }

    /// Loads the app secrets, if they are set.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if they are set twice or blank.
    pub fn app_secrets(&self) -> Result<Option<AppSecrets>, ConfigError> {
        match (text(&self.app_secret), file(&self.app_secret_file)) {
            (Some(_), Some(_)) => Err(ConfigError::GivenTwice("FLOWGATE_APP_SECRET")),
            (Some(text), None) => Ok(Some(AppSecrets::from_text(text)?)),
            (None, Some(path)) => Ok(Some(AppSecrets::read_file(path)?)),
            (None, None) => Ok(None),
        }
    }

    fn load_passphrase(&self) -> Result<Option<Passphrase>, ConfigError> {
        match (text(&self.passphrase), file(&self.passphrase_file)) {
            (Some(_), Some(_)) => Err(ConfigError::GivenTwice("FLOWGATE_PASSPHRASE")),
            (Some(text), None) => Ok(Some(Passphrase::new(text))),
            (None, Some(path)) => Passphrase::read_file(path)
                .map(Some)
                .map_err(ConfigError::Passphrase),
            (None, None) => Ok(None),
        }
    }
}

impl EndpointArgs {
    fn key_files(&self) -> impl Iterator<Item = &Path> {
        self.private_key_file
            .iter()
            .map(PathBuf::as_path)
            .filter(|path| !path.as_os_str().is_empty())
    }
}

/// Takes any path, also an empty one, which clap by itself refuses.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Returns a value that is set. A variable that is set to nothing counts as not
/// set: that is how containers pass variables that nobody has filled.
fn text(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|text| !text.trim().is_empty())
}

/// Returns a path that is set, see [`text`].
fn file(path: &Option<PathBuf>) -> Option<&Path> {
    path.as_deref().filter(|path| !path.as_os_str().is_empty())
}

impl fmt::Debug for EndpointArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointArgs")
    }
}

fn ring(keys: &[PrivateKey], backend: Backend) -> Result<KeyRing, ConfigError> {
    let Some((newest, older)) = keys.split_first() else {
        return Err(ConfigError::NoPrivateKey {
            set: "the app secret",
        });
    };
    let builder = KeyRing::builder(newest).backend(backend);
    Ok(older.iter().fold(builder, KeyRingBuilder::older).build()?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::keys::Overwrite;

    /// A folder of its own, removed at the end.
    pub(super) struct Folder(pub(super) PathBuf);

    impl Folder {
        pub(super) fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("flowgate-config-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn key(&self, name: &str) -> (PathBuf, PrivateKey) {
            let path = self.0.join(name);
            let key = PrivateKey::generate().unwrap();
            key.write_unencrypted_file(&path, Overwrite::Never).unwrap();
            (path, key)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[track_caller]
    fn error(args: EndpointArgs) -> String {
        args.load().unwrap_err().to_string()
    }

    #[test]
    fn nothing_set_is_development_mode() {
        assert!(EndpointArgs::default().load().unwrap().is_none());
        let empty = EndpointArgs {
            private_key: Some(String::new()),
            private_key_file: vec![PathBuf::new()],
            passphrase: Some(String::new()),
            passphrase_file: Some(PathBuf::new()),
            app_secret: Some(" ".to_owned()),
            app_secret_file: Some(PathBuf::new()),
            unwrap: Some(String::new()),
        };
        assert!(empty.load().unwrap().is_none());
    }

    #[test]
    fn variables_and_flags_without_text_count_as_not_set() {
        use clap::Parser;

        #[derive(Parser)]
        struct Program {
            #[command(flatten)]
            endpoint: EndpointArgs,
        }
        let arguments = [
            "program",
            "--private-key-file",
            "",
            "--passphrase-file",
            "",
            "--app-secret-file",
            "",
        ];
        let program = Program::try_parse_from(arguments).unwrap();
        assert!(program.endpoint.load().unwrap().is_none());
    }

    #[test]
    fn half_of_it_is_an_error_that_names_the_other_half() {
        let secret = EndpointArgs {
            app_secret: Some("secret".to_owned()),
            ..Default::default()
        };
        assert!(error(secret).contains("FLOWGATE_PRIVATE_KEY_FILE"));
        let key = EndpointArgs {
            private_key: Some("key".to_owned()),
            ..Default::default()
        };
        assert!(error(key).contains("FLOWGATE_APP_SECRET_FILE"));
        let passphrase = EndpointArgs {
            passphrase: Some("passphrase".to_owned()),
            ..Default::default()
        };
        assert!(error(passphrase).contains("FLOWGATE_PRIVATE_KEY_FILE"));
    }

    #[test]
    fn two_ways_at_once_are_an_error() {
        let args = EndpointArgs {
            private_key: Some("key".to_owned()),
            private_key_file: vec!["key.pem".into()],
            app_secret: Some("secret".to_owned()),
            ..Default::default()
        };
        assert!(error(args).contains("both FLOWGATE_PRIVATE_KEY and FLOWGATE_PRIVATE_KEY_FILE"));
    }

    #[test]
    fn files_in_order_make_a_ring_newest_first() {
        let folder = Folder::new("ring");
        let ((new_path, new), (old_path, old)) = (folder.key("new.pem"), folder.key("old.pem"));
        let secret = folder.0.join("secret.txt");
        fs::write(&secret, "one,two\n").unwrap();
        let args = EndpointArgs {
            private_key_file: vec![new_path, old_path],
            app_secret_file: Some(secret),
            ..Default::default()
        };
        let credentials = args.load().unwrap().unwrap();
        let ring: Vec<_> = credentials
            .key_ring
            .usage()
            .map(|(key, _)| key.fingerprint())
            .collect();
        assert_eq!(ring, [new.fingerprint(), old.fingerprint()]);
        assert_eq!(credentials.app_secrets.iter().count(), 2);
    }

    #[test]
    fn a_text_of_several_blocks_makes_a_ring_too() {
        let keys = [(); 2].map(|()| PrivateKey::generate().unwrap());
        let text = keys.iter().map(|key| key.to_pkcs8_pem().to_string());
        let args = EndpointArgs {
            private_key: Some(text.collect()),
            app_secret: Some("secret".to_owned()),
            ..Default::default()
        };
        assert_eq!(args.load().unwrap().unwrap().key_ring.usage().count(), 2);
    }

    #[test]
    fn the_backend_is_chosen_by_its_name() {
        let key = PrivateKey::generate().unwrap();
        let load = |unwrap: Option<&str>| {
            let args = EndpointArgs {
                private_key: Some(key.to_pkcs8_pem().to_string()),
                app_secret: Some("secret".to_owned()),
                unwrap: unwrap.map(str::to_owned),
                ..Default::default()
            };
            args.load().map(|credentials| credentials.unwrap().key_ring)
        };
        assert_eq!(load(None).unwrap().backend(), Backend::default());
        assert_eq!(load(Some("rsa")).unwrap().backend(), Backend::Rsa);
        assert!(
            load(Some("openssl"))
                .unwrap_err()
                .to_string()
                .contains("`openssl`")
        );
        let vector = load(Some("vector"));
        if cfg!(feature = "vector") {
            let ring = vector.unwrap();
            // Where the processor does not suit it, the ring says so.
            assert_eq!(
                ring.backend() == Backend::Vector,
                ring.fallbacks().count() == 0
            );
        } else {
            assert!(
                vector
                    .unwrap_err()
                    .to_string()
                    .contains("no backend `vector`")
            );
        }
    }

    #[test]
    fn a_file_that_is_no_key_is_named() {
        let folder = Folder::new("no-key");
        let path = folder.0.join("text.pem");
        fs::write(&path, "hello").unwrap();
        let args = EndpointArgs {
            private_key_file: vec![path],
            app_secret: Some("secret".to_owned()),
            ..Default::default()
        };
        let error = error(args);
        assert!(
            error.contains("text.pem") && error.contains("no key"),
            "{error}"
        );
    }

    #[test]
    fn debug_shows_nothing() {
        let args = EndpointArgs {
            app_secret: Some("secret".to_owned()),
            ..Default::default()
        };
        assert_eq!(format!("{args:?}"), "EndpointArgs");
    }
}
