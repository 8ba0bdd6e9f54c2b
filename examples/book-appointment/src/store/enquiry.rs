//! What customers have chosen and entered so far.

use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use super::{Contact, Slot, Store, StoreError};
use crate::customer::Customer;

/// The unfinished business of a customer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Enquiry {
    pub(crate) slot: Slot,
    pub(crate) contact: Option<Contact>,
}

impl Store {
    /// Returns what a customer has chosen and entered.
    pub(crate) async fn enquiry(&self, customer: &Customer) -> Result<Option<Enquiry>, StoreError> {
        let row = sqlx::query_as(
            "SELECT department, location, date, time, name, email, phone, more_details \
             FROM enquiry WHERE customer = $1",
        );
        Ok(row.bind(customer.as_str()).fetch_optional(&self.0).await?)
    }

    /// Keeps the slot that a customer has chosen, and forgets who comes.
    pub(crate) async fn start_enquiry(
        &self,
        customer: &Customer,
        slot: &Slot,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO enquiry (customer, department, location, date, time) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (customer) DO UPDATE SET department = excluded.department, \
             location = excluded.location, date = excluded.date, time = excluded.time, \
             name = NULL, email = NULL, phone = NULL, more_details = NULL",
        )
        .bind(customer.as_str())
        .bind(slot.department.as_str())
        .bind(slot.location.as_str())
        .bind(slot.date.to_string())
        .bind(slot.time.to_string())
        .execute(&self.0)
        .await?;
        Ok(())
    }

    /// Keeps another slot for the one who comes.
    pub(crate) async fn change_slot(
        &self,
        customer: &Customer,
        slot: &Slot,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE enquiry SET department = $2, location = $3, date = $4, time = $5 \
             WHERE customer = $1",
        )
        .bind(customer.as_str())
        .bind(slot.department.as_str())
        .bind(slot.location.as_str())
        .bind(slot.date.to_string())
        .bind(slot.time.to_string())
        .execute(&self.0)
        .await?;
        Ok(())
    }

    /// Keeps who comes.
    pub(crate) async fn save_contact(
        &self,
        customer: &Customer,
        contact: &Contact,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE enquiry SET name = $2, email = $3, phone = $4, more_details = $5 \
             WHERE customer = $1",
        )
        .bind(customer.as_str())
        .bind(contact.name.as_str())
        .bind(contact.email.as_str())
        .bind(contact.phone.as_str())
        .bind(contact.more_details.as_str())
        .execute(&self.0)
        .await?;
        Ok(())
    }
}

impl<'r> FromRow<'r, AnyRow> for Enquiry {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        let name: Option<String> = row.try_get("name")?;
        let contact = match name {
            Some(name) => Some(Contact {
                name,
                email: row.try_get("email")?,
                phone: row.try_get("phone")?,
                more_details: row.try_get("more_details")?,
            }),
            None => None,
        };
        Ok(Self {
            slot: Slot::from_row(row)?,
            contact,
        })
    }
}
