//! The embedded database: what can be booked, drafts and bookings.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{FromRow, Row};

use super::token_hash::TokenHash;

/// How long a statement waits for another writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// Reads and writes the database. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Store(SqlitePool);

/// Says why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the folder of the database cannot be made: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the tables cannot be made: {0}")]
    Tables(#[from] MigrateError),
}

/// Something to choose from a list.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) title: String,
}

/// What a customer has chosen and entered so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, FromRow)]
pub(crate) struct Draft {
    pub(crate) department: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) time: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) more_details: Option<String>,
}

/// A slot of one department at one location.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Slot {
    pub(crate) department: String,
    pub(crate) location: String,
    pub(crate) date: String,
    pub(crate) time: String,
}

/// Who comes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) more_details: String,
}

/// An appointment that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) id: i64,
    pub(crate) slot: Slot,
}

/// How a booking went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Booked {
    /// The customer has it, now or from an earlier request with this token.
    Has(Booking),
    /// Somebody else was faster.
    Taken,
}

impl Store {
    /// Opens a database file, and makes folder, file and tables where needed.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new().connect_with(options).await?;
        sqlx::migrate!("src/handlers/migrations").run(&pool).await?;
        Ok(Self(pool))
    }

    pub(crate) async fn departments(&self) -> Result<Vec<Choice>, StoreError> {
        let rows = sqlx::query_as("SELECT id, title FROM department ORDER BY position");
        Ok(rows.fetch_all(&self.0).await?)
    }

    /// Lists where a department is; nowhere if there is no such department.
    pub(crate) async fn locations(&self, department: &str) -> Result<Vec<Choice>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT id, title FROM location \
             JOIN department_location ON location = id \
             WHERE department = ? ORDER BY position",
        );
        Ok(rows.bind(department).fetch_all(&self.0).await?)
    }

    pub(crate) async fn taken_times(
        &self,
        department: &str,
        location: &str,
        date: &str,
    ) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query_scalar(
            "SELECT time FROM booking WHERE department = ? AND location = ? AND date = ?",
        );
        Ok(rows
            .bind(department)
            .bind(location)
            .bind(date)
            .fetch_all(&self.0)
            .await?)
    }

    /// Returns what was entered under a token; nothing if nothing was.
    pub(crate) async fn draft(&self, token: TokenHash) -> Result<Draft, StoreError> {
        let row = sqlx::query_as(
            "SELECT department, location, date, time, name, email, phone, more_details \
             FROM draft WHERE token_hash = ?",
        );
        let draft = row.bind(token.as_bytes()).fetch_optional(&self.0).await?;
        Ok(draft.unwrap_or_default())
    }

    pub(crate) async fn save_draft(
        &self,
        token: TokenHash,
        draft: &Draft,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR REPLACE INTO draft \
             (token_hash, department, location, date, time, name, email, phone, more_details) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(token.as_bytes())
        .bind(&draft.department)
        .bind(&draft.location)
        .bind(&draft.date)
        .bind(&draft.time)
        .bind(&draft.name)
        .bind(&draft.email)
        .bind(&draft.phone)
        .bind(&draft.more_details)
        .execute(&self.0)
        .await?;
        Ok(())
    }

    /// Returns the booking that was made under a token.
    pub(crate) async fn booking(&self, token: TokenHash) -> Result<Option<Booking>, StoreError> {
        let row = sqlx::query(
            "SELECT id, department, location, date, time FROM booking WHERE token_hash = ?",
        );
        let row = row.bind(token.as_bytes()).fetch_optional(&self.0).await?;
        let booking = row.map(|row| {
            Ok::<_, sqlx::Error>(Booking {
                id: row.try_get("id")?,
                slot: Slot::from_row(&row)?,
            })
        });
        Ok(booking.transpose()?)
    }

    /// Gives a slot to a token, if neither has another.
    ///
    /// One statement decides, and the unique keys of the table decide for it:
    /// the same token gets the same booking again, another one gets none.
    pub(crate) async fn book(
        &self,
        token: TokenHash,
        slot: &Slot,
        customer: &Customer,
    ) -> Result<Booked, StoreError> {
        let inserted = sqlx::query_scalar(
            "INSERT INTO booking \
             (token_hash, department, location, date, time, name, email, phone, more_details) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(token.as_bytes())
        .bind(&slot.department)
        .bind(&slot.location)
        .bind(&slot.date)
        .bind(&slot.time)
        .bind(&customer.name)
        .bind(&customer.email)
        .bind(&customer.phone)
        .bind(&customer.more_details)
        .fetch_optional(&self.0)
        .await?;
        if let Some(id) = inserted {
            return Ok(Booked::Has(Booking {
                id,
                slot: slot.clone(),
            }));
        }
        Ok(match self.booking(token).await? {
            Some(booking) => Booked::Has(booking),
            None => Booked::Taken,
        })
    }
}
