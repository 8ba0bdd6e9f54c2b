//! What happens on each screen.
//!
//! Everything in a request is the phone's to choose: names of choices are looked
//! up, texts are checked, and what was entered on earlier screens comes from the
//! database, not from the request.

use std::sync::Arc;
use std::time::SystemTime;

use flowgate::prelude::*;
use flowgate::protocol::{BoxFuture, FlowTokenClaims, TokenCheck};
use serde::Deserialize;

pub(crate) mod calendar;
mod screens;
pub(crate) mod store;
mod token_hash;

use calendar::Calendar;
use screens::{AppointmentData, Item, SummaryData, placeholder};
use store::{Booked, Booking, Customer, Draft, Slot, Store, StoreError};
use token_hash::TokenHash;

const APPOINTMENT: &str = "APPOINTMENT";
const DETAILS: &str = "DETAILS";
const SUMMARY: &str = "SUMMARY";

/// Longest text that is taken from a field.
const MAX_TEXT_CHARS: usize = 600;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Appointments {
    store: Store,
    calendar: Calendar,
}

/// Binds each event of the Flow.
pub(crate) fn router(appointments: Appointments) -> Router<Appointments> {
    Router::new(appointments)
        .on_init(open)
        .on_data_exchange(APPOINTMENT, choose)
        .on_back(DETAILS, back_to_appointment)
        .on_data_exchange(DETAILS, enter_details)
        .on_data_exchange(SUMMARY, confirm)
}

/// Takes tokens that stand for one message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenOfOurs;

impl TokenCheck for TokenOfOurs {
    fn check<'a>(
        &'a self,
        flow_token: Option<&'a FlowToken>,
        _now: SystemTime,
    ) -> BoxFuture<'a, Result<Option<FlowTokenClaims>, EndpointError>> {
        let checked = match flow_token {
            Some(token) if token.is_individual() => Ok(None),
            _ => Err(EndpointError::flow_token_invalid(
                "Please open the form from the message that we sent you.",
            )),
        };
        Box::pin(std::future::ready(checked))
    }
}

/// What the screen `APPOINTMENT` sends: the choices so far, and which component
/// changed, or none if it was submitted.
#[derive(Deserialize)]
struct Choices {
    trigger: Option<Trigger>,
    department: Option<String>,
    location: Option<String>,
    date: Option<String>,
    time: Option<String>,
}

#[derive(Deserialize)]
enum Trigger {
    #[serde(rename = "department_selected")]
    Department,
    #[serde(rename = "location_selected")]
    Location,
    #[serde(rename = "date_selected")]
    Date,
}

/// What the screen `DETAILS` sends.
#[derive(Deserialize)]
struct Details {
    name: String,
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    more_details: String,
}

/// What the screen `SUMMARY` sends.
#[derive(Deserialize)]
struct Confirmation {
    accepted: bool,
}

/// The user opens the Flow.
async fn open(appointments: Arc<Appointments>, request: FlowRequest) -> Answer {
    let token = token_of(&request)?;
    if let Some(booking) = appointments.store.booking(token).await? {
        return Err(EndpointError::flow_token_invalid(format!(
            "You have booked this appointment already. Its number is {}.",
            booking.id
        )));
    }
    // What an earlier opening left behind is not shown again: the phone shows
    // empty lists.
    appointments
        .store
        .save_draft(token, &Draft::default())
        .await?;
    appointments.show_appointment(&Draft::default()).await
}

/// The user changes a list on the first screen, or submits it.
async fn choose(appointments: Arc<Appointments>, request: FlowRequest) -> Answer {
    let token = token_of(&request)?;
    let mut choices: Choices = request.data_as()?;
    // A choice outdates those that depend on it.
    match choices.trigger {
        Some(Trigger::Department) => {
            (choices.location, choices.date, choices.time) = (None, None, None);
        }
        Some(Trigger::Location) => (choices.date, choices.time) = (None, None),
        Some(Trigger::Date) => choices.time = None,
        None => {}
    }
    let draft = Draft {
        department: choices.department,
        location: choices.location,
        date: choices.date,
        time: choices.time,
        ..appointments.store.draft(token).await?
    };
    if choices.trigger.is_some() {
        appointments.store.save_draft(token, &draft).await?;
        return appointments.show_appointment(&draft).await;
    }
    let Some(slot) = appointments.offered_slot(&draft).await? else {
        let screen = appointments.show_appointment(&draft).await?;
        return Ok(screen.error_message("Please choose from all four lists."));
    };
    if appointments.is_taken(&slot).await? {
        return appointments.show_taken(&draft).await;
    }
    appointments.store.save_draft(token, &draft).await?;
    // Back here after the slot was taken: the details are known already.
    match customer_of(&draft) {
        Some(customer) => appointments.show_summary(&slot, &customer).await,
        None => Ok(FlowResponse::screen(DETAILS)),
    }
}

