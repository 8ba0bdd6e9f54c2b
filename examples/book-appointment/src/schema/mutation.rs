//! What customers do.

use async_graphql::{Context, ID, Object, Result};

use super::enquiry::{Booking, Enquiry, check_contact};
use super::offer::Offer;
use super::query::ended;
use super::results::{
    BookResult, ChooseSlotResult, ContactMissing, EnterContactResult, InvalidInput, SessionEnded,
    SlotMissing, SlotTaken,
};
use crate::calendar::{Calendar, Date, Time};
use crate::customer::Session;
use crate::store::{Booked, Contact, Slot, Store};

/// What can be done.
pub struct Mutation;

#[Object]
impl Mutation {
    /// Chooses a slot. It is not reserved: the first who books it has it.
    async fn choose_slot(
        &self,
        context: &Context<'_>,
        department: Option<ID>,
        location: Option<ID>,
        date: Option<Date>,
        time: Option<Time>,
        #[graphql(
            desc = "Whether what was entered for another slot holds for this one as well; not \
                    unless it says so."
        )]
        keep_contact: Option<bool>,
    ) -> Result<ChooseSlotResult> {
        if let Some(ended) = ended(context).await? {
            return Ok(ChooseSlotResult::SessionEnded(ended));
        }
        let (department, location) = (department.map(|id| id.0), location.map(|id| id.0));
        let offer = Offer::narrowed(context, department, location, date).await?;
        let keep_contact = keep_contact.unwrap_or_default();
        let Some(slot) = offer.slot(context.data::<Calendar>()?, time) else {
            let message = "Please choose from all four lists.";
            return Ok(ChooseSlotResult::InvalidInput(InvalidInput::because(
                message,
            )));
        };
        let store = context.data::<Store>()?;
        if is_taken(store, &slot).await? {
            let offer = offer.for_known_contact(keep_contact);
            return Ok(ChooseSlotResult::SlotTaken(SlotTaken::with(offer)));
        }
        let Session { customer, .. } = context.data()?;
        if keep_contact
            && let Some(enquiry) = store.enquiry(customer).await?
            && let Some(contact) = enquiry.contact
        {
            store.change_slot(customer, &slot).await?;
            return Ok(ChooseSlotResult::Enquiry(Enquiry { slot, contact }));
        }
        store.start_enquiry(customer, &slot).await?;
        Ok(ChooseSlotResult::ContactMissing(ContactMissing {
            message: "Please tell us who comes.".to_owned(),
        }))
    }

    /// Enters who comes to the chosen slot.
    async fn enter_contact(
        &self,
        context: &Context<'_>,
        name: String,
        email: String,
        phone: Option<String>,
        more_details: Option<String>,
    ) -> Result<EnterContactResult> {
        if let Some(ended) = ended(context).await? {
            return Ok(EnterContactResult::SessionEnded(ended));
        }
        let contact = check_contact(Contact {
            name,
            email,
            phone: phone.unwrap_or_default(),
            more_details: more_details.unwrap_or_default(),
        });
        let contact = match contact {
            Ok(contact) => contact,
            Err(message) => {
                return Ok(EnterContactResult::InvalidInput(InvalidInput::because(
                    message,
                )));
            }
        };
        let Session { customer, .. } = context.data()?;
        let store = context.data::<Store>()?;
        let Some(enquiry) = store.enquiry(customer).await? else {
            let missing = SlotMissing::with(Offer::default());
            return Ok(EnterContactResult::SlotMissing(missing));
        };
        store.save_contact(customer, &contact).await?;
        let offer = Offer::around(context, &enquiry.slot).await?;
        // Days go by: what was on offer may not be any more.
        let calendar = context.data::<Calendar>()?;
        let Some(slot) = offer.slot(calendar, Some(enquiry.slot.time)) else {
            return Ok(EnterContactResult::SlotMissing(SlotMissing::with(offer)));
        };
        if is_taken(store, &slot).await? {
            let offer = offer.for_known_contact(true);
            return Ok(EnterContactResult::SlotTaken(SlotTaken::with(offer)));
        }
        Ok(EnterContactResult::Enquiry(Enquiry { slot, contact }))
    }

    /// Books the chosen slot. The same request again gets the same booking.
    async fn book(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whether the customer accepts the terms of booking.")] accept_terms: bool,
    ) -> Result<BookResult> {
        let session: &Session = context.data()?;
        let store = context.data::<Store>()?;
        match store.booking(&session.customer).await? {
            Some(booking) if booking.request == session.request => {
                return Ok(BookResult::Booking(Booking(booking)));
            }
            Some(booking) => {
                let ended = SessionEnded::with(booking.number);
                return Ok(BookResult::SessionEnded(ended));
            }
            None => {}
        }
        if !accept_terms {
            let message = "Please accept the terms to book.";
            return Ok(BookResult::InvalidInput(InvalidInput::because(message)));
        }
        let Some(enquiry) = store.enquiry(&session.customer).await? else {
            let missing = SlotMissing::with(Offer::default());
            return Ok(BookResult::SlotMissing(missing));
        };
        let offer = Offer::around(context, &enquiry.slot).await?;
        let slot = offer.slot(context.data::<Calendar>()?, Some(enquiry.slot.time));
        let (Some(slot), Some(contact)) = (slot, enquiry.contact) else {
            return Ok(BookResult::SlotMissing(SlotMissing::with(offer)));
        };
        Ok(match store.book(session, &slot, &contact).await? {
            Booked::Made(booking) => BookResult::Booking(Booking(booking)),
            Booked::Before(booking) => BookResult::SessionEnded(SessionEnded::with(booking.number)),
            Booked::Taken => {
                let offer = offer.for_known_contact(true);
                BookResult::SlotTaken(SlotTaken::with(offer))
            }
        })
    }
}

async fn is_taken(store: &Store, slot: &Slot) -> Result<bool> {
    let taken = store
        .taken_times(&slot.department, &slot.location, slot.date)
        .await?;
    Ok(taken.contains(&slot.time))
}
