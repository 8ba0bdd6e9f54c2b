//! A key pair and an app secret for development, made once and kept.
//!
//! They are real and random, but kept unencrypted: good enough for a server on
//! loopback, not for a published Flow.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{ConfigError, Credentials};
use crate::keys::{
    AppSecret, AppSecretError, AppSecrets, Backend, KeyError, KeyRing, Overwrite, PrivateKey,
};

/// Folder, below the current one, that holds the development keys.
pub const FOLDER: &str = ".flowgate";

/// Holds development credentials and where they are kept.
#[derive(Debug)]
#[non_exhaustive]
pub struct Development {
    /// The pair and the secret.
    pub credentials: Credentials,
    /// File of the public key, for a phone to encrypt with.
    pub public_key_file: PathBuf,
    /// File of the app secret, for a phone to sign with.
    pub app_secret_file: PathBuf,
}

impl Development {
    /// Reads the development credentials of a folder, or makes them, for a backend.
    ///
    /// Folder and secret files are readable by their owner alone. Several
    /// servers may start at once: the first one's files count.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the folder or a file cannot be made or read.
    pub fn open(folder: &Path, backend: Backend) -> Result<Self, ConfigError> {
        make_folder(folder).map_err(|error| ConfigError::DevelopmentFolder {
            path: folder.to_owned(),
            error,
        })?;
        let private_key = private_key(&folder.join("development-private.pem"))
            .map_err(ConfigError::DevelopmentKey)?;
        let app_secret_file = folder.join("development-app-secret.txt");
        let app_secrets = app_secrets(&app_secret_file)?;
        // Derived anew each time, so that the two never differ.
        let public_key_file = folder.join("development-public.pem");
        private_key
            .public_key()
            .write_file(&public_key_file, Overwrite::Replace)
            .map_err(ConfigError::DevelopmentKey)?;
        Ok(Self {
            credentials: Credentials {
                key_ring: KeyRing::builder(&private_key).backend(backend).build()?,
                app_secrets,
            },
            public_key_file,
            app_secret_file,
        })
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn private_key(path: &Path) -> Result<PrivateKey, KeyError> {
    if !path.exists() {
        match PrivateKey::generate()?.write_unencrypted_file(path, Overwrite::Never) {
            // Another server was first.
            Err(KeyError::AlreadyExists { .. }) => {}
            written => written?,
        }
    }
    PrivateKey::read_file(path, None)
}

fn app_secrets(path: &Path) -> Result<AppSecrets, AppSecretError> {
    if !path.exists() {
        match AppSecret::generate()?.write_file(path, Overwrite::Never) {
            Err(AppSecretError::File(KeyError::AlreadyExists { .. })) => {}
            written => written?,
        }
    }
    AppSecrets::read_file(path)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Folder;
    use super::*;

    #[test]
    fn keys_are_made_once_and_kept() {
        let folder = Folder::new("kept");
        let keys = folder.0.join("keys");
        let first = Development::open(&keys, Backend::default()).unwrap();
        let second = Development::open(&keys, Backend::default()).unwrap();
        assert_eq!(
            first.credentials.key_ring.newest(),
            second.credentials.key_ring.newest()
        );
        let secret = |development: &Development| {
            let secrets = &development.credentials.app_secrets;
            secrets.first().expose_secret().to_owned()
        };
        assert_eq!(secret(&first), secret(&second));
        assert_eq!(secret(&first).len(), 32);
    }

    #[test]
    fn servers_that_start_at_once_share_one_key() {
        let folder = Folder::new("at-once");
        let keys = folder.0.join("keys");
        let fingerprints: Vec<_> = std::thread::scope(|scope| {
            let open = || {
                let development = Development::open(&keys, Backend::default()).unwrap();
                development.credentials.key_ring.newest().fingerprint()
            };
            let servers: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            servers.into_iter().map(|s| s.join().unwrap()).collect()
        });
        assert!(fingerprints.iter().all(|one| *one == fingerprints[0]));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_them() {
        use std::os::unix::fs::PermissionsExt;

        let folder = Folder::new("owner");
        let keys = folder.0.join("keys");
        let development = Development::open(&keys, Backend::default()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&keys), 0o700);
        assert_eq!(mode(&keys.join("development-private.pem")), 0o600);
        assert_eq!(mode(&development.app_secret_file), 0o600);
    }
}