/// The user goes back from the details: slots may have been taken meanwhile.
async fn back_to_appointment(appointments: Arc<Appointments>, request: FlowRequest) -> Answer {
    let draft = appointments.store.draft(token_of(&request)?).await?;
    appointments.show_appointment(&draft).await
}

/// The user has entered who comes.
async fn enter_details(appointments: Arc<Appointments>, request: FlowRequest) -> Answer {
    let token = token_of(&request)?;
    let details: Details = request.data_as()?;
    let customer = match check_details(details) {
        Ok(customer) => customer,
        Err(text) => return Ok(FlowResponse::stay(text)),
    };
    let draft = Draft {
        name: Some(customer.name.clone()),
        email: Some(customer.email.clone()),
        phone: Some(customer.phone.clone()),
        more_details: Some(customer.more_details.clone()),
        ..appointments.store.draft(token).await?
    };
    let Some(slot) = appointments.offered_slot(&draft).await? else {
        let screen = appointments.show_appointment(&draft).await?;
        return Ok(screen.error_message("Please choose a time first."));
    };
    appointments.store.save_draft(token, &draft).await?;
    appointments.show_summary(&slot, &customer).await
}

/// The user accepts the terms and books.
async fn confirm(appointments: Arc<Appointments>, request: FlowRequest) -> Answer {
    let token = token_of(&request)?;
    // The same request again, after a reply that got lost.
    if let Some(booking) = appointments.store.booking(token).await? {
        return Ok(completion(&booking));
    }
    let Confirmation { accepted } = request.data_as()?;
    if !accepted {
        return Ok(FlowResponse::stay("Please accept the terms to book."));
    }
    let draft = appointments.store.draft(token).await?;
    let slot = appointments.offered_slot(&draft).await?;
    let (Some(slot), Some(customer)) = (slot, customer_of(&draft)) else {
        let screen = appointments.show_appointment(&draft).await?;
        return Ok(screen.error_message("Please choose a time first."));
    };
    match appointments.store.book(token, &slot, &customer).await? {
        Booked::Has(booking) => Ok(completion(&booking)),
        Booked::Taken => appointments.show_taken(&draft).await,
    }
}

impl Appointments {
    pub(crate) fn new(store: Store, calendar: Calendar) -> Self {
        Self { store, calendar }
    }

