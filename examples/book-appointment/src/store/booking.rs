//! Bookings.

use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use super::{Contact, Slot, Store, StoreError};
use crate::customer::{Customer, Session};

/// An appointment that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) number: i64,
    /// The request that made it.
    pub(crate) request: String,
    pub(crate) slot: Slot,
}

/// How a booking went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Booked {
    /// The customer has it, from this request, which may have arrived before.
    Made(Booking),
    /// The customer has a booking from another request.
    Before(Booking),
    /// Somebody else was faster.
    Taken,
}

impl Store {
    /// Returns the booking of a customer.
    pub(crate) async fn booking(&self, customer: &Customer) -> Result<Option<Booking>, StoreError> {
        let row = sqlx::query_as(
            "SELECT number, request, department, location, date, time \
             FROM booking WHERE customer = $1",
        );
        Ok(row.bind(customer.as_str()).fetch_optional(&self.0).await?)
    }

    /// Books a slot for a customer, all or nothing.
    pub(crate) async fn book(
        &self,
        session: &Session,
        slot: &Slot,
        contact: &Contact,
    ) -> Result<Booked, StoreError> {
        let mut transaction = self.0.begin().await?;
        // Writes first: who has this row is alone with the table of bookings,
        // and SQLite need not turn a reader into a writer.
        let number: i64 =
            sqlx::query_scalar("UPDATE booking_counter SET last = last + 1 RETURNING last")
                .fetch_one(&mut *transaction)
                .await?;
        let inserted = sqlx::query(
            "INSERT INTO booking (number, customer, request, department, location, date, time, \
             name, email, phone, more_details) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        )
        .bind(number)
        .bind(session.customer.as_str())
        .bind(session.request.as_str())
        .bind(slot.department.as_str())
        .bind(slot.location.as_str())
        .bind(slot.date.to_string())
        .bind(slot.time.to_string())
        .bind(contact.name.as_str())
        .bind(contact.email.as_str())
        .bind(contact.phone.as_str())
        .bind(contact.more_details.as_str())
        .execute(&mut *transaction)
        .await?;
        if inserted.rows_affected() == 1 {
            transaction.commit().await?;
            return Ok(Booked::Made(Booking {
                number,
                request: session.request.clone(),
                slot: slot.clone(),
            }));
        }
        transaction.rollback().await?;
        Ok(match self.booking(&session.customer).await? {
            Some(booking) if booking.request == session.request => Booked::Made(booking),
            Some(booking) => Booked::Before(booking),
            None => Booked::Taken,
        })
    }
}

impl<'r> FromRow<'r, AnyRow> for Booking {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            number: row.try_get("number")?,
            request: row.try_get("request")?,
            slot: Slot::from_row(row)?,
        })
    }
}
