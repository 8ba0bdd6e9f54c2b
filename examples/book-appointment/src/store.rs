//! What the database holds: the offer, enquiries and bookings.
//!
//! Every value reaches a statement as a bound parameter. The statements are the
//! same for SQLite and PostgreSQL.

mod booking;
mod catalogue;
mod enquiry;

use std::str::FromStr;

use sqlx::any::AnyRow;
use sqlx::{AnyPool, FromRow, Row};

use crate::calendar::{Date, Time};

pub(crate) use booking::{Booked, Booking};

/// Reads and writes the database. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Store(AnyPool);

/// Says no more than that the database failed: this text may reach a client.
/// The cause is in the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the database failed")]
pub(crate) struct StoreError;

/// A department of the business.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Department {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// A place where departments are.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Location {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// A time of one department at one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) department: String,
    pub(crate) location: String,
    pub(crate) date: Date,
    pub(crate) time: Time,
}

/// Who comes, and how to reach them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) more_details: String,
}

impl Store {
    pub(crate) fn new(pool: AnyPool) -> Self {
        Self(pool)
    }

    /// Lists the times of a day that somebody has.
    pub(crate) async fn taken_times(
        &self,
        department: &str,
        location: &str,
        date: Date,
    ) -> Result<Vec<Time>, StoreError> {
        let times: Vec<String> = sqlx::query_scalar(
            "SELECT time FROM booking WHERE department = $1 AND location = $2 AND date = $3",
        )
        .bind(department)
        .bind(location)
        .bind(date.to_string())
        .fetch_all(&self.0)
        .await?;
        let times: Result<Vec<Time>, _> = times.iter().map(|time| time.parse()).collect();
        Ok(times.map_err(decoding)?)
    }
}

impl<'r> FromRow<'r, AnyRow> for Slot {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            department: row.try_get("department")?,
            location: row.try_get("location")?,
            date: parsed(row, "date")?,
            time: parsed(row, "time")?,
        })
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // Text of the database itself, without the values of the statement.
        tracing::error!(%error, "the database failed");
        Self
    }
}

fn parsed<T>(row: &AnyRow, column: &str) -> Result<T, sqlx::Error>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.try_get::<&str, _>(column)?.parse().map_err(decoding)
}

fn decoding(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