    /// Shows the first screen with what can be chosen after what was chosen.
    async fn show_appointment(&self, draft: &Draft) -> Answer {
        let departments = self.store.departments().await?;
        let locations = match &draft.department {
            Some(department) => self.store.locations(department).await?,
            None => Vec::new(),
        };
        let location = draft
            .location
            .as_ref()
            .filter(|id| locations.iter().any(|location| location.id == **id));
        let date = draft
            .date
            .as_ref()
            .filter(|date| location.is_some() && self.calendar.day_title(date).is_some());
        let times = match (&draft.department, location, date) {
            (Some(department), Some(location), Some(date)) => {
                let taken = self.store.taken_times(department, location, date).await?;
                self.calendar
                    .times()
                    .map(|time| Item {
                        enabled: !taken.contains(&time),
                        id: time.clone(),
                        title: time,
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        let dates = if location.is_some() {
            self.calendar
                .days()
                .into_iter()
                .map(|(id, title)| Item {
                    id,
                    title,
                    enabled: true,
                })
                .collect()
        } else {
            Vec::new()
        };
        let data = AppointmentData {
            is_location_enabled: !locations.is_empty(),
            is_date_enabled: !dates.is_empty(),
            is_time_enabled: !times.is_empty(),
            department: departments.into_iter().map(Item::from).collect(),
            location: locations.into_iter().map(Item::from).collect(),
            date: dates,
            time: times,
        };
        let data = AppointmentData {
            location: or_placeholder(data.location, "First choose a department"),
            date: or_placeholder(data.date, "First choose a location"),
            time: or_placeholder(data.time, "First choose a date"),
            ..data
        };
        FlowResponse::screen(APPOINTMENT)
            .with_data(data)
            .map_err(EndpointError::internal)
    }

    /// Shows the first screen again, with the reason.
    async fn show_taken(&self, draft: &Draft) -> Answer {
        let screen = self.show_appointment(draft).await?;
        Ok(screen.error_message("This time has just been taken. Please choose another one."))
    }

    async fn show_summary(&self, slot: &Slot, customer: &Customer) -> Answer {
        let appointment = self.describe(slot).await?;
        let mut details = format!("Name: {}\nEmail: {}", customer.name, customer.email);
        for (label, text) in [("Phone", &customer.phone), ("More", &customer.more_details)] {
            if !text.is_empty() {
                details.push_str(&format!("\n{label}: {text}"));
            }
        }
        FlowResponse::screen(SUMMARY)
            .with_data(SummaryData {
                appointment,
                details,
            })
            .map_err(EndpointError::internal)
    }

    /// Returns the chosen slot if all of it is on offer, free or not.
    async fn offered_slot(&self, draft: &Draft) -> Result<Option<Slot>, StoreError> {
        let (Some(department), Some(location), Some(date), Some(time)) =
            (&draft.department, &draft.location, &draft.date, &draft.time)
        else {
            return Ok(None);
        };
        let locations = self.store.locations(department).await?;
        let offered = locations.iter().any(|known| known.id == *location)
            && self.calendar.day_title(date).is_some()
            && self.calendar.times().any(|known| known == *time);
        Ok(offered.then(|| Slot {
            department: department.clone(),
            location: location.clone(),
            date: date.clone(),
            time: time.clone(),
        }))
    }

    async fn is_taken(&self, slot: &Slot) -> Result<bool, StoreError> {
        let taken = self
            .store
            .taken_times(&slot.department, &slot.location, &slot.date)
            .await?;
        Ok(taken.contains(&slot.time))
    }

    async fn describe(&self, slot: &Slot) -> Result<String, StoreError> {
        let title = |choices: Vec<store::Choice>, id: &str| {
            choices
                .into_iter()
                .find(|choice| choice.id == id)
                .map_or_else(|| id.to_owned(), |choice| choice.title)
        };
        let department = title(self.store.departments().await?, &slot.department);
        let location = title(
            self.store.locations(&slot.department).await?,
            &slot.location,
        );
        let day = self.calendar.day_title(&slot.date);
        Ok(format!(
            "{department} at {location}\n{} at {}",
            day.unwrap_or_else(|| slot.date.clone()),
            slot.time
        ))
    }
}

fn token_of(request: &FlowRequest) -> Result<TokenHash, EndpointError> {
    request
        .flow_token
        .as_ref()
        .map(TokenHash::of)
        .ok_or_else(|| EndpointError::internal("the token check let a request without token pass"))
}

fn completion(booking: &Booking) -> FlowResponse {
    FlowResponse::complete()
        .with("booking_id", booking.id)
        .with("department", booking.slot.department.as_str())
        .with("location", booking.slot.location.as_str())
        .with("date", booking.slot.date.as_str())
        .with("time", booking.slot.time.as_str())
}

fn customer_of(draft: &Draft) -> Option<Customer> {
    Some(Customer {
        name: draft.name.clone()?,
        email: draft.email.clone()?,
        phone: draft.phone.clone().unwrap_or_default(),
        more_details: draft.more_details.clone().unwrap_or_default(),
    })
}

/// Checks what was typed, or says what to change.
fn check_details(details: Details) -> Result<Customer, &'static str> {
    let customer = Customer {
        name: details.name.trim().to_owned(),
        email: details.email.trim().to_owned(),
        phone: details.phone.trim().to_owned(),
        more_details: details.more_details.trim().to_owned(),
    };
    let all = [
        &customer.name,
        &customer.email,
        &customer.phone,
        &customer.more_details,
    ];
    if all.iter().any(|text| text.chars().count() > MAX_TEXT_CHARS) {
        return Err("Please shorten your text.");
    }
    if customer.name.is_empty() {
        return Err("Please tell us your name.");
    }
    // A mailbox and a domain with a dot; whether it exists, a message tells.
    let is_address = customer
        .email
        .split_once('@')
        .is_some_and(|(mailbox, domain)| {
            !mailbox.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !customer.email.contains(char::is_whitespace)
                && !domain.contains('@')
        });
    if !is_address {
        return Err("Please check the email address.");
    }
    let is_number = customer
        .phone
        .chars()
        .all(|character| character.is_ascii_digit() || " +-()/".contains(character));
    if !is_number {
        return Err("Please check the phone number.");
    }
    Ok(customer)
}

fn or_placeholder(items: Vec<Item>, title: &str) -> Vec<Item> {
    if items.is_empty() {
        placeholder(title)
    } else {
        items
    }
}

impl From<StoreError> for EndpointError {
    fn from(error: StoreError) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests;
