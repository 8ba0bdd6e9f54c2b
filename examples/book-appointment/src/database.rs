//! The database: SQLite, built in, or PostgreSQL.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::MigrateError;
use sqlx::sqlite::SqliteConnectOptions;

use crate::store::Store;

/// Most connections that are open at once. SQLite has one writer at a time, and
/// a PostgreSQL server takes 100 unless told otherwise.
const MAX_CONNECTIONS: u32 = 10;

/// How long a request waits for a connection: less than an exchange has, so that
/// the user is told that the database is away rather than that it takes long.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(6);

/// Says which database to use.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of SQLite; made if it is missing.
    File(PathBuf),
    /// The URL of a database, in the form of sqlx; may hold a password.
    Url(String),
}

/// Says why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of a file cannot be made.
    #[error("folder `{}` for the database: {error}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// It does not exist, or refuses.
    #[error("the database cannot be opened: {0}")]
    Open(#[from] sqlx::Error),
    /// Its tables are of another program, or another version.
    #[error("the tables cannot be made: {0}")]
    Tables(#[from] MigrateError),
}

impl Database {
    /// Connects, and makes folder, file and tables where they are missing.
    ///
    /// Instances that start at once over one database wait for each other before
    /// they make tables.
    ///
    /// # Errors
    ///
    /// [`OpenError`] that says what stands in the way.
    pub async fn open(&self) -> Result<Store, OpenError> {
        install_default_drivers();
        let options = match self {
            Self::File(path) => {
                if let Some(path) = path.parent() {
                    std::fs::create_dir_all(path).map_err(|error| OpenError::Folder {
                        path: path.to_owned(),
                        error,
                    })?;
                }
                file_options(path)?
            }
            Self::Url(url) => AnyConnectOptions::from_str(url)?,
        };
        let pool = AnyPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await?;
        let tables = sqlx::migrate!();
        if pool.acquire().await?.backend_name() == "SQLite" {
            // Readers and the writer do not wait for each other. The file keeps
            // this setting.
            sqlx::query("PRAGMA journal_mode = WAL")
                .execute(&pool)
                .await?;
            // The library takes a lock with PostgreSQL only.
            let mut alone = pool.begin_with("BEGIN IMMEDIATE").await?;
            tables.run(&mut *alone).await?;
            alone.commit().await?;
        } else {
            tables.run(&pool).await?;
        }
        Ok(Store::new(pool))
    }
}

/// Returns how a file is opened. Its path may hold what is not allowed in URLs.
fn file_options(path: &Path) -> Result<AnyConnectOptions, OpenError> {
    let path = std::path::absolute(path).map_err(|error| OpenError::Folder {
        path: path.to_owned(),
        error,
    })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    Ok(AnyConnectOptions::from_str(
        options.to_url_lossy().as_str(),
    )?)
}

impl FromStr for Database {
    type Err = std::convert::Infallible;

    /// Takes a URL, which starts with `sqlite:`, `postgres:` or `postgresql:`,
    /// or else the path of a file.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_url = ["sqlite:", "postgres:", "postgresql:"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        Ok(if is_url {
            Self::Url(text.to_owned())
        } else {
            Self::File(text.into())
        })
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}
