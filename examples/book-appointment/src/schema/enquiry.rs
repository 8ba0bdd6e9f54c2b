//! What customers choose, enter and get.

use async_graphql::{Context, Description, ID, Object, Result, SimpleObject};

use super::loaders::{DepartmentId, LocationId, loaders};
use super::offer::{Department, Location};
use crate::calendar::{Date, Time};
use crate::store;

/// Longest text that is taken from a field.
const MAX_TEXT_CHARS: usize = 600;

/// An appointment: what, where and when.
#[derive(Description)]
pub(super) struct Appointment(pub(super) store::Slot);

/// Who comes.
#[derive(SimpleObject)]
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) email: String,
    /// Empty if the customer does not want to be called.
    pub(super) phone: String,
    /// Empty if there is nothing more to know.
    pub(super) more_details: String,
}

/// All that is needed to book, waiting for the customer to confirm it.
#[derive(Description)]
pub(crate) struct Enquiry {
    pub(super) slot: store::Slot,
    pub(super) contact: store::Contact,
}

/// An appointment that the customer has.
#[derive(Description)]
pub(crate) struct Booking(pub(super) store::Booking);

#[Object(use_type_description)]
impl Appointment {
    /// What it is about.
    async fn department(&self, context: &Context<'_>) -> Result<Department> {
        let key = DepartmentId(self.0.department.clone());
        let department = loaders(context)?.load_one(key).await?;
        department.map(Department::from).ok_or_else(missing)
    }

    /// Where it is.
    async fn location(&self, context: &Context<'_>) -> Result<Location> {
        let key = LocationId(self.0.location.clone());
        let location = loaders(context)?.load_one(key).await?;
        location.map(Location::from).ok_or_else(missing)
    }

    async fn date(&self) -> Date {
        self.0.date
    }

    async fn time(&self) -> Time {
        self.0.time
    }

    /// The appointment for people, in two lines.
    async fn summary(&self, context: &Context<'_>) -> Result<String> {
        summary(context, &self.0).await
    }
}

#[Object(use_type_description)]
impl Enquiry {
    async fn appointment(&self) -> Appointment {
        Appointment(self.slot.clone())
    }

    /// The appointment for people, in two lines.
    async fn appointment_summary(&self, context: &Context<'_>) -> Result<String> {
        summary(context, &self.slot).await
    }

    async fn contact(&self) -> Contact {
        let store::Contact {
            name,
            email,
            phone,
            more_details,
        } = self.contact.clone();
        Contact {
            name,
            email,
            phone,
            more_details,
        }
    }

    /// Who comes, for people, one thing a line.
    async fn contact_summary(&self) -> String {
        let contact = &self.contact;
        let mut lines = vec![
            format!("Name: {}", contact.name),
            format!("Email: {}", contact.email),
        ];
        for (label, text) in [("Phone", &contact.phone), ("More", &contact.more_details)] {
            if !text.is_empty() {
                lines.push(format!("{label}: {text}"));
            }
        }
        lines.join("\n")
    }
}

#[Object(use_type_description)]
impl Booking {
    /// The number of the booking. Numbers follow one another.
    async fn number(&self) -> i64 {
        self.0.number
    }

    async fn appointment(&self) -> Appointment {
        Appointment(self.0.slot.clone())
    }

    async fn department_id(&self) -> ID {
        self.0.slot.department.clone().into()
    }

    async fn location_id(&self) -> ID {
        self.0.slot.location.clone().into()
    }

    async fn date(&self) -> Date {
        self.0.slot.date
    }

    async fn time(&self) -> Time {
        self.0.slot.time
    }
}

async fn summary(context: &Context<'_>, slot: &store::Slot) -> Result<String> {
    let loaders = loaders(context)?;
    let department = loaders
        .load_one(DepartmentId(slot.department.clone()))
        .await?;
    let location = loaders.load_one(LocationId(slot.location.clone())).await?;
    Ok(format!(
        "{} at {}\n{} at {}",
        department.ok_or_else(missing)?.name,
        location.ok_or_else(missing)?.name,
        slot.date.title(),
        slot.time
    ))
}

/// The tables refer to each other, so that this does not happen.
fn missing() -> async_graphql::Error {
    async_graphql::Error::new("the offer has changed")
}

/// Checks what was typed, or says what to change.
pub(super) fn check_contact(contact: store::Contact) -> Result<store::Contact, &'static str> {
    let contact = store::Contact {
        name: contact.name.trim().to_owned(),
        email: contact.email.trim().to_owned(),
        phone: contact.phone.trim().to_owned(),
        more_details: contact.more_details.trim().to_owned(),
    };
    let all = [
        &contact.name,
        &contact.email,
        &contact.phone,
        &contact.more_details,
    ];
    if all.iter().any(|text| text.chars().count() > MAX_TEXT_CHARS) {
        return Err("Please shorten your text.");
    }
    // PostgreSQL takes no NUL in a text.
    if all.iter().any(|text| text.contains('\0')) {
        return Err("Please check your text.");
    }
    if contact.name.is_empty() {
        return Err("Please tell us your name.");
    }
    if !is_address(&contact.email) {
        return Err("Please check the email address.");
    }
    let is_number = contact
        .phone
        .chars()
        .all(|character| character.is_ascii_digit() || " +-()/".contains(character));
    if !is_number {
        return Err("Please check the phone number.");
    }
    Ok(contact)
}

/// Looks for a mailbox and a domain with a dot; whether it exists, a message
/// tells.
fn is_address(email: &str) -> bool {
    email.split_once('@').is_some_and(|(mailbox, domain)| {
        !mailbox.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !email.contains(char::is_whitespace)
            && !domain.contains('@')
    })
}
