//! How operations went: unions, because the mistakes of customers are no errors.

use async_graphql::{SimpleObject, Union};

use super::enquiry::{Booking, Enquiry};
use super::offer::Offer;

/// The slot is kept in mind; who comes has not been entered yet.
#[derive(SimpleObject)]
pub(crate) struct ContactMissing {
    pub(super) message: String,
}

/// Somebody else has the slot. What is still on offer comes along.
#[derive(SimpleObject)]
pub(crate) struct SlotTaken {
    pub(super) message: String,
    #[graphql(flatten)]
    pub(super) offer: Offer,
}

/// Nothing can be booked before a slot has been chosen and it is known who
/// comes. What is on offer comes along.
#[derive(SimpleObject)]
pub(crate) struct SlotMissing {
    pub(super) message: String,
    #[graphql(flatten)]
    pub(super) offer: Offer,
}

/// Something is missing or wrong; the message says what to change.
#[derive(SimpleObject)]
pub(crate) struct InvalidInput {
    pub(super) message: String,
}

/// The customer has a booking already: nothing more can be done here.
#[derive(SimpleObject)]
pub(crate) struct SessionEnded {
    pub(super) message: String,
    /// The number of the booking.
    pub(super) number: i64,
}

/// What is on offer for a customer.
#[derive(Union)]
pub(super) enum OfferResult {
    Offer(Offer),
    SessionEnded(SessionEnded),
}

/// What became of the choice of a slot.
#[derive(Union)]
pub(super) enum ChooseSlotResult {
    ContactMissing(ContactMissing),
    Enquiry(Enquiry),
    SlotTaken(SlotTaken),
    InvalidInput(InvalidInput),
    SessionEnded(SessionEnded),
}

/// What became of what was entered.
#[derive(Union)]
pub(super) enum EnterContactResult {
    Enquiry(Enquiry),
    SlotTaken(SlotTaken),
    SlotMissing(SlotMissing),
    InvalidInput(InvalidInput),
    SessionEnded(SessionEnded),
}

/// What became of the booking.
#[derive(Union)]
pub(super) enum BookResult {
    Booking(Booking),
    SlotTaken(SlotTaken),
    SlotMissing(SlotMissing),
    InvalidInput(InvalidInput),
    SessionEnded(SessionEnded),
}

impl SlotTaken {
    pub(super) fn with(offer: Offer) -> Self {
        Self {
            message: "This time has just been taken. Please choose another one.".to_owned(),
            offer,
        }
    }
}

impl SlotMissing {
    pub(super) fn with(offer: Offer) -> Self {
        Self {
            message: "Please choose a time first.".to_owned(),
            offer,
        }
    }
}

impl InvalidInput {
    pub(super) fn because(message: &str) -> Self {
        Self {
            message: message.to_owned(),
        }
    }
}

impl SessionEnded {
    pub(super) fn with(number: i64) -> Self {
        Self {
            message: format!("You have booked this appointment already. Its number is {number}."),
            number,
        }
    }
}
